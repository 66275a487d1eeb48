/**
 * One key, two processes: the one that began later is the peer, and the other halts. Only what is signed with the own key is
 * believed; a head that somebody names without a signature is a reason to ask for the segment behind it, and no more.
 */
import { ignoreElements, map, type Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { Head } from '../feed/entry.ts'
import type { SignedSegment } from '../feed/segment.ts'
import { refusal } from '../net/codec.ts'
import type { MarketState } from '../net/messages.ts'
import type { Address } from '../net/transport.ts'
import { call, isStarting, openSegments, type World } from './world.ts'

const sentence =
  'another process has begun later with the same key: it is this peer now, and this process has halted; end one of the two'

/** Throws RefusedError once another process is known to have taken this peer's place: nothing may be said in its name any more. */
export function assertNotSuperseded(world: World): void {
  const { superseded } = world.actor().getSnapshot().context
  if (superseded !== null) throw refusal('superseded', superseded)
}

/** Halts, and throws RefusedError, when a hello or beat whose signature is good is our own and names a newer incarnation than ours. */
export function takeOwnWords(world: World, from: PeerId, markets: readonly MarketState[]): void {
  if (from === world.signer.peerId && markets.some(({ market, head }) => isNewerThanOwn(world, market, head)))
    halt(world)
}

/** The same for segments whose signature is good. */
export function takeOwnSegments(world: World, segments: readonly SignedSegment[]): void {
  const isNewer = ({ segment: { owner, market, incarnation } }: SignedSegment) =>
    owner === world.signer.peerId && isNewerThanOwn(world, market, { incarnation })
  if (segments.some(isNewer)) halt(world)
}

/** Until the book is open there is nothing that could be older: whatever others show is from an earlier life. */
export function isNewerThanOwn(world: World, market: MarketId, head: Pick<Head, 'incarnation'> | null): boolean {
  const own = world.incarnationOf(market)
  return !isStarting(world) && own !== '' && head !== null && head.incarnation > own
}

/** Asks who has named a newer head of our own feed for the segment behind it. Emits nothing; fails with RefusedError after halting. */
export function fetchOwn(world: World, address: Address, market: MarketId): Observable<never> {
  const owner = world.signer.peerId
  return call(world, address, { type: 'fetch', market, owner, after: null }).pipe(
    map(page => {
      takeOwnSegments(world, openSegments(world, market, owner, page.segments))
      world.counters.add('own_feed_claimed_without_proof')
    }),
    ignoreElements(),
  )
}

function halt(world: World): never {
  world.counters.add('own_key_used_by_another_process')
  world.actor().send({ type: 'peer.superseded', sentence })
  throw refusal('superseded', sentence)
}
