import { createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/book/order.ts'
import { ed25519Signer, ed25519Verifier } from '../../src/feed/ed25519.ts'

const verifier = ed25519Verifier()

/** RFC 8032, 7.1: secret, public key, message, signature. The messages are no text but for the first, so only bytes can be compared. */
const vectors = [
  {
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
]

/** The eight points of small order, and all other spellings of the same points: y at or above the prime, or x = 0 with a sign. */
const smallOrder = {
  'order 1': '0100000000000000000000000000000000000000000000000000000000000000',
  'order 2': 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'order 4': '0000000000000000000000000000000000000000000000000000000000000000',
  'order 4, other sign': '0000000000000000000000000000000000000000000000000000000000000080',
  'order 8': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'order 8, other sign': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'order 8, other y': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'order 8, other y and sign': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
}
const nonCanonical = {
  'order 1, y + p': 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'order 1, y + p, other sign': 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'order 1, other sign of x = 0': '0100000000000000000000000000000000000000000000000000000000000080',
  'order 2, other sign of x = 0': 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'order 4, y + p': 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'order 4, y + p, other sign': 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
}

const hex = (text: string) => Buffer.from(text, 'hex')
const peerIdOf = (key: string) => hex(key).toString('base64url') as PeerId

/** What `verify` of node:crypto says by itself. */
function bareVerify(key: string, text: string, signature: Buffer): boolean {
  const der = Buffer.concat([hex('302a300506032b6570032100'), hex(key)])
  return verify(null, Buffer.from(text), createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
}

/** Nobody needs the secret of such a key: R is one of the eight points, s is 0. It passes when R = -h·A, so for one text in eight or more. */
const candidates = Object.values(smallOrder).map(point => Buffer.concat([hex(point), Buffer.alloc(32)]))

describe('Ed25519', () => {
  test.each(vectors)(
    'the vectors of RFC 8032 hold: public key $publicKey',
    ({ secret, publicKey, message, signature }) => {
      const signer = ed25519Signer(hex(secret))
      const text = hex(message).toString('utf8')
      expect(signer.peerId).toBe(peerIdOf(publicKey))
      expect(signer.sign(text)).toBe(hex(signature).toString('base64url'))
      expect(verifier.verify(signer.peerId, text, signer.sign(text))).toBe(true)
    },
  )

  test('a signature holds for its text and its author alone', () => {
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(secret, secret, fc.string(), fc.string(), (one, other, text, otherText) => {
        fc.pre(text !== otherText && Buffer.compare(one, other) !== 0)
        const [signer, stranger] = [ed25519Signer(one), ed25519Signer(other)]
        const signature = signer.sign(text)
        expect(verifier.verify(signer.peerId, text, signature)).toBe(true)
        expect(verifier.verify(signer.peerId, otherText, signature)).toBe(false)
        expect(verifier.verify(stranger.peerId, text, signature)).toBe(false)
        expect(verifier.verify(signer.peerId, text, stranger.sign(text))).toBe(false)
      }),
      { numRuns: 25 },
    )
  })

  test('a signature with any one bit turned is refused', () => {
    const signer = ed25519Signer(Buffer.alloc(32, 7))
    const signature = Buffer.from(signer.sign('text'), 'base64url')
    fc.assert(
      fc.property(fc.nat(511), bit => {
        const turned = Buffer.from(signature)
        turned[bit >> 3]! ^= 1 << (bit & 7)
        expect(verifier.verify(signer.peerId, 'text', turned.toString('base64url'))).toBe(false)
      }),
    )
  })

  test('equal texts have equal signatures', () => {
    const signer = ed25519Signer(Buffer.alloc(32, 1))
    expect(signer.sign('text')).toBe(signer.sign('text'))
  })

  test('a secret has 32 bytes', () => {
    expect(() => ed25519Signer(Buffer.alloc(31))).toThrow('an Ed25519 secret has 32 bytes, this one has 31')
  })

  test.each(Object.entries({ ...smallOrder, ...nonCanonical }))('the point of %s is no peer id', (_, key) => {
    expect(verifier.isPeerId(peerIdOf(key))).toBe(false)
  })

  test.each(Object.entries(smallOrder))(
    'a forgery under the key of %s passes node:crypto, and is refused here',
    (_, key) => {
      // The attacker adds a space until one passes.
      const texts = Array.from({ length: 32 }, (_unused, spaces) => `pay everything${' '.repeat(spaces)}`)
      const forged = texts.flatMap(text =>
        candidates.filter(signature => bareVerify(key, text, signature)).map(signature => ({ text, signature })),
      )
      expect(forged).not.toEqual([])
      for (const { text, signature } of forged)
        expect(verifier.verify(peerIdOf(key), text, signature.toString('base64url'))).toBe(false)
    },
  )

  test('a y at or above the prime is no peer id, even when its point is of no small order', () => {
    // p + 3 is the other spelling of y = 3, whose point is of large order.
    const three = `03${'00'.repeat(31)}`
    const other = `f0${'ff'.repeat(30)}7f`
    expect([verifier.isPeerId(peerIdOf(three)), verifier.isPeerId(peerIdOf(other))]).toEqual([true, false])
  })

  test('only the one spelling of base64url is a peer id', () => {
    const { peerId } = ed25519Signer(Buffer.alloc(32, 3))
    expect(verifier.isPeerId(peerId)).toBe(true)
    const swapped = peerId.slice(0, -1) + String.fromCharCode(peerId.charCodeAt(42) + 1)
    for (const text of ['', `${peerId}=`, ` ${peerId}`, peerId.slice(1), `${peerId}A`, swapped, 'å'.repeat(43)])
      expect(verifier.isPeerId(text)).toBe(false)
  })

  test('a signature of another length, or no signature at all, is refused', () => {
    const signer = ed25519Signer(Buffer.alloc(32, 3))
    for (const signature of ['', 'x', signer.sign('text').slice(2), `${signer.sign('text')}AA`])
      expect(verifier.verify(signer.peerId, 'text', signature)).toBe(false)
  })

  test('a key that is no point of the curve is a peer that cannot sign, never an exception', () => {
    // y = 2 has no x.
    const offCurve = peerIdOf(`02${'00'.repeat(31)}`)
    expect(verifier.verify(offCurve, 'text', Buffer.alloc(64).toString('base64url'))).toBe(false)
  })

  test('a verifier that remembers few keys still verifies many', () => {
    const small = ed25519Verifier(2)
    const signers = Array.from({ length: 5 }, (_, index) => ed25519Signer(Buffer.alloc(32, index)))
    for (const signer of [...signers, ...signers])
      expect(small.verify(signer.peerId, 'text', signer.sign('text'))).toBe(true)
  })
})
