/**
 * What a market is: symbol, tick size and lot size together. All three are part of its identity, so that peers who
 * disagree about a size never meet. An id is written in one way only; text that says the same in another way is
 * refused, never silently taken for it, since ids are signed and name directories.
 */

import { limits } from '../limits.ts'
import { formatUnits, parseUnits } from './decimals.ts'
import { isRefusal, quoted, refuse, type Refusal } from './refusal.ts'

/** `SYMBOL:tick size:lot size`, decimals without trailing zeros: `BTCUSD:0.5:0.001`. */
export type MarketId = string & { readonly __brand: 'MarketId' }

export interface Market {
  readonly id: MarketId
  readonly symbol: string
  /** What one tick of a price is worth: a positive decimal without trailing zeros. */
  readonly tickSize: string
  /** What one lot of a quantity is: a positive decimal without trailing zeros. */
  readonly lotSize: string
}

export type MarketRefusalReason =
  | 'symbol_is_not_valid'
  | 'symbol_too_long'
  | 'tick_size_is_not_a_decimal'
  | 'tick_size_must_be_positive'
  | 'lot_size_is_not_a_decimal'
  | 'lot_size_must_be_positive'

export type MarketIdRefusalReason = MarketRefusalReason | 'market_id_is_not_valid' | 'market_id_is_not_canonical'

const symbolPattern = /^[A-Z0-9][A-Z0-9._-]*$/

/** Sizes may be written with trailing zeros: the market's are without. */
export function createMarket(wanted: {
  readonly symbol: string
  readonly tickSize: string
  readonly lotSize: string
}): Market | Refusal<MarketRefusalReason> {
  const { symbol } = wanted
  if (symbol.length > limits.symbolCharactersMax) return refuse('symbol_too_long', symbolTooLong(symbol))
  if (!symbolPattern.test(symbol)) return refuse('symbol_is_not_valid', symbolNotValid(symbol))
  const tickSize = canonicalSize('tick', wanted.tickSize)
  if (isRefusal(tickSize)) return tickSize
  const lotSize = canonicalSize('lot', wanted.lotSize)
  if (isRefusal(lotSize)) return lotSize
  return { id: `${symbol}:${tickSize}:${lotSize}` as MarketId, symbol, tickSize, lotSize }
}

export function parseMarketId(text: string): Market | Refusal<MarketIdRefusalReason> {
  const [symbol, tickSize, lotSize, ...more] = text.split(':')
  if (symbol === undefined || tickSize === undefined || lotSize === undefined || more.length > 0)
    return refuse(
      'market_id_is_not_valid',
      `${quoted(text)} is not a market; write SYMBOL:tick:lot, such as BTCUSD:0.5:0.001.`,
    )
  const market = createMarket({ symbol, tickSize, lotSize })
  if (isRefusal(market)) return market
  if (market.id !== text)
    return refuse('market_id_is_not_canonical', `The market ${quoted(text)} is written ${market.id}.`)
  return market
}

function canonicalSize(which: 'tick' | 'lot', text: string): string | Refusal<MarketRefusalReason> {
  const units = parseUnits(text)
  if (units === undefined)
    return refuse(
      `${which}_size_is_not_a_decimal`,
      `The ${which} size ${quoted(text)} is not a decimal such as 1 or 0.01.`,
    )
  if (units === 0n)
    return refuse(`${which}_size_must_be_positive`, `The ${which} size is 0; it must be positive, such as 1 or 0.01.`)
  return formatUnits(units)
}

function symbolTooLong(symbol: string): string {
  return `The symbol has ${symbol.length} characters; at most ${limits.symbolCharactersMax} are allowed.`
}

function symbolNotValid(symbol: string): string {
  return (
    `The symbol ${quoted(symbol)} is not valid: capital letters and digits, then also points, ` +
    `underscores and hyphens, such as BTCUSD or ES-2025.12.`
  )
}
