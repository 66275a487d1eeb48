/**
 * Signatures for long simulations: HMAC-SHA-256 with one secret per peer, all known to one ring, so that thousands of seeds
 * do not spend their time on curves. Whoever holds the ring can sign for everybody: never for real peers.
 */
import { createHash, createHmac } from 'node:crypto'
import type { PeerId } from '../book/order.ts'
import type { Signer, Verifier } from './signer.ts'

export class KeyedHashRing {
  readonly #secrets = new Map<string, Uint8Array>()

  /** A signer whose peer id is the hash of its secret, in the same spelling as a real one. */
  signer(secret: Uint8Array): Signer {
    const peerId = createHash('sha256').update(secret).digest('base64url') as PeerId
    this.#secrets.set(peerId, secret)
    return { peerId, sign: text => mac(secret, text) }
  }

  verifier(): Verifier {
    return {
      isPeerId: (text): text is PeerId => this.#secrets.has(text),
      verify: (by, text, signature) => {
        const secret = this.#secrets.get(by)
        return secret !== undefined && mac(secret, text) === signature
      },
    }
  }
}

function mac(secret: Uint8Array, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}
