/**
 * One HTTP POST, to a grape or to a peer with which there is no line: one hard deadline over all of it, a reply that is bounded
 * while it is read, no redirect, no decompression, no second attempt. It fails with a TransportError and nothing else.
 */
import http, { type IncomingHttpHeaders } from 'node:http'
import { AwaitedReply, type Asked, type Tell } from './awaited-reply.ts'
import { writable } from './body-text.ts'
import { readBounded } from './bounded-reader.ts'

export interface Post extends Asked {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly agent: http.Agent
}

export interface PostReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export function post(it: Post, tell: Tell<PostReply>): void {
  const { reason } = it.abandonment
  if (reason) return queueMicrotask(() => tell(reason))
  const request = startRequest(it)
  const awaited = new AwaitedReply(it, request, tell)
  let hasResponse = false
  request.on('error', error => awaited.fail(error))
  request.once('close', () => hasResponse || awaited.fail(new Error('it closed the connection without a reply')))
  request.once('response', response => {
    hasResponse = true
    readBounded(response, it.replyBytesMax, it.lease, read => {
      if ('failure' in read) return awaited.failRead(read.failure)
      awaited.succeed({ status: response.statusCode ?? 0, headers: response.headers, body: read.body })
    })
  })
  request.end(writable(it.body))
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
