/**
 * All orders of a side, an account or both leave the market in one decision: from then on nothing of them is matched. That they lapse is
 * told of in as many decisions as it takes, since a decision must fit a segment.
 */
import type { Side } from '../../book/order.ts'
import { limits } from '../../limits.ts'
import type { RequestId } from './event.ts'
import { openOrders } from './apply-to-order.ts'
import { lapseReturned, output, record } from './record.ts'
import { reportOf } from './report.ts'
import type { BookState } from './state.ts'

/** Answered at once, with each order as it stands: what somebody has been asked for of it is still reserved. */
export function cancelAll(state: BookState, requestId: RequestId, side: Side | null, account: string | null): void {
  const ids = openOrders(state, side, account)
  if (ids.length > 0) record(state, { type: 'closing_all', side, account })
  lapseEnding(state)
  const reports = ids.map(id => reportOf(state, id))
  output(state, { type: 'reply', requestId, reply: { type: 'reports', reports } })
}

/** False when the decision is full and there is more to lapse. */
export function lapseEnding(state: BookState): boolean {
  if (state.ending.size === 0) return true
  for (const id of state.ending) {
    if (state.decisions.factsUnderWay >= limits.decisionFactsMax) return false
    lapseReturned(state, id)
    state.ending.delete(id)
  }
  return true
}
