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
import { type PostReply, post } from './post.ts'
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
  override sendRequest(request: Request<RequestOptions>): void {
    this.setLastRequestTime()
    this.#exchange(request).then(
      result => this.handleReply(request.rid, null, result),
      (error: unknown) => this.handleReply(request.rid, error as Error),
    )
  }

  async #exchange({ rid, key, payload, opts }: Request<RequestOptions>): Promise<string> {
    const body = Buffer.from(`[${JSON.stringify(rid)},${JSON.stringify(key)},${embedded(payload as string)}]`)
    this.#assertFits(body.length)
    const { limits, agent, budget, dest } = this.conf
    const reply = await post({
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
    })
    return this.#read(reply, rid)
  }

  #assertFits(bytes: number): void {
    const { messageBytesMax } = this.conf.limits
    if (bytes <= messageBytesMax) return
    const sentence = `the request has ${bytes} bytes, ${messageBytesMax} are allowed; it was not sent`
    throw new TransportError('request_too_large', sentence)
  }

  #read({ status, body }: PostReply, rid: string): string {
    const reply = parseReply(body, rid)
    if (reply.kind === 'malformed') throw this.#malformed(`HTTP status ${status}: ${reply.sentence}`)
    if (reply.kind === 'error') throw this.#answeredWithError(reply.error)
    if (status !== 200) throw this.#malformed(`a result with HTTP status ${status}`)
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
