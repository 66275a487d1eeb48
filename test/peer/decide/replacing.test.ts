/** One order in place of another, and all orders out of the market at once: each in one decision. */
import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/limits.ts'
import type { OrderReport } from '../../../src/peer/decide/event.ts'
import { Desk, trade, twoDesks, World } from './given.ts'

function accepted(outcome: OrderReport | string | undefined): OrderReport {
  if (typeof outcome !== 'object') throw new Error(`not accepted: ${outcome}`)
  return outcome
}

describe('an order in place of another', () => {
  test('has a new id, is behind everybody at its price, and the old one has ended', () => {
    const anna = new Desk(new World(), 'anna')
    const old = anna.place('sell', 5, 102, { account: 'one' })
    const other = anna.place('sell', 5, 102, { account: 'two' })
    const { order, replaces, status } = accepted(anna.replace(old, 5, 102))
    expect([replaces, status, order.account, order.side]).toEqual([old, 'resting', 'one', 'sell'])
    expect([...anna.state.book.ownResting('sell')].map(({ id }) => id)).toEqual([other, order.id])
    expect(anna.latest(old)).toMatchObject({ status: 'cancelled', reason: 'replaced', order: { lapsed: 5 } })
  })

  test('is told to nobody else but as a cancelled order and a new one', () => {
    const anna = new Desk(new World(), 'anna')
    const old = anna.place('sell', 5, 102)
    anna.replace(old, 3, 101)
    const said = anna.segments.at(-1)?.segment.entries
    expect(said).toMatchObject([
      { type: 'cancelled', orderId: old, quantity: 5, remaining: 0, reason: 'cancelled_by_user' },
      { type: 'placed', order: { price: 101, quantity: 3 } },
    ])
  })

  test('gets what is left of its quantity, since both together are for what was asked', () => {
    const anna = new Desk(new World(), 'anna')
    const old = anna.place('sell', 5, 102, { account: 'one' })
    anna.place('buy', 2, 102, { account: 'two' })
    expect(accepted(anna.replace(old, 6, 103)).order.quantity).toBe(4)
    expect(anna.latest(old)).toMatchObject({ status: 'cancelled', order: { filled: 2, lapsed: 3 } })
  })

  test('is refused when less is left than must trade at once', () => {
    const { anna, bob } = twoDesks()
    bob.place('sell', 3, 101)
    bob.place('sell', 8, 102)
    anna.read(bob)
    const old = anna.place('buy', 5, 101)
    expect(anna.replace(old, 5, 102, { minimum: 3 })).toBe('minimum_not_reached')
    expect(anna.own(old)).toMatchObject({ quantity: 5, remaining: 5, reserved: 3 })
  })

  test('leaves out what is being decided on, whether that is filled or comes back', () => {
    for (const kind of ['propose', 'withdraw'] as const) {
      const { anna, bob } = twoDesks()
      bob.place('sell', 3, 101)
      anna.read(bob)
      const old = anna.place('buy', 5, 101)
      const { order } = accepted(anna.replace(old, 5, 100))
      expect(order.quantity).toBe(2)
      expect(anna.latest(old)).toMatchObject({ status: 'cancel_pending', reason: 'replaced' })
      trade(anna, bob, kind)
      const filled = kind === 'propose' ? 3 : 0
      expect(anna.latest(old)).toMatchObject({
        status: 'cancelled',
        reason: 'replaced',
        order: { filled, remaining: 0 },
      })
      expect(anna.own(order.id)).toMatchObject({ quantity: 2, remaining: 2 })
    }
  })

  test('is refused, and changes nothing, when nothing is left, when it is no order any more, or would not be accepted', () => {
    const { anna, bob } = twoDesks()
    bob.place('sell', 3, 101)
    anna.read(bob)
    const old = anna.place('buy', 5, 101)
    const hash = anna.state.book.hash()
    expect(anna.replace(old, 3, 100)).toBe('replacement_has_nothing_left')
    expect(anna.replace(old, 9, 100, { expiresAtMs: 1, timeInForce: 'gtd' })).toBe('expiry_is_past')
    expect([anna.state.book.hash(), anna.own(old).isResting]).toEqual([hash, true])
    anna.cancel(old)
    expect(anna.replace(old, 9, 100)).toBe('order_is_closing')
    trade(anna, bob)
    expect(anna.replace(old, 9, 100)).toBe('order_already_closed')
  })

  test('takes what it crosses, as any new order does', () => {
    const anna = new Desk(new World(), 'anna')
    anna.place('sell', 2, 105, { account: 'two' })
    const old = anna.place('buy', 5, 100, { account: 'one' })
    const outcome = accepted(anna.replace(old, 5, 105))
    expect(outcome).toMatchObject({ status: 'partly_filled', order: { filled: 2, remaining: 3 } })
  })

  test('that is repeated answers as the first time, or says what differs', () => {
    const anna = new Desk(new World(), 'anna')
    const [old, other] = [anna.place('sell', 5, 102), anna.place('sell', 5, 102)]
    const first = accepted(anna.replace(old, 4, 103, { clientOrderId: 'again' }))
    expect(anna.replace(old, 4, 103, { clientOrderId: 'again' })).toEqual(first)
    expect(anna.replace(old, 5, 103, { clientOrderId: 'again' })).toBe('exists_with_different_quantity')
    expect(anna.replace(other, 4, 103, { clientOrderId: 'again' })).toBe('exists_with_different_replaced_order')
    expect(anna.submit('sell', 4, 103, { clientOrderId: 'again' })).toBe('exists_with_different_replaced_order')
    expect(anna.own(other).isResting).toBe(true)
  })

  test('survives a restart, and so does the end of the old one', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    const old = anna.place('sell', 5, 102)
    const { order } = accepted(anna.replace(old, 4, 103, { clientOrderId: 'again' }))
    const back = new Desk(world, 'anna', anna.records)
    expect(back.own(old).remaining).toBe(0)
    expect(back.own(order.id)).toMatchObject({ isResting: true, remaining: 4 })
    expect(accepted(back.replace(old, 4, 103, { clientOrderId: 'again' })).order.id).toBe(order.id)
  })
})

describe('all orders out of the market', () => {
  function withFour() {
    const { world, anna, bob } = twoDesks()
    const ids = {
      desk: anna.place('sell', 1, 110, { account: 'desk' }),
      fund: anna.place('sell', 1, 111, { account: 'fund' }),
      deskBuys: anna.place('buy', 1, 90, { account: 'desk' }),
      fundBuys: anna.place('buy', 1, 91, { account: 'fund' }),
    }
    const open = () => [...anna.state.book.openOrders(anna.self)].map(({ id }) => id)
    return { world, anna, bob, ids, open }
  }

  test('go in one decision, told by one segment, and others of the peer do not', () => {
    const { anna, ids, open } = withFour()
    const segments = anna.segments.length
    expect(anna.cancelAll().map(({ order, status }) => [order.id, status])).toEqual(
      Object.values(ids).map(id => [id, 'cancelled']),
    )
    expect([open(), anna.segments.length]).toEqual([[], segments + 1])
    expect(anna.cancelAll()).toEqual([])
  })

  test('are those of a side, of an account, or of both', () => {
    const { anna, ids, open } = withFour()
    anna.cancelAll('sell', 'desk')
    expect(open()).toEqual([ids.fund, ids.deskBuys, ids.fundBuys])
    anna.cancelAll('buy')
    expect(open()).toEqual([ids.fund])
    anna.cancelAll(null, 'desk')
    expect(open()).toEqual([ids.fund])
    anna.cancelAll(null, 'fund')
    expect(open()).toEqual([])
  })

  test('keep what is being decided on', () => {
    const { anna, bob } = twoDesks()
    bob.place('sell', 3, 101)
    anna.read(bob)
    const id = anna.place('buy', 5, 101)
    expect(anna.cancelAll()).toMatchObject([
      { order: { id, remaining: 3, reserved: 3, lapsed: 2 }, status: 'cancel_pending', reason: 'cancelled_by_user' },
    ])
    trade(anna, bob)
    expect(anna.latest(id)).toMatchObject({ status: 'cancelled', order: { filled: 3 } })
  })

  test('that are too many for one segment lapse in several, and nothing of them trades meanwhile', () => {
    const { anna, bob } = twoDesks()
    const ids = Array.from({ length: limits.decisionFactsMax + 100 }, () => anna.place('sell', 1, 101))
    bob.read(anna)
    bob.place('buy', 1, 101)
    const answers = anna.cancelAll()
    expect(answers.every(({ status }) => status !== 'resting')).toBe(true)
    const last = ids.at(-1)
    expect(last && anna.own(last)).toMatchObject({ isResting: true })
    expect(anna.outputs).toContainEqual({ type: 'look_again', atMs: anna.world.ms })
    expect(anna.submit('buy', 1, 101, { account: 'other', timeInForce: 'ioc' })).toMatchObject({ order: { filled: 0 } })
    trade(bob, anna)
    anna.take({ type: 'backoff.over' })
    expect(ids.map(id => anna.own(id).lapsed).every(lots => lots === 1)).toBe(true)
  })

  test('that had not lapsed before a crash do so after it', () => {
    const world = new World()
    const anna = new Desk(world, 'anna')
    for (let count = 0; count < limits.decisionFactsMax + 100; count += 1) anna.place('sell', 1, 101)
    anna.cancelAll()
    const back = new Desk(world, 'anna', anna.records)
    back.take({ type: 'backoff.over' })
    expect([...back.state.book.openOrders(back.self)]).toEqual([])
  })
})
