/** What each fact does to a book: nothing else changes what one decides. */
import { limits } from '../../limits.ts'
import { applyAnswered, applyForced, applyIntent, applySettled } from './apply-to-channel.ts'
import { applyAttempt, applyAttemptDecided, applyHeld, applyHoldEnded } from './apply-to-group.ts'
import { accept, applyEntry, closeAll, enter, lapse, markClosing, takeBack, trigger } from './apply-to-order.ts'
import type { Fact } from './fact.ts'
import type { BookState } from './state.ts'
import { touch } from './touch.ts'

export function applyFact(state: BookState, fact: Fact): void {
  switch (fact.type) {
    case 'entry':
      return applyEntry(state, fact.entry)
    case 'accepted':
      return accept(state, fact)
    case 'triggered':
      return trigger(state, fact)
    case 'entered':
      return enter(state, fact)
    case 'returned':
      return takeBack(state, fact)
    case 'lapsed':
      return lapse(state, fact.orderId, fact.quantity, fact.reason)
    case 'closing':
      markClosing(state, fact.orderId, fact.reason)
      return touch(state, fact.orderId)
    case 'closing_all':
      return closeAll(state, fact)
    case 'intent':
      return applyIntent(state, fact)
    case 'settled':
      return applySettled(state, fact)
    case 'forced':
      return applyForced(state, fact)
    case 'disputed':
      state.disputes.push(fact.dispute)
      if (state.disputes.length > limits.disputesMax) state.disputes.shift()
      return
    case 'passed_over':
      return
    case 'attempt':
      return applyAttempt(state, fact)
    case 'attempt_decided':
      return applyAttemptDecided(state, fact)
    case 'held':
      return applyHeld(state, fact)
    case 'hold_ended':
      return applyHoldEnded(state, fact.hash)
    case 'answered':
      return applyAnswered(state, fact)
    case 'reported':
      state.records.change(fact.report.order.id).firstReport = fact.report
  }
}
