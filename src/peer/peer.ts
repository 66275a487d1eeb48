/**
 * A peer as its user holds it: the composition root of machines, streams, feeds, net and store. Decimal strings come in and go out
 * here; behind it there are only ticks and lots. Everything has two forms: a promise for programs, a stream (`$`) for simulations.
 */
import { concat, defer, EMPTY, filter, firstValueFrom, map, Observable, of, Subject, take } from 'rxjs'
import type { InspectionEvent, Observer } from 'xstate'
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
import { refusal } from '../net/codec.ts'
import { protocolVersion } from '../net/messages.ts'
import type { Address, DiscoveryHealth, Transport } from '../net/transport.ts'
import type { Journal } from '../store/journal.ts'
import { Bans, type Ban, type BanSummary } from './bans.ts'
import type { KnownPeers } from '../store/known-peers.ts'
import { BookView } from './book-view.ts'
import { Commands, refusalOf, type CommandAnswer, type Leave } from './commands.ts'
import { Counters } from './counters.ts'
import type { BookEvent, RequestId } from './decide/event.ts'
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
import {
  findMarket,
  parseCancelAll,
  parseOrder,
  parseOrders,
  parseReplacement,
  refusalOfForm,
  type CancelAllRequest,
  type OrderRequest,
  type ReplaceRequest,
} from './parse-order.ts'
import { Pauses } from './pauses.ts'
import { PendingRequests, requestIds } from './pending-requests.ts'
import { createPeerActor, type Surroundings } from './peer-actor.ts'
import { Rates } from './rates.ts'
import { serve } from './serve.ts'
import { Sightings } from './sightings.ts'
import { assertNotSuperseded } from './supersede.ts'
import type { PeerActor, World } from './world.ts'

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
  /** How many of its books and other parts a defect has ended; they were begun again, `limits.bookCrashesMax` books at most. */
  readonly defects: number
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
  readonly #commands: Commands
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
    const commands = new PendingRequests(limits.commandsPendingMax, nextRequestId)
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
    this.#commands = new Commands(this.#world, commands)
    const trades$ = new Subject<TradeReport>()
    const orders$ = new Subject<OrderOutcome>()
    const disputes$ = new Subject<DisputeReport>()
    this.trades$ = trades$.asObservable()
    this.orders$ = orders$.asObservable()
    this.disputes$ = disputes$.asObservable()
    const surroundings: Surroundings = {
      journals: new Map(markets.map(({ id }) => [id, options.journalOf(id)])),
      knownAddresses: options.knownAddresses ?? [],
      knownPeers: options.knownPeers ?? nobodyKnown,
      commands,
      matching: new Matchmaking(this.#world),
      lookedUp: () => this.#neighbourhood.lookedUp(),
      traded: (market, trade) => trades$.observed && trades$.next(tradeReportOf(market, trade)),
      // Decimals are written for those who listen: every order changes several times.
      changed: (market, report) => orders$.observed && orders$.next(outcomeOf(market, report)),
      disputed: (market, dispute) => disputes$.next(disputeReportOf(market, dispute)),
    }
    const { inspect } = options
    this.#actor = createPeerActor(this.#world, surroundings, {
      clock,
      input: this.#input(),
      ...(inspect === undefined ? {} : { inspect }),
    })
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
    return once$(tell => this.#submit(request, tell))
  }

  submit(request: OrderRequest): Promise<OrderOutcome | Refusal> {
    return once(tell => this.#submit(request, tell))
  }

  /**
   * Places several orders of one market, at most `ordersPerSubmitMax`, each as `submit$` would, one after the other with nothing in
   * between. Emits once, when all have been answered: the outcomes in the order of the requests. A mistake in one refuses that one;
   * what concerns the list as a whole, such as too many or two markets, refuses it as a whole.
   */
  submitMany$(requests: readonly OrderRequest[]): Observable<(OrderOutcome | Refusal)[] | Refusal> {
    return once$(tell => this.#submitMany(requests, tell))
  }

  submitMany(requests: readonly OrderRequest[]): Promise<(OrderOutcome | Refusal)[] | Refusal> {
    return once(tell => this.#submitMany(requests, tell))
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
   * Takes all own orders of one market out of it, or those of a side, an account or both, in one decision. Emits once, with each
   * order as it stands then: `cancel_pending` while another peer owes an answer for a part of it; `orders$` tells the rest.
   */
  cancelAll$(which: CancelAllRequest): Observable<readonly OrderOutcome[] | Refusal> {
    return defer(() => {
      const parsed = parseCancelAll(this.markets, which)
      if (isRefusal(parsed)) return of(parsed)
      const { market: id, side, account } = parsed
      const market = this.#world.markets.get(id) as Market
      return once$<readonly OrderOutcome[] | Refusal>(tell =>
        this.#attempt(tell, () =>
          this.#commands.askForAll(
            id,
            requestId => ({ type: 'order.cancel_all', requestId, side, account }),
            answer => tell(isRefusal(answer) ? answer : answer.map(report => outcomeOf(market, report))),
          ),
        ),
      )
    })
  }

  cancelAll(which: CancelAllRequest): Promise<readonly OrderOutcome[] | Refusal> {
    return firstValueFrom(this.cancelAll$(which))
  }

  /**
   * Another order in place of an own one, of its side and account, in one decision: a new id, behind everybody at its price. `quantity` is
   * what both together are for; what is filled of the old one, or may still be, is taken off the new one. Emits once, as `submit$` does.
   */
  replace$(orderId: OrderId, replacement: ReplaceRequest): Observable<OrderOutcome | Refusal> {
    return defer(() => {
      const malformed = refusalOfForm(cancelForm, { orderId })
      if (malformed) return of(malformed)
      const market = this.#marketOf(orderId)
      if (!market) return of(refuse('order_unknown', `There is no order ${quoted(orderId)} here.`))
      const parsed = parseReplacement(market, replacement)
      if (isRefusal(parsed)) return of(parsed)
      const skewed = this.#clockRefusal()
      if (skewed) return of(skewed)
      return this.#command(market.id, requestId => ({
        type: 'order.replace',
        requestId,
        orderId,
        replacement: parsed,
      }))
    })
  }

  replace(orderId: OrderId, replacement: ReplaceRequest): Promise<OrderOutcome | Refusal> {
    return firstValueFrom(this.replace$(orderId, replacement))
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
    const { superseded, failure, crashes: defects } = this.#actor.getSnapshot().context
    const clockSkewMs = Math.round(this.#neighbourhood.clockSkewMs())
    const bans = this.bans().map(({ proof: _, ...summary }) => summary)
    const discovery = this.#world.transport.health()
    return { clockSkewMs, discovery, counters, bans, failure: superseded ?? failure, defects }
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

  #submit(request: OrderRequest, tell: (outcome: OrderOutcome | Refusal) => void): Leave {
    const parsed = parseOrder(this.markets, request)
    if (isRefusal(parsed)) return told(tell, parsed)
    const skewed = this.#clockRefusal()
    if (skewed) return told(tell, skewed)
    const { market, command } = parsed
    return this.#ask(market, requestId => ({ type: 'order.submit', requestId, command }), tell)
  }

  #submitMany(
    requests: readonly OrderRequest[],
    tell: (outcomes: (OrderOutcome | Refusal)[] | Refusal) => void,
  ): Leave {
    const parsed = parseOrders(this.markets, requests)
    if (isRefusal(parsed)) return told(tell, parsed)
    const skewed = this.#clockRefusal()
    if (skewed) return told(tell, skewed)
    const { market, commands, refusals } = parsed
    const merged = (answers: readonly CommandAnswer[]) => {
      const outcomes = answers.map(answer => this.#outcomeOf(market, answer))
      for (const [place, refusal] of refusals) outcomes.splice(place, 0, refusal)
      return outcomes
    }
    if (commands.length === 0) return told(tell, merged([]))
    return this.#attempt(tell, () =>
      this.#commands.askMany(
        market,
        commands.length,
        requestId => ({ type: 'order.submit_many', requestId, commands }),
        answers => tell(merged(answers)),
      ),
    )
  }

  #command(market: MarketId, eventOf: (requestId: RequestId) => BookEvent): Observable<OrderOutcome | Refusal> {
    return once$(tell => this.#ask(market, eventOf, tell))
  }

  /** Puts a command into the mailbox of a market's book, and tells what comes of it. */
  #ask(
    market: MarketId,
    eventOf: (requestId: RequestId) => BookEvent,
    tell: (outcome: OrderOutcome | Refusal) => void,
  ): Leave {
    return this.#attempt(tell, () =>
      this.#commands.ask(market, eventOf, answer => tell(this.#outcomeOf(market, answer))),
    )
  }

  /** A peer that takes no commands refuses them: that is a value, like every other refusal. */
  #attempt(tell: (refusal: Refusal) => void, command: () => Leave): Leave {
    try {
      this.#assertRunning()
      return command()
    } catch (error) {
      return told(tell, refusalOf(error))
    }
  }

  #assertRunning(): void {
    assertNotSuperseded(this.#world)
    if (this.#actor.getSnapshot().value !== 'running')
      throw refusal('stopping', `${this.name} is not running and takes no commands`)
  }

  #outcomeOf(id: MarketId, answer: CommandAnswer): OrderOutcome | Refusal {
    return isRefusal(answer) ? answer : outcomeOf(this.#world.markets.get(id) as Market, answer)
  }

  /** The market in which this peer has, or sees, an order. */
  #marketOf(orderId: OrderId): Market | undefined {
    for (const { state } of this.#books.values()) {
      const { book, market, records } = state
      if (records.has(orderId) || [...book.owners()].some(owner => book.replica(owner, orderId))) return market
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

/** Told at once: there is nothing to wait for. */
function told<T>(tell: (value: T) => void, value: T): Leave {
  tell(value)
  return () => undefined
}

/** Asks when it is subscribed; emits what it is told, and completes. */
function once$<T>(ask: (tell: (value: T) => void) => Leave): Observable<T> {
  return new Observable(subscriber =>
    ask(value => {
      subscriber.next(value)
      subscriber.complete()
    }),
  )
}

function once<T>(ask: (tell: (value: T) => void) => Leave): Promise<T> {
  return new Promise(resolve => void ask(resolve))
}
