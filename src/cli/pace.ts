/**
 * How long people may look at a moment of a simulation. While something of a trade is under way a virtual millisecond takes as long as
 * a message needs to be followed by eye; greetings and beats pass more quickly, and long silences are cut short.
 */
import type { MessageFrame } from '../inspect/frame.ts'

/** Real milliseconds at speed 1 for a virtual one: a message is under way for 1 to 20 of them. */
const tradeMsPerMs = 40
const quietMsPerMs = 4
const silenceMsMax = 400

/** What peers say all the time, trades or not. */
const routine: ReadonlySet<string> = new Set(['hello', 'beat', 'heads', 'peers', 'goodbye', 'failed'])

export class Pace {
  readonly #underway = new Set<string>()

  /** To be told of every message. */
  seen({ id, stage, copy, name }: MessageFrame): void {
    if (routine.has(name)) return
    if (stage === 'sent') this.#underway.add(`${id}`)
    else if (copy <= 1) this.#underway.delete(`${id}`)
  }

  /** Real milliseconds at speed 1. */
  msFor(virtualMs: number): number {
    const msPerMs = this.#underway.size > 0 ? tradeMsPerMs : quietMsPerMs
    return Math.min(virtualMs * msPerMs, silenceMsMax)
  }
}
