/**
 * A demonstration as one plain object, for programs and for printing: figures, and for each market the end of the tape, the book, and
 * whether it is agreed on.
 */
import { createHash } from 'node:crypto'
import { formatLots, formatNotional } from '../book/decimals.ts'
import type { MarketId } from '../book/market.ts'
import type { LevelView } from '../peer/book-view.ts'
import type { TradeReport } from '../peer/outcome.ts'
import type { Demonstration } from './demonstration.ts'
import type { TransportName } from './stage.ts'
import { figuresOf, type Counts } from './tally-figures.ts'
import type { History } from './tally.ts'
import { verdictOn } from './verdict.ts'

/** What `market`, `book`, `lastTrades` and the decimals of `peers` say is about the first market; everything else is about all of them. */
export interface DemonstrationReport {
  readonly seed: number
  readonly transport: TransportName
  readonly market: MarketId
  readonly peers: readonly PeerReport[]
  /** Trades in all, each counted once. */
  readonly trades: number
  /** Those of them between two peers. */
  readonly tradesBetweenPeers: number
  /** Commands that were answered with a refusal, by reason. */
  readonly refusals: Readonly<Record<string, number>>
  /** Orders of which something was never filled, by the last reason. */
  readonly lapses: Readonly<Record<string, number>>
  readonly agreed: boolean
  readonly violations: readonly string[]
  /** Requests between peers for each trade; null where the network is simulated, or where there was no trade. */
  readonly requestsPerTrade: number | null
  readonly tradesPerSecond: number
  /** Meeting, trading and coming to rest together; virtual time on the simulated transport. */
  readonly durationMs: number
  readonly meetingMs: number
  readonly tradingMs: number
  readonly restingMs: number
  readonly book: MarketReport['book']
  readonly lastTrades: readonly TradeReport[]
  readonly markets: readonly MarketReport[]
}

export interface MarketReport {
  readonly id: MarketId
  readonly trades: number
  readonly tradesBetweenPeers: number
  readonly agreed: boolean
  /** As the first peer has it: where it is agreed on, so do all. */
  readonly bookHash: string
  readonly peers: readonly PeerReport[]
  /** The best price levels, as the first peer holds them. */
  readonly book: { readonly bids: readonly LevelView[]; readonly asks: readonly LevelView[] }
  readonly lastTrades: readonly TradeReport[]
}

/** Decimal strings for what is traded, orders and trades in numbers. */
export interface PeerReport extends Counts {
  readonly name: string
  readonly id: string
  readonly bought: string
  readonly sold: string
  /** What it has received for what it sold, less what it has paid. */
  readonly received: string
  /** The hash of its book; of several books, SHA-256 (hex) over one line `market hash` for each, in the order of the markets. */
  readonly bookHash: string
}

const lastTradesMax = 8

export function reportOn(
  { histories, durations, requests }: Demonstration,
  { seed, transport }: { readonly seed: number; readonly transport: TransportName },
): DemonstrationReport {
  const markets = histories.map(marketReport)
  const [first] = markets
  if (!first) throw new Error('a demonstration has a market')
  const { meetingMs, tradingMs, restingMs } = durations
  const activeMs = tradingMs + restingMs
  const trades = sumOf(markets.map(market => market.trades))
  return {
    seed,
    transport,
    market: first.id,
    peers: first.peers.map((_, index) => overall(markets, index)),
    trades,
    tradesBetweenPeers: sumOf(markets.map(market => market.tradesBetweenPeers)),
    refusals: merged(histories, 'refusals'),
    lapses: merged(histories, 'lapses'),
    agreed: markets.every(({ agreed }) => agreed),
    violations: histories.flatMap(history => violationsOf(history, histories.length > 1)),
    requestsPerTrade: requests === null || trades === 0 ? null : rounded(requests / trades, 1),
    tradesPerSecond: activeMs > 0 ? rounded((trades * 1_000) / activeMs, 1) : 0,
    durationMs: Math.round(meetingMs + activeMs),
    meetingMs: Math.round(meetingMs),
    tradingMs: Math.round(tradingMs),
    restingMs: Math.round(restingMs),
    book: first.book,
    lastTrades: first.lastTrades,
    markets,
  }
}

function marketReport(history: History): MarketReport {
  const { market, peers } = history
  const [first] = peers
  const tape = first?.tape ?? []
  return {
    id: market.id,
    trades: tape.length,
    tradesBetweenPeers: tape.filter(({ maker, taker }) => maker.peer !== taker.peer).length,
    agreed: verdictOn(history).agreed,
    bookHash: first?.book.hash ?? '',
    peers: peers.map(peer => peerReport(history, peer)),
    book: first?.book.depth ?? { bids: [], asks: [] },
    lastTrades: tape.slice(-lastTradesMax),
  }
}

function peerReport({ market }: History, peer: History['peers'][number]): PeerReport {
  const { bought, sold, received, counts } = figuresOf(market, peer)
  return {
    name: peer.name,
    id: peer.id,
    ...counts,
    bought: formatLots(bought, market.lotSize),
    sold: formatLots(sold, market.lotSize),
    received: formatNotional(received, market.tickSize, market.lotSize),
    bookHash: peer.book.hash,
  }
}

/** One peer in all markets: counts add up, decimals of different markets do not. */
function overall(markets: readonly MarketReport[], index: number): PeerReport {
  const reports = markets.map(({ peers }) => peers[index] as PeerReport)
  const [first, ...others] = reports as [PeerReport, ...PeerReport[]]
  if (others.length === 0) return first
  const lines = reports.map(({ bookHash }, nth) => `${markets[nth]?.id} ${bookHash}\n`)
  return {
    ...first,
    placed: sumOf(reports.map(({ placed }) => placed)),
    filled: sumOf(reports.map(({ filled }) => filled)),
    cancelled: sumOf(reports.map(({ cancelled }) => cancelled)),
    lapsed: sumOf(reports.map(({ lapsed }) => lapsed)),
    open: sumOf(reports.map(({ open }) => open)),
    trades: sumOf(reports.map(({ trades }) => trades)),
    ownTrades: sumOf(reports.map(({ ownTrades }) => ownTrades)),
    bookHash: createHash('sha256').update(lines.join('')).digest('hex'),
  }
}

function violationsOf(history: History, isOneOfSeveral: boolean): string[] {
  const { violations } = verdictOn(history)
  return violations.map(sentence => (isOneOfSeveral ? `${history.market.id}: ${sentence}` : sentence))
}

function merged(histories: readonly History[], key: 'refusals' | 'lapses'): Record<string, number> {
  const all = histories.flatMap(({ market, peers }) =>
    peers.flatMap(peer => Object.entries(figuresOf(market, peer)[key])),
  )
  const counts: Record<string, number> = {}
  for (const [reason, count] of all) counts[reason] = (counts[reason] ?? 0) + count
  return counts
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
