/** A book as a ladder: the best price levels, with what belongs to owners who are not live told apart. Reads, never changes. */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { PeerId, RestingOrder, Side } from '../book/order.ts'
import { isBetterPrice } from '../book/priority.ts'
import { limits } from '../limits.ts'
import type { BookState } from '../peer/decide/state.ts'
import type { Level } from './frame.ts'

/** Ticks and lots. */
export interface Rung {
  readonly price: number
  quantity: number
  stale: number
  orders: number
}

/** A ladder in ticks and lots, best first: cheap to make and to compare. */
export interface Rungs {
  readonly bids: readonly Rung[]
  readonly asks: readonly Rung[]
}

export function rungsOf(state: BookState): Rungs {
  return { bids: sideOf(state, 'buy'), asks: sideOf(state, 'sell') }
}

export function areSame(one: Rungs, other: Rungs): boolean {
  return isSameSide(one.bids, other.bids) && isSameSide(one.asks, other.asks)
}

/** The same in decimals, for people. */
export function ladderOf({ bids, asks }: Rungs, market: Market): Readonly<Record<'bids' | 'asks', readonly Level[]>> {
  return { bids: bids.map(rung => levelOf(rung, market)), asks: asks.map(rung => levelOf(rung, market)) }
}

function isSameSide(one: readonly Rung[], other: readonly Rung[]): boolean {
  return one.length === other.length && one.every((rung, index) => isSameRung(rung, other[index]))
}

function isSameRung(one: Rung, other: Rung | undefined): boolean {
  const { price, quantity, stale, orders } = one
  return price === other?.price && quantity === other.quantity && stale === other.stale && orders === other.orders
}

function levelOf({ price, quantity, stale, orders }: Rung, { tickSize, lotSize }: Market): Level {
  return {
    price: formatTicks(price, tickSize),
    quantity: formatLots(quantity, lotSize),
    staleQuantity: formatLots(stale, lotSize),
    orders,
  }
}

function sideOf(state: BookState, side: Side): readonly Rung[] {
  const rungs = new Map<number, Rung>()
  for (const view of ['own', 'replicas'] as const) addView(rungs, state, side, view)
  return [...rungs.values()]
    .sort((one, other) => (isBetterPrice(side, one.price, other.price) ? -1 : 1))
    .slice(0, limits.inspectLevelsMax)
}

/** The best levels of one view; together with those of the other they hold the best of both. */
function addView(rungs: Map<number, Rung>, state: BookState, side: Side, view: 'own' | 'replicas'): void {
  const isLive = (owner: PeerId): boolean => view === 'own' || state.live.has(owner)
  let levels = 0
  for (const { price, orders } of state.book.levels(side, view)) {
    levels += 1
    if (levels > limits.inspectLevelsMax) return
    const rung = rungs.get(price) ?? { price, quantity: 0, stale: 0, orders: 0 }
    rungs.set(price, rung)
    addOrders(rung, orders, isLive)
  }
}

/** Orders of one owner stand beside each other more often than not: it is asked about once. */
function addOrders(rung: Rung, orders: readonly RestingOrder[], isLive: (owner: PeerId) => boolean): void {
  let owner: PeerId | undefined
  let counts = false
  for (const order of orders) {
    if (order.owner !== owner) {
      owner = order.owner
      counts = isLive(owner)
    }
    if (counts) rung.quantity += order.remaining
    else rung.stale += order.remaining
  }
  rung.orders += orders.length
}
