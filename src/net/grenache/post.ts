/**
 * One HTTP POST for everything this room sends, to peers and to grapes: one hard deadline over all of it, a reply that is bounded
 * while it is read, no redirect, no decompression, no second attempt. It rejects with a TransportError and nothing else.
 */
import http from 'node:http'
import { TransportError } from '../transport.ts'
import type { Abandonment } from './abandonment.ts'
import { ReadError, readBounded } from './bounded-reader.ts'
import type { ByteLease } from './byte-budget.ts'

export interface Post {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
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

export function post(it: Post): Promise<PostReply> {
  return new Promise((resolve, reject) => {
    if (it.abandonment.reason) return reject(it.abandonment.reason)
    const request = startRequest(it)
    const end = (): void => {
      clearTimeout(deadline)
      it.abandonment.unlisten(fail)
      it.lease.end()
    }
    const fail = (error: unknown): void => {
      end()
      reject(asTransportError(error, it))
      request.destroy()
    }
    const deadline = setTimeout(() => fail(timedOut(it)), it.deadlineMs)
    let hasResponse = false
    it.abandonment.listen(fail)
    request.on('error', fail)
    request.once('close', () => hasResponse || fail(new Error('it closed the connection without a reply')))
    request.once('response', response => {
      hasResponse = true
      readReply(response, it).finally(end).then(resolve, fail)
    })
    request.end(it.body)
  })
}

function startRequest(it: Post): http.ClientRequest {
  return http.request({
    host: it.host,
    port: it.port,
    path: it.path,
    method: 'POST',
    agent: it.agent,
    headers: { ...it.headers, 'content-length': String(it.body.length) },
    maxHeaderSize: it.headersBytesMax,
  })
}

async function readReply(response: http.IncomingMessage, it: Post): Promise<PostReply> {
  const body = await readBounded(response, it.replyBytesMax, it.lease)
  return { status: response.statusCode ?? 0, body }
}

function timedOut(it: Post): TransportError {
  return new TransportError('timed_out', `${it.host}:${it.port} gave no whole reply within ${it.deadlineMs} ms`)
}

function asTransportError(error: unknown, it: Post): TransportError {
  const from = `${it.host}:${it.port}`
  if (error instanceof TransportError) return error
  if (error instanceof ReadError) return asFailedRead(error, it)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return new TransportError('connection_refused', `${from} refuses connections`)
  if (code.startsWith('HPE_')) return new TransportError('reply_malformed', `${from} does not answer in HTTP (${code})`)
  const why = error instanceof Error ? error.message : String(error)
  return new TransportError('connection_failed', `the connection to ${from} failed: ${code === '' ? why : code}`)
}

function asFailedRead(error: ReadError, it: Post): TransportError {
  const from = `${it.host}:${it.port}`
  switch (error.reason) {
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
