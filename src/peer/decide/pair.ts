/**
 * One cancels the other: an order in the book and a dormant stop of the same side and account, which share one quantity. What the first
 * trades the stop is no longer for. When the stop is triggered the first is cancelled, and what has been asked for of it stays with it
 * until that is decided: only what comes back enters the book with the stop. So the two are never filled beyond their quantity.
 */
import type { OrderId } from '../../book/order.ts'
import { refuse, type Refusal } from '../../book/refusal.ts'
import type { CommandRefusal, OrderCommand } from './event.ts'
import { close, record } from './record.ts'
import type { BookState } from './state.ts'
import { figuresOf, findOrder } from './whole.ts'

/** Of a stop that names a partner: that must be open, of the same side and account, have as much left, and be in no pair yet. */
export function reasonNotToPair(
  state: BookState,
  { side, account, quantity, conditions: { partner } }: OrderCommand,
): Refusal<CommandRefusal> | undefined {
  if (partner === undefined) return undefined
  const known = state.records.get(partner)
  const order = findOrder(state, partner)
  if (!known || !order || known.partOf !== null)
    return refuse('partner_is_unknown', `There is no own order ${partner} to pair the stop with.`)
  if (known.pairedWith !== null || known.conditions.partner !== undefined)
    return refuse('partner_is_paired', `The order ${partner} is in a pair already.`)
  const isOpen = order.isResting && known.closing === null
  if (!isOpen || order.side !== side || order.account !== account || order.remaining !== quantity)
    return refuse(
      'partner_does_not_fit',
      `The order ${partner} must rest, be of the same side and account, and have as much left as the stop is for.`,
    )
  return undefined
}

/** Why an order of a pair can neither be amended nor replaced. */
export function reasonOfPair(state: BookState, id: OrderId): Refusal<CommandRefusal> | undefined {
  const { pairedWith, conditions } = state.recordOf(id)
  if (pairedWith === null && conditions.partner === undefined) return undefined
  return refuse('order_is_paired', `The order ${id} is one of a pair; cancel both and place others.`)
}

/** Brings the stop of a pair in line with what has become of the other. */
export function syncWithPartner(state: BookState, stop: OrderId): void {
  const { conditions, whole, closing } = state.recordOf(stop)
  const { partner } = conditions
  if (partner === undefined || !whole) return
  if (closing !== null || !whole.isDormant) endPartner(state, partner)
  if (closing !== null) return
  if (whole.isDormant) followPartner(state, stop, partner)
  else yieldTo(state, stop, partner)
}

/** True while something of it may trade that nobody has been asked for. */
function isOpen(state: BookState, partner: OrderId): boolean {
  const known = state.records.get(partner)
  return known !== undefined && known.closing === null && figuresOf(state, partner).remaining > 0
}

function endPartner(state: BookState, partner: OrderId): void {
  if (isOpen(state, partner)) close(state, partner, 'partner_is_done')
}

function followPartner(state: BookState, stop: OrderId, partner: OrderId): void {
  if (!isOpen(state, partner)) return close(state, stop, 'partner_is_done')
  const lost = figuresOf(state, stop).remaining - figuresOf(state, partner).remaining
  if (lost > 0) record(state, { type: 'lapsed', orderId: stop, quantity: lost, reason: 'partner_has_traded' })
}

/** What had been asked for of the partner when the stop was triggered, and is filled since. */
function yieldTo(state: BookState, stop: OrderId, partner: OrderId): void {
  const { whole } = state.recordOf(stop)
  const lost = (findOrder(state, partner)?.filled ?? 0) - (whole?.partnerFilled ?? 0)
  if (lost > 0) record(state, { type: 'lapsed', orderId: stop, quantity: lost, reason: 'partner_has_traded' })
}

/** Lots of a triggered stop that its partner may still trade. */
export function heldByPartner(state: BookState, stop: OrderId): number {
  const { partner } = state.recordOf(stop).conditions
  return partner === undefined ? 0 : (findOrder(state, partner)?.remaining ?? 0)
}
