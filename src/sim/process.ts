/**
 * One process on a simulated host, from its start to its death. Nothing of it runs after that: its timers are silent, its journals
 * are closed, its transport is gone. While its host is paused its timers wait, and run when it goes on.
 */
import type { Clock } from '../clock.ts'
import type { CrashPoint } from './simulated-disk.ts'

export interface ProcessOptions {
  /** The clock by which time goes for everybody. */
  readonly time: Clock
  /** The time of day that its host shows: it may be wrong. */
  readonly now: () => number
  /** When the host goes on after a pause; in the past when it is not paused. */
  readonly pausedUntilMs: () => number
}

export class Process {
  readonly #options: ProcessOptions
  #isAlive = true
  #trap: { readonly point: CrashPoint; readonly die: () => void } | null = null

  constructor(options: ProcessOptions) {
    this.#options = options
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Time as this process sees it. */
  readonly clock: Clock = {
    now: () => this.#options.now(),
    setTimeout: (task, delayMs) => this.#setTimeout(task, delayMs),
    clearTimeout: handle => {
      if (isTimer(handle)) this.#options.time.clearTimeout(handle.inner)
    },
  }

  /** `die` is called when a commit next reaches the point. */
  arm(point: CrashPoint, die: () => void): void {
    this.#trap = { point, die }
  }

  /** A commit has got so far. */
  reach(point: CrashPoint): void {
    if (this.#trap?.point !== point) return
    const { die } = this.#trap
    this.#trap = null
    die()
  }

  end(): void {
    this.#isAlive = false
    this.#trap = null
  }

  #setTimeout(task: () => void, delayMs: number): Timer {
    const timer: Timer = { inner: undefined }
    this.#wake(timer, task, delayMs)
    return timer
  }

  #wake(timer: Timer, task: () => void, delayMs: number): void {
    const { time, pausedUntilMs } = this.#options
    timer.inner = time.setTimeout(() => {
      if (!this.#isAlive) return
      const waitMs = pausedUntilMs() - time.now()
      if (waitMs > 0) this.#wake(timer, task, waitMs)
      else task()
    }, delayMs)
  }
}

/** `inner`: the handle of the clock by which time goes. */
interface Timer {
  inner: unknown
}

function isTimer(handle: unknown): handle is Timer {
  return typeof handle === 'object' && handle !== null && 'inner' in handle
}
