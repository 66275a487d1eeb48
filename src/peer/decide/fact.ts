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
import type { ClosingReason, Dispute, Forced, LapseReason, OrderReport, Replaced } from './event.ts'
import type { PassedOver } from './passed-over.ts'
import { tradeKey, type Attempt, type BookState, type InFlight, type OrderRecord, type Whole } from './state.ts'
import { findOrder, isKeptWhole, knownOrders, partsOf, wholeOf } from './whole.ts'

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
  /** A trade has reached these stops: they enter the book from now on, in this order. */
  | {
      readonly type: 'triggered'
      readonly orderIds: readonly OrderId[]
      readonly trade: { readonly maker: PeerId; readonly tradeId: TradeId; readonly price: number }
    }
  /** A part of an order that is kept whole enters the book, as an order of its own. */
  | { readonly type: 'entered'; readonly order: NewOrder; readonly wholeId: OrderId }
  /** What a part could not trade is hidden again. */
  | { readonly type: 'returned'; readonly orderId: OrderId; readonly quantity: number }
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
    case 'accepted':
      return accept(state, fact)
    case 'triggered':
      return trigger(state, fact)
    case 'entered':
      return enter(state, fact)
    case 'returned':
      return takeBack(state, fact)
    case 'lapsed':
      return lapse(state, fact.orderId, fact.quantity, fact.reason)
    case 'closing':
      markClosing(state, fact.orderId, fact.reason)
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

function accept(state: BookState, fact: Fact & { type: 'accepted' }): void {
  const { order, conditions, clientOrderId, replaces = null } = fact
  const { trigger, partner } = conditions
  const isDormant = trigger !== undefined
  const whole = isKeptWhole(conditions) ? { order, kept: order.quantity, parts: [], isDormant, partnerFilled: 0 } : null
  const isEntering = minimumOf(order, conditions) > 0
  state.records.set(order.id, newRecord({ conditions, clientOrderId, replaces, whole, partOf: null, isEntering }))
  if (conditions.expiresAtMs !== null) state.expire(order.id, conditions.expiresAtMs)
  if (clientOrderId !== null) state.clientOrders.set(clientOrderId, order.id)
  if (partner !== undefined) state.recordOf(partner).pairedWith = order.id
  if (isDormant) state.dormant.set(order.id, { side: order.side, trigger })
  if (whole) state.unsettled.add(order.id)
  else {
    state.book.accept(order)
    state.working.add(order.id)
    state.latestOwn[order.side] = order.id
    if (isEntering) state.entering.add(order.id)
  }
  touch(state, order.id)
}

type Terms = Pick<OrderRecord, 'clientOrderId' | 'conditions' | 'replaces' | 'whole' | 'partOf' | 'isEntering'>

/** Written out: one copy (`...`) more for each order costs as much as all the rest of accepting it. */
function newRecord({ clientOrderId, conditions, replaces, whole, partOf, isEntering }: Terms): OrderRecord {
  return {
    clientOrderId,
    conditions,
    replaces,
    whole,
    partOf,
    isEntering,
    pairedWith: null,
    fills: [],
    forced: nothingForced,
    closing: null,
    lapseReason: null,
    amended: 0,
    firstReport: null,
  }
}

const nothingForced: readonly Forced[] = []

function trigger(state: BookState, { orderIds }: Fact & { type: 'triggered' }): void {
  for (const id of orderIds) {
    const { whole, conditions } = state.recordOf(id)
    if (!whole) throw new Error(`the order ${id} is triggered and is no stop`)
    state.dormant.delete(id)
    whole.isDormant = false
    // What takes at any price never rests, so its time is over with its waiting.
    if (whole.order.price === null) state.expiries.delete(id)
    if (conditions.partner !== undefined) whole.partnerFilled = findOrder(state, conditions.partner)?.filled ?? 0
    touch(state, id)
  }
}

function enter(state: BookState, { order, wholeId }: Fact & { type: 'entered' }): void {
  const { whole, conditions } = state.recordOf(wholeId)
  if (!whole) throw new Error(`the order ${wholeId} has no parts`)
  const { postOnly, expiresAtMs, selfTradePrevention } = conditions
  const ends = order.timeInForce === 'gtd' ? expiresAtMs : null
  const own = { postOnly, expiresAtMs: ends, selfTradePrevention, minimum: null }
  const terms = {
    conditions: own,
    clientOrderId: null,
    replaces: null,
    whole: null,
    partOf: wholeId,
    isEntering: false,
  }
  state.book.accept(order)
  state.records.set(order.id, newRecord(terms))
  state.working.add(order.id)
  state.latestOwn[order.side] = order.id
  whole.kept -= order.quantity
  whole.parts.push(order.id)
  touch(state, order.id)
}

function takeBack(state: BookState, { orderId, quantity }: Fact & { type: 'returned' }): void {
  const { partOf } = state.recordOf(orderId)
  const whole = partOf === null ? null : state.recordOf(partOf).whole
  if (!whole) throw new Error(`the order ${orderId} is no part of any`)
  state.book.lapse(orderId, quantity)
  whole.kept += quantity
  touch(state, orderId)
}

/** Of an order and all its parts. */
function markClosing(state: BookState, id: OrderId, reason: ClosingReason): void {
  const known = state.recordOf(id)
  known.closing ??= reason
  state.dormant.delete(id)
  for (const part of known.whole?.parts ?? []) state.recordOf(part).closing ??= reason
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
      if (entry.reason === 'amended') state.recordOf(entry.orderId).amended += entry.quantity
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
      toldOf(state, orderId).fills.push({ orderId, tradeId, price, quantity, liquidity, counterparty })
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
  const known = state.recordOf(orderId)
  if (known.whole) lapseKept(known.whole, quantity, reason)
  else state.book.lapse(orderId, quantity)
  if (known.whole && reason === 'amended') known.amended += quantity
  state.ending.delete(orderId)
  known.lapseReason = reason
  if (known.partOf !== null) state.recordOf(known.partOf).lapseReason = reason
  touch(state, orderId)
}

function lapseKept(whole: Whole, quantity: number, reason: LapseReason): void {
  whole.kept -= quantity
  if (reason === 'partner_has_traded' && !whole.isDormant) whole.partnerFilled += quantity
}

function closeAll(state: BookState, { side, account }: Fact & { type: 'closing_all' }): void {
  for (const id of openOrders(state, side, account)) {
    markClosing(state, id, 'cancelled_by_user')
    for (const one of new Set([id, ...partsOf(state, id)])) state.ending.add(one)
    touch(state, id)
  }
}

/** Own orders, as their user knows them, of which something remains; null: of any side, of any account. In id order. */
export function openOrders(state: BookState, side: Side | null, account: string | null): OrderId[] {
  return knownOrders(state).filter(id => {
    if (state.closed.has(id)) return false
    const order = state.recordOf(id).whole?.order ?? state.book.own(id)
    return order && (side === null || order.side === side) && (account === null || order.account === account)
  })
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

/** What is told of a part is told of its whole. */
function toldOf(state: BookState, id: OrderId): OrderRecord {
  return state.recordOf(wholeOf(state, id))
}

function giveBack(state: BookState, orderId: OrderId, returned: number): void {
  if (returned > 0) state.book.release(orderId, returned)
  touch(state, orderId)
}

/** An order of which all was forced may have been closed for so long that it is forgotten. */
function noteDecided(state: BookState, orderId: OrderId, tradeId: TradeId, decided: number): void {
  const record = state.records.get(wholeOf(state, orderId))
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
  const record = toldOf(state, orderId)
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
  if (isFilled) admit(state, orderId)
}

/** From here on it trades as any other. */
function admit(state: BookState, orderId: OrderId): void {
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

/**
 * Orders that a decision has touched are reported when it ends; the oldest closed ones are forgotten. Of a part it is the whole that is
 * told of, and whose next part may be due; and so may what a stop is paired with have changed.
 */
function touch(state: BookState, orderId: OrderId): void {
  const { partOf, whole } = state.recordOf(orderId)
  const told = partOf ?? orderId
  state.touched.add(told)
  if (partOf !== null || whole) state.unsettled.add(told)
  const { pairedWith } = state.recordOf(told)
  if (pairedWith !== null) state.unsettled.add(pairedWith)
  if (partOf !== null && state.book.own(orderId)?.remaining === 0) state.working.delete(orderId)
  if (findOrder(state, told)?.remaining !== 0 || state.closed.has(told)) return
  state.working.delete(told)
  state.dormant.delete(told)
  state.entering.delete(told)
  state.closed.add(told)
  if (state.closed.size > limits.closedOrdersMax) forgetOldest(state)
}

function forgetOldest(state: BookState): void {
  const [oldest] = state.closed
  if (oldest === undefined) return
  const { clientOrderId, whole } = state.recordOf(oldest)
  if (clientOrderId !== null) state.clientOrders.delete(clientOrderId)
  state.closed.delete(oldest)
  for (const id of partsOf(state, oldest)) forget(state, id)
  if (whole) state.records.delete(oldest)
  state.touched.delete(oldest)
  state.unsettled.delete(oldest)
}

function forget(state: BookState, id: OrderId): void {
  state.records.delete(id)
  state.book.forget(id)
}
