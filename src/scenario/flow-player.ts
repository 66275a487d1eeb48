/** Plays the steps of a flow at peers, many commands in flight at once. Never waits for a book to settle. */
import { EMPTY, finalize, type Observable } from 'rxjs'
import { waitUntil } from './demonstration-wait.ts'
import type { Step } from './flow.ts'
import type { Stage } from './stage.ts'
import type { Tally } from './tally.ts'
import { amendedTo } from './tally-figures.ts'

/** Commands in flight for each peer, on average: enough to interleave, few enough that one process with all peers answers its beats. */
const inFlightForEach = 2
/** Longer than any command takes: each is answered after `doubtMs` at the latest. */
const answerMsMax = 20_000

/**
 * Ends when every command has been answered or has failed, or when none has been for too long: then the tallies have commands without
 * answer. `played` hears how many steps are behind it. The tallies of each market come in the order of the peers.
 */
export async function play(
  stage: Stage,
  tallies: readonly Tally[],
  steps: readonly Step[],
  signal: AbortSignal,
  played: (steps: number) => void,
): Promise<void> {
  let inFlight = 0
  const peers = new Set(tallies.map(({ peer }) => peer)).size
  const isRoomFor = (others: number) => waitUntil(stage, () => inFlight <= others, answerMsMax, signal)
  for (const [index, step] of steps.entries()) {
    if (!(await isRoomFor(inFlightForEach * peers - 1))) return
    inFlight += 1
    answerOf(stage, tallies, step)
      .pipe(finalize(() => (inFlight -= 1)))
      .subscribe()
    if (step.pauseMs > 0) await stage.advance(step.pauseMs)
    played(index + 1)
  }
  await isRoomFor(0)
}

function answerOf(stage: Stage, tallies: readonly Tally[], step: Step): Observable<unknown> {
  const tally = tallyOf(tallies, step)
  if (step.type === 'submit') return submit(stage, tally, step)
  const { resting } = tally
  const order = resting[Math.floor(step.choice * resting.length)]
  if (!order) return EMPTY
  if (step.type === 'cancel') return tally.follow({ type: 'cancel' }, tally.peer.cancel$(order.id))
  const quantity = amendedTo(tally.market, order, step.share)
  return tally.follow({ type: 'amend', quantity }, tally.peer.amend$(order.id, { quantity }))
}

function tallyOf(tallies: readonly Tally[], step: Step): Tally {
  const ofMarket = tallies.filter(({ market }) => market.id === step.market)
  const tally = ofMarket[step.peer]
  if (!tally) throw new Error(`the flow names peer ${step.peer} in ${step.market}, but there are ${ofMarket.length}`)
  return tally
}

function submit(stage: Stage, tally: Tally, { request, lastsMs }: Step & { type: 'submit' }): Observable<unknown> {
  const expiry = lastsMs === null ? {} : { expiresAt: Math.floor(stage.wallMs(tally.peer.name)) + lastsMs }
  return tally.follow({ type: 'submit' }, tally.peer.submit$({ ...request, ...expiry }))
}
