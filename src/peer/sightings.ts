/** What each other peer has last said of itself, signed. Data only: whether it is live is its machine's affair. */
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { Stamp } from '../feed/hybrid-clock.ts'
import type { Hello, MarketState } from '../net/messages.ts'
import type { Address } from '../net/transport.ts'

export interface Sighting {
  readonly peerId: PeerId
  readonly name: string
  /** Where it has proved to be. */
  readonly address: Address
  readonly markets: ReadonlyMap<MarketId, MarketState>
  /** The stamp of the hello with which it has proved to be there: what is older was said in an earlier life. */
  readonly helloStamp: Stamp
  /** The stamp of the newest beat from it, so that an old one says nothing. */
  readonly lastBeat: Stamp | null
  /** When it last said anything, by our clock, in milliseconds. */
  readonly heardAtMs: number
  /** How far its clock was ahead of ours, in milliseconds, when it last spoke; the message's way is not taken off. */
  readonly clockAheadMs: number
}

export class Sightings {
  readonly #all = new Map<PeerId, Sighting>()
  readonly #now: () => number

  /** `now` gives milliseconds since the Unix epoch. */
  constructor(now: () => number) {
    this.#now = now
  }

  of(peerId: PeerId): Sighting | undefined {
    return this.#all.get(peerId)
  }

  /** It has answered a challenge at this address. */
  greeted(hello: Hello, address: Address, clockAheadMs: number): void {
    const { from: peerId, name, markets, stamp: helloStamp } = hello
    const lastBeat = this.#all.get(peerId)?.lastBeat ?? null
    this.#all.set(peerId, {
      peerId,
      name,
      address,
      markets: byMarket(markets),
      helloStamp,
      lastBeat,
      heardAtMs: this.#now(),
      clockAheadMs,
    })
  }

  /** It has answered a beat. Says nothing of beats of its own, which may have been stamped before and still be on their way. */
  answered(peerId: PeerId, markets: readonly MarketState[], clockAheadMs: number): void {
    const known = this.#all.get(peerId)
    if (known) this.#all.set(peerId, { ...known, markets: byMarket(markets), heardAtMs: this.#now(), clockAheadMs })
  }

  /** A beat of it has come. False when a newer one has come before: then it says nothing. */
  beat(peerId: PeerId, stamp: Stamp, markets: readonly MarketState[], clockAheadMs: number): boolean {
    const known = this.#all.get(peerId)
    if (!known || (known.lastBeat !== null && stamp <= known.lastBeat)) return false
    this.#all.set(peerId, {
      ...known,
      lastBeat: stamp,
      markets: byMarket(markets),
      heardAtMs: this.#now(),
      clockAheadMs,
    })
    return true
  }
}

function byMarket(states: readonly MarketState[]): ReadonlyMap<MarketId, MarketState> {
  return new Map(states.map(state => [state.market, state]))
}
