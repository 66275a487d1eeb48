/**
 * The entries of a feed: facts about its owner's orders, past tense, as absolute state and never as a difference,
 * so that reading one twice can do no harm. `remaining` is always what the order has left after the entry.
 */
import type { OrderId, PeerId, Side, TradeId } from '../book/order.ts'

/** A fresh UUIDv7 for each start of a feed's owner. The greatest is the newest. */
export type Incarnation = string & { readonly __brand: 'Incarnation' }

/** How far a feed has got: the sequence number of its last entry and the hash of the segment that holds it. */
export interface Head {
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly hash: string
}

/** The place behind which somebody wants to read on. */
export type Cursor = Pick<Head, 'incarnation' | 'sequence'>

export type Liquidity = 'maker' | 'taker'

/** An order as its owner's feed shows it; the owner is the feed's. */
export interface PlacedOrder {
  readonly id: OrderId
  readonly side: Side
  readonly price: number
  readonly quantity: number
  readonly remaining: number
}

/** The first entry of an incarnation names the head that it continues. */
export interface Opened {
  readonly type: 'opened'
  readonly continues: Head | null
}

/**
 * All open orders of the owner in this market, at this point, in one part or in several that follow each other with nothing in
 * between. Who has read everything before compares; who has not may begin at part 0.
 */
export interface Checkpoint {
  readonly type: 'checkpoint'
  readonly part: number
  readonly parts: number
  /** How many orders all parts have together. */
  readonly open: number
  /** In id order, over all parts. */
  readonly orders: readonly PlacedOrder[]
}

/** An order rests from here on. */
export interface Placed {
  readonly type: 'placed'
  readonly order: PlacedOrder
}

/** The owner's side of one trade. */
export interface Filled {
  readonly type: 'filled'
  readonly orderId: OrderId
  readonly side: Side
  readonly tradeId: TradeId
  /** The maker's price, in ticks. */
  readonly price: number
  readonly quantity: number
  readonly remaining: number
  readonly liquidity: Liquidity
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
  /** Index into the segment's evidence: the taker's signed batch or the maker's decision; null when both orders are the owner's. */
  readonly evidence: number | null
}

/** A part of an order that will never be filled. What is reserved remains, closed to everyone, until a second entry. */
export interface Cancelled {
  readonly type: 'cancelled'
  readonly orderId: OrderId
  readonly quantity: number
  readonly remaining: number
  readonly reason: CancelReason
}

/** `amended`: what is left of a part of an order has been taken off as a whole, and other parts remain. */
export const cancelReasons = [
  'cancelled_by_user',
  'self_trade_prevented',
  'would_take',
  'minimum_not_reached',
  'amended',
] as const
export type CancelReason = (typeof cancelReasons)[number]

/** A gtd order's time has come. What is reserved remains until a second entry. */
export interface Expired {
  readonly type: 'expired'
  readonly orderId: OrderId
  readonly quantity: number
  readonly remaining: number
}

/** The owner has made an order smaller; its place in the queue stays. */
export interface Amended {
  readonly type: 'amended'
  readonly orderId: OrderId
  /** What the order is for from here on, what is filled of it included. */
  readonly quantity: number
  readonly remaining: number
}

/**
 * The owner counts these lots as filled because its operator says so: the counterparty has never answered. No proof, so no fill and
 * no trade; others only need to know what remains. What is forced as released changes nothing here, and only orders that rest are shown.
 */
export interface Forced {
  readonly type: 'forced'
  readonly orderId: OrderId
  /** The trade that was proposed and never decided as far as the owner knows. */
  readonly tradeId: TradeId
  readonly quantity: number
  readonly remaining: number
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
}

export type Entry = Opened | Checkpoint | Placed | Filled | Cancelled | Expired | Amended | Forced
