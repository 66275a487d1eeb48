/** A peer that stops leaves nobody with an order that it has taken back. */
import { expect, test } from 'vitest'
import { addressOf, market, Meeting } from './meeting.ts'

const second = 1_000

const order = { market: market.id, price: '101', quantity: '5' } as const

/** Alice sells five, and bob and carol know of it. */
function given(latencyMs: number, syncMs: number) {
  const meeting = new Meeting({ latencyMs })
  const journalOf = () => meeting.journal(syncMs)
  const bob = meeting.peer('bob', { journalOf })
  const knownAddresses = [addressOf('bob')]
  const [alice, carol] = ['alice', 'carol'].map(name => meeting.peer(name, { knownAddresses, journalOf }))
  if (!alice || !carol) throw new Error('there are three peers')
  expect(meeting.haveMet([alice, bob, carol], 10 * second)).toBe(true)
  const resting = () => [bob, carol].map(peer => peer.book(market.id).orders('sell').length)
  alice.submit$({ ...order, side: 'sell' }).subscribe()
  meeting.clock.advance(second)
  expect(resting()).toEqual([1, 1])
  return { clock: meeting.clock, alice, bob, resting }
}

test.each([0, 1, 20])('what is decided before a stop reaches everybody; a message takes %i ms', latencyMs => {
  const { clock, alice, resting } = given(latencyMs, 1)
  const told: unknown[] = []
  alice.cancelAll$({ market: market.id }).subscribe(cancelled => {
    told.push(cancelled)
    alice.stop$().subscribe(() => told.push('stopped'))
  })
  clock.advance(10 * second)
  expect(told).toMatchObject([[{ status: 'cancelled' }], 'stopped'])
  expect(resting()).toEqual([0, 0])
})

const stops = [0, 0.1, 0.5, 1].flatMap(latencyMs =>
  [0.1, 1].flatMap(syncMs => [0, 0.5, 1, 2].map(afterMs => ({ latencyMs, syncMs, afterMs }))),
)

test('so does what others have proposed to a peer that stops in that moment', () => {
  const unread = stops.filter(({ latencyMs, syncMs, afterMs }) => {
    const { clock, alice, bob, resting } = given(latencyMs, syncMs)
    const told: unknown[] = []
    bob.submit$({ ...order, side: 'buy', timeInForce: 'ioc' }).subscribe(outcome => told.push(outcome))
    clock.advance(afterMs)
    alice.stop$().subscribe(() => told.push('stopped'))
    clock.advance(10 * second)
    expect(told.toReversed()).toMatchObject(['stopped', { status: 'filled' }])
    return resting().some(count => count > 0)
  })
  expect(unread).toEqual([])
})
