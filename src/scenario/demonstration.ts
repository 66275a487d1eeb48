/**
 * A demonstration: peers come to a stage, find each other, trade a seeded flow through their public interface with many commands in
 * flight at once, and come to rest. Gives the history of it; whether it is in order is the verdict's business.
 */
import { forkJoin } from 'rxjs'
import type { Market, MarketId } from '../book/market.ts'
import type { Peer } from '../peer/peer.ts'
import { allReady } from './demonstration-ready.ts'
import { waitUntil } from './demonstration-wait.ts'
import { play } from './flow-player.ts'
import { flowOfMarkets } from './flow-of-markets.ts'
import type { Stage } from './stage.ts'
import { countRequests } from './tally-requests.ts'
import { Tally, type History } from './tally.ts'

export interface DemonstrationOptions {
  readonly seed: number
  /** One at least. */
  readonly markets: readonly Market[]
  readonly peers: number
  readonly orders: number
  readonly signal: AbortSignal
  /** Hears how far it is. */
  readonly progress: (progress: Progress) => void
}

export interface Progress {
  readonly part: 'meeting' | 'trading' | 'coming to rest'
  readonly done: number
  readonly total: number
  readonly trades: number
}

/** Milliseconds, by the clock of the stage. */
export interface Durations {
  readonly meetingMs: number
  readonly tradingMs: number
  readonly restingMs: number
}

export interface Demonstration {
  /** One for each market, in the order of the markets. */
  readonly histories: readonly History[]
  /** Requests between peers while they traded and came to rest; null where the network is simulated. */
  readonly requests: number | null
  readonly durations: Durations
  /** What is worth saying and no violation. */
  readonly remarks: readonly string[]
}

export const peersMax = 32
export const marketsMax = 8
const restMsMax = 30_000
/** Quiet for so long is quiet: what a journal still holds, or the network, has come out by then. */
const quietMs = 50
const stopMsMax = 10_000

const names = [
  ...['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'kim', 'leo', 'mallory'],
  ...['nina', 'olivia', 'peggy', 'quentin', 'rupert', 'sybil', 'trent', 'uma', 'victor', 'walter', 'xenia', 'yves'],
  ...['zoe', 'anna', 'ben', 'clara', 'dora', 'emil', 'flora'],
]

/** Rejects when it cannot be carried out: the peers do not find each other, or somebody interrupts. The peers have stopped by then. */
export async function demonstrate(stage: Stage, options: DemonstrationOptions): Promise<Demonstration> {
  const peers: Peer[] = []
  try {
    const meeting = await timed(stage, () => meet(stage, options, peers))
    const { tallies, remarks } = meeting.result
    const requests = countRequests(new Set(peers.map(({ address }) => address)))
    const trading = await timed(stage, () => trade(stage, options, tallies))
    const resting = await timed(stage, () => comeToRest(stage, options, tallies))
    requests.stop()
    return {
      histories: options.markets.map(market => ({
        market,
        peers: ofMarket(tallies, market.id).map(tally => tally.history()),
      })),
      requests: stage.transport === 'grenache' ? requests.count : null,
      durations: { meetingMs: meeting.ms, tradingMs: trading.ms, restingMs: resting.ms },
      remarks,
    }
  } finally {
    await stopAll(stage, peers)
  }
}

/** Puts each peer into the list as soon as it exists, so that it can be stopped whatever happens. A tally for each peer and market. */
async function meet(stage: Stage, options: DemonstrationOptions, peers: Peer[]) {
  const { markets, progress } = options
  const tallies: Tally[] = []
  for (const name of names.slice(0, options.peers)) {
    const peer = await stage.createPeer(name, markets)
    peers.push(peer)
    tallies.push(...markets.map(market => new Tally(peer, market)))
    progress({ part: 'meeting', done: peers.length, total: options.peers, trades: 0 })
  }
  return { tallies, remarks: await allReady(stage, peers, options.signal) }
}

async function trade(stage: Stage, options: DemonstrationOptions, tallies: readonly Tally[]): Promise<void> {
  const steps = flowOfMarkets(options)
  const tell = (done: number): void => {
    options.progress({ part: 'trading', done, total: steps.length, trades: tradesOf(tallies) })
  }
  await play(stage, tallies, steps, options.signal, tell)
}

/** Ends when nothing moves or will by itself, and all have read the same, or when that takes too long: then the history says what still moves. */
async function comeToRest(stage: Stage, options: DemonstrationOptions, tallies: readonly Tally[]): Promise<void> {
  options.progress({ part: 'coming to rest', done: 0, total: 1, trades: tradesOf(tallies) })
  const markets = options.markets.map(({ id }) => ofMarket(tallies, id).map(({ peer }) => peer.book(id)))
  const haveReadTheSame = () => markets.every(books => new Set(books.map(book => book.digest())).size === 1)
  const isStill = () => markets.flat().every(book => book.unrest().length === 0)
  const isQuiet = () => !tallies.some(({ isToExpire }) => isToExpire) && haveReadTheSame() && isStill()
  const lateMs = stage.now() + restMsMax
  while (await waitUntil(stage, isQuiet, lateMs - stage.now(), options.signal)) {
    await stage.advance(quietMs)
    if (isQuiet()) return
  }
}

function ofMarket(tallies: readonly Tally[], id: MarketId): Tally[] {
  return tallies.filter(({ market }) => market.id === id)
}

/** As far as the peer knows that has heard of the most. */
function tradesOf(tallies: readonly Tally[]): number {
  const trades = new Map<Peer, number>()
  for (const tally of tallies) trades.set(tally.peer, (trades.get(tally.peer) ?? 0) + tally.trades)
  return Math.max(...trades.values())
}

async function stopAll(stage: Stage, peers: readonly Peer[]): Promise<void> {
  if (peers.length > 0) await stage.first(forkJoin(peers.map(peer => peer.stop$())), stopMsMax)
}

async function timed<Result>(stage: Stage, work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const startedMs = stage.now()
  const result = await work()
  return { result, ms: stage.now() - startedMs }
}
