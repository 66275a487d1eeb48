/** Which of a peer's orders are meant: `ETH-USD sell account desk`, each part of which may be left out. */
import { parseAccount } from '../book/account.ts'
import type { Market } from '../book/market.ts'
import type { Side } from '../book/order.ts'
import { isRefusal, refuse, type Refusal } from '../book/refusal.ts'
import { findMarket } from '../peer/parse-order.ts'

/** Null: of both sides, of all accounts. */
export interface Which {
  readonly market: Market
  readonly side: Side | null
  readonly account: string | null
}

/** @param market the one that is meant where none is written */
export function parseWhich(words: readonly string[], markets: readonly Market[], market: Market): Which | Refusal {
  const [first = ''] = words
  if (first === '' || isSide(first) || first === 'account') return parseOfMarket(words, market)
  const named = findMarket(markets, first)
  return isRefusal(named) ? named : parseOfMarket(words.slice(1), named)
}

function parseOfMarket(words: readonly string[], market: Market): Which | Refusal {
  const [first = ''] = words
  const side = isSide(first) ? first : null
  const [word, name, ...more] = side === null ? words : words.slice(1)
  if (word === undefined) return { market, side, account: null }
  if (word !== 'account' || name === undefined || more.length > 0)
    return refuse(
      'command_not_understood',
      `Which orders are meant is written '[MARKET] [buy|sell] [account NAME]', such as 'sell account desk'.`,
    )
  const account = parseAccount(name)
  return isRefusal(account) ? account : { market, side, account }
}

function isSide(word: string): word is Side {
  return word === 'buy' || word === 'sell'
}
