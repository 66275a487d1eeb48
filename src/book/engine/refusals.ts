/** Why a command is refused, as a reason's number; 0 when it is not. Nothing here changes anything. */

import type { SideCode } from './codes.ts'
import { limits } from '../../limits.ts'
import { canTake } from './can-take.ts'
import * as code from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import type { NewEngineOrder } from './new-order.ts'
import * as field from './order-pool.ts'
import { anyKey, nothing } from '../price-ladder.ts'

const {
  ACCOUNT_OUT_OF_RANGE,
  AMEND_BELOW_FILLED,
  AMEND_MUST_REDUCE,
  BOOK_IS_FULL,
  DISPLAYED_OUT_OF_RANGE,
  FOK,
  ICEBERG_MUST_REST,
  ID_OUT_OF_RANGE,
  IS_DORMANT,
  IS_PAIRED,
  MINIMUM_NOT_REACHED,
  MINIMUM_OUT_OF_RANGE,
  ORDER_ALREADY_EXISTS,
  ORDER_IS_DORMANT,
  ORDER_IS_PAIRED,
  ORDER_IS_UNKNOWN,
  PARTNER_DOES_NOT_FIT,
  PARTNER_IS_UNKNOWN,
  PARTNER_NEEDS_A_STOP,
  POST_ONLY,
  POST_ONLY_MUST_REST,
  PRICE_OUT_OF_RANGE,
  QUANTITY_OUT_OF_RANGE,
  SELL,
  TRIGGER_OUT_OF_RANGE,
  WOULD_TAKE,
  neverRests,
} = code
const { ACCOUNT, FLAGS, QUANTITY } = field

/** True for an integer from 1 to 2^31 - 1. */
export function isInRange(value: number): boolean {
  return (value | 0) === value && value > 0
}

/** Of every new order. Its side and terms are codes, not a user's numbers. */
export function reasonNotToAccept(
  book: EngineBook,
  id: number,
  price: number,
  quantity: number,
  account: number,
): number {
  if (!isInRange(id)) return ID_OUT_OF_RANGE
  if (!isInRange(price)) return PRICE_OUT_OF_RANGE
  if (!isInRange(quantity)) return QUANTITY_OUT_OF_RANGE
  if ((account | 0) !== account || account < 0) return ACCOUNT_OUT_OF_RANGE
  if (book.ids.get(id) !== nothing) return ORDER_ALREADY_EXISTS
  return book.pool.size >= limits.engineOrdersMax ? BOOK_IS_FULL : 0
}

/** Of an order of any kind. */
export function reasonNotToPlace(book: EngineBook, order: NewEngineOrder): number {
  const { id, side, price, quantity, account = 0, terms = 0, minimum = 0 } = order
  const isMarket = price === 0
  const reason = reasonNotToAccept(book, id, isMarket ? 1 : price, quantity, account) || reasonOfTerms(order)
  if (reason !== 0) return reason
  // A stop's terms are judged when it is triggered.
  if (order.trigger !== undefined) return reasonNotToPair(book, order)
  return reasonNotToEnter(book, side, price, quantity, account, terms, minimum)
}

/** What does not make sense in an order, whatever the book is like. */
function reasonOfTerms(order: NewEngineOrder): number {
  const { price, quantity, terms = 0, displayed, minimum, trigger, partner } = order
  const mayRest = price !== 0 && (terms & neverRests) === 0
  if (displayed !== undefined && !(isInRange(displayed) && displayed <= quantity)) return DISPLAYED_OUT_OF_RANGE
  if (minimum !== undefined && !(isInRange(minimum) && minimum <= quantity)) return MINIMUM_OUT_OF_RANGE
  if (trigger !== undefined && !isInRange(trigger)) return TRIGGER_OUT_OF_RANGE
  if ((terms & POST_ONLY) !== 0 && (!mayRest || minimum !== undefined)) return POST_ONLY_MUST_REST
  if (displayed !== undefined && !mayRest) return ICEBERG_MUST_REST
  return partner !== undefined && trigger === undefined ? PARTNER_NEEDS_A_STOP : 0
}

/** Of a stop that names a partner: it must rest, be of the same side and account, and have as much left. */
function reasonNotToPair(book: EngineBook, { side, quantity, account = 0, partner }: NewEngineOrder): number {
  if (partner === undefined) return 0
  const other = isInRange(partner) ? book.ids.get(partner) : nothing
  if (other === nothing) return PARTNER_IS_UNKNOWN
  const { words } = book.pool
  const isTaken = ((words[other + FLAGS] as number) & (IS_DORMANT | IS_PAIRED)) !== 0
  const fits = book.sideOf(other) === side && words[other + ACCOUNT] === account && book.leftOf(other) === quantity
  return fits && !isTaken ? 0 : PARTNER_DOES_NOT_FIT
}

/** Of an order that is about to enter the book: it would take and must not, or cannot take as much as it must. A price of 0: any. */
export function reasonNotToEnter(
  book: EngineBook,
  side: SideCode,
  price: number,
  quantity: number,
  account: number,
  terms: number,
  minimum: number,
): number {
  const { ladder } = side === SELL ? book.bids : book.asks
  const limitKey = price === 0 ? anyKey : ladder.keyOf(price)
  if ((terms & POST_ONLY) !== 0 && ladder.bestKey <= limitKey) return WOULD_TAKE
  const wanted = (terms & FOK) === 0 ? minimum : quantity
  if (wanted > 0 && !canTake(book, side, limitKey, wanted, account, terms)) return MINIMUM_NOT_REACHED
  return 0
}

export function reasonNotToAmend(book: EngineBook, order: number, quantity: number): number {
  if (order === nothing) return ORDER_IS_UNKNOWN
  if (!isInRange(quantity)) return QUANTITY_OUT_OF_RANGE
  const { words } = book.pool
  if (((words[order + FLAGS] as number) & IS_PAIRED) !== 0) return ORDER_IS_PAIRED
  const current = words[order + QUANTITY] as number
  if (quantity >= current) return AMEND_MUST_REDUCE
  return quantity <= current - book.leftOf(order) ? AMEND_BELOW_FILLED : 0
}

export function reasonNotToModify(book: EngineBook, order: number, price: number, quantity: number): number {
  if (order === nothing) return ORDER_IS_UNKNOWN
  if (!isInRange(price)) return PRICE_OUT_OF_RANGE
  if (!isInRange(quantity)) return QUANTITY_OUT_OF_RANGE
  const flags = book.pool.words[order + FLAGS] as number
  if ((flags & IS_DORMANT) !== 0) return ORDER_IS_DORMANT
  if ((flags & IS_PAIRED) !== 0) return ORDER_IS_PAIRED
  const isPostOnly = (flags & POST_ONLY) !== 0
  return isPostOnly ? reasonNotToEnter(book, book.sideOf(order), price, quantity, 0, POST_ONLY, 0) : 0
}
