/**
 * One event is one decision: decide, change, state facts. Never waits in between, never throws on input: what comes in has been
 * validated, what cannot be done is refused as a value.
 */
import { cancelAll } from './cancel-all.ts'
import { amend, cancel, report, submit } from './command.ts'
import { undecidedOf } from './doubt.ts'
import type { BookEvent } from './event.ts'
import type { JournalRecord } from './group.ts'
import { force } from './force.ts'
import { takeBatch } from './maker.ts'
import { expireDue, settle } from './match.ts'
import { giveChannel } from './taker.ts'
import { forgetOwner, takeSegments } from './read.ts'
import { recover } from './recover.ts'
import { replace } from './replace.ts'
import { reportTouched } from './report.ts'
import { checkpoint, isCheckpointDue } from './checkpoint.ts'
import type { BookState } from './state.ts'
import { takeAnswer } from './taker.ts'
import { wholeOf } from './whole.ts'

export function decide(state: BookState, event: BookEvent): void {
  if (event.type === 'order.submit_many') return decideEach(state, event)
  begin(state)
  take(state, event)
  finish(state)
}

/** Several orders at once are as many decisions, with nothing in between. */
function decideEach(state: BookState, { requestId, commands }: BookEvent & { type: 'order.submit_many' }): void {
  let next = requestId
  for (const command of commands) {
    begin(state)
    submit(state, next++, command)
    finish(state)
  }
}

/** A timer may be late; what has come meanwhile must not find an order whose time is over. */
function begin(state: BookState): void {
  expireDue(state)
}

/** The first decision of a book: what its journal says, and a new incarnation on top. */
export function decideToOpen(state: BookState, records: readonly JournalRecord[]): void {
  recover(state, records)
  finish(state)
}

/** The last decision but for answers: nothing new is begun from here on. */
export function decideToDrain(state: BookState): void {
  state.isOpen = false
  finish(state)
}

/** True when nothing of ours is in doubt and nobody waits for a reply. What has been forced is waited for no longer. */
export function isDrained(state: BookState): boolean {
  return (
    state.awaiting.size === 0 &&
    state.holds.size === 0 &&
    [...state.takerChannels.values()].every(({ inFlight }) => !inFlight || undecidedOf(inFlight).length === 0)
  )
}

function finish(state: BookState): void {
  settle(state)
  reportTouched(state)
  state.decisions.conclude()
  if (isCheckpointDue(state)) checkpoint(state)
}

function take(state: BookState, event: Exclude<BookEvent, { type: 'order.submit_many' }>): void {
  switch (event.type) {
    case 'order.submit':
      return submit(state, event.requestId, event.command)
    case 'order.cancel':
      return cancel(state, event.requestId, wholeOf(state, event.orderId))
    case 'order.amend':
      return amend(state, event.requestId, wholeOf(state, event.orderId), event.quantity)
    case 'order.cancel_all':
      return cancelAll(state, event.requestId, event.side, event.account)
    case 'order.replace':
      return replace(state, event.requestId, wholeOf(state, event.orderId), event.replacement)
    case 'order.force':
      return force(state, event.requestId, { ...event.forcing, orderId: wholeOf(state, event.forcing.orderId) })
    case 'order.report':
      return report(state, event.requestId)
    case 'batch.propose':
    case 'batch.withdraw':
      return takeBatch(state, event)
    case 'batch.answer':
      return takeAnswer(state, event.answer, event.signed)
    case 'feed.segments':
      return takeSegments(state, event.requestId, event.segments)
    case 'channel.asked':
      return giveChannel(state, event.requestId, event.maker)
    case 'neighbour.live':
      state.live.add(event.peer)
      return
    case 'neighbour.lost':
      state.live.delete(event.peer)
      return
    case 'neighbour.forgotten':
      return forgetOwner(state, event.peer)
    case 'backoff.over':
      return
  }
}
