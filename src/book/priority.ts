/**
 * Price-time priority: who is met first. Better price, then earlier id, which is the same at every peer.
 * Only strangers who copy ids make two orders with one id; the owner then decides, so that no two orders are ever equal.
 */

import type { RestingOrder, Side } from './order.ts'

export type Position = Pick<RestingOrder, 'price' | 'id' | 'owner'>

/** True when a buyer would rather be met at `price` than at `other` (higher), or a seller (lower). */
export function isBetterPrice(side: Side, price: number, other: number): boolean {
  return side === 'buy' ? price > other : price < other
}

/** True when `order` comes before `other` within one price level. */
export function isEarlier(order: Position, other: Position): boolean {
  // Most who ask are later, and one comparison of texts is enough for them.
  if (order.id > other.id) return false
  return order.id < other.id || order.owner < other.owner
}

/** True when `order` is met before `other`, both of this side. */
export function hasPriority(side: Side, order: Position, other: Position): boolean {
  if (order.price === other.price) return isEarlier(order, other)
  return isBetterPrice(side, order.price, other.price)
}
