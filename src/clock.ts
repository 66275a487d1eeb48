/**
 * The Clock port: where time comes from. Types only; the shape fits XState's `clock` option.
 * Implementations: the real clock (src/cli), the virtual clock (src/sim).
 */
export interface Clock {
  /** Milliseconds since the Unix epoch: wall time at start plus monotonic time since. May be fractional. */
  now(): number
  /** Runs `task` once, `delayMs` from now. Returns a handle for clearTimeout. */
  setTimeout(task: () => void, delayMs: number): unknown
  clearTimeout(handle: unknown): void
}
