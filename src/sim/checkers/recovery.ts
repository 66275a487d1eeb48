/** 8: a book is the replay of its journal, at every start, at every end and at rest. */
import { HybridClock } from '../../feed/hybrid-clock.ts'
import type { Market } from '../../book/market.ts'
import type { PeerId } from '../../book/order.ts'
import type { BookView } from '../../peer/book-view.ts'
import { recordOf } from '../../peer/decide/record-text.ts'
import { memoryOfJournal, type BookMemory } from '../../peer/decide/memory.ts'
import { BookState, type DecisionPorts } from '../../peer/decide/state.ts'
import type { Peer } from '../../peer/peer.ts'
import { fine, type Checker, type Found } from './checker.ts'
import type { Exchange } from './exchange.ts'

export function booksAreTheReplayOfTheirJournals(exchange: Exchange): Checker {
  /** The last seen of each name: after its end it can still be looked at. */
  const last = new Map<string, Peer>()
  /** Those that have come back and have not been looked at. */
  const restarted = new Set<string>()
  const compare = (name: string): Found => {
    const peer = last.get(name)
    return peer ? peer.markets.flatMap(market => replayed(exchange, name, peer, market)) : fine
  }
  const look = (name: string, peer: Peer): Found => {
    restarted.delete(name)
    last.set(name, peer)
    return compare(name)
  }
  return {
    invariant: 8,
    name: 'booksAreTheReplayOfTheirJournals',
    always:
      'A new book that replays the durable journal has the same orders, channels and head as the one that wrote it.',
    happened: {
      started: ({ peer }) => {
        restarted.add(peer)
        // Its former life knows nothing of what the next one writes.
        last.delete(peer)
        return fine
      },
      ended: ({ peer }) => compare(peer),
    },
    stepped: () => {
      if (restarted.size === 0) return fine
      const there = exchange.options
        .onstage()
        .filter(({ name, peer }) => restarted.has(name) && isReadable(exchange, name, peer))
      return there.flatMap(({ name, peer }) => look(name, peer))
    },
    quiet: () => exchange.options.onstage().flatMap(({ name, peer }) => look(name, peer)),
  }
}

function isReadable(exchange: Exchange, name: string, peer: Peer): boolean {
  return peer.markets.every(({ id }) => isWritten(exchange, name, id, peer.book(id)))
}

/** A book that is ahead of its disk cannot be compared with it. */
function isWritten(exchange: Exchange, name: string, market: Market['id'], book: BookView): boolean {
  const ledger = exchange.ledgerAt(name, market)
  return ledger !== undefined && ledger.pending.length === 0 && book.incarnation !== '' && book.isWritten
}

function replayed(exchange: Exchange, name: string, peer: Peer, market: Market): Found {
  const book = peer.book(market.id)
  if (!isWritten(exchange, name, market.id, book)) return fine
  const records = exchange.options.journal(name, market.id).map(recordOf)
  const live = book.memory()
  const state = new BookState(market, portsOf(exchange.options.networkId, peer.id))
  return differences(name, live, memoryOfJournal(state, records))
}

const parts = {
  orders: 'own orders',
  takerChannels: 'proposals',
  makerChannels: 'answers',
  groupAnswers: 'answers to groups',
  attempts: 'attempts',
  holds: 'holds',
  disputes: 'disputes',
  head: 'head',
} as const

function differences(name: string, live: BookMemory, replay: BookMemory): Found {
  const keys = Object.keys(parts) as (keyof BookMemory)[]
  return keys.flatMap(key =>
    JSON.stringify(live[key]) === JSON.stringify(replay[key])
      ? fine
      : [`the ${parts[key]} of ${name} are not those that its journal gives`],
  )
}

/** Replaying decides nothing, so it needs no time, no chance and no key. */
function portsOf(networkId: string, peerId: PeerId): DecisionPorts {
  const never = (): never => {
    throw new Error('a replay decides nothing')
  }
  const now = (): number => 0
  return { networkId, signer: { peerId, sign: never }, clock: new HybridClock(now), now, random: never, nextId: never }
}
