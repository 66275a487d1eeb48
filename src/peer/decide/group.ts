/**
 * Group commit: decisions that are journalled together, become one segment together, and whose outputs leave together once the
 * record is synced. A decision is never split. Recovery reads the same records back.
 */
import type { Entry, Head } from '../../feed/entry.ts'
import { headOf, ownSegment, type Evidence, type OwnSegment, type Segment } from '../../feed/segment.ts'
import type { Signed, Words } from '../../feed/signer.ts'
import { limits } from '../../limits.ts'
import type { Output } from './event.ts'
import type { Fact } from './fact.ts'
import type { BookState } from './state.ts'

/** An entry stands in the segment; its place among the private facts is all that is read of it in the record. */
export type RecordedFact = Exclude<Fact, { type: 'entry' }> | { readonly type: 'entry' }

/** What one group commit appends to the journal: valid whole or absent whole. Its written form is record-text.ts's. */
export interface JournalRecord {
  /** Without its signature, which is the same whenever it is made. */
  readonly segment: Words | null
  readonly facts: readonly RecordedFact[]
}

export interface Group {
  /** Null when nothing was decided that anybody must remember: the outputs still wait for what went before. */
  readonly record: JournalRecord | null
  readonly outputs: readonly Output[]
  /** Of the own feed, this group included. */
  readonly head: Head | null
}

/** Closes a group over the decisions made so far, as many as fit one segment. */
export function closeGroup(state: BookState): Group {
  const size = new GroupSize()
  const { facts, outputs } = state.decisions.take((all, from, to) => size.takes(all, from, to))
  const segment = nextSegment(state, facts)
  if (!segment) return { record: facts.length > 0 ? { segment: null, facts } : null, outputs, head: state.ownHead }
  state.feedOf(state.self).append(segment)
  const head = headOf(segment)
  outputs.push({ type: 'published', head, words: segment.signed })
  return { record: { segment: { body: segment.signed.body }, facts }, outputs, head }
}

/** What a group comes to, decision by decision. */
class GroupSize {
  #facts = 0
  #entries = 0
  /** About how much text the facts are in a segment. */
  #bytes = 0

  /** Adds the facts of one decision, and tells whether all so far fit. Words that several of its entries rest on count once. */
  takes(facts: readonly Fact[], from: number, to: number): boolean {
    this.#facts += to - from
    let counted: readonly Signed[] = []
    for (let index = from; index < to; index += 1) {
      const fact = facts[index] as Fact
      if (fact.type !== 'entry') continue
      this.#entries += 1
      this.#bytes += bytesOfEntry(fact.entry)
      if (fact.evidence === null || !('signed' in fact.evidence) || counted.includes(fact.evidence.signed)) continue
      counted = [...counted, fact.evidence.signed]
      this.#bytes += fact.evidence.signed.body.length
    }
    return (
      this.#facts <= limits.groupFactsMax &&
      this.#entries <= limits.segmentEntriesMax &&
      this.#bytes <= limits.segmentBytesMax
    )
  }
}

function bytesOfEntry(entry: Entry): number {
  if (entry.type === 'placed') return limits.orderBytes
  return entry.type === 'checkpoint' ? entry.orders.length * limits.orderBytes : limits.entryBytes
}

function nextSegment(state: BookState, facts: readonly Fact[]): OwnSegment | null {
  const evidence: Evidence[] = []
  const entries: Entry[] = []
  for (const fact of facts) if (fact.type === 'entry') entries.push(entryWithEvidence(fact, evidence))
  if (entries.length === 0) return null
  const before = state.ownHead?.incarnation === state.incarnation ? state.ownHead : null
  const segment: Segment = {
    owner: state.self,
    market: state.market.id,
    incarnation: state.incarnation,
    first: (before?.sequence ?? 0) + 1,
    previous: before?.hash ?? null,
    stamp: state.ports.clock.next(),
    entries,
    evidence,
  }
  return ownSegment(state.ports.signer, state.ports.networkId, segment)
}

/** Entries that rest on the same words share them. */
function entryWithEvidence(fact: Fact & { type: 'entry' }, evidence: Evidence[]): Entry {
  if (fact.entry.type !== 'filled' || fact.evidence === null) return fact.entry
  const known = evidence.indexOf(fact.evidence)
  const index = known >= 0 ? known : evidence.push(fact.evidence) - 1
  return { ...fact.entry, evidence: index }
}
