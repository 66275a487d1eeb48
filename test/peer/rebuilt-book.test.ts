import { expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'
import { Peer } from '../../src/peer/peer.ts'
import { Random } from '../../src/sim/random.ts'
import { SimulatedNetwork } from '../../src/sim/simulated-network.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { MemoryJournal } from '../../src/store/memory-journal.ts'

const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market
const order = { market: 'BTC-USD', side: 'sell', price: '101', quantity: '5' } as const

/** A peer whose source of chance can be made to throw, which no correct one does: a defect in the middle of a decision. */
function peerWithDefect(): { peer: Peer; clock: VirtualClock; breakOnce: () => void } {
  const clock = new VirtualClock()
  const random = new Random(1)
  const ring = new KeyedHashRing()
  let isBroken = false
  const peer = new Peer({
    name: 'alice',
    networkId: 'test',
    markets: [market],
    signer: ring.signer(random.bytes(32)),
    verifier: ring.verifier(),
    transport: new SimulatedNetwork({ clock, random }).createTransport('alice'),
    clock,
    randomBytes: count => {
      if (isBroken) {
        isBroken = false
        throw new Error('a defect')
      }
      return random.bytes(count)
    },
    random: () => random.real(),
    journalOf: () => new MemoryJournal(task => clock.setTimeout(task, 1)),
  })
  peer.start$().subscribe()
  clock.advance(10)
  return { peer, clock, breakOnce: () => (isBroken = true) }
}

function submit(peer: Peer): unknown[] {
  const answers: unknown[] = []
  peer.submit$(order).subscribe(answer => answers.push(answer))
  return answers
}

test('a book that a defect has ended is rebuilt from its journal, loudly, and whoever waited is told', () => {
  const { peer, clock, breakOnce } = peerWithDefect()
  const first = submit(peer)
  clock.advance(10)
  expect(first).toMatchObject([{ status: 'resting' }])
  const before = peer.book('BTC-USD').hash()

  breakOnce()
  const second = submit(peer)
  clock.advance(10)
  expect(second).toMatchObject([{ reason: 'outcome_unknown' }])
  expect(peer.health().failure).toContain('a defect')
  expect(peer.book('BTC-USD').hash()).toBe(before)

  const third = submit(peer)
  clock.advance(10)
  expect(third).toMatchObject([{ status: 'resting' }])
  expect(peer.book('BTC-USD').depth(1).asks).toEqual([{ price: '101', quantity: '10', orders: 2 }])
})

test('a decision that was being synced when a defect ended the book is in the rebuilt one, though its user is told to ask', () => {
  const { peer, clock, breakOnce } = peerWithDefect()
  const first = submit(peer)
  breakOnce()
  submit(peer)
  clock.advance(10)
  expect(first).toMatchObject([{ reason: 'outcome_unknown' }])
  expect(peer.book('BTC-USD').depth(1).asks).toEqual([{ price: '101', quantity: '5', orders: 1 }])
})
