/** Lets the time of a simulated stage go by slowly enough to be watched. What happens in it is the same as at once. */
import type { Playback } from '../inspect/playback.ts'
import type { Driver } from '../scenario/driver.ts'
import type { VirtualClock } from '../sim/virtual-clock.ts'
import type { Pace } from './pace.ts'

/** `shown` counts what could be seen so far: a single step ends with the first thing that can. */
export function pacedDriver(clock: VirtualClock, playback: Playback, pace: Pace, shown: () => number): Driver {
  const stepUntil = async (untilMs: number): Promise<boolean> => {
    const dueMs = clock.nextDueMs ?? Number.POSITIVE_INFINITY
    const nextMs = Math.min(dueMs, untilMs)
    await playback.turn(pace.msFor(nextMs - clock.now()))
    if (dueMs > untilMs) {
      clock.advance(untilMs - clock.now())
      return false
    }
    const before = shown()
    clock.step()
    if (shown() > before) playback.seen()
    return true
  }
  return {
    runUntil: async (condition, limitMs) => {
      const untilMs = clock.now() + limitMs
      while (!condition()) if (!(await stepUntil(untilMs))) return false
      return true
    },
    advance: async ms => {
      const untilMs = clock.now() + ms
      let goesOn = true
      while (goesOn) goesOn = await stepUntil(untilMs)
    },
  }
}
