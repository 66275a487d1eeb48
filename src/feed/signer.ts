/**
 * The Signer port: whose words these are. Types, and the one way in which a text is tagged, signed and opened.
 * Its two forms are ed25519.ts (real peers) and keyed-hash.ts (long simulations).
 */
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

/** A text and its author's signature. What was signed is what is sent and stored, to the byte. */
export interface Signed {
  /** JSON. Names its author. */
  readonly body: string
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

/** The text that is signed: `peerbook1 KIND NETWORK SCOPE`, a line feed, the body. */
export function domainText(domain: Domain, body: string): string {
  return `peerbook1 ${domain.kind} ${domain.networkId} ${domain.scope}\n${body}`
}

export function signBody(signer: Signer, domain: Domain, body: string): Signed {
  return { body, signature: signer.sign(domainText(domain, body)) }
}

export function isSignedBy(verifier: Verifier, by: PeerId, domain: Domain, signed: Signed): boolean {
  return verifier.verify(by, domainText(domain, signed.body), signed.signature)
}
