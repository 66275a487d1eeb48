/** What users are told of their orders: a report on each one that a decision has touched, and the reply to who waits for it. */
import type { OrderId, OwnOrder } from '../../book/order.ts'
import type { OrderReport, OrderStatus, RequestId } from './event.ts'
import { doubtsOf } from './doubt.ts'
import { output, ownOrder, record } from './record.ts'
import type { OrderRecord } from './order-records.ts'
import type { Asking, BookState } from './state.ts'
import { figuresOf, partsOf } from './whole.ts'

/** The reply comes when the order rests or is done, and nothing of it is reserved or about to be. An event asks once. */
export function awaitRest(state: BookState, requestId: RequestId, id: OrderId): void {
  if (state.asking) throw new Error(`a decision is asked for by ${state.asking.requestId} and by ${requestId}`)
  state.asking = { id, requestId }
}

/** Gives the order that this request was waiting for, if it still was. */
export function stopAwaiting(state: BookState, requestId: RequestId): OrderId | undefined {
  for (const [id, waiting] of state.awaiting) {
    if (!waiting.includes(requestId)) continue
    const others = waiting.filter(other => other !== requestId)
    if (others.length > 0) state.awaiting.set(id, others)
    else state.awaiting.delete(id)
    return id
  }
  return undefined
}

/** The end of a decision: tells of every order that it has touched. */
export function reportTouched(state: BookState): void {
  const { asking, touched } = state
  let asked: OrderReport | undefined
  for (let place = 0; place < touched.size; place += 1) {
    const id = touched.at(place)
    const report = reportOf(state, id)
    output(state, { type: 'order', report })
    if (id === asking?.id) asked = report
  }
  if (state.awaiting.size > 0)
    for (const id of state.awaiting.keys()) if (isQuiet(state, id)) replyToAwaiting(state, id)
  if (asking) answerAsking(state, asking, asked)
  touched.clear()
}

/** Most orders rest at once, so most who ask need not wait. */
function answerAsking(state: BookState, { id, requestId }: Asking, report: OrderReport | undefined): void {
  state.asking = null
  const waiting = state.awaiting.size > 0 ? state.awaiting.get(id) : undefined
  if (waiting) waiting.push(requestId)
  else if (isQuiet(state, id)) replyWithReport(state, requestId, id, report)
  else state.awaiting.set(id, [requestId])
}

const nothing: readonly never[] = []

export function reportOf(state: BookState, id: OrderId): OrderReport {
  const known = state.recordOf(id)
  const { clientOrderId, conditions, replaces, whole, fills, forced, closing, lapseReason } = known
  const order = whole ? figuresOf(state, id) : ownOrder(state, id)
  return {
    order,
    conditions,
    status: statusOf(state, order, known),
    clientOrderId,
    replaces: replaces?.orderId ?? null,
    parts: whole ? [...whole.parts] : nothing,
    fills: fills.length > 0 ? [...fills] : nothing,
    doubts: order.reserved > 0 ? doubtsOf(state, id) : nothing,
    forced,
    reason: closing ?? lapseReason,
  }
}

export function replyWithReport(
  state: BookState,
  requestId: RequestId,
  id: OrderId,
  report: OrderReport = reportOf(state, id),
): void {
  if (report.clientOrderId !== null && !state.recordOf(id).firstReport) record(state, { type: 'reported', report })
  output(state, { type: 'reply', requestId, reply: { type: 'report', report } })
}

function replyToAwaiting(state: BookState, id: OrderId): void {
  const report = reportOf(state, id)
  for (const requestId of state.awaiting.get(id) ?? []) replyWithReport(state, requestId, id, report)
  state.awaiting.delete(id)
}

/** Asked of everybody who waits, after every decision. */
function isQuiet(state: BookState, id: OrderId): boolean {
  const { whole } = state.recordOf(id)
  return whole ? whole.parts.every(part => isQuietPart(state, part)) : isQuietPart(state, id)
}

function isQuietPart(state: BookState, id: OrderId): boolean {
  return !state.waiting.has(id) && ownOrder(state, id).reserved === 0
}

function statusOf(
  state: BookState,
  { id, remaining, filled, lapsed, isResting }: OwnOrder,
  { closing, lapseReason, whole }: OrderRecord,
): OrderStatus {
  if (remaining === 0 && lapsed === amendedOf(state, id)) return 'filled'
  if (remaining === 0) return (closing ?? lapseReason) === 'expired' ? 'expired' : 'cancelled'
  if (closing !== null) return 'cancel_pending'
  if (whole?.isDormant) return 'dormant'
  if (!isResting) return 'accepted'
  return filled > 0 ? 'partly_filled' : 'resting'
}

function amendedOf(state: BookState, id: OrderId): number {
  const ids = new Set([id, ...partsOf(state, id)])
  return [...ids].reduce((sum, one) => sum + state.recordOf(one).amended, 0)
}
