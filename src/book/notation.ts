/**
 * How orders, quantities and prices are written for people, and read from them:
 *
 *     buy 5 @ 101          sell 0.25 @ 64000.50 ioc account desk-1          sell 3 ioc
 *
 * Side, quantity, then a price behind `@`, or none for a market order, which is always ioc; then, in any order and
 * each at most once, `gtc` or `ioc` and `account NAME`. What is not written is gtc (ioc without a price), account main.
 * It reads one order at a time and never guesses: a word that is not understood refuses the whole.
 */

import { mainAccount, parseAccount } from './account.ts'
import { formatLots, formatTicks, parseLots, parseTicks } from './decimals.ts'
import type { PriceRefusalReason, QuantityRefusalReason } from './decimals.ts'
import type { Market } from './market.ts'
import type { NewOrder, Side, TimeInForce } from './order.ts'
import { isRefusal, quoted, refuse, type Refusal } from './refusal.ts'

/** What a user says of an order: all of it but the id. */
export type OrderTerms = Omit<NewOrder, 'id'>

/** What there must be of an order to write it; the options that are there are written too. */
export type WritableOrder = Pick<NewOrder, 'side' | 'price' | 'quantity'> &
  Partial<Pick<NewOrder, 'timeInForce' | 'account'>>

export type OrderTextRefusalReason =
  | 'order_has_no_side'
  | 'order_has_no_quantity'
  | 'order_has_no_price'
  | 'order_has_an_unknown_word'
  | 'order_says_something_twice'
  | 'order_has_no_account_name'
  | 'account_is_not_a_name'
  | 'account_name_too_long'
  | 'market_order_must_be_ioc'
  | QuantityRefusalReason
  | PriceRefusalReason

type OrderTextRefusal = Refusal<OrderTextRefusalReason>
type Options = { timeInForce?: TimeInForce; account?: string }

const example = `such as 'buy 5 @ 101' or 'sell 3 ioc'`

/** `0.5 @ 64000.00`, or `0.5` without a price. */
export function formatAmount(lots: number, price: number | null, market: Market): string {
  const quantity = formatLots(lots, market.lotSize)
  return price === null ? quantity : `${quantity} @ ${formatTicks(price, market.tickSize)}`
}

/** The shortest text that `parseOrder` reads as this order. */
export function formatOrder(order: WritableOrder, market: Market): string {
  const words = [order.side, formatAmount(order.quantity, order.price, market)]
  if (order.timeInForce === 'ioc' || order.price === null) words.push('ioc')
  if (order.account !== undefined && order.account !== mainAccount) words.push('account', order.account)
  return words.join(' ')
}

export function parseOrder(text: string, market: Market): OrderTerms | OrderTextRefusal {
  const [side, quantityText, ...more] = wordsOf(text)
  if (!isSide(side)) return refuse('order_has_no_side', `${saying(side)} An order begins with buy or sell, ${example}.`)
  const quantity = parseQuantity(quantityText, market)
  if (isRefusal(quantity)) return quantity
  const price = more[0] === '@' ? parsePrice(more[1], market) : null
  if (isRefusal(price)) return price
  const options = parseOptions(more[0] === '@' ? more.slice(2) : more)
  if (isRefusal(options)) return options
  return completeTerms(side, quantity, price, options)
}

export function parseSide(text: string): Side | Refusal<'side_is_not_buy_or_sell'> {
  return isSide(text) ? text : refuse('side_is_not_buy_or_sell', `${quoted(text)} is not a side; write buy or sell.`)
}

function completeTerms(
  side: Side,
  quantity: number,
  price: number | null,
  options: Options,
): OrderTerms | OrderTextRefusal {
  const { timeInForce = price === null ? 'ioc' : 'gtc', account = mainAccount } = options
  if (price === null && timeInForce !== 'ioc')
    return refuse(
      'market_order_must_be_ioc',
      `An order without a price is a market order and always ioc, not ${timeInForce}; to let it rest give a price, as in '@ 101'.`,
    )
  return { side, price, quantity, timeInForce, account }
}

function parseQuantity(text: string | undefined, market: Market): number | OrderTextRefusal {
  if (text === undefined) return refuse('order_has_no_quantity', `The quantity is missing behind the side, ${example}.`)
  return parseLots(text, market.lotSize)
}

function parsePrice(text: string | undefined, market: Market): number | OrderTextRefusal {
  if (text === undefined) return refuse('order_has_no_price', `The price is missing behind '@', ${example}.`)
  return parseTicks(text, market.tickSize)
}

function parseOptions(words: readonly string[]): Options | OrderTextRefusal {
  const options: Options = {}
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const refusal = word === 'account' ? readAccount(options, rest.shift()) : readTimeInForce(options, word)
    if (refusal !== undefined) return refusal
  }
  return options
}

function readAccount(options: Options, name: string | undefined): OrderTextRefusal | undefined {
  if (name === undefined) return refuse('order_has_no_account_name', `The name is missing behind 'account'.`)
  if (options.account !== undefined) return saidTwice('account', name)
  const account = parseAccount(name)
  if (isRefusal(account)) return account
  options.account = account
  return undefined
}

function readTimeInForce(options: Options, word: string): OrderTextRefusal | undefined {
  if (word !== 'gtc' && word !== 'ioc') return unknownWord(word)
  if (options.timeInForce !== undefined) return saidTwice('time in force', word)
  options.timeInForce = word
  return undefined
}

function unknownWord(word: string): OrderTextRefusal {
  const sentence = `The word ${quoted(word)} is not known here; an order may go on with '@ PRICE', then gtc, ioc or account NAME.`
  return refuse('order_has_an_unknown_word', sentence)
}

function saidTwice(what: string, word: string): OrderTextRefusal {
  return refuse(
    'order_says_something_twice',
    `The ${what} is given twice, the second time as ${quoted(word)}; give it once.`,
  )
}

function isSide(word: string | undefined): word is Side {
  return word === 'buy' || word === 'sell'
}

function saying(word: string | undefined): string {
  return word === undefined ? 'The order is empty.' : `${quoted(word)} is not a side.`
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}
