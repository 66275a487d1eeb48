/** What happens instead of a trade between two orders of one account. The taker is the newer one, and its terms decide. */

import type { SideCode } from './codes.ts'
import * as code from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import { QUANTITY, REMAINING } from './order-pool.ts'
import { endPartner } from './pair.ts'
import { settleSpecial } from './settle-special.ts'

/** Gives what is left of the taker. */
export function preventSelfTrade(
  book: EngineBook,
  maker: number,
  taker: number,
  side: SideCode,
  left: number,
  terms: number,
): number {
  switch (terms & code.selfTradeBits) {
    case code.CANCEL_OLDEST:
      cancelMaker(book, maker)
      return left
    case code.CANCEL_BOTH:
      cancelMaker(book, maker)
      return lapseTaker(book, taker, side, left, left)
    case code.DECREMENT:
      return decrementBoth(book, maker, taker, side, left)
    default:
      return lapseTaker(book, taker, side, left, left)
  }
}

function cancelMaker(book: EngineBook, maker: number): void {
  book.tell(code.CANCELLED, maker, book.leftOf(maker), 0, code.SELF_TRADE_PREVENTED)
  endPartner(book, maker)
  book.closeAnywhere(maker)
}

/** The taker's price is not told: it is not at hand, and whoever sent the order knows it. */
function lapseTaker(book: EngineBook, taker: number, side: SideCode, lots: number, left: number): number {
  const after = left - lots
  const kind = after === 0 ? code.CANCELLED : code.AMENDED
  book.takerLapsed += lots
  book.facts.write(kind, taker, 0, side, 0, lots, after, code.SELF_TRADE_PREVENTED)
  return after
}

/** Both lose what they would have traded. */
function decrementBoth(book: EngineBook, maker: number, taker: number, side: SideCode, left: number): number {
  const { words } = book.pool
  const lots = Math.min(left, words[maker + REMAINING] as number)
  const makerLeft = book.leftOf(maker) - lots
  const kind = makerLeft === 0 ? code.CANCELLED : code.AMENDED
  book.tell(kind, maker, lots, makerLeft, code.SELF_TRADE_PREVENTED)
  words[maker + REMAINING] = (words[maker + REMAINING] as number) - lots
  words[maker + QUANTITY] = (words[maker + QUANTITY] as number) - lots
  settleSpecial(book, maker, lots)
  return lapseTaker(book, taker, side, lots, left)
}
