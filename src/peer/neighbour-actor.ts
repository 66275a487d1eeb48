/** A neighbour as an actor: what the neighbour machine asks of the world, and what it tells the books. */
import { catchError, map, of, type Observable } from 'rxjs'
import { fromCallback } from 'xstate'
import { neighbourMachine, type NeighbourEvent } from '../../machines/neighbour.machine.ts'
import type { PeerId } from '../book/order.ts'
import type { Address } from '../net/transport.ts'
import { beats } from './beat.ts'
import { greet } from './hello.ts'
import { Replication } from './replicate.ts'
import { reasonOf, type World } from './world.ts'

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

export function neighbourLogic(world: World, matching: Matching): typeof neighbourMachine {
  const replications = new Map<Address, Replication>()
  const replicationOf = ({ address, peerId }: Reached): Replication => {
    const known = replications.get(address) ?? new Replication(world, address, identified(peerId))
    replications.set(address, known)
    return known
  }
  return neighbourMachine.provide({
    actors: {
      greet: streaming(({ address }) => greeting(world, address)),
      beat: streaming(reached => {
        const peerId = identified(reached.peerId)
        return beats(world, reached.address, peerId, exchange => {
          replicationOf(reached).exchanged(exchange)
          matching.refresh(peerId)
        })
      }),
      replicate: streaming(
        reached => replicationOf(reached).run(),
        reached => replications.delete(reached.address),
      ),
    },
    actions: {
      startMatching: ({ context }) => matching.start(identified(context.peerId)),
      stopMatching: ({ context }) => matching.stop(identified(context.peerId)),
    },
  })
}

/** An actor that passes on what a stream emits, until its state is left. */
function streaming(
  stream: (reached: Reached) => Observable<NeighbourEvent>,
  ended: (reached: Reached) => void = () => undefined,
) {
  return fromCallback<NeighbourEvent, Reached>(({ input, sendBack }) => {
    const subscription = stream(input).subscribe(sendBack)
    return () => {
      subscription.unsubscribe()
      ended(input)
    }
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
