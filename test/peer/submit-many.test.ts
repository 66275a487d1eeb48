/** Orders that are handed in together: decided one after the other with nothing in between, journalled together, answered together. */
import { describe, expect, test } from 'vitest'
import { isRefusal, type Refusal } from '../../src/book/refusal.ts'
import { limits } from '../../src/limits.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import type { OrderRequest } from '../../src/peer/parse-order.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { MemoryJournal } from '../../src/store/memory-journal.ts'
import { market, Meeting } from './meeting.ts'

type Outcomes = (OrderOutcome | Refusal)[] | Refusal

const order = (side: 'buy' | 'sell', price: number, more: Partial<OrderRequest> = {}): OrderRequest => ({
  market: market.symbol,
  side,
  price: `${price}`,
  quantity: '1',
  ...more,
})

/** Alice, her journal, and a way to hand in orders and to get what she answers by and by. */
function given() {
  const meeting = new Meeting()
  const journal = meeting.journal()
  const alice = meeting.peer('alice', { journalOf: () => journal })
  const submit = (requests: readonly OrderRequest[], peer: Peer = alice) => {
    const told: Outcomes[] = []
    peer.submitMany$(requests).subscribe(outcomes => told.push(outcomes))
    return told
  }
  return { meeting, journal, alice, submit }
}

const recordsOf = (journal: MemoryJournal): string[] => {
  const records: string[] = []
  journal.read().subscribe(record => records.push(record))
  return records
}

const stated = (outcomes: Outcomes | undefined) =>
  (Array.isArray(outcomes) ? outcomes : [outcomes]).map(one =>
    one === undefined || isRefusal(one) ? one?.reason : one.status,
  )

describe('orders that are handed in together', () => {
  test('are answered together, in their order, when all are durable, by one group commit', () => {
    const { meeting, journal, submit } = given()
    const before = recordsOf(journal).length
    const told = submit([order('buy', 5), order('buy', 6), order('buy', 7)])
    expect(told).toEqual([])
    meeting.clock.advance(2)
    expect(told).toHaveLength(1)
    expect(stated(told[0])).toEqual(['resting', 'resting', 'resting'])
    expect((told[0] as OrderOutcome[]).map(one => one.order.price)).toEqual(['5', '6', '7'])
    expect(recordsOf(journal)).toHaveLength(before + 1)
  })

  test('are decided one after the other: a later one trades with an earlier one', () => {
    const { meeting, submit } = given()
    const told = submit([order('sell', 5, { account: 'a' }), order('buy', 5, { account: 'b', timeInForce: 'ioc' })])
    meeting.clock.advance(2)
    expect(stated(told[0])).toEqual(['resting', 'filled'])
  })

  test('are refused one by one where one by one is wrong', () => {
    const { meeting, submit } = given()
    const told = submit([
      order('buy', 5, { price: '5.5' }),
      order('sell', 6),
      order('buy', 6, { account: 'b', postOnly: true }),
      order('buy', 4),
    ])
    meeting.clock.advance(2)
    expect(stated(told[0])).toEqual(['price_must_be_on_tick', 'resting', 'would_take', 'resting'])
  })

  test('are answered at once when none of them is an order', () => {
    const { submit } = given()
    expect(stated(submit([order('buy', 5, { price: 'x' })])[0])).toEqual(['price_is_not_a_decimal'])
  })

  test.each<[string, readonly OrderRequest[], string]>([
    ['none', [], 'orders_are_missing'],
    [
      'too many',
      Array.from({ length: limits.ordersPerSubmitMax + 1 }, () => order('buy', 5)),
      'too_many_orders_at_once',
    ],
    ['what is no list', order('buy', 5) as unknown as OrderRequest[], 'request_is_malformed'],
  ])('are refused as a whole: %s', (_, requests, reason) => {
    const { submit } = given()
    expect(submit(requests)).toMatchObject([{ refused: true, reason }])
  })

  test('are refused as a whole when they are of two markets', () => {
    const meeting = new Meeting()
    const other = { ...market, symbol: 'ETH-USD', id: 'ETH-USD:1:1' } as typeof market
    const alice = meeting.peer('alice', { markets: [market, other], journalOf: () => meeting.journal() })
    const told: Outcomes[] = []
    const requests = [order('buy', 5), order('buy', 5, { market: 'ETH-USD' })]
    alice.submitMany$(requests).subscribe(outcomes => told.push(outcomes))
    expect(told).toMatchObject([{ refused: true, reason: 'orders_of_several_markets' }])
  })

  test('are busy as a whole when there is no room for all, and none of them is decided', () => {
    const { meeting, submit, alice } = given()
    const list = Array.from({ length: limits.ordersPerSubmitMax }, () => order('buy', 5))
    const lists = Math.floor(limits.commandsPendingMax / limits.ordersPerSubmitMax)
    for (let index = 0; index < lists; index += 1) submit(list)
    const known = alice.book(market.symbol).ownOrders().length
    expect(submit(list)).toMatchObject([{ refused: true, reason: 'busy' }])
    expect(alice.book(market.symbol).ownOrders()).toHaveLength(known)
    meeting.clock.advance(1)
  })

  test('are answered as things stand after doubtMs when a maker of one of them is silent', () => {
    const { meeting, alice, submit } = given()
    const bob = meeting.peer('bob', { knownAddresses: [alice.address] })
    meeting.clock.advance(2_000)
    submit([order('sell', 5)], bob)
    meeting.clock.advance(100)
    meeting.deaf.add(bob.address)
    const told = submit([order('buy', 5), order('buy', 3)])
    meeting.clock.advance(limits.doubtMs - 100)
    expect(told).toEqual([])
    meeting.clock.advance(200)
    expect(told).toHaveLength(1)
    expect((told[0] as OrderOutcome[]).map(({ inDoubt }) => inDoubt)).toEqual(['1', '0'])
  })

  test('are still decided when nobody waits any more, and their places are free', () => {
    const { meeting, alice } = given()
    const list = Array.from({ length: limits.ordersPerSubmitMax }, () => order('buy', 5))
    for (let index = 0; index < 8; index += 1) alice.submitMany$(list).subscribe().unsubscribe()
    meeting.clock.advance(20)
    expect(alice.book(market.symbol).ownOrders()).toHaveLength(8 * limits.ordersPerSubmitMax)
  })

  test('are refused by a peer that has stopped', () => {
    const { meeting, alice, submit } = given()
    alice.stop$().subscribe()
    meeting.clock.advance(5_000)
    expect(submit([order('buy', 5)])).toMatchObject([{ refused: true, reason: 'stopping' }])
  })
})
