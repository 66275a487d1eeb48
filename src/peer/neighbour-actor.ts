/** A neighbour as an actor: what the neighbour machine asks of the world, and what it tells the books. */
import { catchError, map, of, type Observable } from 'rxjs'
import { fromCallback } from 'xstate'
import { neighbourMachine, type NeighbourEvent } from '../../machines/neighbour.machine.ts'
import type { PeerId } from '../book/order.ts'
import type { Address } from '../net/transport.ts'
import { beats } from './beat.ts'
import { greet } from './hello.ts'
import { Replication } from './replicate.ts'
import { reasonOf, type PeerSystem, type World } from './world.ts'

interface Reached {
  readonly address: Address
  readonly peerId: PeerId | null
}

/** Who tells the books whose orders may be matched. */
export interface Matching {
  start(peerId: PeerId): void
  stop(peerId: PeerId): void
  /** The peer has said something new about its markets. */
  refresh(peerId: PeerId): void
}

/** What the neighbours of one peer share. */
export interface NeighbourWorld {
  readonly world: World
  readonly matching: Matching
  /** What has been sent and fetched, from when a neighbour is connected until it no longer is. */
  readonly replications: Map<Address, Replication>
}

export function neighbourLogic(worldOf: (system: PeerSystem) => NeighbourWorld): typeof neighbourMachine {
  return neighbourMachine.provide({
    actors: {
      greet: streaming((system, { address }) => greeting(worldOf(system).world, address)),
      beat: streaming((system, reached) => beating(worldOf(system), reached)),
      replicate: streaming(
        (system, reached) => replicationOf(worldOf(system), reached).run(),
        (system, reached) => worldOf(system).replications.delete(reached.address),
      ),
    },
    actions: {
      startMatching: ({ context, system }) => worldOf(system).matching.start(identified(context.peerId)),
      stopMatching: ({ context, system }) => worldOf(system).matching.stop(identified(context.peerId)),
    },
  })
}

/** An actor that passes on what a stream emits, until its state is left. */
function streaming(
  stream: (system: PeerSystem, reached: Reached) => Observable<NeighbourEvent>,
  ended: (system: PeerSystem, reached: Reached) => void = () => undefined,
) {
  return fromCallback<NeighbourEvent, Reached>(({ input, sendBack, system }) => {
    const subscription = stream(system, input).subscribe(sendBack)
    return () => {
      subscription.unsubscribe()
      ended(system, input)
    }
  })
}

function replicationOf({ world, replications }: NeighbourWorld, { address, peerId }: Reached): Replication {
  const known = replications.get(address) ?? new Replication(world, address, identified(peerId))
  replications.set(address, known)
  return known
}

function beating(neighbours: NeighbourWorld, reached: Reached): Observable<NeighbourEvent> {
  const peerId = identified(reached.peerId)
  return beats(neighbours.world, reached.address, peerId, exchange => {
    replicationOf(neighbours, reached).exchanged(exchange)
    neighbours.matching.refresh(peerId)
  })
}

function greeting(world: World, address: Address): Observable<NeighbourEvent> {
  return greet(world, address).pipe(
    map(hello => ({ type: 'greeting.answered', peerId: hello.from, claimed: hello.address }) as const),
    catchError(error => of<NeighbourEvent>({ type: 'greeting.failed', reason: reasonOf(error) })),
  )
}

function identified(peerId: PeerId | null): PeerId {
  if (peerId === null) throw new Error('a connected neighbour is identified')
  return peerId
}
