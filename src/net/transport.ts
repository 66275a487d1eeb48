/**
 * The Transport port: how text reaches one other peer and how rumours of peers arrive. Types only.
 * Implementations: the Grenache transport (src/net/grenache) and the simulated network (src/sim).
 * One contract suite (test/net/transport-contract.ts) runs against each of them.
 */
import type { Observable } from 'rxjs'

/** `host:port` of a peer's server. Where a peer is, never who it is. */
export type Address = string & { readonly __brand: 'Address' }

/**
 * Why a request has no reply. None of them says whether the request was executed, but `connection_refused` and `request_too_large`: it was not.
 * `reply_is_error`: the other side's transport says why it gives no reply, for instance because it belongs to another network.
 */
export type TransportFailure =
  | 'connection_refused'
  | 'timed_out'
  | 'request_too_large'
  | 'reply_too_large'
  | 'reply_malformed'
  | 'reply_is_error'
  | 'connection_failed'
  | 'closed'

export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly reason: TransportFailure
  constructor(reason: TransportFailure, sentence: string) {
    super(sentence)
    this.reason = reason
  }
}

/** A request of somebody, whose size has been checked and nothing else: `payload` is hostile text. */
export interface IncomingRequest {
  readonly payload: string
  /** Where the connection comes from, for limits per sender: an IPv4 address, the network of an IPv6 address or, in simulation, the sender's address. */
  readonly from: string
  /** Answers the request on which it is called. The first call counts, later ones do nothing. The transport itself answers when nobody does within its deadline. */
  reply(payload: string): void
}

/** What the transport knows about its way into the DHT. */
export interface DiscoveryHealth {
  readonly grapes: readonly {
    readonly url: string
    readonly state: 'untried' | 'reachable' | 'unreachable'
    readonly sentence: string
  }[]
  /** Requests dropped before they reached `requests$`, and discovery failures, by named reason. */
  readonly counters: Readonly<Record<string, number>>
}

export interface Transport {
  /** Where others can reach this peer; fixed once the transport exists. */
  readonly address: Address
  /** Every request that arrives. Hot: one subscriber, the peer. Completes when the transport is closed. */
  readonly requests$: Observable<IncomingRequest>
  /**
   * Sends `payload` to exactly one peer, at most once, when subscribed. Emits one reply and completes, or fails with a
   * TransportError within `timeoutMs`. Unsubscribing abandons it. Never emits synchronously during subscribe.
   */
  request(address: Address, payload: string, timeoutMs: number): Observable<string>
  /** Announces the services for as long as it is subscribed, often enough to stay in lookups. Emits nothing but the health of the way into the DHT when it changes; never fails. */
  announce(services: readonly string[]): Observable<DiscoveryHealth>
  /** One lookup. Emits one list of addresses (possibly empty, in any order, own address and strangers included) and completes; a DHT that cannot be reached gives an empty list and shows in the health. Never fails. */
  lookup(service: string): Observable<readonly Address[]>
  health(): DiscoveryHealth
  /** Stops announcing and listening, answers what is open with a failure, ends every request with `closed`. Emits once and completes when the port is free again. Repeating it is harmless. */
  close(): Observable<void>
}
