/**
 * A market's book for reading, as it is at the moment of the call. Everything here is plain data; nothing can be changed by it. A
 * decision shows as soon as it is made, a moment before it is durable and told.
 */
import { formatLots, formatTicks } from '../book/decimals.ts'
import { checkBook } from '../book/check-book.ts'
import type { Market } from '../book/market.ts'
import type { PriceLevel } from '../book/order-book.ts'
import { availableOf, orderKey, type OrderId, type PeerId, type RestingOrder, type Side } from '../book/order.ts'
import type { Head } from '../feed/entry.ts'
import type { Batch } from '../net/messages.ts'
import { undecidedOf } from './decide/doubt.ts'
import type { Output } from './decide/event.ts'
import { memoryOf, type BookMemory } from './decide/memory.ts'
import { digestOf, headsOf } from './decide/read.ts'
import { reportOf } from './decide/report.ts'
import { knownOrders } from './decide/whole.ts'
import type { InFlight, TakerChannel } from './decide/state.ts'
import type { LiveBook } from './live-book.ts'
import { disputeReportOf, outcomeOf, type DisputeReport, type OrderOutcome } from './outcome.ts'

export interface LevelView {
  readonly price: string
  readonly quantity: string
  /** How many orders rest at this price. */
  readonly orders: number
}

export interface RestingView {
  readonly owner: PeerId
  readonly id: OrderId
  readonly side: Side
  readonly price: string
  readonly remaining: string
  /** Whether it could be matched now: its owner is this peer or a live neighbour. */
  readonly isLive: boolean
}

/** What somebody knows who sees all peers, and one peer alone cannot: what may never move again, and so does not count as movement. */
export interface Onlooker {
  /** Peers that do not come back: what they have to decide stays in doubt. */
  readonly gone: ReadonlySet<PeerId>
  /** False of an order that is reserved as a whole at its owner's. */
  readonly isOnOffer: (id: OrderId) => boolean
  /** True where the taker asks the maker for nothing, since a batch between them waits for somebody who has gone. */
  readonly isHeldUp: (taker: PeerId, maker: PeerId) => boolean
}

const stranger: Onlooker = { gone: new Set(), isOnOffer: () => true, isHeldUp: () => false }

export class BookView {
  readonly market: Market
  readonly #book: LiveBook

  constructor(market: Market, book: LiveBook) {
    this.market = market
    this.#book = book
  }

  /** The best price levels of both sides, best first, over all orders whose owner is live. */
  depth(levelsMax: number): { readonly bids: readonly LevelView[]; readonly asks: readonly LevelView[] } {
    const { bids, asks } = this.#state.book.depth(levelsMax, order => this.#isLive(order))
    return { bids: bids.map(level => this.#levelView(level)), asks: asks.map(level => this.#levelView(level)) }
  }

  /** All resting orders of one side, best price first, then earliest first, the stale ones of absent owners included. */
  orders(side: Side): RestingView[] {
    return [...this.#state.book.opposite(side === 'buy' ? 'sell' : 'buy', null)].map(order => this.#restingView(order))
  }

  /** An own order, open or closed; undefined when it is unknown or long forgotten. */
  order(id: OrderId): OrderOutcome | undefined {
    const known = this.#state.records.get(id)
    return known?.partOf === null ? outcomeOf(this.market, reportOf(this.#state, id)) : undefined
  }

  /** The own order that was submitted under that client order id. */
  orderCalled(clientOrderId: string): OrderOutcome | undefined {
    const id = this.#state.clientOrders.get(clientOrderId)
    return id && this.order(id)
  }

  /** All own orders that are known, in the order in which they were accepted. */
  ownOrders(): OrderOutcome[] {
    return knownOrders(this.#state).map(id => outcomeOf(this.market, reportOf(this.#state, id)))
  }

  /** Whether something of an own order can be traded now; undefined when the order is not known here as an own one. */
  isOnOffer(id: OrderId): boolean | undefined {
    const { book, attempts } = this.#state
    const order = book.own(id)
    return order && availableOf(order) > 0 && !attempts.has(id)
  }

  /** What clients call own orders, their parts included; null when they have not said. */
  clientOrderIds(): readonly (readonly [OrderId, string | null])[] {
    const { records } = this.#state
    return [...records].map(([id, known]) => [id, records.get(known.partOf ?? id)?.clientOrderId ?? null])
  }

  /** SHA-256 over all resting orders, hexadecimal: equal at two peers exactly when their books are. */
  hash(): string {
    return this.#state.book.hash()
  }

  /** How far every feed has been read here. */
  heads(): readonly { readonly owner: PeerId; readonly head: Head }[] {
    return headsOf(this.#state)
  }

  /** A hash over the heads. */
  digest(): string {
    return digestOf(headsOf(this.#state))
  }

  /** What of this market is still moving at this peer, as far as who looks on knows; empty when it is at rest. */
  unrest({ gone, isOnOffer, isHeldUp }: Onlooker = stranger): string[] {
    const { book, takerChannels, waiting, awaiting, decisions, holds } = this.#state
    const inFlight = [...takerChannels].filter(
      ([maker, channel]) => !gone.has(maker) && this.#isAwaited(maker, channel, gone),
    )
    const held = [...holds.values()].filter(({ last }) => !gone.has(last.maker))
    return [
      ...inFlight.map(([maker, { n }]) => `batch ${n} to ${maker} is undecided`),
      ...held.map(({ batch, last }) => `batch ${batch.n} of ${batch.taker} is held until ${last.maker} has decided`),
      ...[...waiting].map(id => `${orderKey(book.self, id)} waits for a channel`),
      ...[...awaiting.keys()].map(id => `${orderKey(book.self, id)} is awaited`),
      ...this.#crossedOrders({ isOnOffer, isHeldUp }).map(({ id }) => `${orderKey(book.self, id)} is crossed`),
      ...([decisions, this.#book.group].some(tellsMore) ? ['decisions wait for the journal'] : []),
    ]
  }

  /** True while a batch to this maker waits for the word of somebody who has gone: until then it is asked for nothing more. */
  isHeldUp(maker: PeerId, gone: ReadonlySet<PeerId>): boolean {
    const { inFlight } = this.#state.takerChannelOf(maker)
    return inFlight !== null && this.#waitsForGone(inFlight, gone)
  }

  /** False while something that shows here is on its way into the journal: a crash would undo it, and nobody has been told. */
  get isDurable(): boolean {
    return this.#state.decisions.isEmpty && !this.#book.group?.record
  }

  /** What makers have decided otherwise than it had been forced here, oldest first. */
  disputes(): DisputeReport[] {
    return this.#state.disputes.map(dispute => disputeReportOf(this.market, dispute))
  }

  /** Violations of what is always true of a book, in sentences; none when all is well. */
  check(): string[] {
    return checkBook(this.#state.book)
  }

  // For those who look on: what the peer goes by, not what its user trades on.

  /** The present incarnation of the own feed; empty before the book is open. */
  get incarnation(): string {
    return this.#state.incarnation
  }

  /** Whether orders of that owner may be matched here now. */
  isLive(owner: PeerId): boolean {
    return this.#state.live.has(owner)
  }

  /** Who is live now. Changes with the book. */
  get live(): ReadonlySet<PeerId> {
    return this.#state.live
  }

  /** Batches whose outcome is not known, by maker. Changes with the book. */
  get channels(): ReadonlyMap<PeerId, TakerChannel> {
    return this.#state.takerChannels
  }

  /** How far that owner's feed has been read. */
  headOf(owner: PeerId): Head | null {
    return this.#state.feeds.get(owner)?.head ?? null
  }

  /** False while parts of a checkpoint are missing with which the replica of that owner began. */
  isWhole(owner: PeerId): boolean {
    return this.#state.feeds.get(owner)?.isLoading === false
  }

  /** Lots that another owner's order has left as it is seen here; 0 when it is not in the book. */
  remainingOf(owner: PeerId, id: OrderId): number {
    return this.#state.book.replica(owner, id)?.remaining ?? 0
  }

  /** True when the journal has everything that was decided. */
  get isWritten(): boolean {
    return (this.#book.group?.record ?? null) === null && this.#state.decisions.facts.length === 0
  }

  /** What a restart brings back. */
  memory(): BookMemory {
    return memoryOf(this.#state)
  }

  get #state() {
    return this.#book.state
  }

  /**
   * A batch that is forced as a whole is only waited for while its maker is there to answer; one that is held elsewhere, while the maker
   * is there who is to decide.
   */
  #isAwaited(maker: PeerId, { inFlight }: TakerChannel, gone: ReadonlySet<PeerId>): boolean {
    if (inFlight === null || this.#waitsForGone(inFlight, gone)) return false
    return undecidedOf(inFlight).length > 0 || this.#state.live.has(maker)
  }

  #waitsForGone({ batch }: InFlight, gone: ReadonlySet<PeerId>): boolean {
    return batch.last !== null && gone.has((JSON.parse(batch.last.body) as Batch).maker)
  }

  #isLive({ owner }: RestingOrder): boolean {
    return owner === this.#state.self || this.#state.live.has(owner)
  }

  /** Own orders that could trade with an order of somebody who is live. */
  #crossedOrders({ isOnOffer, isHeldUp }: Pick<Onlooker, 'isOnOffer' | 'isHeldUp'>): RestingOrder[] {
    const { book } = this.#state
    const own = [...book.ownResting('buy'), ...book.ownResting('sell')].filter(({ id }) => this.isOnOffer(id) === true)
    return own.filter(order =>
      [...book.opposite(order.side, order.price)].some(other => {
        // The later order takes.
        const [maker, taker] = order.id < other.id ? [order, other] : [other, order]
        return this.#isLive(other) && isOnOffer(other.id) && !isHeldUp(taker.owner, maker.owner)
      }),
    )
  }

  #levelView({ price, quantity, orders }: PriceLevel): LevelView {
    const { tickSize, lotSize } = this.market
    return { price: formatTicks(price, tickSize), quantity: formatLots(quantity, lotSize), orders }
  }

  #restingView(order: RestingOrder): RestingView {
    const { owner, id, side } = order
    const price = formatTicks(order.price, this.market.tickSize)
    const remaining = formatLots(order.remaining, this.market.lotSize)
    return { owner, id, side, price, remaining, isLive: this.#isLive(order) }
  }
}

/** Whether something leaves with it but replies to those who only read: beats and fetches go on for ever. */
function tellsMore(leaving: { readonly outputs: readonly Output[] } | null): boolean {
  return leaving !== null && leaving.outputs.some(({ type }) => type !== 'reply')
}
