/**
 * A hybrid logical clock: wall time that never runs backwards and is always later than everything it has heard.
 * Source: Kulkarni et al., "Logical Physical Clocks", 2014. It takes the wall time as an argument and never reads one.
 */

/**
 * 20 hexadecimal digits: 12 for milliseconds since the Unix epoch, 8 for a counter within the millisecond. Stamps order as text,
 * and the first digits of a UUIDv7 made from a stamp order like the stamp.
 */
export type Stamp = string & { readonly __brand: 'Stamp' }

const counterMax = 2 ** 32 - 1

export function stampOf(ms: number, counter: number): Stamp {
  return (ms.toString(16).padStart(12, '0') + counter.toString(16).padStart(8, '0')) as Stamp
}

export function millisecondsOf(stamp: Stamp): number {
  return Number.parseInt(stamp.slice(0, 12), 16)
}

export function counterOf(stamp: Stamp): number {
  return Number.parseInt(stamp.slice(12), 16)
}

/** The stamp that a UUIDv7 was made from: 48 bits of time, then the 32 bits behind it that are neither version nor variant (RFC 9562, 5.7). */
export function stampOfId(id: string): Stamp {
  const digits = id.replaceAll('-', '')
  const high = Number.parseInt(digits.slice(13, 16), 16)
  const low = Number.parseInt(digits.slice(16, 22), 16) & 0x3f_ffff
  const counter = high * 2 ** 20 + Math.floor(low / 4)
  return stampOf(Number.parseInt(digits.slice(0, 12), 16), counter)
}

export class HybridClock {
  readonly #now: () => number
  #last = stampOf(0, 0)

  /** `now` gives milliseconds since the Unix epoch. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** A stamp later than every stamp given or observed so far. */
  next(): Stamp {
    const wall = stampOf(Math.max(0, Math.floor(this.#now())), 0)
    this.#last = wall > this.#last ? wall : successor(this.#last)
    return this.#last
  }

  /** Takes note of somebody else's stamp. The caller has made sure that it is not far ahead of the wall clock. */
  observe(stamp: Stamp): void {
    if (stamp > this.#last) this.#last = stamp
  }

  /** How many milliseconds a stamp is ahead of this peer's wall clock; negative when it lies in the past. */
  aheadMs(stamp: Stamp): number {
    return millisecondsOf(stamp) - this.#now()
  }
}

function successor(stamp: Stamp): Stamp {
  const counter = counterOf(stamp)
  return counter < counterMax ? stampOf(millisecondsOf(stamp), counter + 1) : stampOf(millisecondsOf(stamp) + 1, 0)
}
