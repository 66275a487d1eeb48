/**
 * Orders of which something lives at their owner alone: a stop before it is triggered, what an iceberg hides. Such an order is not in the
 * book itself: parts of it are, each an order of its own with an id from when it entered, so that priority is by id as everywhere. Its
 * user goes on calling it by the id that it was accepted under. `kept` are the lots that are in no part.
 *
 *     sell 5 @ 101 displayed 2, id 7     kept 5          no parts
 *     part 8 enters with 2               kept 3          8: 2 of 2
 *     part 8 is filled, 9 enters         kept 1          8: filled 2      9: 2 of 2
 */
import type { Conditions, OrderId, OwnOrder } from '../../book/order.ts'
import type { Whole } from './order-records.ts'
import type { BookState } from './state.ts'

/** True for an order that is accepted as a whole and enters the book in parts. */
export function isKeptWhole({ trigger, displayed }: Conditions): boolean {
  return trigger !== undefined || displayed !== undefined
}

/** The order that its user knows: the one that this is a part of, or itself. */
export function wholeOf(state: BookState, id: OrderId): OrderId {
  return state.records.get(id)?.partOf ?? id
}

/** What is, or was, in the book of an order: its parts, or itself. */
export function partsOf(state: BookState, id: OrderId): readonly OrderId[] {
  return state.recordOf(id).whole?.parts ?? [id]
}

/** An own order as its user knows it, with the figures of all its parts; undefined when it is not known. */
export function findOrder(state: BookState, id: OrderId): OwnOrder | undefined {
  const whole = state.records.get(id)?.whole
  return whole ? added(state, whole) : state.book.own(id)
}

export function figuresOf(state: BookState, id: OrderId): OwnOrder {
  const order = findOrder(state, id)
  if (!order) throw new Error(`own order ${id} is unknown`)
  return order
}

/** quantity = filled + lapsed + remaining holds of the whole as it does of the parts; what a part gave back has not lapsed. */
function added(state: BookState, whole: Whole): OwnOrder {
  const { order, kept, isDormant } = whole
  let [filled, remaining, reserved] = [0, kept, 0]
  for (const id of whole.parts) {
    const part = state.book.own(id)
    if (!part) throw new Error(`the order ${order.id} has no part ${id}`)
    filled += part.filled
    remaining += part.remaining
    reserved += part.reserved
  }
  const lapsed = order.quantity - filled - remaining
  const mayRest = order.price !== null && order.timeInForce !== 'ioc'
  const isResting = mayRest && !isDormant && remaining > 0
  return { ...order, owner: state.self, filled, lapsed, remaining, reserved, isResting }
}

/** Every order that its user knows, open or closed, in the order in which they were accepted. */
export function knownOrders(state: BookState): OrderId[] {
  return [...state.records].flatMap(([id, { partOf }]) => (partOf === null ? [id] : [])).sort()
}
