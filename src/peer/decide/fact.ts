/**
 * Facts: everything that ever changes what a book decides, as it is journalled. Recovery applies the same facts in the same order,
 * so a book is always the fold of its journal. Entries of the own feed are facts like the others, only public.
 */
import { limits } from '../../limits.ts'
import { minimumOf, type Conditions, type NewOrder } from '../../book/order.ts'
import type { OrderId, PeerId, Side, TradeId } from '../../book/order.ts'
import type { Amended, Entry, Filled } from '../../feed/entry.ts'
import { hashOf, type Evidence } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Batch } from '../../net/messages.ts'
import type { ClosingReason, Dispute, LapseReason, OrderReport, Replaced } from './event.ts'
import type { PassedOver } from './passed-over.ts'
import { tradeKey, type Attempt, type BookState, type InFlight } from './state.ts'

export type Fact =
  /** Public: goes into the own feed. `evidence` becomes an index when the segment is made. */
  | { readonly type: 'entry'; readonly entry: Entry; readonly evidence: Evidence | null }
  | {
      readonly type: 'accepted'
      readonly order: NewOrder
      readonly conditions: Conditions
      readonly clientOrderId: string | null
      /** Absent for most. */
      readonly replaces?: Replaced
    }
  /** Nothing of all these orders that are open now may be matched any more: they lapse from here on, in as many decisions as it takes. */
  | { readonly type: 'closing_all'; readonly side: Side | null; readonly account: string | null }
  /** A part of an order that was never placed has lapsed. */
  | { readonly type: 'lapsed'; readonly orderId: OrderId; readonly quantity: number; readonly reason: LapseReason }
  /** Nothing more of this order may be matched; what is reserved will lapse when it comes back. */
  | { readonly type: 'closing'; readonly orderId: OrderId; readonly reason: ClosingReason }
  /** A batch is about to be sent: its quantities are reserved. */
  | { readonly type: 'intent'; readonly batch: Batch; readonly signed: Signed; readonly hash: string }
  /** The batch's outcome is known: lots filled for each proposal, in the batch's order; the rest is released. */
  | { readonly type: 'settled'; readonly maker: PeerId; readonly n: number; readonly filled: readonly number[] }
  /**
   * The operator has settled what is in doubt of one proposal: so many lots count as filled, the rest is released. The batch stays in
   * flight: its number is the maker's to decide. An entry `forced` behind it only tells the others.
   */
  | {
      readonly type: 'forced'
      readonly maker: PeerId
      readonly n: number
      readonly tradeId: TradeId
      readonly filled: number
    }
  /** The maker has decided otherwise than the operator had forced. Nothing of it is applied. */
  | { readonly type: 'disputed'; readonly dispute: Dispute }
  /** Why an own order traded, or proposed to, past better earlier orders in this decision. Changes nothing; for those who check. */
  | ({ readonly type: 'passed_over'; readonly orderId: OrderId } & PassedOver)
  /** An order is about to take its minimum: the lots that are to come from own orders are held on both sides. */
  | ({ readonly type: 'attempt' } & Attempt)
  /** The last maker has decided. Fills are entries and have come before; what is still held is released. */
  | { readonly type: 'attempt_decided'; readonly orderId: OrderId; readonly isFilled: boolean }
  /** Lots of own orders are held for a batch of somebody else, until the maker of another one has decided. */
  | { readonly type: 'held'; readonly batch: Batch; readonly signed: Signed; readonly hash: string }
  /** It has. Fills are entries and have come before; what is still held is released. */
  | { readonly type: 'hold_ended'; readonly hash: string }
  /** A batch of somebody else has been decided, or its lots are held: then it is answered once more when they no longer are. */
  | { readonly type: 'answered'; readonly batch: AnsweredBatch; readonly answer: Signed }
  /** The first answer to a command with a client order id, to be repeated. */
  | { readonly type: 'reported'; readonly report: OrderReport }

/** What a maker remembers of the last batch of a channel. */
export type AnsweredBatch = Pick<Batch, 'taker' | 'n' | 'takerIncarnation'> & {
  /** Others than its taker may ask for the answer, even when the channel has gone on. */
  readonly isGroup: boolean
  readonly hash: string
  /** The latest trade id that was ever proposed in the channel: a later batch must go on above it. */
  readonly lastTradeId: string
}

export function applyFact(state: BookState, fact: Fact): void {
  switch (fact.type) {
    case 'entry':
      return applyEntry(state, fact.entry)
    case 'accepted': {
      const { order, conditions, clientOrderId, replaces = null } = fact
      state.book.accept(order)
      state.records.set(order.id, {
        clientOrderId,
        conditions,
        replaces,
        fills: [],
        forced: [],
        closing: null,
        lapseReason: null,
        amended: 0,
        isEntering: minimumOf(order, conditions) > 0,
        firstReport: null,
      })
      state.latestOwn[order.side] = order.id
      if (minimumOf(order, conditions) > 0) state.entering.add(order.id)
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
    case 'closing_all':
      return closeAll(state, fact)
    case 'intent':
      return applyIntent(state, fact)
    case 'settled':
      return applySettled(state, fact)
    case 'forced':
      return applyForced(state, fact)
    case 'disputed':
      state.disputes.push(fact.dispute)
      if (state.disputes.length > limits.disputesMax) state.disputes.shift()
      return
    case 'passed_over':
      return
    case 'attempt':
      return applyAttempt(state, fact)
    case 'attempt_decided':
      return applyAttemptDecided(state, fact)
    case 'held':
      return applyHeld(state, fact)
    case 'hold_ended':
      return applyHoldEnded(state, fact.hash)
    case 'answered':
      return applyAnswered(state, fact)
    case 'reported':
      state.recordOf(fact.report.order.id).firstReport = fact.report
  }
}

function applyEntry(state: BookState, entry: Entry): void {
  switch (entry.type) {
    case 'opened':
    case 'checkpoint':
    case 'forced':
      // What was forced is applied with the private fact before it.
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
      const isAsked = liquidity === 'taker' && counterparty.peer !== state.self
      if (isAsked || isOfHeld(state, entry)) state.book.fillReserved(orderId, quantity)
      else state.book.fill(orderId, quantity)
      state.recordOf(orderId).fills.push({ tradeId, price, quantity, liquidity, counterparty })
      return touch(state, orderId)
    }
  }
}

/** The lots of a trade that was held for are not held any more; of an own attempt both sides are, until it is decided. */
function isOfHeld(state: BookState, { liquidity, counterparty, tradeId }: Filled): boolean {
  if (liquidity === 'taker' || counterparty.peer === state.self)
    return state.heldTrades.has(tradeKey(state.self, tradeId))
  return state.heldTrades.delete(tradeKey(counterparty.peer, tradeId))
}

function amend(state: BookState, { orderId, remaining }: Amended): void {
  const before = state.book.own(orderId)
  if (!before) throw new Error(`the order ${orderId} is amended but unknown`)
  state.recordOf(orderId).amended += before.remaining - remaining
  lapse(state, orderId, before.remaining - remaining, 'amended')
}

function lapse(state: BookState, orderId: OrderId, quantity: number, reason: LapseReason): void {
  state.book.lapse(orderId, quantity)
  state.ending.delete(orderId)
  state.recordOf(orderId).lapseReason = reason
  touch(state, orderId)
}

function closeAll(state: BookState, { side, account }: Fact & { type: 'closing_all' }): void {
  for (const id of openOrders(state, side, account)) {
    state.recordOf(id).closing ??= 'cancelled_by_user'
    state.ending.add(id)
    touch(state, id)
  }
}

/** Own orders of which something remains; null: of any side, of any account. In id order. */
export function openOrders(state: BookState, side: Side | null, account: string | null): OrderId[] {
  const resting = [...state.book.openOrders(state.self)].map(({ id }) => id)
  const open = [...resting, ...state.working].map(id => state.book.own(id))
  return open
    .filter(order => order !== undefined)
    .filter(order => (side === null || order.side === side) && (account === null || order.account === account))
    .map(({ id }) => id)
    .sort()
}

function applyIntent(state: BookState, { batch, signed, hash }: Fact & { type: 'intent' }): void {
  const sinceMs = state.ports.now()
  for (const { orderId, quantity } of batch.proposals) {
    state.book.reserve(orderId, quantity)
    touch(state, orderId)
  }
  state.takerChannels.set(batch.maker, { n: batch.n, inFlight: { batch, signed, hash, sinceMs, forced: new Map() } })
}

/** The fills themselves are entries and have come before. */
function applySettled(state: BookState, { maker, n, filled }: Fact & { type: 'settled' }): void {
  const { batch, forced } = inFlightOf(state, maker, n)
  for (const [index, { orderId, tradeId, quantity }] of batch.proposals.entries()) {
    const decided = filled[index] ?? 0
    if (forced.has(tradeId)) noteDecided(state, orderId, tradeId, decided)
    else giveBack(state, orderId, quantity - decided)
  }
  state.takerChannels.set(maker, { n, inFlight: null })
}

function giveBack(state: BookState, orderId: OrderId, returned: number): void {
  if (returned > 0) state.book.release(orderId, returned)
  touch(state, orderId)
}

/** An order of which all was forced may have been closed for so long that it is forgotten. */
function noteDecided(state: BookState, orderId: OrderId, tradeId: TradeId, decided: number): void {
  const record = state.records.get(orderId)
  if (!record) return
  record.forced = record.forced.map(one => (one.tradeId === tradeId ? { ...one, decided } : one))
  touch(state, orderId)
}

function applyForced(state: BookState, { maker, n, tradeId, filled }: Fact & { type: 'forced' }): void {
  const inFlight = inFlightOf(state, maker, n)
  const proposal = inFlight.batch.proposals.find(one => one.tradeId === tradeId)
  if (!proposal || inFlight.forced.has(tradeId)) throw new Error(`the trade ${tradeId} is forced but not in doubt`)
  const { orderId, price, quantity, makerOrderId } = proposal
  if (filled > 0) state.book.fillReserved(orderId, filled)
  state.takerChannels.set(maker, {
    n,
    inFlight: { ...inFlight, forced: new Map(inFlight.forced).set(tradeId, filled) },
  })
  const counterparty = { peer: maker, orderId: makerOrderId }
  const record = state.recordOf(orderId)
  record.forced = [...record.forced, { tradeId, price, quantity, filled, counterparty, decided: null }]
  giveBack(state, orderId, quantity - filled)
}

function inFlightOf(state: BookState, maker: PeerId, n: number): InFlight {
  const { inFlight } = state.takerChannelOf(maker)
  if (inFlight?.batch.n !== n) throw new Error(`batch ${n} to ${maker} is settled but was not in flight`)
  return inFlight
}

function applyAttempt(state: BookState, { orderId, last, own }: Fact & { type: 'attempt' }): void {
  state.attempts.set(orderId, { orderId, last, own })
  for (const { tradeId, makerOrderId, quantity } of own) {
    state.heldTrades.add(tradeKey(state.self, tradeId))
    for (const id of [orderId, makerOrderId]) reserve(state, id, quantity)
  }
}

function applyAttemptDecided(state: BookState, { orderId, isFilled }: Fact & { type: 'attempt_decided' }): void {
  const attempt = state.attempts.get(orderId)
  if (!attempt) throw new Error(`the order ${orderId} is decided on but was not under way`)
  state.attempts.delete(orderId)
  for (const { tradeId, makerOrderId, quantity } of attempt.own) {
    state.heldTrades.delete(tradeKey(state.self, tradeId))
    if (!isFilled) for (const id of [orderId, makerOrderId]) giveBack(state, id, quantity)
  }
  if (isFilled) enter(state, orderId)
}

/** From here on it trades as any other. */
function enter(state: BookState, orderId: OrderId): void {
  state.entering.delete(orderId)
  state.recordOf(orderId).isEntering = false
}

function applyHeld(state: BookState, { batch, signed, hash }: Fact & { type: 'held' }): void {
  if (!batch.last) throw new Error(`batch ${batch.n} of ${batch.taker} is held, and nothing is to decide on it`)
  const domain = { networkId: state.ports.networkId, kind: 'batch', scope: state.market.id } as const
  const last = JSON.parse(batch.last.body) as Batch
  const lastHash = hashOf(domain, batch.last)
  state.holds.set(hash, { batch, signed, hash, last, lastHash, sinceMs: state.ports.now() })
  for (const { tradeId, makerOrderId, quantity } of batch.proposals) {
    state.heldTrades.add(tradeKey(batch.taker, tradeId))
    reserve(state, makerOrderId, quantity)
  }
}

/** A trade that was filled is not held any more. */
function applyHoldEnded(state: BookState, hash: string): void {
  const hold = state.holds.get(hash)
  if (!hold) throw new Error(`the batch ${hash} is not held`)
  state.holds.delete(hash)
  for (const { tradeId, makerOrderId, quantity } of hold.batch.proposals)
    if (state.heldTrades.delete(tradeKey(hold.batch.taker, tradeId))) giveBack(state, makerOrderId, quantity)
}

/** What was asked for after its channel had gone on is remembered beside it. */
function applyAnswered(state: BookState, { batch, answer }: Fact & { type: 'answered' }): void {
  const channel = state.makerChannels.get(batch.taker)
  if (!channel || !isEarlier(batch, channel)) state.makerChannels.set(batch.taker, { ...batch, answer })
  if (!batch.isGroup) return
  state.groupAnswers.set(batch.hash, answer)
  const [oldest] = state.groupAnswers.keys()
  if (state.groupAnswers.size > limits.groupAnswersMax && oldest !== undefined) state.groupAnswers.delete(oldest)
}

/**
 * Whether a batch stands before another of its channel: by its taker's incarnation, then by its number. A taker goes on counting over
 * its restarts; one that has lost its memory begins again at 1, in a new incarnation, and what it said before is passed.
 */
export function isEarlier(
  { takerIncarnation, n }: Pick<Batch, 'takerIncarnation' | 'n'>,
  other: Pick<Batch, 'takerIncarnation' | 'n'>,
): boolean {
  return takerIncarnation === other.takerIncarnation ? n < other.n : takerIncarnation < other.takerIncarnation
}

function reserve(state: BookState, orderId: OrderId, quantity: number): void {
  state.book.reserve(orderId, quantity)
  touch(state, orderId)
}

/** Orders that a decision has touched are reported when it ends; the oldest closed ones are forgotten. */
function touch(state: BookState, orderId: OrderId): void {
  state.touched.add(orderId)
  if (state.book.own(orderId)?.remaining !== 0 || state.closed.has(orderId)) return
  state.working.delete(orderId)
  state.entering.delete(orderId)
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
