/**
 * What is always true of an exchange, as small named checks over the journals of its peers and what they hold. Pure: reads, and
 * gives the violations in sentences. The numbers are those of the design's list of invariants.
 */
import { isMarketable, orderKey } from '../book/order.ts'
import type { Conditions, NewOrder, OrderId, OrderKey, PeerId } from '../book/order.ts'
import { Feed } from '../feed/feed.ts'
import type { Amended, Cancelled, Entry, Expired, Filled } from '../feed/entry.ts'
import { millisecondsOf, stampOfId } from '../feed/hybrid-clock.ts'
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
  readonly conditions: Conditions
  filled: number
  lapsed: number
  reserved: number
  isPlaced: boolean
  /** True once it is cancelled or expired: nothing of it may be filled but what is reserved. */
  isClosing: boolean
}

/** An entry about one order that has been placed or accepted before. */
type Change = Filled | Cancelled | Expired | Amended

interface Reading {
  readonly self: PeerId
  readonly tallies: Map<OrderId, Tally>
  readonly batches: Batch[]
  readonly violations: string[]
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

/** Adds up one journal; what breaks on the way (1, 5, 8, 12) is a violation. */
function historyOf({ self, networkId, records }: Subject): History {
  const segments = records.flatMap(({ segment }) => (segment ? [openOwn(networkId, segment)] : []))
  const facts = records.flatMap(factsOf)
  const reading: Reading = { self, tallies: new Map(), batches: [], violations: [] }
  for (const fact of facts) add(reading, fact)
  return { ...reading, segments, facts }
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

function add(reading: Reading, fact: Fact): void {
  switch (fact.type) {
    case 'accepted': {
      const { order, conditions } = fact
      const figures = { filled: 0, lapsed: 0, reserved: 0, isPlaced: false, isClosing: false }
      reading.tallies.set(order.id, { order, conditions, ...figures })
      return
    }
    case 'lapsed':
      return lapse(reading, fact.orderId, fact.quantity)
    case 'closing':
      tallyOf(reading, fact.orderId).isClosing = true
      return
    case 'intent':
      return reserve(reading, fact.batch)
    case 'settled':
      return settle(reading, fact)
    case 'entry':
      return addEntry(reading, fact.entry)
    case 'answered':
    case 'reported':
      return
  }
}

function tallyOf({ self, tallies }: Reading, id: OrderId): Tally {
  const tally = tallies.get(id)
  if (!tally) throw new Error(`the journal of ${self} speaks of the order ${id}, which it never accepted`)
  return tally
}

function freeOf({ order, filled, lapsed, reserved }: Tally): number {
  return order.quantity - filled - lapsed - reserved
}

function check(reading: Reading, holds: boolean, sentence: string): void {
  if (!holds) reading.violations.push(sentence)
}

function addEntry(reading: Reading, entry: Entry): void {
  switch (entry.type) {
    case 'opened':
    case 'checkpoint':
      return
    case 'placed':
      tallyOf(reading, entry.order.id).isPlaced = true
      return
    case 'filled':
      addFill(reading, entry)
      return checkRemaining(reading, entry)
    case 'cancelled':
    case 'expired':
      end(reading, entry)
      return checkRemaining(reading, entry)
    case 'amended':
      amend(reading, entry)
      return checkRemaining(reading, entry)
  }
}

function addFill(reading: Reading, { orderId, tradeId, quantity, liquidity, counterparty }: Filled): void {
  const tally = tallyOf(reading, orderId)
  const isFromReserved = liquidity === 'taker' && counterparty.peer !== reading.self
  const isFromFree = !isFromReserved
  check(reading, !(isFromFree && tally.isClosing), `${orderId} is filled after its end (5)`)
  check(reading, !(isFromFree && quantity > freeOf(tally)), `${orderId} is filled with what is reserved or gone (1, 5)`)
  check(reading, !(liquidity === 'taker' && tally.conditions.postOnly), `the post-only order ${orderId} takes (12)`)
  const { expiresAtMs } = tally.conditions
  const isInTime = expiresAtMs === null || millisecondsOf(stampOfId(tradeId)) < expiresAtMs
  check(reading, isInTime, `${orderId} is filled by the trade ${tradeId}, which was proposed after its time (5)`)
  tally.filled += quantity
  if (isFromReserved) tally.reserved -= quantity
}

/** A self-trade may take a part of an order only; every other reason ends it. */
function end(reading: Reading, entry: Cancelled | Expired): void {
  const { orderId, quantity } = entry
  const tally = tallyOf(reading, orderId)
  const isGtd = tally.order.timeInForce === 'gtd'
  check(reading, entry.type === 'cancelled' || isGtd, `${orderId} expires, but has no time to end (12)`)
  lapse(reading, orderId, quantity)
  if (entry.type === 'expired' || entry.reason !== 'self_trade_prevented') tally.isClosing = true
}

function lapse(reading: Reading, orderId: OrderId, quantity: number): void {
  const tally = tallyOf(reading, orderId)
  check(reading, quantity <= freeOf(tally), `${orderId} loses what is reserved or gone (5)`)
  tally.lapsed += quantity
}

/** 1: an order only becomes smaller, and never smaller than what is filled or reserved of it. */
function amend(reading: Reading, { orderId, quantity }: Amended): void {
  const tally = tallyOf(reading, orderId)
  const { order, filled, lapsed, reserved, isClosing } = tally
  check(reading, quantity < order.quantity - lapsed, `${orderId} is amended to ${quantity} lots, which is not less (1)`)
  check(reading, quantity >= filled + reserved, `${orderId} is amended below what is filled and reserved (1, 5)`)
  check(reading, !isClosing, `${orderId} is amended after its end (5)`)
  tally.lapsed = order.quantity - quantity
}

/** 1: what an entry says to remain is what the entries before it leave. */
function checkRemaining(reading: Reading, { type, orderId, remaining }: Change): void {
  const { order, filled, lapsed } = tallyOf(reading, orderId)
  const left = order.quantity - filled - lapsed
  check(reading, remaining === left, `${orderId} has ${left} lots left, but is ${type} with ${remaining} (1)`)
}

function reserve(reading: Reading, batch: Batch): void {
  reading.batches.push(batch)
  for (const { orderId, quantity } of batch.proposals) {
    const tally = tallyOf(reading, orderId)
    check(reading, quantity <= freeOf(tally), `${orderId} is offered with what is reserved or gone (5)`)
    check(reading, !tally.conditions.postOnly, `the post-only order ${orderId} is proposed to a maker (12)`)
    tally.reserved += quantity
  }
}

function settle(reading: Reading, { maker, n, filled }: Fact & { type: 'settled' }): void {
  const batch = reading.batches.find(candidate => candidate.maker === maker && candidate.n === n)
  check(reading, batch !== undefined, `${reading.self} settles batch ${n} to ${maker}, which it never journalled (8)`)
  for (const [index, { orderId, quantity }] of (batch?.proposals ?? []).entries())
    tallyOf(reading, orderId).reserved -= quantity - (filled[index] ?? 0)
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
