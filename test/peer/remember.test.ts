/** A peer that comes back finds its neighbours again although no grape answers: from what it has written down. */
import { throwError } from 'rxjs'
import { expect, test } from 'vitest'
import type { PeerId } from '../../src/book/order.ts'
import { limits } from '../../src/limits.ts'
import type { KnownPeer, KnownPeers } from '../../src/store/known-peers.ts'
import { addressOf, Meeting } from './meeting.ts'

const second = 1_000
const hour = 3_600 * second

/** What somebody wrote down of a peer that nobody has met since. */
function stranger(meeting: Meeting, name: string, liveAtMs: number): KnownPeer {
  return { peerId: meeting.ring.signer(Buffer.from(name)).peerId, name, address: addressOf(name), liveAtMs }
}

function having(meeting: Meeting, peers: readonly KnownPeer[]): KnownPeers {
  const knownPeers = meeting.knownPeers()
  knownPeers.write(peers).subscribe()
  meeting.clock.advance(1)
  return knownPeers
}

const namesIn = (known: KnownPeers) => known.read().map(({ name }) => name)

test('a peer that restarts where no grape answers finds all its neighbours again', () => {
  const meeting = new Meeting()
  const knownPeers = meeting.knownPeers()
  const bob = meeting.peer('bob')
  const carol = meeting.peer('carol', { knownAddresses: [bob.address] })
  const alice = meeting.peer('alice', { knownAddresses: [bob.address], knownPeers })
  expect(meeting.haveMet([alice, bob, carol], 10 * second)).toBe(true)
  expect(namesIn(knownPeers).sort()).toEqual(['bob', 'carol'])
  meeting.kill(alice)
  meeting.kill(bob)
  meeting.clock.advance(5 * second)

  const again = meeting.peer('alice', { knownPeers })
  expect(meeting.haveMet([again, carol], 5 * second)).toBe(true)
})

test('without that memory it is alone', () => {
  const meeting = new Meeting()
  const bob = meeting.peer('bob')
  const alice = meeting.peer('alice', { knownAddresses: [bob.address] })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  meeting.kill(alice)
  meeting.kill(bob)
  const again = meeting.peer('alice')
  meeting.peer('bob')
  meeting.clock.advance(20 * second)
  expect(again.neighbours()).toEqual([])
})

test('who was live last stands first, one entry for each peer and each address', () => {
  const meeting = new Meeting()
  const now = meeting.clock.now()
  const [dave, erin] = ['dave', 'erin'].map((name, index) => stranger(meeting, name, now - index * hour))
  const formerBob = { ...stranger(meeting, 'carol', now), name: 'before bob', address: addressOf('bob') }
  const knownPeers = having(meeting, [erin!, dave!, formerBob])
  const bob = meeting.peer('bob')
  const alice = meeting.peer('alice', { knownPeers })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  meeting.clock.advance(5)
  expect(namesIn(knownPeers)).toEqual(['bob', 'dave', 'erin'])
  expect(knownPeers.read()[0]).toMatchObject({ peerId: bob.id, address: bob.address })
})

test('who has not been live for the stated time is tried no more, and forgotten', () => {
  const meeting = new Meeting()
  const soonTooOld = stranger(
    meeting,
    'dave',
    meeting.clock.now() - limits.knownPeerAgeMsMax + 1.5 * limits.knownPeersIntervalMs,
  )
  const tooOld = stranger(meeting, 'erin', meeting.clock.now() - limits.knownPeerAgeMsMax - second)
  const knownPeers = having(meeting, [soonTooOld, tooOld])
  meeting.peer('alice', { knownPeers })
  meeting.clock.advance(limits.knownPeersIntervalMs + second)
  expect(namesIn(knownPeers)).toEqual(['dave'])
  meeting.clock.advance(limits.knownPeersIntervalMs)
  expect(namesIn(knownPeers)).toEqual([])
  const tried = meeting.sent.length
  meeting.clock.advance(10 * limits.knownPeersIntervalMs)
  expect(meeting.sent).toHaveLength(tried)
  expect(new Set(meeting.sent)).toEqual(new Set(['alice -> dave.sim:1']))
})

test('a time in the future counts as now, so that no entry outlives the others', () => {
  const meeting = new Meeting()
  const knownPeers = having(meeting, [stranger(meeting, 'dave', meeting.clock.now() + 1_000 * hour)])
  meeting.peer('alice', { knownPeers })
  meeting.clock.advance(limits.knownPeersIntervalMs + second)
  expect(knownPeers.read()[0]?.liveAtMs).toBeLessThan(meeting.clock.now())
})

test('who does not answer is tried again now and then, and found when it comes back', () => {
  const meeting = new Meeting()
  const knownPeers = having(meeting, [stranger(meeting, 'bob', meeting.clock.now())])
  const alice = meeting.peer('alice', { knownPeers })
  meeting.clock.advance(limits.knownPeersIntervalMs - second)
  expect(meeting.sent).toHaveLength(limits.greetAttemptsMax)
  const bob = meeting.peer('bob')
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
})

test('more than can be kept push out who was live longest ago', () => {
  const meeting = new Meeting()
  const now = meeting.clock.now()
  const many = Array.from({ length: limits.knownPeersMax }, (_, index) => ({
    ...stranger(meeting, `stranger${index}`, now - index * second),
    peerId: String(index).padStart(43, '0') as PeerId,
  }))
  const knownPeers = having(meeting, many)
  const bob = meeting.peer('bob')
  const alice = meeting.peer('alice', { knownAddresses: [bob.address], knownPeers })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  meeting.clock.advance(5)
  expect(namesIn(knownPeers)).toHaveLength(limits.knownPeersMax)
  expect(namesIn(knownPeers)[0]).toBe('bob')
  expect(namesIn(knownPeers)).not.toContain(`stranger${limits.knownPeersMax - 1}`)
})

test('a memory that cannot be written is counted and does not end the peer', () => {
  const meeting = new Meeting()
  const knownPeers: KnownPeers = { read: () => [], write: () => throwError(() => new Error('the disk is full')) }
  const bob = meeting.peer('bob')
  const alice = meeting.peer('alice', { knownAddresses: [bob.address], knownPeers })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  const before = alice.health().counters['known_peers_not_written'] ?? 0
  expect(before).toBeGreaterThan(0)
  meeting.clock.advance(limits.knownPeersIntervalMs + second)
  expect(alice.health().counters['known_peers_not_written']).toBeGreaterThan(before)
})
