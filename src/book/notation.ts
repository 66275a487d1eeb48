/**
 * How orders, quantities and prices are written for people, and read from them:
 *
 *     buy 5 @ 101          sell 0.25 @ 64000.50 ioc account desk-1          sell 3 ioc
 *
 * Side, quantity, then a price behind `@`, or none for a market order, which is always ioc; then, in any order and
 * each at most once, `gtc`, `ioc` or `gtd TIME` (how long from now: 500ms, 2s, 10m, 1h), `post-only`, `stp MODE`,
 * `stop PRICE` (it waits for a trade there; without a price it is a market order then), `displayed QUANTITY` (an
 * iceberg), `partner ORDER` (of a stop: the order that it shares its quantity with) and `account NAME`. What is not
 * written is gtc (ioc without a price), account main, self-trade prevention cancel-newest.
 * It reads one order at a time and never guesses: a word that is not understood refuses the whole.
 */

import { mainAccount, parseAccount } from './account.ts'
import { formatLots, formatTicks, parseLots, parseTicks } from './decimals.ts'
import type { PriceRefusalReason, QuantityRefusalReason } from './decimals.ts'
import type { Market } from './market.ts'
import { defaultSelfTradePrevention, neverRests, selfTradePreventions } from './order.ts'
import type { Conditions, NewOrder, SelfTradePrevention, Side, TimeInForce } from './order.ts'
import { isRefusal, quoted, refuse, type Refusal } from './refusal.ts'

/** What a user says of an order: all of it but the id, and of a gtd order how long it lasts instead of when it ends. */
export type OrderTerms = Omit<NewOrder, 'id'> &
  Omit<Conditions, 'expiresAtMs' | 'partner'> & {
    readonly lastsMs: number | null
    /** As it is written: whose order it is stands before the slash. */
    readonly partner?: string
  }

/** What there must be of an order to write it; the options that are there are written too. */
export type WritableOrder = Pick<NewOrder, 'side' | 'price' | 'quantity'> &
  Partial<
    Pick<OrderTerms, 'timeInForce' | 'account' | 'postOnly' | 'lastsMs' | 'selfTradePrevention' | 'minimum' | Kept>
  >
type Kept = 'trigger' | 'displayed' | 'partner'

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
  | 'order_has_no_duration'
  | 'post_only_must_rest'
  | 'order_has_no_self_trade_prevention'
  | 'order_has_no_minimum'
  | 'minimum_beyond_quantity'
  | 'minimum_of_fok_is_all'
  | 'kept_order_has_no_minimum'
  | 'order_has_no_trigger'
  | 'order_has_no_displayed_quantity'
  | 'order_has_no_partner'
  | 'partner_needs_a_stop'
  | 'iceberg_must_rest'
  | QuantityRefusalReason
  | PriceRefusalReason

type OrderTextRefusal = Refusal<OrderTextRefusalReason>
type Options = {
  timeInForce?: TimeInForce
  lastsMs?: number
  account?: string
  postOnly?: boolean
  selfTradePrevention?: SelfTradePrevention
  minimum?: number
  trigger?: number
  displayed?: number
  partner?: string
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

const example = `such as 'buy 5 @ 101' or 'sell 3 ioc'`

/** `0.5 @ 64000.00`, or `0.5` without a price. */
export function formatAmount(lots: number, price: number | null, market: Market): string {
  const quantity = formatLots(lots, market.lotSize)
  return price === null ? quantity : `${quantity} @ ${formatTicks(price, market.tickSize)}`
}

/** The shortest text that `parseOrder` reads as this order. */
export function formatOrder(order: WritableOrder, market: Market): string {
  const words = [order.side, formatAmount(order.quantity, order.price, market)]
  if (order.trigger !== undefined) words.push('stop', formatTicks(order.trigger, market.tickSize))
  if (order.timeInForce === 'fok') words.push('fok')
  else if (order.timeInForce === 'ioc' || (order.price === null && order.trigger === undefined)) words.push('ioc')
  if (order.timeInForce === 'gtd') words.push('gtd', `${order.lastsMs ?? 0}ms`)
  if (order.displayed !== undefined) words.push('displayed', formatLots(order.displayed, market.lotSize))
  if (order.partner !== undefined) words.push('partner', order.partner)
  if (order.postOnly === true) words.push('post-only')
  if (order.minimum !== undefined && order.minimum !== null)
    words.push('min', formatLots(order.minimum, market.lotSize))
  if (order.selfTradePrevention !== undefined && order.selfTradePrevention !== defaultSelfTradePrevention)
    words.push('stp', order.selfTradePrevention)
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
  const options = parseOptions(more[0] === '@' ? more.slice(2) : more, market)
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
  const { account = mainAccount, trigger, displayed, partner } = options
  const { timeInForce = price === null && trigger === undefined ? 'ioc' : 'gtc' } = options
  if (price === null && !neverRests(timeInForce) && trigger === undefined)
    return refuse(
      'market_order_must_be_ioc',
      `An order without a price is a market order and always ioc or fok, not ${timeInForce}; to let it rest give a price, as in '@ 101'.`,
    )
  const { postOnly = false, lastsMs = null, selfTradePrevention = defaultSelfTradePrevention, minimum = null } = options
  if (partner !== undefined && trigger === undefined)
    return refuse('partner_needs_a_stop', 'Only a stop has a partner; write what triggers it, as in stop 95.')
  if (displayed !== undefined && (neverRests(timeInForce) || price === null))
    return refuse('iceberg_must_rest', `An iceberg rests: it has a price, and is not ${timeInForce}.`)
  const kept = {
    ...(trigger !== undefined && { trigger }),
    ...(displayed !== undefined && { displayed }),
    ...(partner !== undefined && { partner }),
  }
  const terms = {
    side,
    price,
    quantity,
    timeInForce,
    account,
    postOnly,
    lastsMs,
    selfTradePrevention,
    minimum,
    ...kept,
  }
  return refusalOfTaking(terms, terms) ?? terms
}

type Taking = Pick<OrderTerms, 'price' | 'quantity' | 'timeInForce'>
type TakingConditions = Pick<Conditions, 'postOnly' | 'minimum' | 'trigger' | 'displayed'>
type TakingRefusalReason =
  'post_only_must_rest' | 'minimum_beyond_quantity' | 'minimum_of_fok_is_all' | 'kept_order_has_no_minimum'

/** What an order says of the moment at which it enters, and does not fit together. */
export function refusalOfTaking(
  { price, quantity, timeInForce }: Taking,
  { postOnly, minimum, trigger, displayed }: TakingConditions,
): Refusal<TakingRefusalReason> | undefined {
  if (postOnly && (neverRests(timeInForce) || price === null || minimum !== null))
    return refuse(
      'post_only_must_rest',
      `A post-only order only rests, and ${minimum === null ? `an ${timeInForce} order never does` : 'one with a minimum trades at once'}; leave one of the two out.`,
    )
  if (minimum !== null && timeInForce === 'fok')
    return refuse('minimum_of_fok_is_all', 'A fok order trades wholly or not at all; leave its minimum out.')
  if (minimum !== null && minimum > quantity)
    return refuse('minimum_beyond_quantity', 'The minimum of an order is no more than its quantity.')
  if ((minimum !== null || timeInForce === 'fok') && (trigger !== undefined || displayed !== undefined))
    return refuse(
      'kept_order_has_no_minimum',
      'A stop or an iceberg is not fok and has no minimum; leave one of the two out.',
    )
  return undefined
}

/** How long something lasts: a whole number with its unit, as in `500ms`, `2s`, `10m` or `1h`. */
export function parseDuration(text: string | undefined): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,8})(ms|s|m|h)$/.exec(text ?? '') ?? []
  return count === undefined || unit === undefined ? undefined : Number(count) * (unitsMs[unit] ?? 0)
}

function parseQuantity(text: string | undefined, market: Market): number | OrderTextRefusal {
  if (text === undefined) return refuse('order_has_no_quantity', `The quantity is missing behind the side, ${example}.`)
  return parseLots(text, market.lotSize)
}

function parsePrice(text: string | undefined, market: Market): number | OrderTextRefusal {
  if (text === undefined) return refuse('order_has_no_price', `The price is missing behind '@', ${example}.`)
  return parseTicks(text, market.tickSize)
}

function parseOptions(words: readonly string[], market: Market): Options | OrderTextRefusal {
  const options: Options = {}
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const refusal = readOption(options, word, rest, market)
    if (refusal !== undefined) return refusal
  }
  return options
}

/** Reads one option, and takes what belongs to it off the words that are left. */
function readOption(options: Options, word: string, rest: string[], market: Market): OrderTextRefusal | undefined {
  switch (word) {
    case 'account':
      return readAccount(options, rest.shift())
    case 'gtd':
      return readTimeInForce(options, word) ?? readDuration(options, rest.shift())
    case 'post-only':
      if (options.postOnly === true) return saidTwice('word post-only', word)
      options.postOnly = true
      return undefined
    case 'stop':
      return readFigure(options, 'trigger', rest.shift(), text => parseTicks(text, market.tickSize))
    case 'displayed':
      return readFigure(options, 'displayed', rest.shift(), text => parseLots(text, market.lotSize))
    case 'partner':
      return readPartner(options, rest.shift())
    case 'stp':
      return readSelfTradePrevention(options, rest.shift())
    case 'min':
      return readFigure(options, 'minimum', rest.shift(), text => parseLots(text, market.lotSize))
    default:
      return readTimeInForce(options, word)
  }
}

type Figure = 'trigger' | 'displayed' | 'minimum'

/** What each is called, and what is said when there is nothing behind its word. */
const figures = {
  trigger: { name: 'trigger', reason: 'order_has_no_trigger', sentence: "The price is missing behind 'stop'." },
  displayed: {
    name: 'displayed quantity',
    reason: 'order_has_no_displayed_quantity',
    sentence: "The quantity is missing behind 'displayed'.",
  },
  minimum: { name: 'minimum', reason: 'order_has_no_minimum', sentence: "The quantity is missing behind 'min'." },
} as const satisfies Record<Figure, { name: string; reason: OrderTextRefusalReason; sentence: string }>

/** A price or a quantity behind a word, given once. */
function readFigure(
  options: Options,
  figure: Figure,
  text: string | undefined,
  read: (text: string) => number | OrderTextRefusal,
): OrderTextRefusal | undefined {
  const { reason, sentence, name } = figures[figure]
  if (text === undefined) return refuse(reason, sentence)
  if (options[figure] !== undefined) return saidTwice(name, text)
  const value = read(text)
  if (isRefusal(value)) return value
  options[figure] = value
  return undefined
}

/** Which orders there are is for whoever reads on. */
function readPartner(options: Options, text: string | undefined): OrderTextRefusal | undefined {
  if (text === undefined) return refuse('order_has_no_partner', `${behind('partner', text)} Say which order it is.`)
  if (options.partner !== undefined) return saidTwice('partner', text)
  options.partner = text
  return undefined
}

function readDuration(options: Options, text: string | undefined): OrderTextRefusal | undefined {
  const lastsMs = parseDuration(text)
  if (lastsMs === undefined)
    return refuse(
      'order_has_no_duration',
      `${behind('gtd', text)} Say how long the order lasts, such as 500ms, 2s, 10m or 1h.`,
    )
  options.lastsMs = lastsMs
  return undefined
}

function readSelfTradePrevention(options: Options, mode: string | undefined): OrderTextRefusal | undefined {
  const known = selfTradePreventions.find(candidate => candidate === mode)
  if (known === undefined)
    return refuse(
      'order_has_no_self_trade_prevention',
      `${behind('stp', mode)} Say one of ${selfTradePreventions.join(', ')}.`,
    )
  if (options.selfTradePrevention !== undefined) return saidTwice('self-trade prevention', known)
  options.selfTradePrevention = known
  return undefined
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
  if (word !== 'gtc' && word !== 'gtd' && word !== 'ioc' && word !== 'fok') return unknownWord(word)
  if (options.timeInForce !== undefined) return saidTwice('time in force', word)
  options.timeInForce = word
  return undefined
}

function unknownWord(word: string): OrderTextRefusal {
  const sentence = `The word ${quoted(word)} is not known here; an order may go on with '@ PRICE', then gtc, gtd TIME, ioc, fok, min QUANTITY, post-only, stp MODE, stop PRICE, displayed QUANTITY, partner ORDER or account NAME.`
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

function behind(option: string, word: string | undefined): string {
  return word === undefined ? `Nothing stands behind ${option}.` : `${quoted(word)} makes no sense behind ${option}.`
}

function saying(word: string | undefined): string {
  return word === undefined ? 'The order is empty.' : `${quoted(word)} is not a side.`
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}
