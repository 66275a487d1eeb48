import { expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'

test('lots of an own order that are about to be proposed elsewhere are not filled as well', async () => {
  const market = createMarket({ symbol: 'X', tickSize: '0.5', lotSize: '1' }) as Market
  const stage = new SimulatedStage(1)
  const peers = await Promise.all(['alice', 'bob', 'carol'].map(name => stage.createPeer(name, [market])))
  const [alice, bob, carol] = peers as [(typeof peers)[0], (typeof peers)[0], (typeof peers)[0]]
  await Promise.all(peers.map(peer => stage.first(peer.ready$({ neighbours: 2, timeoutMs: 10_000 }), 20_000)))

  // Bob's cancellation makes alice, who has just bought from him, look for carol's order in the decision in which she sells herself.
  const sold = await stage.first(bob.submit$({ market: 'X', side: 'sell', price: '99', quantity: '20' }), 1_000)
  carol.submit$({ market: 'X', side: 'sell', price: '99.5', quantity: '19' }).subscribe()
  await stage.advance(200)
  if (!('order' in sold)) throw new Error('bob may sell')
  bob.cancel$(sold.order.id).subscribe()
  alice.submit$({ market: 'X', side: 'buy', price: '100', quantity: '20', account: 'one' }).subscribe()
  alice.submit$({ market: 'X', side: 'sell', price: '100', quantity: '20', account: 'two' }).subscribe()
  await stage.advance(2_000)

  expect(peers.map(peer => peer.health().failure)).toEqual([null, null, null])
  expect(new Set(peers.map(peer => peer.book('X').hash())).size).toBe(1)
  expect(peers.flatMap(peer => [...peer.book('X').check(), ...peer.book('X').unrest()])).toEqual([])
})
