/** Peers, ids and orders for the tests of the book, in few words: `replica('B', 2, 'sell', 5, 101)`. */

import type { NewOrder, OrderId, PeerId, RestingOrder, Side } from '../../src/book/order.ts'
import { createMarket, type Market } from '../../src/book/market.ts'
import { isRefusal } from '../../src/book/refusal.ts'

export const self = peer('self')

export function peer(name: string): PeerId {
  return name as PeerId
}

/** A UUIDv7 whose text order is the order of the numbers. */
export function orderId(number: number): OrderId {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as OrderId
}

export function replica(owner: string, number: number, side: Side, quantity: number, price: number): RestingOrder {
  return { owner: peer(owner), id: orderId(number), side, price, quantity, remaining: quantity }
}

export function gtc(number: number, side: Side, quantity: number, price: number, account = 'main'): NewOrder {
  return { id: orderId(number), side, price, quantity, timeInForce: 'gtc', account }
}

/** A price, or null for a market order. */
export function ioc(number: number, side: Side, quantity: number, price: number | null): NewOrder {
  return { id: orderId(number), side, price, quantity, timeInForce: 'ioc', account: 'main' }
}

export function market(tickSize: string, lotSize: string): Market {
  const made = createMarket({ symbol: 'BTCUSD', tickSize, lotSize })
  if (isRefusal(made)) throw new Error(made.sentence)
  return made
}
