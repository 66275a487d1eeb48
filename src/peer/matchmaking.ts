/** Tells each book whose orders may be matched: those of live neighbours whose own book of that market is open. */
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { Matching } from './neighbour-actor.ts'
import type { World } from './world.ts'

export class Matchmaking implements Matching {
  readonly #world: World
  /** What the books have been told. */
  readonly #told = new Map<MarketId, Set<PeerId>>()

  constructor(world: World) {
    this.#world = world
  }

  start(peerId: PeerId): void {
    this.#world.live.add(peerId)
    this.refresh(peerId)
    this.#world.actor().send({ type: 'maker.live', peerId })
    this.#world.becameLive$.next(peerId)
  }

  stop(peerId: PeerId): void {
    this.#world.live.delete(peerId)
    this.refresh(peerId)
  }

  refresh(peerId: PeerId): void {
    for (const market of this.#world.markets.keys()) this.#tell(market, peerId)
  }

  /** A book has begun anew and knows nobody. */
  restart(market: MarketId): void {
    this.#told.delete(market)
    for (const peerId of this.#world.live) this.#tell(market, peerId)
  }

  #tell(market: MarketId, peer: PeerId): void {
    const told = this.#told.get(market) ?? new Set()
    const isLive = this.#world.live.has(peer) && this.#world.sightings.of(peer)?.markets.get(market)?.isOpen === true
    if (isLive === told.has(peer)) return
    if (isLive) told.add(peer)
    else told.delete(peer)
    this.#told.set(market, told)
    this.#world.books.get(market)?.send({ type: isLive ? 'neighbour.live' : 'neighbour.lost', peer })
  }
}
