/** Looks, without changing anything, whether an order could take so much at once: for fill-or-kill and minimum quantities. */

import type { SideCode } from './codes.ts'
import { CANCEL_OLDEST, SELL, selfTradeBits } from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import { ACCOUNT, HIDDEN, NEXT, REMAINING } from './order-pool.ts'
import { nothing } from '../price-ladder.ts'

/**
 * True when the taker would come to trade at least `wanted` lots within its limit. What is behind an order of its own account counts
 * only if that order would be cancelled: with the other ways of self-trade prevention the taker ends there or becomes smaller.
 */
export function canTake(
  book: EngineBook,
  side: SideCode,
  limitKey: number,
  wanted: number,
  account: number,
  terms: number,
): boolean {
  const { ladder } = side === SELL ? book.bids : book.asks
  const isBlockedByOwn = (terms & selfTradeBits) !== CANCEL_OLDEST
  let missing = wanted
  for (let level = ladder.best; level !== nothing; level = ladder.behind(ladder.priceOf(level))) {
    if (ladder.keyOf(ladder.priceOf(level)) > limitKey) return false
    missing = missingBehind(book, ladder.places[level] as number, missing, account, isBlockedByOwn)
    if (missing <= 0) return true
    if (missing === Infinity) return false
  }
  return false
}

/** What is still missing when a level is taken: first all that it shows, then what its icebergs hide; infinite if the walk ends in it. */
function missingBehind(
  book: EngineBook,
  first: number,
  wanted: number,
  account: number,
  isBlockedByOwn: boolean,
): number {
  const { words } = book.pool
  let missing = wanted
  let hidden = 0
  for (let order = first; order !== nothing && missing > 0; order = words[order + NEXT] as number) {
    const isOwn = account !== 0 && words[order + ACCOUNT] === account
    if (isOwn && isBlockedByOwn) return Infinity
    if (isOwn) continue
    missing -= words[order + REMAINING] as number
    hidden += words[order + HIDDEN] as number
  }
  return missing - hidden
}
