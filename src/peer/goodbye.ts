/**
 * Goodbye: a peer that stops tells its neighbours, and stays until none of them waits for a decision of it. Who has heard it
 * proposes nothing more, so that nothing is on its way when the port is closed.
 */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  forkJoin,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
} from 'rxjs'
import type { PeerId } from '../book/order.ts'
import { signBody, type Domain, type Signed } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import { openSigned, refusal } from '../net/codec.ts'
import { goodbyeSchema, type Goodbye } from '../net/messages.ts'
import type { Address } from '../net/transport.ts'
import { timerOn } from './timer.ts'
import { askBook, call, expectReply, reasonOf, type World } from './world.ts'

/**
 * Completes when every neighbour that can be reached has nothing undecided at this peer. What is decided before that, and while others
 * still ask, is published first: nobody sends it for who has left.
 */
export function sayGoodbye(world: World): Observable<never> {
  return concat(
    publishing(world),
    defer(() => sayGoodbyeToAll(world)),
    publishing(world),
  )
}

/** Completes when all that was decided so far is on its way to the neighbours. */
function publishing({ clock }: World): Observable<never> {
  return timerOn(clock, limits.publishDelayMs).pipe(ignoreElements())
}

function sayGoodbyeToAll(world: World): Observable<never> {
  const { neighbours } = world.actor().getSnapshot().context
  const known = (Object.entries(neighbours) as [Address, PeerId | null][]).flatMap(([address, peerId]) =>
    peerId === null ? [] : [{ address, peerId }],
  )
  return merge(...known.map(({ address, peerId }) => sayGoodbyeTo(world, address, peerId)))
}

function sayGoodbyeTo(world: World, address: Address, to: PeerId): Observable<never> {
  const goodbye: Goodbye = { from: world.signer.peerId, to, stamp: world.hybridClock.next() }
  const signed = signBody(world.signer, goodbyeDomain(world), JSON.stringify(goodbye))
  const again$ = defer(() => timerOn(world.clock, limits.withdrawDelayMsMin)).pipe(
    mergeMap(() => sayGoodbyeTo(world, address, to)),
  )
  return call(world, address, { type: 'goodbye', goodbye: signed }).pipe(
    mergeMap(({ undecided }) => (undecided === 0 ? EMPTY : again$)),
    catchError(error => {
      const reason = reasonOf(error)
      world.counters.add(`goodbye_unanswered.${reason}`)
      return reason === 'timed_out' ? again$ : EMPTY
    }),
  )
}

/** Emits how many batches of ours the leaving peer has not decided. */
export function answerGoodbye(world: World, signed: Signed): Observable<number> {
  const goodbye = openSigned(world.verifier, goodbyeDomain(world), goodbyeSchema, signed, 'from')
  if (goodbye.to !== world.signer.peerId) throw refusal('addressed_to_somebody_else', 'the goodbye is for another peer')
  const sighting = world.sightings.of(goodbye.from)
  // A beat that was said later may have come before: only a new life takes a goodbye back.
  if (sighting !== undefined && goodbye.stamp > sighting.helloStamp)
    world.actor().send({ type: 'goodbye.heard', peerId: goodbye.from })
  const markets = [...world.books.keys()]
  if (markets.length === 0) return of(0)
  const asked = markets.map(market =>
    askBook(world, world.requests, market, { type: 'channel.asked', maker: goodbye.from }).pipe(
      map(reply => (expectReply('channel', reply).isUndecided ? 1 : 0)),
    ),
  )
  return forkJoin(asked).pipe(map(counts => counts.reduce<number>((sum, count) => sum + count, 0)))
}

function goodbyeDomain({ networkId }: World): Domain {
  return { networkId, kind: 'goodbye', scope: '-' }
}
