/**
 * The order book against the naive book: the same commands to both, the same answers from both, after every step.
 *
 * FC_SEED and FC_PATH, as a failure prints them, replay it; FC_RUNS asks for more runs.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkBook } from '../../src/book/check-book.ts'
import { OrderBook } from '../../src/book/order-book.ts'
import type { NewOrder, OrderId, OwnOrder, PeerId, RestingOrder, Side } from '../../src/book/order.ts'
import { orderId, peer, self } from '../book/given.ts'
import { NaiveBook, type AnyBook } from '../support/naive-book.ts'

type Command =
  | { readonly do: 'place'; readonly order: RestingOrder }
  | ({ readonly do: 'setRemaining'; readonly owner: PeerId; readonly id: OrderId; readonly remaining: number } & Aimed)
  | { readonly do: 'dropOwner'; readonly owner: PeerId }
  | { readonly do: 'accept'; readonly order: NewOrder }
  | ({ readonly do: 'rest' | 'forget'; readonly id: OrderId } & Aimed)
  | ({ readonly do: LotsCommand; readonly id: OrderId; readonly lots: number } & Aimed)
  | { readonly do: 'walk'; readonly side: Side; readonly limit: number | null; readonly during: readonly Command[] }

/** A command with an aim takes that order of those which it might be about, and its own words only if there is none. */
interface Aimed {
  readonly aim: number | null
}

type LotsCommand = 'fill' | 'fillReserved' | 'lapse' | 'reserve' | 'release'

/** What a command came to: what it gave, or that it threw. */
type Outcome = { readonly gave: unknown } | 'threw'

/** How often each command did what it says, and how often it was impossible. */
type Tally = Map<Command['do'], { did: number; threw: number }>

/** Without these the property would pass by trying nothing. */
function namesDoneAndThrown(tally: Tally): string[] {
  const both = [...tally].filter(([, { did, threw }]) => did > 0 && threw > 0)
  return both.map(([name]) => name).sort()
}

const lotsCommands: readonly LotsCommand[] = ['fill', 'fillReserved', 'lapse', 'reserve', 'release']
const allNames = ['accept', 'dropOwner', 'forget', 'place', 'rest', 'setRemaining', ...lotsCommands].sort()

// Few owners, ids and prices, so that orders meet; and now and then what no order can have.
const owners = ['A', 'B', 'self', 'z'].map(peer)
const owner = fc.constantFrom(...owners)
const id = fc.integer({ min: 1, max: 9 }).map(orderId)
const aim = usually(fc.nat(), fc.constant(null))
const side = fc.constantFrom<Side>('buy', 'sell')
const price = usually(fc.integer({ min: 1, max: 5 }), fc.constantFrom(0, -1, 1.5, NaN, 2 ** 31 - 1, 2 ** 31))
const quantity = usually(fc.integer({ min: 1, max: 6 }), fc.constantFrom(0, -1, 2.5, NaN, 2 ** 31 - 1, 2 ** 31))
const remaining = usually(fc.nat(3), fc.constantFrom(-1, 0.5, NaN, 2 ** 31))
const lots = usually(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, -1, 0.5, 2 ** 31 - 1))
const limit = fc.option(fc.integer({ min: 0, max: 6 }), { freq: 4 })

function usually<T>(often: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: often, weight: 15 }, { arbitrary: seldom, weight: 1 })
}

const replica = fc
  .record({ owner, id, side, price, quantity, gone: fc.constantFrom(0, 0, 0, 1, 2) })
  .map(({ gone, ...order }): RestingOrder => ({ ...order, remaining: order.quantity - gone }))

const newOrder: fc.Arbitrary<NewOrder> = fc.record({
  id,
  side,
  price: usually(price, fc.constant(null)),
  quantity,
  timeInForce: fc.constantFrom('gtc', 'gtc', 'gtc', 'ioc'),
  account: fc.constantFrom('main', 'desk'),
})

const simpleCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ do: fc.constant('place'), order: replica }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('setRemaining'), owner, id, remaining, aim }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropOwner'), owner }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('accept'), order: newOrder }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('rest'), id, aim }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constantFrom(...lotsCommands), id, lots, aim }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('forget'), id, aim }) },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 9, arbitrary: simpleCommand },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('walk'), side, limit, during: fc.array(simpleCommand) }) },
)

const commands = fc.array(command, { maxLength: 80, size: 'max' })

describe('the order book and the naive book', () => {
  test('give the same answers to the same commands', () => {
    const tally: Tally = new Map()
    assertProperty(fc.property(commands, all => compareBooks(new OrderBook(self), all, tally)))
    if (process.env.FC_PATH === undefined) expect(namesDoneAndThrown(tally)).toEqual(allNames)
  })

  test.each([
    ['takes no more than the first order at a price', FirstOfLevelOnly],
    ['shows orders in the order of their arrival', ArrivalOrder],
    ['drops what is available instead of releasing it', LapsesOnRelease],
    ['hashes what is reserved', HashesReserved],
    ['lets what remains of a replica rise', LetsRemainingRise],
    ['changes something before it refuses', ChangesBeforeItThrows],
    ['goes on over the book as it was', WalksACopy],
  ])('differ when the book %s', (_, Mutant) => {
    const result = fc.check(
      fc.property(commands, all => compareBooks(new Mutant(self), all, new Map())),
      { numRuns: 2_000, endOnFailure: true },
    )
    expect(result.failed).toBe(true)
  })
})

class FirstOfLevelOnly extends OrderBook {
  override *opposite(side: Side, limit: number | null): ReturnType<OrderBook['opposite']> {
    let last: number | undefined
    for (const order of super.opposite(side, limit)) {
      if (order.price !== last) yield order
      last = order.price
    }
  }
}

class ArrivalOrder extends OrderBook {
  readonly #arrived: string[] = []
  override place(order: RestingOrder): void {
    super.place(order)
    this.#arrived.push(order.id)
  }
  override openOrders(owner: PeerId): Iterable<RestingOrder> {
    const place = (order: RestingOrder): number => this.#arrived.lastIndexOf(order.id)
    return [...super.openOrders(owner)].sort((a, b) => place(a) - place(b))
  }
}

class LapsesOnRelease extends OrderBook {
  override release(id: OrderId, lots: number): OwnOrder {
    super.release(id, lots)
    return super.lapse(id, lots)
  }
}

class HashesReserved extends OrderBook {
  override hash(): string {
    const reserved = [...super.ownOrders()].map(order => order.reserved).filter(lots => lots > 0)
    return super.hash() + reserved.join()
  }
}

class LetsRemainingRise extends OrderBook {
  override setRemaining(owner: PeerId, id: OrderId, remaining: number): void {
    const order = this.replica(owner, id)
    const rises = order !== undefined && remaining > order.remaining && remaining <= order.quantity
    super.setRemaining(owner, id, rises ? 0 : remaining)
    if (rises) super.place({ ...order, remaining })
  }
}

class ChangesBeforeItThrows extends OrderBook {
  override fill(id: OrderId, lots: number): OwnOrder {
    if ((this.own(id)?.remaining ?? 0) > 0 && lots > 4) this.lapse(id, 1)
    return super.fill(id, lots)
  }
}

class WalksACopy extends OrderBook {
  override *opposite(side: Side, limit: number | null): ReturnType<OrderBook['opposite']> {
    yield* [...super.opposite(side, limit)]
  }
}

/** Throws at the first step at which the two books differ, or at which the book is wrong in itself. */
function compareBooks(book: AnyBook, all: readonly Command[], tally: Tally): void {
  const naive = new NaiveBook(self)
  const steps: Command[] = []
  let before = contentsOf(book)
  for (const each of all) {
    const step = aimed(naive, each)
    steps.push(step)
    const outcome = carryOut(book, step)
    const after = contentsOf(book)
    const sentence = `after ${JSON.stringify(steps)}`
    expect(outcome, sentence).toEqual(carryOut(naive, step))
    expect(after, sentence).toEqual(outcome === 'threw' ? before : contentsOf(naive))
    expect(checkBook(book), sentence).toEqual([])
    count(tally, step, outcome)
    before = after
  }
}

/** The command with its aim in its words. The naive book says what there is to aim at. */
function aimed(naive: NaiveBook, command: Command): Command {
  if (command.do === 'walk') return { ...command, during: command.during.map(each => aimed(naive, each)) }
  if (!('aim' in command) || command.aim === null) return command
  const targets = targetsOf(naive, command.do)
  const target = targets[command.aim % targets.length]
  if (target === undefined) return command
  const { owner, id } = target
  return command.do === 'setRemaining' ? { ...command, owner, id, aim: null } : { ...command, id, aim: null }
}

function targetsOf(naive: NaiveBook, name: Command['do']): { owner: PeerId; id: OrderId }[] {
  const own = naive.ownOrders()
  switch (name) {
    case 'setRemaining':
      return owners.filter(each => each !== self).flatMap(each => naive.openOrders(each))
    case 'forget':
      return own.filter(order => order.remaining === 0)
    case 'rest':
      return own.filter(order => !order.isResting)
    case 'release':
    case 'fillReserved':
      return own.filter(order => order.reserved > 0)
    default:
      return own.filter(order => order.remaining > 0)
  }
}

function count(tally: Tally, { do: name }: Command, outcome: Outcome): void {
  if (name === 'walk') return
  const { did, threw } = tally.get(name) ?? { did: 0, threw: 0 }
  tally.set(name, outcome === 'threw' ? { did, threw: threw + 1 } : { did: did + 1, threw })
}

function carryOut(book: AnyBook, each: Command): Outcome {
  try {
    return { gave: call(book, each) }
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    return 'threw'
  }
}

function call(book: AnyBook, each: Command): unknown {
  switch (each.do) {
    case 'place':
      book.place(each.order)
      return undefined
    case 'setRemaining':
      book.setRemaining(each.owner, each.id, each.remaining)
      return undefined
    case 'dropOwner':
      return book.dropOwner(each.owner)
    case 'accept':
      return book.accept(each.order)
    case 'walk':
      return walk(book, each.side, each.limit, each.during)
    case 'rest':
    case 'forget':
      return book[each.do](each.id)
    default:
      return book[each.do](each.id, each.lots)
  }
}

/** Walks the opposite side and carries out a command between every two steps. */
function walk(book: AnyBook, side: Side, limit: number | null, during: readonly Command[]): unknown[] {
  const given: unknown[] = []
  const left = [...during]
  for (const order of book.opposite(side, limit)) {
    given.push(order)
    const next = left.shift()
    if (next !== undefined) given.push(carryOut(book, next))
  }
  return given
}

/** Everything that can be asked of a book. */
function contentsOf(book: AnyBook): unknown {
  const sides = ['buy', 'sell'] as const
  const views = ['own', 'replicas'] as const
  return {
    hash: book.hash(),
    summary: book.toJSON(),
    size: book.size,
    depth: [book.depth(Infinity), book.depth(2), book.depth(3, order => order.owner !== self && order.remaining > 1)],
    opposite: sides.map(side => [null, 2, 4].map(limit => [...book.opposite(side, limit)])),
    ownResting: sides.map(side => [...book.ownResting(side)]),
    bestPrices: views.map(whose => sides.map(side => book.bestPrice(side, whose))),
    levels: views.map(whose => sides.map(side => [...book.levels(side, whose)])),
    owners: [...book.owners()],
    open: owners.map(each => ({ orders: [...book.openOrders(each)], count: book.openCount(each) })),
    own: [...book.ownOrders()],
    unsorted: new Set(book.ownUnsorted()),
    byId: [1, 2, 3, 4, 5, 6, 7, 8, 9].map(orderId).map(each => ({
      own: book.own(each),
      replicas: owners.map(one => book.replica(one, each)),
    })),
  }
}

/** Runs a property; a failure says how to see it again. */
function assertProperty(property: fc.IProperty<[Command[]]>): void {
  const { FC_SEED, FC_PATH, FC_RUNS } = process.env
  const parameters = {
    numRuns: Number(FC_RUNS ?? 200),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
  }
  const result = fc.check(property, parameters)
  if (!result.failed) return
  const replay = `FC_SEED=${result.seed} FC_PATH=${result.counterexamplePath} npm test -- test/model/book.test.ts`
  throw new Error(`${fc.defaultReportMessage(result)}\n\nSee it again: ${replay}`)
}
