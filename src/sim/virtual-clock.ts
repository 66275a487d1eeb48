/**
 * A clock that stands still until it is told to go on, and then steps from deadline to deadline: a task that a task has
 * set runs at its own time, also within one advance. Never looks at real time, never runs a task in its setter's stack.
 */
import type { Clock } from '../clock.ts'
import { TaskQueue } from './task-queue.ts'
import type { Task } from './task-queue.ts'

export interface VirtualClockOptions {
  /** Milliseconds since the Unix epoch at which the clock begins. */
  readonly startMs?: number
  /** Tasks run without time passing, beyond which the clock takes them for a livelock. */
  readonly tasksAtOneInstantMax?: number
  /** Called after every task. */
  readonly stepped?: () => void
}

/** 2026-01-01T00:00:00Z: late enough for UUIDv7, the same in every run. */
const newYear2026Ms = 1_767_225_600_000

export class VirtualClock implements Clock {
  readonly #tasks = new TaskQueue()
  readonly #tasksAtOneInstantMax: number
  readonly #startMs: number
  readonly #stepped: (() => void) | undefined
  #nowMs: number
  #tasksAtThisInstant = 0
  #isStepping = false

  constructor({ startMs = newYear2026Ms, tasksAtOneInstantMax = 100_000, stepped }: VirtualClockOptions = {}) {
    this.#stepped = stepped
    this.#startMs = startMs
    this.#nowMs = startMs
    this.#tasksAtOneInstantMax = tasksAtOneInstantMax
  }

  now(): number {
    return this.#nowMs
  }

  /** Tasks that are set and have neither run nor been cleared. */
  get pendingTasks(): number {
    return this.#tasks.size
  }

  /** When the next task is due; undefined when none is set. */
  get nextDueMs(): number | undefined {
    return this.#tasks.first?.dueMs
  }

  /** A negative delay is none. The task runs in a later step even when it is due now. */
  setTimeout(task: () => void, delayMs: number): unknown {
    if (!Number.isFinite(delayMs)) throw new Error(`virtual clock: a delay must be finite, not ${delayMs}`)
    return this.#tasks.add(task, this.#nowMs + Math.max(0, delayMs))
  }

  /** Anything but a handle of a task that has still to run is ignored, as with real clocks. */
  clearTimeout(handle: unknown): void {
    if (isTask(handle)) this.#tasks.remove(handle)
  }

  /** Goes to the next deadline and runs its first task. False when there is none. What the task throws passes through. */
  step(): boolean {
    const task = this.#tasks.first
    if (task === undefined) return false
    if (this.#isStepping) throw new Error('virtual clock: a task must not step the clock that runs it')
    this.#tasks.remove(task)
    this.#goTo(task.dueMs)
    this.#count()
    this.#run(task)
    return true
  }

  /** Runs everything that falls due within the next `ms`, in order, and ends exactly there. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new Error(`virtual clock: time does not go back by ${ms} ms`)
    const untilMs = this.#nowMs + ms
    while (this.#isDueBy(untilMs)) this.step()
    this.#goTo(untilMs)
  }

  /**
   * Steps until the condition holds, and says whether it does. Gives up `limitMs` from now, and then stands there;
   * the condition is asked before the first step and after each.
   */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const untilMs = this.#nowMs + limitMs
    while (!condition()) {
      if (!this.#isDueBy(untilMs)) {
        this.#goTo(untilMs)
        return false
      }
      this.step()
    }
    return true
  }

  /** The same time as somebody sees it whose clock is `aheadMs` ahead (negative: behind). Delays are the same for all. */
  view(aheadMs: number): Clock {
    return {
      now: () => this.#nowMs + aheadMs,
      setTimeout: (task, delayMs) => this.setTimeout(task, delayMs),
      clearTimeout: handle => this.clearTimeout(handle),
    }
  }

  #isDueBy(untilMs: number): boolean {
    const task = this.#tasks.first
    return task !== undefined && task.dueMs <= untilMs
  }

  #goTo(nextMs: number): void {
    if (nextMs > this.#nowMs) this.#tasksAtThisInstant = 0
    this.#nowMs = nextMs
  }

  #count(): void {
    this.#tasksAtThisInstant += 1
    if (this.#tasksAtThisInstant <= this.#tasksAtOneInstantMax) return
    throw new Error(
      `virtual clock: ${this.#tasksAtThisInstant} tasks without time passing, ${this.#nowMs - this.#startMs} ms after its start, look like a livelock`,
    )
  }

  #run(task: Task): void {
    this.#isStepping = true
    try {
      task.run()
    } finally {
      this.#isStepping = false
    }
    this.#stepped?.()
  }
}

function isTask(handle: unknown): handle is Task {
  return typeof handle === 'object' && handle !== null && 'position' in handle && 'order' in handle
}
