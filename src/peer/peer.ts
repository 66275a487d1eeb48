/**
 * A peer as its user holds it: the composition root of machines, streams, feeds, net and store. Decimal strings come in and go out
 * here; behind it there are only ticks and lots. Everything has two forms: a promise for programs, a stream (`$`) for simulations.
 */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  filter,
  firstValueFrom,
  ignoreElements,
  map,
  merge,
  Observable,
  of,
  Subject,
  take,
  tap,
} from 'rxjs'
import { createActor, type InspectionEvent, type Observer } from 'xstate'
import * as z from 'zod'
import type { PeerInput } from '../../machines/peer.machine.ts'
import { parseLots, parseUnits } from '../book/decimals.ts'
import type { Market, MarketId } from '../book/market.ts'
import type { OrderId, PeerId, TradeId } from '../book/order.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import type { Clock } from '../clock.ts'
import { HybridClock } from '../feed/hybrid-clock.ts'
import type { Signer, Verifier } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import { refusal, RefusedError } from '../net/codec.ts'
import { protocolVersion } from '../net/messages.ts'
import type { Address, DiscoveryHealth, Transport } from '../net/transport.ts'
import type { Journal } from '../store/journal.ts'
import { Bans, type Ban, type BanSummary } from './bans.ts'
import type { KnownPeers } from '../store/known-peers.ts'
import { BookView } from './book-view.ts'
import { Counters } from './counters.ts'
import type { BookEvent, BookReply, RequestId } from './decide/event.ts'
import { BookState } from './decide/state.ts'
import { idSource } from './ids.ts'
import { LiveBook } from './live-book.ts'
import { Matchmaking } from './matchmaking.ts'
import { Neighbourhood, type NeighbourView, type ReadyOptions } from './neighbourhood.ts'
import {
  disputeReportOf,
  outcomeOf,
  tradeReportOf,
  type DisputeReport,
  type OrderOutcome,
  type TradeReport,
} from './outcome.ts'
import { findMarket, parseOrder, refusalOfForm, type OrderRequest } from './parse-order.ts'
import { Pauses } from './pauses.ts'
import { PendingRequests, requestIds } from './pending-requests.ts'
import { peerLogic } from './peer-actor.ts'
import { Rates } from './rates.ts'
import { serve } from './serve.ts'
import { Sightings } from './sightings.ts'
import { assertNotSuperseded } from './supersede.ts'
import { timerOn } from './timer.ts'
import { bookOf, expectReply, type PeerActor, type World } from './world.ts'

export interface PeerOptions {
  /** What people call it; not an identity. */
  readonly name: string
  readonly networkId: string
  readonly markets: readonly Market[]
  readonly signer: Signer
  readonly verifier: Verifier
  readonly transport: Transport
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  /** A number from 0 to below 1. */
  readonly random: () => number
  /** Asked once for each market. */
  readonly journalOf: (market: MarketId) => Journal
  /** Where other peers are known to be, DHT or not. */
  readonly knownAddresses?: readonly Address[]
  /** Another version of the protocol than this software's, to rehearse what peers of different versions do; they trade apart. */
  readonly protocolVersion?: number
  /** Remembers who has been live, for the next start; left out, nobody does. */
  readonly knownPeers?: KnownPeers
  /** Who is kept out from the start: bans last no longer than a peer does. What `bans()` of an earlier life gave will do. */
  readonly banned?: readonly BanOrder[]
  /** Hears of every event and every snapshot of the peer's actors, before anything else happens. It must not throw. */
  readonly inspect?: Observer<InspectionEvent>
}

/** Whom the operator keeps out, and why. */
export interface BanOrder {
  readonly peerId: PeerId
  /** Default: `banned_by_operator`. */
  readonly reason?: string
}

export interface PeerHealth {
  readonly discovery: DiscoveryHealth
  /** How far this peer's clock is ahead of its live neighbours' median. */
  readonly clockSkewMs: number
  /** What was refused, or went wrong, by name. */
  readonly counters: Readonly<Record<string, number>>
  /** Who is kept out, oldest first; `bans()` has the proofs. */
  readonly bans: readonly BanSummary[]
  /** What failed last inside this peer; null when nothing has. */
  readonly failure: string | null
}

const nobodyKnown: KnownPeers = { read: () => [], write: () => EMPTY }
const cancelForm = z.strictObject({ orderId: z.string() })
const banForm = z.strictObject({
  peerId: z.string(),
  reason: z
    .string()
    .regex(/^[^\p{C}]+$/u, 'must be printable characters on one line')
    .max(limits.banReasonCharactersMax)
    .optional(),
})
const banReason = 'banned_by_operator'
const amendForm = z.strictObject({ orderId: z.string(), quantity: z.string() })
const forceForm = z.strictObject({
  orderId: z.string(),
  filled: z.string(),
  counterparty: z.string().optional(),
  tradeId: z.string().optional(),
})

/** How a quantity in doubt counts from now on. */
export interface ForceRequest {
  /** How much of it is filled, a decimal; the rest is released. `0`: all is released. Several proposals are filled best price first. */
  readonly filled: string
  /** Towards whom it is in doubt. May be left out when that is one peer. */
  readonly counterparty?: PeerId
  /** Only what this proposal is about. */
  readonly tradeId?: TradeId
}

export class Peer {
  readonly id: PeerId
  readonly name: string
  readonly address: Address
  readonly markets: readonly Market[]
  /** Every trade of every peer, once each, as its maker's feed shows it. */
  readonly trades$: Observable<TradeReport>
  /** Every change of an own order. */
  readonly orders$: Observable<OrderOutcome>
  /** Every decision of another peer that contradicts what was forced here. */
  readonly disputes$: Observable<DisputeReport>
  readonly #world: World
  readonly #actor: PeerActor
  readonly #commands: PendingRequests
  readonly #books: ReadonlyMap<MarketId, LiveBook>
  readonly #neighbourhood: Neighbourhood
  readonly #stop$ = new Subject<void>()

  constructor(options: PeerOptions) {
    const { clock, signer, networkId, transport, markets, random } = options
    const hybridClock = new HybridClock(() => clock.now())
    const nextId = idSource(hybridClock, options.randomBytes)
    const ports = { networkId, signer, clock: hybridClock, now: () => clock.now(), random, nextId }
    const nextRequestId = requestIds()
    const counters = new Counters()
    this.#commands = new PendingRequests(limits.commandsPendingMax, nextRequestId)
    this.id = signer.peerId
    this.name = options.name
    this.address = transport.address
    this.markets = markets
    this.#books = new Map(markets.map(market => [market.id, new LiveBook(() => new BookState(market, ports))]))
    this.#world = {
      ...options,
      protocolVersion: options.protocolVersion ?? protocolVersion,
      markets: new Map(markets.map(market => [market.id, market])),
      hybridClock,
      counters,
      bans: new Bans(
        counters,
        () => clock.now(),
        event => this.#actor.send(event),
      ),
      rates: {
        work: new Rates({ perSecond: limits.workPerSecond, burst: limits.workBurst }, () => clock.now()),
        proposals: new Rates({ perSecond: limits.proposalsPerSecond, burst: limits.proposalsBurst }, () => clock.now()),
      },
      pauses: new Pauses(() => clock.now()),
      requests: new PendingRequests(limits.requestsPendingMax, nextRequestId),
      sightings: new Sightings(() => clock.now()),
      live: new Set(),
      becameLive$: new Subject(),
      incarnationOf: market => this.#books.get(market)?.state.incarnation ?? '',
      books: new Map(),
      committed: new Map(),
      published$: new Subject(),
      behind$: new Subject(),
      actor: () => this.#actor,
    }
    const trades$ = new Subject<TradeReport>()
    const orders$ = new Subject<OrderOutcome>()
    const disputes$ = new Subject<DisputeReport>()
    this.trades$ = trades$.asObservable()
    this.orders$ = orders$.asObservable()
    this.disputes$ = disputes$.asObservable()
    const logic = peerLogic(this.#world, {
      journals: new Map(markets.map(({ id }) => [id, options.journalOf(id)])),
      knownAddresses: options.knownAddresses ?? [],
      knownPeers: options.knownPeers ?? nobodyKnown,
      commands: this.#commands,
      matching: new Matchmaking(this.#world),
      lookedUp: () => this.#neighbourhood.lookedUp(),
      traded: (market, trade) => trades$.next(tradeReportOf(market, trade)),
      changed: (market, report) => orders$.next(outcomeOf(market, report)),
      disputed: (market, dispute) => disputes$.next(disputeReportOf(market, dispute)),
    })
    const { inspect } = options
    this.#actor = createActor(logic, { clock, input: this.#input(), ...(inspect === undefined ? {} : { inspect }) })
    this.#neighbourhood = new Neighbourhood(this.#world, this.#actor)
    for (const { peerId, reason } of options.banned ?? []) {
      const ban = this.ban(peerId, reason)
      if (isRefusal(ban)) throw new Error(`banned: ${ban.sentence}`)
    }
  }

  /** Begins: books recover, other peers are served and looked for. Emits once, when all books are open. */
  start$(): Observable<this> {
    return new Observable(subscriber => {
      if (this.#actor.getSnapshot().status !== 'active') {
        subscriber.error(new Error(`${this.name} has stopped; a peer is started once.`))
        return
      }
      this.#actor.subscribe({
        next: ({ value }) => {
          if (value === 'starting') return
          subscriber.next(this)
          subscriber.complete()
        },
        error: error => subscriber.error(error),
      })
      serve(this.#world, this.#stop$).subscribe({ error: error => subscriber.error(error) })
      this.#actor.start()
    })
  }

  start(): Promise<this> {
    return firstValueFrom(this.start$())
  }

  /** When discovery has run, every reachable candidate is synced and enough neighbours are live. Fails after the time limit. */
  ready$(options: ReadyOptions): Observable<void> {
    return this.#neighbourhood.ready$(options)
  }

  ready(options: ReadyOptions): Promise<void> {
    return firstValueFrom(this.ready$(options))
  }

  /**
   * Places an order. Emits once: when it rests, is done or is refused, or after `doubtMs` while another peer owes an answer for a
   * part of it (`inDoubt`); `orders$` tells the rest.
   */
  submit$(request: OrderRequest): Observable<OrderOutcome | Refusal> {
    return defer(() => {
      const parsed = parseOrder(this.markets, request)
      if (isRefusal(parsed)) return of(parsed)
      const skewed = this.#clockRefusal()
      if (skewed) return of(skewed)
      const { market, command } = parsed
      return this.#command(market, requestId => ({ type: 'order.submit', requestId, command }))
    })
  }

  submit(request: OrderRequest): Promise<OrderOutcome | Refusal> {
    return firstValueFrom(this.submit$(request))
  }

  /** Takes an own order out of the market. Emits once, with its true figures, or after `doubtMs` with what is in doubt. */
  cancel$(orderId: OrderId): Observable<OrderOutcome | Refusal> {
    return defer(() => {
      const malformed = refusalOfForm(cancelForm, { orderId })
      if (malformed) return of(malformed)
      const market = this.#marketOf(orderId)
      if (!market) return of(refuse('order_unknown', `There is no order ${quoted(orderId)} here.`))
      return this.#command(market.id, requestId => ({ type: 'order.cancel', requestId, orderId }))
    })
  }

  cancel(orderId: OrderId): Promise<OrderOutcome | Refusal> {
    return firstValueFrom(this.cancel$(orderId))
  }

  /**
   * Makes an own order smaller: `quantity` is what it is for from then on, what is filled of it included. It keeps its place in the
   * queue. Emits once, as `submit$` does.
   */
  amend$(orderId: OrderId, change: { readonly quantity: string }): Observable<OrderOutcome | Refusal> {
    return defer(() => {
      const malformed = refusalOfForm(amendForm, { orderId, ...Object(change) })
      if (malformed) return of(malformed)
      const market = this.#marketOf(orderId)
      if (!market) return of(refuse('order_unknown', `There is no order ${quoted(orderId)} here.`))
      const quantity = parseLots(change.quantity, market.lotSize)
      if (isRefusal(quantity)) return of(quantity)
      return this.#command(market.id, requestId => ({ type: 'order.amend', requestId, orderId, quantity }))
    })
  }

  amend(orderId: OrderId, change: { readonly quantity: string }): Promise<OrderOutcome | Refusal> {
    return firstValueFrom(this.amend$(orderId, change))
  }

  /**
   * Settles what has been in doubt of an own order for `doubtMs` or longer, because its maker does not come back: so much of it counts
   * as filled, the rest is free again. The maker is asked on, and what it says otherwise later is a dispute. Emits once, as `submit$` does.
   */
  force$(orderId: OrderId, how: ForceRequest): Observable<OrderOutcome | Refusal> {
    return defer(() => {
      const malformed = refusalOfForm(forceForm, { orderId, ...Object(how) })
      if (malformed) return of(malformed)
      const market = this.#marketOf(orderId)
      if (!market) return of(refuse('order_unknown', `There is no order ${quoted(orderId)} here.`))
      const filled = parseUnits(how.filled) === 0n ? 0 : parseLots(how.filled, market.lotSize)
      if (isRefusal(filled)) return of(filled)
      const { counterparty = null, tradeId = null } = how
      const forcing = { orderId, counterparty, tradeId, filled }
      return this.#command(market.id, requestId => ({ type: 'order.force', requestId, forcing }))
    })
  }

  force(orderId: OrderId, how: ForceRequest): Promise<OrderOutcome | Refusal> {
    return firstValueFrom(this.force$(orderId, how))
  }

  /** What other peers have decided otherwise than it had been forced here, market by market, oldest first. */
  disputes(): DisputeReport[] {
    return this.markets.flatMap(({ id }) => this.book(id).disputes())
  }

  /** The book of one market, by symbol or id. Throws, with a sentence, when this peer does not trade it. */
  book(market: string): BookView {
    const found = findMarket(this.markets, market)
    if (isRefusal(found)) throw new Error(found.sentence)
    return new BookView(found, this.#books.get(found.id) as LiveBook)
  }

  neighbours(): NeighbourView[] {
    return this.#neighbourhood.views()
  }

  /** Emits whenever something about a neighbour may have changed. */
  get neighbours$(): Observable<NeighbourView[]> {
    return this.#neighbourhood.changes$.pipe(map(() => this.neighbours()))
  }

  /**
   * Keeps a peer out: its orders stay in view and are not matched, it is proposed nothing and its proposals are refused. What is
   * undecided between the two is still settled. One that is banned already stays so for its first reason.
   */
  ban(peerId: PeerId, reason?: string): Ban | Refusal {
    const malformed = refusalOfForm(banForm, { peerId, reason })
    if (malformed) return malformed
    if (peerId === this.id) return refuse('cannot_ban_itself', `${quoted(this.name)} cannot ban itself.`)
    if (!this.#world.verifier.isPeerId(peerId))
      return refuse('peer_id_unknown', `${quoted(peerId)} is not a peer id: 43 characters, as neighbours() shows them.`)
    const ban = this.#world.bans.order(peerId, reason ?? banReason)
    return ban ?? refuse('too_many_bans', `${limits.bansMax} peers are banned; pardon one of them first.`)
  }

  /** Ends a ban, proven or not; the peer is greeted like any other from then on. Gives the ban that is over. */
  unban(peerId: PeerId): Ban | Refusal {
    return this.#world.bans.lift(peerId) ?? refuse('not_banned', `${quoted(String(peerId))} is not banned.`)
  }

  /** Who is kept out, oldest first, with the signed texts that prove a fault. */
  bans(): readonly Ban[] {
    return this.#world.bans.list()
  }

  health(): PeerHealth {
    const counters = this.#world.counters.toJSON()
    const { superseded, failure } = this.#actor.getSnapshot().context
    const clockSkewMs = Math.round(this.#neighbourhood.clockSkewMs())
    const bans = this.bans().map(({ proof: _, ...summary }) => summary)
    return { clockSkewMs, discovery: this.#world.transport.health(), counters, bans, failure: superseded ?? failure }
  }

  /** Emits once, with a sentence, when another process has begun later with the same key: this one decides nothing any more. */
  get halted$(): Observable<string> {
    const changes$ = new Observable<string | null>(subscriber => {
      const look = () => subscriber.next(this.#actor.getSnapshot().context.superseded)
      look()
      const subscription = this.#actor.subscribe({ next: look, complete: () => subscriber.complete() })
      return () => subscription.unsubscribe()
    })
    return changes$.pipe(
      filter(sentence => sentence !== null),
      take(1),
    )
  }

  /** Ends: nothing new is begun, what is undecided is waited for up to `doubtMs`, then the network is left. Emits once. */
  stop$(): Observable<void> {
    const left$ = defer(() => {
      this.#stop$.next()
      return this.#world.transport.close()
    })
    return concat(this.#drained(), left$).pipe(take(1))
  }

  stop(): Promise<void> {
    return firstValueFrom(this.stop$())
  }

  /** Ends at once, as a crash would: nothing is finished, nobody is told. Emits once, when the port is free. */
  kill$(): Observable<void> {
    return defer(() => {
      this.#actor.stop()
      this.#stop$.next()
      return this.#world.transport.close()
    })
  }

  #drained(): Observable<never> {
    return new Observable<never>(subscriber => {
      const end = () => subscriber.complete()
      const subscription = this.#actor.subscribe({ error: end, complete: end })
      if (this.#actor.getSnapshot().status !== 'active') end()
      this.#actor.send({ type: 'peer.stop' })
      return () => subscription.unsubscribe()
    })
  }

  /** Who may be wrong about the time takes no orders: priority is by time. */
  #clockRefusal(): Refusal | undefined {
    const skewMs = this.#neighbourhood.clockSkewMs()
    if (Math.abs(skewMs) <= limits.clockAheadMsMax) return undefined
    const direction = skewMs > 0 ? 'ahead of' : 'behind'
    return refuse(
      'clock_skewed',
      `This peer's clock is about ${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${direction} its neighbours' median; set it right first.`,
    )
  }

  /** Puts a command into the mailbox of a market's book, and asks how things stand when the answer takes longer than `doubtMs`. */
  #command(market: MarketId, eventOf: (requestId: RequestId) => BookEvent): Observable<OrderOutcome | Refusal> {
    return defer(() => {
      assertNotSuperseded(this.#world)
      if (this.#actor.getSnapshot().value !== 'running')
        throw refusal('stopping', `${this.name} is not running and takes no commands`)
      const book = bookOf(this.#world, market)
      let asked: RequestId = 0
      const reply$ = this.#commands.ask(market, requestId => {
        asked = requestId
        book.send(eventOf(requestId))
      })
      const doubt$ = timerOn(this.#world.clock, limits.doubtMs).pipe(
        tap(() => book.send({ type: 'order.report', requestId: asked })),
        ignoreElements(),
      )
      return merge(reply$, doubt$).pipe(
        take(1),
        map(reply => this.#outcomeOf(market, reply)),
      )
    }).pipe(catchError(refusalOf))
  }

  #outcomeOf(id: MarketId, reply: BookReply): OrderOutcome | Refusal {
    if (reply.type === 'refusal') return reply.refusal
    return outcomeOf(this.#world.markets.get(id) as Market, expectReply('report', reply).report)
  }

  /** The market in which this peer has, or sees, an order. */
  #marketOf(orderId: OrderId): Market | undefined {
    for (const { state } of this.#books.values()) {
      const { book, market } = state
      if (book.own(orderId) || [...book.owners()].some(owner => book.replica(owner, orderId))) return market
    }
    return undefined
  }

  #input(): PeerInput {
    const { greetDelayMsMin, greetDelayMsMax, greetAttemptsMax, beatIntervalMs, beatsMissedMax, silenceMsMax } = limits
    return {
      peerId: this.id,
      address: this.address,
      books: Object.fromEntries(this.#books),
      neighboursMax: limits.neighboursMax,
      banned: {},
      crashesMax: limits.bookCrashesMax,
      drainDelayMs: limits.doubtMs,
      neighbourTimes: {
        greetDelayMsMin,
        greetDelayMsMax,
        greetAttemptsMax,
        beatIntervalMs,
        beatsMissedMax,
        silenceMsMax,
      },
      proposalTimes: { retryDelayMsMin: limits.withdrawDelayMsMin, retryDelayMsMax: limits.withdrawDelayMsMax },
    }
  }
}

/** What the peer itself refuses, such as `busy`, is a value like every other refusal. */
function refusalOf(error: unknown): Observable<Refusal> {
  if (error instanceof RefusedError) return of(refuse(error.reason, error.message))
  throw error
}
