/**
 * Stops: what triggers them, and when. Only a trade in its maker's feed does, or one that this book has made; it must have been stamped
 * after the stop was placed, be recent, so that a healed partition fires nothing old, and not be disputed here.
 */
import type { OrderId, PeerId, Side, TradeId } from '../../book/order.ts'
import { stampOfId, type Stamp } from '../../feed/hybrid-clock.ts'
import type { Segment } from '../../feed/segment.ts'
import { limits } from '../../limits.ts'
import { record } from './record.ts'
import { syncWithPartner } from './pair.ts'
import type { BookState } from './state.ts'
import { wholeOf } from './whole.ts'

/** A trade that may trigger stops. */
export interface Noted {
  readonly maker: PeerId
  readonly tradeId: TradeId
  readonly price: number
  /** Of the segment that shows it; null for one of the decision under way, which is later than all that was placed before. */
  readonly stamp: Stamp | null
}

/** Notes down the trades of a segment that has just been read. */
export function noteTrades(state: BookState, { owner, stamp, entries }: Segment): void {
  if (state.dormant.size === 0 || state.ports.clock.aheadMs(stamp) < -limits.triggerAgeMsMax) return
  for (const entry of entries) {
    if (entry.type !== 'filled' || entry.liquidity !== 'maker') continue
    const { tradeId, price, counterparty } = entry
    // Where we are said to be the taker, we have booked the same: else it is disputed, or was never proposed.
    const isOurs = counterparty.peer === state.self
    if (
      isOurs &&
      !state.records.get(wholeOf(state, counterparty.orderId))?.fills.some(fill => fill.tradeId === tradeId)
    )
      continue
    noteTrade(state, { maker: owner, tradeId, price, stamp })
  }
}

export function noteTrade(state: BookState, trade: Noted): void {
  if (state.dormant.size > 0) state.traded.push(trade)
}

/** Triggers what the trades of this decision have reached: buys before sells, the first that a moving price meets before the others. */
export function fireStops(state: BookState): void {
  for (const trade of state.traded.splice(0)) {
    const orderIds = reachedBy(state, trade)
    // A partner may have traded, or ended, in this very decision.
    for (const id of orderIds) syncWithPartner(state, id)
    const { maker, tradeId, price } = trade
    const open = orderIds.filter(id => state.dormant.has(id))
    if (open.length > 0) record(state, { type: 'triggered', orderIds: open, trade: { maker, tradeId, price } })
  }
}

function reachedBy(state: BookState, { price, stamp }: Noted): OrderId[] {
  const reached = [...state.dormant].filter(
    ([id, { side, trigger }]) => isReached(side, trigger, price) && (stamp === null || stamp > stampOfId(id)),
  )
  return reached.sort(byMovingPrice).map(([id]) => id)
}

export function isReached(side: Side, trigger: number, price: number): boolean {
  return side === 'buy' ? price >= trigger : price <= trigger
}

type Dormant = readonly [OrderId, { readonly side: Side; readonly trigger: number }]

function byMovingPrice([oneId, one]: Dormant, [otherId, other]: Dormant): number {
  if (one.side !== other.side) return one.side === 'buy' ? -1 : 1
  const rise = one.side === 'buy' ? 1 : -1
  return rise * (one.trigger - other.trigger) || (oneId < otherId ? -1 : 1)
}
