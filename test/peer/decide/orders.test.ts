/** What orders ask of their owner: to end in time, never to take, to become less, and not to trade with themselves. */
import { describe, expect, test } from 'vitest'
import { selfTradePreventions, type OrderId, type SelfTradePrevention } from '../../../src/book/order.ts'
import type { Entry } from '../../../src/feed/entry.ts'
import { Desk, trade, twoDesks, World } from './given.ts'

/** What a feed says of one order, in order: type, lots and what remains. */
function said(desk: Desk, id: OrderId): unknown[] {
  const entries = desk.segments.flatMap(({ segment }): readonly Entry[] => segment.entries)
  return entries.flatMap(entry => {
    if (entry.type === 'placed' && entry.order.id === id) return [['placed', entry.order.quantity]]
    if (!('orderId' in entry) || entry.orderId !== id) return []
    const reason = entry.type === 'cancelled' ? [entry.reason] : []
    return [[entry.type, entry.quantity, entry.remaining, ...reason]]
  })
}

/** Anna's buy order of 5 lots at 101, of which bob's sell order of 3 is being asked for. */
function withReserved(wanted: Parameters<Desk['submit']>[3] = {}) {
  const { world, anna, bob } = twoDesks()
  const made = bob.place('sell', 3, 101)
  anna.read(bob)
  const id = anna.place('buy', 5, 101, wanted)
  expect(anna.own(id)).toMatchObject({ remaining: 5, reserved: 3 })
  return { world, anna, bob, id, made }
}

const soonMs = 1_000

describe('an order that is good until its time', () => {
  test('is refused when that time is past, or now', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    expect(anna.submit('buy', 1, 90, { timeInForce: 'gtd', expiresAtMs: world.ms })).toBe('expiry_is_past')
    expect(anna.submit('buy', 1, 90, { timeInForce: 'gtd', expiresAtMs: world.ms - 1 })).toBe('expiry_is_past')
    expect(anna.segments.flatMap(({ segment }) => segment.entries).map(({ type }) => type)).toEqual([
      'opened',
      'checkpoint',
    ])
  })

  test('asks to be looked at when its time comes, and ends then and not a millisecond before', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const endMs = world.ms + soonMs
    const id = anna.place('buy', 4, 90, { timeInForce: 'gtd', expiresAtMs: endMs })
    expect(anna.outputs).toContainEqual({ type: 'look_again', atMs: endMs })
    world.ms = endMs - 1
    anna.take({ type: 'backoff.over' })
    expect(anna.own(id).isResting).toBe(true)
    world.ms = endMs
    anna.take({ type: 'backoff.over' })
    expect(anna.latest(id)).toMatchObject({
      status: 'expired',
      reason: 'expired',
      order: { lapsed: 4, remaining: 0 },
    })
    expect(said(anna, id)).toEqual([
      ['placed', 4],
      ['expired', 4, 0],
    ])
    expect(anna.cancel(id)).toBe('order_already_closed')
  })

  test('ends before anything that comes at its time can meet it', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const id = anna.place('buy', 4, 90, { timeInForce: 'gtd', expiresAtMs: world.ms + soonMs, account: 'one' })
    world.ms += soonMs
    const other = anna.place('sell', 4, 90, { account: 'two' })
    expect([anna.own(id).filled, anna.own(other).filled]).toEqual([0, 0])
    expect(anna.own(other).isResting).toBe(true)
  })

  test('keeps what is reserved until it is decided: filled stays filled', () => {
    const { world, anna, bob, id } = withReserved({ timeInForce: 'gtd', expiresAtMs: 1_704_067_200_000 + soonMs })
    world.ms += soonMs
    anna.take({ type: 'backoff.over' })
    expect(anna.latest(id)).toMatchObject({ status: 'cancel_pending', order: { lapsed: 2, remaining: 3, reserved: 3 } })
    expect(anna.amend(id, 1)).toBe('order_is_closing')
    trade(anna, bob)
    expect(anna.latest(id)).toMatchObject({
      status: 'expired',
      reason: 'expired',
      order: { filled: 3, remaining: 0 },
    })
    expect(said(anna, id)).toEqual([
      ['placed', 5],
      ['expired', 2, 3],
      ['filled', 3, 0],
    ])
  })

  test('keeps what is reserved until it is decided: what comes back expires in a second entry', () => {
    const { world, anna, bob, id } = withReserved({ timeInForce: 'gtd', expiresAtMs: 1_704_067_200_000 + soonMs })
    world.ms += soonMs
    anna.take({ type: 'backoff.over' })
    // What is back must not meet anything, however well it would fit.
    anna.place('sell', 3, 101, { account: 'two' })
    trade(anna, bob, 'withdraw')
    expect(anna.own(id)).toMatchObject({ filled: 0, lapsed: 5, remaining: 0 })
    expect(said(anna, id)).toEqual([
      ['placed', 5],
      ['expired', 2, 3],
      ['expired', 3, 0],
    ])
    bob.read(anna)
    expect(bob.state.book.replica(anna.self, id)).toBeUndefined()
  })

  test('that was closed before says nothing when its time comes', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const id = anna.place('buy', 4, 90, { timeInForce: 'gtd', expiresAtMs: world.ms + soonMs })
    anna.cancel(id)
    world.ms += soonMs
    anna.take({ type: 'backoff.over' })
    expect(said(anna, id)).toEqual([
      ['placed', 4],
      ['cancelled', 4, 0, 'cancelled_by_user'],
    ])
  })

  test('ends at the next start when its time came while its owner was away', () => {
    const world = new World()
    const before = new Desk(world, 'anna')
    const id = before.place('buy', 4, 90, { timeInForce: 'gtd', expiresAtMs: world.ms + soonMs })
    const later = before.place('buy', 4, 90, { timeInForce: 'gtd', expiresAtMs: world.ms + 3 * soonMs })
    world.ms += 2 * soonMs
    const anna = new Desk(world, 'anna', before.records)
    expect(anna.latest(id)).toMatchObject({ status: 'expired', reason: 'expired' })
    expect(anna.own(later).isResting).toBe(true)
    expect(anna.outputs).toContainEqual({ type: 'look_again', atMs: world.ms + soonMs })
  })

  test('is over at its time even when nobody has looked: a proposal that comes before the timer finds it closed', () => {
    const { world, anna, bob } = twoDesks()
    const id = anna.place('sell', 5, 100, { timeInForce: 'gtd', expiresAtMs: world.ms + 100 })
    bob.read(anna)
    world.ms += 5_000
    bob.place('buy', 5, 100, { timeInForce: 'ioc' })
    trade(bob, anna)
    expect(anna.latest(id).status).toBe('expired')
    expect(anna.latest(id).fills).toEqual([])
  })
})

describe('an order that must only make', () => {
  test('is refused when it would take from an order here, and rests when it would not', () => {
    const anna = new Desk(new World(), 'anna')
    anna.place('sell', 1, 101)
    expect(anna.submit('buy', 1, 101, { postOnly: true })).toBe('would_take')
    expect(anna.submit('buy', 1, 100, { postOnly: true })).toMatchObject({ status: 'resting' })
  })

  test('is refused when it would take from a live neighbour, not when that neighbour is lost', () => {
    const { anna, bob } = twoDesks()
    bob.place('sell', 1, 101)
    anna.read(bob)
    expect(anna.submit('buy', 1, 101, { postOnly: true })).toBe('would_take')
    anna.take({ type: 'neighbour.lost', peer: bob.self })
    expect(anna.submit('buy', 1, 101, { postOnly: true })).toMatchObject({ status: 'resting' })
  })

  test('is cancelled where it rests when it would have to take from an earlier order', () => {
    const { world, anna, bob } = twoDesks()
    bob.place('sell', 1, 101)
    world.ms += 5
    const id = anna.place('buy', 4, 101, { postOnly: true })
    anna.read(bob)
    expect(anna.latest(id)).toMatchObject({
      status: 'cancelled',
      reason: 'would_take',
      order: { filled: 0, lapsed: 4 },
    })
    expect(said(anna, id)).toEqual([
      ['placed', 4],
      ['cancelled', 4, 0, 'would_take'],
    ])
    expect(anna.batches()).toEqual([])
  })

  test('waits for a later order that crosses it, which is the taker', () => {
    const { world, anna, bob } = twoDesks()
    const id = anna.place('buy', 4, 101, { postOnly: true })
    world.ms += 5
    bob.place('sell', 1, 101)
    anna.read(bob)
    expect(anna.own(id).isResting).toBe(true)
    bob.read(anna)
    expect(trade(bob, anna)).toBe(true)
    expect(anna.latest(id)).toMatchObject({ status: 'partly_filled', fills: [{ liquidity: 'maker', quantity: 1 }] })
  })

  test('is cancelled when a neighbour whose earlier order it crosses is live again', () => {
    const { world, anna, bob } = twoDesks()
    anna.take({ type: 'neighbour.lost', peer: bob.self })
    bob.place('sell', 1, 101)
    anna.read(bob)
    world.ms += 5
    const id = anna.place('buy', 4, 101, { postOnly: true })
    expect(anna.own(id).isResting).toBe(true)
    anna.meet(bob)
    expect(anna.latest(id)).toMatchObject({ status: 'cancelled', reason: 'would_take' })
  })
})

describe('an order that is amended', () => {
  test('is for less, and keeps its place before a later one at its price', () => {
    const anna = new Desk(new World(), 'anna')
    const [first, second] = [anna.place('sell', 5, 101), anna.place('sell', 5, 101)]
    expect(anna.amend(first, 2)).toMatchObject({
      status: 'resting',
      reason: 'amended',
      order: { quantity: 5, remaining: 2, lapsed: 3 },
    })
    anna.place('buy', 3, 101, { account: 'two' })
    expect([anna.own(first).filled, anna.own(second).filled]).toEqual([2, 1])
  })

  test('says what it is for, fills included, and what remains', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 101)
    anna.place('buy', 2, 101, { account: 'two' })
    anna.amend(id, 4)
    expect(said(anna, id)).toEqual([
      ['placed', 5],
      ['filled', 2, 3],
      ['amended', 4, 2],
    ])
    const bob = new Desk(anna.world, 'bob')
    bob.read(anna)
    expect(bob.state.book.replica(anna.self, id)).toMatchObject({ remaining: 2 })
  })

  test.each([
    ['to more', 6, 'amend_must_reduce'],
    ['to as much', 5, 'amend_must_reduce'],
    ['to what is filled', 2, 'amend_below_filled'],
    ['below what is filled', 1, 'amend_below_filled'],
  ])('%s is refused: %3$s', (_, quantity, reason) => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 101)
    anna.place('buy', 2, 101, { account: 'two' })
    const before = said(anna, id)
    expect(anna.amend(id, quantity)).toBe(reason)
    expect(said(anna, id)).toEqual(before)
  })

  test('twice must become less twice', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 101)
    anna.amend(id, 3)
    expect(anna.amend(id, 4)).toBe('amend_must_reduce')
    expect(anna.amend(id, 3)).toBe('amend_must_reduce')
    expect(anna.amend(id, 2)).toMatchObject({ order: { remaining: 2 } })
  })

  test('never goes below what is being decided on, down to it is answered when that is known', () => {
    const { anna, bob, id } = withReserved()
    expect(anna.amend(id, 2)).toBe('amend_below_reserved')
    expect(anna.amend(id, 3)).toBeUndefined()
    expect(anna.own(id)).toMatchObject({ remaining: 3, reserved: 3, lapsed: 2 })
    trade(anna, bob)
    expect(anna.latest(id)).toMatchObject({ status: 'filled', order: { filled: 3, lapsed: 2, remaining: 0 } })
    const told = anna.outputs.flatMap(output => (output.type === 'reply' ? [output.reply.type] : []))
    // The submission and the amendment, both when nothing of the order is being decided on any more.
    expect(told.filter(type => type === 'report')).toHaveLength(2)
  })

  test("must be there, open, and its owner's", () => {
    const { anna, bob } = twoDesks()
    const gone = anna.place('buy', 1, 90)
    anna.cancel(gone)
    const foreign = bob.place('buy', 2, 90)
    anna.read(bob)
    expect(anna.amend(gone, 1)).toBe('order_already_closed')
    expect(anna.amend(foreign, 1)).toBe('order_belongs_to_another_peer')
    expect(anna.amend(foreign.replace(/^./, 'f') as OrderId, 1)).toBe('order_unknown')
  })
})

/** What becomes of 5 lots that rest and 3 or 8 newer ones of the same account that cross them. */
const modes: Readonly<Record<SelfTradePrevention, readonly [older: number, newer: number][]>> = {
  'cancel-newest': [
    [5, 0],
    [5, 0],
  ],
  'cancel-oldest': [
    [0, 3],
    [0, 8],
  ],
  'cancel-both': [
    [0, 0],
    [0, 0],
  ],
  'decrement-and-cancel': [
    [2, 0],
    [0, 3],
  ],
}

describe('two orders of one account', () => {
  test.each(selfTradePreventions)('never trade with each other: %s', mode => {
    for (const [index, quantity] of [3, 8].entries()) {
      const anna = new Desk(new World(), 'anna')
      const older = anna.place('sell', 5, 101, { selfTradePrevention: 'cancel-both' })
      const newer = anna.place('buy', quantity, 102, { selfTradePrevention: mode })
      const [left, rest] = modes[mode][index]!
      expect([anna.own(older).remaining, anna.own(newer).remaining]).toEqual([left, rest])
      expect([anna.own(older).filled, anna.own(newer).filled]).toEqual([0, 0])
      const lapsed = [older, newer].filter(id => anna.own(id).lapsed > 0)
      for (const id of lapsed) expect(anna.latest(id).reason).toBe('self_trade_prevented')
      expect(lapsed.length).toBeGreaterThan(0)
    }
  })

  test.each(selfTradePreventions)('do not keep the newer one from trading with others before: %s', mode => {
    const anna = new Desk(new World(), 'anna')
    const other = anna.place('sell', 1, 100, { account: 'two' })
    const older = anna.place('sell', 5, 101)
    const newer = anna.place('buy', 3, 102, { selfTradePrevention: mode })
    expect(anna.own(other).filled).toBe(1)
    expect([anna.own(older).filled, anna.own(newer).filled]).toEqual([0, 1])
  })

  test('leave what is behind them to the newer one when only the older one is cancelled', () => {
    const anna = new Desk(new World(), 'anna')
    const older = anna.place('sell', 5, 101)
    const other = anna.place('sell', 5, 102, { account: 'two' })
    const newer = anna.place('buy', 3, 102, { selfTradePrevention: 'cancel-oldest', timeInForce: 'ioc' })
    expect(anna.own(older)).toMatchObject({ filled: 0, lapsed: 5 })
    expect([anna.own(other).filled, anna.own(newer).filled]).toEqual([3, 3])
  })

  test('of which the newer one never rests: what it loses is no entry of the feed', () => {
    const anna = new Desk(new World(), 'anna')
    const older = anna.place('sell', 5, 101)
    const newer = anna.place('buy', 3, null, { selfTradePrevention: 'decrement-and-cancel', timeInForce: 'ioc' })
    expect(anna.latest(newer)).toMatchObject({
      status: 'cancelled',
      reason: 'self_trade_prevented',
      order: { lapsed: 3 },
    })
    expect(said(anna, newer)).toEqual([])
    expect(said(anna, older)).toEqual([
      ['placed', 5],
      ['cancelled', 3, 2, 'self_trade_prevented'],
    ])
  })

  test('are of one account at one peer alone: equal names elsewhere trade', () => {
    const { anna, bob, id } = withReserved()
    trade(anna, bob)
    expect(anna.own(id).filled).toBe(3)
  })

  test('of which the older one is being decided on elsewhere: what is reserved of it stays', () => {
    const { anna, bob, id } = withReserved()
    const newer = anna.place('sell', 4, 101, { selfTradePrevention: 'cancel-oldest' })
    expect(anna.own(id)).toMatchObject({ remaining: 3, reserved: 3, lapsed: 2 })
    expect(anna.own(newer)).toMatchObject({ filled: 0, remaining: 4 })
    trade(anna, bob)
    expect(anna.own(id)).toMatchObject({ filled: 3, remaining: 0 })
    expect(anna.own(newer)).toMatchObject({ filled: 0, remaining: 4 })
  })
})
