/** Reads one HTTP message's body with a limit that holds while reading, whatever the headers promise. Decompresses nothing. */
import type { IncomingMessage } from 'node:http'
import type { ByteLease } from './byte-budget.ts'
import { GrowingBody } from './growing-body.ts'

export type ReadFailure = 'too_large' | 'over_budget' | 'cut_off'

/** A whole body, or why there is none. */
export type Read = { readonly body: Buffer } | { readonly failure: ReadFailure }

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
