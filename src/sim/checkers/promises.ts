/** 5 and 8: what users are told holds for ever. */
import { parseLots } from '../../book/decimals.ts'
import { isRefusal } from '../../book/refusal.ts'
import type { OrderId } from '../../book/order.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { OrderOutcome } from '../../peer/outcome.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { outcomesIn } from '../history.ts'
import type { Exchange } from './exchange.ts'
import type { Ledger, Tally } from './ledger.ts'
import { isChange } from './quantities.ts'

export function whatIsToldIsDurable(exchange: Exchange): Checker {
  return {
    invariant: 8,
    name: 'whatIsToldIsDurable',
    always: 'Everything that a user is told stands in the durable journal by then, and its figures add up.',
    happened: {
      answered: ({ peer, answer }) => outcomesIn(answer).flatMap(outcome => told(exchange, peer, outcome)),
      told: ({ peer, outcome }) => told(exchange, peer, outcome),
    },
  }
}

function told(exchange: Exchange, peer: string, { order, fills, inDoubt }: OrderOutcome): Found {
  const ledger = exchange.ledgerAt(peer, order.market)
  const tally = ledger?.tallies.get(order.id)
  const name = order.clientOrderId ?? order.id
  if (!ledger || !tally) return [`${peer} is told of ${name}, which its journal does not have`]
  const [quantity, filled, lapsed, remaining, reserved] = [
    order.quantity,
    order.filled,
    order.lapsed,
    order.remaining,
    inDoubt,
  ].map(text => lotsOf(text, ledger.market.lotSize)) as [number, number, number, number, number]
  const unknown = fills.filter(({ tradeId }) => !tally.fills.has(tradeId))
  return [
    ...unless(quantity === filled + lapsed + remaining, () => `${peer} is told figures of ${name} that do not add up`),
    ...unless(reserved <= remaining, () => `${peer} is told that more of ${name} is in doubt than remains`),
    ...unless(unknown.length === 0, () => `${peer} is told of a fill of ${name} that its journal does not have`),
    ...unless(
      filled <= tally.filled && lapsed <= tally.lapsed,
      () =>
        `${peer} is told that ${filled} of ${name} is filled and ${lapsed} lapsed; its journal says ${tally.filled} and ${tally.lapsed}`,
    ),
  ]
}

export function cancelledIsCancelled(exchange: Exchange): Checker {
  return {
    invariant: 5,
    name: 'cancelledIsCancelled',
    always: 'After its user has been told that an order ends, no more of it is filled than was in doubt then.',
    happened: {
      answered: ({ peer, answer }) => outcomesIn(answer).flatMap(outcome => promise(exchange, peer, outcome)),
      told: ({ peer, outcome }) => promise(exchange, peer, outcome),
    },
    fact: (fact, ledger) => {
      if (fact.type !== 'entry' || fact.entry.type !== 'filled') return fine
      const tally = ledger.tallies.get(fact.entry.orderId)
      const known = tally?.whole ?? tally
      return known ? keeps(known, known.filled + fact.entry.quantity) : fine
    },
  }
}

/** Notes down the promise; what was filled beyond it before it was given is a violation at once. */
function promise(exchange: Exchange, peer: string, { status, order, inDoubt }: OrderOutcome): Found {
  const ledger = exchange.ledgerAt(peer, order.market)
  const tally = ledger?.tallies.get(order.id)
  if (!ledger || !tally || !['cancelled', 'cancel_pending', 'expired', 'filled'].includes(status)) return fine
  const { lotSize } = ledger.market
  tally.promisedMax = Math.min(tally.promisedMax, lotsOf(order.filled, lotSize) + lotsOf(inDoubt, lotSize))
  return keeps(tally, tally.filled)
}

function keeps({ name, promisedMax, order }: Tally, filled: number): Found {
  return unless(
    filled <= promisedMax || promisedMax === order.quantity,
    () => `${name} is filled with ${filled} lots, and its user has been told that it ends at ${promisedMax}`,
  )
}

/** The notation of quantities has no zero; what users are told does. */
function lotsOf(text: string, lotSize: string): number {
  if (/^0(\.0*)?$/.test(text)) return 0
  const lots = parseLots(text, lotSize)
  return isRefusal(lots) ? Number.NaN : lots
}

export function ordersAreKnown(): Checker {
  return {
    invariant: 8,
    name: 'ordersAreKnown',
    always: 'A journal speaks only of orders that it has accepted, and settles only batches that it has.',
    fact: (fact, ledger) => {
      if (fact.type === 'settled') return isBegun(fact, ledger)
      const unknown = idsIn(fact).filter(id => !ledger.tallies.has(id))
      return unknown.map(id => `${ledger.name} speaks of the order ${id}, which it never accepted`)
    },
  }
}

function isBegun({ maker, n }: Fact & { type: 'settled' }, ledger: Ledger): Found {
  return unless(
    ledger.undecided.get(maker)?.n === n,
    () => `${ledger.name} settles batch ${n}, which it has not journalled`,
  )
}

/** The own orders of which a fact speaks. */
function idsIn(fact: Fact): readonly OrderId[] {
  if (fact.type === 'entry')
    return fact.entry.type === 'placed' ? [fact.entry.order.id] : isChange(fact.entry) ? [fact.entry.orderId] : []
  if (fact.type === 'intent') return fact.batch.proposals.map(({ orderId }) => orderId)
  if (fact.type === 'triggered') return fact.orderIds
  if (fact.type === 'entered') return [fact.wholeId]
  return 'orderId' in fact ? [fact.orderId] : []
}
