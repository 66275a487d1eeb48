/** What a book writes down: checkpoints in parts, groups that fit a segment, and a journal from which it comes back as it was. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkBook } from '../../../src/book/check-book.ts'
import { selfTradePreventions, type OrderId, type Side } from '../../../src/book/order.ts'
import type { Checkpoint } from '../../../src/feed/entry.ts'
import type { SignedSegment } from '../../../src/feed/segment.ts'
import { limits } from '../../../src/limits.ts'
import type { BookEvent, OrderCommand } from '../../../src/peer/decide/event.ts'
import { decide } from '../../../src/peer/decide/decide.ts'
import { closeGroup, type Group, type JournalRecord } from '../../../src/peer/decide/group.ts'
import { replay } from '../../../src/peer/decide/recover.ts'
import type { BookState } from '../../../src/peer/decide/state.ts'
import { Desk, trade, twoDesks, World } from './given.ts'

const checkpointsOf = (segments: readonly SignedSegment[]): Checkpoint[] =>
  segments.flatMap(({ segment }) => segment.entries.filter(entry => entry.type === 'checkpoint'))
const faultsOf = (desk: Desk) => desk.outputs.filter(({ type }) => type === 'fault')

/** A desk with so many open sell orders, of which each is at another price. */
function withOpenOrders(world: World, name: string, count: number): Desk {
  const desk = new Desk(world, name)
  for (let index = 0; index < count; index += 1) desk.place('sell', 1 + (index % 7), 101 + index)
  return desk
}

describe('a checkpoint at the start', () => {
  const openMax = 2_500
  const world = new World()
  const before = withOpenOrders(world, 'anna', openMax)
  const anna = new Desk(world, 'anna', before.records)
  const own = anna.segments

  test('of 2,500 open orders comes in three parts, each at the start of a segment of its own', () => {
    expect(own.map(({ segment }) => segment.entries.map(({ type }) => type))).toEqual([
      ['opened', 'checkpoint'],
      ['checkpoint'],
      ['checkpoint'],
    ])
    expect(checkpointsOf(own).map(({ part, parts, open, orders }) => [part, parts, open, orders.length])).toEqual([
      [0, 3, 2_500, 1_000],
      [1, 3, 2_500, 1_000],
      [2, 3, 2_500, 500],
    ])
    for (const { signed } of own) expect(signed.body.length).toBeLessThanOrEqual(limits.segmentBytesMax)
  })

  test('gives a peer that has read nothing the same book', () => {
    const bob = new Desk(world, 'bob')
    bob.read(anna, own)
    expect(faultsOf(bob)).toEqual([])
    expect(bob.state.book.openCount(anna.self)).toBe(openMax)
    expect(bob.state.book.hash()).toBe(anna.state.book.hash())
  })

  test('gives a peer that has read the incarnation before the same book', () => {
    const carl = new Desk(world, 'carl')
    carl.read(before)
    expect(carl.state.book.hash()).toBe(before.state.book.hash())
    carl.read(anna)
    expect(faultsOf(carl)).toEqual([])
    expect(carl.state.book.hash()).toBe(anna.state.book.hash())
  })

  test('of which a part is missing waits for it, and takes it when it comes', () => {
    const [first, second, third] = own as [SignedSegment, SignedSegment, SignedSegment]
    const dora = new Desk(world, 'dora')
    dora.read(anna, [first])
    dora.read(anna, [third])
    expect(dora.state.book.openCount(anna.self)).toBe(1_000)
    expect(dora.outputs).toContainEqual({ type: 'behind', owner: anna.self })
    dora.read(anna, [second])
    dora.read(anna, [first, second, third])
    expect(dora.state.book.hash()).toBe(anna.state.book.hash())
  })

  test('of nothing is one part', () => {
    expect(checkpointsOf(new Desk(new World(), 'anna').segments)).toEqual([
      { type: 'checkpoint', part: 0, parts: 1, open: 0, orders: [] },
    ])
  })
})

/** Places and cancels until the feed has been shortened. */
function untilShortened(desk: Desk): void {
  const start = checkpointsOf(desk.segments).length
  for (let count = 0; checkpointsOf(desk.segments).length === start; count += 2) {
    if (count > 2 * limits.entriesSinceCheckpointMax) throw new Error('no checkpoint has come')
    desk.cancel(desk.place('buy', 1, 90))
  }
}

describe('a feed that has grown long', () => {
  const world = new World()
  const openCount = 4
  const anna = withOpenOrders(world, 'anna', openCount)
  const bob = new Desk(world, 'bob')
  bob.read(anna)
  untilShortened(anna)

  test('is shortened by a checkpoint as soon as it has so many entries, and forgotten behind it', () => {
    const entries = anna.segments.flatMap(({ segment }) => segment.entries)
    expect(entries.at(-1)).toMatchObject({ type: 'checkpoint', part: 0, parts: 1, open: openCount })
    expect(entries).toHaveLength(2 + limits.entriesSinceCheckpointMax + 1)
    expect(anna.state.feedOf(anna.self).length).toBe(1)
  })

  test('is begun with that checkpoint by a newcomer, and compared with it by who has read everything', () => {
    const carl = new Desk(world, 'carl')
    bob.read(anna, anna.segments)
    anna.place('sell', 1, 500)
    for (const reader of [bob, carl]) {
      reader.read(anna)
      expect(faultsOf(reader)).toEqual([])
      expect(reader.state.feedOf(anna.self).head).toEqual(anna.state.ownHead)
      expect(reader.state.book.hash()).toBe(anna.state.book.hash())
    }
    expect(carl.state.feedOf(anna.self).length).toBe(2)
  })

  test('lets a peer that is far behind begin anew', () => {
    const dora = new Desk(world, 'dora')
    dora.read(anna, anna.segments.slice(0, 3))
    dora.read(anna)
    expect(faultsOf(dora)).toEqual([])
    expect(dora.state.book.hash()).toBe(anna.state.book.hash())
  })

  test('comes back from its journal, and is as long as its new checkpoint', () => {
    const again = new Desk(world, 'anna', anna.records)
    expect(again.state.book.hash()).toBe(anna.state.book.hash())
    expect(again.state.feedOf(again.self).length).toBe(2)
  })

  test('is not shortened while most of it is about open orders', () => {
    const many = withOpenOrders(world, 'emil', limits.entriesSinceCheckpointMax + 10)
    expect(checkpointsOf(many.segments)).toHaveLength(1)
  })
})

describe('a group', () => {
  const command: OrderCommand = {
    side: 'buy',
    price: 90,
    quantity: 1,
    timeInForce: 'gtc',
    account: 'main',
    conditions: { postOnly: false, expiresAtMs: null, selfTradePrevention: 'cancel-newest', minimum: null },
    clientOrderId: null,
  }
  const submit = (requestId: number): BookEvent => ({ type: 'order.submit', requestId, command })

  /** Closes groups until nothing waits for one. */
  function groupsOf(desk: Desk): Group[] {
    const groups: Group[] = []
    while (!desk.state.decisions.isEmpty) groups.push(closeGroup(desk.state))
    return groups
  }

  /** Whom the groups answer, in order. */
  const answered = (groups: readonly Group[]) =>
    groups.flatMap(({ outputs }) => outputs.flatMap(output => (output.type === 'reply' ? [output.requestId] : [])))
  const count = 1_500
  const requests = Array.from({ length: count }, (_, index) => 10_000 + index)

  test('takes no more decisions than fit the bytes of a segment, and loses none', () => {
    const desk = withOpenOrders(new World(), 'anna', count)
    const ids = [...desk.state.book.ownOrders()].map(({ id }) => id)
    for (const [index, orderId] of ids.entries())
      decide(desk.state, { type: 'order.cancel', requestId: requests[index]!, orderId })
    const groups = groupsOf(desk)
    const fitting = Math.floor(limits.segmentBytesMax / limits.entryBytes)
    expect(fitting).toBeLessThan(limits.segmentEntriesMax)
    expect(groups.map(({ record }) => entriesOf(record).length)).toEqual([fitting, fitting, count - 2 * fitting])
    for (const { record } of groups) expect(record?.segment?.body.length).toBeLessThanOrEqual(limits.segmentBytesMax)
    expect(answered(groups)).toEqual(requests)
  })

  test('takes no more entries than a segment may have, and loses none', () => {
    const desk = new Desk(new World(), 'anna')
    for (const requestId of requests) decide(desk.state, submit(requestId))
    const groups = groupsOf(desk)
    expect(groups.map(({ record }) => entriesOf(record).length)).toEqual([
      limits.segmentEntriesMax,
      count - limits.segmentEntriesMax,
    ])
    for (const { record } of groups) expect(record?.segment?.body.length).toBeLessThanOrEqual(limits.segmentBytesMax)
    expect(groups.flatMap(({ record }) => entriesOf(record))).toHaveLength(count)
    expect(answered(groups)).toEqual(requests)
  })

  test('takes no more facts than it may have when few of them are entries, and loses none', () => {
    const desk = new Desk(new World(), 'anna')
    const many = Array.from({ length: limits.groupFactsMax }, (_, index) => 10_000 + index)
    for (const requestId of many)
      decide(desk.state, { type: 'order.submit', requestId, command: { ...command, timeInForce: 'ioc' } })
    const groups = groupsOf(desk)
    for (const { record } of groups) expect(record?.facts.length).toBeLessThanOrEqual(limits.groupFactsMax)
    expect(groups.length).toBeGreaterThan(1)
    expect(answered(groups)).toEqual(many)
  })

  test('holds orders that are handed in together', () => {
    const desk = new Desk(new World(), 'anna')
    const commands = Array.from({ length: limits.ordersPerSubmitMax }, () => command)
    decide(desk.state, { type: 'order.submit_many', requestId: 10_000, commands })
    const groups = groupsOf(desk)
    expect(groups).toHaveLength(1)
    expect(answered(groups)).toEqual(commands.map((_, index) => 10_000 + index))
  })

  test('counts the words that its fills rest on, once for all fills that rest on the same', () => {
    const { anna, bob } = twoDesks()
    const proposals = 90
    for (let index = 0; index < proposals; index += 1) anna.place('sell', 1, 101)
    bob.read(anna)
    bob.place('buy', proposals, 101)
    const [asked] = bob.batches()
    expect(asked?.batch.proposals).toHaveLength(proposals)
    trade(bob, anna)
    const last = anna.segments.at(-1)!
    expect(last.segment.entries).toHaveLength(proposals)
    expect(last.segment.evidence).toHaveLength(1)
    expect(last.signed.body.length).toBeLessThanOrEqual(limits.segmentBytesMax)
  })

  test('that holds a checkpoint begins with it, whatever was decided before', () => {
    const desk = new Desk(new World(), 'anna')
    for (let count = 0; count < limits.entriesSinceCheckpointMax / 2; count += 1) {
      if (count % 50 === 0) desk.commit()
      decide(desk.state, submit(count))
      const [order] = [...desk.state.book.ownResting('buy')]
      decide(desk.state, { type: 'order.cancel', requestId: 100_000 + count, orderId: order!.id })
    }
    decide(desk.state, submit(1))
    desk.commit()
    const [, shortened] = desk.segments.filter(({ segment }) =>
      segment.entries.some(({ type }) => type === 'checkpoint'),
    )
    expect(shortened?.segment.entries[0]).toMatchObject({ type: 'checkpoint', part: 0 })
    const reader = new Desk(desk.world, 'bob')
    reader.read(desk)
    expect(reader.state.book.hash()).toBe(desk.state.book.hash())
  })
})

function entriesOf(record: JournalRecord | null): unknown[] {
  return record?.segment ? (JSON.parse(record.segment.body) as { entries: unknown[] }).entries : []
}

/** Everything that a book must remember over a crash. When batches were made is its own affair. */
function memoryOf(state: BookState): unknown {
  return {
    orders: [...state.book.ownOrders()],
    records: [...state.records].sort(),
    clientOrders: [...state.clientOrders].sort(),
    working: [...state.working].sort(),
    closed: [...state.closed],
    taker: [...state.takerChannels]
      .map(([peer, { n, inFlight }]) => [peer, n, inFlight?.hash ?? null, inFlight?.forced])
      .sort(),
    disputes: state.disputes,
    maker: [...state.makerChannels].sort(),
    head: state.ownHead,
    feed: state
      .feedOf(state.self)
      .after(null, Number.MAX_SAFE_INTEGER)
      .map(({ head }) => head.hash),
  }
}

describe('replaying a journal', () => {
  const desk = fc.constantFrom('anna' as const, 'bob' as const)
  const order = fc.record({
    side: fc.constantFrom<Side>('buy', 'sell'),
    quantity: fc.integer({ min: 1, max: 9 }),
    price: fc.integer({ min: 98, max: 102 }),
    account: fc.constantFrom('one', 'two'),
    timeInForce: fc.constantFrom('gtc', 'gtc', 'gtd', 'ioc'),
    postOnly: fc.nat(5).map(chance => chance === 0),
    selfTradePrevention: fc.constantFrom(...selfTradePreventions),
    lifeMs: fc.integer({ min: 1, max: 300 }),
  })
  const which = fc.nat(20)
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('submit' as const), desk, order }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), desk, which }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('amend' as const),
        desk,
        which,
        quantity: fc.integer({ min: 1, max: 8 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), desk }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('propose' as const, 'withdraw' as const), desk }) },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('force' as const), desk, which, lots: fc.constantFrom(0, 0, 1, 9) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), desk }) },
  )

  test('gives the same state, whatever was decided, and peers that have read everything hold equal books', () => {
    const seen = { fills: 0, expired: 0, amended: 0, prevented: 0, restarts: 0, agreed: 0, disputed: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), steps => {
        const { world, anna, bob } = twoDesks()
        const desks = { anna, bob }
        const otherOf = (name: 'anna' | 'bob') => (name === 'anna' ? desks.bob : desks.anna)
        const idOf = (one: Desk, index: number): OrderId | undefined => {
          const orders = [...one.state.book.ownOrders()]
          return orders[index % Math.max(1, orders.length)]?.id
        }
        for (const one of steps) {
          world.ms += 1
          if (one.do === 'wait') {
            world.ms += one.ms
            for (const each of Object.values(desks)) each.take({ type: 'backoff.over' })
            continue
          }
          const mine = desks[one.desk]
          const other = otherOf(one.desk)
          if (one.do === 'submit') {
            const { side, quantity, price, lifeMs, ...wanted } = one.order
            const expiresAtMs = wanted.timeInForce === 'gtd' ? world.ms + lifeMs : null
            mine.submit(side, quantity, price, { ...wanted, expiresAtMs })
          } else if (one.do === 'read') mine.read(other)
          else if (one.do === 'restart') {
            desks[one.desk] = new Desk(world, one.desk, mine.records)
            desks[one.desk].read(other)
            desks[one.desk].meet(other)
            seen.restarts += 1
          } else if (one.do === 'cancel') {
            const id = idOf(mine, one.which)
            if (id !== undefined) mine.cancel(id)
          } else if (one.do === 'amend') {
            const id = idOf(mine, one.which)
            if (id !== undefined) mine.amend(id, one.quantity)
          } else if (one.do === 'force') forceSomething(world, mine, one.which, one.lots)
          else trade(mine, other, one.do)
        }
        for (const each of Object.values(desks)) {
          const copy = world.state(each.name)
          for (const record of each.records) replay(copy, record)
          expect(memoryOf(copy)).toEqual(memoryOf(each.state))
          expect(checkBook(each.state.book)).toEqual([])
        }
        settleDown(world, desks.anna, desks.bob)
        expect(desks.anna.state.book.hash()).toBe(desks.bob.state.book.hash())
        for (const each of Object.values(desks)) {
          expect(faultsOf(each)).toEqual([])
          seen.disputed += each.state.disputes.length
          for (const [, { fills, forced, lapseReason }] of each.state.records) {
            seen.fills += fills.filter(({ counterparty }) => counterparty.peer !== each.self).length
            seen.agreed += forced.filter(({ filled, decided }) => filled === decided).length
            if (lapseReason === 'expired') seen.expired += 1
            if (lapseReason === 'amended') seen.amended += 1
            if (lapseReason === 'self_trade_prevented') seen.prevented += 1
          }
        }
      }),
      { numRuns: 300 },
    )
    // A run in which none of this happens would prove nothing.
    const { agreed, disputed, ...common } = seen
    for (const [what, count] of Object.entries(common)) expect(count, what).toBeGreaterThan(20)
    for (const [what, count] of Object.entries({ agreed, disputed })) expect(count, what).toBeGreaterThan(4)
  })

  test('gives the first answer to a client order id again', () => {
    const world = new World()
    const before = new Desk(world, 'anna')
    const wanted = { clientOrderId: 'mine', timeInForce: 'gtd', expiresAtMs: world.ms + 9_000 } as const
    const first = before.submit('buy', 3, 90, wanted)
    const anna = new Desk(world, 'anna', before.records)
    expect(anna.submit('buy', 3, 90, wanted)).toEqual(first)
    expect(anna.submit('buy', 3, 90, { ...wanted, expiresAtMs: world.ms + 9_001 })).toBe(
      'exists_with_different_conditions',
    )
    expect([...anna.state.book.ownOrders()]).toHaveLength(1)
  })
})

/** Waits until it is in doubt, and states of one of the proposals of the desk's batch how many of its lots are filled. */
function forceSomething(world: World, desk: Desk, which: number, lots: number): void {
  const [asked] = desk.batches()
  if (!asked) return
  world.ms += limits.doubtMs
  const { proposals } = asked.batch
  const { orderId, tradeId, quantity } = proposals[which % proposals.length]!
  desk.force(orderId, Math.min(lots, quantity), { tradeId })
}

/** Reads and trades until neither has anything left to do. */
function settleDown(world: World, anna: Desk, bob: Desk): void {
  for (let round = 0; round < 200; round += 1) {
    world.ms += 500
    for (const [mine, other] of [
      [anna, bob],
      [bob, anna],
    ] as const) {
      mine.read(other)
      mine.take({ type: 'backoff.over' })
      trade(mine, other)
    }
  }
}
