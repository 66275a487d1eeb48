/**
 * The memory of peers: who has been live is written down, and tried again at the next start and now and then, DHT or not. Who has
 * not been live for `knownPeerAgeMsMax` is forgotten.
 */
import { catchError, EMPTY, from, ignoreElements, map, merge, mergeMap, startWith, tap, type Observable } from 'rxjs'
import type { PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'
import type { Address } from '../net/transport.ts'
import type { KnownPeer, KnownPeers } from '../store/known-peers.ts'
import { singleFlight } from './single-flight.ts'
import { intervalOn } from './timer.ts'
import type { World } from './world.ts'

/** Addresses to be tried, for as long as it is subscribed; keeps what is written up to date meanwhile. */
export function remember(world: World, written: KnownPeers): Observable<Address> {
  const memory = new Memory(world, written.read())
  const round$ = intervalOn(world.clock, limits.knownPeersIntervalMs).pipe(tap(() => memory.refresh(world.live)))
  const changed$ = merge(world.becameLive$.pipe(tap(peer => memory.refresh([peer]))), round$)
  const writing$ = changed$.pipe(
    singleFlight(() => written.write(memory.peers()).pipe(catchError(() => notWritten(world)))),
    ignoreElements(),
  )
  const tried$ = intervalOn(world.clock, limits.knownPeersIntervalMs).pipe(
    startWith(undefined),
    mergeMap(() => from(memory.absent(world.live)).pipe(map(({ address }) => address as Address))),
  )
  return merge(writing$, tried$)
}

/** The peer goes on without; who keeps the file has said why. */
function notWritten(world: World): Observable<never> {
  world.counters.add('known_peers_not_written')
  return EMPTY
}

/** One entry a peer, and one an address: who is met there now counts. */
class Memory {
  readonly #world: World
  readonly #peers: Map<PeerId, KnownPeer>

  constructor(world: World, written: readonly KnownPeer[]) {
    this.#world = world
    const now = world.clock.now()
    // A clock that was ahead must not keep anybody for longer than the others.
    const timely = written.map(peer => ({ ...peer, liveAtMs: Math.min(peer.liveAtMs, now) }))
    this.#peers = new Map(timely.map(peer => [peer.peerId, peer]))
  }

  /** These are live now. */
  refresh(live: Iterable<PeerId>): void {
    for (const peerId of live) this.#note(peerId)
  }

  /** Most recently live first, as many as are kept; the others are forgotten. */
  peers(): KnownPeer[] {
    const oldestMs = this.#world.clock.now() - limits.knownPeerAgeMsMax
    const recent = [...this.#peers.values()]
      .filter(({ liveAtMs }) => liveAtMs >= oldestMs)
      .sort((a, b) => b.liveAtMs - a.liveAtMs)
      .slice(0, limits.knownPeersMax)
    this.#peers.clear()
    for (const peer of recent) this.#peers.set(peer.peerId, peer)
    return recent
  }

  absent(live: ReadonlySet<PeerId>): KnownPeer[] {
    return this.peers().filter(({ peerId }) => !live.has(peerId))
  }

  #note(peerId: PeerId): void {
    const sighting = this.#world.sightings.of(peerId)
    if (!sighting) return
    const { name, address } = sighting
    for (const [other, known] of this.#peers) if (known.address === address) this.#peers.delete(other)
    this.#peers.set(peerId, { peerId, name, address, liveAtMs: this.#world.clock.now() })
  }
}
