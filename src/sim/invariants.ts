/**
 * What is always true of an exchange, for those who have only the journals: the judge (judge.ts) reads them as if they had just been
 * written, each record as soon as what it answers has been read. Pure: reads, and gives the violations in sentences, each with its
 * number in the design's list.
 */
import { createMarket, type Market, type MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import { isRefusal } from '../book/refusal.ts'
import { ed25519Verifier } from '../feed/ed25519.ts'
import type { Answer } from '../net/messages.ts'
import type { JournalRecord } from '../peer/decide/group.ts'
import type { Segment } from '../feed/segment.ts'
import { History } from './history.ts'
import { Judge, type Onstage } from './judge.ts'
import { contentOf } from './said.ts'

/** One peer's journal of one market, oldest record first. */
export interface Subject {
  readonly self: PeerId
  readonly networkId: string
  readonly records: readonly JournalRecord[]
}

/** Everything that must hold at any moment, quiet or not, whatever has been lost. The journals are of one market. */
export function alwaysViolations(subjects: readonly Subject[]): string[] {
  return sentencesOf(judgeOf(subjects, []))
}

/** What must hold besides once everything has been delivered and decided: `onstage` are those that run now, by their peer ids. */
export function quietViolations(subjects: readonly Subject[], onstage: readonly Onstage[]): string[] {
  const judge = judgeOf(subjects, onstage)
  judge.quiet()
  return sentencesOf(judge)
}

function sentencesOf({ violations }: Judge): string[] {
  return violations.map(({ sentence, invariant }) => `${sentence} (${invariant})`)
}

function judgeOf(subjects: readonly Subject[], onstage: readonly Onstage[]): Judge {
  const history = new History(() => 0)
  const markets = marketsOf(subjects)
  const textsOf = (name: string): string[] =>
    (subjects.find(({ self }) => self === name)?.records ?? []).map(record => JSON.stringify(record))
  const judge = new Judge({
    history,
    networkId: subjects[0]?.networkId ?? '',
    markets,
    // Of journals alone: nobody hears a segment here, whose signature would be verified.
    verifier: ed25519Verifier(),
    onstage: () => onstage.map(({ peer }) => ({ name: peer.id, peer })),
    journal: textsOf,
    // Journals tell no time: whatever has to wait for it has waited long enough.
    wallMs: () => Number.POSITIVE_INFINITY,
  })
  for (const { self } of subjects) history.add({ type: 'started', peer: self, peerId: self, life: 1 })
  for (const { self, index, record } of inOrder(subjects)) write(history, self, markets[0]?.id, index, record)
  return judge
}

function write(
  history: History,
  peer: PeerId,
  market: MarketId | undefined,
  index: number,
  record: JournalRecord,
): void {
  if (market === undefined) return
  history.add({ type: 'appended', peer, market, index, record })
  history.add({ type: 'synced', peer, market, count: index + 1 })
}

/** A market's id says all about it. A journal without a segment says nothing of its market. */
function marketsOf(subjects: readonly Subject[]): Market[] {
  const segment = subjects.flatMap(({ records }) => records.flatMap(record => record.segment ?? []))[0]
  if (!segment) return []
  const [symbol = '', tickSize = '', lotSize = ''] = (contentOf(segment) as Segment).market.split(':')
  const market = createMarket({ symbol, tickSize, lotSize })
  return isRefusal(market) ? [] : [market]
}

interface Written {
  readonly self: PeerId
  readonly index: number
  readonly record: JournalRecord
}

/**
 * Journals do not say when they were written beside each other: a maker's decision comes behind the intent that it answers, and what a
 * taker settles behind that decision. What waits for a record that is nowhere comes when nothing else is left.
 */
function* inOrder(subjects: readonly Subject[]): Iterable<Written> {
  const known = new Set<string>()
  const waiting = subjects.map(({ self, records }) => ({ self, records, index: 0 }))
  for (;;) {
    const unread = waiting.filter(({ records, index }) => index < records.length)
    const next =
      unread.find(one => causesOf(one.self, one.records[one.index]).every(cause => known.has(cause))) ?? unread[0]
    const record = next?.records[next.index]
    if (!next || !record) return
    yield { self: next.self, index: next.index, record }
    for (const effect of effectsOf(next.self, record)) known.add(effect)
    next.index += 1
  }
}

/** What must have been written before a record. */
function causesOf(self: PeerId, record: JournalRecord | undefined): string[] {
  return (record?.facts ?? []).flatMap(fact => {
    if (fact.type === 'answered') return [`intent ${fact.batch.taker} ${self} ${fact.batch.n}`]
    return fact.type === 'settled' ? [`answer ${self} ${fact.maker} ${fact.n}`] : []
  })
}

function effectsOf(self: PeerId, { facts }: JournalRecord): string[] {
  return facts.flatMap(fact => {
    if (fact.type === 'intent') return [`intent ${self} ${fact.batch.maker} ${fact.batch.n}`]
    if (fact.type !== 'answered') return []
    const { n } = contentOf(fact.answer) as Answer
    return [`answer ${fact.batch.taker} ${self} ${n}`]
  })
}
