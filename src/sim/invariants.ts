/**
 * What is always true of an exchange, as small named checks over the journals of its peers and what they hold. Pure: reads, and
 * gives the violations in sentences. The numbers are those of the design's list of invariants.
 */
import { isMarketable, orderKey, type NewOrder, type OrderId, type OrderKey, type PeerId } from '../book/order.ts'
import { Feed } from '../feed/feed.ts'
import type { Filled } from '../feed/entry.ts'
import { hashOf, segmentDomain, type Segment, type SignedSegment } from '../feed/segment.ts'
import type { Batch } from '../net/messages.ts'
import type { Fact } from '../peer/decide/fact.ts'
import type { JournalRecord, RecordedFact } from '../peer/decide/group.ts'

/** One peer's journal of one market, oldest record first. */
export interface Subject {
  readonly self: PeerId
  readonly networkId: string
  readonly records: readonly JournalRecord[]
}

/** The figures of one own order, added up from a journal. */
interface Tally {
  readonly order: NewOrder
  filled: number
  lapsed: number
  reserved: number
  isPlaced: boolean
  /** Lots that the owner has acknowledged as cancelled. */
  isClosing: boolean
}

interface History {
  readonly self: PeerId
  readonly segments: readonly SignedSegment[]
  readonly facts: readonly Fact[]
  readonly tallies: ReadonlyMap<OrderId, Tally>
  readonly batches: readonly Batch[]
  readonly violations: readonly string[]
}

/** Everything that must hold at any moment, quiet or not, whatever has been lost. */
export function alwaysViolations(subjects: readonly Subject[]): string[] {
  const histories = subjects.map(historyOf)
  return [
    ...histories.flatMap(({ violations }) => violations),
    ...histories.flatMap(quantitiesAddUp),
    ...histories.flatMap(feedsHaveNoGap),
    ...tradesAreDecidedOnce(histories),
    ...takersFillsAreTheMakers(histories),
    ...pricesAreTheEarlierOrders(histories),
    ...histories.flatMap(neverRestsWhatMustNot),
    ...noAccountTradesWithItself(histories),
  ]
}

/** What must hold besides once everything has been delivered: each maker's fill has its counterpart. */
export function quietViolations(subjects: readonly Subject[]): string[] {
  const histories = subjects.map(historyOf)
  return [...makersFillsAreTheTakers(histories), ...histories.flatMap(nothingIsReserved)]
}

/** Adds up one journal; what breaks on the way (1, 5: overfills, fills of what is closed) is a violation. */
function historyOf({ self, networkId, records }: Subject): History {
  const segments = records.flatMap(({ segment }) => (segment ? [openOwn(networkId, segment)] : []))
  const facts = records.flatMap(factsOf)
  const tallies = new Map<OrderId, Tally>()
  const batches: Batch[] = []
  const violations: string[] = []
  for (const fact of facts) add(self, fact, tallies, batches, violations)
  return { self, segments, facts, tallies, batches, violations }
}

function openOwn(networkId: string, signed: SignedSegment['signed']): SignedSegment {
  const segment = JSON.parse(signed.body) as Segment
  return { segment, signed, hash: hashOf(segmentDomain(networkId, segment.market), signed) }
}

function factsOf({ segment, facts }: JournalRecord): Fact[] {
  const entries = segment ? [...(JSON.parse(segment.body) as Segment).entries] : []
  const full = (fact: RecordedFact): Fact => {
    if (fact.type !== 'entry') return fact
    const entry = entries.shift()
    if (!entry) throw new Error('a journal record names more entries than its segment has')
    return { type: 'entry', entry, evidence: null }
  }
  return facts.map(full)
}

function add(self: PeerId, fact: Fact, tallies: Map<OrderId, Tally>, batches: Batch[], violations: string[]): void {
  const tallyOf = (id: OrderId): Tally => {
    const tally = tallies.get(id)
    if (!tally) throw new Error(`the journal of ${self} speaks of the order ${id}, which it never accepted`)
    return tally
  }
  switch (fact.type) {
    case 'accepted':
      tallies.set(fact.order.id, {
        order: fact.order,
        filled: 0,
        lapsed: 0,
        reserved: 0,
        isPlaced: false,
        isClosing: false,
      })
      return
    case 'lapsed':
      tallyOf(fact.orderId).lapsed += fact.quantity
      return
    case 'closing':
      tallyOf(fact.orderId).isClosing = true
      return
    case 'intent':
      batches.push(fact.batch)
      for (const { orderId, quantity } of fact.batch.proposals) tallyOf(orderId).reserved += quantity
      return
    case 'settled':
      return settle(self, fact, batches, tallyOf, violations)
    case 'entry':
      return addEntry(self, fact, tallyOf, violations)
    case 'answered':
    case 'reported':
      return
  }
}

function addEntry(
  self: PeerId,
  { entry }: Fact & { type: 'entry' },
  tallyOf: (id: OrderId) => Tally,
  violations: string[],
): void {
  if (entry.type === 'placed') tallyOf(entry.order.id).isPlaced = true
  if (entry.type === 'cancelled' || entry.type === 'expired') tallyOf(entry.orderId).lapsed += entry.quantity
  if (entry.type === 'amended') {
    const tally = tallyOf(entry.orderId)
    tally.lapsed = tally.order.quantity - entry.quantity
  }
  if (entry.type !== 'filled') return
  const tally = tallyOf(entry.orderId)
  const isFromReserved = entry.liquidity === 'taker' && entry.counterparty.peer !== self
  if (!isFromReserved && tally.isClosing) violations.push(`${entry.orderId} is filled after its cancellation (5)`)
  if (!isFromReserved && entry.quantity > tally.order.quantity - tally.filled - tally.lapsed - tally.reserved)
    violations.push(`${entry.orderId} is filled with what is reserved or gone (1, 5)`)
  tally.filled += entry.quantity
  if (isFromReserved) tally.reserved -= entry.quantity
}

function settle(
  self: PeerId,
  { maker, n, filled }: Fact & { type: 'settled' },
  batches: Batch[],
  tallyOf: (id: OrderId) => Tally,
  violations: string[],
): void {
  const batch = batches.find(candidate => candidate.maker === maker && candidate.n === n)
  if (!batch) {
    violations.push(`${self} settles batch ${n} to ${maker}, which it never journalled (8)`)
    return
  }
  for (const [index, { orderId, quantity }] of batch.proposals.entries())
    tallyOf(orderId).reserved -= quantity - (filled[index] ?? 0)
}

/** 1: no order is filled beyond its quantity, and filled, lapsed and reserved never exceed it. */
function quantitiesAddUp({ tallies }: History): string[] {
  return [...tallies].flatMap(([id, { order, filled, lapsed, reserved }]) =>
    reserved < 0 || filled + lapsed + reserved > order.quantity
      ? [`${id}: of ${order.quantity} lots ${filled} are filled, ${lapsed} lapsed, ${reserved} reserved (1)`]
      : [],
  )
}

/** 9: within an incarnation a feed has neither gap nor fork. */
function feedsHaveNoGap({ self, segments }: History): string[] {
  const feed = new Feed()
  const wrong: string[] = []
  for (const next of segments) {
    const relation = feed.relationOf(next)
    const isFirst = relation === 'anew' && next.segment.first === 1
    if (relation === 'next' || isFirst) feed.append(next)
    else wrong.push(`the feed of ${self} has a ${relation} at ${next.segment.first} (9)`)
  }
  return wrong
}

interface FillAt extends Filled {
  readonly owner: PeerId
}

function fillsOf(histories: readonly History[], liquidity: Filled['liquidity']): FillAt[] {
  return histories.flatMap(({ self, segments }) =>
    segments
      .flatMap(({ segment }) => segment.entries)
      .filter(entry => entry.type === 'filled')
      .filter(entry => entry.liquidity === liquidity)
      .map(entry => ({ ...entry, owner: self })),
  )
}

/** A trade's key is its taker's peer and its id: strangers can copy ids. */
function tradeKey(fill: FillAt): string {
  return `${fill.liquidity === 'taker' ? fill.owner : fill.counterparty.peer}/${fill.tradeId}`
}

/** 2: one decision for each trade. */
function tradesAreDecidedOnce(histories: readonly History[]): string[] {
  return (['maker', 'taker'] as const).flatMap(liquidity => {
    const seen = new Set<string>()
    return fillsOf(histories, liquidity).flatMap(fill => {
      const key = tradeKey(fill)
      if (seen.has(key)) return [`the trade ${key} is booked twice by its ${liquidity} (2)`]
      seen.add(key)
      return []
    })
  })
}

/** 3, 7: what a taker has filled, its maker has filled, to the lot. */
function takersFillsAreTheMakers(histories: readonly History[]): string[] {
  return withoutCounterpart(fillsOf(histories, 'taker'), fillsOf(histories, 'maker'), histories)
}

function makersFillsAreTheTakers(histories: readonly History[]): string[] {
  return withoutCounterpart(fillsOf(histories, 'maker'), fillsOf(histories, 'taker'), histories)
}

function withoutCounterpart(
  fills: readonly FillAt[],
  others: readonly FillAt[],
  histories: readonly History[],
): string[] {
  const known = new Set(histories.map(({ self }) => self))
  const byKey = new Map(others.map(other => [tradeKey(other), other]))
  return fills
    .filter(({ counterparty }) => known.has(counterparty.peer))
    .filter(fill => !isCounterpart(fill, byKey.get(tradeKey(fill))))
    .map(fill => `the ${fill.liquidity}'s fill of trade ${tradeKey(fill)} has no equal counterpart (3, 7)`)
}

function isCounterpart(fill: FillAt, other: FillAt | undefined): boolean {
  if (!other) return false
  const isSameTrade = fill.price === other.price && fill.quantity === other.quantity && fill.side !== other.side
  const isMutual = fill.counterparty.orderId === other.orderId && other.counterparty.orderId === fill.orderId
  return isSameTrade && isMutual && fill.counterparty.peer === other.owner && other.counterparty.peer === fill.owner
}

/** 4: the price is the earlier order's limit and within the later one's. */
function pricesAreTheEarlierOrders(histories: readonly History[]): string[] {
  const orders = new Map<OrderKey, NewOrder>()
  for (const { self, tallies } of histories)
    for (const [id, { order }] of tallies) orders.set(orderKey(self, id), order)
  return fillsOf(histories, 'maker').flatMap(fill => {
    const maker = orders.get(orderKey(fill.owner, fill.orderId))
    const taker = orders.get(orderKey(fill.counterparty.peer, fill.counterparty.orderId))
    const wrong = [`trade ${tradeKey(fill)} has a price or an order of precedence that is wrong (4)`]
    if (!maker || fill.price !== maker.price) return wrong
    if (taker && (taker.id <= maker.id || !isMarketable(taker.side, taker.price, fill.price))) return wrong
    return []
  })
}

/** 12: what must not rest never does. */
function neverRestsWhatMustNot({ tallies }: History): string[] {
  return [...tallies].flatMap(([id, { order, isPlaced }]) =>
    isPlaced && order.timeInForce === 'ioc' ? [`the ioc order ${id} rests (12)`] : [],
  )
}

/** 12: two orders of one account at one peer never trade with each other. */
function noAccountTradesWithItself(histories: readonly History[]): string[] {
  return histories.flatMap(({ self, tallies, segments }) =>
    segments
      .flatMap(({ segment }) => segment.entries)
      .filter(entry => entry.type === 'filled')
      .filter(entry => entry.counterparty.peer === self)
      .filter(
        entry => tallies.get(entry.orderId)?.order.account === tallies.get(entry.counterparty.orderId)?.order.account,
      )
      .map(entry => `the trade ${entry.tradeId} is of one account with itself (12)`),
  )
}

/** 15: nothing is reserved any more. */
function nothingIsReserved({ self, tallies }: History): string[] {
  return [...tallies].flatMap(([id, { reserved }]) =>
    reserved === 0 ? [] : [`${self}/${id} still has ${reserved} lots reserved (15)`],
  )
}
