/**
 * What an order is. Prices are whole ticks, quantities whole lots (both integers from 1 to 2^31 - 1); decimal strings
 * exist only at the edges (decimals.ts). Ids are UUIDv7 in lower case, whose text order is their time order.
 */

/** A peer's public key, base64url: whoever holds the key is the peer. An address is never an identity. */
export type PeerId = string & { readonly __brand: 'PeerId' }
/** UUIDv7, unique together with the order's owner only: strangers can copy ids. */
export type OrderId = string & { readonly __brand: 'OrderId' }
/** UUIDv7, unique together with the taker's peer only. */
export type TradeId = string & { readonly __brand: 'TradeId' }

export type Side = 'buy' | 'sell'
export type TimeInForce = 'gtc' | 'gtd' | 'ioc' | 'fok'

/** True for an order that takes what it can at once, and of which nothing is ever left in the book. */
export function neverRests(timeInForce: TimeInForce): boolean {
  return timeInForce === 'ioc' || timeInForce === 'fok'
}

/** What happens when an order would trade with another of its own account: it says so itself, and the newer one's word counts. */
export const selfTradePreventions = ['cancel-newest', 'cancel-oldest', 'cancel-both', 'decrement-and-cancel'] as const
export const defaultSelfTradePrevention = 'cancel-newest'
export type SelfTradePrevention = (typeof selfTradePreventions)[number]

/** What an order asks of its owner beyond its terms. Nobody else needs to know. */
export interface Conditions {
  /** True: it only ever makes; where it would have to take it is refused, or cancelled. */
  readonly postOnly: boolean
  /** When a gtd order ends, in milliseconds since the Unix epoch; null for every other order. */
  readonly expiresAtMs: number | null
  readonly selfTradePrevention: SelfTradePrevention
  /** Lots that must trade at once when the order enters, or none does; null: any will do. Of a fok order all, so null. */
  readonly minimum: number | null
  /** Of a stop, in ticks: it waits until a trade reaches this price, at or above it for a buy, at or below it for a sell. */
  readonly trigger?: number
  /** Of an iceberg: lots that it shows at a time. */
  readonly displayed?: number
  /** Of a stop: the order that it is paired with; what one of the two trades the other is no longer for. */
  readonly partner?: OrderId
}

/** Those of nearly all orders, which share them: what an order keeps for as long as it is known should be little. */
export const plainConditions: Conditions = {
  postOnly: false,
  expiresAtMs: null,
  selfTradePrevention: defaultSelfTradePrevention,
  minimum: null,
}

/** Lots of an order that trade at once when it enters, or none does; 0: any will do. */
export function minimumOf(
  { timeInForce, quantity }: Pick<NewOrder, 'timeInForce' | 'quantity'>,
  { minimum }: Conditions,
): number {
  return timeInForce === 'fok' ? quantity : (minimum ?? 0)
}

/** The key of an order in every map: its owner and its id. */
export type OrderKey = `${PeerId}/${OrderId}`

export function orderKey(owner: PeerId, id: OrderId): OrderKey {
  return `${owner}/${id}`
}

export function oppositeOf(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy'
}

/** An order that rests in a book, own or replica, as everybody may see it. */
export interface RestingOrder {
  readonly owner: PeerId
  readonly id: OrderId
  readonly side: Side
  /** Ticks. */
  readonly price: number
  /** Lots that the order was for when it was accepted. */
  readonly quantity: number
  /** Lots that are neither filled nor lapsed. */
  readonly remaining: number
}

/**
 * An order of this peer. Only its owner may fill, reduce or close it.
 * Always: quantity = filled + lapsed + remaining, and 0 <= reserved <= remaining.
 */
export interface OwnOrder extends Omit<RestingOrder, 'price'> {
  /** Ticks, or null for a market order, which takes at any price and never rests. */
  readonly price: number | null
  readonly timeInForce: TimeInForce
  /** Whose money it is, at this peer: two orders of one account never trade with each other. */
  readonly account: string
  readonly filled: number
  /** Lots cancelled, expired or amended away. */
  readonly lapsed: number
  /** Lots held while a proposal to another peer is undecided; a part of remaining. */
  readonly reserved: number
  /** True once the order is in the book for others to see, false before and when it is closed. */
  readonly isResting: boolean
}

/** What is known of an own order at the moment it is accepted. */
export type NewOrder = Pick<OwnOrder, 'id' | 'side' | 'price' | 'quantity' | 'timeInForce' | 'account'>

/** Lots of an own order that may be matched, offered or cancelled. */
export function availableOf(order: OwnOrder): number {
  return order.remaining - order.reserved
}

/** True when an order of this side and limit (null: any price) would trade with one resting at this price. */
export function isMarketable(side: Side, limit: number | null, restingPrice: number): boolean {
  if (limit === null) return true
  return side === 'buy' ? restingPrice <= limit : restingPrice >= limit
}
