/**
 * One order in place of another, in one decision: a new id, behind everybody at its price. Both together are for what the user asked,
 * so what is filled of the old one, and what may still be, is taken off the new one.
 */
import { formatLots } from '../../book/decimals.ts'
import type { OrderId } from '../../book/order.ts'
import { refuse, type Refusal } from '../../book/refusal.ts'
import { accept, reasonNotToAccept, reasonNotToCancel, refuseCommand, repeat } from './command.ts'
import type { CommandRefusal, OrderCommand, Replacement, RequestId } from './event.ts'
import { reasonOfPair } from './pair.ts'
import { close } from './record.ts'
import type { BookState } from './state.ts'
import { figuresOf } from './whole.ts'

export function replace(state: BookState, requestId: RequestId, orderId: OrderId, replacement: Replacement): void {
  const { clientOrderId, quantity } = replacement
  const known = clientOrderId === null ? undefined : state.clientOrders.get(clientOrderId)
  if (known !== undefined) {
    const { side, account } = figuresOf(state, known)
    return repeat(state, requestId, known, { ...replacement, side, account }, orderId)
  }
  const refusal = reasonNotToCancel(state, orderId) ?? reasonNotToReplace(state, orderId, replacement)
  if (refusal) return refuseCommand(state, requestId, refusal)
  const { side, account, filled, reserved } = figuresOf(state, orderId)
  const command: OrderCommand = { ...replacement, side, account, quantity: quantity - filled - reserved }
  const unacceptable = reasonNotToAccept(state, command)
  if (unacceptable) return refuseCommand(state, requestId, unacceptable)
  close(state, orderId, 'replaced')
  accept(state, requestId, command, { orderId, quantity })
}

function reasonNotToReplace(
  state: BookState,
  orderId: OrderId,
  { quantity, conditions }: Replacement,
): Refusal<CommandRefusal> | undefined {
  const { filled, reserved } = figuresOf(state, orderId)
  const left = quantity - filled - reserved
  const written = (lots: number) => formatLots(lots, state.market.lotSize)
  if (state.recordOf(orderId).closing !== null)
    return refuse('order_is_closing', `The order ${orderId} is about to end and cannot be replaced.`)
  const paired = reasonOfPair(state, orderId)
  if (paired) return paired
  const gone = `Of the order ${written(filled)} is filled and ${written(reserved)} is being decided on`
  if (left <= 0)
    return refuse(
      'replacement_has_nothing_left',
      `${gone}, so of ${written(quantity)} nothing is left to replace it with.`,
    )
  const { minimum } = conditions
  if (minimum !== null && minimum > left)
    return refuse(
      'minimum_not_reached',
      `${gone}, so ${written(left)} is left, of which ${written(minimum)} cannot trade at once.`,
    )
  return undefined
}
