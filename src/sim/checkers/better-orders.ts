/** 6: what a new order takes, by its own peer's view of the market at that moment. */
import { parseTicks } from '../../book/decimals.ts'
import { oppositeOf, orderKey, type NewOrder, type OrderId, type OrderKey } from '../../book/order.ts'
import { hasPriority, type Position } from '../../book/priority.ts'
import { isRefusal } from '../../book/refusal.ts'
import type { Segment } from '../../feed/segment.ts'
import type { BookView } from '../../peer/book-view.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { JournalRecord } from '../../peer/decide/group.ts'
import { contentOf } from '../said.ts'
import { fine, type Checker, type Found } from './checker.ts'
import type { Exchange } from './exchange.ts'
import { factsOf, type Ledger } from './ledger.ts'

/**
 * Looks at the one moment at which a journal and a book tell the same: a user's order has been decided on in this step and goes into
 * the journal at once. What other peers have does not change in it.
 */
export function newOrdersTakeTheBest(exchange: Exchange): Checker {
  /** Of other peers, by who has asked for them. */
  const asked = new Map<Ledger, Set<OrderKey>>()
  /** Journals that have become free in this step: what they are given next was decided before. */
  const freed = new Set<Ledger>()
  const askedBy = (ledger: Ledger): Set<OrderKey> => {
    const orders = asked.get(ledger) ?? new Set()
    asked.set(ledger, orders)
    return orders
  }
  return {
    invariant: 6,
    name: 'newOrdersTakeTheBest',
    always: 'A new order takes what is best in the view of its peer, or its journal says why not.',
    fact: (fact, ledger) => {
      if (fact.type !== 'intent') return fine
      for (const { makerOrderId } of fact.batch.proposals) askedBy(ledger).add(orderKey(fact.batch.maker, makerOrderId))
      return fine
    },
    happened: {
      synced: ({ peer, market }) => {
        const ledger = exchange.ledgerAt(peer, market)
        if (ledger) freed.add(ledger)
        return fine
      },
      appended: ({ peer, market, record }) => {
        const ledger = exchange.ledgerAt(peer, market)
        const order = newOrderIn(record)
        if (!ledger || !order || freed.has(ledger) || isShown(exchange, peer)) return fine
        return takesTheBest(exchange, ledger, order, record, askedBy(ledger))
      },
    },
    stepped: () => {
      freed.clear()
      return fine
    },
  }
}

/** Null when there is none, or several. */
function newOrderIn({ facts }: JournalRecord): NewOrder | null {
  const [only, ...others] = facts.filter(fact => fact.type === 'accepted')
  return only && others.length === 0 ? only.order : null
}

/** Its view changes in this step. */
function isShown({ shown }: Exchange, peer: string): boolean {
  return !shown.isEmpty && [...shown.segments].some(({ name }) => name === peer)
}

function takesTheBest(
  exchange: Exchange,
  ledger: Ledger,
  order: NewOrder,
  record: JournalRecord,
  asked: ReadonlySet<OrderKey>,
): Found {
  const facts = factsIn(record)
  const taken = facts.flatMap(fact => takenBy(fact, order.id, ledger))
  if (taken.length === 0) return fine
  const passed = facts.filter(fact => fact.type === 'passed_over').filter(({ orderId }) => orderId === order.id)
  const book = bookOf(exchange, ledger)
  if (!book || passed.some(({ more }) => more > 0)) return fine
  const named = passed.flatMap(({ orders }) => orders)
  const known = new Set([...named, ...taken].map(({ owner, id }) => orderKey(owner, id)))
  const skipped = positionsIn(book, order, ledger).filter(better => {
    const key = orderKey(better.owner, better.id)
    const isBetter = taken.some(one => hasPriority(oppositeOf(order.side), better, one))
    return isBetter && better.id < order.id && !known.has(key) && !asked.has(key)
  })
  const nameOf = ({ owner, id }: Pick<Position, 'owner' | 'id'>) => exchange.orderName(owner, ledger.market.id, id)
  const isLive = named.filter(({ owner, reason }) => reason === 'not_live' && book.isLive(owner))
  return [
    ...skipped.map(one => `${ledger.name} goes past the better order ${nameOf(one)} and does not say why`),
    ...isLive.map(one => `${ledger.name} goes past the better order ${nameOf(one)} as not live, which it is`),
  ]
}

/** Entries are opened only where the order has taken something there. */
function factsIn(record: JournalRecord): Fact[] {
  const hasTaken = record.segment?.body.includes('"liquidity":"taker"') ?? false
  return factsOf(record, hasTaken && record.segment ? (contentOf(record.segment) as Segment).entries : [])
}

/** What the order has asked for, or has been filled with by its own peer. */
function takenBy(fact: Fact, id: OrderId, { owner }: Ledger): readonly Position[] {
  if (fact.type === 'intent') {
    const { maker, proposals } = fact.batch
    const own = proposals.filter(({ orderId }) => orderId === id)
    return own.map(({ makerOrderId, price }) => ({ owner: maker, id: makerOrderId, price }))
  }
  if (fact.type !== 'entry' || fact.entry.type !== 'filled') return []
  const { orderId, liquidity, counterparty, price } = fact.entry
  const isTaken = orderId === id && liquidity === 'taker' && counterparty.peer === owner
  return isTaken ? [{ owner, id: counterparty.orderId, price }] : []
}

function bookOf({ options }: Exchange, { name, market }: Ledger): BookView | undefined {
  return options
    .onstage()
    .find(one => one.name === name)
    ?.peer.book(market.id)
}

/** Orders of live neighbours that the order might have met. */
function positionsIn(book: BookView, { side }: NewOrder, { owner, market }: Ledger): readonly Position[] {
  const others = book.orders(oppositeOf(side)).filter(one => one.isLive && one.owner !== owner)
  return others.flatMap(one => {
    const price = parseTicks(one.price, market.tickSize)
    return isRefusal(price) ? [] : [{ owner: one.owner, id: one.id, price }]
  })
}
