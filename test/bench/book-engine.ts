/** The matching engine beside `nodejs-order-book` and the naive engine, on every workload of book-flows.ts. */
import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import { OrderBook as NodejsOrderBook, Side as NodejsSide } from 'nodejs-order-book'
import { FactTape } from '../../src/book/engine/fact-tape.ts'
import { MatchingEngine } from '../../src/book/engine/matching-engine.ts'
import { NaiveEngine } from '../support/naive-engine.ts'
import {
  AMEND,
  CANCEL,
  carryOut,
  drawFlow,
  MODIFY,
  PLACE,
  TAKE,
  workloads,
  type Flow,
  type Workload,
} from './book-flows.ts'
import { median, quantile } from './conditions.ts'

const rounds = 5
/** Few enough for what takes a quarter of a millisecond an operation. */
const operationsMeasured = 10_000
const naiveOperations = 10
const timesARound = 20
const seed = 1

export interface EngineFigures {
  readonly name: string
  readonly sentence: string
  /** What the operations were. */
  readonly mix: string
  readonly operations: number
  readonly resting: number
  /** Nanoseconds an operation, and how many times longer the others take. */
  readonly engine: number
  readonly nodejsOrderBook: number
  readonly ratio: number
  readonly naive: number
  readonly naiveRatio: number
  readonly p50: number
  readonly p99: number
  /** Bytes a resting order, of the workloads with many. */
  readonly memory: { readonly engine: number; readonly nodejsOrderBook: number } | null
}

export function benchEngine(): EngineFigures[] {
  return workloads.map(bench)
}

function bench(workload: Workload): EngineFigures {
  const flow = drawFlow(workload, seed, operationsMeasured)
  const orders = asNodejsOrders(flow)
  const times = { engine: [] as number[], nodejsOrderBook: [] as number[] }
  for (let round = 0; round <= rounds; round += 1) {
    const engine = timeEngine(flow)
    const other = timeNodejsOrderBook(flow, orders)
    if (round === 0) mustBeEqual(flow.name, engine.engine, other.book)
    if (round === 0) continue
    times.engine.push(engine.nanoseconds)
    times.nodejsOrderBook.push(other.nanoseconds)
  }
  const naive = timeNaive(flow)
  const each = timeEach(flow)
  const engine = median(times.engine)
  return {
    ...{ name: workload.name, sentence: workload.sentence, mix: mixOf(flow) },
    ...{ operations: operationsMeasured, resting: workload.resting },
    ...{ engine, nodejsOrderBook: median(times.nodejsOrderBook) },
    ratio: median(times.nodejsOrderBook.map((time, round) => time / (times.engine[round] ?? Number.NaN))),
    ...{ naive, naiveRatio: naive / engine },
    ...{ p50: quantile(each, 0.5), p99: quantile(each, 0.99) },
    memory: workload.resting < 50_000 ? null : memoryOf(flow, orders),
  }
}

function newEngine(): MatchingEngine {
  return new MatchingEngine(new FactTape(1_024))
}

function play(engine: MatchingEngine, flow: Flow, from: number, to: number): void {
  for (let at = from; at < to; at += 1) carryOut(engine, flow, at)
}

/** Nanoseconds of the processor, so that others on the machine do not count. */
function spent(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1_000
}

/** Nanoseconds an operation, right after the book is built; the median of many times, as each is over in a millisecond. */
function timeEngine(flow: Flow): { engine: MatchingEngine; nanoseconds: number } {
  const engines = Array.from({ length: timesARound }, () => newEngine())
  const times = engines.map(engine => {
    play(engine, flow, 0, flow.prefill)
    return spent(() => play(engine, flow, flow.prefill, flow.kinds.length))
  })
  const [engine] = engines as [MatchingEngine]
  return { engine, nanoseconds: median(times) / operationsMeasured }
}

/** Nanoseconds of each operation. */
function timeEach(flow: Flow): Float64Array {
  const engine = newEngine()
  const times = new Float64Array(flow.kinds.length - flow.prefill)
  play(engine, flow, 0, flow.prefill)
  for (let index = 0; index < times.length; index += 1) {
    const startMs = performance.now()
    carryOut(engine, flow, flow.prefill + index)
    times[index] = (performance.now() - startMs) * 1e6
  }
  return times
}

type NodejsLimit = Required<
  Pick<Parameters<NodejsOrderBook['limit']>[0], 'id' | 'side' | 'size' | 'price' | 'timeInForce'>
>

/** An operation in the other library's own terms, made beforehand. */
interface NodejsOrder {
  readonly kind: number
  readonly id: string
  readonly limit: NodejsLimit
  readonly left: number
}

function asNodejsOrders({ kinds, ids, sides, prices, quantities, lefts }: Flow): NodejsOrder[] {
  return Array.from(kinds, (kind, at) => {
    const id = String(ids[at])
    const side = sides[at] === 0 ? NodejsSide.BUY : NodejsSide.SELL
    const timeInForce = (kind === TAKE ? 'IOC' : 'GTC') as unknown as NodejsLimit['timeInForce']
    const limit = { id, side, size: quantities[at] as number, price: prices[at] as number, timeInForce }
    return { kind, id, limit, left: lefts[at] as number }
  })
}

function timeNodejsOrderBook(
  flow: Flow,
  orders: readonly NodejsOrder[],
): { book: NodejsOrderBook; nanoseconds: number } {
  const book = new NodejsOrderBook()
  for (const order of orders.slice(0, flow.prefill)) tell(book, order)
  const measured = orders.slice(flow.prefill)
  const nanoseconds = spent(() => {
    for (const order of measured) tell(book, order)
  })
  return { book, nanoseconds: nanoseconds / operationsMeasured }
}

function tell(book: NodejsOrderBook, { kind, id, limit, left }: NodejsOrder): void {
  if (kind === CANCEL) book.cancel(id)
  else if (kind === AMEND) book.modify(id, { size: left })
  else {
    // Its own way to change a price does not match.
    if (kind === MODIFY) book.cancel(id)
    book.limit(limit)
  }
}

/** Otherwise they have not done the same. */
function mustBeEqual(name: string, engine: MatchingEngine, other: NodejsOrderBook): void {
  const { bids, asks } = engine.depth(Infinity)
  const [otherAsks, otherBids] = other.depth()
  const textOf = (levels: readonly (readonly number[])[]): string =>
    [...levels].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)).join(' ')
  const isEqual = [[bids, otherBids] as const, [asks, otherAsks] as const].every(
    ([ours, others]) => textOf(ours.map(({ price, quantity }) => [price, quantity])) === textOf(others),
  )
  if (!isEqual) throw new Error(`${name}: the engine and nodejs-order-book end with different books`)
}

/** Nanoseconds an operation of the naive engine, which is given the book that it could not build in time. */
function timeNaive(flow: Flow): number {
  const engine = newEngine()
  play(engine, flow, 0, flow.prefill)
  const naive = new NaiveEngine(engine.orders())
  const nanoseconds = spent(() => {
    for (let index = 0; index < naiveOperations; index += 1) carryOut(naive, flow, flow.prefill + index)
  })
  return nanoseconds / naiveOperations
}

function memoryOf(flow: Flow, orders: readonly NodejsOrder[]): { engine: number; nodejsOrderBook: number } {
  const [engine, engineBytes] = bytesOf(() => {
    const made = newEngine()
    play(made, flow, 0, flow.prefill)
    return made
  })
  const [, otherBytes] = bytesOf(() => {
    const made = new NodejsOrderBook()
    for (const order of orders.slice(0, flow.prefill)) tell(made, order)
    return made
  })
  return { engine: Math.round(engineBytes / engine.size), nodejsOrderBook: Math.round(otherBytes / engine.size) }
}

function bytesOf<T>(make: () => T): [T, number] {
  const before = heldBytes()
  const made = make()
  return [made, heldBytes() - before]
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  // What the first one frees may only be counted by the second.
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function mixOf({ kinds, prefill }: Flow): string {
  const measured = kinds.subarray(prefill)
  const share = (kind: number): string =>
    `${Math.round((100 * measured.filter(one => one === kind).length) / measured.length)} %`
  const names = [`${share(PLACE)} limit`, `${share(TAKE)} ioc`, `${share(CANCEL)} cancel`, `${share(MODIFY)} modify`]
  return [...names, `${share(AMEND)} amend`].join(', ')
}
