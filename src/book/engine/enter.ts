/** An order that has been accepted takes what it can, and rests or lapses with what is left. */

import type { SideCode } from './codes.ts'
import * as code from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import type { NewEngineOrder } from './new-order.ts'
import * as field from './order-pool.ts'
import { anyKey, nothing } from '../price-ladder.ts'
import { showSlice } from './settle-special.ts'
import { take } from './take.ts'

const { CANCELLED, IS_ICEBERG, IS_SELL, neverRests, NOTHING_LEFT_TO_MATCH, SELL } = code
const { ACCOUNT, DISPLAYED, FLAGS, HIDDEN, ID, PRICE, QUANTITY, REMAINING } = field

/** Gives the handle of the order when it rests, `nothing` when it is done. */
export function enterLimit(
  book: EngineBook,
  id: number,
  side: SideCode,
  price: number,
  quantity: number,
  account: number,
  terms: number,
): number {
  const { ladder } = side === SELL ? book.bids : book.asks
  const limitKey = ladder.keyOf(price)
  if (ladder.bestKey > limitKey) return restOrLapse(book, id, side, price, quantity, quantity, account, terms)
  book.takerLapsed = 0
  const left = take(book, id, side, limitKey, quantity, account, terms)
  if (left === 0) return nothing
  return restOrLapse(book, id, side, price, quantity - book.takerLapsed, left, account, terms)
}

/** A market order never rests. */
function enterMarket(
  book: EngineBook,
  id: number,
  side: SideCode,
  quantity: number,
  account: number,
  terms: number,
): void {
  const left = take(book, id, side, anyKey, quantity, account, terms)
  if (left > 0) book.facts.write(CANCELLED, id, 0, side, 0, left, 0, NOTHING_LEFT_TO_MATCH)
}

/** An order of any kind but a stop. */
export function enter(book: EngineBook, order: NewEngineOrder): void {
  const { id, side, price, quantity, account = 0, terms = 0, displayed } = order
  if (price === 0) return enterMarket(book, id, side, quantity, account, terms)
  const rested = enterLimit(book, id, side, price, quantity, account, terms)
  if (rested !== nothing && displayed !== undefined) hideAllBut(book, rested, displayed)
}

/** Makes an iceberg of an order that has just come to rest. */
export function hideAllBut(book: EngineBook, order: number, displayed: number): void {
  const { words } = book.pool
  words[order + FLAGS] = (words[order + FLAGS] as number) | IS_ICEBERG
  words[order + DISPLAYED] = displayed
  showSlice(book, order)
}

function restOrLapse(
  book: EngineBook,
  id: number,
  side: SideCode,
  price: number,
  quantity: number,
  left: number,
  account: number,
  terms: number,
): number {
  if ((terms & neverRests) === 0) return rest(book, id, side, price, quantity, left, account, terms)
  book.facts.write(CANCELLED, id, 0, side, price, left, 0, NOTHING_LEFT_TO_MATCH)
  return nothing
}

function rest(
  book: EngineBook,
  id: number,
  side: SideCode,
  price: number,
  quantity: number,
  left: number,
  account: number,
  terms: number,
): number {
  const order = record(book, id, price, quantity, left, account, side === SELL ? terms | IS_SELL : terms)
  book.queuesOf(side).append(order, price)
  return order
}

/** A new record that is found by its id and waits nowhere yet. */
export function record(
  book: EngineBook,
  id: number,
  price: number,
  quantity: number,
  left: number,
  account: number,
  flags: number,
): number {
  const order = book.pool.take()
  const { words } = book.pool
  words[order + ID] = id
  words[order + PRICE] = price
  words[order + QUANTITY] = quantity
  words[order + REMAINING] = left
  words[order + HIDDEN] = 0
  words[order + ACCOUNT] = account
  words[order + FLAGS] = flags
  book.ids.add(id, order)
  return order
}
