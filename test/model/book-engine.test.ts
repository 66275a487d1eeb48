/**
 * The matching engine against the naive one: the same commands to both; the same facts, orders and hash from both, after every command.
 *
 * FC_SEED and FC_PATH, as a failure prints them, replay it; FC_RUNS asks for more runs.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as code from '../../src/book/engine/codes.ts'
import type { SideCode } from '../../src/book/engine/codes.ts'
import { FactTape } from '../../src/book/engine/fact-tape.ts'
import { readFacts, type EngineFact } from '../../src/book/engine/facts.ts'
import { MatchingEngine } from '../../src/book/engine/matching-engine.ts'
import type { NewEngineOrder } from '../../src/book/engine/new-order.ts'
import { NaiveEngine, type AnyEngine } from '../support/naive-engine.ts'

type Command =
  | { readonly do: 'limit' | 'market' | 'place'; readonly order: NewEngineOrder }
  | { readonly do: 'cancel'; readonly id: number }
  | { readonly do: 'cancelAll'; readonly side: SideCode | undefined; readonly account: number | undefined }
  | { readonly do: 'amend'; readonly id: number; readonly quantity: number }
  | { readonly do: 'modify'; readonly id: number; readonly price: number; readonly quantity: number }

// Few ids, prices and accounts, so that orders meet; and now and then what no order can have.
const strange = fc.constantFrom(-1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, Number.NaN)
const id = usually(fc.integer({ min: 1, max: 12 }), strange)
const price = usually(fc.integer({ min: 1, max: 6 }), strange)
const quantity = usually(fc.integer({ min: 1, max: 9 }), fc.oneof(strange, fc.constant(0)))
const account = usually(fc.constantFrom(0, 1, 2), strange)
const side = fc.constantFrom<SideCode>(code.BUY, code.SELL)
const timeInForce = fc.constantFrom(0, 0, 0, code.IOC, code.FOK, code.POST_ONLY, code.POST_ONLY + code.IOC)
const mode = fc.constantFrom(code.CANCEL_NEWEST, code.CANCEL_OLDEST, code.CANCEL_BOTH, code.DECREMENT)
const terms = fc.tuple(timeInForce, mode).map(([one, other]) => one + other)

const limitOrder = fc.record({ id, side, price, quantity, account, terms })
const anyOrder: fc.Arbitrary<NewEngineOrder> = fc
  .record(
    {
      ...{ id, side, quantity, account, terms },
      price: fc.oneof({ arbitrary: price, weight: 9 }, { arbitrary: fc.constant(0), weight: 1 }),
      displayed: quantity,
      minimum: quantity,
      trigger: price,
      partner: id,
    },
    { requiredKeys: ['id', 'side', 'price', 'quantity'] },
  )
  .map(({ trigger, partner, ...order }) => ({
    ...order,
    ...(trigger === undefined ? {} : { trigger }),
    // A partner without a trigger is refused: seldom enough.
    ...(partner === undefined || (trigger === undefined && partner !== 1) ? {} : { partner }),
  }))

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('limit' as const), order: limitOrder }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('market' as const), order: limitOrder }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('place' as const), order: anyOrder }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cancel' as const), id }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('amend' as const), id, quantity }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('modify' as const), id, price, quantity }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('cancelAll' as const),
      side: fc.option(side, { nil: undefined }),
      account: fc.option(fc.constantFrom(0, 1, 2), { nil: undefined }),
    }),
  },
)
/** The second leg has what the first one is for, or it would hardly ever fit. */
const pair: fc.Arbitrary<Command[]> = fc
  .record({ id: fc.integer({ min: 1, max: 6 }), side, price, quantity, account, trigger: price, stopPrice: price })
  .map(({ id: first, trigger, stopPrice, ...order }) => [
    { do: 'place', order: { id: first, ...order } },
    { do: 'place', order: { ...order, id: first + 6, price: stopPrice, trigger, partner: first } },
  ])
const commands = fc
  .array(fc.oneof({ weight: 12, arbitrary: command.map(one => [one]) }, { weight: 1, arbitrary: pair }), {
    maxLength: 60,
    size: 'max',
  })
  .map(groups => groups.flat())

function usually<T>(often: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: often, weight: 40 }, { arbitrary: seldom, weight: 1 })
}

type Pair = { readonly engine: AnyEngine; readonly tape: FactTape; readonly naive: NaiveEngine }

function pairOf(Engine: typeof MatchingEngine = MatchingEngine): Pair {
  const tape = new FactTape(1_000)
  return { engine: new Engine(tape), tape, naive: new NaiveEngine() }
}

function carryOut(engine: AnyEngine, command: Command): void {
  switch (command.do) {
    case 'limit': {
      const { id, side, price, quantity, account, terms } = command.order
      return engine.limit(id, side, price, quantity, account, terms)
    }
    case 'market': {
      const { id, side, quantity, account, terms } = command.order
      return engine.market(id, side, quantity, account, terms)
    }
    case 'place':
      return engine.place(command.order)
    case 'cancel':
      return engine.cancel(command.id)
    case 'cancelAll':
      return engine.cancelAll(command.side, command.account)
    case 'amend':
      return engine.amend(command.id, command.quantity)
    case 'modify':
      return engine.modify(command.id, command.price, command.quantity)
  }
}

/** Gives what both engines told; throws when they differ. */
function carryOutOnBoth({ engine, tape, naive }: Pair, command: Command): EngineFact[] {
  carryOut(engine, command)
  carryOut(naive, command)
  const facts = [...readFacts(tape)]
  tape.clear()
  expect(facts).toEqual(naive.facts)
  naive.facts = []
  return facts
}

/** How often each kind of fact came, and each reason. */
type Tally = Map<string, number>

function compare(all: readonly Command[], tally: Tally, Engine?: typeof MatchingEngine): void {
  const both = pairOf(Engine)
  for (const each of all) {
    const before = both.engine.hash()
    const facts = carryOutOnBoth(both, each)
    expect(both.engine.orders()).toEqual(both.naive.orders())
    expect(both.engine.size).toBe(both.naive.size)
    if (facts.some(({ kind }) => kind === 'refused')) expect([facts.length, both.engine.hash()]).toEqual([1, before])
    for (const fact of facts) count(tally, fact)
  }
}

function count(tally: Tally, fact: EngineFact): void {
  const names = 'reason' in fact && fact.reason !== null ? [fact.kind, fact.reason] : [fact.kind]
  for (const name of names) tally.set(name, (tally.get(name) ?? 0) + 1)
}

describe('the matching engine and the naive engine', () => {
  test('tell the same facts of the same commands and hold the same orders', () => {
    const tally: Tally = new Map()
    assertProperty(fc.property(commands, all => compare(all, tally)))
    // Without these the property would pass by trying nothing. Nobody has 4 million orders here.
    const wanted = [...code.factKinds, ...code.reasons].filter(name => name !== 'none' && name !== 'book_is_full')
    if (process.env.FC_PATH === undefined) expect(wanted.filter(name => !tally.has(name))).toEqual([])
  })

  test('do so in one long flow as well', () => {
    const flow = fc.sample(commands, { numRuns: 150, seed: 7 }).flat()
    expect(flow.length).toBeGreaterThan(3_000)
    compare(flow, new Map())
  })

  test.each([
    ['loses the place of an order that is amended', AmendLosesPlace],
    ['keeps the place of an order that is modified', ModifyKeepsPlace],
    ['fills a part of a fok order', FillsPartOfFok],
    ['lets a post-only order take', PostOnlyTakes],
    ['lets an account trade with itself', TradesWithItself],
    ['shows all of an iceberg', ShowsAll],
    ['lets a stop enter at once', NeverSleeps],
    ['forgets that a stop has a partner', NeverPairs],
    ['trades less than the minimum', IgnoresMinimum],
    ['lets ioc orders rest', LetsIocRest],
    ['cancels only buys when all are meant', CancelsBuysOnly],
  ])('differ when the engine %s', (_, Mutant) => {
    const result = fc.check(
      fc.property(commands, all => compare(all, new Map(), Mutant)),
      { numRuns: 2_000, endOnFailure: true },
    )
    expect(result.failed).toBe(true)
  })
})

class AmendLosesPlace extends MatchingEngine {
  override amend(id: number, quantity: number): void {
    const order = this.order(id)
    super.amend(id, quantity)
    const after = this.order(id)
    if (order && after && after.quantity < order.quantity && after.price > 0 && after.trigger === 0) {
      super.cancel(id)
      super.limit(id, after.side, after.price, after.remaining, after.account)
    }
  }
}

class ModifyKeepsPlace extends MatchingEngine {
  override modify(id: number, price: number, quantity: number): void {
    const order = this.order(id)
    if (order?.price === price && quantity < order.quantity) super.amend(id, quantity)
    else super.modify(id, price, quantity)
  }
}

/** Changes every order on its way in. */
abstract class ChangesOrders extends MatchingEngine {
  protected abstract change(order: NewEngineOrder): NewEngineOrder

  override limit(id: number, side: SideCode, price: number, quantity: number, account = 0, terms = 0): void {
    const order = this.change({ id, side, price, quantity, account, terms })
    super.limit(order.id, order.side, order.price, order.quantity, order.account, order.terms)
  }

  override place(order: NewEngineOrder): void {
    super.place(this.change(order))
  }
}

function without(order: NewEngineOrder, bits: number): NewEngineOrder {
  return { ...order, terms: (order.terms ?? 0) & ~bits }
}

class FillsPartOfFok extends ChangesOrders {
  change(order: NewEngineOrder): NewEngineOrder {
    const isFok = ((order.terms ?? 0) & code.FOK) > 0
    return isFok ? { ...order, terms: ((order.terms ?? 0) & ~code.FOK) | code.IOC } : order
  }
}

class PostOnlyTakes extends ChangesOrders {
  change(order: NewEngineOrder): NewEngineOrder {
    return without(order, code.POST_ONLY)
  }
}

class LetsIocRest extends ChangesOrders {
  change(order: NewEngineOrder): NewEngineOrder {
    return without(order, code.IOC)
  }
}

class TradesWithItself extends ChangesOrders {
  change(order: NewEngineOrder): NewEngineOrder {
    return { ...order, account: 0 }
  }
}

class ShowsAll extends ChangesOrders {
  change({ displayed: _, ...order }: NewEngineOrder): NewEngineOrder {
    return order
  }
}

class NeverSleeps extends ChangesOrders {
  change({ trigger: _, partner: __, ...order }: NewEngineOrder): NewEngineOrder {
    return order
  }
}

class NeverPairs extends ChangesOrders {
  change({ partner: _, ...order }: NewEngineOrder): NewEngineOrder {
    return order
  }
}

class IgnoresMinimum extends ChangesOrders {
  change({ minimum: _, ...order }: NewEngineOrder): NewEngineOrder {
    return order
  }
}

class CancelsBuysOnly extends MatchingEngine {
  override cancelAll(side?: SideCode, account?: number): void {
    super.cancelAll(side ?? code.BUY, account)
  }
}

/** Runs a property; a failure says how to see it again. */
function assertProperty(property: fc.IProperty<[Command[]]>): void {
  const { FC_SEED, FC_PATH, FC_RUNS } = process.env
  const parameters = {
    numRuns: Number(FC_RUNS ?? 1_000),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
  }
  const result = fc.check(property, parameters)
  if (!result.failed) return
  const replay = `FC_SEED=${result.seed} FC_PATH=${result.counterexamplePath} npm test -- test/model/book-engine.test.ts`
  throw new Error(`${fc.defaultReportMessage(result)}\n\nSee it again: ${replay}`)
}
