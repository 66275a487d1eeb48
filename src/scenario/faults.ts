/**
 * What goes wrong on a simulated network because a scenario says so: messages that are lost, doubled or late, peers that cannot
 * reach each other, clocks that are ahead. A policy over another one: what no fault touches fares as it would without.
 */
import type { MarketId } from '../book/market.ts'
import type { Signed } from '../feed/signer.ts'
import type { Batch, RequestType } from '../net/messages.ts'
import type { FatePolicy, Message } from '../sim/fate.ts'
import { contentOf, nameAt, saidBy } from '../sim/said.ts'

export type Fault = NetworkFault | Skew | Pause | Deliver | DeliverAgain | Rumour

/** What the network does; the others happen to clocks and hosts. */
export type NetworkFault = Interference | Partition | Cut | Grapes | { readonly type: 'heal' }

/** Touches the next message that fits, or all of them until `heal`. */
export interface Interference {
  readonly type: 'drop' | 'duplicate' | 'delay' | 'forge' | 'fork'
  /** The way that the message goes: replies travel against their requests. */
  readonly from: string
  readonly to: string
  /** Null: of any type. A refusal, which has no type, fits nothing else. */
  readonly message: RequestType | null
  readonly kind: 'request' | 'reply' | null
  readonly isForAll: boolean
  /** How much later than usual the message, or its second copy, arrives. */
  readonly ms: number
}

export interface Partition {
  readonly type: 'partition'
  /** Who is named in one of them reaches nobody in another. */
  readonly groups: readonly (readonly string[])[]
}

/** Nothing gets from the one to the other, whatever goes the other way. */
interface Cut {
  readonly type: 'cut'
  readonly from: string
  readonly to: string
}

/** The DHT answers nobody, and has forgotten everything when it does again. */
interface Grapes {
  readonly type: 'grapes'
  readonly areDown: boolean
}

/** The DHT names an address at which nobody listens, in every market. */
interface Rumour {
  readonly type: 'rumour'
  readonly name: string
}

/** A clock that is so far ahead from now on, or behind when negative. */
interface Skew {
  readonly type: 'skew'
  readonly name: string
  readonly ms: number
}

/** A process that stands still for so long. */
interface Pause {
  readonly type: 'pause'
  readonly name: string
  readonly ms: number
}

/** What has arrived arrives once more. */
interface DeliverAgain {
  readonly type: 'deliver again'
}

/** What is under way on this path arrives now. */
interface Deliver {
  readonly type: 'deliver'
  readonly from: string
  readonly to: string
}

/** What is said to a maker about a batch. */
interface BatchRequest {
  readonly type: RequestType
  readonly batch: Signed
}

export class Faults {
  readonly #usual: FatePolicy
  readonly #signAs: (name: string, market: MarketId, body: string) => Signed
  #interferences: Interference[] = []
  #partition: Partition | null = null
  #cuts: Cut[] = []
  #areGrapesDown = false
  /** Requests that carried a batch, by their way, the latest last: an answer does not say which one it replies to. */
  readonly #asked = new Map<string, BatchRequest[]>()

  /** `signAs` signs a segment with the key of a peer: what only a dishonest one does. */
  constructor(usual: FatePolicy, signAs: (name: string, market: MarketId, body: string) => Signed) {
    this.#usual = usual
    this.#signAs = signAs
  }

  begin(fault: NetworkFault): void {
    switch (fault.type) {
      case 'heal':
        this.#interferences = []
        this.#partition = null
        this.#cuts = []
        this.#areGrapesDown = false
        return
      case 'grapes':
        this.#areGrapesDown = fault.areDown
        return
      case 'partition':
        this.#partition = fault
        return
      case 'cut':
        this.#cuts.push(fault)
        return
      case 'drop':
      case 'duplicate':
      case 'delay':
      case 'forge':
      case 'fork':
        this.#interferences.push(fault)
    }
  }

  /** Faults that were to touch one message and have not met any: a story that has them tells of what did not happen. */
  get unmet(): readonly Interference[] {
    return this.#interferences.filter(({ isForAll }) => !isForAll)
  }

  readonly fate: FatePolicy = message => {
    const usual = this.#usual(message)
    if (message.kind !== 'request' && message.kind !== 'reply') return this.#areGrapesDown ? { delaysMs: [] } : usual
    this.#keepBatch(message)
    if (this.#isSeparated(message)) return { delaysMs: [] }
    const met = this.#interferences.find(
      one => isOnItsWay(one, message) && isOfType(one, message, this.#typeOf(message)),
    )
    if (!met) return usual
    if (!met.isForAll) this.#interferences = this.#interferences.filter(one => one !== met)
    const delaysMs = delaysOf(met, usual.delaysMs)
    if (met.type === 'forge') return { delaysMs, payload: forged(message.payload) }
    return met.type === 'fork' ? { delaysMs, payload: this.#forked(met.from, message.payload) } : { delaysMs }
  }

  /** The sender's next segment, with another order in it, and signed by the sender all the same. */
  #forked(sender: string, payload: string): string {
    const content = JSON.parse(payload) as { request: { market: MarketId; segments: Signed[] } }
    const { market, segments } = content.request
    const [first, ...others] = segments
    if (!first) return payload
    // The row of an order ends with its quantity and with what remains of it.
    const body = first.body.replace(/,(\d+),\1\]/, (_, lots: string) => {
      const more = Number(lots) + 1
      return `,${more},${more}]`
    })
    content.request.segments = [this.#signAs(sender, market, body), ...others]
    return JSON.stringify(content)
  }

  #isSeparated({ from, to }: Message): boolean {
    const [one, other] = [nameAt(from), nameAt(to)]
    if (this.#cuts.some(cut => cut.from === one && cut.to === other)) return true
    const [here, there] = [one, other].map(name => this.#partition?.groups.find(group => group.includes(name)))
    return here !== undefined && there !== undefined && here !== there
  }

  #keepBatch(message: Message): void {
    const { request } = saidBy(message)
    if (!request || !('batch' in request)) return
    const way = `${message.from} ${message.to}`
    const asked = this.#asked.get(way) ?? []
    this.#asked.set(way, asked)
    asked.push(request as unknown as BatchRequest)
  }

  #typeOf(message: Message): RequestType | null {
    const { request, reply } = saidBy(message)
    if (request) return request.type
    if (!reply) return null
    return 'answer' in reply ? this.#typeAnswered(message, reply['answer']) : typeOfReply(reply)
  }

  #typeAnswered({ from, to }: Message, answer: unknown): RequestType | null {
    const batch = batchIn(answer)
    const asked = this.#asked.get(`${to} ${from}`) ?? []
    return asked.findLast(request => batchIn(request.batch) === batch)?.type ?? null
  }
}

/** A reply is known by what it has; `segments` stands in the reply to `fetch`, a `cursor` in that to `segments`. */
function typeOfReply(reply: object): RequestType | null {
  if ('undecided' in reply) return 'goodbye'
  if ('cursor' in reply) return 'segments'
  if ('segments' in reply) return 'fetch'
  return (['hello', 'beat', 'heads', 'peers'] as const).find(type => type in reply) ?? null
}

function batchIn(signed: unknown): string {
  const { market, n } = contentOf(signed as Signed) as Pick<Batch, 'market' | 'n'>
  return `${market} ${n}`
}

function isOnItsWay({ from, to }: Interference, sent: Message): boolean {
  return from === nameAt(sent.from) && to === nameAt(sent.to)
}

function isOfType({ message, kind }: Interference, sent: Message, type: RequestType | null): boolean {
  return (message === null || message === type) && (kind === null || kind === sent.kind)
}

function delaysOf({ type, ms }: Interference, usualMs: readonly number[]): readonly number[] {
  switch (type) {
    case 'drop':
      return []
    case 'forge':
    case 'fork':
      return usualMs
    case 'delay':
      return usualMs.map(delayMs => delayMs + ms)
    case 'duplicate':
      return usualMs.flatMap(delayMs => [delayMs, delayMs + ms])
  }
}

/** Says more than was signed: a larger quantity where one is named, another signature where there is none. */
function forged(payload: string): string {
  const larger = payload.replace(
    /("quantity\\":|\\"(?:buy|sell)\\",\d+,)(\d+)/,
    (_, before: string, lots: string) => `${before}${Number(lots) + 1}`,
  )
  if (larger !== payload) return larger
  return payload.replace(
    /("signature":")(.)/,
    (_, name: string, first: string) => `${name}${first === 'A' ? 'B' : 'A'}`,
  )
}
