/** Stops: what triggers them, what does not, and what they are before and after. */
import { describe, expect, test } from 'vitest'
import type { OrderId } from '../../../src/book/order.ts'
import { limits } from '../../../src/limits.ts'
import { Desk, trade, twoDesks, World } from './given.ts'

/** A trade of this desk with itself, at a price. */
function tradeAt(desk: Desk, price: number): void {
  desk.place('sell', 1, price, { account: 'one' })
  desk.place('buy', 1, price, { account: 'two', timeInForce: 'ioc' })
}

function statusOf(desk: Desk, id: OrderId) {
  return desk.latest(id).status
}

/** A stop of the peer's third account, so that it may trade with the others. */
const third = { account: 'three' }

describe('a stop', () => {
  test('is in no book, no feed and no hash, and waits', () => {
    const anna = new Desk(new World(), 'anna')
    const [hash, entries] = [anna.state.book.hash(), anna.segments.length]
    const id = anna.place('sell', 5, 94, { ...third, trigger: 95 })
    expect([anna.state.book.hash(), anna.segments.length]).toEqual([hash, entries])
    expect(anna.latest(id)).toMatchObject({ status: 'dormant', parts: [], order: { remaining: 5, isResting: false } })
  })

  test('is triggered by a trade at its price or beyond, and by no other', () => {
    for (const [side, trigger, misses, hits] of [
      ['sell', 95, 96, 95],
      ['sell', 95, 96, 94],
      ['buy', 105, 104, 105],
      ['buy', 105, 104, 106],
    ] as const) {
      const anna = new Desk(new World(), 'anna')
      const id = anna.place(side, 5, side === 'sell' ? 90 : 110, { ...third, trigger })
      tradeAt(anna, misses)
      expect(statusOf(anna, id)).toBe('dormant')
      tradeAt(anna, hits)
      expect(anna.latest(id)).toMatchObject({ status: 'resting', order: { remaining: 5, isResting: true } })
    }
  })

  test('enters under an id of its own from then, behind what was there before, and its user calls it as ever', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 96, { ...third, trigger: 95 })
    const other = anna.place('sell', 1, 96, { account: 'four' })
    tradeAt(anna, 95)
    const [part] = anna.latest(id).parts
    expect([...anna.state.book.ownResting('sell')].map(order => order.id)).toEqual([other, part])
    expect(part && part > other).toBe(true)
    anna.cancel(id)
    expect(anna.latest(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_user' })
    expect([...anna.state.book.ownResting('sell')].map(order => order.id)).toEqual([other])
  })

  test('without a price takes at any, and what it does not get lapses', () => {
    const anna = new Desk(new World(), 'anna')
    anna.place('buy', 2, 80, { account: 'one' })
    const id = anna.place('sell', 5, null, { ...third, trigger: 95 })
    anna.place('sell', 1, 80, { account: 'two' })
    expect(anna.latest(id)).toMatchObject({
      status: 'cancelled',
      reason: 'nothing_left_to_match',
      order: { filled: 1, lapsed: 4, remaining: 0 },
      fills: [{ price: 80, quantity: 1, liquidity: 'taker' }],
    })
  })

  test('is triggered by the trades of those that were triggered before it, buys before sells', () => {
    const anna = new Desk(new World(), 'anna')
    anna.place('buy', 1, 90, { account: 'one' })
    const first = anna.place('sell', 1, null, { ...third, trigger: 95 })
    const second = anna.place('sell', 1, 85, { ...third, trigger: 90 })
    tradeAt(anna, 95)
    expect([statusOf(anna, first), statusOf(anna, second)]).toEqual(['filled', 'resting'])
  })

  test("is triggered by a trade in another maker's feed, whoever was the taker", () => {
    const { anna, bob } = twoDesks()
    const id = anna.place('sell', 5, 94, { ...third, trigger: 95 })
    tradeAt(bob, 95)
    anna.read(bob)
    expect(statusOf(anna, id)).toBe('resting')
  })

  test('is not triggered by a trade that was stamped before it was placed', () => {
    const { world, anna, bob } = twoDesks()
    tradeAt(bob, 95)
    world.ms += 10
    const id = anna.place('sell', 5, 94, { ...third, trigger: 95 })
    anna.read(bob)
    expect(statusOf(anna, id)).toBe('dormant')
  })

  test('is not triggered by an old trade that a healed partition brings', () => {
    for (const [ageMs, status] of [
      [limits.triggerAgeMsMax, 'resting'],
      [limits.triggerAgeMsMax + 1, 'dormant'],
    ] as const) {
      const { world, anna, bob } = twoDesks()
      const id = anna.place('sell', 5, 94, { ...third, trigger: 95 })
      world.ms += 10
      tradeAt(bob, 95)
      world.ms += ageMs
      anna.read(bob)
      expect(statusOf(anna, id)).toBe(status)
    }
  })

  test('is not triggered by a trade that is disputed here', () => {
    const { world, anna, bob } = twoDesks()
    bob.place('buy', 3, 95)
    anna.read(bob)
    const sold = anna.place('sell', 3, 95, { account: 'one' })
    const stop = anna.place('sell', 5, 94, { ...third, trigger: 95 })
    const [asked] = anna.batches()
    world.ms += limits.doubtMs
    anna.force(sold, 0)
    bob.answer('propose', asked!.batch, asked!.signed)
    anna.read(bob)
    expect(anna.state.disputes).toHaveLength(1)
    expect(statusOf(anna, stop)).toBe('dormant')
  })

  test('becomes less, ends in time, and can be cancelled while it waits', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const id = anna.place('sell', 5, 94, { trigger: 95 })
    anna.amend(id, 3)
    expect(anna.latest(id)).toMatchObject({ status: 'dormant', order: { lapsed: 2, remaining: 3 } })
    expect(anna.amend(id, 3)).toBe('amend_must_reduce')
    anna.cancel(id)
    expect(anna.latest(id)).toMatchObject({ status: 'cancelled', order: { lapsed: 5 } })
    const brief = anna.place('sell', 5, null, { trigger: 95, timeInForce: 'gtd', expiresAtMs: world.ms + 10 })
    world.ms += 10
    anna.take({ type: 'backoff.over' })
    expect(anna.latest(brief)).toMatchObject({ status: 'expired', order: { lapsed: 5 } })
  })

  test('that must not take is judged when it is triggered', () => {
    const anna = new Desk(new World(), 'anna')
    anna.place('buy', 1, 95, { account: 'one' })
    const id = anna.place('sell', 5, 95, { ...third, trigger: 96, postOnly: true })
    tradeAt(anna, 96)
    expect(anna.latest(id)).toMatchObject({ status: 'cancelled', reason: 'would_take' })
  })

  test('never trades with its own account', () => {
    const anna = new Desk(new World(), 'anna')
    anna.place('buy', 2, 95, third)
    const id = anna.place('sell', 5, 95, { ...third, trigger: 96 })
    tradeAt(anna, 96)
    expect(anna.latest(id)).toMatchObject({ status: 'cancelled', reason: 'self_trade_prevented', order: { filled: 0 } })
  })

  test('is still there after a crash, dormant or triggered', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const [early, late] = [
      anna.place('sell', 5, 94, { ...third, trigger: 95, clientOrderId: 'early' }),
      anna.place('sell', 5, 84, { ...third, trigger: 85 }),
    ]
    tradeAt(anna, 95)
    const back = new Desk(world, 'anna', anna.records)
    expect([back.own(early).isResting, back.own(late).isResting]).toEqual([true, false])
    tradeAt(back, 85)
    expect(statusOf(back, late)).toBe('resting')
    expect(back.submit('sell', 5, 94, { ...third, trigger: 95, clientOrderId: 'early' })).toMatchObject({
      order: { id: early },
      status: 'dormant',
    })
  })

  test('that is replaced ends, and its replacement may be of any kind', () => {
    const anna = new Desk(new World(), 'anna')
    const id = anna.place('sell', 5, 94, { trigger: 95 })
    expect(anna.replace(id, 4, 93, { trigger: 94 })).toMatchObject({ status: 'dormant', order: { quantity: 4 } })
    expect(anna.latest(id)).toMatchObject({ status: 'cancelled', reason: 'replaced' })
  })

  test('asks others for what it wants when it is triggered, and its doubts are those of its user', () => {
    const { anna, bob } = twoDesks()
    bob.place('buy', 3, 93)
    anna.read(bob)
    const id = anna.place('sell', 5, 93, { ...third, trigger: 95 })
    tradeAt(anna, 95)
    expect(anna.latest(id)).toMatchObject({ order: { reserved: 3 }, doubts: [{ quantity: 3 }] })
    trade(anna, bob)
    expect(anna.latest(id)).toMatchObject({ status: 'partly_filled', order: { filled: 3, remaining: 2 } })
  })
})
