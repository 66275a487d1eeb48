/** What all parts of one peer share: its identity, its ports, and the ways to its books and to other peers. */
import { defer, map, mergeMap, type Observable, type Subject } from 'rxjs'
import type { ActorRefFrom } from 'xstate'
import type { peerMachine } from '../../machines/peer.machine.ts'
import type { Market, MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { Clock } from '../clock.ts'
import { segmentDomain, type SignedSegment } from '../feed/segment.ts'
import type { HybridClock } from '../feed/hybrid-clock.ts'
import { hashOf, type Domain, type Signed, type Signer, type Verifier } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import { decodeReply, encodeRequest, openSigned, refusal, RefusedError } from '../net/codec.ts'
import type { Answer, Reply, Request, RequestType } from '../net/messages.ts'
import { answerForm, segmentForm } from '../net/usual-form.ts'
import type { Address, Transport } from '../net/transport.ts'
import type { Bans } from './bans.ts'
import type { BookActor } from './book-actor.ts'
import type { CommittedBook } from './committed-book.ts'
import type { Counters } from './counters.ts'
import type { BookEvent, BookReply, RequestId } from './decide/event.ts'
import type { Pauses } from './pauses.ts'
import type { PendingRequests } from './pending-requests.ts'
import type { Rates } from './rates.ts'
import type { Sightings } from './sightings.ts'
import { timerOn } from './timer.ts'

export type PeerActor = ActorRefFrom<typeof peerMachine>
/** All actors of one peer. */
export type PeerSystem = PeerActor['system']

/** How much others may ask for. */
export interface PeerRates {
  /** Of each address: requests, signatures and bytes. */
  readonly work: Rates
  /** Of each peer that has proved who it is: proposals. */
  readonly proposals: Rates
}

export interface World {
  readonly name: string
  readonly networkId: string
  readonly protocolVersion: number
  readonly markets: ReadonlyMap<MarketId, Market>
  readonly signer: Signer
  readonly verifier: Verifier
  readonly transport: Transport
  readonly clock: Clock
  readonly hybridClock: HybridClock
  readonly randomBytes: (count: number) => Uint8Array
  readonly counters: Counters
  /** What other peers have asked and has not been answered. */
  readonly requests: PendingRequests
  readonly sightings: Sightings
  readonly bans: Bans
  readonly rates: PeerRates
  readonly pauses: Pauses
  /** The neighbours that are live now. */
  readonly live: Set<PeerId>
  /** A neighbour is live from now on. */
  readonly becameLive$: Subject<PeerId>
  /** The own feed's present incarnation. */
  readonly incarnationOf: (market: MarketId) => string
  /** Books that take events. */
  readonly books: Map<MarketId, BookActor>
  /** Books that can be read: those whose first group is durable, for as long as they neither halt nor end. */
  readonly committed: Map<MarketId, CommittedBook>
  /** An own feed has grown. */
  readonly published$: Subject<MarketId>
  /** A feed has a gap here. */
  readonly behind$: Subject<{ readonly market: MarketId; readonly owner: PeerId }>
  /** The root of this peer's actors. */
  readonly actor: () => PeerActor
}

type WithoutId<E> = E extends { readonly requestId: RequestId } ? Omit<E, 'requestId'> : never

/** Puts a question into the mailbox of a market's book; emits its reply once everything decided before it is durable. */
export function askBook(
  world: World,
  pending: PendingRequests,
  market: MarketId,
  question: WithoutId<BookEvent>,
): Observable<BookReply> {
  return pending.ask(market, requestId => bookOf(world, market).send({ ...question, requestId }))
}

/** Throws RefusedError when the market is not traded here. */
export function bookOf(world: World, market: MarketId): BookActor {
  const book = world.books.get(market)
  if (book) return book
  if (world.markets.has(market)) throw refusal('market_not_open', `the market ${market} is not open at this peer`)
  throw refusal('market_not_traded_here', `this peer does not trade ${market}`)
}

/** Its books are still being recovered: nobody is kept as a neighbour yet, and nothing of its own is known. */
export function isStarting(world: World): boolean {
  return world.actor().getSnapshot().value === 'starting'
}

/** Throws RefusedError `banned` for a peer that is kept out. What it has proved to have done it is told; the operator's words are not for it. */
export function refuseBanned(world: World, peerId: PeerId): void {
  const ban = world.bans.of(peerId)
  if (ban)
    throw refusal('banned', `this peer keeps you out: ${ban.by === 'proof' ? ban.reason : 'its operator wants it'}`)
}

/** A reply of the expected type. Any other is a defect of this peer. */
export function expectReply<T extends BookReply['type']>(type: T, reply: BookReply): BookReply & { type: T } {
  if (reply.type !== type) throw new Error(`the book replied with ${reply.type} where ${type} was expected`)
  return reply as BookReply & { type: T }
}

/**
 * Asks one peer, as soon as it is not to be left alone any more: an address that has asked us to wait is asked nothing before. Fails
 * with TransportError, or with RefusedError when the other side refuses or its reply makes no sense.
 */
export function call<T extends RequestType>(
  world: World,
  address: Address,
  request: Request & { type: T },
  timeoutMs: number = limits.requestTimeoutMs,
): Observable<Reply<T>> {
  return defer(() => {
    const waitMs = world.pauses.of(address)
    if (waitMs === 0) return send(world, address, request, timeoutMs)
    return timerOn(world.clock, waitMs).pipe(mergeMap(() => send(world, address, request, timeoutMs)))
  }).pipe(map(payload => replyIn(world, address, request.type, payload)))
}

function send(world: World, address: Address, request: Request, timeoutMs: number): Observable<string> {
  return world.transport.request(address, encodeRequest(world.networkId, request, world.protocolVersion), timeoutMs)
}

/** Throws RefusedError. An address that asks us to wait is left alone for so long. */
function replyIn<T extends RequestType>(world: World, address: Address, type: T, payload: string): Reply<T> {
  try {
    return decodeReply(type, payload)
  } catch (error) {
    if (error instanceof RefusedError && error.retryAfterMs !== undefined)
      world.pauses.note(address, error.retryAfterMs)
    throw error
  }
}

/** Opens segments from the wire: signature, then form, then that they belong where they are said to. Throws RefusedError. */
export function openSegments(world: World, market: MarketId, owner: PeerId, all: readonly Signed[]): SignedSegment[] {
  const domain = segmentDomain(world.networkId, market)
  return all.map(signed => {
    const hash = hashOf(domain, signed)
    const segment = openSigned(world.verifier, domain, segmentForm, signed, 'owner', hash)
    if (segment.owner !== owner || segment.market !== market)
      throw refusal('message_malformed', 'a segment belongs to another feed than the message says')
    return { segment, signed, hash }
  })
}

/** Opens a maker's answer from the wire: its signature, then its form. Throws RefusedError. */
export function openAnswer(world: World, market: MarketId, signed: Signed): Answer {
  const domain: Domain = { networkId: world.networkId, kind: 'answer', scope: market }
  return openSigned(world.verifier, domain, answerForm, signed, 'maker')
}

/** The reason in an error of the net, for people and counters. */
export function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'reason' in error && typeof error.reason === 'string')
    return error.reason
  throw error
}
