/**
 * What of a market's book may be told to other peers: all that is durable. Reading decides nothing, so it does not go through the
 * mailbox; what has been decided and is still on its way into the journal is not shown.
 */
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { Cursor, Head } from '../feed/entry.ts'
import { hasReached, type KeptSegment } from '../feed/feed.ts'
import { limits } from '../limits.ts'
import type { MarketState } from '../net/messages.ts'
import { refusal } from '../net/codec.ts'
import type { OwnerHead } from './decide/event.ts'
import { digestOf, headsOf } from './decide/read.ts'
import type { BookState } from './decide/state.ts'
import type { World } from './world.ts'

/** The next part of a feed, and where the feed ends as far as it has been read here. */
export interface Page {
  readonly segments: readonly KeptSegment[]
  readonly head: Head | null
}

export class CommittedBook {
  readonly #state: BookState
  readonly #ownHead: Head | null

  /** `ownHead`: how far the own feed is durable. */
  constructor(state: BookState, ownHead: Head | null) {
    this.#state = state
    this.#ownHead = ownHead
  }

  marketState(): MarketState {
    const { market, isOpen } = this.#state
    return { market: market.id, head: this.#ownHead, digest: digestOf(this.heads()), isOpen }
  }

  /** How far all feeds have been read here, in the order of their owners. */
  heads(): OwnerHead[] {
    const { self } = this.#state
    return headsOf(this.#state).flatMap(({ owner, head }) => {
      if (owner !== self) return [{ owner, head }]
      return this.#ownHead ? [{ owner, head: this.#ownHead }] : []
    })
  }

  /** How far those feeds had been read that have been forgotten. */
  forgotten(): OwnerHead[] {
    return [...this.#state.forgotten].map(([owner, head]) => ({ owner, head }))
  }

  /** What follows in a feed behind `after`, as much as fits one message. */
  page(owner: PeerId, after: Cursor | null): Page {
    const feed = this.#state.feeds.get(owner)
    const segments = feed?.after(after, limits.pageBytesMax) ?? []
    if (owner !== this.#state.self) return { segments, head: feed?.head ?? null }
    return { segments: segments.filter(segment => hasReached(this.#ownHead, segment.head)), head: this.#ownHead }
  }
}

/** Throws RefusedError when the market is not traded here, or tells nothing at the moment. */
export function committedBook(world: World, market: MarketId): CommittedBook {
  const book = world.committed.get(market)
  if (book) return book
  if (world.markets.has(market)) throw refusal('market_not_open', `the market ${market} is not open at this peer`)
  throw refusal('market_not_traded_here', `this peer does not trade ${market}`)
}
