/**
 * One owner's feed as far as it has been read: its head and the segments from its last checkpoint on, for those who ask. Decides
 * whether a segment continues the chain. Signatures have been checked before, entries are checked by fold.ts.
 */
import type { OrderId } from '../book/order.ts'
import type { Checkpoint, Cursor, Head } from './entry.ts'
import type { Stamp } from './hybrid-clock.ts'
import { listOn, type Listing } from './listing.ts'
import { headOf, type Segment, type SignedSegment } from './segment.ts'
import type { Signed } from './signer.ts'

/**
 * How a segment relates to the feed:
 * `next` continues it; `anew` begins with a checkpoint and so needs nothing from before: a newer incarnation, or a jump over what is
 * missing here; `known` repeats what has been read; `superseded` belongs to an older incarnation; `gap` comes later, and something
 * between is missing; `fork` contradicts what has been read: two truths, one signature.
 */
export type Relation = 'next' | 'anew' | 'known' | 'superseded' | 'gap' | 'fork'

/** What is kept of a segment: its words, and where they stand. Its entries can be read from the words, and are a burden as objects. */
export interface KeptSegment {
  readonly signed: Signed
  readonly head: Head
  readonly first: number
  readonly stamp: Stamp
  readonly beginsAnew: boolean
}

/** How a segment is to be read. */
export interface Reading {
  /** True: it begins the replica anew. */
  readonly isAnew: boolean
  /** True: the orders of a checkpoint are placed. False: they are compared. */
  readonly isLoading: boolean
  /** The order placed last; later ones have later ids. */
  readonly lastPlaced: OrderId | null
  readonly lastStamp: Stamp | null
  /** The checkpoint of which parts must come next; null when there is none. */
  readonly listing: Listing | null
}

export class Feed {
  #head: Head | null = null
  /** In order and without a gap, all of one incarnation. The first begins with part 0 of a checkpoint. */
  #segments: KeptSegment[] = []
  /** True while parts of the checkpoint that the feed was begun anew with are still to come. */
  #isLoading = false
  #lastPlaced: OrderId | null = null
  #listing: Listing | null = null

  get head(): Head | null {
    return this.#head
  }

  /** True while the replica is not whole: its checkpoint's orders are placed instead of compared. */
  get isLoading(): boolean {
    return this.#isLoading
  }

  /** How the segment behind the head is to be read: what it has to be later than, and what becomes of a checkpoint in it. */
  readingOf(relation: 'next' | 'anew'): Reading {
    const isAnew = relation === 'anew'
    return {
      isAnew,
      isLoading: isAnew || this.#isLoading,
      lastPlaced: isAnew ? null : this.#lastPlaced,
      lastStamp: this.#segments.at(-1)?.stamp ?? null,
      listing: isAnew ? null : this.#listing,
    }
  }

  /** How many entries are kept. */
  get length(): number {
    const first = this.#segments[0]
    return first && this.#head ? this.#head.sequence - first.first + 1 : 0
  }

  relationOf(candidate: SignedSegment): Relation {
    const { segment } = candidate
    const head = this.#head
    if (!head || segment.incarnation > head.incarnation) return beginsAnew(segment) ? 'anew' : 'gap'
    if (segment.incarnation < head.incarnation) return 'superseded'
    if (segment.first > head.sequence + 1) return beginsAnew(segment) ? 'anew' : 'gap'
    if (segment.first === head.sequence + 1) return segment.previous === head.hash ? 'next' : 'fork'
    return this.#isKnown(candidate) ? 'known' : 'fork'
  }

  /** What has been read here of the same place in the same incarnation as a segment whose relation is `fork`. Throws on any other. */
  contradictedBy(fork: SignedSegment): KeptSegment {
    const held = this.#segments[this.#indexOf(fork.segment.first)] ?? this.#segments.at(-1)
    if (!held || this.relationOf(fork) !== 'fork') throw new Error('only a fork contradicts what has been read')
    return held
  }

  /** Takes a segment whose relation is `next` or `anew`. Throws on any other. */
  append(next: SignedSegment): void {
    const relation = this.relationOf(next)
    if (relation !== 'next' && relation !== 'anew')
      throw new Error(`a feed is not continued by a segment that is a ${relation}`)
    if (relation === 'anew') {
      this.#segments = []
      this.#isLoading = true
      this.#lastPlaced = null
      this.#listing = null
    }
    const kept = keptOf(next)
    this.#segments.push(kept)
    this.#head = kept.head
    this.#lastPlaced = laterOf(this.#lastPlaced, lastPlacedOf(next.segment))
    for (const entry of next.segment.entries) if (entry.type === 'checkpoint') this.#list(entry)
  }

  /**
   * The segments behind a cursor, as many as fit in `bytesMax` bytes of text, but one at least. A cursor of another
   * incarnation, or none, or one from before the last checkpoint, reads from that checkpoint. Empty when the cursor is at the head.
   */
  after(cursor: Cursor | null, bytesMax: number): readonly KeptSegment[] {
    const sequence = cursor && cursor.incarnation === this.#head?.incarnation ? cursor.sequence : 0
    const page: KeptSegment[] = []
    let bytes = 0
    for (let index = this.#indexOf(sequence + 1); index < this.#segments.length; index += 1) {
      const next = this.#segments[index] as KeptSegment
      bytes += Buffer.byteLength(next.signed.body)
      if (page.length > 0 && bytes > bytesMax) break
      page.push(next)
    }
    return page
  }

  /** What has been forgotten behind a checkpoint cannot be told from a fork any more, and does no harm. */
  #isKnown({ segment, hash }: SignedSegment): boolean {
    const oldest = this.#segments[0]
    if (oldest && segment.first < oldest.first) return true
    return this.#segments[this.#indexOf(segment.first)]?.head.hash === hash
  }

  #list(part: Checkpoint): void {
    this.#listing = listOn(this.#listing, part) ?? null
    if (isLastPart(part)) this.#endCheckpoint()
  }

  /** All parts are there: whatever came before part 0 has become superfluous. */
  #endCheckpoint(): void {
    this.#isLoading = false
    const start = this.#segments.findLastIndex(kept => kept.beginsAnew)
    if (start > 0) this.#segments = this.#segments.slice(start)
  }

  /** Index of the segment that holds this sequence number, or where it would stand. */
  #indexOf(sequence: number): number {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#segments[middle] as KeptSegment).head.sequence < sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}

function keptOf(next: SignedSegment): KeptSegment {
  const { segment, signed } = next
  const { first, stamp } = segment
  return { signed, head: headOf(next), first, stamp, beginsAnew: beginsAnew(segment) }
}

/** True for a segment that needs nothing from before: it begins with part 0 of a checkpoint, behind `opened` at the most. */
export function beginsAnew({ entries }: Segment): boolean {
  const [first, second] = entries
  const entry = first?.type === 'opened' ? second : first
  return entry?.type === 'checkpoint' && entry.part === 0
}

/** Ids rise within a feed, so the greatest one that was placed says which ones are new. A checkpoint may list earlier ones behind it. */
function lastPlacedOf({ entries }: Segment): OrderId | null {
  let last: OrderId | null = null
  for (const entry of entries) {
    if (entry.type === 'placed') last = laterOf(last, entry.order.id)
    if (entry.type === 'checkpoint') for (const { id } of entry.orders) last = laterOf(last, id)
  }
  return last
}

/** The orders of a checkpoint may all be earlier than the one placed last. */
function laterOf(one: OrderId | null, other: OrderId | null): OrderId | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}

function isLastPart({ part, parts }: Checkpoint): boolean {
  return part === parts - 1
}

/** True when the cursor has reached the head, or a newer one: nothing is left to read. */
export function hasReached(cursor: Cursor | null, head: Cursor | null): boolean {
  if (!head) return true
  if (!cursor) return false
  if (cursor.incarnation !== head.incarnation) return cursor.incarnation > head.incarnation
  return cursor.sequence >= head.sequence
}
