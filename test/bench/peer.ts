/**
 * `npm run bench -- peer`: orders a second through one peer, from decimals to decimals: validated, mailbox, matched, journalled in
 * memory, signed with Ed25519, folded, answered. Singly (a `submit` each, many outstanding) and in batches (`submitMany`), in turn, in
 * one run, on the same seeded flows. Every round has a peer of its own, and begins with collected garbage. Prints its conditions; `--json` for scripts. Bounded by its
 * number of orders: a minute on a quiet machine.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  createPeer,
  isRefusal,
  type OrderOutcome,
  type OrderRequest,
  type Peer,
  type Refusal,
} from '../../src/index.ts'
import { Random } from '../../src/sim/random.ts'
import { conditions, median, type Conditions } from './conditions.ts'

setFlagsFromString('--expose-gc')
/** Before a round, so that none pays for what others have left behind. What a round leaves itself it collects in its own time. */
const collectGarbage = runInNewContext('gc') as () => void

const warmUps = 3
const rounds = 11
const ordersARound = 20_000
const ordersABatch = 1_000
/** Orders of a user that have not been answered, at any time. */
const outstanding = 2_000
const market = { symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }
const middle = 100_000
const accounts = ['anna', 'bob', 'carol', 'dave']

interface Workload {
  readonly name: string
  readonly sentence: string
  /** Share of the orders that cross the middle, 0 to 1. */
  readonly crossing: number
}

const workloads: readonly Workload[] = [
  { name: 'resting', sentence: 'every order rests', crossing: 0 },
  { name: 'one in ten', sentence: 'one order in ten crosses the middle and trades', crossing: 0.1 },
  { name: 'half', sentence: 'half of the orders cross the middle and trade with the other half', crossing: 0.5 },
]

function draw({ name, crossing }: Workload): OrderRequest[] {
  const random = new Random(`peer ${name}`)
  return Array.from({ length: ordersARound }, (_, index) => {
    const side = index % 2 === 0 ? 'buy' : 'sell'
    const outward = side === 'buy' ? -1 : 1
    const crosses = random.real() < crossing
    const ticks = middle + outward * (crosses ? -1 : 1) * random.integer(1, 200)
    const quantity = (random.integer(1, 100) / 1_000).toFixed(3)
    const account = accounts[random.integer(0, accounts.length - 1)] as string
    return { market: market.symbol, side, price: (ticks / 2).toFixed(1), quantity, account }
  })
}

/** Sees to it that every order is answered, and none refused. */
class Answers {
  count = 0

  take(answer: OrderOutcome | Refusal): void {
    if (isRefusal(answer)) throw new Error(answer.sentence)
    this.count += 1
  }
}

type Way = (peer: Peer, orders: readonly OrderRequest[], answers: Answers) => Promise<void>

const ways = { singly, batched } satisfies Record<string, Way>

/** As many submits as may be outstanding; each that is answered makes room for the next. */
async function singly(peer: Peer, orders: readonly OrderRequest[], answers: Answers): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < orders.length) {
      const order = orders[next] as OrderRequest
      next += 1
      answers.take(await peer.submit(order))
    }
  }
  await Promise.all(Array.from({ length: outstanding }, work))
}

/** One `submitMany` after the other. */
async function batched(peer: Peer, orders: readonly OrderRequest[], answers: Answers): Promise<void> {
  for (let start = 0; start < orders.length; start += ordersABatch) {
    const answered = await peer.submitMany(orders.slice(start, start + ordersABatch))
    if (isRefusal(answered)) throw new Error(answered.sentence)
    for (const answer of answered) answers.take(answer)
  }
}

interface Measured {
  /** Orders a second, by the clock and by the processor time of all threads. */
  readonly byClock: number
  readonly byProcessor: number
  readonly trades: number
}

interface Figures {
  readonly name: string
  readonly sentence: string
  /** Of one round. */
  readonly trades: number
  readonly ways: readonly (Omit<Measured, 'trades'> & { readonly way: string; readonly byClockBest: number })[]
}

async function measure(way: Way, orders: readonly OrderRequest[]): Promise<Measured> {
  const peer = await createPeer({ name: 'bench', markets: [market] })
  let trades = 0
  peer.trades$.subscribe(() => (trades += 1))
  const answers = new Answers()
  collectGarbage()
  const [startMs, start] = [performance.now(), process.cpuUsage()]
  await way(peer, orders, answers)
  const used = process.cpuUsage(start)
  const seconds = (performance.now() - startMs) / 1_000
  mustBeWhole(peer, orders, answers)
  await peer.stop()
  const busySeconds = (used.user + used.system) / 1e6
  return { trades, byClock: orders.length / seconds, byProcessor: orders.length / busySeconds }
}

function mustBeWhole(peer: Peer, orders: readonly OrderRequest[], { count }: Answers): void {
  if (count !== orders.length) throw new Error(`${count} of ${orders.length} orders were answered`)
  const faults = peer.book(market.symbol).check()
  if (faults.length > 0) throw new Error(faults.join(' '))
}

async function bench(workload: Workload): Promise<Figures> {
  const orders = draw(workload)
  const measured = { singly: [] as Measured[], batched: [] as Measured[] }
  for (let round = 0; round < warmUps + rounds; round += 1)
    for (const name of ['singly', 'batched'] as const) {
      const one = await measure(ways[name], orders)
      if (round >= warmUps) measured[name].push(one)
    }
  const figures = Object.entries(measured).map(([way, all]) => ({
    way,
    byClock: median(all.map(({ byClock }) => byClock)),
    byClockBest: Math.max(...all.map(({ byClock }) => byClock)),
    byProcessor: median(all.map(({ byProcessor }) => byProcessor)),
  }))
  const { name, sentence } = workload
  return { name, sentence, trades: measured.singly[0]?.trades ?? 0, ways: figures }
}

function print(where: Conditions, all: readonly Figures[]): void {
  const rounded = (value: number) => Math.round(value).toLocaleString('en').padStart(9)
  const rows = all.flatMap(({ name, ways: figures }) =>
    figures.map(
      ({ way, byClock, byClockBest, byProcessor }) =>
        `${name.padEnd(12)} ${way.padEnd(8)} ${rounded(byClock)} ${rounded(byClockBest)} ${rounded(byProcessor)}`,
    ),
  )
  const lines = [
    `Node ${where.node}, ${where.processor}, ${where.cores} cores, load ${where.load}`,
    `orders a second through one peer, ${ordersARound.toLocaleString('en')} a round; medians of ${rounds} rounds in turn, each with a new peer and behind a collection of garbage; batches of ${ordersABatch.toLocaleString('en')}, singly with ${outstanding.toLocaleString('en')} outstanding`,
    `${' '.repeat(21)} ${'by clock'.padStart(9)} ${'best'.padStart(9)} by processor time`,
    ...rows,
    ...all.map(({ name, sentence, trades }) => `${name}: ${sentence}; ${trades.toLocaleString('en')} trades a round`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

const where = conditions()
const all: Figures[] = []
for (const workload of workloads) all.push(await bench(workload))
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ conditions: where, all }, null, 2)}\n`)
else print(where, all)
