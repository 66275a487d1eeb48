/**
 * Facts: everything that ever changes what a book decides, as it is journalled. Recovery applies the same facts in the same order,
 * so a book is always the fold of its journal. Entries of the own feed are facts like the others, only public.
 */
import { limits } from '../../limits.ts'
import type { Conditions, NewOrder, OrderId, PeerId } from '../../book/order.ts'
import type { Amended, Entry } from '../../feed/entry.ts'
import type { Evidence } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Batch } from '../../net/messages.ts'
import type { ClosingReason, LapseReason, OrderReport } from './event.ts'
import type { BookState } from './state.ts'

export type Fact =
  /** Public: goes into the own feed. `evidence` becomes an index when the segment is made. */
  | { readonly type: 'entry'; readonly entry: Entry; readonly evidence: Evidence | null }
  | {
      readonly type: 'accepted'
      readonly order: NewOrder
      readonly conditions: Conditions
      readonly clientOrderId: string | null
    }
  /** A part of an order that was never placed has lapsed. */
  | { readonly type: 'lapsed'; readonly orderId: OrderId; readonly quantity: number; readonly reason: LapseReason }
  /** Nothing more of this order may be matched; what is reserved will lapse when it comes back. */
  | { readonly type: 'closing'; readonly orderId: OrderId; readonly reason: ClosingReason }
  /** A batch is about to be sent: its quantities are reserved. */
  | { readonly type: 'intent'; readonly batch: Batch; readonly signed: Signed; readonly hash: string }
  /** The batch's outcome is known: lots filled for each proposal, in the batch's order; the rest is released. */
  | { readonly type: 'settled'; readonly maker: PeerId; readonly n: number; readonly filled: readonly number[] }
  /** A batch of somebody else has been decided. */
  | { readonly type: 'answered'; readonly batch: AnsweredBatch; readonly answer: Signed }
  /** The first answer to a command with a client order id, to be repeated. */
  | { readonly type: 'reported'; readonly report: OrderReport }

/** What a maker remembers of the last batch of a channel. */
export type AnsweredBatch = Pick<Batch, 'taker' | 'n' | 'takerIncarnation'> & {
  readonly hash: string
  /** The latest trade id that was ever proposed in the channel: a later batch must go on above it. */
  readonly lastTradeId: string
}

export function applyFact(state: BookState, fact: Fact): void {
  switch (fact.type) {
    case 'entry':
      return applyEntry(state, fact.entry)
    case 'accepted': {
      const { order, conditions, clientOrderId } = fact
      state.book.accept(order)
      state.records.set(order.id, {
        clientOrderId,
        conditions,
        fills: [],
        closing: null,
        lapseReason: null,
        firstReport: null,
      })
      state.working.add(order.id)
      if (conditions.expiresAtMs !== null) state.expire(order.id, conditions.expiresAtMs)
      if (clientOrderId !== null) state.clientOrders.set(clientOrderId, order.id)
      return touch(state, order.id)
    }
    case 'lapsed':
      return lapse(state, fact.orderId, fact.quantity, fact.reason)
    case 'closing':
      state.recordOf(fact.orderId).closing = fact.reason
      return touch(state, fact.orderId)
    case 'intent':
      return applyIntent(state, fact)
    case 'settled':
      return applySettled(state, fact)
    case 'answered':
      state.makerChannels.set(fact.batch.taker, { ...fact.batch, answer: fact.answer })
      return
    case 'reported':
      state.recordOf(fact.report.order.id).firstReport = fact.report
  }
}

function applyEntry(state: BookState, entry: Entry): void {
  switch (entry.type) {
    case 'opened':
    case 'checkpoint':
      return
    case 'placed':
      state.book.rest(entry.order.id)
      state.working.delete(entry.order.id)
      return touch(state, entry.order.id)
    case 'cancelled':
      return lapse(state, entry.orderId, entry.quantity, entry.reason)
    case 'expired':
      return lapse(state, entry.orderId, entry.quantity, 'expired')
    case 'amended':
      return amend(state, entry)
    case 'filled': {
      const { orderId, tradeId, price, quantity, liquidity, counterparty } = entry
      const wasReserved = liquidity === 'taker' && counterparty.peer !== state.self
      if (wasReserved) state.book.fillReserved(orderId, quantity)
      else state.book.fill(orderId, quantity)
      state.recordOf(orderId).fills.push({ tradeId, price, quantity, liquidity, counterparty })
      return touch(state, orderId)
    }
  }
}

function amend(state: BookState, { orderId, remaining }: Amended): void {
  const before = state.book.own(orderId)
  if (!before) throw new Error(`the order ${orderId} is amended but unknown`)
  lapse(state, orderId, before.remaining - remaining, 'amended')
}

function lapse(state: BookState, orderId: OrderId, quantity: number, reason: LapseReason): void {
  state.book.lapse(orderId, quantity)
  state.recordOf(orderId).lapseReason = reason
  touch(state, orderId)
}

function applyIntent(state: BookState, { batch, signed, hash }: Fact & { type: 'intent' }): void {
  for (const { orderId, quantity } of batch.proposals) {
    state.book.reserve(orderId, quantity)
    touch(state, orderId)
  }
  state.takerChannels.set(batch.maker, { n: batch.n, inFlight: { batch, signed, hash, sinceMs: state.ports.now() } })
}

/** The fills themselves are entries and have come before. */
function applySettled(state: BookState, { maker, n, filled }: Fact & { type: 'settled' }): void {
  const { inFlight } = state.takerChannelOf(maker)
  if (inFlight?.batch.n !== n) throw new Error(`batch ${n} to ${maker} is settled but was not in flight`)
  for (const [index, { orderId, quantity }] of inFlight.batch.proposals.entries()) {
    const returned = quantity - (filled[index] ?? 0)
    if (returned > 0) state.book.release(orderId, returned)
    touch(state, orderId)
  }
  state.takerChannels.set(maker, { n, inFlight: null })
}

/** Orders that a decision has touched are reported when it ends; the oldest closed ones are forgotten. */
function touch(state: BookState, orderId: OrderId): void {
  state.touched.add(orderId)
  if (state.book.own(orderId)?.remaining !== 0 || state.closed.has(orderId)) return
  state.working.delete(orderId)
  state.closed.add(orderId)
  if (state.closed.size > limits.closedOrdersMax) forgetOldest(state)
}

function forgetOldest(state: BookState): void {
  const [oldest] = state.closed
  if (oldest === undefined) return
  const { clientOrderId } = state.recordOf(oldest)
  if (clientOrderId !== null) state.clientOrders.delete(clientOrderId)
  state.closed.delete(oldest)
  state.records.delete(oldest)
  state.touched.delete(oldest)
  state.book.forget(oldest)
}
