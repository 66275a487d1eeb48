import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/book/order.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'

describe('keyed hashes', () => {
  const ring = new KeyedHashRing()
  const anna = ring.signer(Buffer.from('anna'))
  const bob = ring.signer(Buffer.from('bob'))
  const verifier = ring.verifier()

  test('a signature holds for its text and its author alone', () => {
    const signature = anna.sign('text')
    expect(verifier.verify(anna.peerId, 'text', signature)).toBe(true)
    expect(verifier.verify(anna.peerId, 'Text', signature)).toBe(false)
    expect(verifier.verify(bob.peerId, 'text', signature)).toBe(false)
  })

  test('peer ids are spelt like real ones, and only the ring knows whose they are', () => {
    expect(anna.peerId).toMatch(/^[\w-]{43}$/)
    expect(verifier.isPeerId(anna.peerId)).toBe(true)
    const stranger = new KeyedHashRing().signer(Buffer.from('carl'))
    expect(verifier.isPeerId(stranger.peerId)).toBe(false)
    expect(verifier.verify(stranger.peerId, 'text', stranger.sign('text'))).toBe(false)
    expect(verifier.verify('' as PeerId, 'text', '')).toBe(false)
  })

  test('one secret is one peer, whoever asks', () => {
    expect(ring.signer(Buffer.from('anna'))).toMatchObject({ peerId: anna.peerId })
    expect(new KeyedHashRing().signer(Buffer.from('anna')).sign('text')).toBe(anna.sign('text'))
  })
})
