/** Reads one HTTP message's body with a limit that holds while reading, whatever the headers promise. Decompresses nothing. */
import type { IncomingMessage } from 'node:http'
import type { ByteLease } from './byte-budget.ts'

export type ReadFailure = 'too_large' | 'over_budget' | 'cut_off'

export class ReadError extends Error {
  override readonly name = 'ReadError'
  readonly reason: ReadFailure
  constructor(reason: ReadFailure) {
    super(`the body was not read: ${reason}`)
    this.reason = reason
  }
}

const firstBytes = 1_024

/** Resolves with the body, or rejects with a ReadError. The caller decides what becomes of the connection. */
export function readBounded(message: IncomingMessage, bytesMax: number, lease: ByteLease): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(message.headers['content-length']) > bytesMax) return reject(new ReadError('too_large'))
    const body = new GrowingBody(bytesMax, lease)
    const read = (chunk: Buffer): void => {
      const failure = body.add(chunk)
      if (failure === undefined) return
      message.off('data', read)
      reject(new ReadError(failure))
    }
    message.on('data', read)
    message.once('end', () => resolve(body.bytes()))
    message.once('close', () => {
      if (!message.readableEnded) reject(new ReadError('cut_off'))
    })
    // An error is always followed by the close.
    message.on('error', () => undefined)
  })
}

/**
 * A body of one chunk is that chunk. More are copied into one buffer that doubles: a list of chunks would let a million one-byte chunks
 * hold far more than their bytes.
 */
class GrowingBody {
  readonly #bytesMax: number
  readonly #lease: ByteLease
  #buffer: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(bytesMax: number, lease: ByteLease) {
    this.#bytesMax = bytesMax
    this.#lease = lease
  }

  add(chunk: Buffer): ReadFailure | undefined {
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

  #begin(chunk: Buffer): ReadFailure | undefined {
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
