/** 1 and 5: the figures of an order add up, and what is reserved or gone is free for nothing. */
import type { OrderId } from '../../book/order.ts'
import type { Amended, Cancelled, Entry, Expired, Filled, Forced } from '../../feed/entry.ts'
import { millisecondsOf, stampOfId } from '../../feed/hybrid-clock.ts'
import type { Batch } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { tradeKeyOf, type Exchange } from './exchange.ts'
import { freeOf, isFromReserved, isWhole, leftOf, type Ledger, type Tally } from './ledger.ts'

/** An entry about one order that has been placed or accepted before. */
type Change = Filled | Cancelled | Expired | Amended

export function quantitiesAddUp(exchange: Exchange): Checker {
  return {
    invariant: 1,
    name: 'quantitiesAddUp',
    always: 'No order is filled beyond its quantity, and quantity = filled + lapsed + remaining in every entry.',
    fact: (fact, ledger) => {
      if (fact.type === 'settled') return neverBelowNothing(fact, ledger)
      if (fact.type === 'forced') return isHeld(fact, ledger)
      if (fact.type === 'entry' && fact.entry.type === 'forced') return isShownAsForced(fact.entry, ledger)
      if (fact.type !== 'entry' || !isChange(fact.entry)) return fine
      const tally = ledger.tallies.get(fact.entry.orderId)
      return tally
        ? [...amended(fact.entry, tally), ...remains(fact.entry, tally), ...named(exchange, ledger, fact.entry)]
        : fine
    },
  }
}

/** The entry says what remains; the entries before it leave so much. */
function remains(entry: Change, tally: Tally): Found {
  const change = entry.type === 'amended' ? leftOf(tally) - (entry.quantity - tally.filled) : entry.quantity
  const left = leftOf(tally) - change
  return unless(
    left >= 0 && entry.remaining === left,
    () => `${tally.name} has ${left} lots left, but is ${entry.type} with ${entry.remaining}`,
  )
}

/** An order only becomes smaller, and never smaller than what is filled or reserved of it. */
function amended(entry: Change, tally: Tally): Found {
  if (entry.type !== 'amended') return fine
  const { quantity } = entry
  const { name, order, filled, lapsed, reserved } = tally
  return [
    ...unless(quantity < order.quantity - lapsed, () => `${name} is amended to ${quantity} lots, which is not less`),
    ...unless(quantity >= filled + reserved, () => `${name} is amended below what is filled and reserved`),
  ]
}

/**
 * Over the union of all feeds: makers never fill more of an order than it is for. What its user has released without its maker trades
 * again, and may turn out to have been filled: the dispute says so.
 */
function named(exchange: Exchange, { market }: Ledger, entry: Change): Found {
  if (entry.type !== 'filled' || entry.liquidity === 'taker') return fine
  const { peer, orderId } = entry.counterparty
  const taker = exchange.tallyOf(peer, market.id, orderId)
  const filled = (exchange.namedAsTaker.get(`${peer}/${orderId}`) ?? 0) + entry.quantity
  const released = releasedOf(exchange, exchange.ledgerOf(peer, market.id), orderId)
  return unless(
    !taker || filled <= taker.order.quantity + released,
    () => `${taker?.name} is for ${taker?.order.quantity} lots, but its makers fill ${filled}`,
  )
}

/** Lots of an order that its user has taken back from makers which had not decided. */
function releasedOf(exchange: Exchange, ledger: Ledger | undefined, id: OrderId): number {
  if (!ledger?.forcedOrders.has(id)) return 0
  const released = [...ledger.forced].map(([tradeId, filled]) => {
    const proposal = exchange.tradeOf(tradeKeyOf(ledger.owner, tradeId))?.proposal?.proposal
    return proposal?.orderId === id ? proposal.quantity - filled : 0
  })
  return released.reduce((sum, lots) => sum + lots, 0)
}

function neverBelowNothing({ maker, n, filled }: Fact & { type: 'settled' }, ledger: Ledger): Found {
  const batch = ledger.undecided.get(maker)
  if (batch?.n !== n) return fine
  const returned = new Map<OrderId, number>()
  for (const [index, { orderId, tradeId, quantity }] of batch.proposals.entries())
    if (!ledger.forced.has(tradeId))
      returned.set(orderId, (returned.get(orderId) ?? 0) + quantity - (filled[index] ?? 0))
  return [...returned].flatMap(([id, lots]) => {
    const tally = ledger.tallies.get(id)
    return unless(
      !tally || (lots >= 0 && lots <= tally.reserved),
      () => `${tally?.name} gets back ${lots} lots where ${tally?.reserved} are reserved`,
    )
  })
}

/** Only what is undecided can be forced, once, and no more of it than was asked for. */
function isHeld({ maker, n, tradeId, filled }: Fact & { type: 'forced' }, ledger: Ledger): Found {
  const batch = ledger.undecided.get(maker)
  const proposal = batch?.n === n ? batch.proposals.find(one => one.tradeId === tradeId) : undefined
  const isUndecided = proposal !== undefined && !ledger.forced.has(tradeId) && filled <= proposal.quantity
  return unless(isUndecided, () => `${ledger.name} forces ${filled} lots of ${tradeId}, which are not in doubt`)
}

/** The fact before it has been added up already. */
function isShownAsForced({ orderId, tradeId, quantity, remaining }: Forced, ledger: Ledger): Found {
  const tally = ledger.tallies.get(orderId)
  const left = tally ? leftOf(tally) : remaining
  return [
    ...unless(ledger.forced.get(tradeId) === quantity, () => `${tally?.name} is shown as forced by what nobody stated`),
    ...unless(left === remaining, () => `${tally?.name} has ${left} lots left, but is forced with ${remaining}`),
  ]
}

export function whatIsReservedIsNotFree(exchange: Exchange): Checker {
  return {
    invariant: 5,
    name: 'whatIsReservedIsNotFree',
    always: 'What is reserved is never matched, offered or cancelled, and what has ended is never filled.',
    fact: (fact, ledger) => {
      if (fact.type === 'intent') return offers(fact.batch, ledger)
      if (fact.type === 'lapsed') return lapses(ledger.tallies.get(fact.orderId), fact.quantity)
      return fact.type === 'entry' && isChange(fact.entry) ? changes(ledger, fact.entry, exchange) : fine
    },
  }
}

function changes(ledger: Ledger, entry: Change, exchange: Exchange): Found {
  const tally = ledger.tallies.get(entry.orderId)
  if (!tally) return fine
  if (entry.type === 'filled') return filled(ledger, tally, entry, exchange)
  if (entry.type === 'amended') return unless(tally.endedIn === null, () => `${tally.name} is amended after its end`)
  return lapses(tally, entry.quantity)
}

/** A trade's id tells the time only as long as all clocks tell the same. */
function filled(ledger: Ledger, tally: Tally, entry: Filled, { areClocksRight }: Exchange): Found {
  const { name, endedIn, conditions } = tally
  const { expiresAtMs } = conditions
  const isInTime = expiresAtMs === null || millisecondsOf(stampOfId(entry.tradeId)) < expiresAtMs
  const inTime = unless(
    isInTime || !areClocksRight,
    () => `${name} is filled by a trade that was proposed after its time`,
  )
  if (isFromReserved(ledger, entry))
    return [
      ...inTime,
      ...unless(entry.quantity <= tally.reserved, () => `${name} is filled with more than was asked for`),
    ]
  return [
    ...inTime,
    ...unless(endedIn === null, () => `${name} is filled after its end`),
    ...unless(entry.quantity <= freeOf(tally), () => `${name} is filled with what is reserved or gone`),
  ]
}

function lapses(tally: Tally | undefined, quantity: number): Found {
  if (tally && isWhole(tally))
    return unless(quantity <= tally.kept, () => `${tally.name} loses more than what is in none of its parts`)
  return unless(!tally || quantity <= freeOf(tally), () => `${tally?.name} loses what is reserved or gone`)
}

function offers({ proposals }: Batch, ledger: Ledger): Found {
  const offered = new Map<OrderId, number>()
  for (const { orderId, quantity } of proposals) offered.set(orderId, (offered.get(orderId) ?? 0) + quantity)
  return [...offered].flatMap(([id, quantity]) => offer(ledger.tallies.get(id), quantity, ledger.records))
}

function offer(tally: Tally | undefined, quantity: number, now: number): Found {
  if (!tally) return fine
  return [
    ...unless(quantity <= freeOf(tally), () => `${tally.name} is offered with what is reserved or gone`),
    // What a decision has drafted before it ended the order still goes out, in the same record.
    ...unless(tally.endedIn === null || tally.endedIn === now, () => `${tally.name} is offered after its end`),
  ]
}

export function isChange(entry: Entry): entry is Change {
  return entry.type === 'filled' || entry.type === 'cancelled' || entry.type === 'expired' || entry.type === 'amended'
}
