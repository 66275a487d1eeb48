/** Reading feeds: taking in the segments of others, and how far all have been read. */
import { hash } from 'node:crypto'
import type { PeerId } from '../../book/order.ts'
import { faultOf, foldSegment, type SegmentFault } from '../../feed/fold.ts'
import { hasReached } from '../../feed/feed.ts'
import { headOf, type SignedSegment } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import { limits } from '../../limits.ts'
import type { OwnerHead, RequestId } from './event.ts'
import { output, tradeOf } from './record.ts'
import { noteTrades } from './stop.ts'
import type { BookState } from './state.ts'
import { forgetGone, learnFromFeed } from './taker.ts'

/**
 * Takes in segments of one owner, in order, up to the first that does not continue what has been read. The reply is the cursor:
 * where the sender has to go on. Repeats and late arrivals change nothing.
 */
export function takeSegments(state: BookState, requestId: RequestId, segments: readonly SignedSegment[]): void {
  const [first] = segments
  if (!first) throw new Error('segments come in lists of at least one')
  const { owner } = first.segment
  if (owner !== state.self && isNews(state, segments) && hasRoomFor(state, owner)) takeInOrder(state, segments)
  const cursor = state.feeds.get(owner)?.head ?? state.forgotten.get(owner) ?? null
  output(state, { type: 'reply', requestId, reply: { type: 'cursor', cursor } })
}

/** A forgotten owner stays forgotten as long as there is nothing new of it. */
function isNews(state: BookState, segments: readonly SignedSegment[]): boolean {
  const last = segments.at(-1)
  const forgotten = last && state.forgotten.get(last.segment.owner)
  if (!last || !forgotten) return true
  if (hasReached(forgotten, headOf(last))) return false
  state.forgotten.delete(last.segment.owner)
  return true
}

/** Takes an owner out of the book that nobody has heard of for long. What has been decided with it is not forgotten. */
export function forgetOwner(state: BookState, owner: PeerId): void {
  const head = state.feeds.get(owner)?.head
  if (!head || owner === state.self || state.live.has(owner)) return
  state.book.dropOwner(owner)
  state.feeds.delete(owner)
  state.forgotten.set(owner, head)
  forgetGone(state, owner)
}

function hasRoomFor(state: BookState, owner: PeerId): boolean {
  const hasRoom = state.feeds.has(owner) || state.feeds.size < limits.ownersMax
  if (!hasRoom) output(state, { type: 'fault', peer: owner, reason: 'too_many_owners', proof: [] })
  return hasRoom
}

function takeInOrder(state: BookState, segments: readonly SignedSegment[]): void {
  for (const next of segments) if (!takeSegment(state, next)) return
}

/** True when it makes sense to go on with the segment behind this one. */
function takeSegment(state: BookState, next: SignedSegment): boolean {
  const { owner, stamp } = next.segment
  const relation = state.feedOf(owner).relationOf(next)
  switch (relation) {
    case 'known':
    case 'superseded':
      return true
    case 'gap':
      output(state, { type: 'behind', owner })
      return false
    case 'fork':
      output(state, { type: 'fault', peer: owner, reason: 'feed_forked', proof: proofOfFork(state, next) })
      return false
    case 'next':
    case 'anew':
      // A segment from the future waits: the cursor stays where it is, and the sender comes back with it.
      if (state.ports.clock.aheadMs(stamp) > limits.clockAheadMsMax) return false
      return continueFeed(state, next, relation)
  }
}

/** Two texts with one signature, and room for only one of them. */
function proofOfFork(state: BookState, fork: SignedSegment): Signed[] {
  return [state.feedOf(fork.segment.owner).contradictedBy(fork).signed, fork.signed]
}

/**
 * A segment that does not fold is impossible for a correct owner, with one exception: who has lost its journal and had its clock set
 * back begins a new incarnation before the stamps of its last one. That is loss, not malice.
 */
function isProof(fault: SegmentFault, relation: 'next' | 'anew'): boolean {
  return fault !== 'stamp_not_later' || relation === 'next'
}

function continueFeed(state: BookState, next: SignedSegment, relation: 'next' | 'anew'): boolean {
  const { segment } = next
  const reading = state.feedOf(segment.owner).readingOf(relation)
  const fault = faultOf(state.book, segment, reading)
  if (fault) {
    const proof = isProof(fault, relation) ? [next.signed] : []
    output(state, { type: 'fault', peer: segment.owner, reason: fault, proof })
    return false
  }
  foldSegment(state.book, segment, reading)
  state.feedOf(segment.owner).append(next)
  state.ports.clock.observe(segment.stamp)
  for (const entry of segment.entries)
    if (entry.type === 'filled' && entry.liquidity === 'maker')
      output(state, { type: 'trade', trade: tradeOf(segment.owner, entry) })
  learnFromFeed(state, next)
  noteTrades(state, segment)
  forgetGone(state, segment.owner)
  return true
}

/** All heads that have been read here, the own one included, in the order of their owners. */
export function headsOf(state: BookState): OwnerHead[] {
  const heads = [...state.feeds].flatMap(([owner, { head }]) => (head ? [{ owner, head }] : []))
  return heads.sort((a, b) => (a.owner < b.owner ? -1 : 1))
}

/** SHA-256 over all heads: peers with equal digests hold equal books. */
export function digestOf(heads: readonly OwnerHead[]): string {
  return hash('sha256', JSON.stringify(heads), 'base64url')
}
