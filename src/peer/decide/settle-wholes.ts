/** What is due of orders that are kept whole: stops that have been triggered enter the book, icebergs show their next slice. */
import type { OrderId } from '../../book/order.ts'
import { limits } from '../../limits.ts'
import { wouldTake } from './match.ts'
import { heldByPartner, syncWithPartner } from './pair.ts'
import { close, publish, record } from './record.ts'
import type { OrderRecord, Whole } from './order-records.ts'
import type { BookState } from './state.ts'
import { fireStops } from './stop.ts'

/** True when a part has entered the book: it may trade before the next one is looked at. False when nothing is due, or the decision is full. */
export function settleWholes(state: BookState): boolean {
  if (state.traded.length > 0) fireStops(state)
  if (state.unsettled.size === 0) return false
  for (const id of state.unsettled) {
    if (state.decisions.factsUnderWay >= limits.decisionFactsMax) return false
    state.unsettled.delete(id)
    if (settleWhole(state, id)) return true
  }
  return false
}

function settleWhole(state: BookState, id: OrderId): boolean {
  const known = state.records.get(id)
  if (!known?.whole) return false
  syncWithPartner(state, id)
  const { whole, conditions } = known
  if (known.closing !== null || whole.isDormant) return false
  const lots = whole.kept - heldByPartner(state, id)
  if (lots <= 0 || (conditions.displayed !== undefined && isShown(state, whole))) return false
  if (conditions.postOnly && wouldTake(state, whole.order.side, whole.order.price)) {
    close(state, id, 'would_take')
    return false
  }
  enter(state, known, whole, lots)
  return true
}

/** An iceberg shows one slice at a time. */
function isShown(state: BookState, { parts }: Whole): boolean {
  const last = parts.at(-1)
  return last !== undefined && state.book.own(last)?.isResting === true
}

/** An iceberg takes with all it has when it comes; what it cannot trade comes back and is shown slice by slice. */
function enter(state: BookState, { conditions }: OrderRecord, whole: Whole, lots: number): void {
  const { id: wholeId, side, price, timeInForce, account } = whole.order
  const { displayed } = conditions
  const takesFirst = displayed !== undefined && whole.parts.length === 0 && wouldTake(state, side, price)
  const quantity = displayed === undefined || takesFirst ? lots : Math.min(displayed, lots)
  const id = state.ports.nextId() as OrderId
  const order = { id, side, price, quantity, timeInForce: price === null ? ('ioc' as const) : timeInForce, account }
  record(state, { type: 'entered', order, wholeId })
  if (price !== null && order.timeInForce !== 'ioc' && !takesFirst)
    publish(state, { type: 'placed', order: { id, side, price, quantity, remaining: quantity } })
}
