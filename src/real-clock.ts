/** The Clock port in real time: wall time at start plus monotonic time since, so that it never runs backwards. */
import type { Clock } from './clock.ts'

export function realClock(): Clock {
  return {
    now: () => performance.timeOrigin + performance.now(),
    setTimeout: (task, delayMs) => setTimeout(task, delayMs),
    clearTimeout: handle => clearTimeout(handle as NodeJS.Timeout),
  }
}
