/** Plays the steps of a flow at peers, many commands in flight at once. Never waits for a book to settle. */
import { EMPTY, finalize, type Observable } from 'rxjs'
import { waitUntil } from './demonstration-wait.ts'
import type { Step } from './flow.ts'
import type { Stage } from './stage.ts'
import type { Tally } from './tally.ts'

/** Commands in flight for each peer, on average: enough to interleave, few enough that one process with all peers answers its beats. */
const inFlightForEach = 2
/** Longer than any command takes: each is answered after `doubtMs` at the latest. */
const answerMsMax = 20_000

/**
 * Ends when every command has been answered or has failed, or when none has been for too long: then the tallies have commands without
 * answer. `played` hears how many steps are behind it.
 */
export async function play(
  stage: Stage,
  tallies: readonly Tally[],
  steps: readonly Step[],
  signal: AbortSignal,
  played: (steps: number) => void,
): Promise<void> {
  let inFlight = 0
  const isRoomFor = (others: number) => waitUntil(stage, () => inFlight <= others, answerMsMax, signal)
  for (const [index, step] of steps.entries()) {
    if (!(await isRoomFor(inFlightForEach * tallies.length - 1))) return
    inFlight += 1
    answerOf(tallies, step)
      .pipe(finalize(() => (inFlight -= 1)))
      .subscribe()
    if (step.pauseMs > 0) await stage.advance(step.pauseMs)
    played(index + 1)
  }
  await isRoomFor(0)
}

function answerOf(tallies: readonly Tally[], step: Step): Observable<unknown> {
  const tally = tallies[step.peer]
  if (!tally) throw new Error(`the flow names peer ${step.peer}, but there are ${tallies.length}`)
  if (step.type === 'submit') return tally.follow('submit', tally.peer.submit$(step.request))
  const { resting } = tally
  const orderId = resting[Math.floor(step.choice * resting.length)]
  return orderId === undefined ? EMPTY : tally.follow('cancel', tally.peer.cancel$(orderId))
}
