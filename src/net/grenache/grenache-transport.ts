/** The Transport port over Grenache RPC and the DHT: composition of the mended server, the mended client and discovery. */
import { once } from 'node:events'
import http from 'node:http'
import { defer, from, Observable } from 'rxjs'
import { type Address, type DiscoveryHealth, type Transport, TransportError } from '../transport.ts'
import { Abandonment } from './abandonment.ts'
import { isAddress } from './address.ts'
import { BoundedLink } from './bounded-link.ts'
import { ByteBudget } from './byte-budget.ts'
import { BoundedPeerRPCClient, type RequestOptions } from './client.ts'
import { Counters } from './counters.ts'
import { Discovery } from './discovery.ts'
import { quoteForeign } from './json.ts'
import { ReceivedRequest, RequestStream } from './request-stream.ts'
import { BoundedPeerRPCServer, type BoundedTransportRPCServer, type RequestListener } from './server.ts'
import { type TransportLimits, transportLimits } from './transport-limits.ts'

export interface GrenacheTransportOptions {
  /** URLs of the grapes' HTTP ports, such as `http://127.0.0.1:30001`. None at all means no discovery. */
  readonly grapes: readonly string[]
  /** The one address to listen on. Others are told the address of the grape, so a grape runs on the same host. */
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
  /** Peers of another network do not hear each other, even at the same address. */
  readonly networkId?: string
  /** Other limits than those of src/limits.ts. */
  readonly limits?: Partial<TransportLimits>
}

/** The Grenache key under which peers of a network call each other. */
export function requestKey(networkId: string): string {
  return `peerbook:${networkId}`
}

/** Resolves once the transport listens. Rejects with a sentence when it cannot, for instance because the port is in use. */
export async function createGrenacheTransport(options: GrenacheTransportOptions): Promise<Transport> {
  const { grapes, host = '127.0.0.1', port = 0, networkId = 'main' } = options
  const limits = { ...transportLimits, ...options.limits }
  const counters = new Counters()
  const key = requestKey(networkId)
  const discovery = new Discovery(grapes, limits, counters)
  const server = new BoundedPeerRPCServer(unusedLink(limits), { host, key, limits, counters })
  server.init()
  const service = server.transport('server')
  try {
    await listen(service, host, port)
  } catch (error) {
    discovery.stop()
    throw error
  }
  return new GrenacheTransport({ service, host, key, limits, counters, discovery })
}

/** Grenache's peers want a Link for calls to services by name; ours always name the address. */
function unusedLink(limits: TransportLimits): BoundedLink {
  return new BoundedLink('', limits, new ByteBudget(0))
}

async function listen(service: BoundedTransportRPCServer, host: string, port: number): Promise<void> {
  try {
    const listening = once(service, 'listening')
    service.listen(port)
    await listening
  } catch (error) {
    throw new Error(`cannot listen on ${host}:${port}: ${whyNot(error)}`, { cause: error })
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return 'the port is in use'
  if (code === 'EACCES') return 'this user may not use the port'
  if (code === 'EADDRNOTAVAIL') return 'no interface has this address'
  return error instanceof Error ? error.message : String(error)
}

interface Parts {
  readonly service: BoundedTransportRPCServer
  readonly host: string
  readonly key: string
  readonly limits: TransportLimits
  readonly counters: Counters
  readonly discovery: Discovery
}

class GrenacheTransport implements Transport {
  readonly address: Address
  readonly requests$ = new RequestStream()
  readonly #parts: Parts
  readonly #agent: http.Agent
  readonly #client: BoundedPeerRPCClient
  /** Own requests without a reply yet. */
  readonly #open = new Set<Abandonment>()
  #closing: Promise<void> | undefined

  constructor(parts: Parts) {
    const { service, host, limits } = parts
    this.#parts = parts
    this.address = `${host}:${service.port}` as Address
    this.#agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1, timeout: limits.connectionIdleMsMax })
    this.#client = createClient(limits, this.#agent)
    service.on('request', this.#receive)
    service.on('error', () => parts.counters.add('server_failed'))
  }

  request(address: Address, payload: string, timeoutMs: number): Observable<string> {
    return new Observable(subscriber => {
      const reason = this.#whyNotSend(address)
      if (reason) return queueMicrotask(() => subscriber.error(reason))
      const abandonment = new Abandonment()
      this.#open.add(abandonment)
      this.#call(address, payload, { timeout: timeoutMs, abandonment }, (error, reply) => {
        this.#open.delete(abandonment)
        if (error) return subscriber.error(this.#counted(asTransportError(error)))
        subscriber.next(reply as string)
        subscriber.complete()
      })
      return () => {
        if (this.#open.has(abandonment)) abandonment.abandon(closed('the request was abandoned'))
      }
    })
  }

  announce(services: readonly string[]): Observable<DiscoveryHealth> {
    return this.#parts.discovery.announce(services, this.#parts.service.port)
  }

  lookup(service: string): Observable<readonly Address[]> {
    return this.#parts.discovery.lookup(service)
  }

  health(): DiscoveryHealth {
    return this.#parts.discovery.health()
  }

  close(): Observable<void> {
    return defer(() => from((this.#closing ??= this.#close())))
  }

  readonly #receive: RequestListener = (_rid, _key, payload, handler, _certificate, { from }) => {
    if (!this.requests$.isObserved()) return handler.refuse('request_unserved')
    this.requests$.deliver(new ReceivedRequest(payload, from, handler))
  }

  #whyNotSend(address: Address): TransportError | undefined {
    if (this.#closing !== undefined) return closed('the transport is closed')
    if (!isAddress(address)) return notSent(`${quoteForeign(address)} is not an address such as 127.0.0.1:4000`)
    const { requestsOpenMax } = this.#parts.limits
    if (this.#open.size < requestsOpenMax) return undefined
    return notSent(`${requestsOpenMax} requests wait for a reply already`)
  }

  #call(
    address: Address,
    payload: string,
    options: RequestOptions,
    callback: (error: Error | null, reply?: unknown) => void,
  ): void {
    this.#client.transport(address).request(this.#parts.key, payload, options, callback)
  }

  #counted(error: TransportError): TransportError {
    const { counters } = this.#parts
    if (error.reason === 'reply_too_large') counters.add('received_reply_too_large')
    if (error.reason === 'reply_malformed') counters.add('received_reply_malformed')
    if (error.reason === 'reply_is_error') counters.add('received_reply_is_error')
    return error
  }

  async #close(): Promise<void> {
    const { discovery, service } = this.#parts
    discovery.stop()
    for (const request of [...this.#open]) request.abandon(closed('the transport was closed before the reply'))
    const portIsFree = once(service, 'closed')
    service.stop()
    this.requests$.complete()
    await portIsFree
    this.#client.stop()
    this.#agent.destroy()
  }
}

function createClient(limits: TransportLimits, agent: http.Agent): BoundedPeerRPCClient {
  const budget = new ByteBudget(limits.readingBytesMax)
  const inactivityTimeout = 2 * limits.connectionIdleMsMax
  const client = new BoundedPeerRPCClient(unusedLink(limits), {
    limits,
    agent,
    budget,
    maxActiveDestTransports: 1,
    inactivityTimeout,
  })
  client.init()
  return client
}

/** Grenache looks every ten seconds for requests that are late by the wall clock, which may have jumped. */
function asTransportError(error: Error): TransportError {
  return error instanceof TransportError ? error : new TransportError('timed_out', `Grenache gave up: ${error.message}`)
}

function closed(sentence: string): TransportError {
  return new TransportError('closed', sentence)
}

function notSent(sentence: string): TransportError {
  return new TransportError('connection_failed', `${sentence}; the request was not sent`)
}
