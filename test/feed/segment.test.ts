import { describe, expect, test } from 'vitest'
import { headOf, lastSequenceOf, segmentDomain, ownSegment, type Segment } from '../../src/feed/segment.ts'
import { segmentOf, type WrittenSegment } from '../../src/feed/segment-text.ts'
import { hashOf, isSignedBy } from '../../src/feed/signer.ts'
import {
  anna,
  bob,
  cancelled,
  chain,
  checkpoint,
  incarnation,
  market,
  network,
  opened,
  placed,
  ring,
  segment,
  signed,
  stamp,
} from './given.ts'

describe('segments', () => {
  test('what is signed is what is sent, and reads back as it was', () => {
    const made = signed(segment(1, [opened, checkpoint()]))
    expect(segmentOf(JSON.parse(made.signed.body) as WrittenSegment)).toEqual(made.segment)
    expect(isSignedBy(ring.verifier(), anna.peerId, segmentDomain(network, market), made.signed)).toBe(true)
    expect(isSignedBy(ring.verifier(), bob.peerId, segmentDomain(network, market), made.signed)).toBe(false)
  })

  test('the head is the last sequence number and the hash of the segment that holds it', () => {
    const made = signed(segment(7, [placed(1, 'buy', 1, 1), cancelled(1, 1, 0), placed(2, 'buy', 1, 1)]))
    expect(lastSequenceOf(made.segment)).toBe(9)
    expect(headOf(made)).toEqual({ incarnation: incarnation(0), sequence: 9, hash: made.hash })
  })

  test('the hash changes with everything that the segment says, and with where it counts', () => {
    const base = segment(1, [opened, checkpoint()])
    const changes: readonly Partial<Segment>[] = [
      { owner: bob.peerId },
      { incarnation: incarnation(1) },
      { first: 2 },
      { previous: 'x' },
      { stamp: stamp(1_001) },
      { entries: [opened] },
      { evidence: [{ signed: { body: '', signature: '' } }] },
    ]
    const hashes = [base, ...changes.map(change => ({ ...base, ...change }))].map(one => signed(one).hash)
    const elsewhere = [
      ownSegment(anna, 'other', base).hash,
      hashOf(segmentDomain(network, `${market}0` as typeof market), signed(base).signed),
    ]
    expect(new Set([...hashes, ...elsewhere]).size).toBe(hashes.length + elsewhere.length)
    expect(hashes[0]).toMatch(/^[\w-]{43}$/)
  })

  test('the hash is over what was signed, never over the signature', () => {
    const made = signed(segment(1, [opened, checkpoint()]))
    const resigned = { ...made.signed, signature: 'another' }
    expect(hashOf(segmentDomain(network, market), resigned)).toBe(made.hash)
  })

  test('a chain names the hash of the segment before, so that no part can be exchanged', () => {
    const [one, two, three] = chain([[opened, checkpoint()], [placed(1, 'buy', 1, 1)], [cancelled(1, 1, 0)]])
    expect([two!.segment.previous, three!.segment.previous]).toEqual([one!.hash, two!.hash])
    const [, otherTwo, otherThree] = chain([[opened, checkpoint()], [placed(2, 'buy', 1, 1)], [cancelled(1, 1, 0)]])
    expect(otherTwo!.segment.previous).toBe(one!.hash)
    expect(otherThree!.hash).not.toBe(three!.hash)
  })
})
