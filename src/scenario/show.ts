/** How a book, the tape and the neighbours are written for people: rows of aligned words, with names in place of ids. */
import type { Market } from '../book/market.ts'
import { formatLots, parseLots } from '../book/decimals.ts'
import type { Side } from '../book/order.ts'
import type { RestingView } from '../peer/book-view.ts'
import type { TradeReport } from '../peer/outcome.ts'
import type { Cast, Member } from './cast.ts'

/**
 * The ladder, highest price first, so that the spread is in the middle. Orders stand in the order of their priority; those whose
 * owner is not live are marked and not counted.
 *
 *     ask 102  5  carol/2 5
 *     ask 101  3  alice/1 3, bob/4 2 stale
 *     bid  99  4  bob/2 4
 */
export function showBook(cast: Cast, member: Member, market: Market): string[] {
  const book = member.peer.book(market.id)
  const rows = (side: Side) => levelsOf(book.orders(side)).map(level => levelRow(cast, market, side, level))
  return table([...rows('sell').reverse(), ...rows('buy')], [1, 2], 'the book is empty')
}

/** Every trade of a market once, in the order of the trades' ids. */
export function showTrades(cast: Cast, { id }: Market): string[] {
  const trades = tapeOf(cast).filter(({ market }) => market === id)
  const rows = trades.map(({ price, quantity, maker, taker }) => [
    `${quantity} @ ${price}`,
    `maker ${cast.orderName(maker.orderId)} ${maker.side === 'buy' ? 'buys' : 'sells'}`,
    `taker ${cast.orderName(taker.orderId)}`,
  ])
  return table(rows, [], 'no trades')
}

export function showNeighbours(cast: Cast, member: Member): string[] {
  const rows = member.peer
    .neighbours()
    .map(({ peerId, address, state, reason }) => [
      cast.peerName(peerId, address),
      state,
      state === 'live' && reason !== 'clock_ahead' ? '' : (reason ?? '').replaceAll('_', ' '),
    ])
  const entrance = cast.members.map(({ name }) => name)
  rows.sort(([a = ''], [b = '']) => entrance.indexOf(a) - entrance.indexOf(b))
  return table(rows, [], 'no neighbours')
}

/** What all peers have told of trades, each trade once. */
export function tapeOf(cast: Cast): TradeReport[] {
  const byId = new Map(cast.members.flatMap(({ trades }) => trades.map(trade => [trade.tradeId, trade] as const)))
  return [...byId.values()].sort((a, b) => (a.tradeId < b.tradeId ? -1 : 1))
}

function levelsOf(orders: readonly RestingView[]): RestingView[][] {
  const prices = [...new Set(orders.map(({ price }) => price))]
  return prices.map(price => orders.filter(order => order.price === price))
}

function levelRow(cast: Cast, { lotSize }: Market, side: Side, orders: readonly RestingView[]): string[] {
  const live = orders.filter(({ isLive }) => isLive)
  const quantity = live.reduce((sum, { remaining }) => sum + Number(parseLots(remaining, lotSize)), 0)
  const names = orders.map(({ id, remaining, isLive }) => `${cast.orderName(id)} ${remaining}${isLive ? '' : ' stale'}`)
  return [side === 'buy' ? 'bid' : 'ask', orders[0]?.price ?? '', formatLots(quantity, lotSize), names.join(', ')]
}

/** Columns of equal width, two spaces apart; numbers end below each other. */
function table(rows: readonly string[][], numbers: readonly number[], empty: string): string[] {
  if (rows.length === 0) return [empty]
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number) =>
    numbers.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map(row => row.map(pad).join('  ').trimEnd())
}
