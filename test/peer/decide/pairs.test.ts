/** One cancels the other: a resting order and a dormant stop that share one quantity, also while somebody is in doubt. */
import { describe, expect, test } from 'vitest'
import { Desk, trade, twoDesks, World } from './given.ts'

const mine = { account: 'mine' }
const others = { account: 'others' }

function tradeAt(desk: Desk, price: number): void {
  desk.place('sell', 1, price, { account: 'one' })
  desk.place('buy', 1, price, { account: 'two', timeInForce: 'ioc' })
}

/** Anna sells 5 at 110, or below 95 at 90. */
function withPair() {
  const { world, anna, bob } = twoDesks()
  const resting = anna.place('sell', 5, 110, mine)
  const stop = anna.place('sell', 5, 90, { ...mine, trigger: 95, partner: resting })
  return { world, anna, bob, resting, stop }
}

describe('of a pair', () => {
  test('the stop becomes less by what the other trades, and ends with it', () => {
    const { anna, resting, stop } = withPair()
    anna.place('buy', 2, 110, others)
    expect(anna.latest(stop)).toMatchObject({
      status: 'dormant',
      reason: 'partner_has_traded',
      order: { remaining: 3 },
    })
    anna.place('buy', 3, 110, others)
    expect([anna.latest(resting).status, anna.latest(stop)]).toMatchObject([
      'filled',
      { status: 'cancelled', reason: 'partner_is_done' },
    ])
  })

  test('the other ends when the stop is triggered, and nobody else learns why', () => {
    const { anna, resting, stop } = withPair()
    tradeAt(anna, 95)
    expect(anna.latest(resting)).toMatchObject({ status: 'cancelled', reason: 'partner_is_done' })
    expect(anna.latest(stop)).toMatchObject({ status: 'resting', order: { remaining: 5 } })
    const said = anna.segments.flatMap(({ segment }) => segment.entries)
    expect(said.find(entry => entry.type === 'cancelled' && entry.orderId === resting)).toMatchObject({
      reason: 'cancelled_by_user',
    })
  })

  test('either ends with the other, whichever is cancelled or expires', () => {
    for (const cancelled of ['resting', 'stop'] as const) {
      const pair = withPair()
      pair.anna.cancel(pair[cancelled])
      const other = cancelled === 'resting' ? pair.stop : pair.resting
      expect(pair.anna.latest(other)).toMatchObject({ status: 'cancelled', reason: 'partner_is_done' })
    }
  })

  test('the stop is not for what another peer has taken of the resting one', () => {
    const { anna, bob, resting, stop } = withPair()
    bob.place('buy', 3, 110)
    bob.read(anna)
    expect(bob.batches()).toHaveLength(1)
    trade(bob, anna)
    expect(anna.own(resting).filled).toBe(3)
    expect(anna.own(stop).remaining).toBe(2)
  })

  test.each([
    ['propose', 3, 2],
    ['withdraw', 0, 5],
  ] as const)(
    'what is in doubt of the resting one when the stop is triggered is decided first: %s',
    (kind, first, second) => {
      const { anna, bob } = twoDesks()
      bob.place('buy', 3, 110)
      anna.read(bob)
      const resting = anna.place('sell', 5, 110, mine)
      expect(anna.own(resting).reserved).toBe(3)
      const stop = anna.place('sell', 5, 90, { ...mine, trigger: 95, partner: resting })
      tradeAt(anna, 95)
      expect(anna.latest(resting)).toMatchObject({ status: 'cancel_pending', order: { reserved: 3, lapsed: 2 } })
      // Only what nobody has been asked for enters.
      expect([...anna.state.book.ownResting('sell')].map(({ price, remaining }) => [price, remaining])).toContainEqual([
        90, 2,
      ])
      trade(anna, bob, kind)
      expect(anna.own(resting)).toMatchObject({ filled: first, remaining: 0 })
      expect(anna.own(stop)).toMatchObject({ remaining: second, lapsed: 5 - second })
      tradeAt(anna, 96)
      anna.place('buy', 9, 90, others)
      const filled = anna.own(resting).filled + anna.own(stop).filled
      expect(filled).toBe(5)
    },
  )

  test('both go together with their account or their side', () => {
    const { anna, resting, stop } = withPair()
    anna.cancelAll('sell', 'mine')
    expect([anna.latest(resting).status, anna.latest(stop).status]).toEqual(['cancelled', 'cancelled'])
  })

  test('neither is amended or replaced', () => {
    const { anna, resting, stop } = withPair()
    for (const id of [resting, stop]) {
      expect(anna.amend(id, 3)).toBe('order_is_paired')
      expect(anna.replace(id, 3, 100)).toBe('order_is_paired')
    }
  })

  test('the stop must fit an open order that is in no pair', () => {
    const { anna, resting } = withPair()
    const free = anna.place('sell', 5, 111, mine)
    const wanted = { ...mine, trigger: 95 }
    expect(anna.submit('sell', 5, 90, { ...wanted, partner: resting })).toBe('partner_is_paired')
    expect(anna.submit('sell', 4, 90, { ...wanted, partner: free })).toBe('partner_does_not_fit')
    expect(anna.submit('buy', 5, 120, { ...wanted, partner: free })).toBe('partner_does_not_fit')
    expect(anna.submit('sell', 5, 90, { ...wanted, account: 'other', partner: free })).toBe('partner_does_not_fit')
    expect(anna.submit('sell', 5, 90, { ...wanted, partner: 'nobody' as typeof free })).toBe('partner_is_unknown')
  })

  test('an iceberg may be the resting one', () => {
    const anna = new Desk(new World(), 'anna')
    const resting = anna.place('sell', 5, 110, { ...mine, displayed: 2 })
    const stop = anna.place('sell', 5, 90, { ...mine, trigger: 95, partner: resting })
    anna.place('buy', 3, 110, others)
    expect(anna.own(stop).remaining).toBe(2)
    tradeAt(anna, 95)
    expect(anna.latest(resting)).toMatchObject({ status: 'cancelled', order: { filled: 3, lapsed: 2 } })
    expect(anna.latest(stop)).toMatchObject({ status: 'resting', order: { remaining: 2 } })
  })

  test('both are what they were after a crash, in doubt or not', () => {
    const { world, anna, bob } = twoDesks()
    bob.place('buy', 3, 110)
    anna.read(bob)
    const resting = anna.place('sell', 5, 110, mine)
    const stop = anna.place('sell', 5, 90, { ...mine, trigger: 95, partner: resting })
    tradeAt(anna, 95)
    const back = new Desk(world, 'anna', anna.records)
    back.read(bob)
    trade(back, bob, 'withdraw')
    expect([back.own(resting).filled, back.own(stop).remaining]).toEqual([0, 5])
    expect([...back.state.book.ownResting('sell')].map(({ remaining }) => remaining)).toEqual([2, 3])
  })
})
