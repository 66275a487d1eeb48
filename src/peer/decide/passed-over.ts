/**
 * Why a walk goes past better orders with earlier ids. Kept in the journal for those who check that none is skipped without a reason;
 * decisions never read it.
 */
import type { OrderId, PeerId, RestingOrder } from '../../book/order.ts'
import { limits } from '../../limits.ts'

/** Why an order was not, or not wholly, asked for. */
export type PassingReason =
  /** Its owner is no live neighbour. */
  | 'not_live'
  /** It has refused a moment ago. */
  | 'refused_before'
  /** All its lots have been asked for, or filled as an answer told, or belong to an own order that has reserved them. */
  | 'asked_already'
  /** Its owner owes an answer for too long. */
  | 'answer_owed'
  /** The channel to its owner is busy; lots of the taker wait for it. */
  | 'channel_busy'
  /** The batch to its owner is full; lots of the taker wait for the next. */
  | 'batch_full'
  /** It is of the same account. */
  | 'self_trade_prevented'
  /** It is an own order that has not traded its minimum yet, and so is not in the market. */
  | 'is_entering'

/** Better orders that one own order has gone past in one decision. */
export interface PassedOver {
  readonly orders: readonly { readonly owner: PeerId; readonly id: OrderId; readonly reason: PassingReason }[]
  /** How many there were besides. */
  readonly more: number
}

/** What one walk has gone past so far, and how much of that lies before the last order that it took. */
export class Passing {
  readonly #orders: { owner: PeerId; id: OrderId; reason: PassingReason }[] = []
  #count = 0
  #countBehindWhichTaken = 0

  note({ owner, id }: RestingOrder, reason: PassingReason): void {
    this.#count += 1
    if (this.#orders.length < limits.passedOverMax) this.#orders.push({ owner, id, reason })
  }

  /** An order has been filled or asked for, past all that was noted before. */
  take(): void {
    this.#countBehindWhichTaken = this.#count
  }

  /** Null when nothing was taken behind an order that was passed over: most of the time. */
  get passedOver(): PassedOver | null {
    const count = this.#countBehindWhichTaken
    if (count === 0) return null
    const orders = this.#orders.slice(0, count)
    return { orders, more: count - orders.length }
  }
}
