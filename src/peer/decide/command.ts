/** The local user's commands: submit, cancel, report. Each may be refused; what is accepted is a fact. */
import { formatLots } from '../../book/decimals.ts'
import { availableOf, minimumOf, neverRests } from '../../book/order.ts'
import type { Conditions, NewOrder, OrderId } from '../../book/order.ts'
import { refuse, type Refusal } from '../../book/refusal.ts'
import { limits } from '../../limits.ts'
import type { CommandRefusal, OrderCommand, Replaced, RequestId } from './event.ts'
import { close, output, ownOrder, publish, record } from './record.ts'
import { wouldTake } from './match.ts'
import { reasonNotToPair, reasonOfPair } from './pair.ts'
import { Passing } from './passed-over.ts'
import { planOf } from './plan.ts'
import { awaitRest, replyWithReport, stopAwaiting } from './report.ts'
import type { BookState } from './state.ts'
import { figuresOf, findOrder, isKeptWhole, partsOf } from './whole.ts'

export function submit(state: BookState, requestId: RequestId, command: OrderCommand): void {
  const known = command.clientOrderId === null ? undefined : state.clientOrders.get(command.clientOrderId)
  if (known !== undefined) return repeat(state, requestId, known, command, null)
  if (openCount(state) >= limits.openOrdersPerOwnerMax)
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

/** In the book, at work or dormant. */
function openCount({ book, self, working, dormant }: BookState): number {
  return book.openCount(self) + working.size + dormant.size
}

export function reasonNotToAccept(state: BookState, command: OrderCommand): Refusal<CommandRefusal> | undefined {
  const { side, price, conditions } = command
  if (!state.isOpen) return refuse('market_not_open', 'This peer is stopping and takes no new orders.')
  if (conditions.expiresAtMs !== null && conditions.expiresAtMs <= state.ports.now())
    return refuse('expiry_is_past', 'The order would have ended before it began; give it a time to come.')
  // A stop's terms are judged when it is triggered.
  if (conditions.postOnly && conditions.trigger === undefined && wouldTake(state, side, price))
    return refuse('would_take', 'The order is post-only and would trade at once; give it a price that does not cross.')
  const minimum = minimumOf(command, conditions)
  if (minimum > 0 && planOf(state, { ...command, ...conditions, id: null, minimum }, new Passing()) === 'not_enough')
    return refuse(
      'minimum_not_reached',
      `So much cannot trade at once here: ${formatLots(minimum, state.market.lotSize)} of it must, or nothing may.`,
    )
  return reasonNotToPair(state, command)
}

export function accept(state: BookState, requestId: RequestId, command: OrderCommand, replaces?: Replaced): void {
  const { side, price, quantity, timeInForce, account, conditions, clientOrderId } = command
  const order: NewOrder = { id: state.ports.nextId() as OrderId, side, price, quantity, timeInForce, account }
  const accepted = { type: 'accepted', order, conditions, clientOrderId } as const
  record(state, replaces ? { ...accepted, replaces } : accepted)
  if (price !== null && !neverRests(timeInForce) && !isKeptWhole(conditions))
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
  const order = figuresOf(state, id)
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
  const isSameKept = one.trigger === other.trigger && one.displayed === other.displayed && one.partner === other.partner
  const isSameTaking = one.postOnly === other.postOnly && isSameMode && isSameMinimum
  return isSameTaking && isSameKept && one.expiresAtMs === other.expiresAtMs
}

/** Makes an order smaller. It keeps its place in the queue; what is filled or reserved of it cannot be taken back. */
export function amend(state: BookState, requestId: RequestId, orderId: OrderId, quantity: number): void {
  const refusal = reasonNotToCancel(state, orderId) ?? reasonNotToAmend(state, orderId, quantity)
  if (refusal) return refuseCommand(state, requestId, refusal)
  const { filled, remaining } = figuresOf(state, orderId)
  takeOff(state, orderId, filled + remaining - quantity)
  awaitRest(state, requestId, orderId)
}

/** An iceberg loses first what it hides. */
function takeOff(state: BookState, id: OrderId, lots: number): void {
  const { whole } = state.recordOf(id)
  const hidden = Math.min(lots, whole?.kept ?? 0)
  if (hidden > 0) record(state, { type: 'lapsed', orderId: id, quantity: hidden, reason: 'amended' })
  const shown = partsOf(state, id).at(-1)
  if (lots === hidden || shown === undefined) return
  const { filled, remaining } = ownOrder(state, shown)
  const left = remaining - (lots - hidden)
  // An order is for something or is over.
  if (left === 0)
    publish(state, { type: 'cancelled', orderId: shown, quantity: remaining, remaining: 0, reason: 'amended' })
  else publish(state, { type: 'amended', orderId: shown, quantity: filled + left, remaining: left })
}

function reasonNotToAmend(state: BookState, id: OrderId, quantity: number): Refusal<CommandRefusal> | undefined {
  const { filled, remaining, isResting } = figuresOf(state, id)
  const { whole, closing } = state.recordOf(id)
  const current = filled + remaining
  const written = (lots: number) => formatLots(lots, state.market.lotSize)
  if ((!isResting && !whole?.isDormant) || closing !== null)
    return refuse('order_is_closing', `The order ${id} is about to end and cannot be amended.`)
  if (state.entering.has(id))
    return refuse('order_is_entering', `The order ${id} has not traded its minimum yet; try again in a moment.`)
  const paired = reasonOfPair(state, id)
  if (paired) return paired
  if (quantity >= current)
    return refuse(
      'amend_must_reduce',
      `The order is for ${written(current)}; amending only makes it less. For more, cancel it and place another.`,
    )
  if (quantity <= filled)
    return refuse('amend_below_filled', `Of the order ${written(filled)} is filled; to end it, cancel it.`)
  const fixed = current - amendable(state, id)
  if (quantity < fixed)
    return refuse(
      'amend_below_reserved',
      `Of the order ${written(filled)} is filled and ${written(fixed - filled)} is being decided on; try again in a moment.`,
    )
  return undefined
}

/** Lots that are hidden, or rest and are not reserved. */
function amendable(state: BookState, id: OrderId): number {
  const shown = partsOf(state, id).at(-1)
  const order = shown === undefined ? undefined : ownOrder(state, shown)
  return (state.recordOf(id).whole?.kept ?? 0) + (order?.isResting ? availableOf(order) : 0)
}

/** Takes an order out of the market. Answered when nothing of it is reserved any more, so with its true figures. */
export function cancel(state: BookState, requestId: RequestId, orderId: OrderId): void {
  const refusal = reasonNotToCancel(state, orderId)
  if (refusal) return refuseCommand(state, requestId, refusal)
  if (state.recordOf(orderId).closing === null) close(state, orderId, 'cancelled_by_user')
  awaitRest(state, requestId, orderId)
}

export function reasonNotToCancel(state: BookState, orderId: OrderId): Refusal<CommandRefusal> | undefined {
  const order = findOrder(state, orderId)
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
