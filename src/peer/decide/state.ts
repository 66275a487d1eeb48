/**
 * Everything that one market's book at one peer knows. Changed in place, and only by decisions (decide.ts), which only the book
 * actor makes, one event at a time.
 */
import type { Market } from '../../book/market.ts'
import { OrderBook } from '../../book/order-book.ts'
import type { OrderId, OrderKey, PeerId, Side, TradeId } from '../../book/order.ts'
import type { Head, Incarnation } from '../../feed/entry.ts'
import { Feed } from '../../feed/feed.ts'
import type { HybridClock } from '../../feed/hybrid-clock.ts'
import type { Signed, Signer } from '../../feed/signer.ts'
import type { Batch, Proposal } from '../../net/messages.ts'
import { ClosedOrders } from './closed-orders.ts'
import { Decisions } from './decisions.ts'
import type { Dispute, RequestId } from './event.ts'
import type { AnsweredBatch } from './fact.ts'
import { OrderRecords, type OrderRecord } from './order-records.ts'
import type { Noted } from './stop.ts'
import { Touched } from './touched.ts'

/** What decisions need from outside: time, chance, ids and a signature, all by argument. */
export interface DecisionPorts {
  readonly networkId: string
  readonly signer: Signer
  readonly clock: HybridClock
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** A number from 0 to below 1. */
  random(): number
  /** A UUIDv7 from the hybrid clock, later than every id and stamp seen so far. */
  nextId(): string
}

/** Our side of the channel to one maker: the number last used, and the batch that has no outcome yet. */
export interface TakerChannel {
  readonly n: number
  readonly inFlight: InFlight | null
}

export interface InFlight {
  readonly batch: Batch
  readonly signed: Signed
  readonly hash: string
  /** When the batch was made, or taken up again after a start. */
  readonly sinceMs: number
  /** Lots that the operator has forced as filled, of the proposals that are not in doubt any more, by trade. */
  readonly forced: ReadonlyMap<TradeId, number>
}

/**
 * A fok order, or one with a minimum, on its way into the market: so much trades at once or nothing does. Undecided until the last of
 * its makers has decided on its batch; the others hold theirs until then, and so do we what is to come from own orders.
 */
export interface Attempt {
  readonly orderId: OrderId
  /** Whose answer decides; null: nobody else is needed. */
  readonly last: PeerId | null
  readonly own: readonly OwnPart[]
}

/** What an own resting order is to give. */
export interface OwnPart {
  readonly tradeId: TradeId
  readonly makerOrderId: OrderId
  /** Ticks. */
  readonly price: number
  readonly quantity: number
}

/** Lots of own orders that are held for a taker until another maker has decided. */
export interface Hold {
  readonly batch: Batch
  readonly signed: Signed
  readonly hash: string
  /** The batch that decides. */
  readonly last: Batch
  readonly lastHash: string
  /** When the hold began, or was taken up again after a start. */
  readonly sinceMs: number
}

/** Our side of the channel from one taker: the whole memory of a maker. */
export type MakerChannel = AnsweredBatch & { readonly answer: Signed }

/** The key of a trade that lots are held for: strangers can copy ids. */
export type TradeKey = `${PeerId}/${TradeId}`

export function tradeKey(taker: PeerId, id: TradeId): TradeKey {
  return `${taker}/${id}`
}

/** A proposal of the decision under way: neither numbered nor reserved yet. */
export interface Draft {
  readonly maker: PeerId
  readonly proposal: Proposal
}

/** An order that has refused and is left alone until its owner's head has passed `sequence`, or until `untilMs`. */
export interface Backoff {
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly untilMs: number
  readonly delayMs: number
}

/** Fills that an answer told of, until the maker's feed has reached the sequence number at which it shows them. */
export interface Foreseen {
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly lots: number
}

/** Somebody who wants to know how an order stands once it rests or is done. */
export interface Asking {
  readonly id: OrderId
  readonly requestId: RequestId
}

export class BookState {
  readonly market: Market
  readonly ports: DecisionPorts
  readonly self: PeerId
  readonly book: OrderBook
  readonly feeds = new Map<PeerId, Feed>()
  readonly records: OrderRecords
  readonly clientOrders = new Map<string, OrderId>()
  /** The latest own order of each side, open or not; empty before the first. */
  readonly latestOwn: Record<Side, string> = { buy: '', sell: '' }
  /** Own orders that are at work but do not rest. */
  readonly working = new Set<OrderId>()
  /** When gtd orders end; one that was closed before is left out when its time comes. */
  readonly expiries = new Map<OrderId, number>()
  nextExpiryMs = Number.POSITIVE_INFINITY
  /** Orders that have all been closed at once, and of which something has not lapsed yet. Nothing of them may be matched. */
  readonly ending = new Set<OrderId>()
  /** Stops that no trade has reached. */
  readonly dormant = new Map<OrderId, { readonly side: Side; readonly trigger: number }>()
  /** Orders in parts of which something may be due. */
  readonly unsettled = new Set<OrderId>()
  readonly closed = new ClosedOrders()
  readonly takerChannels = new Map<PeerId, TakerChannel>()
  readonly makerChannels = new Map<PeerId, MakerChannel>()
  /** Answers to all-or-nothing batches, which others may ask for when a channel has gone on; by the batch's hash, oldest first. */
  readonly groupAnswers = new Map<string, Signed>()
  /** Own orders that have not traded their minimum yet. */
  readonly entering = new Set<OrderId>()
  /** Of those, what is under way and not decided. */
  readonly attempts = new Map<OrderId, Attempt>()
  /** For whom lots of own orders are held, by the batch's hash. */
  readonly holds = new Map<string, Hold>()
  /** Trades for which lots of own orders are held, by their taker: our own are those of attempts. */
  readonly heldTrades = new Set<TradeKey>()
  /** What makers have decided otherwise than it had been forced here, oldest first. */
  readonly disputes: Dispute[] = []
  readonly live = new Set<PeerId>()
  /** How far the feeds of forgotten owners had been read: no reason to read so far again. */
  readonly forgotten = new Map<PeerId, Head>()
  readonly backoffs = new Map<OrderKey, Backoff>()
  readonly foreseen = new Map<OrderKey, Foreseen>()
  /** Who waits for an order to come to rest. */
  readonly awaiting = new Map<OrderId, RequestId[]>()
  /** False once the peer is about to stop: nothing new is begun, everything open is ended. */
  isOpen = false
  incarnation = '' as Incarnation
  /** Sequence number of the last entry of the own feed, published or not. */
  sequence = 0
  /** The same of the last entry of the last checkpoint. */
  checkpointSequence = 0
  /** Those that belong to no group yet. */
  readonly decisions = new Decisions()

  // The decision under way
  /** Who has asked for it, and is answered at its end or waits from then on. */
  asking: Asking | null = null
  drafts: Draft[] = []
  /** Trades that may trigger stops. */
  readonly traded: Noted[] = []
  /** Orders that could go on as soon as a channel is free again. */
  readonly waiting = new Set<OrderId>()
  readonly touched = new Touched()

  // Of this life only: what an attempt has come to, and which last makers have been asked by those who hold
  readonly holders = new Map<OrderId, Set<PeerId>>()
  readonly askedHolds = new Set<string>()
  lookAgainAtMs = Number.POSITIVE_INFINITY

  constructor(market: Market, ports: DecisionPorts) {
    this.market = market
    this.ports = ports
    this.self = ports.signer.peerId
    this.book = new OrderBook(this.self)
    this.records = new OrderRecords(this.book)
    this.feeds.set(this.self, new Feed())
  }

  /** The own head as far as groups have been closed. */
  get ownHead(): Head | null {
    return this.feedOf(this.self).head
  }

  feedOf(owner: PeerId): Feed {
    const feed = this.feeds.get(owner) ?? new Feed()
    this.feeds.set(owner, feed)
    return feed
  }

  recordOf(orderId: OrderId): OrderRecord {
    const record = this.records.get(orderId)
    if (!record) throw new Error(`own order ${orderId} has no record`)
    return record
  }

  expire(orderId: OrderId, atMs: number): void {
    this.expiries.set(orderId, atMs)
    this.nextExpiryMs = Math.min(this.nextExpiryMs, atMs)
  }

  takerChannelOf(maker: PeerId): TakerChannel {
    return this.takerChannels.get(maker) ?? { n: 0, inFlight: null }
  }

  nextTradeId(): TradeId {
    return this.ports.nextId() as TradeId
  }

  /** A summary, for people and inspectors: the state itself is too large to show. */
  toJSON(): object {
    const inFlight = [...this.takerChannels.values()].filter(channel => channel.inFlight).length
    return {
      market: this.market.id,
      head: this.ownHead,
      isOpen: this.isOpen,
      live: this.live.size,
      inFlight,
      book: this.book,
    }
  }
}
