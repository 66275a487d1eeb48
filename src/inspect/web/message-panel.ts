/** The messages between peers: the diagram, what is hidden in it, the trade that is followed, the message that is looked into. */
import { Conversation, type SeenMessage } from './conversation.ts'
import { DataTree } from './data-tree.ts'
import { byId, html, setText } from './element.ts'
import { SequenceView } from './sequence-view.ts'
import { limits } from '../../limits.ts'

export class MessagePanel {
  readonly #beats = byId('beats', HTMLInputElement)
  readonly #trade = byId('trade', HTMLSelectElement)
  readonly #heading = byId('message-heading', HTMLElement)
  readonly #summary = html('p', { id: 'message-summary' }, 'Choose a message to see what it says.')
  readonly #trades = html('p', { id: 'message-trades' })
  readonly #payload: DataTree
  readonly #view: SequenceView
  readonly #changed: () => void
  #conversation = new Conversation(false)
  #messages: SeenMessage[] = []
  #messageId: number | null = null

  constructor(changed: () => void) {
    this.#changed = changed
    const payload = html('div', { id: 'payload' })
    byId('message', HTMLElement).replaceChildren(this.#summary, this.#trades, payload)
    this.#payload = new DataTree(payload)
    const [pane, heads] = [byId('sequence', HTMLElement), byId('lifelines', HTMLElement)]
    this.#view = new SequenceView(pane, heads, this.#conversation, id => this.#choose(id))
    this.#beats.addEventListener('change', () => this.#again())
    this.#trade.addEventListener('change', changed)
  }

  add(frame: SeenMessage): void {
    this.#messages.push(frame)
    this.#conversation.add(frame)
    for (const id of frame.tradeIds) this.#offer(id, frame)
  }

  /** Begins anew, when the oldest have been dropped. */
  replace(frames: readonly SeenMessage[]): void {
    this.#messages = [...frames]
    this.#again()
  }

  show(seq: number): void {
    const messageId = this.#messageId
    this.#view.show(this.#conversation, { seq, tradeId: this.#trade.value, messageId })
    const chosen = messageId === null ? undefined : this.#conversation.crossing(messageId, seq)
    if (chosen) this.#tell(chosen.sent)
  }

  #again(): void {
    this.#conversation = new Conversation(this.#beats.checked)
    for (const frame of this.#messages) this.#conversation.add(frame)
    this.#changed()
  }

  #choose(messageId: number): void {
    this.#messageId = messageId
    this.#changed()
  }

  #tell({ id, kind, name, from, to, summary, tradeIds, payload }: SeenMessage): void {
    setText(this.#heading, `Message ${id}: ${name} ${kind}`)
    setText(this.#summary, `${from} to ${to}${summary === '' ? '' : `: ${summary}`}`)
    const known = tradeIds.filter(tradeId => this.#offered(tradeId))
    const key = `${id} ${known.join(' ')}`
    if (this.#trades.dataset.key !== key) {
      this.#trades.dataset.key = key
      this.#trades.replaceChildren(...known.map(tradeId => this.#follower(tradeId)))
    }
    this.#payload.show(payload)
  }

  #follower(tradeId: string): HTMLButtonElement {
    const button = html('button', { type: 'button', title: tradeId }, `Follow trade ${shortId(tradeId)}`)
    button.addEventListener('click', () => {
      this.#trade.value = tradeId
      this.#changed()
    })
    return button
  }

  /** The latest first; the oldest gives way. */
  #offer(tradeId: string, { summary, from, to }: SeenMessage): void {
    if (this.#offered(tradeId)) return
    const option = html('option', { value: tradeId, title: summary }, `${shortId(tradeId)}, ${from} and ${to}`)
    this.#trade.options[0]?.after(option)
    const oldest = this.#trade.options[limits.inspectPageTradesMax]
    if (oldest && oldest.value !== this.#trade.value) oldest.remove()
  }

  #offered(tradeId: string): boolean {
    return [...this.#trade.options].some(({ value }) => value === tradeId)
  }
}

/** The end of a UUIDv7 is chance and tells ids of one moment apart. */
function shortId(tradeId: string): string {
  return `…${tradeId.slice(-6)}`
}
