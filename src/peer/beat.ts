/** Beats: one a second to each neighbour, answered with the same. They say who is there, and how far everybody has read. */
import { catchError, defer, map, merge, mergeMap, of, tap, type Observable } from 'rxjs'
import type { NeighbourEvent } from '../../machines/neighbour.machine.ts'
import type { PeerId } from '../book/order.ts'
import type { Stamp } from '../feed/hybrid-clock.ts'
import { signBody, type Domain, type Signed } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import { openSigned, refusal } from '../net/codec.ts'
import type { Beat, MarketState } from '../net/messages.ts'
import type { Address } from '../net/transport.ts'
import { beatForm } from '../net/usual-form.ts'
import { marketStates } from './hello.ts'
import { takeOwnWords } from './supersede.ts'
import { intervalOn, timerOn } from './timer.ts'
import { call, reasonOf, refuseBanned, type World } from './world.ts'

/** Both sides of one exchange of beats. */
export interface Exchange {
  readonly ours: readonly MarketState[]
  readonly theirs: readonly MarketState[]
}

/** Beats for as long as it is subscribed. `exchanged` hears of each one that was answered. */
export function beats(
  world: World,
  address: Address,
  peerId: PeerId,
  exchanged: (exchange: Exchange) => void,
): Observable<NeighbourEvent> {
  const beat$ = defer(() => beatOnce(world, address, peerId)).pipe(
    tap(exchanged),
    map((): NeighbourEvent => ({ type: 'beat.answered' })),
    catchError(error => of<NeighbourEvent>({ type: 'beat.missed', reason: reasonOf(error) })),
  )
  const early$ = merge(...limits.earlyBeatsMs.map(delayMs => timerOn(world.clock, delayMs)))
  return merge(early$, intervalOn(world.clock, limits.beatIntervalMs)).pipe(mergeMap(() => beat$))
}

function beatOnce(world: World, address: Address, peerId: PeerId): Observable<Exchange> {
  const ours = marketStates(world)
  const stamp = world.hybridClock.next()
  const beat = signBeat(world, { from: world.signer.peerId, to: peerId, stamp, echo: null, markets: ours })
  return call(world, address, { type: 'beat', beat }, limits.beatTimeoutMs).pipe(
    map(reply => openAnswer(world, reply.beat, peerId, stamp)),
    tap(answer => world.sightings.answered(peerId, answer.markets, world.hybridClock.aheadMs(answer.stamp))),
    map(answer => ({ ours, theirs: answer.markets })),
  )
}

function openAnswer(world: World, signed: Signed, peerId: PeerId, echo: Stamp): Beat {
  const answer = openBeat(world, signed)
  if (answer.from !== peerId) throw refusal('addressed_to_somebody_else', 'another peer answers at this address')
  if (answer.echo !== echo) throw refusal('signature_wrong', 'the beat answers another one')
  return answer
}

/** Answers somebody's beat; it counts as heard when it is newer than all before. */
export function answerBeat(world: World, signed: Signed): Signed {
  const { from, stamp, markets } = openBeat(world, signed)
  takeOwnWords(world, from, markets)
  refuseBanned(world, from)
  const isNews = world.sightings.beat(from, stamp, markets, world.hybridClock.aheadMs(stamp))
  if (isNews) world.actor().send({ type: 'beat.heard', peerId: from })
  const ours = marketStates(world)
  const next = world.hybridClock.next()
  return signBeat(world, { from: world.signer.peerId, to: from, stamp: next, echo: stamp, markets: ours })
}

function signBeat(world: World, beat: Beat): Signed {
  return signBody(world.signer, beatDomain(world), JSON.stringify(beat))
}

function openBeat(world: World, signed: Signed): Beat {
  const beat = openSigned(world.verifier, beatDomain(world), beatForm, signed, 'from')
  if (beat.to !== world.signer.peerId) throw refusal('addressed_to_somebody_else', 'the beat is for another peer')
  return beat
}

function beatDomain({ networkId }: World): Domain {
  return { networkId, kind: 'beat', scope: '-' }
}
