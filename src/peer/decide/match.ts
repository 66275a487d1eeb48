/**
 * Matching: own orders walk the opposite side, best price first and earliest id first, over orders with earlier ids. Own ones are
 * filled at once, those of live neighbours are drafted into proposals, and the walk goes on with the rest.
 */
import { isOwn, type RestingOwnOrder } from '../../book/order-book.ts'
import {
  isMarketable,
  neverRests,
  oppositeOf,
  type OrderId,
  type OwnOrder,
  type RestingOrder,
  type Side,
} from '../../book/order.ts'
import { limits } from '../../limits.ts'
import { claimed, isLeftAlone, lookAgainAt, owedUntilMs } from './asking.ts'
import { attemptToEnter, fillOwn, giveUpOverdue } from './attempt.ts'
import { lapseEnding } from './cancel-all.ts'
import { askAboutHolds } from './hold.ts'
import { settleWholes } from './settle-wholes.ts'
import { Passing, type PassingReason } from './passed-over.ts'
import { close, freeOf, lapseFree, output, ownOrder, record } from './record.ts'
import { sendDrafts } from './send.ts'
import type { BookState, InFlight } from './state.ts'

/**
 * Brings the market to rest after a change: every own order that may trade does, or waits for an answer. The last part of each
 * decision, so that nothing else needs to remember who could go on.
 */
export function settle(state: BookState): void {
  if (state.waiting.size > 0) state.waiting.clear()
  state.lookAgainAtMs = Number.POSITIVE_INFINITY
  expireDue(state)
  if (!lapseEnding(state)) lookAgainAt(state, state.ports.now())
  if (state.holds.size > 0) askAboutHolds(state)
  if (state.holders.size > 0) giveUpOverdue(state)
  if (state.entering.size > 0) for (const id of [...state.entering]) attemptToEnter(state, id)
  do matchOwn(state)
  while (state.isOpen && settleWholes(state))
  if (state.isOpen && state.unsettled.size > 0) lookAgainAt(state, state.ports.now())
  sendDrafts(state)
  if (Number.isFinite(state.lookAgainAtMs)) output(state, { type: 'look_again', atMs: state.lookAgainAtMs })
}

function matchOwn(state: BookState): void {
  if (state.isOpen) for (const id of crossing(state)) if (ownOrder(state, id).remaining > 0) walk(state, id)
  for (const order of unplaced(state)) {
    if (state.isOpen && order.remaining > 0) walk(state, order.id)
    lapseRest(state, order.id)
  }
}

const nobody: readonly never[] = []

/** Own resting orders that may take something on the other side, best first. Most of the time there is none. */
function crossing(state: BookState): readonly OrderId[] {
  const { buy, sell } = state.latestOwn
  const newer = buy > sell ? 'buy' : 'sell'
  const takers = crossingOf(state, newer)
  const others = takersAmongOlder(state, oppositeOf(newer), takers)
  if (takers.length + others.length === 0) return nobody
  return [...(newer === 'buy' ? takers : others), ...(newer === 'buy' ? others : takers)].map(({ id }) => id)
}

/**
 * The later order takes. So a side that meets own orders only, and all of them are later than everything it has, waits: otherwise a
 * new order would wake all that it meets.
 */
function takersAmongOlder(state: BookState, side: Side, met: readonly RestingOwnOrder[]): readonly RestingOwnOrder[] {
  const own = state.book.bestPrice(side, 'own')
  const replica = state.book.bestPrice(oppositeOf(side), 'replicas')
  const meetsReplica = own !== undefined && replica !== undefined && isMarketable(side, own, replica)
  return meetsReplica || hasEarlier(met, state.latestOwn[side]) ? crossingOf(state, side) : nobody
}

function hasEarlier(orders: readonly RestingOwnOrder[], latest: string): boolean {
  for (const { id } of orders) if (id < latest) return true
  return false
}

function crossingOf(state: BookState, side: Side): readonly RestingOwnOrder[] {
  const best = bestOpposite(state, side)
  const own = state.book.bestPrice(side, 'own')
  if (best === undefined || own === undefined || !isMarketable(side, own, best)) return nobody
  const found: RestingOwnOrder[] = []
  for (const order of state.book.ownResting(side)) {
    if (!isMarketable(side, order.price, best)) break
    found.push(order)
  }
  return found
}

function bestOpposite(state: BookState, side: 'buy' | 'sell'): number | undefined {
  const opposite = oppositeOf(side)
  const own = state.book.bestPrice(opposite, 'own')
  const replica = state.book.bestPrice(opposite, 'replicas')
  if (own === undefined || replica === undefined) return own ?? replica
  return isMarketable(side, own, replica) ? replica : own
}

/** Orders that are at work but will never rest, earliest first. */
function unplaced(state: BookState): readonly OwnOrder[] {
  if (state.working.size === 0) return nobody
  return [...state.working].map(id => ownOrder(state, id)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Ends the gtd orders whose time has come. */
export function expireDue(state: BookState): void {
  if (state.nextExpiryMs === Number.POSITIVE_INFINITY) return
  const now = state.ports.now()
  if (now >= state.nextExpiryMs) {
    state.nextExpiryMs = Number.POSITIVE_INFINITY
    for (const [id, atMs] of state.expiries) expire(state, id, atMs, now)
  }
  lookAgainAt(state, state.nextExpiryMs)
}

function expire(state: BookState, id: OrderId, atMs: number, now: number): void {
  const isOpen = !state.closed.has(id) && state.records.get(id)?.closing === null
  if (isOpen && atMs > now) return state.expire(id, atMs)
  state.expiries.delete(id)
  if (isOpen) close(state, id, 'expired')
}

/** Whether an order of this side and limit would trade with anything that can be matched now. */
export function wouldTake(state: BookState, side: Side, limit: number | null): boolean {
  for (const candidate of state.book.opposite(side, limit)) if (isMatchable(state, candidate)) return true
  return false
}

/** It is not in the market yet, or not any more. */
function isOutside(state: BookState, id: OrderId): boolean {
  return state.entering.has(id) || state.ending.has(id)
}

function isMatchable(state: BookState, candidate: RestingOrder | RestingOwnOrder): boolean {
  if (isOwn(candidate)) return freeOf(state, candidate) > 0 && !isOutside(state, candidate.id)
  return state.live.has(candidate.owner) && candidate.remaining > claimed(state, candidate)
}

/** One order's walk, and beside it, if it has gone past better orders, why. */
function walk(state: BookState, id: OrderId): void {
  const passing = new Passing()
  walkPast(state, id, passing)
  const { passedOver } = passing
  if (passedOver) record(state, { type: 'passed_over', orderId: id, ...passedOver })
}

function walkPast(state: BookState, id: OrderId, passing: Passing): void {
  const { side, price } = ownOrder(state, id)
  const { closing, conditions } = state.recordOf(id)
  if (closing !== null || state.entering.has(id)) return
  let wanted = freeOf(state, ownOrder(state, id))
  for (const candidate of state.book.opposite(side, price)) {
    if (wanted <= 0) return
    if (state.decisions.factsUnderWay >= limits.decisionFactsMax) return goOnLater(state, id)
    if (candidate.id >= id || state.ending.has(candidate.id)) continue
    if (conditions.postOnly && isMatchable(state, candidate)) return close(state, id, 'would_take')
    const met = isOwn(candidate) ? meetOwn(state, id, candidate, wanted) : meetReplica(state, id, candidate, wanted)
    if (met.passed === null) passing.take()
    else passing.note(candidate, met.passed)
    wanted = met.isClosed === true ? 0 : wanted - met.lots
  }
}

/** What a walk makes of an order on its way. */
interface Met {
  /** Lots of the taker that are not for anybody else in this walk. */
  readonly lots: number
  /** Why it is neither filled nor asked for; null when it is. */
  readonly passed: PassingReason | null
  /** True: the taker itself is taken out of the market. */
  readonly isClosed?: boolean
}

function passBy(passed: PassingReason, lots = 0): Met {
  return { lots, passed }
}

/** Fills against an order of our own, unless both are of one account. */
function meetOwn(state: BookState, id: OrderId, maker: RestingOwnOrder, wanted: number): Met {
  if (state.entering.has(maker.id)) return passBy('is_entering')
  const quantity = Math.min(wanted, freeOf(state, maker))
  if (quantity === 0) return passBy('asked_already')
  if (maker.account === ownOrder(state, id).account) return preventSelfTrade(state, id, maker, quantity)
  fillOwn(state, id, { tradeId: state.nextTradeId(), makerOrderId: maker.id, price: maker.price, quantity })
  return { lots: quantity, passed: null }
}

/** Makes one of the two smaller, or both, as the newer order wants it. */
function preventSelfTrade(state: BookState, id: OrderId, older: RestingOwnOrder, quantity: number): Met {
  const mode = state.recordOf(id).conditions.selfTradePrevention
  if (mode === 'decrement-and-cancel') {
    lapseFree(state, older.id, quantity, 'self_trade_prevented')
    lapseFree(state, id, quantity, 'self_trade_prevented')
    return passBy('self_trade_prevented', quantity)
  }
  if (mode === 'cancel-oldest' || mode === 'cancel-both') close(state, older.id, 'self_trade_prevented')
  if (mode === 'cancel-oldest') return passBy('self_trade_prevented')
  close(state, id, 'self_trade_prevented')
  return { ...passBy('self_trade_prevented'), isClosed: true }
}

/** Drafts a proposal to the order's owner. */
function meetReplica(state: BookState, id: OrderId, maker: RestingOrder, wanted: number): Met {
  const quantity = Math.min(wanted, maker.remaining - claimed(state, maker))
  if (quantity <= 0) return passBy('asked_already')
  if (!state.live.has(maker.owner)) return passBy('not_live')
  if (isLeftAlone(state, maker)) return passBy('refused_before')
  const { inFlight } = state.takerChannelOf(maker.owner)
  if (inFlight) return waitForChannel(state, id, inFlight, quantity)
  if (isChannelFull(state, maker)) return goOnWhenFree(state, id, quantity, 'batch_full')
  const { side, price: limit } = ownOrder(state, id)
  const proposal = {
    tradeId: state.nextTradeId(),
    orderId: id,
    side,
    limit,
    makerOrderId: maker.id,
    price: maker.price,
    quantity,
  }
  state.drafts.push({ maker: maker.owner, proposal })
  return { lots: quantity, passed: null }
}

/** The channel is busy: the lots wait for it, unless the maker has owed its answer for too long already. */
function waitForChannel(state: BookState, id: OrderId, inFlight: InFlight, quantity: number): Met {
  const untilMs = owedUntilMs(inFlight)
  if (state.ports.now() >= untilMs) return passBy('answer_owed')
  lookAgainAt(state, untilMs)
  return goOnWhenFree(state, id, quantity, 'channel_busy')
}

function goOnWhenFree(state: BookState, id: OrderId, quantity: number, reason: PassingReason): Met {
  state.waiting.add(id)
  return passBy(reason, quantity)
}

function isChannelFull(state: BookState, maker: RestingOrder): boolean {
  const drafted = state.drafts.filter(draft => draft.maker === maker.owner)
  const undecided = drafted.reduce((sum, { proposal }) => sum + proposal.quantity, 0)
  return drafted.length >= limits.batchProposalsMax || undecided >= limits.undecidedQuantityMax
}

/** The decision has become large: the rest of the walk is another decision, made at once. */
function goOnLater(state: BookState, id: OrderId): void {
  state.waiting.add(id)
  lookAgainAt(state, state.ports.now())
}

/**
 * What an order that must not rest could neither fill nor propose lapses now; what is reserved may still be filled. What an iceberg
 * came with goes back to the whole, of which it shows a slice from then on.
 */
function lapseRest(state: BookState, id: OrderId): void {
  const order = ownOrder(state, id)
  const free = freeOf(state, order)
  if (free === 0 || state.waiting.has(id) || state.entering.has(id)) return
  if (neverRests(order.timeInForce))
    record(state, { type: 'lapsed', orderId: id, quantity: free, reason: 'nothing_left_to_match' })
  else record(state, { type: 'returned', orderId: id, quantity: free })
}
