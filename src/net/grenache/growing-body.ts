/**
 * A body that is being read. One that comes as one chunk is that chunk. More are copied into one buffer that doubles: a list of chunks
 * would let a million one-byte chunks hold far more than their bytes.
 */
import type { ByteLease } from './byte-budget.ts'

const firstBytes = 1_024

export class GrowingBody {
  readonly #bytesMax: number
  readonly #lease: ByteLease
  #buffer: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(bytesMax: number, lease: ByteLease) {
    this.#bytesMax = bytesMax
    this.#lease = lease
  }

  get length(): number {
    return this.#length
  }

  add(chunk: Buffer): 'too_large' | 'over_budget' | undefined {
    const length = this.#length + chunk.length
    if (length > this.#bytesMax) return 'too_large'
    if (this.#length === 0) return this.#begin(chunk)
    if (length > this.#buffer.length && !this.#grow(length)) return 'over_budget'
    chunk.copy(this.#buffer, this.#length)
    this.#length = length
    return undefined
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #begin(chunk: Buffer): 'over_budget' | undefined {
    if (!this.#lease.take(chunk.length)) return 'over_budget'
    this.#buffer = chunk
    this.#length = chunk.length
    return undefined
  }

  #grow(length: number): boolean {
    const capacity = Math.max(length, this.#buffer.length * 2, firstBytes)
    if (!this.#lease.take(capacity - this.#buffer.length)) return false
    const grown = Buffer.allocUnsafe(capacity)
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
    return true
  }
}
