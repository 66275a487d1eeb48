/**
 * Who lets the time of a simulated stage go by. The virtual clock says what happens when; a driver says when it may: at once, or
 * slowly enough to be watched. What happens is the same.
 */
import type { VirtualClock } from '../sim/virtual-clock.ts'

export interface Driver {
  /** Lets time go by until the condition holds, and says whether it does; false when `limitMs` have gone by. */
  runUntil(condition: () => boolean, limitMs: number): Promise<boolean>
  /** Lets so many virtual milliseconds go by. */
  advance(ms: number): Promise<void>
}

/** All that is to happen happens within the call. */
export function atOnce(clock: VirtualClock): Driver {
  return {
    runUntil: (condition, limitMs) => Promise.resolve(clock.runUntil(condition, limitMs)),
    advance: ms => {
      clock.advance(ms)
      return Promise.resolve()
    },
  }
}
