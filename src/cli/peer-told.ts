/** What a peer in a terminal tells: what happens, and the answers to what is typed. Plain data: with --json, each is one line. Types only. */
import type { MarketId } from '../book/market.ts'
import type { PeerId, Side } from '../book/order.ts'
import type { Address } from '../net/transport.ts'
import type { BanSummary } from '../peer/bans.ts'
import type { NeighbourView } from '../peer/neighbourhood.ts'
import type { DisputeReport, DoubtReport, OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { PeerHealth } from '../peer/peer.ts'

export type Told = Happening | Answer

/** How a neighbour is seen: `coming` while it has answered and is not live yet, `gone` when it is no longer looked for. */
export type Presence = 'coming' | 'live' | 'suspect' | 'leaving' | 'unavailable' | 'banned' | 'gone'

export type Happening =
  | {
      readonly type: 'started'
      readonly name: string
      readonly peerId: PeerId
      readonly address: Address
      readonly network: string
      readonly pid: number
      readonly markets: readonly MarketId[]
      readonly key: { readonly file: string; readonly isNew: boolean } | null
    }
  /** Grapes run in this process; the command is how another peer joins over them. */
  | { readonly type: 'grapes_started'; readonly urls: readonly string[]; readonly command: string }
  /** What it does is shown at this URL, for this machine only. */
  | { readonly type: 'inspected'; readonly url: string }
  /** An own order has changed; `news` says how, in lines. */
  | {
      readonly type: 'order'
      readonly order: string
      readonly news: readonly string[]
      readonly outcome: OrderOutcome
    }
  /** Another peer has owed an answer about this quantity for so long that it may or may not be filled. */
  | { readonly type: 'in_doubt'; readonly order: string; readonly quantity: string }
  | { readonly type: 'doubt_over'; readonly order: string }
  /** Another peer has decided otherwise than it had been forced here. */
  | DisputeRow
  | TapeEntry
  | {
      readonly type: 'neighbour'
      readonly name: string
      readonly peerId: PeerId
      readonly address: Address
      readonly state: Presence
      readonly reason: string | null
    }
  /** Nobody answers at an address that was given at the start. */
  | { readonly type: 'unanswered'; readonly address: Address; readonly reason: string }
  /** Nobody has ever answered there, and nobody is looked for there any longer. */
  | { readonly type: 'given_up'; readonly address: Address }
  | {
      readonly type: 'grape'
      readonly url: string
      readonly state: 'reachable' | 'unreachable'
      readonly sentence: string
    }
  /** No grape can be reached; so many neighbours are live. */
  | { readonly type: 'without_dht'; readonly live: number }
  /** Something inside the peer has failed. */
  | { readonly type: 'failure'; readonly sentence: string }
  | { readonly type: 'notice'; readonly sentence: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped'; readonly openOrders: readonly string[] }

/** One trade of anybody, with names beside the ids. */
export interface TapeEntry {
  readonly type: 'trade'
  readonly at: string
  readonly makerOrder: string
  readonly takerOrder: string
  /** Whether this peer is a party to it. */
  readonly isOwn: boolean
  readonly trade: TradeReport
}

/** `line` is what was typed. */
export type Answer = { readonly line: string } & (
  | { readonly type: 'refused'; readonly order: string | null; readonly reason: string; readonly sentence: string }
  /** The order rests, is done, or waits for another peer; its own events have said so too. */
  | {
      readonly type: 'placed' | 'cancelling' | 'amended' | 'forced'
      readonly order: string
      readonly outcome: OrderOutcome
    }
  /** As each order stood when all of them were cancelled. */
  | { readonly type: 'cancelling all'; readonly outcomes: readonly OrderOutcome[] }
  | { readonly type: 'book'; readonly market: MarketId; readonly levels: Sides<LevelRow> }
  | { readonly type: 'book_orders'; readonly market: MarketId; readonly orders: Sides<OrderRow> }
  | { readonly type: 'trades'; readonly trades: readonly TapeEntry[]; readonly more: number }
  | {
      readonly type: 'orders'
      readonly of: 'open' | 'all'
      readonly orders: readonly OwnRow[]
      readonly more: number
    }
  | { readonly type: 'doubts'; readonly doubts: readonly DoubtRow[] }
  | { readonly type: 'disputes'; readonly disputes: readonly DisputeRow[] }
  | { readonly type: 'neighbours'; readonly neighbours: readonly (NeighbourView & { readonly label: string })[] }
  | {
      readonly type: 'health'
      readonly health: PeerHealth
      readonly live: number
      readonly known: number
      readonly unrest: readonly string[]
      readonly banned: readonly { readonly peer: string; readonly ban: BanSummary }[]
    }
  | { readonly type: 'market'; readonly market: MarketId }
  /** `peer` is kept out from now on, or no longer. */
  | { readonly type: 'banned' | 'pardoned'; readonly peer: string; readonly ban: BanSummary }
  | { readonly type: 'waited' }
  | { readonly type: 'help' }
)

/** Best first; `more` rows of each side are left out. */
export interface Sides<Row> {
  readonly asks: readonly Row[]
  readonly bids: readonly Row[]
  readonly more: { readonly asks: number; readonly bids: number }
}

export interface LevelRow {
  readonly side: Side
  readonly price: string
  /** What can be matched. */
  readonly quantity: string
  readonly orders: number
  /** What belongs to owners that are not live, and cannot be matched until they are. */
  readonly staleQuantity: string
  readonly staleOrders: number
}

export interface OrderRow {
  readonly side: Side
  readonly price: string
  readonly remaining: string
  readonly order: string
  readonly state: 'own' | 'live' | 'stale'
}

export interface DoubtRow {
  readonly order: string
  readonly counterparty: string
  readonly doubt: DoubtReport
}

export interface DisputeRow {
  readonly type: 'disputed'
  readonly order: string
  readonly counterparty: string
  readonly dispute: DisputeReport
}

export interface OwnRow {
  readonly order: string
  /** What others call it. */
  readonly elsewhere: string
  readonly outcome: OrderOutcome
}
