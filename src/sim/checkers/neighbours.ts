/** 13: whom one asks. */
import type { PeerId } from '../../book/order.ts'
import type { Peer } from '../../peer/peer.ts'
import type { BookView } from '../../peer/book-view.ts'
import { fine, type Checker } from './checker.ts'
import type { Exchange } from './exchange.ts'

/** What was seen of a book after the step before. */
interface Seen {
  readonly book: BookView
  readonly asked: Map<PeerId, number>
  live: ReadonlySet<PeerId>
}

/**
 * Looks at channels after every step, so it must cost little. A batch may have been made by a command between two steps, and its maker
 * lost within the second: who was live before or is live now is good.
 */
export function onlyTheLiveAreAsked(exchange: Exchange): Checker {
  const seen = new WeakMap<Peer, readonly Seen[]>()
  const seenOf = (peer: Peer): readonly Seen[] => {
    const known = seen.get(peer)
    if (known) return known
    const fresh = peer.markets.map(({ id }) => ({ book: peer.book(id), asked: new Map(), live: new Set<PeerId>() }))
    seen.set(peer, fresh)
    return fresh
  }
  return {
    invariant: 13,
    name: 'onlyTheLiveAreAsked',
    always: 'Nothing new is proposed to a neighbour that is not live.',
    stepped: () => {
      let found = fine
      for (const { name, peer } of exchange.options.onstage())
        for (const one of seenOf(peer)) {
          const wrong = newlyAsked(one).filter(maker => !one.book.isLive(maker) && !one.live.has(maker))
          if (wrong.length > 0)
            found = [
              ...found,
              ...wrong.map(maker => `${name} proposes to ${exchange.nameOf(maker)}, which is not live there`),
            ]
          remember(one)
        }
      return found
    },
  }
}

/** Makers with a new batch of this life. One that a crash has left is only asked what has become of it. */
function newlyAsked({ book, asked }: Seen): readonly PeerId[] {
  let makers: readonly PeerId[] = []
  for (const [maker, { n, inFlight }] of book.channels) {
    if (asked.get(maker) === n) continue
    asked.set(maker, n)
    if (inFlight?.batch.takerIncarnation === book.incarnation) makers = [...makers, maker]
  }
  return makers
}

function remember(seen: Seen): void {
  const { live } = seen.book
  let isSame = live.size === seen.live.size
  for (const peer of live) isSame &&= seen.live.has(peer)
  if (!isSame) seen.live = new Set(live)
}
