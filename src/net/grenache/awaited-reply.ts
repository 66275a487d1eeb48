/**
 * One reply that is awaited from one address, whatever carries the request, until the first of these: it is there, the deadline is over,
 * nobody waits for it any more, or what carries it has failed. Fails with a TransportError and nothing else.
 */
import { TransportError } from '../transport.ts'
import type { Abandoned, Abandonment } from './abandonment.ts'
import type { ReadFailure } from './bounded-reader.ts'
import type { ByteLease } from './byte-budget.ts'

/** What is asked of whom, and what the reply may take. */
export interface Asked {
  readonly host: string
  readonly port: number
  readonly body: string
  readonly deadlineMs: number
  readonly headersBytesMax: number
  readonly replyBytesMax: number
  readonly lease: ByteLease
  /** Ends the wait with its reason. */
  readonly abandonment: Abandonment
}

/** What carries a request, and ends with it when it fails. */
export interface Carrier {
  destroy(): unknown
}

/** Told once, never before what asks has returned, and not before the connection is free for what is asked next. */
export type Tell<Reply> = (reply: Reply | TransportError) => void

export class AwaitedReply<Reply> implements Abandoned {
  carrier: Carrier
  readonly #asked: Asked
  readonly #tell: Tell<Reply>
  readonly #deadline: NodeJS.Timeout
  #isOver = false

  constructor(asked: Asked, carrier: Carrier, tell: Tell<Reply>) {
    this.#asked = asked
    this.carrier = carrier
    this.#tell = tell
    this.#deadline = setTimeout(() => this.fail(timedOut(asked)), asked.deadlineMs)
    asked.abandonment.listen(this)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  fail(error: Error): void {
    if (this.#isOver) return
    this.#end(asTransportError(error, this.#asked))
    this.carrier.destroy()
  }

  failRead(failure: ReadFailure): void {
    this.fail(asFailedRead(failure, this.#asked))
  }

  succeed(reply: Reply): void {
    this.#end(reply)
  }

  /** The first call counts. */
  #end(reply: Reply | TransportError): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.#asked.abandonment.unlisten(this)
    this.#asked.lease.end()
    queueMicrotask(() => this.#tell(reply))
  }
}

function timedOut(it: Asked): TransportError {
  return new TransportError('timed_out', `${it.host}:${it.port} gave no whole reply within ${it.deadlineMs} ms`)
}

function asTransportError(error: Error, it: Asked): TransportError {
  const from = `${it.host}:${it.port}`
  if (error instanceof TransportError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return new TransportError('connection_refused', `${from} refuses connections`)
  if (code.startsWith('HPE_')) return new TransportError('reply_malformed', `${from} does not answer in HTTP (${code})`)
  const why = code === '' ? error.message : code
  return new TransportError('connection_failed', `the connection to ${from} failed: ${why}`)
}

function asFailedRead(failure: ReadFailure, it: Asked): TransportError {
  const from = `${it.host}:${it.port}`
  switch (failure) {
    case 'too_large':
      return new TransportError('reply_too_large', `the reply of ${from} is larger than ${it.replyBytesMax} bytes`)
    case 'over_budget':
      return new TransportError(
        'connection_failed',
        `the reply of ${from} was dropped: too many replies are being read`,
      )
    case 'cut_off':
      return new TransportError('connection_failed', `${from} broke off its reply`)
  }
}
