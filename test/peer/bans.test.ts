import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/book/order.ts'
import type { Signed } from '../../src/feed/signer.ts'
import { limits } from '../../src/limits.ts'
import { Bans, type BanEvent } from '../../src/peer/bans.ts'
import { Counters } from '../../src/peer/counters.ts'

const [anna, bob] = ['anna', 'bob'] as [PeerId, PeerId]
const words: Signed = { body: '{}', signature: 'signed' }

function given() {
  const told: BanEvent[] = []
  const counters = new Counters()
  const bans = new Bans(
    counters,
    () => 5,
    event => told.push(event),
  )
  return { bans, told, counters }
}

describe('bans', () => {
  test('are told of once, with who, why, since when and on what proof', () => {
    const { bans, told, counters } = given()
    bans.prove(anna, 'feed_forked', [words, words])
    bans.prove(anna, 'evidence_missing', [words])
    expect(bans.list()).toEqual([{ peerId: anna, by: 'proof', reason: 'feed_forked', atMs: 5, proof: [words, words] }])
    expect(told).toEqual([{ type: 'peer.banned', peerId: anna, reason: 'feed_forked' }])
    expect(counters.toJSON()).toEqual({ 'banned.feed_forked': 1 })
  })

  test('by the operator change nothing about one that is there, and become proven ones', () => {
    const { bans } = given()
    expect(bans.order(anna, 'slow')).toMatchObject({ by: 'operator', reason: 'slow', proof: [] })
    expect(bans.order(anna, 'late')).toMatchObject({ reason: 'slow' })
    bans.prove(anna, 'feed_forked', [words])
    expect(bans.of(anna)).toMatchObject({ by: 'proof', reason: 'feed_forked' })
  })

  test('are over when they are lifted, once', () => {
    const { bans, told } = given()
    bans.order(anna, 'slow')
    expect(bans.lift(anna)).toMatchObject({ reason: 'slow' })
    expect(bans.lift(anna)).toBeUndefined()
    expect(bans.of(anna)).toBeUndefined()
    expect(told.map(({ type }) => type)).toEqual(['peer.banned', 'peer.pardoned'])
  })

  test('are bounded: what is proven beyond is counted, and the operator displaces the oldest proven one', () => {
    const { bans, told, counters } = given()
    for (let index = 0; index < limits.bansMax; index += 1) bans.prove(`liar ${index}` as PeerId, 'feed_forked', [])
    bans.prove(anna, 'feed_forked', [words])
    expect(bans.of(anna)).toBeUndefined()
    expect(counters.toJSON()).toMatchObject({ bans_full: 1 })
    expect(bans.order(bob, 'slow')).toMatchObject({ peerId: bob })
    expect(bans.list()).toHaveLength(limits.bansMax)
    expect(told.slice(-2)).toEqual([
      { type: 'peer.pardoned', peerId: 'liar 0' },
      { type: 'peer.banned', peerId: bob, reason: 'slow' },
    ])
  })

  test('of the operator are bounded, too', () => {
    const { bans } = given()
    for (let index = 0; index < limits.bansMax; index += 1) bans.order(`peer ${index}` as PeerId, 'slow')
    expect(bans.order(anna, 'slow')).toBeUndefined()
  })

  test('keep no more proof than there is room for', () => {
    const { bans, counters } = given()
    const large: Signed = { body: 'x'.repeat(limits.messageBytesMax), signature: '' }
    for (let index = 0; index < 20; index += 1) bans.prove(`liar ${index}` as PeerId, 'feed_forked', [large])
    expect(bans.list().filter(({ proof }) => proof.length > 0)).toHaveLength(16)
    expect(counters.toJSON()).toMatchObject({ 'banned.feed_forked': 20, ban_proof_not_kept: 4 })
  })
})
