/**
 * Grenache's HTTP client for RPC, mended: one request to one destination at most once, a hard deadline, a bounded reply that is parsed
 * strictly. On the wire it is the stock client, until the other side says that it opens lines. Fails with a TransportError.
 */
import diagnostics from 'node:diagnostics_channel'
import type http from 'node:http'
import PeerRPCClient from 'grenache-nodejs-http/lib/PeerRPCClient.js'
import TransportRPCClient, { type Request } from 'grenache-nodejs-http/lib/TransportRPCClient.js'
import { type Address, TransportError } from '../transport.ts'
import type { Abandonment } from './abandonment.ts'
import { splitAddress } from './address.ts'
import type { Asked } from './awaited-reply.ts'
import type { ByteBudget } from './byte-budget.ts'
import { embedded } from './embedding.ts'
import { quoteForeign } from './json.ts'
import { lineHeader, type LineReply, Lines } from './line.ts'
import { post, type PostReply } from './post.ts'
import { isRefusal } from './refusals.ts'
import { parseReply } from './reply-parser.ts'
import type { TransportLimits } from './transport-limits.ts'

export interface ClientConf {
  readonly limits: TransportLimits
  readonly agent: http.Agent
  readonly budget: ByteBudget
  /** Grenache's own: requests to one address share one transport, which is dropped after this silence. */
  readonly maxActiveDestTransports: number
  readonly inactivityTimeout: number
}

const stockHeaders = { 'grc-compress': 'none', 'content-type': 'text/plain;charset=UTF-8' }

export interface RequestOptions {
  readonly timeout: number
  readonly abandonment: Abandonment
}

export class BoundedPeerRPCClient extends PeerRPCClient<ClientConf> {
  override getTransportClass(): typeof BoundedTransportRPCClient {
    return BoundedTransportRPCClient
  }

  override transport(address: Address): BoundedTransportRPCClient {
    return super.transport(address) as BoundedTransportRPCClient
  }
}

/** Each request to a peer is told here as a RequestStarted, when anybody listens. */
export const requestsStarted = diagnostics.channel('peerbook.request.start')

export interface RequestStarted {
  readonly address: Address
}

export class BoundedTransportRPCClient extends TransportRPCClient<ClientConf, RequestOptions> {
  readonly #lines = new Lines(this.conf.limits.connectionIdleMsMax, this.conf.limits.lineRetryMs)

  /** Tells the request's callback, and never before it returns. */
  override sendRequest({ rid, key, payload, opts }: Request<RequestOptions>): void {
    this.setLastRequestTime()
    const body = `[${JSON.stringify(rid)},${JSON.stringify(key)},${embedded(payload as string)}]`
    const bytes = Buffer.byteLength(body)
    const { limits, agent, budget, dest } = this.conf
    if (bytes > limits.messageBytesMax) return queueMicrotask(() => this.handleReply(rid, this.#tooLarge(bytes)))
    if (requestsStarted.hasSubscribers) requestsStarted.publish({ address: dest as Address } satisfies RequestStarted)
    const asked: Asked = {
      ...splitAddress(dest as Address),
      body,
      deadlineMs: opts.timeout,
      headersBytesMax: limits.headersBytesMax,
      replyBytesMax: limits.messageBytesMax,
      lease: budget.lease(),
      abandonment: opts.abandonment,
    }
    const tell = (reply: PostReply | LineReply | TransportError) => this.#tell(rid, reply)
    if (this.#lines.isOffered) this.#lines.ask(asked, tell)
    else post({ ...asked, path: '/', headers: stockHeaders, agent }, tell)
  }

  override _stop(): void {
    super._stop()
    this.#lines.close()
  }

  #tell(rid: string, reply: PostReply | LineReply | TransportError): void {
    if (!(reply instanceof TransportError) && 'headers' in reply) this.#lines.noteOffer(reply.headers[lineHeader])
    const result = reply instanceof TransportError ? reply : this.#resultIn(reply, rid)
    if (result instanceof TransportError) this.handleReply(rid, result)
    else this.handleReply(rid, null, result)
  }

  #tooLarge(bytes: number): TransportError {
    const sentence = `the request has ${bytes} bytes, ${this.conf.limits.messageBytesMax} are allowed; it was not sent`
    return new TransportError('request_too_large', sentence)
  }

  #resultIn(it: PostReply | LineReply, rid: string): string | TransportError {
    const reply = parseReply(it.body, rid)
    if (reply.kind === 'malformed') return this.#malformed(`${statusIn(it)}: ${reply.sentence}`)
    if (reply.kind === 'error') return this.#answeredWithError(reply.error)
    if ('status' in it && it.status !== 200) return this.#malformed(`a result with ${statusIn(it)}`)
    return reply.result
  }

  #malformed(sentence: string): TransportError {
    return new TransportError('reply_malformed', `${this.conf.dest}: ${sentence}`)
  }

  #answeredWithError(error: string): TransportError {
    const reason = isRefusal(error, 'reply_too_large') ? 'reply_too_large' : 'reply_is_error'
    return new TransportError(reason, `${this.conf.dest} answered with the error ${quoteForeign(error)}`)
  }
}

function statusIn(it: PostReply | LineReply): string {
  return 'status' in it ? `HTTP status ${it.status}` : 'over a line'
}
