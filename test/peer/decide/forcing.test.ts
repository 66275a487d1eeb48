/** A maker never answers: the operator states how the quantity in doubt counts, and the maker may come back and say otherwise. */
import { describe, expect, test } from 'vitest'
import { checkBook } from '../../../src/book/check-book.ts'
import type { OrderId } from '../../../src/book/order.ts'
import { limits } from '../../../src/limits.ts'
import type { OrderReport } from '../../../src/peer/decide/event.ts'
import { decide, isDrained } from '../../../src/peer/decide/decide.ts'
import type { World } from './given.ts'
import { Desk, trade, twoDesks, type Wanted } from './given.ts'

/** Anna sells 5 at 101, and bob has asked for some of them long ago. */
function inDoubt(quantity = 5, wanted: Wanted = {}): { world: World; anna: Desk; bob: Desk; id: OrderId } {
  const { world, anna, bob } = twoDesks()
  anna.place('sell', 5, 101)
  bob.read(anna)
  world.ms += 1
  const id = bob.place('buy', quantity, 101, wanted)
  world.ms += limits.doubtMs
  return { world, anna, bob, id }
}

function figures({ order }: OrderReport): object {
  const { filled, lapsed, remaining, reserved } = order
  return { filled, lapsed, remaining, reserved }
}

const disputesIn = (desk: Desk) => desk.outputs.flatMap(output => (output.type === 'disputed' ? [output.dispute] : []))
const entriesOf = (desk: Desk) =>
  desk.segments.flatMap(({ segment }) => segment.entries).filter(({ type }) => type === 'forced')

describe('a quantity in doubt', () => {
  test('is shown with the peer that it is in doubt towards', () => {
    const { world, anna, bob, id } = inDoubt(3)
    const [doubt, ...others] = bob.latest(id).doubts
    const sold = [...anna.state.book.ownOrders()][0]!.id
    expect(others).toEqual([])
    expect(doubt).toMatchObject({ counterparty: { peer: anna.self, orderId: sold }, price: 101, quantity: 3 })
    expect(doubt!.sinceMs).toBe(world.ms - limits.doubtMs)
  })

  test('that is forced as filled is filled without a fill, and others see what remains', () => {
    const { anna, bob, id } = inDoubt(7)
    const outcome = bob.force(id, 4) as OrderReport
    expect(figures(outcome)).toEqual({ filled: 4, lapsed: 0, remaining: 3, reserved: 0 })
    expect(outcome).toMatchObject({ status: 'partly_filled', fills: [], doubts: [] })
    expect(outcome.forced).toMatchObject([{ price: 101, quantity: 5, filled: 4, decided: null }])
    anna.read(bob)
    expect(anna.state.book.replica(bob.self, id)?.remaining).toBe(3)
    expect(anna.state.book.hash()).toBe(bob.state.book.hash())
    expect(checkBook(bob.state.book)).toEqual([])
  })

  test('that is forced as released is free again, and nobody else hears of it', () => {
    const { bob, id } = inDoubt(5)
    expect(figures(bob.force(id, 0) as OrderReport)).toEqual({ filled: 0, lapsed: 0, remaining: 5, reserved: 0 })
    expect(entriesOf(bob)).toEqual([])
  })

  test('that is released may be filled by somebody else', () => {
    const { world, bob, id } = inDoubt(5)
    const carol = new Desk(world, 'carol')
    carol.place('sell', 5, 101)
    bob.read(carol)
    bob.meet(carol)
    expect(bob.own(id).reserved).toBe(5)
    // Carol's order is the later one, so that she takes; an order of bob's own with an earlier id would be filled in the same way.
    bob.force(id, 0)
    carol.read(bob)
    carol.meet(bob)
    trade(carol, bob)
    expect(bob.latest(id)).toMatchObject({ status: 'filled', fills: [{ quantity: 5 }] })
  })

  test('of an order that never rests is forced privately: filled, or lapsed', () => {
    for (const [lots, left] of [
      [2, { filled: 2, lapsed: 3, remaining: 0, reserved: 0 }],
      [0, { filled: 0, lapsed: 5, remaining: 0, reserved: 0 }],
    ] as const) {
      const { bob, id } = inDoubt(5, { timeInForce: 'ioc' })
      expect(figures(bob.force(id, lots) as OrderReport)).toEqual(left)
      expect(entriesOf(bob)).toEqual([])
    }
  })

  test('of an order that is being cancelled lapses when it is released', () => {
    const { bob, id } = inDoubt(5)
    bob.cancel(id)
    const outcome = bob.force(id, 2) as OrderReport
    expect(outcome).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_user' })
    expect(figures(outcome)).toEqual({ filled: 2, lapsed: 3, remaining: 0, reserved: 0 })
  })

  test('over several proposals is filled in their order, best price first, or proposal by proposal', () => {
    const ready = () => {
      const { world, anna, bob } = twoDesks()
      anna.place('sell', 3, 102)
      anna.place('sell', 2, 101)
      bob.read(anna)
      world.ms += 1
      const id = bob.place('buy', 5, 102)
      world.ms += limits.doubtMs
      return { bob, id }
    }
    const whole = ready()
    const { forced } = whole.bob.force(whole.id, 3) as OrderReport
    expect(forced.map(({ price, quantity, filled }) => [price, quantity, filled])).toEqual([
      [101, 2, 2],
      [102, 3, 1],
    ])
    const { bob, id } = ready()
    const [, second] = bob.latest(id).doubts
    bob.force(id, 3, { tradeId: second!.tradeId })
    expect(bob.latest(id)).toMatchObject({ doubts: [{ price: 101 }], forced: [{ price: 102, filled: 3 }] })
    expect(bob.own(id)).toMatchObject({ filled: 3, reserved: 2 })
  })
})

describe('forcing is refused', () => {
  test('as long as the maker may still answer, and says when that is over', () => {
    const { world, bob, id } = inDoubt()
    world.ms -= 1
    expect(bob.force(id, 0)).toBe('doubt_is_too_young')
    world.ms += 1
    expect(bob.force(id, 0)).toMatchObject({ status: 'resting' })
  })

  test('again after a start, as the maker is only asked then', () => {
    const { world, anna, bob, id } = inDoubt()
    const again = new Desk(world, 'bob', bob.records)
    again.read(anna)
    expect(again.force(id, 0)).toBe('doubt_is_too_young')
    world.ms += limits.doubtMs
    expect(again.force(id, 0)).toMatchObject({ status: 'resting' })
  })

  test.each([
    ['of an order that is not known', 'order_unknown', (bob: Desk) => bob.force('no order' as OrderId, 0)],
    ['of an order that waits for nobody', 'order_not_in_doubt', (bob: Desk) => bob.force(bob.place('buy', 1, 90), 0)],
    [
      'of more than there is in doubt',
      'forced_beyond_doubt',
      (bob: Desk) => bob.force([...bob.state.book.ownOrders()][0]!.id, 6),
    ],
    [
      'towards somebody else',
      'doubt_unknown',
      (bob: Desk) => bob.force([...bob.state.book.ownOrders()][0]!.id, 1, { counterparty: bob.self }),
    ],
  ])('%s', (_, reason, force) => {
    expect(force(inDoubt().bob)).toBe(reason)
  })

  test('of an order that is closed', () => {
    const { bob, id } = inDoubt()
    bob.force(id, 5)
    expect(bob.force(id, 5)).toBe('order_already_closed')
  })

  test('towards nobody in particular when it is in doubt towards several', () => {
    const { world, anna, bob } = twoDesks()
    const carol = new Desk(world, 'carol')
    for (const maker of [anna, carol]) {
      maker.place('sell', 2, 101)
      bob.read(maker)
    }
    bob.meet(carol)
    world.ms += 1
    const id = bob.place('buy', 4, 101)
    world.ms += limits.doubtMs
    expect(bob.force(id, 2)).toBe('doubt_is_towards_several')
    bob.force(id, 2, { counterparty: carol.self })
    expect(bob.latest(id)).toMatchObject({
      doubts: [{ counterparty: { peer: anna.self } }],
      forced: [{ counterparty: { peer: carol.self }, filled: 2 }],
    })
  })
})

describe('a batch that is forced', () => {
  test('stays in flight: nothing new is proposed to its maker, and after a start it is only asked after', () => {
    const { world, anna, bob, id } = inDoubt()
    bob.force(id, 0)
    const [asked] = bob.batches()
    expect(bob.own(id)).toMatchObject({ reserved: 0, remaining: 5 })
    expect(bob.batches()).toHaveLength(1)
    const again = new Desk(world, 'bob', bob.records)
    expect(again.outputs.filter(({ type }) => type === 'batch')).toMatchObject([
      { mode: 'withdraw', batch: { n: asked!.batch.n } },
    ])
    again.read(anna)
    again.meet(anna)
    world.ms += 10_000
    again.take({ type: 'backoff.over' })
    expect(again.outputs.filter(output => output.type === 'batch' && output.mode === 'propose')).toEqual([])
    trade(again, anna, 'withdraw')
    world.ms += 10_000
    again.take({ type: 'backoff.over' })
    expect(again.batches().map(({ batch }) => batch.n)).toEqual([asked!.batch.n + 1])
  })

  test('does not keep a market open that drains', () => {
    const { bob, id } = inDoubt()
    expect(isDrained(bob.state)).toBe(false)
    bob.force(id, 0)
    expect(isDrained(bob.state)).toBe(true)
  })

  test('is settled silently by a decision that agrees', () => {
    for (const [lots, kind] of [
      [5, 'propose'],
      [0, 'withdraw'],
    ] as const) {
      const { anna, bob, id } = inDoubt()
      bob.force(id, lots)
      trade(bob, anna, kind)
      expect(bob.state.disputes).toEqual([])
      expect(disputesIn(bob)).toEqual([])
      expect(bob.latest(id).forced).toMatchObject([{ filled: lots, decided: lots }])
      expect(bob.own(id).filled).toBe(lots)
    }
  })

  test.each([
    ['filled what was released', 0, 'propose', 5],
    ['filled another quantity', 3, 'propose', 5],
    ['refused what was filled', 5, 'withdraw', 0],
  ] as const)('is disputed by a maker that has %s, and nothing of that is applied', (_, filled, kind, decided) => {
    const { world, anna, bob, id } = inDoubt()
    bob.force(id, filled)
    const before = figures(bob.latest(id))
    trade(bob, anna, kind)
    expect(figures(bob.latest(id))).toEqual(before)
    expect(bob.latest(id)).toMatchObject({ fills: [], forced: [{ filled, decided }] })
    const dispute = { orderId: id, side: 'buy', price: 101, quantity: 5, filled, decided, atMs: world.ms }
    expect(disputesIn(bob)).toMatchObject([dispute])
    expect(bob.state.disputes).toMatchObject([{ ...dispute, counterparty: { peer: anna.self } }])
    expect(new Desk(world, 'bob', bob.records).state.disputes).toEqual(bob.state.disputes)
  })

  test('is disputed by the feed of the maker just as by its answer', () => {
    const { anna, bob, id } = inDoubt()
    bob.force(id, 0)
    const [asked] = bob.batches()
    anna.answer('propose', asked!.batch, asked!.signed)
    bob.read(anna)
    expect(disputesIn(bob)).toMatchObject([{ filled: 0, decided: 5 }])
    expect(bob.batches()).toEqual([])
  })

  test('of an order that is forgotten meanwhile is settled all the same', () => {
    const { anna, bob, id } = inDoubt()
    bob.force(id, 5)
    const command = { side: 'buy', price: null, quantity: 1, timeInForce: 'ioc', account: 'main' } as const
    const conditions = {
      postOnly: false,
      expiresAtMs: null,
      selfTradePrevention: 'cancel-newest',
      minimum: null,
    } as const
    for (let requestId = 0; requestId < limits.closedOrdersMax; requestId += 1) {
      decide(bob.state, { type: 'order.submit', requestId, command: { ...command, conditions, clientOrderId: null } })
      if (requestId % 100 === 0) bob.commit()
    }
    bob.commit()
    expect(bob.state.book.own(id)).toBeUndefined()
    trade(bob, anna, 'withdraw')
    expect(disputesIn(bob)).toMatchObject([{ orderId: id, filled: 5, decided: 0 }])
  })
})
