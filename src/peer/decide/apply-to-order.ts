/** What facts do to own orders: they are accepted, enter the book in parts, trade, become less, and end. */
import { minimumOf, neverRests, type OrderId, type Side } from '../../book/order.ts'
import type { Amended, Entry, Filled } from '../../feed/entry.ts'
import type { ClosingReason, LapseReason } from './event.ts'
import type { Fact } from './fact.ts'
import type { Whole } from './order-records.ts'
import { tradeKey, type BookState } from './state.ts'
import { toldOf, touch } from './touch.ts'
import { findOrder, isKeptWhole, knownOrders, partsOf } from './whole.ts'

export function accept(state: BookState, fact: Fact & { type: 'accepted' }): void {
  const { order, conditions, clientOrderId, replaces = null } = fact
  const { trigger, partner } = conditions
  const isDormant = trigger !== undefined
  const whole = isKeptWhole(conditions) ? { order, kept: order.quantity, parts: [], isDormant, partnerFilled: 0 } : null
  const isEntering = minimumOf(order, conditions) > 0
  state.records.note(order.id, { conditions, clientOrderId, replaces, whole, partOf: null, isEntering })
  if (conditions.expiresAtMs !== null) state.expire(order.id, conditions.expiresAtMs)
  if (clientOrderId !== null) state.clientOrders.set(clientOrderId, order.id)
  if (partner !== undefined) state.records.change(partner).pairedWith = order.id
  if (isDormant) state.dormant.set(order.id, { side: order.side, trigger })
  if (whole) state.unsettled.add(order.id)
  else {
    // What rests is placed in the same decision.
    const isResting = !neverRests(order.timeInForce)
    state.book.accept(order, isResting)
    if (!isResting) state.working.add(order.id)
    state.latestOwn[order.side] = order.id
    if (isEntering) state.entering.add(order.id)
  }
  touch(state, order.id)
}

export function trigger(state: BookState, { orderIds }: Fact & { type: 'triggered' }): void {
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

export function enter(state: BookState, { order, wholeId }: Fact & { type: 'entered' }): void {
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
  state.records.note(order.id, terms)
  state.working.add(order.id)
  state.latestOwn[order.side] = order.id
  whole.kept -= order.quantity
  whole.parts.push(order.id)
  touch(state, order.id)
}

export function takeBack(state: BookState, { orderId, quantity }: Fact & { type: 'returned' }): void {
  const { partOf } = state.recordOf(orderId)
  const whole = partOf === null ? null : state.recordOf(partOf).whole
  if (!whole) throw new Error(`the order ${orderId} is no part of any`)
  state.book.lapse(orderId, quantity)
  whole.kept += quantity
  touch(state, orderId)
}

/** Of an order and all its parts. */
export function markClosing(state: BookState, id: OrderId, reason: ClosingReason): void {
  const known = state.records.change(id)
  known.closing ??= reason
  state.dormant.delete(id)
  for (const part of known.whole?.parts ?? []) state.records.change(part).closing ??= reason
}

export function applyEntry(state: BookState, entry: Entry): void {
  switch (entry.type) {
    case 'opened':
    case 'checkpoint':
    case 'forced':
      // What was forced is applied with the private fact before it.
      return
    case 'placed':
      return place(state, entry.order.id)
    case 'cancelled':
      if (entry.reason === 'amended') state.records.change(entry.orderId).amended += entry.quantity
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

/** Most orders rest since they were accepted. A part of one that enters the book does so from now on. */
function place(state: BookState, id: OrderId): void {
  if (state.book.own(id)?.isResting === true) return
  state.book.rest(id)
  state.working.delete(id)
  touch(state, id)
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
  state.records.change(orderId).amended += before.remaining - remaining
  lapse(state, orderId, before.remaining - remaining, 'amended')
}

export function lapse(state: BookState, orderId: OrderId, quantity: number, reason: LapseReason): void {
  const known = state.records.change(orderId)
  if (known.whole) lapseKept(known.whole, quantity, reason)
  else state.book.lapse(orderId, quantity)
  if (known.whole && reason === 'amended') known.amended += quantity
  state.ending.delete(orderId)
  known.lapseReason = reason
  if (known.partOf !== null) state.records.change(known.partOf).lapseReason = reason
  touch(state, orderId)
}

function lapseKept(whole: Whole, quantity: number, reason: LapseReason): void {
  whole.kept -= quantity
  if (reason === 'partner_has_traded' && !whole.isDormant) whole.partnerFilled += quantity
}

export function closeAll(state: BookState, { side, account }: Fact & { type: 'closing_all' }): void {
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
