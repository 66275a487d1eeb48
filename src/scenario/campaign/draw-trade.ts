/** A trade that is there to go wrong: the maker rests an order and the taker sweeps the market, and then something happens to them. */
import { formatLots, formatTicks } from '../../book/decimals.ts'
import type { Random } from '../../sim/random.ts'
import { campaignMarkets, priceMax } from './draw-orders.ts'
import type { Timeline } from './timeline.ts'

const makerLots = 9
/** As much as may rest in the whole market, so that every maker is asked. */
const sweepLots = 60
/** Long enough for everybody to have read of the maker's order. */
const restMs = 60

export interface DrawnTrade {
  readonly maker: string
  readonly taker: string
  /** By which other lines know the taker's order. */
  readonly order: string
  /** Of its market. */
  readonly lotSize: string
}

/** The maker's order rests from `atMs - restMs` on, the taker sweeps at `atMs`. `lastsMs`: how long the maker's order does; null: for ever. */
export function drawTrade(
  random: Random,
  names: readonly string[],
  atMs: number,
  timeline: Timeline,
  lastsMs: number | null = null,
): DrawnTrade {
  const [maker = '', taker = ''] = random.shuffle(names)
  const { symbol, tickSize, lotSize } = random.pick(campaignMarkets)
  const order = `${taker}/sweep-${atMs}`
  const price = formatTicks(priceMax, tickSize)
  const restAtMs = Math.max(0, atMs - restMs)
  timeline.add(
    restAtMs,
    `${maker} ${symbol} sell ${formatLots(makerLots, lotSize)} @ ${price}${lastsMs === null ? '' : ` gtd ${lastsMs}ms`}`,
    `${maker}/rest-${atMs}`,
  )
  timeline.add(atMs, `${taker} ${symbol} buy ${formatLots(sweepLots, lotSize)} @ ${price} ioc`, order)
  return { maker, taker, order, lotSize }
}
