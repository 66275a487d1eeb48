/** 10 and 15: what is true once the core of the network is whole and quiet, and stays so whatever is delivered again. */
import type { Market } from '../../book/market.ts'
import type { OrderId, PeerId } from '../../book/order.ts'
import type { Entry } from '../../feed/entry.ts'
import type { Batch } from '../../net/messages.ts'
import type { BookView } from '../../peer/book-view.ts'
import type { JournalRecord } from '../../peer/decide/group.ts'
import { contentOf } from '../said.ts'
import { fine, unless, type Checker, type Found, type Happening } from './checker.ts'
import { isThere } from './decisions.ts'
import type { Exchange } from './exchange.ts'
import { freeOf, type Ledger, type Tally } from './ledger.ts'

export function theCoreAgrees(exchange: Exchange): Checker {
  return {
    invariant: 15,
    name: 'theCoreAgrees',
    always: 'At rest heads and book hashes are equal at all who are live to each other, and every book is sound.',
    quiet: () => exchange.options.markets.flatMap(market => [...agree(exchange, market), ...sound(exchange, market)]),
  }
}

interface Trader {
  readonly name: string
  readonly id: PeerId
  readonly book: BookView
}

function tradersOf(exchange: Exchange, { id }: Market): readonly Trader[] {
  const traders = exchange.options.onstage().filter(({ peer }) => peer.markets.some(one => one.id === id))
  return traders.map(({ name, peer }) => ({ name, id: peer.id, book: peer.book(id) }))
}

/** Who has banned the other, or cannot talk to it, has nothing to agree on with it. */
function areLive(one: Trader, other: Trader): boolean {
  return one === other || (one.book.isLive(other.id) && other.book.isLive(one.id))
}

/** Who has heard the one story of a forked feed and who has heard the other do not agree before its owner is forgotten. */
function agree(exchange: Exchange, market: Market): Found {
  if (exchange.forkers.size > 0) return fine
  const traders = tradersOf(exchange, market)
  return traders.flatMap(trader => {
    const first = traders.find(other => areLive(other, trader)) ?? trader
    return [
      ...unless(
        trader.book.digest() === first.book.digest(),
        () => `at rest ${first.name} and ${trader.name} have not read the same`,
      ),
      ...unless(
        trader.book.hash() === first.book.hash(),
        () => `at rest the books of ${first.name} and ${trader.name} differ`,
      ),
    ]
  })
}

function sound(exchange: Exchange, market: Market): Found {
  return tradersOf(exchange, market).flatMap(({ name, book }) =>
    book.check().map(sentence => `the book of ${name} is unsound: ${sentence}`),
  )
}

export function nothingIsCrossed(exchange: Exchange): Checker {
  return {
    invariant: 15,
    name: 'nothingIsCrossed',
    always: 'At rest no two orders could trade with each other whose owners may.',
    quiet: () => exchange.options.markets.flatMap(market => crossed(exchange, market)),
  }
}

interface Open {
  readonly trader: Trader
  readonly ledger: Ledger
  readonly tally: Tally
}

/** One pair is enough to tell. */
function crossed(exchange: Exchange, market: Market): Found {
  const open = tradersOf(exchange, market).flatMap(trader => openOf(exchange, trader, market))
  const sells = open.filter(({ tally }) => tally.order.side === 'sell')
  const pairs = open
    .filter(({ tally }) => tally.order.side === 'buy')
    .flatMap(buy =>
      sells
        .filter(sell => areCrossed(buy, sell) && !isHeldUp(exchange, buy, sell))
        .map(sell => [buy.tally.name, sell.tally.name]),
    )
  const [pair] = pairs
  return pair ? [`at rest ${pair.join(' and ')} cross`] : fine
}

function openOf(exchange: Exchange, trader: Trader, { id }: Market): readonly Open[] {
  const ledger = exchange.ledgerOf(trader.id, id)
  if (!ledger) return []
  const isOnOffer = (tally: Tally): boolean => freeOf(tally) > 0 && !ledger.attempts.has(tally.order.id)
  return [...ledger.resting()].filter(isOnOffer).map(tally => ({ trader, ledger, tally }))
}

function areCrossed(buy: Open, sell: Open): boolean {
  return priceOf(buy) >= priceOf(sell) && areLive(buy.trader, sell.trader)
}

/** The later order takes, and its owner asks the other one for nothing while a batch between the two waits for the word of a peer that has gone. */
function isHeldUp(exchange: Exchange, one: Open, other: Open): boolean {
  const [maker, taker] = one.tally.order.id < other.tally.order.id ? [one, other] : [other, one]
  const batch = taker.ledger.undecided.get(maker.trader.id)
  return batch !== undefined && batch.last !== null && !isDeciderThere(exchange, batch)
}

/** What rests has a price. */
function priceOf({ tally }: Open): number {
  return tally.order.price ?? Number.NaN
}

export function nothingIsInDoubt(exchange: Exchange): Checker {
  return {
    invariant: 15,
    name: 'nothingIsInDoubt',
    always: 'At rest nothing is undecided between peers of the core, and nothing is held without a reason.',
    quiet: () =>
      [...exchange.ledgers]
        .filter(({ owner }) => isThere(exchange, owner))
        .flatMap(ledger => {
          const doubts = [...ledger.undecided].filter(
            ([maker, batch]) => isThere(exchange, maker) && (!batch.last || isDeciderThere(exchange, batch)),
          )
          const held = [...ledger.tallies.values()].filter(tally => {
            const asked = [...ledger.undecided.values()].flatMap(({ proposals }) =>
              proposals.filter(({ tradeId }) => !ledger.forced.has(tradeId)),
            )
            const lots = asked
              .filter(({ orderId }) => orderId === tally.order.id)
              .reduce((sum, { quantity }) => sum + quantity, 0)
            return tally.reserved !== lots + heldOf(ledger, tally.order.id)
          })
          const holds = [...ledger.holds.values()].filter(batch => isDeciderThere(exchange, batch))
          return [
            ...doubts.map(
              ([maker, { n }]) => `at rest batch ${n} of ${ledger.name} to ${exchange.nameOf(maker)} is undecided`,
            ),
            ...holds.map(
              ({ n, taker }) => `at rest ${ledger.name} still holds batch ${n} of ${exchange.nameOf(taker)}`,
            ),
            ...held.map(
              ({ name, reserved }) => `at rest ${reserved} lots of ${name} are held, and nobody was asked for them`,
            ),
          ]
        }),
  }
}

/** Lots of an order that are held: for batches of others, or for attempts of our own. */
function heldOf({ attempts, holds }: Ledger, id: OrderId): number {
  const ofOthers = [...holds.values()].flatMap(({ proposals }) => proposals).filter(one => one.makerOrderId === id)
  const own = [...attempts].flatMap(([taker, parts]) =>
    parts.filter(({ makerOrderId }) => taker === id || makerOrderId === id),
  )
  return [...ofOthers, ...own].reduce((sum, { quantity }) => sum + quantity, 0)
}

/** Whether the maker can be asked whose decision a held batch waits for. */
function isDeciderThere(exchange: Exchange, { last }: Batch): boolean {
  return last !== null && isThere(exchange, (contentOf(last) as Batch).maker)
}

export function everyCommandIsAnswered(exchange: Exchange): Checker {
  const open = new Map<string, number>()
  /** The end of a peer refuses what it had been asked; that counts no more. */
  const count = (peer: string, request: string, by: number): Found => {
    const key = `${peer}: ${request}`
    const waiting = (open.get(key) ?? 0) + by
    if (waiting > 0) open.set(key, waiting)
    else open.delete(key)
    return fine
  }
  return {
    invariant: 15,
    name: 'everyCommandIsAnswered',
    always: 'Every command gets its answer, unless its peer ends before.',
    happened: {
      asked: ({ peer, request }) => count(peer, request, 1),
      answered: ({ peer, request }) => count(peer, request, -1),
      ended: ({ peer }) => {
        for (const key of open.keys()) if (key.startsWith(`${peer}: `)) open.delete(key)
        return fine
      },
    },
    quiet: () => {
      const there = exchange.options.onstage().map(({ name }) => name)
      const waiting = [...open.keys()].filter(key => there.some(name => key.startsWith(`${name}: `)))
      return waiting.map(key => `at rest ${key} has not come`)
    },
  }
}

/** The command that makes a stage deliver all requests so far once more. */
export const deliverAgain = 'deliver everything again'

export function whatComesAgainChangesNothing(): Checker {
  /** True from the delivery until somebody asks for something new. */
  let isWatching = false
  return {
    invariant: 10,
    name: 'whatComesAgainChangesNothing',
    always: 'Whatever is delivered again at rest, nothing is journalled but what time brings.',
    happened: {
      fault: ({ text }) => {
        isWatching = text === deliverAgain
        return fine
      },
      asked: () => {
        isWatching = false
        return fine
      },
      started: () => {
        isWatching = false
        return fine
      },
      ended: () => {
        isWatching = false
        return fine
      },
      appended: event => (isWatching ? byTimeAlone(event) : fine),
    },
  }
}

/** Orders expire by themselves, and a long feed is shortened. */
function byTimeAlone({ peer, record: { facts, segment } }: Happening<'appended'>): Found {
  const entries = segment ? (contentOf(segment) as { readonly entries: readonly Entry[] }).entries : []
  const others = [...entries.filter(({ type }) => type !== 'expired' && type !== 'checkpoint'), ...privateFacts(facts)]
  return others.map(({ type }) => `${peer} journals ${type} because of something that it has heard before`)
}

function privateFacts(facts: JournalRecord['facts']): JournalRecord['facts'] {
  return facts.filter(fact => fact.type !== 'entry' && !(fact.type === 'closing' && fact.reason === 'expired'))
}
