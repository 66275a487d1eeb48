import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ed25519Signer, ed25519Verifier } from '../../src/feed/ed25519.ts'
import {
  domainText,
  hashOf,
  isSignedBy,
  signBody,
  SignedLater,
  type Domain,
  type SignedKind,
} from '../../src/feed/signer.ts'
import { anna as hashAnna, ring } from './given.ts'

const kinds: readonly SignedKind[] = ['hello', 'beat', 'goodbye', 'segment', 'batch', 'answer']
const forms = [
  ['Ed25519', ed25519Signer(Buffer.alloc(32, 9)), ed25519Verifier()],
  ['keyed hashes', hashAnna, ring.verifier()],
] as const

const domains: readonly Domain[] = ['one', 'other'].flatMap(networkId =>
  ['BTCUSD:1:1', 'BTCUSD:1:10', '-'].flatMap(scope => kinds.map(kind => ({ networkId, kind, scope }))),
)

describe.each(forms)('words signed with %s', (_, signer, verifier) => {
  test('count as one kind, in one network and one market, and as nothing else', () => {
    for (const domain of domains) {
      const signed = signBody(signer, domain, '{"a":1}')
      const accepted = domains.filter(other => isSignedBy(verifier, signer.peerId, other, signed))
      expect(accepted).toEqual([domain])
    }
  })

  test('are signed to the byte: the same JSON written otherwise is not', () => {
    const domain: Domain = { networkId: 'one', kind: 'batch', scope: '-' }
    const signed = signBody(signer, domain, '{"a":1}')
    expect(isSignedBy(verifier, signer.peerId, domain, signed)).toBe(true)
    expect(isSignedBy(verifier, signer.peerId, domain, { ...signed, body: '{ "a": 1 }' })).toBe(false)
  })
})

test('what is hashed is one line that says what for, and the body; what is signed is the hash', () => {
  const domain: Domain = { networkId: 'lab', kind: 'segment', scope: 'BTCUSD:1:1' }
  expect(domainText(domain, '{}')).toBe('peerbook1 segment lab BTCUSD:1:1\n{}')
  const hash = createHash('sha256').update('peerbook1 segment lab BTCUSD:1:1\n{}').digest('base64url')
  expect(hashOf(domain, { body: '{}' })).toBe(hash)
  expect(signBody(hashAnna, domain, '{}').signature).toBe(hashAnna.sign(`peerbook1 ${hash}`))
})

test('words that are signed later are signed once, when somebody asks or when they are told to, with the same signature', () => {
  const domain: Domain = { networkId: 'one', kind: 'segment', scope: '-' }
  const { body, signature } = signBody(hashAnna, domain, '{"a":1}')
  let signings = 0
  const counting = { ...hashAnna, sign: (text: string) => ((signings += 1), hashAnna.sign(text)) }
  const later = () => new SignedLater(counting, { body }, hashOf(domain, { body }))
  const [asked, told, written] = [later(), later(), later()]
  expect(signings).toBe(0)
  told.sign()
  expect([asked.signature, told.signature, asked.signature]).toEqual([signature, signature, signature])
  expect(JSON.parse(JSON.stringify(written))).toEqual({ body, signature })
  told.sign()
  expect(signings).toBe(3)
})
