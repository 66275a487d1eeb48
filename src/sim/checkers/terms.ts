/** 4 and 12: trades are at the earlier order's price, and orders do nothing that their terms forbid. */
import { isMarketable, neverRests, type OrderId } from '../../book/order.ts'
import type { Entry, Filled } from '../../feed/entry.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { isThere } from './decisions.ts'
import type { Exchange } from './exchange.ts'
import { freeOf, isWhole, type Ledger } from './ledger.ts'

export function pricesAreTheEarlierOrders(exchange: Exchange): Checker {
  return {
    invariant: 4,
    name: 'pricesAreTheEarlierOrders',
    always: "A trade's price is the earlier order's limit and within the later one's.",
    fact: (fact, ledger) =>
      fact.type === 'entry' && fact.entry.type === 'filled' ? priced(exchange, fact.entry, ledger) : fine,
  }
}

function priced(exchange: Exchange, entry: Filled, { owner, market }: Ledger): Found {
  const { counterparty, orderId, liquidity, price } = entry
  const own = exchange.tallyOf(owner, market.id, orderId)
  const other = exchange.tallyOf(counterparty.peer, market.id, counterparty.orderId)
  const [maker, taker] = liquidity === 'maker' ? [own, other] : [other, own]
  if (!maker || !taker) return fine
  return [
    ...unless(
      maker.order.price === price,
      () => `${maker.name} trades at ${price}, but its limit is ${maker.order.price}`,
    ),
    ...unless(maker.order.id < taker.order.id, () => `${taker.name} takes from ${maker.name}, which is later`),
    ...unless(
      isMarketable(taker.order.side, taker.order.price, price),
      () => `${taker.name} trades at ${price}, beyond its limit of ${taker.order.price}`,
    ),
  ]
}

export function ordersKeepTheirTerms(exchange: Exchange): Checker {
  return {
    invariant: 12,
    name: 'ordersKeepTheirTerms',
    always:
      'An ioc or fok order neither rests nor lingers, a post-only order never takes, only gtd orders expire, no account trades with itself.',
    fact: (fact, ledger) => {
      if (fact.type === 'entry') return keepsTerms(exchange, fact.entry, ledger)
      if (fact.type !== 'intent') return fine
      return fact.batch.proposals.flatMap(({ orderId }) => mayTake(ledger, orderId))
    },
    quiet: () => [...exchange.ledgers].filter(({ owner }) => isThere(exchange, owner)).flatMap(lingers),
  }
}

/** What an order that never rests could not fill has lapsed once nothing moves, unless a maker that has gone is to decide on it. */
function lingers({ tallies, attempts }: Ledger): Found {
  const open = [...tallies.values()].filter(
    tally =>
      neverRests(tally.order.timeInForce) && !isWhole(tally) && !attempts.has(tally.order.id) && freeOf(tally) > 0,
  )
  return open.map(
    tally => `at rest the ${tally.order.timeInForce} order ${tally.name} still has ${freeOf(tally)} lots to trade`,
  )
}

function keepsTerms(exchange: Exchange, entry: Entry, ledger: Ledger): Found {
  switch (entry.type) {
    case 'placed':
      return mayRest(ledger, entry.order.id)
    case 'expired':
      return mayExpire(ledger, entry.orderId)
    case 'filled':
      return [
        ...(entry.liquidity === 'taker' ? mayTake(ledger, entry.orderId) : fine),
        ...isOfTwoAccounts(exchange, entry, ledger),
      ]
    case 'opened':
    case 'checkpoint':
    case 'cancelled':
    case 'amended':
    case 'forced':
      return fine
  }
}

function mayRest({ tallies }: Ledger, id: OrderId): Found {
  const tally = tallies.get(id)
  const { timeInForce = 'gtc' } = tally?.order ?? {}
  return unless(!neverRests(timeInForce), () => `the ${timeInForce} order ${tally?.name} rests`)
}

function mayExpire({ tallies }: Ledger, id: OrderId): Found {
  const tally = tallies.get(id)
  return unless(!tally || tally.order.timeInForce === 'gtd', () => `${tally?.name} expires, but has no time to end`)
}

function mayTake({ tallies }: Ledger, id: OrderId): Found {
  const tally = tallies.get(id)
  return unless(!tally?.conditions.postOnly, () => `the post-only order ${tally?.name} takes`)
}

function isOfTwoAccounts(exchange: Exchange, { orderId, counterparty }: Filled, { owner, market }: Ledger): Found {
  if (counterparty.peer !== owner) return fine
  const [one, other] = [orderId, counterparty.orderId].map(id => exchange.tallyOf(owner, market.id, id))
  return unless(
    !one || one.order.account !== other?.order.account,
    () => `${one?.name} and ${other?.name} trade, and are of one account`,
  )
}
