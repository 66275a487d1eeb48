/** Forgetting: an owner that has said nothing for a day leaves the books, and nobody brings it back but itself. */
import { catchError, EMPTY, ignoreElements, merge, mergeMap, tap, type Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'
import { RefusedError } from '../net/codec.ts'
import { intervalOn } from './timer.ts'
import { askBook, bookOf, expectReply, type World } from './world.ts'

/** Looks now and then, for as long as it is subscribed, whose time has come. */
export function forgetSilent(world: World): Observable<never> {
  /** Owners that have never been neighbours, and when they were first looked at. */
  const strangers = new Map<PeerId, number>()
  const look = () => merge(...[...world.markets.keys()].map(market => forgetIn(world, market, strangers)))
  return intervalOn(world.clock, limits.forgetIntervalMs).pipe(mergeMap(look))
}

function forgetIn(world: World, market: MarketId, strangers: Map<PeerId, number>): Observable<never> {
  const now = world.clock.now()
  const heardAtMs = (owner: PeerId): number => {
    const seenAtMs = world.sightings.of(owner)?.heardAtMs ?? strangers.get(owner) ?? now
    strangers.set(owner, seenAtMs)
    return seenAtMs
  }
  return askBook(world, world.requests, market, { type: 'feed.heads' }).pipe(
    tap(reply => {
      const owners = expectReply('heads', reply).heads.map(({ owner }) => owner)
      const silent = owners.filter(
        owner => owner !== world.signer.peerId && now - heardAtMs(owner) > limits.forgetAfterMs,
      )
      for (const peer of silent) bookOf(world, market).send({ type: 'neighbour.forgotten', peer })
    }),
    ignoreElements(),
    // A market that decides nothing forgets nobody; the next look finds the same.
    catchError(error => {
      if (error instanceof RefusedError) return EMPTY
      throw error
    }),
  )
}
