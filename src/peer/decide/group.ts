/**
 * Group commit: decisions that are journalled together, become one segment together, and whose outputs leave together once the
 * record is synced. A decision is never split. Recovery reads the same records back.
 */
import type { Entry, Head } from '../../feed/entry.ts'
import { headOf, signSegment, type Evidence, type Segment, type SignedSegment } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import { limits } from '../../limits.ts'
import type { Output } from './event.ts'
import type { Fact } from './fact.ts'
import type { BookState, Decided } from './state.ts'

/** An entry stands in the segment; its place among the private facts is all that the record needs to say. */
export type RecordedFact = Exclude<Fact, { type: 'entry' }> | { readonly type: 'entry' }

const entryInSegment = { type: 'entry' } as const

/** What one group commit appends to the journal: valid whole or absent whole. JSON. */
export interface JournalRecord {
  readonly segment: Signed | null
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
  const decided = takeDecided(state)
  const facts = decided.flatMap(({ facts }) => facts)
  const outputs = decided.flatMap(({ outputs }) => outputs)
  const segment = nextSegment(state, facts)
  if (!segment) return { record: facts.length > 0 ? recordOf(null, facts) : null, outputs, head: state.ownHead }
  state.feedOf(state.self).append(segment)
  const head = headOf(segment)
  return { record: recordOf(segment.signed, facts), outputs: [...outputs, { type: 'published', head }], head }
}

function takeDecided(state: BookState): Decided[] {
  const size = { facts: 0, entries: 0, bytes: 0 }
  let count = 0
  for (const { isStart, facts } of state.decided) {
    if (count > 0 && isStart) break
    grow(size, facts)
    if (count > 0 && isTooLarge(size)) break
    count += 1
  }
  return state.decided.splice(0, count)
}

interface Size {
  facts: number
  entries: number
  bytes: number
}

function isTooLarge({ facts, entries, bytes }: Size): boolean {
  return facts > limits.groupFactsMax || entries > limits.segmentEntriesMax || bytes > limits.segmentBytesMax
}

/** About how much text the facts add to a segment. Words that several entries of a decision rest on count once. */
function grow(size: Size, facts: readonly Fact[]): void {
  size.facts += facts.length
  let counted: Signed[] = []
  for (const fact of facts) {
    if (fact.type !== 'entry') continue
    size.entries += 1
    size.bytes += bytesOfEntry(fact.entry)
    if (fact.evidence === null || !('signed' in fact.evidence) || counted.includes(fact.evidence.signed)) continue
    counted = [...counted, fact.evidence.signed]
    size.bytes += fact.evidence.signed.body.length
  }
}

function bytesOfEntry(entry: Entry): number {
  if (entry.type === 'placed') return limits.orderBytes
  return entry.type === 'checkpoint' ? entry.orders.length * limits.orderBytes : limits.entryBytes
}

function nextSegment(state: BookState, facts: readonly Fact[]): SignedSegment | null {
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
  return signSegment(state.ports.signer, state.ports.networkId, segment)
}

/** Entries that rest on the same words share them. */
function entryWithEvidence(fact: Fact & { type: 'entry' }, evidence: Evidence[]): Entry {
  if (fact.entry.type !== 'filled' || fact.evidence === null) return fact.entry
  const known = evidence.indexOf(fact.evidence)
  const index = known >= 0 ? known : evidence.push(fact.evidence) - 1
  return { ...fact.entry, evidence: index }
}

function recordOf(segment: Signed | null, facts: readonly Fact[]): JournalRecord {
  return { segment, facts: facts.map(fact => (fact.type === 'entry' ? entryInSegment : fact)) }
}
