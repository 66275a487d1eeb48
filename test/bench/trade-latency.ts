/**
 * A trade between two peers beside a bare request of stock Grenache, in turn, in one run on loopback: an ioc order against a resting
 * order of the other peer, from `submit` to its answer. Prints its conditions, medians, 99th percentiles and the ratio; `--json` for
 * scripts. Bounded: 300 of each after 30 to warm up, and a minute at most.
 */
import { availableParallelism } from 'node:os'
import { createPeer, isRefusal, startGrapes, type Peer } from '../../src/index.ts'
import { countRequests } from '../../src/scenario/tally-requests.ts'
import { startStock } from './stock-grenache.ts'

const warmUps = 30
const rounds = 300
const runMsMax = 60_000
const readyMsMax = 20_000
const market = { symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }
const price = '50000.0'

const grapes = await startGrapes()
const stock = await startStock(grapes.urls[0] ?? '')
const [maker, taker] = await Promise.all(
  ['maker', 'taker'].map(name => createPeer({ name, markets: [market], grapes: grapes.urls })),
)
if (!maker || !taker) throw new Error('two peers were asked for')
await Promise.all([maker, taker].map(peer => peer.ready({ neighbours: 1, timeoutMs: readyMsMax })))
await rest(maker, taker)

// Counting takes time, so it ends with what warms up.
const requests = countRequests(new Set([maker.address, taker.address]))
const times = { trade: [] as number[], request: [] as number[] }
const startMs = performance.now()
for (let round = 0; round < warmUps + rounds && performance.now() - startMs < runMsMax; round += 1) {
  // The request follows a pause, so the trade does, too: what comes at once finds more of what it needs in the processor's caches.
  await pause()
  const tradeMs = await timed(() => trade(taker))
  await rested()
  const requestMs = await timed(() => stock.request('hello'))
  if (round < warmUps) continue
  requests.stop()
  times.trade.push(tradeMs)
  times.request.push(requestMs)
}
const durationMs = performance.now() - startMs
print()
await Promise.all([maker.stop(), taker.stop()])
stock.stop()
await grapes.stop()

/** One order that is large enough for all rounds; resolves when the taker sees it. */
async function rest(owner: Peer, watcher: Peer): Promise<void> {
  const quantity = `${(warmUps + rounds) / 1_000}`
  const placed = await owner.submit({ market: market.symbol, side: 'sell', price, quantity })
  if (isRefusal(placed)) throw new Error(placed.sentence)
  const lateMs = performance.now() + readyMsMax
  while (watcher.book(market.symbol).orders('sell').length === 0) {
    if (performance.now() > lateMs) throw new Error('the taker does not see the order')
    await pause()
  }
}

async function trade(by: Peer): Promise<void> {
  const order = { market: market.symbol, side: 'buy', price, quantity: market.lotSize, timeInForce: 'ioc' } as const
  const outcome = await by.submit(order)
  if (isRefusal(outcome)) throw new Error(outcome.sentence)
  if (outcome.status !== 'filled') throw new Error(`the order is ${outcome.status}: ${outcome.reason ?? ''}`)
}

/** What the trade has published is read by both, so that nothing of it is left for the request that is timed next. */
async function rested(): Promise<void> {
  const lateMs = performance.now() + readyMsMax
  const digest = (peer: Peer) => peer.book(market.symbol).digest()
  while (maker && taker && digest(maker) !== digest(taker)) {
    if (performance.now() > lateMs) throw new Error('the two peers have not read what they traded')
    await pause()
  }
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now()
  await work()
  return performance.now() - beganMs
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function print(): void {
  const figures = {
    node: process.version,
    cores: availableParallelism(),
    rounds: times.trade.length,
    warmUps,
    tradeMsMedian: quantile(times.trade, 0.5),
    tradeMsP99: quantile(times.trade, 0.99),
    requestMsMedian: quantile(times.request, 0.5),
    requestMsP99: quantile(times.request, 0.99),
    ratioOfMedians: quantile(times.trade, 0.5) / quantile(times.request, 0.5),
    requestsPerTrade: requests.count / warmUps,
    durationMs,
  }
  console.log(process.argv.includes('--json') ? JSON.stringify(figures) : inWords(figures))
}

function inWords(
  it: Record<`${'trade' | 'request'}Ms${'Median' | 'P99'}` | 'ratioOfMedians' | 'requestsPerTrade', number>,
) {
  const row = (name: string, median: number, p99: number) =>
    `${name.padEnd(28)} ${median.toFixed(2).padStart(7)} ms ${p99.toFixed(2).padStart(7)} ms`
  return [
    `Node ${process.version}, ${availableParallelism()} cores, loopback, all in one process, ${times.trade.length} of each in turn after ${warmUps} to warm up`,
    `${''.padEnd(28)} ${'median'.padStart(10)} ${'p99'.padStart(10)}`,
    row('trade between two peers', it.tradeMsMedian, it.tradeMsP99),
    row('request of stock Grenache', it.requestMsMedian, it.requestMsP99),
    `a trade takes ${it.ratioOfMedians.toFixed(1)} bare requests; ${it.requestsPerTrade.toFixed(1)} requests between the peers for each trade, beats included`,
  ].join('\n')
}
