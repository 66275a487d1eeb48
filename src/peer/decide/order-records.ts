/**
 * What is known of own orders beyond what the book keeps of them. Nearly all orders rest with nothing to be said of them, and share one
 * record; an order has one of its own from when something is: that costs as much as all the rest of accepting it.
 */
import type { OrderBook } from '../../book/order-book.ts'
import { plainConditions, type Conditions, type NewOrder, type OrderId } from '../../book/order.ts'
import type { ClosingReason, Fill, Forced, LapseReason, OrderReport, Replaced } from './event.ts'

/** What an order is accepted with. */
export interface Terms {
  readonly conditions: Conditions
  readonly clientOrderId: string | null
  readonly replaces: Replaced | null
  /** Of an order that is kept whole and enters the book in parts; null for others. */
  readonly whole: Whole | null
  /** The order that this is a part of; null for others. */
  readonly partOf: OrderId | null
  /** True until its minimum has traded: nothing of it trades before, whoever asks. */
  readonly isEntering: boolean
}

export interface OrderRecord extends Terms {
  /** The stop that shares its quantity with it; null for most. */
  readonly pairedWith: OrderId | null
  readonly fills: readonly Fill[]
  /** What its operator has settled without its maker. */
  readonly forced: readonly Forced[]
  /** Not null: what comes back from a reservation lapses for this reason. */
  readonly closing: ClosingReason | null
  readonly lapseReason: LapseReason | null
  /** Lots that its user has taken off: what is left counts as the whole order. */
  readonly amended: number
  readonly firstReport: OrderReport | null
}

/** What lives at its owner alone of an order that enters the book in parts (whole.ts). */
export interface Whole {
  readonly order: NewOrder
  /** Lots that are in no part. */
  kept: number
  /** In the book under ids of their own, oldest first. */
  readonly parts: OrderId[]
  /** A stop that no trade has reached. */
  isDormant: boolean
  /** Of a stop: lots that its partner had filled when it was triggered, or that have been taken off it since. */
  partnerFilled: number
}

/** One of an order's own. */
export type ChangeableRecord = { -readonly [K in keyof OrderRecord]: K extends 'fills' ? Fill[] : OrderRecord[K] }

const plainTerms: Terms = {
  conditions: plainConditions,
  clientOrderId: null,
  replaces: null,
  whole: null,
  partOf: null,
  isEntering: false,
}

const nothingForced: readonly Forced[] = []

const plain: OrderRecord = Object.freeze(newRecord(plainTerms))

export class OrderRecords {
  readonly #book: OrderBook
  readonly #own = new Map<OrderId, ChangeableRecord>()

  constructor(book: OrderBook) {
    this.#book = book
  }

  get(id: OrderId): OrderRecord | undefined {
    const own = this.#own.size > 0 ? this.#own.get(id) : undefined
    return own ?? (this.#book.own(id) && plain)
  }

  has(id: OrderId): boolean {
    return this.#own.has(id) || this.#book.own(id) !== undefined
  }

  /** Notes what an order is accepted with, if there is anything to note. */
  note(id: OrderId, terms: Terms): void {
    const { conditions, clientOrderId, replaces, whole, partOf, isEntering } = terms
    const isSaid = clientOrderId !== null || replaces || whole || partOf !== null || isEntering
    if (isSaid || conditions !== plainConditions) this.#own.set(id, newRecord(terms))
  }

  /** The record of a known order, to be changed: its own one from now on. */
  change(id: OrderId): ChangeableRecord {
    const known = this.#own.get(id)
    if (known) return known
    if (!this.#book.own(id)) throw new Error(`own order ${id} has no record`)
    const record = newRecord(plainTerms)
    this.#own.set(id, record)
    return record
  }

  delete(id: OrderId): void {
    this.#own.delete(id)
  }

  /** Every order that is known, in no order; to be gone through before the book changes. */
  *[Symbol.iterator](): Iterator<readonly [OrderId, OrderRecord]> {
    yield* this.#own
    for (const { id } of this.#book.ownUnsorted()) if (!this.#own.has(id)) yield [id, plain]
  }
}

/** Written out: a copy (`...`) costs several times as much. */
function newRecord({ conditions, clientOrderId, replaces, whole, partOf, isEntering }: Terms): ChangeableRecord {
  return {
    conditions,
    clientOrderId,
    replaces,
    whole,
    partOf,
    isEntering,
    pairedWith: null,
    fills: [],
    forced: nothingForced,
    closing: null,
    lapseReason: null,
    amended: 0,
    firstReport: null,
  }
}
