/** A book as it is shown in a terminal: price levels or single orders, best first, the stale ones told apart. Gives data, no text. */
import { formatLots, parseLots } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { PeerId, Side } from '../book/order.ts'
import type { BookView, RestingView } from '../peer/book-view.ts'
import type { PeerNames } from './peer-names.ts'
import type { LevelRow, OrderRow, Sides } from './peer-told.ts'

export function levelsOf(book: BookView, rowsMax: number): Sides<LevelRow> {
  const rows = (side: Side) => [...byPrice(book.orders(side))].map(level => levelRow(side, level, book.market))
  return sides(rows, rowsMax)
}

export function ordersOf(book: BookView, names: PeerNames, self: PeerId, rowsMax: number): Sides<OrderRow> {
  const rowOf = ({ side, price, remaining, owner, id, isLive }: RestingView): OrderRow => {
    const state = owner === self ? 'own' : isLive ? 'live' : 'stale'
    return { side, price, remaining, order: names.order(owner, id), state }
  }
  return sides(side => book.orders(side).map(rowOf), rowsMax)
}

function sides<Row>(rowsOf: (side: Side) => Row[], rowsMax: number): Sides<Row> {
  const [asks, bids] = [rowsOf('sell'), rowsOf('buy')]
  const left = (rows: Row[]) => Math.max(0, rows.length - rowsMax)
  return {
    asks: asks.slice(0, rowsMax),
    bids: bids.slice(0, rowsMax),
    more: { asks: left(asks), bids: left(bids) },
  }
}

/** In the order in which the prices come. */
function byPrice(orders: readonly RestingView[]): Iterable<readonly RestingView[]> {
  const levels = new Map<string, RestingView[]>()
  for (const order of orders) {
    const level = levels.get(order.price)
    if (level) level.push(order)
    else levels.set(order.price, [order])
  }
  return levels.values()
}

function levelRow(side: Side, orders: readonly RestingView[], market: Market): LevelRow {
  const live = orders.filter(({ isLive }) => isLive)
  const stale = orders.filter(({ isLive }) => !isLive)
  return {
    side,
    price: orders[0]?.price ?? '',
    quantity: sumOf(live, market),
    orders: live.length,
    staleQuantity: sumOf(stale, market),
    staleOrders: stale.length,
  }
}

function sumOf(orders: readonly RestingView[], { lotSize }: Market): string {
  const lots = orders.reduce((sum, { remaining }) => sum + Number(parseLots(remaining, lotSize)), 0)
  return formatLots(lots, lotSize)
}
