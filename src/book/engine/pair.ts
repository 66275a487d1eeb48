/**
 * One cancels the other: a resting order and a dormant stop of the same side and account that share one quantity. What the resting leg
 * trades the stop is no longer for; when one leg ends otherwise or the stop is triggered, the other leg is cancelled. So at most one of
 * the two can ever be traded with.
 */

import { AMENDED, CANCELLED, IS_PAIRED, PARTNER_HAS_TRADED, PARTNER_IS_DONE } from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import { FLAGS, PARTNER, QUANTITY, REMAINING } from './order-pool.ts'

export function pairUp(book: EngineBook, one: number, other: number): void {
  const { words } = book.pool
  words[one + PARTNER] = other
  words[other + PARTNER] = one
  words[one + FLAGS] = (words[one + FLAGS] as number) | IS_PAIRED
  words[other + FLAGS] = (words[other + FLAGS] as number) | IS_PAIRED
}

/** The stop becomes smaller by what the resting leg has lost. */
export function lapseWithPartner(book: EngineBook, leg: number, lots: number): void {
  const { words } = book.pool
  const stop = words[leg + PARTNER] as number
  const left = (words[stop + REMAINING] as number) - lots
  if (left === 0) return endPartner(book, leg)
  words[stop + REMAINING] = left
  words[stop + QUANTITY] = (words[stop + QUANTITY] as number) - lots
  book.tell(AMENDED, stop, lots, left, PARTNER_HAS_TRADED)
}

/** Cancels the other leg, if there is one, and leaves this one alone. */
export function endPartner(book: EngineBook, leg: number): void {
  const { words } = book.pool
  if (((words[leg + FLAGS] as number) & IS_PAIRED) === 0) return
  const partner = words[leg + PARTNER] as number
  words[leg + FLAGS] = (words[leg + FLAGS] as number) & ~IS_PAIRED
  book.tell(CANCELLED, partner, book.leftOf(partner), 0, PARTNER_IS_DONE)
  book.closeAnywhere(partner)
}
