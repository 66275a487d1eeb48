/**
 * Grenache's HTTP client for RPC, mended: one request to one destination at most once, a hard deadline, a bounded reply that is parsed
 * strictly. On the wire it is the stock client. Fails with a TransportError.
 */
import type http from 'node:http'
import PeerRPCClient from 'grenache-nodejs-http/lib/PeerRPCClient.js'
import TransportRPCClient, { type Request } from 'grenache-nodejs-http/lib/TransportRPCClient.js'
import { type Address, TransportError } from '../transport.ts'
import type { Abandonment } from './abandonment.ts'
import { splitAddress } from './address.ts'
import type { ByteBudget } from './byte-budget.ts'
import { embedded } from './embedding.ts'
import { quoteForeign } from './json.ts'
import { type Post, type PostReply, post } from './post.ts'
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

export class BoundedTransportRPCClient extends TransportRPCClient<ClientConf, RequestOptions> {
  /** Tells the request's callback, and never before it returns. */
  override sendRequest({ rid, key, payload, opts }: Request<RequestOptions>): void {
    this.setLastRequestTime()
    const body = `[${JSON.stringify(rid)},${JSON.stringify(key)},${embedded(payload as string)}]`
    const bytes = Buffer.byteLength(body)
    const { limits, agent, budget, dest } = this.conf
    if (bytes > limits.messageBytesMax) return queueMicrotask(() => this.handleReply(rid, this.#tooLarge(bytes)))
    const asked: Post = {
      ...splitAddress(dest as Address),
      path: '/',
      headers: { 'grc-compress': 'none', 'content-type': 'text/plain;charset=UTF-8' },
      body,
      agent,
      deadlineMs: opts.timeout,
      headersBytesMax: limits.headersBytesMax,
      replyBytesMax: limits.messageBytesMax,
      lease: budget.lease(),
      abandonment: opts.abandonment,
    }
    post(asked, reply => {
      const result = reply instanceof TransportError ? reply : this.#resultIn(reply, rid)
      if (result instanceof TransportError) this.handleReply(rid, result)
      else this.handleReply(rid, null, result)
    })
  }

  #tooLarge(bytes: number): TransportError {
    const sentence = `the request has ${bytes} bytes, ${this.conf.limits.messageBytesMax} are allowed; it was not sent`
    return new TransportError('request_too_large', sentence)
  }

  #resultIn({ status, body }: PostReply, rid: string): string | TransportError {
    const reply = parseReply(body, rid)
    if (reply.kind === 'malformed') return this.#malformed(`HTTP status ${status}: ${reply.sentence}`)
    if (reply.kind === 'error') return this.#answeredWithError(reply.error)
    if (status !== 200) return this.#malformed(`a result with HTTP status ${status}`)
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
