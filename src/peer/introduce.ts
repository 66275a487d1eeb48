/**
 * Introductions: live neighbours are asked whom they know, so that peers find each other without a DHT. What they say is a rumour:
 * each address is challenged like any other, and how many one neighbour can make us greet is bounded.
 */
import { catchError, EMPTY, from, map, merge, mergeMap, type Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'
import type { Introduced } from '../net/messages.ts'
import type { Address } from '../net/transport.ts'
import { intervalOn } from './timer.ts'
import { call, reasonOf, type World } from './world.ts'

/** Our live neighbours that trade one of these markets, and where we have reached them. */
export function introduce(world: World, markets: readonly MarketId[]): Introduced[] {
  return [...world.live].flatMap(peer => {
    const sighting = world.sightings.of(peer)
    return sighting && markets.some(market => sighting.markets.has(market)) ? [{ peer, address: sighting.address }] : []
  })
}

/** Addresses worth a greeting, for as long as it is subscribed. Every neighbour is asked when it becomes live, and then in turn. */
export function introductions(world: World): Observable<Address> {
  const rumours = new Rumours(world)
  const turns = new Turns(world.live)
  const round$ = intervalOn(world.clock, limits.introductionIntervalMs).pipe(mergeMap(() => turns.next()))
  return merge(world.becameLive$, round$).pipe(
    mergeMap(introducer => ask(world, introducer).pipe(map(introduced => rumours.take(introducer, introduced)))),
    mergeMap(addresses => from(addresses)),
  )
}

function ask(world: World, introducer: PeerId): Observable<readonly Introduced[]> {
  const address = world.sightings.of(introducer)?.address
  if (!address) return EMPTY
  return call(world, address, { type: 'peers', markets: [...world.markets.keys()] }).pipe(
    map(({ peers }) => peers),
    // Nobody is introduced this time; the next neighbour is asked in its turn.
    catchError(error => {
      world.counters.add(`introduction_failed.${reasonOf(error)}`)
      return EMPTY
    }),
  )
}

/** Who is next: everybody who is live once, then all of them again. */
class Turns {
  readonly #live: ReadonlySet<PeerId>
  readonly #asked = new Set<PeerId>()

  constructor(live: ReadonlySet<PeerId>) {
    this.#live = live
  }

  /** One peer, or none when nobody is live. */
  next(): PeerId[] {
    for (const peer of this.#asked) if (!this.#live.has(peer)) this.#asked.delete(peer)
    const waiting = [...this.#live].filter(peer => !this.#asked.has(peer))
    if (waiting.length === 0) this.#asked.clear()
    const [next = [...this.#live][0]] = waiting
    if (next === undefined) return []
    this.#asked.add(next)
    return [next]
  }
}

interface Rumour {
  readonly introducer: PeerId
  readonly untilMs: number
}

/** What has been introduced lately and nobody has answered at: it is not taken up again, by whomever it is named. */
class Rumours {
  readonly #world: World
  readonly #pending = new Map<Address, Rumour>()

  constructor(world: World) {
    this.#world = world
  }

  /** The addresses that are news, as many as this introducer may still bring. */
  take(introducer: PeerId, introduced: readonly Introduced[]): Address[] {
    const { neighbours } = this.#world.actor().getSnapshot().context
    const peers = new Set([this.#world.signer.peerId, ...Object.values(neighbours)])
    this.#forget(neighbours)
    return introduced
      .filter(({ peer, address }) => !peers.has(peer) && !(address in neighbours) && !this.#pending.has(address))
      .map(({ address }) => address)
      .filter(address => this.#note(introducer, address))
  }

  /** Who has answered was no rumour; who has not may be named again later. */
  #forget(neighbours: Readonly<Record<Address, PeerId | null>>): void {
    const now = this.#world.clock.now()
    for (const [address, { untilMs }] of this.#pending)
      if (untilMs <= now || neighbours[address]) this.#pending.delete(address)
  }

  #note(introducer: PeerId, address: Address): boolean {
    const ofIntroducer = [...this.#pending.values()].filter(rumour => rumour.introducer === introducer).length
    if (ofIntroducer >= limits.introductionsPerPeerMax || this.#pending.size >= limits.introductionsMax) {
      this.#world.counters.add('introduced_too_many')
      return false
    }
    this.#pending.set(address, { introducer, untilMs: this.#world.clock.now() + limits.introductionMemoryMs })
    return true
  }
}
