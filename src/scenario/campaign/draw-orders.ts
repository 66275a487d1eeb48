/** What users do: orders of every kind in two markets, most of them crossing, some cancelled or amended, now or too late. */
import { formatLots, formatTicks } from '../../book/decimals.ts'
import { oppositeOf, selfTradePreventions, type Side } from '../../book/order.ts'
import type { Random } from '../../sim/random.ts'
import type { Timeline } from './timeline.ts'

/** Of different sizes, so that nothing of one can pass for something of the other. */
export const campaignMarkets = [
  { symbol: 'BTC-USD', tickSize: '1', lotSize: '1' },
  { symbol: 'ETH-USD', tickSize: '0.5', lotSize: '0.1' },
] as const

type CampaignMarket = (typeof campaignMarkets)[number]

/** Most orders are small; a large one sweeps several of them. */
const small = { min: 1, max: 4 }
const large = { min: 6, max: 20 }
const largeChance = 0.3
export const priceMin = 98
export const priceMax = 102
/** How often a user stays on its side of the market: two of them trade with each other rather than each with itself. */
const leanChance = 0.95
/** How often it changes sides. */
const turnChance = 0.05
const gtdMsMax = 3_000
const accounts = ['fund', 'desk'] as const
/** Of all orders: all or nothing, and so much at least. */
const fokChance = 0.16
const minimumChance = 0.14
const cancelChance = 0.22
const amendChance = 0.18
const replaceChance = 0.1
/** The one that has just been placed, while others decide on it. */
const newestChance = 0.2
const stopChance = 0.12
const icebergChance = 0.15
const meltingChance = 0.15
const pairChance = 0.12
const cancelAllChance = 0.025
/** Older ones are left alone: who cancels is late now and then, but not by hours. */
const recentOrders = 12

/** An order, and what another in its place must have in common with it. */
interface DrawnOrder {
  readonly name: string
  readonly market: CampaignMarket
  readonly side: Side
  /** Null: the one of orders that name none. */
  readonly account: string | null
}

/** The users of a story: on which side each is, and how many orders it has placed. */
export class Users {
  readonly #random: Random
  readonly #orders = new Map<string, readonly DrawnOrder[]>()
  readonly #leans = new Map<string, Side>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Half of them begin on either side. Gives the instant at which the last command has been given, milliseconds. */
  trade(names: readonly string[], { orders, burst, pauseMs, isPlain = false }: Flow, timeline: Timeline): number {
    for (const [index, name] of names.entries()) this.#leans.set(name, index % 2 === 0 ? 'buy' : 'sell')
    let atMs = 0
    for (let given = 0; given < orders;) {
      const size = Math.min(orders - given, this.#random.integer(1, burst))
      for (let one = 0; one < size; one += 1) {
        const name = this.#random.pick(names)
        if (isPlain) this.#plainOrder(name, atMs, timeline)
        else this.#command(name, atMs, timeline)
      }
      given += size
      atMs += exponential(this.#random, pauseMs)
    }
    return atMs
  }

  /** Nothing but a limit order: of these most trade. */
  #plainOrder(name: string, atMs: number, timeline: Timeline): void {
    const order = this.#newOrder(name)
    const { tickSize, lotSize, symbol } = order.market
    const lots = formatLots(this.#random.integer(small.min, small.max), lotSize)
    const price = formatTicks(this.#random.integer(priceMin, priceMax), tickSize)
    timeline.add(atMs, `${name} ${symbol} ${order.side} ${lots} @ ${price}`, order.name)
  }

  #newOrder(name: string): DrawnOrder {
    const placed = this.#orders.get(name) ?? []
    const order = { name: `${name}/${placed.length + 1}`, ...drawPlace(this.#random, this.#sideOf(name)) }
    this.#orders.set(name, [...placed, order])
    return order
  }

  #command(name: string, atMs: number, timeline: Timeline): void {
    const random = this.#random
    const order = this.#newOrder(name)
    const text = orderText(random, order)
    timeline.add(atMs, `${name} ${text}`, order.name)
    if (text.includes(' displayed ') && random.real() < meltingChance) melt(order, text, atMs, timeline)
    const recent = (): string => random.pick((this.#orders.get(name) ?? [order]).slice(-recentOrders)).name
    if (random.real() < cancelChance) timeline.add(atMs, `cancel ${recent()}`)
    if (random.real() < pairChance) this.#pair(name, atMs, timeline)
    if (random.real() < cancelAllChance) timeline.add(atMs, `cancel all ${name} ${whichText(random)}`)
    if (random.real() < replaceChance) this.#replace(name, atMs, timeline)
    if (random.real() < amendChance) timeline.add(atMs, `amend ${recent()} to ${amendedLots(random)}`)
  }

  /** Two orders that share one quantity: one that is likely to rest, and a stop on the other side of the market's middle. */
  #pair(name: string, atMs: number, timeline: Timeline): void {
    const random = this.#random
    const placed = this.#orders.get(name) ?? []
    const place = drawPlace(random, this.#sideOf(name))
    const { market, side, account } = place
    const [resting, stop] = [placed.length + 1, placed.length + 2].map(number => ({
      ...place,
      name: `${name}/${number}`,
    }))
    if (!resting || !stop) return
    this.#orders.set(name, [...placed, resting, stop])
    const lots = formatLots(lotsOf(random), market.lotSize)
    const [near, far] = side === 'buy' ? [priceMin, priceMax] : [priceMax, priceMin]
    const behind = account === null ? '' : ` account ${account}`
    const [limit, trigger] = [near, far].map(price => formatTicks(price, market.tickSize))
    timeline.add(atMs, `${name} ${market.symbol} ${side} ${lots} @ ${limit}${behind}`, resting.name)
    const text = `${name} ${market.symbol} ${side} ${lots} @ ${trigger} stop ${trigger} partner ${resting.name}${behind}`
    timeline.add(atMs, text, stop.name)
  }

  /** By an order of the same market, side and account: what else would be refused when it is read. */
  #replace(name: string, atMs: number, timeline: Timeline): void {
    const random = this.#random
    const placed = this.#orders.get(name) ?? []
    const old = random.pick(placed.slice(random.real() < newestChance ? -1 : -recentOrders))
    const order = `${name}/${placed.length + 1}`
    const terms = termsText(random, old.market, old.side)
    const text = old.account === null ? terms : `${terms} account ${old.account}`
    this.#orders.set(name, [...placed, { ...old, name: order }])
    timeline.add(atMs, `replace ${old.name} with ${text}`, order)
  }

  #sideOf(name: string): Side {
    const lean = this.#leans.get(name) ?? 'buy'
    const side = this.#random.real() < leanChance ? lean : oppositeOf(lean)
    if (this.#random.real() < turnChance) this.#leans.set(name, oppositeOf(lean))
    return side
  }
}

/** How many orders, and how they are spread over time. */
export interface Flow {
  readonly orders: number
  /** Given at the same instant, at most. */
  readonly burst: number
  /** Between two bursts, on the average. */
  readonly pauseMs: number
  /** Nothing but limit orders, none of which is cancelled, amended or replaced. */
  readonly isPlain?: boolean
}

/** Whole milliseconds, at least one. */
export function exponential(random: Random, meanMs: number): number {
  return Math.max(1, Math.round(-Math.log(1 - random.real()) * meanMs))
}

/** In the lots of whichever market the order is in: a whole number is on either grid. Some ask for more than there was. */
function amendedLots(random: Random): string {
  return random.pick(['1', '2', '3', '0.1', '0.2', '0.3'])
}

/** Takes off an iceberg what can be, while others decide on what it has taken: whatever they may get stays, and nothing else. */
function melt({ name, market }: DrawnOrder, text: string, atMs: number, timeline: Timeline): void {
  const lots = Math.round(Number(text.split(' ')[2]) / Number(market.lotSize))
  for (let left = lots - 1; left > 0; left -= 1)
    timeline.add(atMs, `amend ${name} to ${formatLots(left, market.lotSize)}`)
}

function drawPlace(random: Random, side: Side): Omit<DrawnOrder, 'name'> {
  const market = random.pick(campaignMarkets)
  return { market, side, account: random.real() < 0.6 ? random.pick(accounts) : null }
}

function orderText(random: Random, { market, side, account }: DrawnOrder): string {
  const words = [market.symbol, termsText(random, market, side)]
  if (account !== null) words.push('account', account)
  return words.join(' ')
}

function termsText(random: Random, market: CampaignMarket, side: Side): string {
  const lots = lotsOf(random)
  const words = [side, formatLots(lots, market.lotSize), ...termsOf(random, market, lots)]
  if (random.real() < 0.5) words.push('stp', random.pick(selfTradePreventions))
  return words.join(' ')
}

/** A market, a side, an account, or whatever there is of them. */
function whichText(random: Random): string {
  const words: string[] = [random.pick(campaignMarkets).symbol]
  if (random.real() < 0.5) words.push(random.pick(['buy', 'sell']))
  if (random.real() < 0.4) words.push('account', random.pick(accounts))
  return words.join(' ')
}

function lotsOf(random: Random): number {
  const { min, max } = random.real() < largeChance ? large : small
  return random.integer(min, max)
}

/** Price and time in force; without anything it is a market order. What rests may be post-only, have a minimum or hide a part, gtc and gtd alike. */
function termsOf(random: Random, { tickSize, lotSize }: CampaignMarket, lots: number): string[] {
  const price = ['@', formatTicks(random.integer(priceMin, priceMax), tickSize)]
  const kind = random.real()
  if (random.real() < stopChance) return stopOf(random, price, tickSize)
  if (random.real() < fokChance) return kind < 0.3 ? ['fok'] : [...price, 'fok']
  const minimum = random.real() < minimumChance ? ['min', formatLots(random.integer(1, lots), lotSize)] : []
  if (kind < 0.08) return ['ioc', ...minimum]
  if (kind < 0.28) return [...price, 'ioc', ...minimum]
  const postOnly = random.real() < 0.15 ? ['post-only'] : minimum
  const isIceberg = minimum.length === 0 && random.real() < icebergChance
  const displayed = isIceberg ? ['displayed', formatLots(random.integer(1, small.max), lotSize)] : []
  if (kind < 0.78) return [...price, ...postOnly, ...displayed]
  return [...price, 'gtd', `${random.integer(1, gtdMsMax)}ms`, ...postOnly, ...displayed]
}

/** As a market or a limit order, for ever or not; most of them are reached soon. */
function stopOf(random: Random, price: readonly string[], tickSize: string): string[] {
  const stop = ['stop', formatTicks(random.integer(priceMin, priceMax), tickSize)]
  const gtd = random.real() < 0.3 ? ['gtd', `${random.integer(1, gtdMsMax)}ms`] : []
  return random.real() < 0.4 ? [...stop, ...gtd] : [...price, ...stop, ...gtd]
}
