/** Forgetting: an owner that has said nothing for a day leaves the books, and nobody brings it back but itself. */
import { ignoreElements, tap, type Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'
import { intervalOn } from './timer.ts'
import { bookOf, type World } from './world.ts'

/** Looks now and then, for as long as it is subscribed, whose time has come. */
export function forgetSilent(world: World): Observable<never> {
  /** Owners that have never been neighbours, and when they were first looked at. */
  const strangers = new Map<PeerId, number>()
  const look = () => {
    // A market that decides nothing forgets nobody; the next look finds the same.
    for (const [market, book] of world.committed)
      for (const { owner } of book.heads()) forgetIn(world, market, owner, strangers)
  }
  return intervalOn(world.clock, limits.forgetIntervalMs).pipe(tap(look), ignoreElements())
}

function forgetIn(world: World, market: MarketId, owner: PeerId, strangers: Map<PeerId, number>): void {
  if (owner === world.signer.peerId) return
  const now = world.clock.now()
  const heardAtMs = world.sightings.of(owner)?.heardAtMs ?? strangers.get(owner) ?? now
  strangers.set(owner, heardAtMs)
  if (now - heardAtMs > limits.forgetAfterMs) bookOf(world, market).send({ type: 'neighbour.forgotten', peer: owner })
}
