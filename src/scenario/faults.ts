/**
 * What goes wrong on a simulated network because a scenario says so: messages that are lost, doubled or late, peers that cannot
 * reach each other, clocks that are ahead. A policy over another one: what no fault touches fares as it would without.
 */
import type { RequestType } from '../net/messages.ts'
import type { FatePolicy, Message } from '../sim/fate.ts'

export type Fault = Interference | Partition | Cut | Skew | { readonly type: 'heal' }

/** Touches the next message that fits, or all of them until `heal`. */
export interface Interference {
  readonly type: 'drop' | 'duplicate' | 'delay'
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

interface Skew {
  readonly type: 'skew'
  readonly name: string
  readonly ms: number
}

export class Faults {
  readonly #usual: FatePolicy
  #interferences: Interference[] = []
  #partition: Partition | null = null
  #cuts: Cut[] = []
  readonly #aheadMs = new Map<string, number>()
  /** Which request was the last to carry the batch that an answer answers: replies do not say it. */
  readonly #asked = new Map<string, RequestType>()

  constructor(usual: FatePolicy) {
    this.#usual = usual
  }

  begin(fault: Fault): void {
    switch (fault.type) {
      case 'heal':
        this.#interferences = []
        this.#partition = null
        this.#cuts = []
        return
      case 'partition':
        this.#partition = fault
        return
      case 'cut':
        this.#cuts.push(fault)
        return
      case 'skew':
        this.#aheadMs.set(fault.name, fault.ms)
        return
      case 'drop':
      case 'duplicate':
      case 'delay':
        this.#interferences.push(fault)
    }
  }

  /** How far a peer's clock is ahead. */
  aheadMs(name: string): number {
    return this.#aheadMs.get(name) ?? 0
  }

  /** Faults that were to touch one message and have not met any: a story that has them tells of what did not happen. */
  get unmet(): readonly Interference[] {
    return this.#interferences.filter(({ isForAll }) => !isForAll)
  }

  readonly fate: FatePolicy = message => {
    const usual = this.#usual(message)
    if (message.kind !== 'request' && message.kind !== 'reply') return usual
    const type = this.#typeOf(message)
    if (this.#isSeparated(message)) return { delaysMs: [] }
    const met = this.#interferences.find(one => fits(one, message, type))
    if (!met) return usual
    if (!met.isForAll) this.#interferences = this.#interferences.filter(one => one !== met)
    return { delaysMs: delaysOf(met, usual.delaysMs) }
  }

  #isSeparated({ from, to }: Message): boolean {
    const [one, other] = [nameAt(from), nameAt(to)]
    if (this.#cuts.some(cut => cut.from === one && cut.to === other)) return true
    const [here, there] = [one, other].map(name => this.#partition?.groups.find(group => group.includes(name)))
    return here !== undefined && there !== undefined && here !== there
  }

  #typeOf({ kind, from, to, payload }: Message): RequestType | null {
    const content = JSON.parse(payload === '' ? '{}' : payload) as Content
    const { request, reply } = content
    if (kind === 'request' && request) {
      if (request.batch) this.#asked.set(`${from} ${to} ${batchIn(request.batch)}`, request.type)
      return request.type
    }
    if (reply?.answer) return this.#asked.get(`${to} ${from} ${batchIn(reply.answer)}`) ?? null
    return reply ? typeOfReply(reply) : null
  }
}

/** What of a message's text is looked at. */
interface Content {
  readonly request?: { readonly type: RequestType; readonly batch?: { readonly body: string } }
  readonly reply?: { readonly answer?: { readonly body: string } }
}

/** A reply is known by what it has; `segments` stands in the reply to `fetch`, a `cursor` in that to `segments`. */
function typeOfReply(reply: object): RequestType | null {
  if ('undecided' in reply) return 'goodbye'
  if ('cursor' in reply) return 'segments'
  if ('segments' in reply) return 'fetch'
  return (['hello', 'beat', 'heads'] as const).find(type => type in reply) ?? null
}

function batchIn({ body }: { readonly body: string }): string {
  const { market, n } = JSON.parse(body) as { readonly market: string; readonly n: number }
  return `${market} ${n}`
}

function fits({ from, to, message, kind }: Interference, sent: Message, type: RequestType | null): boolean {
  const isWay = from === nameAt(sent.from) && to === nameAt(sent.to)
  return isWay && (message === null || message === type) && (kind === null || kind === sent.kind)
}

function delaysOf({ type, ms }: Interference, usualMs: readonly number[]): readonly number[] {
  switch (type) {
    case 'drop':
      return []
    case 'delay':
      return usualMs.map(delayMs => delayMs + ms)
    case 'duplicate':
      return usualMs.flatMap(delayMs => [delayMs, delayMs + ms])
  }
}

/** `alice` listens at `alice.sim:1`. */
function nameAt(address: string): string {
  return address.split('.')[0] ?? ''
}
