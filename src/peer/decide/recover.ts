/**
 * The start of a book: replays the journal, begins a new incarnation of the own feed, and ends what the crash left open. Nothing
 * of this leaves before it is journalled itself.
 */
import { ownSegmentIn, type Segment } from '../../feed/segment.ts'
import { segmentOf, type WrittenSegment } from '../../feed/segment-text.ts'
import type { Words } from '../../feed/signer.ts'
import type { Entry, Incarnation } from '../../feed/entry.ts'
import { stampOfId, type HybridClock } from '../../feed/hybrid-clock.ts'
import { applyFact } from './apply-fact.ts'
import type { Fact } from './fact.ts'
import type { JournalRecord, RecordedFact } from './group.ts'
import { checkpoint } from './checkpoint.ts'
import { askAboutAllHolds } from './hold.ts'
import { publish } from './record.ts'
import { withdraw } from './send.ts'
import type { BookState } from './state.ts'

/** Replays the records and opens the market. An empty journal is that of a peer's first start. */
export function recover(state: BookState, records: readonly JournalRecord[]): void {
  for (const record of records) replay(state, record)
  state.touched.clear()
  state.incarnation = state.ports.nextId() as Incarnation
  state.sequence = 0
  state.isOpen = true
  publish(state, { type: 'opened', continues: state.ownHead })
  checkpoint(state)
  for (const { inFlight } of state.takerChannels.values()) if (inFlight) withdraw(state, inFlight)
  askAboutAllHolds(state)
}

/** Applies one record: the same facts in the same order as when they were decided. */
export function replay(state: BookState, { segment, facts }: JournalRecord): void {
  const content = segment === null ? null : segmentIn(segment)
  const entries = [...(content?.entries ?? [])]
  for (const fact of facts) {
    observe(state.ports.clock, fact)
    applyFact(state, fact.type === 'entry' ? nextOf(entries) : fact)
  }
  if (content && segment) appendOwn(state, content, segment)
}

/** What was given an id or a stamp is in no segment for a while, or for ever; what comes now is later all the same. */
function observe(clock: HybridClock, fact: RecordedFact): void {
  if (fact.type === 'accepted' || fact.type === 'entered') clock.observe(stampOfId(fact.order.id))
  else if (fact.type === 'intent') clock.observe(fact.batch.stamp)
}

/** The entry that stands at this place among the facts of a record. */
function nextOf(entries: Entry[]): Fact {
  const entry = entries.shift()
  if (!entry) throw new Error('a journal record has fewer entries in its segment than in its facts')
  return { type: 'entry', entry, evidence: null }
}

function appendOwn(state: BookState, segment: Segment, words: Words): void {
  const { signer, networkId, clock } = state.ports
  clock.observe(segment.stamp)
  state.feedOf(state.self).append(ownSegmentIn(signer, networkId, segment, words))
}

/** Own words, read back from the own journal: their form is known. */
function segmentIn({ body }: Words): Segment {
  return segmentOf(JSON.parse(body) as WrittenSegment)
}
