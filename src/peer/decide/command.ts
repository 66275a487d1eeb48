/** The local user's commands: submit, cancel, report. Each may be refused; what is accepted is a fact. */
import { formatLots } from '../../book/decimals.ts'
import { minimumOf, neverRests, type Conditions, type NewOrder, type OrderId, type OwnOrder } from '../../book/order.ts'
import { refuse, type Refusal } from '../../book/refusal.ts'
import { limits } from '../../limits.ts'
import type { CommandRefusal, OrderCommand, Replaced, RequestId } from './event.ts'
import { close, output, ownOrder, publish, record } from './record.ts'
import { wouldTake } from './match.ts'
import { Passing } from './passed-over.ts'
import { planOf } from './plan.ts'
import { awaitRest, replyWithReport, stopAwaiting } from './report.ts'
import type { BookState } from './state.ts'

export function submit(state: BookState, requestId: RequestId, command: OrderCommand): void {
  const known = command.clientOrderId === null ? undefined : state.clientOrders.get(command.clientOrderId)
  if (known !== undefined) return repeat(state, requestId, known, command, null)
  if (state.book.openCount(state.self) + state.working.size >= limits.openOrdersPerOwnerMax)
    return refuseCommand(
      state,
      requestId,
      refuse(
        'too_many_open_orders',
        `At most ${limits.openOrdersPerOwnerMax} orders of a peer may be open in a market.`,
      ),
    )
  const refusal = reasonNotToAccept(state, command)
  if (refusal) return refuseCommand(state, requestId, refusal)
  accept(state, requestId, command)
}

export function reasonNotToAccept(state: BookState, command: OrderCommand): Refusal<CommandRefusal> | undefined {
  const { side, price, conditions } = command
  if (!state.isOpen) return refuse('market_not_open', 'This peer is stopping and takes no new orders.')
  if (conditions.expiresAtMs !== null && conditions.expiresAtMs <= state.ports.now())
    return refuse('expiry_is_past', 'The order would have ended before it began; give it a time to come.')
  if (conditions.postOnly && wouldTake(state, side, price))
    return refuse('would_take', 'The order is post-only and would trade at once; give it a price that does not cross.')
  const minimum = minimumOf({ id: '' as OrderId, ...command }, conditions)
  if (minimum > 0 && planOf(state, { ...command, ...conditions, id: null, minimum }, new Passing()) === 'not_enough')
    return refuse(
      'minimum_not_reached',
      `So much cannot trade at once here: ${formatLots(minimum, state.market.lotSize)} of it must, or nothing may.`,
    )
  return undefined
}

export function accept(state: BookState, requestId: RequestId, command: OrderCommand, replaces?: Replaced): void {
  const { side, price, quantity, timeInForce, account, conditions, clientOrderId } = command
  const order: NewOrder = { id: state.ports.nextId() as OrderId, side, price, quantity, timeInForce, account }
  record(state, { type: 'accepted', order, conditions, clientOrderId, ...(replaces && { replaces }) })
  if (price !== null && !neverRests(timeInForce))
    publish(state, { type: 'placed', order: { id: order.id, side, price, quantity, remaining: quantity } })
  awaitRest(state, requestId, order.id)
}

/** A client order id that was used before answers as it did then, provided that it means the same order. */
export function repeat(
  state: BookState,
  requestId: RequestId,
  id: OrderId,
  command: OrderCommand,
  replaces: OrderId | null,
): void {
  const difference = differenceOf(state, id, command, replaces)
  if (difference) return refuseCommand(state, requestId, difference)
  const { firstReport } = state.recordOf(id)
  if (firstReport) output(state, { type: 'reply', requestId, reply: { type: 'report', report: firstReport } })
  else awaitRest(state, requestId, id)
}

function differenceOf(
  state: BookState,
  id: OrderId,
  command: OrderCommand,
  replacing: OrderId | null,
): Refusal<CommandRefusal> | undefined {
  const order = ownOrder(state, id)
  const { conditions, replaces } = state.recordOf(id)
  const differs = (what: string) =>
    `The client order id ${command.clientOrderId} belongs to an order with another ${what}.`
  if ((replaces?.orderId ?? null) !== replacing)
    return refuse('exists_with_different_replaced_order', differs('order to replace'))
  if (order.side !== command.side) return refuse('exists_with_different_side', differs('side'))
  if (order.price !== command.price) return refuse('exists_with_different_price', differs('price'))
  if ((replaces?.quantity ?? order.quantity) !== command.quantity)
    return refuse('exists_with_different_quantity', differs('quantity'))
  if (order.timeInForce !== command.timeInForce)
    return refuse('exists_with_different_time_in_force', differs('time in force'))
  if (!isEqual(conditions, command.conditions)) return refuse('exists_with_different_conditions', differs('condition'))
  if (order.account !== command.account) return refuse('exists_with_different_account', differs('account'))
  return undefined
}

function isEqual(one: Conditions, other: Conditions): boolean {
  const isSameMode = one.selfTradePrevention === other.selfTradePrevention
  const isSameMinimum = one.minimum === other.minimum
  return isSameMode && isSameMinimum && one.postOnly === other.postOnly && one.expiresAtMs === other.expiresAtMs
}

/** Makes an order smaller. It keeps its place in the queue; what is filled or reserved of it cannot be taken back. */
export function amend(state: BookState, requestId: RequestId, orderId: OrderId, quantity: number): void {
  const refusal = reasonNotToCancel(state, orderId) ?? reasonNotToAmend(state, ownOrder(state, orderId), quantity)
  if (refusal) return refuseCommand(state, requestId, refusal)
  const { filled } = ownOrder(state, orderId)
  publish(state, { type: 'amended', orderId, quantity, remaining: quantity - filled })
  awaitRest(state, requestId, orderId)
}

function reasonNotToAmend(state: BookState, order: OwnOrder, quantity: number): Refusal<CommandRefusal> | undefined {
  const { filled, reserved, remaining, isResting } = order
  const current = filled + remaining
  const written = (lots: number) => formatLots(lots, state.market.lotSize)
  if (!isResting || state.recordOf(order.id).closing !== null)
    return refuse('order_is_closing', `The order ${order.id} is about to end and cannot be amended.`)
  if (state.entering.has(order.id))
    return refuse('order_is_entering', `The order ${order.id} has not traded its minimum yet; try again in a moment.`)
  if (quantity >= current)
    return refuse(
      'amend_must_reduce',
      `The order is for ${written(current)}; amending only makes it less. For more, cancel it and place another.`,
    )
  if (quantity <= filled)
    return refuse('amend_below_filled', `Of the order ${written(filled)} is filled; to end it, cancel it.`)
  if (quantity < filled + reserved)
    return refuse(
      'amend_below_reserved',
      `Of the order ${written(filled)} is filled and ${written(reserved)} is being decided on; try again in a moment.`,
    )
  return undefined
}

/** Takes an order out of the market. Answered when nothing of it is reserved any more, so with its true figures. */
export function cancel(state: BookState, requestId: RequestId, orderId: OrderId): void {
  const refusal = reasonNotToCancel(state, orderId)
  if (refusal) return refuseCommand(state, requestId, refusal)
  if (state.recordOf(orderId).closing === null) close(state, orderId, 'cancelled_by_user')
  awaitRest(state, requestId, orderId)
}

export function reasonNotToCancel(state: BookState, orderId: OrderId): Refusal<CommandRefusal> | undefined {
  const order = state.book.own(orderId)
  if (order)
    return order.remaining > 0
      ? undefined
      : refuse('order_already_closed', `The order ${orderId} is closed: nothing of it remains.`)
  const owner = [...state.book.owners()].find(peer => state.book.replica(peer, orderId))
  if (owner)
    return refuse(
      'order_belongs_to_another_peer',
      `The order ${orderId} belongs to ${owner}; only its owner can change it.`,
    )
  return refuse('order_unknown', `There is no order ${orderId} here.`)
}

/** Answers as things stand to somebody who will not wait any longer. Who has been answered already gets nothing more. */
export function report(state: BookState, requestId: RequestId): void {
  const orderId = stopAwaiting(state, requestId)
  if (orderId !== undefined) replyWithReport(state, requestId, orderId)
}

export function refuseCommand(state: BookState, requestId: RequestId, refusal: Refusal<CommandRefusal>): void {
  output(state, { type: 'reply', requestId, reply: { type: 'refusal', refusal } })
}
