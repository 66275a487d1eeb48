/** The heart: an order takes what rests on the other side, best price first, at one price first come first served. */

import type { SideCode } from './codes.ts'
import * as code from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import * as field from './order-pool.ts'
import type { PriceQueues } from './price-queues.ts'
import { preventSelfTrade } from './prevent-self-trade.ts'
import { settleSpecial } from './settle-special.ts'

const { isSpecial, SELL, TRADE } = code
const { ACCOUNT, FLAGS, HIDDEN, ID, PRICE, REMAINING } = field

/**
 * Trades until nothing is left of the taker or nobody is left within its limit, and returns what is left.
 *
 * @param limitKey the key of its limit in the ladder of the other side
 * @param account 0: it may trade with everybody
 */
export function take(
  book: EngineBook,
  id: number,
  side: SideCode,
  limitKey: number,
  quantity: number,
  account: number,
  terms: number,
): number {
  const makers = side === SELL ? book.bids : book.asks
  let left = quantity
  while (left > 0 && makers.ladder.bestKey <= limitKey) {
    const maker = makers.first
    if (account !== 0 && book.pool.words[maker + ACCOUNT] === account)
      left = preventSelfTrade(book, maker, id, side, left, terms)
    else left -= trade(book, makers, maker, id, side, left)
  }
  return left
}

/** Gives the lots traded. */
function trade(
  book: EngineBook,
  makers: PriceQueues,
  maker: number,
  taker: number,
  side: SideCode,
  wanted: number,
): number {
  const words = book.pool.words
  const remaining = words[maker + REMAINING] as number
  const price = words[maker + PRICE] as number
  const lots = remaining < wanted ? remaining : wanted
  const makerLeft = remaining - lots + (words[maker + HIDDEN] as number)
  words[maker + REMAINING] = remaining - lots
  book.lastTradePrice = price
  if (book.dormantCount !== 0) book.noteTraded(price)
  book.facts.write(TRADE, taker, words[maker + ID] as number, side, price, lots, wanted - lots, makerLeft)
  if (((words[maker + FLAGS] as number) & isSpecial) !== 0) settleSpecial(book, maker, lots)
  else if (makerLeft === 0) book.close(makers, maker)
  return lots
}
