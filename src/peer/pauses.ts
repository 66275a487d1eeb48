/** Addresses that have asked us to wait, and until when. */
import { limits } from '../limits.ts'
import type { Address } from '../net/transport.ts'

export class Pauses {
  /** Oldest first, at most `neighboursMax`: only neighbours and candidates are ever asked for anything. */
  readonly #untilMs = new Map<Address, number>()
  readonly #now: () => number

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  note(address: Address, waitMs: number): void {
    const untilMs = Math.max(this.#now() + waitMs, this.#untilMs.get(address) ?? 0)
    this.#untilMs.delete(address)
    this.#untilMs.set(address, untilMs)
    const [oldest] = this.#untilMs.keys()
    if (this.#untilMs.size > limits.neighboursMax && oldest !== undefined) this.#untilMs.delete(oldest)
  }

  /** Milliseconds to wait before this address is asked again; 0 when it may be asked now. */
  of(address: Address): number {
    const waitMs = (this.#untilMs.get(address) ?? 0) - this.#now()
    if (waitMs > 0) return waitMs
    this.#untilMs.delete(address)
    return 0
  }
}
