/** The one way in which a decision changes anything: a fact is applied at once and kept for the journal. */
import type { Entry, Filled } from '../../feed/entry.ts'
import type { Evidence } from '../../feed/segment.ts'
import { availableOf, type OrderId, type OwnOrder, type PeerId } from '../../book/order.ts'
import type { ClosingReason, Output, Trade } from './event.ts'
import { applyFact } from './apply-fact.ts'
import type { Fact } from './fact.ts'
import { noteTrade } from './stop.ts'
import type { BookState } from './state.ts'
import { partsOf } from './whole.ts'

export function record(state: BookState, fact: Fact): void {
  applyFact(state, fact)
  state.decisions.state(fact)
}

/** A public fact: it gets the next sequence number of the own feed. */
export function publish(state: BookState, entry: Entry, evidence: Evidence | null = null): void {
  record(state, { type: 'entry', entry, evidence })
  state.sequence += 1
  if (entry.type !== 'filled' || entry.liquidity === 'taker') return
  const { tradeId, price } = entry
  noteTrade(state, { maker: state.self, tradeId, price, stamp: null })
  output(state, { type: 'trade', trade: tradeOf(state.self, entry) })
}

export function output(state: BookState, what: Output): void {
  state.decisions.output(what)
}

/** The trade that a maker's entry shows. */
export function tradeOf(maker: PeerId, entry: Filled): Trade {
  const { tradeId, price, quantity, orderId, side, counterparty } = entry
  return { tradeId, price, quantity, maker: { peer: maker, orderId, side }, taker: counterparty }
}

export function ownOrder(state: BookState, id: OrderId): OwnOrder {
  const order = state.book.own(id)
  if (!order) throw new Error(`own order ${id} is unknown`)
  return order
}

/** Lots of an own order that are neither reserved nor in a draft of this very decision. */
export function freeOf(state: BookState, order: OwnOrder): number {
  const drafted = state.drafts.filter(({ proposal }) => proposal.orderId === order.id)
  return availableOf(order) - drafted.reduce((sum, { proposal }) => sum + proposal.quantity, 0)
}

/** Takes what is free of an order out of the market for good; what is reserved follows when it comes back. A part goes with its whole. */
export function close(state: BookState, id: OrderId, reason: ClosingReason): void {
  const { partOf, whole } = state.recordOf(id)
  if (partOf !== null || whole) return closeWhole(state, partOf ?? id, reason)
  const order = ownOrder(state, id)
  const free = freeOf(state, order)
  if (order.remaining > free || isPrivate(reason)) record(state, { type: 'closing', orderId: id, reason })
  if (free > 0) lapseFree(state, id, free, reason)
}

function closeWhole(state: BookState, id: OrderId, reason: ClosingReason): void {
  if (state.recordOf(id).closing !== null) return
  record(state, { type: 'closing', orderId: id, reason })
  lapseReturned(state, id)
  for (const part of partsOf(state, id)) lapseReturned(state, part)
}

/** Why it is nobody else's business: others are told that its owner has cancelled it. */
function isPrivate(reason: ClosingReason): reason is 'replaced' | 'partner_is_done' {
  return reason === 'replaced' || reason === 'partner_is_done'
}

/** Whatever has come back to an order that is being closed lapses before anything can match it. */
export function lapseReturned(state: BookState, id: OrderId): void {
  const { closing, whole } = state.recordOf(id)
  if (closing === null) return
  const free = whole ? whole.kept : freeOf(state, ownOrder(state, id))
  if (free === 0) return
  if (whole) record(state, { type: 'lapsed', orderId: id, quantity: free, reason: closing })
  else lapseFree(state, id, free, closing)
}

/** Takes so many free lots of an order out of the market. */
export function lapseFree(state: BookState, id: OrderId, quantity: number, reason: ClosingReason): void {
  const order = ownOrder(state, id)
  const shared = { orderId: id, quantity, remaining: order.remaining - quantity }
  if (order.isResting)
    publish(
      state,
      reason === 'expired'
        ? { type: 'expired', ...shared }
        : { type: 'cancelled', ...shared, reason: isPrivate(reason) ? 'cancelled_by_user' : reason },
    )
  else record(state, { type: 'lapsed', orderId: id, quantity, reason })
}
