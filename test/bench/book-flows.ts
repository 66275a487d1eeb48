/**
 * Order flows from a seed, as numbers, for benchmarks and long comparisons. A flow is drawn while it is played on an engine, so that
 * most cancels and amendments name orders that are open, as users' do. Drawing costs nothing of what is measured: it comes before.
 */

import { BUY, IOC, SELL, type SideCode } from '../../src/book/engine/codes.ts'
import { FactTape } from '../../src/book/engine/fact-tape.ts'
import { readFacts } from '../../src/book/engine/facts.ts'
import { MatchingEngine } from '../../src/book/engine/matching-engine.ts'
import { Random } from '../../src/sim/random.ts'

/** What an operation is, in `Flow.kinds`. */
export const PLACE = 0
export const TAKE = 1
export const CANCEL = 2
export const MODIFY = 3
export const AMEND = 4

/** Column by column; the first `prefill` operations only build the book. */
export interface Flow {
  readonly name: string
  readonly prefill: number
  readonly kinds: Uint8Array
  readonly ids: Int32Array
  readonly sides: Uint8Array
  readonly prices: Int32Array
  /** Of an amendment: what the order is for in all from then on. */
  readonly quantities: Int32Array
  /** Of an amendment: what is left of the order then. */
  readonly lefts: Int32Array
}

export interface Workload {
  readonly name: string
  readonly sentence: string
  /** Orders that rest before anything is measured. */
  readonly resting: number
  /** How often each operation comes, in percent: orders that rest, ioc orders, cancels, modifications; the rest are amendments. */
  readonly mix: readonly [number, number, number, number]
  /** Ticks between an order and the middle: at most so many, and mostly near (`near`) or evenly spread. */
  readonly distanceMax: number
  readonly isNear: boolean
  /** The middle, in ticks, when so much of the flow is over (0 to 1). */
  readonly middle: (done: number) => number
}

const start = 40_000

export const workloads: readonly Workload[] = [
  {
    name: 'normal',
    sentence: '1,000 resting orders close to a middle that drifts by a quarter of a percent, there and back',
    resting: 1_000,
    mix: [43, 7, 41, 9],
    distanceMax: 200,
    isNear: true,
    middle: done => start + Math.round(100 * Math.sin(2 * Math.PI * done)),
  },
  {
    name: 'wide static',
    sentence: '50,000 resting orders spread evenly over 120 prices, and a middle that stays',
    resting: 50_000,
    mix: [43, 7, 41, 9],
    distanceMax: 60,
    isNear: false,
    middle: () => start,
  },
  {
    name: 'sparse static',
    sentence: '50,000 resting orders spread evenly over 60,000 prices, and a middle that stays',
    resting: 50_000,
    mix: [43, 7, 41, 9],
    distanceMax: 30_000,
    isNear: false,
    middle: () => start,
  },
  {
    name: 'swing',
    sentence: '5,000 resting orders around a middle that swings by a quarter, up, down and back',
    resting: 5_000,
    mix: [43, 7, 41, 9],
    distanceMax: 2_000,
    isNear: true,
    middle: done => start + Math.round(0.25 * start * Math.sin(2 * Math.PI * done)),
  },
  {
    name: 'flash crash',
    sentence: '5,000 resting orders; halfway the middle falls by 30 % within 2 % of the flow, and comes back',
    resting: 5_000,
    mix: [43, 7, 41, 9],
    distanceMax: 2_000,
    isNear: true,
    middle: done => start - Math.round(0.3 * start * crash(done)),
  },
  {
    name: 'deep mix',
    sentence: '50,000 resting orders at 40 prices, so that queues are long',
    resting: 50_000,
    mix: [50, 10, 38, 0],
    distanceMax: 20,
    isNear: false,
    middle: () => start,
  },
]

/** 0, then 1 at the bottom, then 0 again. */
function crash(done: number): number {
  return Math.max(0, 1 - Math.abs(done - 0.51) / (done < 0.51 ? 0.02 : 0.1))
}

const quantityMax = 100

/** The same workload, seed and count give the same flow. */
export function drawFlow(workload: Workload, seed: number, count: number): Flow {
  return new Drawing(workload, new Random(`${workload.name} ${seed}`), count).draw()
}

class Drawing {
  readonly #workload: Workload
  readonly #random: Random
  readonly #count: number
  readonly #tape = new FactTape(1_000, tape => this.#read(tape))
  readonly #engine = new MatchingEngine(this.#tape)
  readonly #open: number[] = []
  readonly #placeOf = new Map<number, number>()
  readonly #flow: Flow
  #drawn = 0
  #lastId = 0

  constructor(workload: Workload, random: Random, count: number) {
    this.#workload = workload
    this.#random = random
    this.#count = count
    const length = workload.resting + count
    const columns = { kinds: new Uint8Array(length), ids: new Int32Array(length), sides: new Uint8Array(length) }
    const lots = { quantities: new Int32Array(length), lefts: new Int32Array(length) }
    this.#flow = { name: workload.name, prefill: workload.resting, ...columns, prices: new Int32Array(length), ...lots }
  }

  draw(): Flow {
    while (this.#drawn < this.#workload.resting) this.#place(PLACE, this.#passive())
    while (this.#drawn < this.#flow.kinds.length) this.#next()
    return this.#flow
  }

  /** A cancel becomes an order when fewer rest than should: so the book stays as large as it was. */
  #next(): void {
    const [placed, taking, cancelled, modified] = this.#workload.mix
    const drawn = this.#random.integer(0, 99)
    const isCancel = drawn >= placed + taking && drawn < placed + taking + cancelled
    const at = isCancel && this.#open.length < this.#workload.resting ? 0 : drawn
    if (at < placed || this.#open.length === 0) return this.#place(PLACE, this.#passive())
    if (at < placed + taking) return this.#place(TAKE, this.#aggressive())
    const id = this.#open[this.#random.integer(0, this.#open.length - 1)] as number
    const order = this.#engine.order(id)
    if (!order) throw new Error(`the order ${id} is not open`)
    if (at < placed + taking + cancelled) return this.#write(CANCEL, id, order.side, order.price, order.quantity)
    const passive = this.#passive(order.side)
    if (at < placed + taking + cancelled + modified)
      return this.#write(MODIFY, id, order.side, passive.price, this.#quantity())
    if (order.remaining === 1) return this.#write(CANCEL, id, order.side, order.price, order.quantity)
    const less = this.#random.integer(1, order.remaining - 1)
    this.#flow.lefts[this.#drawn] = order.remaining - less
    this.#write(AMEND, id, order.side, order.price, order.quantity - less)
  }

  #place(kind: number, { side, price }: { side: SideCode; price: number }): void {
    this.#lastId += 1
    this.#write(kind, this.#lastId, side, price, this.#quantity())
  }

  #passive(side = this.#side()): { side: SideCode; price: number } {
    const distance = this.#distance()
    return { side, price: Math.max(1, this.#middle() + (side === BUY ? -distance : distance)) }
  }

  /** Through the middle, and through a few prices behind it. */
  #aggressive(): { side: SideCode; price: number } {
    const side = this.#side()
    const reach = Math.ceil(this.#workload.distanceMax / 10)
    return { side, price: Math.max(1, this.#middle() + (side === BUY ? reach : -reach)) }
  }

  #side(): SideCode {
    return this.#random.integer(0, 1) === 0 ? BUY : SELL
  }

  #quantity(): number {
    return this.#random.integer(1, quantityMax)
  }

  /** Near: half of all orders within a tenth of the way. */
  #distance(): number {
    const { distanceMax, isNear } = this.#workload
    const share = isNear ? this.#random.real() ** 3 : this.#random.real()
    return 1 + Math.floor(share * distanceMax)
  }

  #middle(): number {
    const { resting, middle } = this.#workload
    return middle(Math.max(0, this.#drawn - resting) / this.#count)
  }

  #write(kind: number, id: number, side: SideCode, price: number, quantity: number): void {
    const { kinds, ids, sides, prices, quantities } = this.#flow
    const at = this.#drawn
    kinds[at] = kind
    ids[at] = id
    sides[at] = side
    prices[at] = price
    quantities[at] = quantity
    this.#drawn += 1
    carryOut(this.#engine, this.#flow, at)
    if (this.#engine.order(id)) this.#opened(id)
    this.#read(this.#tape)
    this.#tape.clear()
  }

  #opened(id: number): void {
    if (this.#placeOf.has(id)) return
    this.#placeOf.set(id, this.#open.length)
    this.#open.push(id)
  }

  #read(tape: FactTape): void {
    for (const fact of readFacts(tape)) {
      this.#closedIfGone(fact.order)
      if (fact.kind === 'trade') this.#closedIfGone(fact.maker)
    }
  }

  /** The last one takes its place in the list. */
  #closedIfGone(id: number): void {
    const place = this.#placeOf.get(id)
    if (place === undefined || this.#engine.order(id)) return
    const last = this.#open.pop() as number
    this.#placeOf.delete(id)
    if (last === id) return
    this.#open[place] = last
    this.#placeOf.set(last, place)
  }
}

/** What an engine of ours is asked to do by one operation of a flow. */
export function carryOut(
  engine: Pick<MatchingEngine, 'limit' | 'cancel' | 'modify' | 'amend'>,
  { kinds, ids, sides, prices, quantities }: Flow,
  at: number,
): void {
  const id = ids[at] as number
  const quantity = quantities[at] as number
  switch (kinds[at]) {
    case CANCEL:
      return engine.cancel(id)
    case MODIFY:
      return engine.modify(id, prices[at] as number, quantity)
    case AMEND:
      return engine.amend(id, quantity)
    case TAKE:
      return engine.limit(id, sides[at] as SideCode, prices[at] as number, quantity, 0, IOC)
    default:
      return engine.limit(id, sides[at] as SideCode, prices[at] as number, quantity)
  }
}
