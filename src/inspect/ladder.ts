/** A book as a ladder: the best price levels, with what belongs to owners who are not live told apart. Reads, never changes. */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { RestingOrder, Side } from '../book/order.ts'
import { isBetterPrice } from '../book/priority.ts'
import { limits } from '../limits.ts'
import type { BookState } from '../peer/decide/state.ts'
import type { Level } from './frame.ts'

/** Ticks and lots. */
interface Rung {
  readonly price: number
  quantity: number
  stale: number
  orders: number
}

export function ladderOf(state: BookState): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } {
  return { bids: sideOf(state, 'buy'), asks: sideOf(state, 'sell') }
}

function sideOf(state: BookState, side: Side): readonly Level[] {
  const rungs = new Map<number, Rung>()
  for (const view of ['own', 'replicas'] as const) addView(rungs, state, side, view)
  const { tickSize, lotSize } = state.market
  return [...rungs.values()]
    .sort((one, other) => (isBetterPrice(side, one.price, other.price) ? -1 : 1))
    .slice(0, limits.inspectLevelsMax)
    .map(({ price, quantity, stale, orders }) => ({
      price: formatTicks(price, tickSize),
      quantity: formatLots(quantity, lotSize),
      staleQuantity: formatLots(stale, lotSize),
      orders,
    }))
}

/** The best levels of one view; together with those of the other they hold the best of both. */
function addView(rungs: Map<number, Rung>, state: BookState, side: Side, view: 'own' | 'replicas'): void {
  let levels = 0
  for (const { price, orders } of state.book.levels(side, view)) {
    levels += 1
    if (levels > limits.inspectLevelsMax) return
    const rung = rungs.get(price) ?? { price, quantity: 0, stale: 0, orders: 0 }
    rungs.set(price, rung)
    for (const order of orders) addOrder(rung, order, view === 'own' || state.live.has(order.owner))
  }
}

function addOrder(rung: Rung, { remaining }: RestingOrder, isLive: boolean): void {
  rung.orders += 1
  if (isLive) rung.quantity += remaining
  else rung.stale += remaining
}
