/**
 * The Signer port: whose words these are. Types, and the one way in which a text is tagged, signed and opened.
 * Its two forms are ed25519.ts (real peers) and keyed-hash.ts (long simulations).
 */
import { hash } from 'node:crypto'
import type { PeerId } from '../book/order.ts'

/** Signs in the name of one peer. Equal texts give equal signatures. */
export interface Signer {
  readonly peerId: PeerId
  /** The signature of `text`, base64url. Signature bytes are never used as an id: others may exist for the same text. */
  sign(text: string): string
}

/** Checks signatures of any peer. */
export interface Verifier {
  verify(by: PeerId, text: string, signature: string): boolean
  /** False for a text that is no public key, or a key with which anybody could forge. */
  isPeerId(text: string): text is PeerId
}

/** A text that names its author. What was hashed and signed is what is sent and stored, to the byte. */
export interface Words {
  /** JSON. */
  readonly body: string
}

/** A text and its author's signature. */
export interface Signed extends Words {
  readonly signature: string
}

/** What a signature is for, so that a signed text of one kind can never pass for another. */
export type SignedKind = 'hello' | 'beat' | 'goodbye' | 'segment' | 'batch' | 'answer'

/** Where a signature counts. `scope` is a market's id, or '-' for what concerns the whole peer. */
export interface Domain {
  readonly networkId: string
  readonly kind: SignedKind
  readonly scope: string
}

/** What is hashed: `peerbook1 KIND NETWORK SCOPE`, a line feed, the body. */
export function domainText(domain: Domain, body: string): string {
  return `peerbook1 ${domain.kind} ${domain.networkId} ${domain.scope}\n${body}`
}

/** SHA-256 over a body and what it is for, base64url; never over the signature. */
export function hashOf(domain: Domain, { body }: Words): string {
  return hash('sha256', domainText(domain, body), 'base64url')
}

/**
 * What is signed is the hash, which is needed anyway: a signature reads its text twice by a slower hash, and would take as long for a
 * large segment as all else that is done with it.
 */
function signedText(bodyHash: string): string {
  return `peerbook1 ${bodyHash}`
}

export function signBody(signer: Signer, domain: Domain, body: string, bodyHash = hashOf(domain, { body })): Signed {
  return { body, signature: signer.sign(signedText(bodyHash)) }
}

/** Own words that are signed when somebody asks for the signature, or before that. Equal texts give equal ones: it makes no difference when. */
export class SignedLater implements Signed {
  readonly body: string
  readonly #signer: Signer
  readonly #bodyHash: string
  #signature: string | undefined

  constructor(signer: Signer, { body }: Words, bodyHash: string) {
    this.body = body
    this.#signer = signer
    this.#bodyHash = bodyHash
  }

  get signature(): string {
    return (this.#signature ??= this.#signer.sign(signedText(this.#bodyHash)))
  }

  sign(): string {
    return this.signature
  }

  toJSON(): Signed {
    return { body: this.body, signature: this.signature }
  }
}

export function isSignedBy(
  verifier: Verifier,
  by: PeerId,
  domain: Domain,
  signed: Signed,
  bodyHash = hashOf(domain, signed),
): boolean {
  return verifier.verify(by, signedText(bodyHash), signed.signature)
}
