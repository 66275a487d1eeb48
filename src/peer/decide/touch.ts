/** What follows for an own order from whatever a fact has done to it: it is told of, and closed, and one day forgotten. */
import type { OrderId } from '../../book/order.ts'
import { limits } from '../../limits.ts'
import type { ChangeableRecord } from './order-records.ts'
import type { BookState } from './state.ts'
import { findOrder, partsOf, wholeOf } from './whole.ts'

/**
 * Orders that a decision has touched are reported when it ends; the oldest closed ones are forgotten. Of a part it is the whole that is
 * told of, and whose next part may be due; and so may what a stop is paired with have changed.
 */
export function touch(state: BookState, orderId: OrderId): void {
  const known = state.recordOf(orderId)
  const { partOf, whole } = known
  const told = partOf ?? orderId
  state.touched.add(told)
  if (partOf !== null || whole) state.unsettled.add(told)
  const { pairedWith } = partOf === null ? known : state.recordOf(partOf)
  if (pairedWith !== null) state.unsettled.add(pairedWith)
  const order = state.book.own(orderId)
  if (partOf !== null && order?.remaining === 0) state.working.delete(orderId)
  const figures = partOf === null && !whole ? order : findOrder(state, told)
  if (figures?.remaining !== 0 || state.closed.has(told)) return
  state.working.delete(told)
  state.dormant.delete(told)
  state.entering.delete(told)
  state.closed.add(told)
  if (state.closed.size > limits.closedOrdersMax) forgetOldest(state)
}

function forgetOldest(state: BookState): void {
  const oldest = state.closed.takeOldest()
  if (oldest === undefined) return
  const { clientOrderId, whole } = state.recordOf(oldest)
  if (clientOrderId !== null) state.clientOrders.delete(clientOrderId)
  for (const id of partsOf(state, oldest)) forget(state, id)
  if (whole) state.records.delete(oldest)
  state.touched.delete(oldest)
  state.unsettled.delete(oldest)
}

function forget(state: BookState, id: OrderId): void {
  state.records.delete(id)
  state.book.forget(id)
}

export function giveBack(state: BookState, orderId: OrderId, returned: number): void {
  if (returned > 0) state.book.release(orderId, returned)
  touch(state, orderId)
}

/** What is told of a part is told of its whole: the record to be changed. */
export function toldOf(state: BookState, id: OrderId): ChangeableRecord {
  return state.records.change(wholeOf(state, id))
}
