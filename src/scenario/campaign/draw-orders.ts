/** What users do: orders of every kind in two markets, most of them crossing, some cancelled or amended, now or too late. */
import { formatLots, formatTicks } from '../../book/decimals.ts'
import { selfTradePreventions } from '../../book/order.ts'
import type { Random } from '../../sim/random.ts'
import type { SwarmOptions } from './swarm.ts'
import type { Timeline } from './timeline.ts'

/** Of different sizes, so that nothing of one can pass for something of the other. */
export const campaignMarkets = [
  { symbol: 'BTC-USD', tickSize: '1', lotSize: '1' },
  { symbol: 'ETH-USD', tickSize: '0.5', lotSize: '0.1' },
] as const

type CampaignMarket = (typeof campaignMarkets)[number]

const lotsMax = 9
const priceMin = 97
const priceMax = 103
const gtdMsMax = 3_000
const accounts = ['fund', 'desk'] as const
const cancelChance = 0.22
const amendChance = 0.14
/** Older ones are left alone: who cancels is late now and then, but not by hours. */
const recentOrders = 12

/** Gives the instant at which the last command has been given, milliseconds. */
export function drawOrders(random: Random, names: readonly string[], swarm: SwarmOptions, timeline: Timeline): number {
  const placed = new Map<string, number>()
  let atMs = 0
  for (let orders = 0; orders < swarm.orders;) {
    const size = Math.min(swarm.orders - orders, random.integer(1, swarm.burst))
    for (let one = 0; one < size; one += 1) drawCommands(random, random.pick(names), placed, atMs, timeline)
    orders += size
    atMs += exponential(random, swarm.pauseMs)
  }
  return atMs
}

/** Whole milliseconds, at least one. */
export function exponential(random: Random, meanMs: number): number {
  return Math.max(1, Math.round(-Math.log(1 - random.real()) * meanMs))
}

function drawCommands(
  random: Random,
  name: string,
  placed: Map<string, number>,
  atMs: number,
  timeline: Timeline,
): void {
  const number = (placed.get(name) ?? 0) + 1
  placed.set(name, number)
  timeline.add(atMs, `${name} ${orderText(random)}`, `${name}/${number}`)
  const recent = (): string => `${name}/${random.integer(Math.max(1, number - recentOrders), number)}`
  if (random.real() < cancelChance) timeline.add(atMs, `cancel ${recent()}`)
  if (random.real() < amendChance) timeline.add(atMs, `amend ${recent()} to ${amendedLots(random)}`)
}

/** In the lots of whichever market the order is in: a whole number is on either grid. Some ask for more than there was. */
function amendedLots(random: Random): string {
  return random.pick(['1', '2', '3', '0.1', '0.2', '0.3'])
}

function orderText(random: Random): string {
  const market = random.pick(campaignMarkets)
  const words = [market.symbol, random.pick(['buy', 'sell']), formatLots(random.integer(1, lotsMax), market.lotSize)]
  words.push(...termsOf(random, market))
  if (random.real() < 0.6) words.push('account', random.pick(accounts))
  if (random.real() < 0.5) words.push('stp', random.pick(selfTradePreventions))
  return words.join(' ')
}

/** Price and time in force; without anything it is a market order. What rests may be post-only, gtc and gtd alike. */
function termsOf(random: Random, { tickSize }: CampaignMarket): string[] {
  const price = ['@', formatTicks(random.integer(priceMin, priceMax), tickSize)]
  const kind = random.real()
  if (kind < 0.08) return ['ioc']
  if (kind < 0.28) return [...price, 'ioc']
  const postOnly = random.real() < 0.15 ? ['post-only'] : []
  if (kind < 0.78) return [...price, ...postOnly]
  return [...price, 'gtd', `${random.integer(1, gtdMsMax)}ms`, ...postOnly]
}
