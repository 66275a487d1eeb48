/**
 * Decimal strings at the edges, whole ticks and whole lots inside: exact both ways, by bigint, never by floats. Decimals that are short
 * enough for whole numbers below 2^53, as nearly all are, go by those: every order brings two and its outcome shows six.
 * A decimal has at most 12 digits before the point and 8 behind it, no sign, no exponent and no leading zeros.
 * Users' mistakes are refusals; a tick size or lot size that is no positive decimal is an impossible state and throws.
 */

import { limits } from '../limits.ts'
import { impossible } from './impossible.ts'
import { quoted, refuse, type Refusal } from './refusal.ts'

export type PriceRefusalReason =
  'price_is_not_a_decimal' | 'price_must_be_positive' | 'price_must_be_on_tick' | 'price_too_large'

export type QuantityRefusalReason =
  'quantity_is_not_a_decimal' | 'quantity_must_be_positive' | 'quantity_must_be_on_lot' | 'quantity_too_large'

const decimalPattern = /^(0|[1-9]\d{0,11})(\.\d{1,8})?$/
/** So few before the point that the units fit a number. */
const shortDigitsMax = 7
const codeOfZero = '0'.charCodeAt(0)
const decimalsMax = 8
const powersOfTen = Array.from({ length: decimalsMax + 1 }, (_, power) => 10 ** power)
const unitsPerOne = 10n ** BigInt(decimalsMax)

/** A tick size or lot size, taken apart. */
interface Grid {
  readonly units: bigint
  readonly decimals: number
  /** The same in units of the last decimal that is shown: 5 for '0.5'. */
  readonly step: number
  /** Units of the last decimal in one: 10 for '0.5'. */
  readonly stepsPerOne: number
  /** How nothing is written: most of the quantities that are shown of an order are. */
  readonly zero: string
}

/** Of the sizes asked for lately: those of a peer's markets, again and again. */
const grids = new Map<string, Grid>()
/** The one asked for last: an order has one price and several quantities. */
let last: { readonly size: string; readonly grid: Grid } | undefined

function isDecimal(text: string): boolean {
  return decimalPattern.test(text)
}

/** The decimal in units of 0.00000001, or undefined when the text is none. */
export function parseUnits(text: string): bigint | undefined {
  if (!isDecimal(text)) return undefined
  const [whole = '', behind = ''] = text.split('.')
  return BigInt(whole) * unitsPerOne + BigInt(behind.padEnd(decimalsMax, '0'))
}

/** Units of 0.00000001 as a decimal without trailing zeros: 50000000n is '0.5'. */
export function formatUnits(units: bigint): string {
  const text = formatWithDecimals(units, decimalsMax)
  return text.replace(/\.?0+$/, '')
}

/** Whole ticks of a price: '101.5' is 203 with a tick size of '0.5'. */
export function parseTicks(text: string, tickSize: string): number | Refusal<PriceRefusalReason> {
  const ticks = shortSteps(text, tickSize)
  if (ticks !== undefined && ticks <= limits.priceMax) return ticks
  const units = parseUnits(text)
  if (units === undefined) return refuse('price_is_not_a_decimal', notADecimal('price', text))
  if (units === 0n) return refuse('price_must_be_positive', `The price is 0; the lowest price is ${tickSize}.`)
  const size = sizeInUnits(tickSize)
  if (units > size * BigInt(limits.priceMax))
    return refuse('price_too_large', tooLarge('price', text, tickSize, limits.priceMax))
  if (units % size !== 0n) return refuse('price_must_be_on_tick', offGrid('price', text, 'tick', tickSize))
  return Number(units / size)
}

/** Whole lots of a quantity: '0.25' is 25 with a lot size of '0.01'. */
export function parseLots(text: string, lotSize: string): number | Refusal<QuantityRefusalReason> {
  const lots = shortSteps(text, lotSize)
  if (lots !== undefined && lots <= limits.quantityMax) return lots
  const units = parseUnits(text)
  if (units === undefined) return refuse('quantity_is_not_a_decimal', notADecimal('quantity', text))
  if (units === 0n) return refuse('quantity_must_be_positive', `The quantity is 0; the smallest one is ${lotSize}.`)
  const size = sizeInUnits(lotSize)
  if (units > size * BigInt(limits.quantityMax))
    return refuse('quantity_too_large', tooLarge('quantity', text, lotSize, limits.quantityMax))
  if (units % size !== 0n) return refuse('quantity_must_be_on_lot', offGrid('quantity', text, 'lot', lotSize))
  return Number(units / size)
}

/** A price, or a difference of prices, with as many decimals as the tick size has. */
export function formatTicks(ticks: number | bigint, tickSize: string): string {
  return formatSteps(ticks, tickSize)
}

/** A quantity, or a sum or difference of quantities, with as many decimals as the lot size has. */
export function formatLots(lots: number | bigint, lotSize: string): string {
  return formatSteps(lots, lotSize)
}

/** What a quantity costs at a price, in ticks times lots: beyond the exact range of numbers, hence a bigint. */
export function notional(price: number, lots: number): bigint {
  return BigInt(price) * BigInt(lots)
}

/** A notional, or a sum or difference of notionals, with the decimals of tick size and lot size together. */
export function formatNotional(value: bigint, tickSize: string, lotSize: string): string {
  const decimals = decimalsOf(tickSize) + decimalsOf(lotSize)
  const units = value * sizeInUnits(tickSize) * sizeInUnits(lotSize)
  return formatWithDecimals(units / 10n ** BigInt(2 * decimalsMax - decimals), decimals)
}

/**
 * Whole steps of a short decimal on the grid; undefined for any other text, which is looked at more closely. Digit by digit, in a fraction
 * of the time that a pattern and the numbers of its parts take.
 */
function shortSteps(text: string, size: string): number | undefined {
  const { step, decimals } = gridOf(size)
  const point = text.indexOf('.')
  const digits = point < 0 ? text.length : point
  const behind = point < 0 ? 0 : text.length - point - 1
  if (digits === 0 || digits > shortDigitsMax || behind > decimals || (point >= 0 && behind === 0)) return undefined
  // No leading zero, but for the one before a point.
  if (text.charCodeAt(0) === codeOfZero && (digits > 1 || point < 0)) return undefined
  let shown = 0
  for (let at = 0; at < text.length; at += 1) {
    if (at === point) continue
    const digit = text.charCodeAt(at) - codeOfZero
    if (digit < 0 || digit > 9) return undefined
    shown = shown * 10 + digit
  }
  shown *= powersOfTen[decimals - behind] as number
  return shown > 0 && shown % step === 0 ? shown / step : undefined
}

function formatSteps(steps: number | bigint, size: string): string {
  const { units, decimals, step, stepsPerOne, zero } = gridOf(size)
  if (steps === 0) return zero
  const shown = typeof steps === 'number' ? steps * step : Number.NaN
  if (shown >= 0 && Number.isSafeInteger(shown)) return formatShown(shown, decimals, stepsPerOne)
  return formatWithDecimals((BigInt(steps) * units) / 10n ** BigInt(decimalsMax - decimals), decimals)
}

/** 1015 with one decimal is '101.5'. */
function formatShown(value: number, decimals: number, stepsPerOne: number): string {
  if (decimals === 0) return `${value}`
  const behind = value % stepsPerOne
  return `${(value - behind) / stepsPerOne}.${`${behind}`.padStart(decimals, '0')}`
}

/** 1015n with one decimal is '101.5'. */
function formatWithDecimals(value: bigint, decimals: number): string {
  const sign = value < 0n ? '-' : ''
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  if (decimals === 0) return sign + digits
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function decimalsOf(size: string): number {
  return size.split('.')[1]?.length ?? 0
}

function gridOf(size: string): Grid {
  if (last?.size === size) return last.grid
  const grid = grids.get(size) ?? newGrid(size)
  last = { size, grid }
  return grid
}

function newGrid(size: string): Grid {
  const [units, decimals] = [sizeInUnits(size), decimalsOf(size)]
  const step = Number(units / 10n ** BigInt(decimalsMax - decimals))
  const grid = { units, decimals, step, stepsPerOne: 10 ** decimals, zero: formatWithDecimals(0n, decimals) }
  if (grids.size >= 2 * limits.marketsMax) grids.clear()
  grids.set(size, grid)
  return grid
}

function sizeInUnits(size: string): bigint {
  const units = parseUnits(size)
  if (units === undefined || units === 0n)
    impossible(`A tick size or lot size of ${quoted(size)} is not a positive decimal.`)
  return units
}

function notADecimal(what: string, text: string): string {
  return (
    `The ${what} ${quoted(text)} is not a decimal: digits, at most 12 before the point and 8 behind it, ` +
    `without sign, exponent or leading zeros, such as 101 or 0.25.`
  )
}

function offGrid(what: string, text: string, step: 'tick' | 'lot', size: string): string {
  return `The ${what} ${text} is not a multiple of the ${step} size ${size}; nearest: ${nearest(text, size).join(' and ')}.`
}

/** The multiples around a value; one that would be refused itself is left out. */
function nearest(text: string, size: string): string[] {
  const below = (parseUnits(text) ?? 0n) / sizeInUnits(size)
  return [below, below + 1n]
    .filter(steps => steps > 0n)
    .map(steps => formatSteps(steps, size))
    .filter(isDecimal)
}

function tooLarge(what: string, text: string, size: string, stepsMax: number): string {
  return `The ${what} ${text} is too large; the largest one is ${formatSteps(stepsMax, size)}.`
}
