/** 9: what is read of the feeds of others, and how. */
import { lastSequenceOf, type Segment } from '../../feed/segment.ts'
import { beginsAnew } from '../../feed/feed.ts'
import { millisecondsOf } from '../../feed/hybrid-clock.ts'
import type { Cursor } from '../../feed/entry.ts'
import type { OrderId } from '../../book/order.ts'
import { limits } from '../../limits.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import type { Exchange } from './exchange.ts'
import { leftOf, type Ledger } from './ledger.ts'
import type { ShownSegment } from './shown.ts'

export function replicasFollowTheirOwners(exchange: Exchange): Checker {
  return {
    invariant: 9,
    name: 'replicasFollowTheirOwners',
    always: "A replica is a prefix of its owner's durable feed, and shows what that says of each order.",
    stepped: () =>
      exchange.shown.isEmpty ? fine : [...exchange.shown.segments].flatMap(shown => follows(exchange, shown)),
    quiet: () => allFollow(exchange),
  }
}

function follows(exchange: Exchange, { name, segment }: ShownSegment): Found {
  const { owner, market } = segment
  const book = exchange.options
    .onstage()
    .find(one => one.name === name)
    ?.peer.book(market)
  const head = book?.headOf(owner)
  if (!book || !head || exchange.peerIds.get(name) === owner || exchange.forkers.has(owner)) return fine
  const isPrefix = unless(
    exchange.isHeadOf(owner, head),
    () => `${name} has read ${head.sequence} of ${exchange.nameOf(owner)}, which its journal does not have`,
  )
  const isLast = head.incarnation === segment.incarnation && head.sequence === lastSequenceOf(segment)
  if (!isLast || !book.isWhole(owner)) return isPrefix
  const wrong = [...lastWordsOf(exchange, segment)].filter(
    ([id, remaining]) => book.remainingOf(owner, id) !== remaining,
  )
  return [
    ...isPrefix,
    ...wrong.map(
      ([id, remaining]) =>
        `to ${name} ${exchange.orderName(owner, segment.market, id)} has ${book.remainingOf(owner, id)} lots left, to its owner ${remaining}`,
    ),
  ]
}

/** What a segment says last of each order that others may see. An order that was never placed is nobody's business. */
function lastWordsOf(exchange: Exchange, { owner, market, entries }: Segment): Map<OrderId, number> {
  const last = new Map<OrderId, number>()
  for (const entry of entries) {
    if (entry.type === 'placed') last.set(entry.order.id, entry.order.remaining)
    else if (entry.type === 'checkpoint') for (const { id, remaining } of entry.orders) last.set(id, remaining)
    else if (entry.type !== 'opened' && exchange.tallyOf(owner, market, entry.orderId)?.isPlaced)
      last.set(entry.orderId, entry.remaining)
  }
  return last
}

/** At rest everybody holds of everybody what that one's journal has open. */
function allFollow(exchange: Exchange): Found {
  return exchange.options
    .onstage()
    .flatMap(({ name, peer }) =>
      [...exchange.ledgers]
        .filter(({ owner, market }) => owner !== peer.id && peer.markets.some(({ id }) => id === market.id))
        .flatMap(ledger => holds(exchange, name, ledger)),
    )
}

function holds(exchange: Exchange, name: string, ledger: Ledger): Found {
  const { owner, market } = ledger
  const book = exchange.options
    .onstage()
    .find(one => one.name === name)
    ?.peer.book(market.id)
  if (!book || exchange.forkers.has(owner) || book.headOf(owner)?.hash !== ledger.head?.hash) return fine
  const wrong = [...ledger.tallies.values()].filter(tally => {
    const shown = tally.isPlaced ? leftOf(tally) : 0
    return book.remainingOf(owner, tally.order.id) !== shown
  })
  return wrong.map(tally => `at rest ${name} holds ${tally.name} otherwise than its owner`)
}

/** Looks at a replica whenever a segment of it has been shown: nothing else moves it. */
export function replicasAreReadInOrder(exchange: Exchange): Checker {
  return {
    invariant: 9,
    name: 'replicasAreReadInOrder',
    always: 'A replica is read segment by segment, without a gap, never back, and nothing of it before its time.',
    stepped: () => {
      const { shown } = exchange
      if (shown.isEmpty) return fine
      /** How far each replica had been read before the segment that is looked at, by reader, market and owner. */
      const cursors = new Map<string, Cursor | null>()
      return [...shown.segments].flatMap(one => readOn(exchange, cursors, one))
    },
  }
}

function readOn(exchange: Exchange, cursors: Map<string, Cursor | null>, shown: ShownSegment): Found {
  const { name, segment, before } = shown
  const { owner, market, incarnation } = segment
  const key = `${name} ${market} ${owner}`
  const cursor = cursors.get(key) ?? before
  const now = exchange.shown.headOf(name, market, owner)
  if (!now || exchange.forkers.has(owner)) return fine
  if (cursor && isBehind(now, cursor)) return [`${name} goes back in the feed of ${exchange.nameOf(owner)}`]
  const end = { incarnation, sequence: lastSequenceOf(segment) }
  const isRead = end.incarnation === now.incarnation && end.sequence <= now.sequence
  if (!isRead || (cursor && !isBehind(cursor, end))) return fine
  cursors.set(key, end)
  return [...continues(exchange, shown, cursor), ...isDue(exchange, shown)]
}

/** Incarnations are ids, which order like time. */
function isBehind(one: Cursor, other: Cursor): boolean {
  return one.incarnation === other.incarnation ? one.sequence < other.sequence : one.incarnation < other.incarnation
}

function continues(exchange: Exchange, { name, segment }: ShownSegment, cursor: Cursor | null): Found {
  const { owner, incarnation, first } = segment
  const isNext = cursor?.incarnation === incarnation && cursor.sequence + 1 === first
  return unless(
    isNext || beginsAnew(segment),
    () => `${name} reads ${first} of ${exchange.nameOf(owner)}, and not what comes before it`,
  )
}

/** The reader's own clock counts, right or wrong. */
function isDue(exchange: Exchange, { name, segment }: ShownSegment): Found {
  const aheadMs = millisecondsOf(segment.stamp) - exchange.options.wallMs(name)
  return unless(
    aheadMs <= limits.clockAheadMsMax,
    () =>
      `${name} reads ${segment.first} of ${exchange.nameOf(segment.owner)}, which is stamped ${Math.round(aheadMs)} ms ahead of its clock`,
  )
}
