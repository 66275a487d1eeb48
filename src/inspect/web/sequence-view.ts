/**
 * The sequence diagram: a lifeline for each peer, an arrow for each copy of a message. Only what can be seen is drawn, so thousands of
 * messages cost no more than a screen of them.
 */
import type { Arrival, Conversation, Crossing } from './conversation.ts'
import { html, setAttributes, setText, svg } from './element.ts'
import { keepOneTabStop, rove, type Roving } from './roving.ts'

const rowHeight = 20
const topMargin = 10
const sideMargin = 70
/** Rows drawn beyond each end of what can be seen. */
const rowsBeyond = 10
/** Pixels that a character of a label takes, about. */
const characterWidth = 6.2
/** Of a message whose other end is not known yet, so much of the way is drawn. */
const unfinishedPart = 0.45

export interface SequenceChoice {
  readonly seq: number
  /** Messages that speak of it stand out; empty for none. */
  readonly tradeId: string
  readonly messageId: number | null
}

export class SequenceView {
  readonly #pane: HTMLElement
  readonly #heads: HTMLElement
  readonly #picture = svg('svg', { class: 'sequence', role: 'presentation' })
  readonly #lines = svg('g', { class: 'lifelines' })
  readonly #messages = svg('g', {})
  readonly #drawn = new Map<number, SVGGElement>()
  readonly #roving: Roving
  #conversation: Conversation
  #choice: SequenceChoice = { seq: 0, tradeId: '', messageId: null }
  #names: readonly string[] = []

  constructor(pane: HTMLElement, heads: HTMLElement, conversation: Conversation, chosen: (messageId: number) => void) {
    this.#pane = pane
    this.#heads = heads
    this.#conversation = conversation
    this.#picture.append(messageHead(), this.#lines, this.#messages)
    pane.append(this.#picture)
    this.#roving = {
      members: () => [...this.#messages.querySelectorAll<SVGGElement>('[data-message]')],
      choose: member => chosen(Number(member.dataset.message)),
    }
    rove(pane, this.#roving)
    pane.addEventListener('scroll', () => this.#draw())
    new ResizeObserver(() => this.#draw()).observe(pane)
  }

  show(conversation: Conversation, choice: SequenceChoice): void {
    const former = this.#choice
    this.#conversation = conversation
    this.#choice = choice
    this.#names = conversation.lifelinesAt(choice.seq)
    const isOtherTrade = choice.tradeId !== '' && choice.tradeId !== former.tradeId
    const height = topMargin * 2 + conversation.rowsAt(choice.seq) * rowHeight
    setAttributes(this.#picture, { height })
    if (isOtherTrade) this.#reveal(conversation.firstOf(choice.tradeId, choice.seq))
    // Another moment: what has been said last by then is what one wants to see, unless one is reading something else.
    else if (choice.seq !== former.seq && !this.#messages.contains(document.activeElement))
      this.#pane.scrollTop = Math.max(0, height - this.#pane.clientHeight)
    this.#draw()
  }

  #reveal(crossing: Crossing | undefined): void {
    if (crossing) this.#pane.scrollTop = Math.max(0, rowY(crossing.row) - this.#pane.clientHeight / 3)
  }

  #draw(): void {
    const width = this.#pane.clientWidth
    setAttributes(this.#picture, { width })
    this.#drawLifelines()
    const first = Math.floor(this.#pane.scrollTop / rowHeight) - rowsBeyond
    const last = Math.ceil((this.#pane.scrollTop + this.#pane.clientHeight) / rowHeight) + rowsBeyond
    const crossings = this.#conversation.crossingsAt(this.#choice.seq, first, last)
    const ids = new Set(crossings.map(({ sent }) => sent.id))
    for (const [id, element] of this.#drawn) if (!ids.has(id) && this.#drawn.delete(id)) element.remove()
    for (const crossing of crossings) this.#drawCrossing(crossing)
    keepOneTabStop(this.#roving)
  }

  #drawLifelines(): void {
    const key = `${this.#names.join('|')} ${this.#pane.clientWidth}`
    if (this.#lines.getAttribute('data-key') !== key) {
      setAttributes(this.#lines, { 'data-key': key })
      this.#drawn.clear()
      this.#messages.replaceChildren()
      this.#lines.replaceChildren(
        ...this.#names.map((_, index) => svg('line', { x1: this.#x(index), x2: this.#x(index), y1: 0, y2: '100%' })),
      )
      this.#heads.replaceChildren(...this.#names.map((name, index) => this.#head(name, index)))
    }
  }

  #head(name: string, index: number): HTMLElement {
    const head = html('span', { class: 'lifeline' }, name)
    head.style.left = `${this.#x(index)}px`
    return head
  }

  /** Messages that are drawn already are only changed, so that focus stays where it is. */
  #drawCrossing(crossing: Crossing): void {
    const { sent, row, arrivals, lostSeq } = crossing
    const known = this.#drawn.get(sent.id)
    const group = known ?? svg('g', { role: 'option', tabindex: -1, 'data-message': sent.id, 'data-name': sent.name })
    const key = `${row} ${arrivals.length} ${lostSeq ?? ''}`
    if (group.dataset.key !== key) {
      group.dataset.key = key
      group.replaceChildren(...this.#shapes(crossing))
    }
    const isOfTrade = this.#choice.tradeId !== '' && sent.tradeIds.includes(this.#choice.tradeId)
    const isFaint = this.#choice.tradeId !== '' && !isOfTrade
    setAttributes(group, {
      class: [
        'message',
        sent.kind,
        isOfTrade ? 'of-trade' : '',
        isFaint ? 'faint' : '',
        lostSeq === null ? '' : 'lost',
      ].join(' '),
      'aria-selected': String(sent.id === this.#choice.messageId),
      'aria-label': describe(crossing) + (isOfTrade ? ', of the chosen trade' : ''),
    })
    const mark = group.querySelector('.name')
    if (mark) setText(mark, (isOfTrade ? '◆ ' : '') + labelOf(crossing, this.#roomFor(crossing)))
    if (!known) this.#insert(group, sent.id)
  }

  /** In the order of sending, since that is the order in which keys go through them. */
  #insert(group: SVGGElement, id: number): void {
    const later = [...this.#messages.children].find(
      other => other instanceof SVGGElement && Number(other.dataset.message) > id,
    )
    this.#messages.insertBefore(group, later ?? null)
    this.#drawn.set(id, group)
  }

  #shapes(crossing: Crossing): SVGElement[] {
    const { sent, row, arrivals, lostSeq } = crossing
    const [from, to] = [this.#names.indexOf(sent.from), this.#names.indexOf(sent.to)].map(index => this.#x(index)) as [
      number,
      number,
    ]
    const y = rowY(row)
    const label = svg('text', { ...labelPlace(row, from, to), class: 'name' }, '')
    const target = svg('rect', {
      class: 'hit',
      x: Math.min(from, to),
      y: y - rowHeight / 2,
      width: Math.abs(to - from),
      height: rowHeight,
    })
    const ways = arrivals.map(arrival => this.#way(from, to, y, arrival))
    if (arrivals.length > 0) return [target, ...ways.flat(), label]
    const end = from + (to - from) * unfinishedPart
    const stub = svg('line', { class: 'stub', x1: from, x2: end, y1: y, y2: y })
    return [target, stub, ...(lostSeq === null ? [] : [cross(end, y)]), label]
  }

  #way(from: number, to: number, y: number, { row, copy }: Arrival): SVGElement[] {
    const line = svg('line', {
      class: copy > 1 ? 'copy' : 'first',
      x1: from,
      y1: y,
      x2: to,
      y2: rowY(row),
      'marker-end': 'url(#arrived)',
    })
    if (copy < 2) return [line]
    const mark = svg('text', { class: 'again', x: to + (from - to) * 0.12, y: rowY(row) - 3 }, `copy ${copy}`)
    return [line, mark]
  }

  /** Characters that a label may have to end before the other lifeline. */
  #roomFor({ sent }: Crossing): number {
    const [from, to] = [this.#names.indexOf(sent.from), this.#names.indexOf(sent.to)]
    return Math.floor(Math.abs(this.#x(to) - this.#x(from)) / characterWidth) - 5
  }

  #x(index: number): number {
    const between = Math.max(0, this.#pane.clientWidth - 2 * sideMargin)
    return sideMargin + (this.#names.length < 2 ? between / 2 : (between * index) / (this.#names.length - 1))
  }
}

/** Beside the sender, in the row of the sending, which no other message has: so names never cover each other. */
function labelPlace(row: number, from: number, to: number): { x: number; y: number; 'text-anchor': string } {
  const isToTheRight = to >= from
  return { x: from + (isToTheRight ? 10 : -10), y: rowY(row) - 4, 'text-anchor': isToTheRight ? 'start' : 'end' }
}

/** Its name always; what it says as far as there is room. */
function labelOf({ sent, lostSeq }: Crossing, charactersMax: number): string {
  const name = sent.kind === 'reply' ? `↩ ${sent.name}` : sent.name
  const end = lostSeq === null ? '' : ' ✕ lost'
  const text = sent.summary === '' ? name : `${name}: ${sent.summary}`
  const room = Math.max(name.length, charactersMax - end.length)
  return (text.length > room ? `${text.slice(0, room).replace(/:? *$/, '')}…` : text) + end
}

function describe({ sent, arrivals, lostSeq }: Crossing): string {
  const said = sent.summary === '' ? '' : `: ${sent.summary}`
  const way = `${sent.name} ${sent.kind} from ${sent.from} to ${sent.to}${said}`
  if (lostSeq !== null) return `${way}, lost`
  if (arrivals.length === 0) return `${way}, on its way`
  return arrivals.length > 1 ? `${way}, arrived ${arrivals.length} times` : way
}

function rowY(row: number): number {
  return topMargin + (row + 0.5) * rowHeight
}

function cross(x: number, y: number): SVGPathElement {
  return svg('path', { class: 'cross', d: `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x - 5} ${y + 5}L${x + 5} ${y - 5}` })
}

function messageHead(): SVGDefsElement {
  const size = { viewBox: '0 0 8 8', refX: 8, refY: 4, markerWidth: 9, markerHeight: 9, orient: 'auto' }
  return svg(
    'defs',
    {},
    svg('marker', { id: 'arrived', markerUnits: 'userSpaceOnUse', ...size }, svg('path', { d: 'M0 0L8 4L0 8z' })),
  )
}
