/**
 * Watches a peer and tells what happens: own orders, everybody's trades, neighbours, grapes. Keeps the end of the tape. Each thing
 * is told once; what only repeats is not told.
 */
import { Subscription } from 'rxjs'
import { formatLots, parseUnits } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'
import type { Address, DiscoveryHealth } from '../net/transport.ts'
import type { NeighbourView } from '../peer/neighbourhood.ts'
import { isOver } from '../peer/decide/event.ts'
import type { OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { Peer } from '../peer/peer.ts'
import { orderNews } from '../scenario/order-news.ts'
import type { PeerNames } from './peer-names.ts'
import type { Happening, Presence, TapeEntry } from './peer-told.ts'

/** Trades that can be asked for. */
const tapeMax = 1_000
/** From near to far. */
const presences: readonly Presence[] = ['banned', 'live', 'coming', 'suspect', 'leaving', 'unavailable', 'gone']

interface Seen {
  readonly state: Presence
  readonly address: Address
}

export class PeerWatch {
  readonly #peer: Peer
  readonly #names: PeerNames
  readonly #given: ReadonlySet<string>
  readonly #tell: (told: Happening) => void
  readonly #subscription = new Subscription()
  readonly #tape: TapeEntry[] = []
  /** How open own orders stood when they were told of. */
  readonly #orders = new Map<OrderId, OrderOutcome>()
  readonly #reserved = new Map<OrderId, NodeJS.Timeout | 'told'>()
  readonly #neighbours = new Map<PeerId, Seen>()
  readonly #unanswered = new Set<Address>()
  readonly #grapes = new Map<string, string>()
  #hasDht = true
  #failure: string | null = null

  /** `given`: the addresses that the user has named, whose silence is worth a word. */
  constructor(peer: Peer, names: PeerNames, given: readonly string[], tell: (told: Happening) => void) {
    this.#peer = peer
    this.#names = names
    this.#given = new Set(given)
    this.#tell = tell
    this.#subscription.add(peer.orders$.subscribe(outcome => this.#order(outcome)))
    this.#subscription.add(peer.disputes$.subscribe(dispute => this.#tell(names.disputed(peer.id, dispute))))
    this.#subscription.add(peer.trades$.subscribe(trade => this.#trade(trade)))
    this.#subscription.add(peer.neighbours$.subscribe(views => this.#look(views)))
    this.#look(peer.neighbours())
  }

  /** The last trades, latest last. */
  tape(rowsMax: number): readonly TapeEntry[] {
    return this.#tape.slice(-rowsMax)
  }

  get tapeLength(): number {
    return this.#tape.length
  }

  stop(): void {
    this.#subscription.unsubscribe()
    for (const timer of this.#reserved.values()) if (timer !== 'told') clearTimeout(timer)
  }

  #order(outcome: OrderOutcome): void {
    this.#names.own(outcome)
    const { id, market } = outcome.order
    const order = this.#names.order(this.#peer.id, id)
    const settled = asSettled(outcome, this.#marketOf(market))
    const news = orderNews(this.#orders.get(id) ?? null, settled, this.#newsNames(outcome))
    // What was forced may still be told of: its maker's decision comes when the order is long over.
    const isSettled = outcome.forced.every(({ decided }) => decided !== null)
    if (isOver(outcome.status) && isSettled) this.#orders.delete(id)
    else this.#orders.set(id, settled)
    if (news.length > 0) this.#tell({ type: 'order', order, news, outcome })
    this.#watchDoubt(order, outcome)
  }

  /** Every order that meets another peer's is reserved for a moment; only what lasts is doubt. */
  #watchDoubt(order: string, { order: { id, market }, inDoubt }: OrderOutcome): void {
    const watched = this.#reserved.get(id)
    if (isNone(inDoubt)) {
      if (watched !== 'told') clearTimeout(watched)
      this.#reserved.delete(id)
      if (watched === 'told') this.#tell({ type: 'doubt_over', order })
    } else if (watched === undefined) {
      this.#reserved.set(
        id,
        setTimeout(() => this.#doubt(order, id, market), limits.doubtMs),
      )
    }
  }

  #doubt(order: string, id: OrderId, market: string): void {
    const outcome = this.#peer.book(market).order(id)
    if (!outcome || isNone(outcome.inDoubt)) return void this.#reserved.delete(id)
    this.#reserved.set(id, 'told')
    this.#tell({ type: 'in_doubt', order, quantity: outcome.inDoubt })
  }

  #trade(trade: TradeReport): void {
    const { maker, taker } = this.#names.sides(trade)
    const isOwn = trade.maker.peer === this.#peer.id || trade.taker.peer === this.#peer.id
    const at = new Date().toISOString()
    const entry: TapeEntry = { type: 'trade', at, makerOrder: maker, takerOrder: taker, isOwn, trade }
    this.#tape.push(entry)
    if (this.#tape.length > tapeMax) this.#tape.shift()
    this.#tell(entry)
  }

  #look(views: readonly NeighbourView[]): void {
    for (const { peerId, name } of views) if (peerId !== null && name !== null) this.#names.meet(peerId, name)
    this.#lookForNeighbours(views)
    this.#lookForUnanswered(views)
    const { discovery, failure } = this.#peer.health()
    this.#lookAtGrapes(discovery, views.filter(({ state }) => state === 'live').length)
    if (failure !== null && failure !== this.#failure) this.#tell({ type: 'failure', sentence: failure })
    this.#failure = failure
  }

  #lookForNeighbours(views: readonly NeighbourView[]): void {
    for (const [peerId, view] of bestOfEach(views)) this.#see(peerId, view.address, presenceOf(view), view.reason)
    const here = new Set(views.map(({ peerId }) => peerId))
    for (const [peerId, { address }] of this.#neighbours)
      if (!here.has(peerId)) this.#see(peerId, address, 'gone', null)
  }

  /** Who is unavailable is greeted again and again: that is no news until it answers. */
  #see(peerId: PeerId, address: Address, presence: Presence | null, reason: string | null): void {
    const before = this.#neighbours.get(peerId)?.state
    const state = presence ?? before ?? 'coming'
    if (state === 'gone') this.#neighbours.delete(peerId)
    else this.#neighbours.set(peerId, { state, address })
    if (state === before) return
    this.#tell({ type: 'neighbour', name: this.#names.peer(peerId), peerId, address, state, reason })
  }

  #lookForUnanswered(views: readonly NeighbourView[]): void {
    for (const { peerId, address, reason } of views) {
      if (peerId !== null) this.#unanswered.delete(address)
      else if (reason !== null && this.#given.has(address) && !this.#unanswered.has(address)) {
        this.#unanswered.add(address)
        this.#tell({ type: 'unanswered', address, reason })
      }
    }
    for (const address of this.#unanswered) if (!views.some(view => view.address === address)) this.#giveUp(address)
  }

  #giveUp(address: Address): void {
    this.#unanswered.delete(address)
    this.#tell({ type: 'given_up', address })
  }

  #lookAtGrapes({ grapes }: DiscoveryHealth, live: number): void {
    for (const { url, state, sentence } of grapes) {
      if (state === 'untried' || this.#grapes.get(url) === state) continue
      if (state === 'unreachable' || this.#grapes.has(url)) this.#tell({ type: 'grape', url, state, sentence })
      this.#grapes.set(url, state)
    }
    const hasDht = grapes.length === 0 || grapes.some(({ state }) => state !== 'unreachable')
    if (this.#hasDht && !hasDht) this.#tell({ type: 'without_dht', live })
    this.#hasDht = hasDht
  }

  /** What an order is told of: the other sides of its trades, by their names. */
  #newsNames({ fills, forced, order }: OrderOutcome): Parameters<typeof orderNews>[2] {
    const owners = new Map([...fills, ...forced].map(({ counterparty }) => [counterparty.orderId, counterparty.peer]))
    const orderName = (id: OrderId) => this.#names.order(owners.get(id) ?? this.#peer.id, id)
    return { market: this.#marketOf(order.market), orderName, rankOf: () => 0 }
  }

  #marketOf(id: string): Market {
    return this.#peer.book(id).market
  }
}

/** The order without what is reserved for a moment: whether it is in doubt is told for itself. */
function asSettled(outcome: OrderOutcome, { lotSize }: Market): OrderOutcome {
  return { ...outcome, inDoubt: formatLots(0, lotSize) }
}

function isNone(decimal: string): boolean {
  return parseUnits(decimal) === 0n
}

/** A peer may be known under a former address too: the address at which it fares best counts. */
function bestOfEach(views: readonly NeighbourView[]): ReadonlyMap<PeerId, NeighbourView> {
  const best = new Map<PeerId, NeighbourView>()
  for (const view of views) {
    if (view.peerId === null) continue
    const other = best.get(view.peerId)
    if (!other || rankOf(view) < rankOf(other)) best.set(view.peerId, view)
  }
  return best
}

function rankOf(view: NeighbourView): number {
  return presences.indexOf(presenceOf(view) ?? 'unavailable')
}

/** Null for somebody who is only being greeted: then what was said before still holds. */
function presenceOf({ state }: NeighbourView): Presence | null {
  if (state === 'candidate' || state === 'greeting') return null
  return state === 'syncing' ? 'coming' : state
}
