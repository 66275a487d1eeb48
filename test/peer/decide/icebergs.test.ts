/** Icebergs: one order for their user, one slice after another for everybody else. */
import { describe, expect, test } from 'vitest'
import { selfTradePreventions, type OrderId } from '../../../src/book/order.ts'
import { Desk, trade, twoDesks, World } from './given.ts'

/** Id and lots of what everybody sees on the sell side. */
function shown(desk: Desk): number[] {
  return [...desk.state.book.ownResting('sell')].map(({ remaining }) => remaining)
}

function partsOf(desk: Desk, id: OrderId): readonly OrderId[] {
  return desk.latest(id).parts
}

const mine = { account: 'mine' }

describe('an iceberg', () => {
  test('shows a slice, which is an order of its own in the feed, and its user sees one order', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
    expect(shown(anna)).toEqual([2])
    expect(anna.latest(id)).toMatchObject({ status: 'resting', order: { quantity: 5, remaining: 5, isResting: true } })
    expect(anna.segments.at(-1)?.segment.entries).toMatchObject([
      { type: 'placed', order: { id: partsOf(anna, id)[0], quantity: 2, remaining: 2 } },
    ])
  })

  test('shows the next slice behind everybody else at its price', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
    const other = anna.place('sell', 1, 101, { account: 'other' })
    anna.place('buy', 2, 101, { account: 'taker' })
    expect([...anna.state.book.ownResting('sell')].map(order => order.id)).toEqual([other, partsOf(anna, id)[1]])
    expect(anna.latest(id)).toMatchObject({ status: 'partly_filled', order: { filled: 2, remaining: 3 } })
    anna.place('buy', 1, 101, { account: 'taker' })
    anna.place('buy', 2, 101, { account: 'taker' })
    anna.place('buy', 1, 101, { account: 'taker' })
    expect(anna.latest(id)).toMatchObject({ status: 'filled', order: { filled: 5 } })
    expect(partsOf(anna, id)).toHaveLength(3)
    expect(anna.latest(id).fills.map(({ quantity }) => quantity)).toEqual([2, 2, 1])
  })

  test('offers an order that comes what it shows, and takes the rest of it with the slices that follow', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
    expect(anna.submit('buy', 5, 102, { account: 'ioc', timeInForce: 'ioc' })).toMatchObject({ order: { filled: 2 } })
    const resting = anna.place('buy', 9, 102, { account: 'taker' })
    // What comes later takes at the price of what rests.
    expect(anna.latest(resting)).toMatchObject({ order: { filled: 3 }, fills: [{ price: 101 }, { price: 102 }] })
    expect(anna.latest(id)).toMatchObject({ status: 'filled' })
  })

  test('takes with all that it has when it comes, and shows a slice of what is left', () => {
    const anna = new Desk(new World(), 'anna')
    anna.place('buy', 4, 101, { account: 'other' })
    const id = anna.place('sell', 9, 101, { ...mine, displayed: 2 })
    expect(anna.latest(id)).toMatchObject({ status: 'partly_filled', order: { filled: 4, remaining: 5 } })
    expect(shown(anna)).toEqual([2])
    expect(anna.latest(id).fills).toMatchObject([{ quantity: 4, liquidity: 'taker' }])
  })

  test('asks others for all that it could get, and shows a slice of the rest meanwhile', () => {
    for (const kind of ['propose', 'withdraw'] as const) {
      const { anna, bob } = twoDesks()
      bob.place('buy', 4, 101)
      anna.read(bob)
      const id = anna.place('sell', 9, 101, { ...mine, displayed: 2 })
      expect(anna.batches()[0]?.batch.proposals).toMatchObject([{ quantity: 4 }])
      expect(shown(anna)).toEqual([2])
      trade(anna, bob, kind)
      const filled = kind === 'propose' ? 4 : 0
      expect(anna.latest(id)).toMatchObject({ order: { filled, remaining: 9 - filled, reserved: 0 } })
      expect(shown(anna)).toEqual([2])
    }
  })

  test('loses first what it hides when it is amended', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
    const [slice] = partsOf(anna, id)
    anna.amend(id, 3)
    expect([shown(anna), anna.own(id).remaining]).toEqual([[2], 3])
    anna.amend(id, 1)
    expect([shown(anna), anna.own(id).remaining, partsOf(anna, id)]).toEqual([[1], 1, [slice]])
    anna.place('buy', 1, 101, { account: 'other' })
    expect(anna.latest(id)).toMatchObject({ status: 'filled', order: { filled: 1, lapsed: 4 } })
  })

  test('shows nothing while all that is left of it after an amendment is being decided on', () => {
    for (const kind of ['propose', 'withdraw'] as const) {
      const { anna, bob } = twoDesks()
      bob.place('buy', 1, 101)
      anna.read(bob)
      const id = anna.place('sell', 3, 101, { ...mine, displayed: 2 })
      anna.amend(id, 1)
      expect([shown(anna), anna.own(id).remaining, anna.own(id).reserved]).toEqual([[], 1, 1])
      bob.read(anna)
      expect(bob.state.feeds.get(anna.self)?.head).toEqual(anna.state.ownHead)
      trade(anna, bob, kind)
      const [status, left] = kind === 'propose' ? ['filled', []] : ['resting', [1]]
      expect([anna.latest(id).status, anna.latest(id).order.lapsed, shown(anna)]).toEqual([status, 2, left])
    }
  })

  test('goes as a whole when it is cancelled, by whichever id', () => {
    for (const pick of [(id: OrderId) => id, (_: OrderId, slice: OrderId) => slice]) {
      const anna = new Desk(new World(), 'anna')
      const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
      anna.cancel(pick(id, partsOf(anna, id)[0]!))
      expect(anna.latest(id)).toMatchObject({ status: 'cancelled', order: { lapsed: 5, remaining: 0 } })
      expect(shown(anna)).toEqual([])
    }
  })

  test('goes as a whole where its account would trade with itself, unless both only become smaller', () => {
    const left = selfTradePreventions.map(mode => {
      const anna = new Desk(new World(), 'anna')
      const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
      const newer = anna.place('buy', 1, 101, { ...mine, selfTradePrevention: mode })
      return [mode, anna.own(id).remaining, anna.own(newer).remaining]
    })
    expect(left).toEqual([
      ['cancel-newest', 5, 0],
      ['cancel-oldest', 0, 1],
      ['cancel-both', 0, 0],
      ['decrement-and-cancel', 4, 0],
    ])
  })

  test('ends in time, what it hides included', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const id = anna.place('sell', 5, 101, { displayed: 2, timeInForce: 'gtd', expiresAtMs: world.ms + 10 })
    world.ms += 10
    anna.take({ type: 'backoff.over' })
    expect(anna.latest(id)).toMatchObject({ status: 'expired', order: { lapsed: 5 } })
    expect(anna.segments.at(-1)?.segment.entries).toMatchObject([{ type: 'expired', quantity: 2, remaining: 0 }])
  })

  test('gives others no more than a slice, whatever they ask for', () => {
    const { anna, bob } = twoDesks()
    const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
    bob.read(anna)
    const bought = bob.place('buy', 5, 101)
    for (const filled of [2, 4, 5]) {
      trade(bob, anna)
      bob.read(anna)
      // The next slice is later than what it meets, so it is anna who asks.
      anna.read(bob)
      trade(anna, bob)
      bob.read(anna)
      expect(anna.own(id).filled).toBeGreaterThanOrEqual(filled === 5 ? 5 : 2)
    }
    expect([anna.own(id).filled, bob.own(bought).filled]).toEqual([5, 5])
  })

  test('is whole again after a crash, with the slice that it showed', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const id = anna.place('sell', 5, 101, { ...mine, displayed: 2 })
    anna.place('buy', 3, 101, { account: 'other' })
    const [before, hash] = [anna.own(id), anna.state.book.hash()]
    const back = new Desk(world, 'anna', anna.records)
    expect([back.own(id), back.state.book.hash()]).toEqual([before, hash])
    back.place('buy', 9, 101, { account: 'other' })
    expect(back.latest(id)).toMatchObject({ status: 'filled', order: { filled: 5 } })
  })

  test('that a stop becomes is one from its trigger on', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 96, { ...mine, trigger: 95, displayed: 2 })
    anna.place('sell', 1, 95, { account: 'one' })
    anna.place('buy', 1, 95, { account: 'two' })
    expect([anna.latest(id).status, shown(anna)]).toEqual(['resting', [2]])
  })
})
