/** A demonstration as one plain object, for programs and for printing: figures, the end of the tape, the book, the verdict. */
import { formatLots, formatNotional } from '../book/decimals.ts'
import type { LevelView } from '../peer/book-view.ts'
import type { TradeReport } from '../peer/outcome.ts'
import type { Demonstration } from './demonstration.ts'
import type { TransportName } from './stage.ts'
import { figuresOf, type Counts } from './tally-figures.ts'
import type { History } from './tally.ts'
import { verdictOn } from './verdict.ts'

export interface DemonstrationReport {
  readonly seed: number
  readonly transport: TransportName
  readonly market: string
  readonly peers: readonly PeerReport[]
  /** Trades in all, each counted once. */
  readonly trades: number
  /** Those of them between two peers. */
  readonly tradesBetweenPeers: number
  /** Commands that were answered with a refusal, by reason. */
  readonly refusals: Readonly<Record<string, number>>
  readonly agreed: boolean
  readonly violations: readonly string[]
  /** Requests between peers for each trade; null where they are not sent over HTTP, or where there was no trade. */
  readonly requestsPerTrade: number | null
  readonly tradesPerSecond: number
  /** Meeting, trading and coming to rest together; virtual time on the simulated transport. */
  readonly durationMs: number
  readonly meetingMs: number
  readonly tradingMs: number
  readonly restingMs: number
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
  readonly bookHash: string
}

const lastTradesMax = 8

export function reportOn(
  { history, durations, requests }: Demonstration,
  { seed, transport }: { readonly seed: number; readonly transport: TransportName },
): DemonstrationReport {
  const tape = history.peers[0]?.tape ?? []
  const { meetingMs, tradingMs, restingMs } = durations
  const activeMs = tradingMs + restingMs
  return {
    seed,
    transport,
    market: history.market.id,
    peers: history.peers.map(peer => peerReport(history, peer)),
    trades: tape.length,
    tradesBetweenPeers: tape.filter(({ maker, taker }) => maker.peer !== taker.peer).length,
    refusals: refusalsIn(history),
    ...verdictOn(history),
    requestsPerTrade: requests === null || tape.length === 0 ? null : rounded(requests / tape.length, 1),
    tradesPerSecond: activeMs > 0 ? rounded((tape.length * 1_000) / activeMs, 1) : 0,
    durationMs: Math.round(meetingMs + activeMs),
    meetingMs: Math.round(meetingMs),
    tradingMs: Math.round(tradingMs),
    restingMs: Math.round(restingMs),
    book: history.peers[0]?.book.depth ?? { bids: [], asks: [] },
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

function refusalsIn({ market, peers }: History): Record<string, number> {
  const all = peers.flatMap(peer => Object.entries(figuresOf(market, peer).refusals))
  const counts: Record<string, number> = {}
  for (const [reason, count] of all) counts[reason] = (counts[reason] ?? 0) + count
  return counts
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
