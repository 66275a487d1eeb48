/**
 * Segments: the entries that one group commit made public, chained by hash and signed once.
 * Makes and hashes them; whether one may be believed is the feed's affair (feed.ts), its form the wire's (src/net).
 */
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { Entry, Head, Incarnation } from './entry.ts'
import type { Stamp } from './hybrid-clock.ts'
import { segmentText } from './segment-text.ts'
import { hashOf, SignedLater, type Domain, type Signed, type Signer, type Words } from './signer.ts'

/** What a `filled` entry rests on: the other side's signed words, or the segment of the other side's feed that shows the trade. */
export type Evidence = { readonly signed: Signed } | { readonly segment: Head }

export interface Segment {
  readonly owner: PeerId
  readonly market: MarketId
  readonly incarnation: Incarnation
  /** Sequence number of the first entry; the others follow without a gap. An incarnation begins at 1. */
  readonly first: number
  /** Hash of the segment before, null for the first of an incarnation. */
  readonly previous: string | null
  /** Later than every id in the entries. */
  readonly stamp: Stamp
  readonly entries: readonly Entry[]
  readonly evidence: readonly Evidence[]
}

/** A segment together with the words that carry it. */
export interface SignedSegment {
  readonly segment: Segment
  readonly signed: Signed
  readonly hash: string
}

export function segmentDomain(networkId: string, market: MarketId): Domain {
  return { networkId, kind: 'segment', scope: market }
}

/** Own words: signed later, since nobody needs the signature before they are sent, and somebody may wait for what they are about. */
export interface OwnSegment extends SignedSegment {
  readonly signed: SignedLater
}

export function ownSegment(signer: Signer, networkId: string, segment: Segment): OwnSegment {
  return ownSegmentIn(signer, networkId, segment, { body: segmentText(segment) })
}

/** A segment in the words that it was given before. */
export function ownSegmentIn(signer: Signer, networkId: string, segment: Segment, words: Words): OwnSegment {
  const domain = segmentDomain(networkId, segment.market)
  const hash = hashOf(domain, words)
  return { segment, signed: new SignedLater(signer, words, hash), hash }
}

export function lastSequenceOf(segment: Segment): number {
  return segment.first + segment.entries.length - 1
}

export function headOf({ segment, hash }: Pick<SignedSegment, 'segment' | 'hash'>): Head {
  return { incarnation: segment.incarnation, sequence: lastSequenceOf(segment), hash }
}
