/**
 * One HTTP POST for everything this room sends, to peers and to grapes: one hard deadline over all of it, a reply that is bounded
 * while it is read, no redirect, no decompression, no second attempt. It fails with a TransportError and nothing else.
 */
import http from 'node:http'
import { TransportError } from '../transport.ts'
import type { Abandonment } from './abandonment.ts'
import { writable } from './body-text.ts'
import { readBounded, type ReadFailure } from './bounded-reader.ts'
import type { ByteLease } from './byte-budget.ts'

export interface Post {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly agent: http.Agent
  readonly deadlineMs: number
  readonly headersBytesMax: number
  readonly replyBytesMax: number
  readonly lease: ByteLease
  /** Ends the POST with its reason. */
  readonly abandonment: Abandonment
}

export interface PostReply {
  readonly status: number
  readonly body: Buffer
}

type Tell = (reply: PostReply | TransportError) => void

/** Tells once, never before it returns, and not before the connection is free for what is asked next. */
export function post(it: Post, tell: Tell): void {
  const { reason } = it.abandonment
  if (reason) return queueMicrotask(() => tell(reason))
  const posting = new Posting(it, startRequest(it), tell)
  posting.begin()
}

/** A POST on its way, until something ends it. */
class Posting {
  readonly #post: Post
  readonly #request: http.ClientRequest
  readonly #tell: Tell
  readonly #deadline: NodeJS.Timeout
  #hasResponse = false
  #isOver = false

  constructor(post: Post, request: http.ClientRequest, tell: Tell) {
    this.#post = post
    this.#request = request
    this.#tell = tell
    this.#deadline = setTimeout(() => this.fail(timedOut(post)), post.deadlineMs)
  }

  begin(): void {
    const request = this.#request
    this.#post.abandonment.listen(this)
    request.on('error', error => this.fail(error))
    request.once('close', () => this.#hasResponse || this.fail(new Error('it closed the connection without a reply')))
    request.once('response', response => this.#read(response))
    request.end(writable(this.#post.body))
  }

  fail(error: Error): void {
    this.#request.destroy()
    this.#end(asTransportError(error, this.#post))
  }

  #read(response: http.IncomingMessage): void {
    this.#hasResponse = true
    readBounded(response, this.#post.replyBytesMax, this.#post.lease, read => {
      if ('body' in read) this.#end({ status: response.statusCode ?? 0, body: read.body })
      else this.fail(asFailedRead(read.failure, this.#post))
    })
  }

  #end(reply: PostReply | TransportError): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.#post.abandonment.unlisten(this)
    this.#post.lease.end()
    queueMicrotask(() => this.#tell(reply))
  }
}

function startRequest(it: Post): http.ClientRequest {
  return http.request({
    host: it.host,
    port: it.port,
    path: it.path,
    method: 'POST',
    agent: it.agent,
    headers: { ...it.headers, 'content-length': String(Buffer.byteLength(it.body)) },
    maxHeaderSize: it.headersBytesMax,
  })
}

function timedOut(it: Post): TransportError {
  return new TransportError('timed_out', `${it.host}:${it.port} gave no whole reply within ${it.deadlineMs} ms`)
}

function asTransportError(error: Error, it: Post): TransportError {
  const from = `${it.host}:${it.port}`
  if (error instanceof TransportError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return new TransportError('connection_refused', `${from} refuses connections`)
  if (code.startsWith('HPE_')) return new TransportError('reply_malformed', `${from} does not answer in HTTP (${code})`)
  const why = code === '' ? error.message : code
  return new TransportError('connection_failed', `the connection to ${from} failed: ${why}`)
}

function asFailedRead(failure: ReadFailure, it: Post): TransportError {
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
