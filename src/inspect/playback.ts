/**
 * How fast a play goes, and whether it goes at all: pause, single steps, speed. Whoever plays asks for its turn before each thing that
 * happens, and says whether anybody could see it. Real time comes in as a clock.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { ViewerCommand } from './frame.ts'

export interface PlaybackState {
  readonly isPaused: boolean
  readonly speed: number
}

/** Shorter waits are put off until they are worth a timer. */
const waitMsMin = 4

export class Playback {
  readonly #clock: Clock
  readonly #changed: () => void
  #isPaused = false
  #isStepping = false
  #isOver = false
  #speed: number
  /** Ends the present wait, so that what has changed counts at once. */
  #wake: () => void = () => undefined
  /** What is still to be waited, at speed 1. */
  #owedMs = 0

  /** `changed` is called when the state has. */
  constructor(clock: Clock, changed: () => void, speed = 1) {
    this.#clock = clock
    this.#changed = changed
    this.#speed = speed
  }

  get state(): PlaybackState {
    return { isPaused: this.#isPaused, speed: this.#speed }
  }

  obey(command: ViewerCommand): void {
    switch (command.type) {
      case 'pause':
        this.#isPaused = true
        break
      case 'resume':
        this.#isPaused = false
        break
      case 'step':
        this.#isPaused = true
        this.#isStepping = true
        break
      case 'speed':
        this.#speed = Math.min(Math.max(command.speed, limits.inspectSpeedMin), limits.inspectSpeedMax)
        break
    }
    this.#changed()
    this.#wake()
  }

  /** No more waiting: what is left is played at once. */
  end(): void {
    this.#isOver = true
    this.#wake()
  }

  /** Resolves when it may go on: after so many milliseconds at speed 1, at once in a single step, never while it is paused. */
  async turn(delayMs: number): Promise<void> {
    this.#owedMs += delayMs
    while (!this.#isOver && !this.#isStepping) {
      if (this.#isPaused) await this.#wait(null)
      else if (this.#owedMs < waitMsMin * this.#speed) return
      else await this.#wait(this.#owedMs / this.#speed)
    }
    this.#owedMs = 0
  }

  /** Something has happened that can be seen: a single step is over. */
  seen(): void {
    this.#isStepping = false
  }

  /** Waits so long, or until something changes, and takes what has been waited off what is owed. */
  async #wait(ms: number | null): Promise<void> {
    const startMs = this.#clock.now()
    const speed = this.#speed
    await new Promise<void>(resolve => {
      const timer = ms === null ? undefined : this.#clock.setTimeout(resolve, ms)
      this.#wake = () => {
        if (timer !== undefined) this.#clock.clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => undefined
    if (ms !== null) this.#owedMs = Math.max(0, this.#owedMs - (this.#clock.now() - startMs) * speed)
  }
}
