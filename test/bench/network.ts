/**
 * `npm run bench -- network`: orders a second replicated to four peers over real Grenache on loopback, beside the naive way: a request of
 * stock Grenache for each order and each peer. In turn, in one run, orders of the same kind; every round begins with empty books, since
 * the owner has cancelled what rested. (What a trade between two peers takes is in trade-latency.ts.) Prints its conditions; `--json` for scripts. Bounded by its number of orders.
 */
import { createPeer, isRefusal, startGrapes, type OrderRequest, type Peer } from '../../src/index.ts'
import { conditions, median } from './conditions.ts'
import { startStock, type Stock } from './stock-grenache.ts'

const others = 4
const warmUps = 5
/** A collection of garbage falls into some and not into others: few would be a matter of chance. */
const rounds = 15
/** Of a round. The naive way takes so long for each that a few are enough. */
const ordersReplicated = 10_000
const ordersNaive = 250
const ordersABatch = 1_000
/** Orders of the naive way that are under way at the same time. */
const naiveOutstanding = 16
const readyMsMax = 20_000
const replicatedMsMax = 30_000
const market = { symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }
const middle = 100_000
const levels = 500

const grapes = await startGrapes()
const peers = await Promise.all(
  Array.from({ length: others + 1 }, (_, index) =>
    createPeer({ name: `peer-${index}`, markets: [market], grapes: grapes.urls }),
  ),
)
const [owner, ...readers] = peers as [Peer, ...Peer[]]
await Promise.all(peers.map(peer => peer.ready({ neighbours: others, timeoutMs: readyMsMax })))
const stocks = await Promise.all(readers.map(() => startStock(grapes.urls[0] ?? '')))

interface Rate {
  /** Orders a second, by the clock and by the processor time of all threads. */
  readonly byClock: number
  readonly byProcessor: number
}

const rates = { replicated: [] as Rate[], naive: [] as Rate[] }
let placed = 0
for (let round = 0; round < warmUps + rounds; round += 1) {
  const replicated = await rateOf(ordersReplicated, () => replicate(ordersReplicated))
  await clear()
  const naive = await rateOf(ordersNaive, () => sendEach(stocks, ordersNaive))
  if (round < warmUps) continue
  rates.replicated.push(replicated)
  rates.naive.push(naive)
}
print()
await Promise.all(peers.map(peer => peer.stop()))
for (const stock of stocks) stock.stop()
await grapes.stop()

/** Orders that rest, in batches, one on its way while another is decided; over when all others hold the owner's head. */
async function replicate(count: number): Promise<void> {
  const batches: Promise<void>[] = []
  for (let done = 0; done < count; done += ordersABatch) {
    batches.push(submitBatch())
    await batches[batches.length - 2]
  }
  await Promise.all(batches)
  await allHaveRead()
}

/** Takes all orders out of the books again. */
async function clear(): Promise<void> {
  const cancelled = await owner.cancelAll({ market: market.symbol })
  if (isRefusal(cancelled)) throw new Error(cancelled.sentence)
  await allHaveRead()
}

async function allHaveRead(): Promise<void> {
  const lateMs = performance.now() + replicatedMsMax
  while (!readers.every(hasReadAll)) {
    if (performance.now() > lateMs) throw new Error('the orders have not reached all peers')
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

async function submitBatch(): Promise<void> {
  const outcomes = await owner.submitMany(Array.from({ length: ordersABatch }, () => orderOf(placed++)))
  const refused = isRefusal(outcomes) ? outcomes : outcomes.find(isRefusal)
  if (refused) throw new Error(refused.sentence)
}

function hasReadAll(reader: Peer): boolean {
  const sequence = (peer: Peer) =>
    peer
      .book(market.symbol)
      .heads()
      .find(head => head.owner === owner.id)?.head.sequence
  return sequence(reader) === sequence(owner)
}

function orderOf(nth: number): OrderRequest {
  const [side, sign] = nth % 2 === 0 ? (['buy', -1] as const) : (['sell', 1] as const)
  const price = ((middle + sign * (1 + (nth % levels))) / 2).toFixed(1)
  return { market: market.symbol, side, price, quantity: market.lotSize }
}

/** A request for each order and each peer, some orders at a time: what the library's own examples do. */
async function sendEach(to: readonly Stock[], count: number): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < count) {
      const order = orderOf(next++)
      await Promise.all(to.map(stock => stock.request(order)))
    }
  }
  await Promise.all(Array.from({ length: naiveOutstanding }, work))
}

async function rateOf(count: number, work: () => Promise<void>): Promise<Rate> {
  const [beganMs, began] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(began)
  return { byClock: (count / (performance.now() - beganMs)) * 1_000, byProcessor: (count / (user + system)) * 1e6 }
}

function figuresBy(measure: keyof Rate) {
  const [replicated, naive] = [rates.replicated, rates.naive].map(all => all.map(rate => rate[measure])) as [
    number[],
    number[],
  ]
  const ratios = replicated.map((rate, round) => rate / (naive[round] ?? Number.NaN))
  return { replicated: Math.round(median(replicated)), naive: Math.round(median(naive)), ratio: median(ratios) }
}

/** All orders of all rounds in all their time, the slow rounds in full. */
function figuresOverAll() {
  const rateOver = (all: readonly Rate[]) => all.length / all.reduce((sum, { byClock }) => sum + 1 / byClock, 0)
  const [replicated, naive] = [rateOver(rates.replicated), rateOver(rates.naive)]
  return { replicated: Math.round(replicated), naive: Math.round(naive), ratio: replicated / naive }
}

function print(): void {
  const figures = {
    conditions: conditions(),
    peers: others,
    rounds,
    byClock: figuresBy('byClock'),
    byProcessor: figuresBy('byProcessor'),
    overAllRounds: figuresOverAll(),
  }
  if (process.argv.includes('--json')) return void process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
  const { node, processor, cores, load } = figures.conditions
  const row = (name: string, { replicated, naive, ratio }: ReturnType<typeof figuresBy>) =>
    `${name.padEnd(18)} ${replicated.toLocaleString('en').padStart(10)} ${naive.toLocaleString('en').padStart(8)} ${ratio.toFixed(0).padStart(6)}x`
  const lines = [
    `Node ${node}, ${processor}, ${cores} cores, load ${load}; loopback, everything in one process`,
    `orders a second replicated to ${others} peers, in batches of ${ordersABatch.toLocaleString('en')}, beside a stock request for each order and peer;`,
    `medians of ${rounds} rounds in turn, each with empty books`,
    `${' '.repeat(18)} ${'replicated'.padStart(10)} ${'naive'.padStart(8)} ${'ratio'.padStart(7)}`,
    row('by clock', figures.byClock),
    row('by processor time', figures.byProcessor),
    row('all rounds, clock', figures.overAllRounds),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
