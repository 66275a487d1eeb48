/**
 * One owner's feed as far as it has been read: its head and the segments of its newest incarnation, for those who ask.
 * Decides whether a segment continues the chain. Signatures have been checked before, entries are checked by fold.ts.
 */
import type { Cursor, Head } from './entry.ts'
import { headOf, lastSequenceOf, type SignedSegment } from './segment.ts'

/**
 * How a segment relates to the feed:
 * `next` continues it, or begins a newer incarnation; `known` is an exact repeat; `superseded` belongs to an older incarnation;
 * `gap` comes later, something between is missing; `fork` contradicts what has been read: two truths, one signature.
 */
export type Relation = 'next' | 'known' | 'superseded' | 'gap' | 'fork'

export class Feed {
  #head: Head | null = null
  /** In order and without a gap, all of one incarnation. */
  #segments: SignedSegment[] = []

  get head(): Head | null {
    return this.#head
  }

  relationOf(candidate: SignedSegment): Relation {
    const { segment } = candidate
    const head = this.#head
    if (!head || segment.incarnation > head.incarnation)
      return segment.first === 1 && !segment.previous ? 'next' : 'gap'
    if (segment.incarnation < head.incarnation) return 'superseded'
    if (segment.first > head.sequence + 1) return 'gap'
    if (segment.first === head.sequence + 1) return segment.previous === head.hash ? 'next' : 'fork'
    return this.#segments[this.#indexOf(segment.first)]?.hash === candidate.hash ? 'known' : 'fork'
  }

  /** Takes a segment whose relation is `next`. Throws on any other. */
  append(next: SignedSegment): void {
    if (this.relationOf(next) !== 'next') throw new Error('a feed is continued only by the segment that comes next')
    if (next.segment.incarnation !== this.#head?.incarnation) this.#segments = []
    this.#segments.push(next)
    this.#head = headOf(next)
  }

  /**
   * The segments behind a cursor, as many as fit in `bytesMax` bytes of text, but one at least. A cursor of another
   * incarnation, or none, reads from the start. Empty when the cursor is at the head.
   */
  after(cursor: Cursor | null, bytesMax: number): readonly SignedSegment[] {
    const sequence = cursor && cursor.incarnation === this.#head?.incarnation ? cursor.sequence : 0
    const page: SignedSegment[] = []
    let bytes = 0
    for (let index = this.#indexOf(sequence + 1); index < this.#segments.length; index += 1) {
      const next = this.#segments[index] as SignedSegment
      bytes += Buffer.byteLength(next.signed.body)
      if (page.length > 0 && bytes > bytesMax) break
      page.push(next)
    }
    return page
  }

  /** Index of the segment that holds this sequence number, or where it would stand. */
  #indexOf(sequence: number): number {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (lastSequenceOf((this.#segments[middle] as SignedSegment).segment) < sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** True when the cursor has reached the head, or a newer one: nothing is left to read. */
export function hasReached(cursor: Cursor | null, head: Cursor | null): boolean {
  if (!head) return true
  if (!cursor) return false
  if (cursor.incarnation !== head.incarnation) return cursor.incarnation > head.incarnation
  return cursor.sequence >= head.sequence
}
