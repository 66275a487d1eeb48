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

/** The greatest id that can be made from a stamp, whatever chance adds: ids up to it are from this stamp or an earlier one. */
export function lastIdOf(stamp: Stamp): string {
  const counter = counterOf(stamp)
  const [high, middle, low] = [counter >>> 20, (counter >>> 6) & 0x3fff, ((counter << 2) & 0xfc) | 3]
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  return `${stamp.slice(0, 8)}-${stamp.slice(8, 12)}-7${hex(high, 3)}-${hex(0x8000 | middle, 4)}-${hex(low, 2)}ffffffffff`
}

export class HybridClock {
  readonly #now: () => number
  // Numbers, and text only where a stamp is shown: every order has an id from this clock.
  #ms = 0
  #counter = 0

  /** `now` gives milliseconds since the Unix epoch. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds and counter of the latest stamp given or observed. */
  get ms(): number {
    return this.#ms
  }

  get counter(): number {
    return this.#counter
  }

  /** A stamp later than every stamp given or observed so far. */
  next(): Stamp {
    this.advance()
    return stampOf(this.#ms, this.#counter)
  }

  /** Goes on to the next stamp without writing it out. */
  advance(): void {
    const wallMs = Math.floor(this.#now())
    if (wallMs > this.#ms) this.#set(wallMs, 0)
    else if (this.#counter < counterMax) this.#counter += 1
    else this.#set(this.#ms + 1, 0)
  }

  /** Takes note of somebody else's stamp. The caller has made sure that it is not far ahead of the wall clock. */
  observe(stamp: Stamp): void {
    const [ms, counter] = [millisecondsOf(stamp), counterOf(stamp)]
    if (ms > this.#ms || (ms === this.#ms && counter > this.#counter)) this.#set(ms, counter)
  }

  /** How many milliseconds a stamp is ahead of this peer's wall clock; negative when it lies in the past. */
  aheadMs(stamp: Stamp): number {
    return millisecondsOf(stamp) - this.#now()
  }

  #set(ms: number, counter: number): void {
    this.#ms = ms
    this.#counter = counter
  }
}
