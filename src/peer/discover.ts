/** Discovery: lookups and addresses known beforehand, as rumours. A lookup that fails only means that there is no news. */
import { exhaustMap, forkJoin, ignoreElements, map, merge, mergeMap, startWith, tap, type Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import { limits } from '../limits.ts'
import type { Address, Transport } from '../net/transport.ts'
import { intervalOn } from './timer.ts'
import type { World } from './world.ts'

/** The name under which peers of a network announce that they trade a market: its sizes are a part of it. */
export function serviceOf(networkId: string, market: MarketId): string {
  return `peerbook:${networkId}:${market}`
}

/** Announces every market for as long as it is subscribed, and emits addresses. `lookedUp` hears of each round of lookups. */
export function discover(world: World, known: readonly Address[], lookedUp: () => void): Observable<Address> {
  const services = [...world.markets.keys()].map(market => serviceOf(world.networkId, market))
  const announced$ = world.transport.announce(services).pipe(ignoreElements())
  const rounds$ = intervalOn(world.clock, limits.lookupIntervalMs).pipe(
    startWith(undefined),
    exhaustMap(() => lookUpAll(world.transport, services).pipe(tap(lookedUp))),
    startWith([]),
    mergeMap(addresses => [...known, ...addresses]),
  )
  // Known addresses are as good as a lookup's, every time: somebody may come to be there later.
  return merge(announced$, rounds$)
}

function lookUpAll(transport: Transport, services: readonly string[]): Observable<readonly Address[]> {
  return forkJoin(services.map(service => transport.lookup(service))).pipe(map(lists => [...new Set(lists.flat())]))
}
