/**
 * All orders of one engine as records of sixteen integers in one typed array: 64 bytes each, so that an order is read from memory at
 * one stroke. A handle is where the record begins; it means the order from `take` to `give`. Which field is what:
 */

import { limits } from '../../limits.ts'
import { nothing } from '../price-ladder.ts'
import { grown } from '../price-ladder.ts'

export const ID = 0
/** Ticks; 0 of a dormant stop that becomes a market order. */
export const PRICE = 1
/** Lots that rest, for others to see. */
export const REMAINING = 2
/** The orders behind and before this one at its level. */
export const NEXT = 3
export const PREVIOUS = 4
/** The level at which it waits in its ladder. */
export const LEVEL = 5
/** 0: none. */
export const ACCOUNT = 6
/** A flag of flags.ts in each bit. */
export const FLAGS = 7
/** Lots that it is for: what is filled and all that is left. */
export const QUANTITY = 8
/** Of an iceberg: lots that are not shown yet. 0 in all others. */
export const HIDDEN = 9
/** Of an iceberg: lots that it shows at a time. */
export const DISPLAYED = 10
/** Of a stop: the trade price at which it wakes up. */
export const TRIGGER = 11
/** The other leg of a pair. */
export const PARTNER = 12
/** Of a stop: lots that it must trade at once when it is triggered; 0: any. */
export const MINIMUM = 13

const recordSize = 16
const recordsAtFirst = 64

export class OrderPool {
  /** Public since the engine reads fields at every step: `words[order + PRICE]`. Another array after each `take`. */
  words: Int32Array = new Int32Array(recordsAtFirst * recordSize)
  /** The handle of the first record that has never been used. */
  #unused = recordSize
  /** Records given back, linked by NEXT. */
  #given = nothing
  size = 0

  get isFull(): boolean {
    return this.size >= limits.engineOrdersMax
  }

  /** A record in which everything is left as it was: all that is read must be written. */
  take(): number {
    this.size += 1
    const order = this.#given
    if (order === nothing) return this.#takeUnused()
    this.#given = this.words[order + NEXT] as number
    return order
  }

  /** `order` no longer means anything. */
  give(order: number): void {
    this.words[order + NEXT] = this.#given
    this.#given = order
    this.size -= 1
  }

  #takeUnused(): number {
    if (this.#unused === this.words.length) this.words = grown(this.words)
    const order = this.#unused
    this.#unused += recordSize
    return order
  }
}
