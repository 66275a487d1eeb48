/**
 * A history as a sequence of messages that a person can read: what was sent and what became of it, journals, lives, faults, users.
 * Names stand in place of ids. Gives lines, prints none.
 *
 *     31.0  bob ──propose 1 BTC-USD [trade 1: buy 3 @ 101 of alice/1 for bob/1]──▶ alice  #52
 *     44.0  alice ◀──propose 1 … #52── bob
 */
import type { Message } from '../sim/fate.ts'
import type { Happened, HistoryEvent, Said } from '../sim/history.ts'
import { nameAt } from '../sim/said.ts'
import { factsIn } from '../sim/situations/scene.ts'
import { symbolOf, TraceNames } from './trace-names.ts'
import { factText, isRoutine, outcomeText, saidText } from './trace-words.ts'

export interface TraceOptions {
  /** Hellos, beats, heads and what goes to and from the DHT as well. */
  readonly isVerbose: boolean
}

type Event<T extends HistoryEvent['type']> = Happened & { readonly type: T }

/** What has left and not arrived as often as it will. */
interface UnderWay {
  readonly message: Message
  readonly said: Said
  left: number
}

const timeCharacters = 9
const askedPattern = /^the answer to /

export class Trace {
  readonly #options: TraceOptions
  readonly #names = new TraceNames()
  readonly #underWay = new Map<number, UnderWay>()

  constructor(options: TraceOptions) {
    this.#options = options
  }

  /** What is to be told of the next event: mostly one line, often none. */
  lines(event: Happened): string[] {
    this.#names.learn(event)
    const text = this.#textOf(event)
    return text === null ? [] : [`${event.atMs.toFixed(1).padStart(timeCharacters)}  ${text}`]
  }

  #textOf(event: Happened): string | null {
    switch (event.type) {
      case 'sent':
        return this.#sent(event)
      case 'arrived':
        return this.#arrived(event)
      case 'started':
        return `${event.peer} begins life ${event.life}`
      case 'ended':
        return `${event.peer} is gone`
      case 'appended':
        return this.#appended(event)
      case 'synced':
        return `${event.peer} ▣ ${symbolOf(event.market)} synced up to record ${event.count - 1}`
      case 'lost':
        return `${event.peer} ✕ ${symbolOf(event.market)} lost from record ${event.count} on`
      case 'asked':
        return `${event.peer} ◁ ${event.request.replace(askedPattern, '')}${event.how}`
      case 'answered':
        return `${event.peer} ▷ ${event.request.replace(askedPattern, '')}: ${outcomeText(event.answer)}`
      case 'told':
        return `${event.peer} ▷ news of ${this.#names.order(event.outcome.order.id)}: ${outcomeText(event.outcome)}`
      case 'fault':
        return `⚡ ${event.text}`
    }
  }

  #sent({ id, message, copies, said }: Event<'sent'>): string | null {
    if (copies > 0) this.#underWay.set(id, { message, said, left: copies })
    if (this.#isFolded(message, said)) return null
    const [from, to] = [nameAt(message.from), nameAt(message.to)]
    const head = copies === 0 ? `✕ ${to}, lost` : `▶ ${to}`
    return `${from} ──${this.#textIn(message, said)}──${head}  #${id}${copies > 1 ? `, ${copies} times` : ''}`
  }

  #arrived({ id, message, copy, said }: Event<'arrived'>): string | null {
    const sent = this.#underWay.get(id)
    if (sent && (sent.left -= 1) === 0) this.#underWay.delete(id)
    if (this.#isFolded(message, sent?.said ?? said)) return null
    const [from, to] = [nameAt(message.from), nameAt(message.to)]
    const isAltered = sent !== undefined && sent.message.payload !== message.payload
    const what = isAltered ? this.#textIn(message, said) : shortened(this.#textIn(message, said))
    const remarks = [`#${id}`, ...(copy > 1 ? [`copy ${copy}`] : []), ...(isAltered ? ['altered on its way'] : [])]
    return `${to} ◀──${what}── ${from}  ${remarks.join(', ')}`
  }

  #appended({ peer, market, index, record }: Event<'appended'>): string | null {
    const facts = factsIn(record).filter(({ type }) => type !== 'reported' || this.#options.isVerbose)
    if (facts.length === 0) return null
    const texts = facts.map(fact => factText(fact, market, this.#names))
    return `${peer} ▤ ${symbolOf(market)} record ${index}: ${texts.join('; ')}`
  }

  #isFolded({ kind }: Message, said: Said): boolean {
    return !this.#options.isVerbose && ((kind !== 'request' && kind !== 'reply') || isRoutine(said))
  }

  #textIn({ kind, payload }: Message, said: Said): string {
    if (kind === 'request' || kind === 'reply') return saidText(said, this.#names)
    return `${kind} ${payload}`.trimEnd()
  }
}

/** Its sending has told what it says. */
function shortened(text: string): string {
  return text.includes('[') ? `${text.slice(0, text.indexOf('[')).trimEnd()} …` : text
}
