/**
 * Signatures for long simulations: SHA-256 over a secret of the peer and the text, all secrets known to one ring, so that thousands of
 * seeds do not spend their time on curves. Whoever holds the ring can sign for everybody: never for real peers.
 */
import { hash } from 'node:crypto'
import type { PeerId } from '../book/order.ts'
import type { Signer, Verifier } from './signer.ts'

export class KeyedHashRing {
  readonly #secrets = new Map<string, string>()

  /** A signer whose peer id is the hash of its secret, in the same spelling as a real one. */
  signer(secret: Uint8Array): Signer {
    const peerId = hash('sha256', secret, 'base64url') as PeerId
    const key = Buffer.from(secret).toString('base64url')
    this.#secrets.set(peerId, key)
    return { peerId, sign: text => keyedHash(key, text) }
  }

  verifier(): Verifier {
    return {
      isPeerId: (text): text is PeerId => this.#secrets.has(text),
      verify: (by, text, signature) => {
        const key = this.#secrets.get(by)
        return key !== undefined && keyedHash(key, text) === signature
      },
    }
  }
}

function keyedHash(key: string, text: string): string {
  return hash('sha256', `${key} ${text}`, 'base64url')
}
