/**
 * Long seeded flows: the matching engine against the naive one, equal by hash after every command; and what must hold of every flow,
 * judged from the facts alone.
 */
import { describe, expect, test } from 'vitest'
import { BUY, type SideCode } from '../../src/book/engine/codes.ts'
import { FactTape } from '../../src/book/engine/fact-tape.ts'
import { readFacts, type EngineFact } from '../../src/book/engine/facts.ts'
import { MatchingEngine } from '../../src/book/engine/matching-engine.ts'
import { carryOut, drawFlow, workloads, type Flow } from '../bench/book-flows.ts'
import { NaiveEngine } from '../support/naive-engine.ts'

const operations = 600
/** The naive engine sorts all of them at every question. */
const restingMax = 150

const flows = workloads.map((workload): [string, Flow] => {
  const resting = Math.min(workload.resting, restingMax)
  return [workload.name, drawFlow({ ...workload, resting }, 1, operations)]
})

describe.each(flows)('the flow %s', (_, flow) => {
  test('leaves the engine and the naive engine with the same facts and books, after every command', () => {
    const { engine, played } = playerOf(flow)
    const naive = new NaiveEngine()
    for (let at = 0; at < flow.kinds.length; at += 1) {
      const facts = played(at)
      carryOut(naive, flow, at)
      expect(facts).toEqual(naive.facts)
      expect(engine.hash()).toBe(naive.hash())
      naive.facts = []
    }
  })

  test('makes and loses no lots, never crosses itself, and trades in the order of price and time', () => {
    const { engine, played } = playerOf(flow)
    const lots = new Map<number, Lots>()
    for (let at = 0; at < flow.kinds.length; at += 1) {
      const queues = { buy: idsOf(engine, 'buy'), sell: idsOf(engine, 'sell') }
      const facts = played(at)
      for (const fact of facts) book(lots, fact)
      expect(makersOf(facts)).toEqual(queueMet(queues, facts).slice(0, makersOf(facts).length))
      expect(engine.bestPrice('buy') ?? 0).toBeLessThan(engine.bestPrice('sell') ?? Infinity)
    }
    const open = new Map(engine.orders().map(({ id, remaining }) => [id, remaining]))
    for (const [id, { quantity, filled, lapsed }] of lots) expect(quantity - filled - lapsed).toBe(open.get(id) ?? 0)
    expect(open.size).toBeLessThanOrEqual(lots.size)
  })
})

interface Lots {
  quantity: number
  filled: number
  lapsed: number
}

function playerOf(flow: Flow): { engine: MatchingEngine; played: (at: number) => EngineFact[] } {
  const tape = new FactTape(1_000)
  const engine = new MatchingEngine(tape)
  const played = (at: number): EngineFact[] => {
    carryOut(engine, flow, at)
    const facts = [...readFacts(tape)]
    tape.clear()
    return facts
  }
  return { engine, played }
}

function book(all: Map<number, Lots>, fact: EngineFact): void {
  if (fact.kind === 'refused') return
  if (fact.kind === 'accepted' || fact.kind === 'modified')
    all.set(fact.order, { quantity: fact.lots, filled: 0, lapsed: 0 })
  for (const id of fact.kind === 'trade' ? [fact.order, fact.maker] : []) all.get(id)!.filled += fact.lots
  if (fact.kind === 'cancelled' || fact.kind === 'amended') all.get(fact.order)!.lapsed += fact.lots
}

function idsOf(engine: MatchingEngine, side: 'buy' | 'sell'): number[] {
  const code: SideCode = side === 'buy' ? BUY : 1
  return engine
    .orders()
    .filter(order => order.side === code)
    .map(({ id }) => id)
}

function makersOf(facts: readonly EngineFact[]): number[] {
  return facts.flatMap(fact => (fact.kind === 'trade' ? [fact.maker] : []))
}

/** Who waited on the other side before the command. */
function queueMet(queues: Record<'buy' | 'sell', number[]>, facts: readonly EngineFact[]): number[] {
  const trade = facts.find(fact => fact.kind === 'trade')
  if (trade?.kind !== 'trade') return []
  return trade.side === 'buy' ? queues.sell : queues.buy
}
