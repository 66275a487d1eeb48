/**
 * What happens in a simulation, in the order in which it happens: messages, journals, lives and deaths, what users ask and are
 * told. Everything that judges or shows a run reads this and nothing else; its hash is that of the whole run.
 */
import { createHash } from 'node:crypto'
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import { isRefusal, type Refusal } from '../book/refusal.ts'
import type { RequestType } from '../net/messages.ts'
import type { JournalRecord } from '../peer/decide/group.ts'
import type { OrderOutcome } from '../peer/outcome.ts'
import type { Message } from './fate.ts'

export type HistoryEvent =
  /** A peer begins a life: the first, or one after a crash. */
  | { readonly type: 'started'; readonly peer: string; readonly peerId: PeerId; readonly life: number }
  /** Its life is over, in good order or not. */
  | { readonly type: 'ended'; readonly peer: string; readonly life: number }
  /** A group commit has been handed to a journal: record `index` from 0. */
  | {
      readonly type: 'appended'
      readonly peer: string
      readonly market: MarketId
      readonly index: number
      readonly record: JournalRecord
    }
  /** The first `count` records of a journal are durable. */
  | { readonly type: 'synced'; readonly peer: string; readonly market: MarketId; readonly count: number }
  /** A crash has left the first `count` records of a journal and lost the others. */
  | { readonly type: 'lost'; readonly peer: string; readonly market: MarketId; readonly count: number }
  /** A message has been sent. It will arrive so many times: none is a loss, two a duplicate. */
  | {
      readonly type: 'sent'
      readonly id: number
      readonly message: Message
      readonly copies: number
      readonly said: Said
    }
  /** A copy of it has arrived. */
  | {
      readonly type: 'arrived'
      readonly id: number
      readonly message: Message
      readonly copy: number
      readonly said: Said
    }
  /** A user has asked for something: `how` stands behind it in a trace. */
  | { readonly type: 'asked'; readonly peer: string; readonly request: string; readonly how: string }
  /** A user has been answered. */
  | {
      readonly type: 'answered'
      readonly peer: string
      readonly request: string
      /** A list: what has become of each order that the request was about. */
      readonly answer: OrderOutcome | readonly OrderOutcome[] | Refusal
    }
  /** A user has been told how an order stands. */
  | { readonly type: 'told'; readonly peer: string; readonly outcome: OrderOutcome }
  /** Something goes wrong, or right again, because somebody wants it to; in the words of the scenario notation. */
  | { readonly type: 'fault'; readonly text: string }

const all: Readonly<Record<HistoryEvent['type'], true>> = {
  ...({ started: true, ended: true, appended: true, synced: true, lost: true, sent: true, arrived: true } as const),
  ...({ asked: true, answered: true, told: true, fault: true } as const),
}
export const eventTypes = Object.keys(all) as readonly HistoryEvent['type'][]

/** What an answer tells of orders: nothing when it is a refusal. */
export function outcomesIn(answer: (HistoryEvent & { type: 'answered' })['answer']): readonly OrderOutcome[] {
  if (isRefusal(answer)) return []
  return 'status' in answer ? [answer] : answer
}

/** An event with the milliseconds since the Unix epoch at which it happened, by the clock that nobody's own is. */
export type Happened = HistoryEvent & { readonly atMs: number }

/** What a message says, as far as it can be read; nothing when it is not between peers. */
export interface Said {
  readonly request?: { readonly type: RequestType } & Readonly<Record<string, unknown>>
  readonly reply?: Readonly<Record<string, unknown>>
  readonly refused?: { readonly reason: string }
}

/** Characters. */
const textMax = 65_536

export class History {
  readonly #now: () => number
  readonly #hash = createHash('sha256')
  readonly #listeners: ((happened: Happened) => void)[] = []
  #length = 0
  /** What has not been hashed yet: hashing a little at a time would cost as much as all that is judged. */
  #text = ''

  constructor(now: () => number) {
    this.#now = now
  }

  /** How much has happened. */
  get length(): number {
    return this.#length
  }

  /** SHA-256 over everything so far, hexadecimal: two runs with equal hashes were the same to the byte. */
  get hash(): string {
    this.#digest()
    return this.#hash.copy().digest('hex')
  }

  /** `listener` hears of everything from now on, at once. */
  listen(listener: (happened: Happened) => void): void {
    this.#listeners.push(listener)
  }

  add(event: HistoryEvent): void {
    // No copy (`...`) that gets a property besides: that costs V8 ten times as much.
    const happened: Happened = Object.assign({ atMs: this.#now() }, event)
    this.#length += 1
    this.#text += textOf(happened)
    if (this.#text.length > textMax) this.#digest()
    for (const listener of this.#listeners) listener(happened)
  }

  #digest(): void {
    this.#hash.update(this.#text)
    this.#text = ''
  }
}

/** What a message says follows from its payload, and that it was sent from its arrival. */
function textOf(happened: Happened): string {
  const { type, atMs } = happened
  if (type === 'arrived') return `${atMs} arrived ${happened.id} ${happened.copy}\n`
  if (type !== 'sent') return `${JSON.stringify(happened)}\n`
  const { id, copies, message } = happened
  return `${atMs} sent ${id} ${copies} ${message.kind} ${message.from} ${message.to} ${message.payload}\n`
}
