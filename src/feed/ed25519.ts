/**
 * Real signatures: Ed25519 of node:crypto (RFC 8032). The peer id is the public key's 32 bytes, base64url.
 * Makes no keys out of thin air: the 32 secret bytes come in as an argument.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import type { PeerId } from '../book/order.ts'
import type { Signer, Verifier } from './signer.ts'

/** DER frames of a raw Ed25519 key (RFC 8410). */
const privateFrame = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicFrame = Buffer.from('302a300506032b6570032100', 'hex')
const keyBytes = 32
const signatureBytes = 64

/** 2^255 - 19, the field's prime: an encoded y at or above it is not canonical. */
const prime = 2n ** 255n - 19n

/**
 * The y coordinates of the eight points of small order: with such a key anybody can forge a signature for any text, and
 * `verify` accepts it. 1 has order 1, -1 order 2, 0 order 4; the last two, order 8, solve d·y⁴ + 2y² = 1.
 * Source: Chalkias, Garillot, Nikolaenko, "Taming the Many EdDSAs", 2020, table 1.
 */
const orderEightY = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n
const smallOrderY: ReadonlySet<bigint> = new Set([0n, 1n, prime - 1n, orderEightY, prime - orderEightY])

/** A signer from 32 secret bytes. Throws when there are not exactly 32. */
export function ed25519Signer(secret: Uint8Array): Signer {
  if (secret.length !== keyBytes)
    throw new Error(`an Ed25519 secret has ${keyBytes} bytes, this one has ${secret.length}`)
  const key = createPrivateKey({ key: Buffer.concat([privateFrame, secret]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicFrame.length)
  return {
    peerId: publicKey.toString('base64url') as PeerId,
    sign: text => sign(null, Buffer.from(text, 'utf8'), key).toString('base64url'),
  }
}

/** Checks Ed25519 signatures; keeps the last keys it has parsed, since parsing one costs as much as half a verification. */
export function ed25519Verifier(keysMax = 1_024): Verifier {
  const keys = new Map<PeerId, KeyObject>()
  /** Undefined for what is no peer id; a key that is kept has been found to be one. */
  const keyOf = (by: PeerId): KeyObject | undefined => {
    const known = keys.get(by)
    if (known) return known
    if (!isPeerId(by)) return undefined
    const key = createPublicKey({
      key: Buffer.concat([publicFrame, Buffer.from(by, 'base64url')]),
      format: 'der',
      type: 'spki',
    })
    if (keys.size >= keysMax) keys.delete(keys.keys().next().value as PeerId)
    keys.set(by, key)
    return key
  }
  return {
    isPeerId,
    verify: (by, text, signature) => {
      const bytes = Buffer.from(signature, 'base64url')
      const key = bytes.length === signatureBytes ? keyOf(by) : undefined
      return key !== undefined && verify(null, Buffer.from(text, 'utf8'), key, bytes)
    },
  }
}

/** True for the one canonical spelling of a public key that is not of small order. */
function isPeerId(text: string): text is PeerId {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== keyBytes || bytes.toString('base64url') !== text) return false
  const y = littleEndian(bytes) & ((1n << 255n) - 1n)
  return y < prime && !smallOrderY.has(y)
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}
