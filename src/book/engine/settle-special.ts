/** What a fill of an iceberg or of one leg of a pair brings about. Out of line: most makers are neither. */

import { IS_PAIRED, REFILLED } from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import { DISPLAYED, FLAGS, HIDDEN, PRICE, REMAINING } from './order-pool.ts'
import { lapseWithPartner } from './pair.ts'

/** A maker has just lost `lots` of those that it shows. */
export function settleSpecial(book: EngineBook, maker: number, lots: number): void {
  const { words } = book.pool
  if (((words[maker + FLAGS] as number) & IS_PAIRED) !== 0) lapseWithPartner(book, maker, lots)
  if ((words[maker + REMAINING] as number) > 0) return
  if ((words[maker + HIDDEN] as number) > 0) refill(book, maker)
  else book.closeAnywhere(maker)
}

/** The next slice of an iceberg stands behind everybody else at its price. */
function refill(book: EngineBook, order: number): void {
  const { words } = book.pool
  const queues = book.queuesOf(book.sideOf(order))
  queues.remove(order)
  showSlice(book, order)
  queues.append(order, words[order + PRICE] as number)
  book.tell(REFILLED, order, words[order + REMAINING] as number, book.leftOf(order), 0)
}

/** Shows as much of what is left of an iceberg as it shows at a time. */
export function showSlice(book: EngineBook, order: number): void {
  const { words } = book.pool
  const left = book.leftOf(order)
  const slice = Math.min(words[order + DISPLAYED] as number, left)
  words[order + REMAINING] = slice
  words[order + HIDDEN] = left - slice
}
