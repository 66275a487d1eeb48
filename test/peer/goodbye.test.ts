/** A peer that stops leaves nobody with an order that it has taken back. */
import { expect, test } from 'vitest'
import { addressOf, market, Meeting } from './meeting.ts'

const second = 1_000

test.each([0, 1, 20])('what is decided before a stop reaches everybody; a message takes %i ms', latencyMs => {
  const meeting = new Meeting({ latencyMs })
  const knownAddresses = [addressOf('bob')]
  const bob = meeting.peer('bob')
  const [alice, carol] = ['alice', 'carol'].map(name => meeting.peer(name, { knownAddresses }))
  expect(meeting.haveMet([alice!, bob, carol!], 10 * second)).toBe(true)
  const resting = () => [bob, carol!].map(peer => peer.book(market.id).orders('sell').length)

  alice!.submit$({ market: market.id, side: 'sell', price: '101', quantity: '5' }).subscribe()
  meeting.clock.advance(second)
  expect(resting()).toEqual([1, 1])

  const told: unknown[] = []
  alice!.cancelAll$({ market: market.id }).subscribe(cancelled => {
    told.push(cancelled)
    alice!.stop$().subscribe(() => told.push('stopped'))
  })
  meeting.clock.advance(10 * second)
  expect(told).toMatchObject([[{ status: 'cancelled' }], 'stopped'])
  expect(resting()).toEqual([0, 0])
})
