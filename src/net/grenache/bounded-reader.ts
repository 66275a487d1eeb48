/** Reads one HTTP message's body with a limit that holds while reading, whatever the headers promise. Decompresses nothing. */
import type { IncomingMessage } from 'node:http'
import type { ByteLease } from './byte-budget.ts'

export type ReadFailure = 'too_large' | 'over_budget' | 'cut_off'

/** A whole body, or why there is none. */
export type Read = { readonly body: Buffer } | { readonly failure: ReadFailure }

const firstBytes = 1_024

/** Tells once what has become of it. The caller decides what becomes of the connection. */
export function readBounded(
  message: IncomingMessage,
  bytesMax: number,
  lease: ByteLease,
  done: (read: Read) => void,
): void {
  if (Number(message.headers['content-length']) > bytesMax) return done({ failure: 'too_large' })
  const reading = new Reading(new GrowingBody(bytesMax, lease), done)
  message.on('data', (chunk: Buffer) => reading.take(chunk))
  message.once('end', () => reading.complete())
  message.once('close', () => reading.end({ failure: 'cut_off' }))
  // An error is always followed by the close.
  message.on('error', () => undefined)
}

/** A message that is being read, until something ends that. */
class Reading {
  readonly #body: GrowingBody
  readonly #done: (read: Read) => void
  #isOver = false

  constructor(body: GrowingBody, done: (read: Read) => void) {
    this.#body = body
    this.#done = done
  }

  take(chunk: Buffer): void {
    const failure = this.#isOver ? undefined : this.#body.add(chunk)
    if (failure !== undefined) this.end({ failure })
  }

  complete(): void {
    this.end({ body: this.#body.bytes() })
  }

  /** The first call counts. */
  end(read: Read): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#done(read)
  }
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
