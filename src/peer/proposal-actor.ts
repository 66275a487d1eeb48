/** A batch under way as an actor: what the proposal machine asks of the world. */
import { catchError, defer, map, of, type Observable } from 'rxjs'
import { fromCallback } from 'xstate'
import { proposalMachine, type ProposalEvent } from '../../machines/proposal.machine.ts'
import type { Signed } from '../feed/signer.ts'
import { refusal } from '../net/codec.ts'
import type { Batch } from '../net/messages.ts'
import { bookOf, call, openAnswer, reasonOf, type PeerSystem, type World } from './world.ts'

interface Asking {
  readonly batch: Batch
  readonly signed: Signed
  readonly decision: Signed | null
}

export function proposalLogic(worldOf: (system: PeerSystem) => World): typeof proposalMachine {
  const asking = (type: 'propose' | 'withdraw') =>
    fromCallback<ProposalEvent, Asking>(({ input, sendBack, system }) => {
      const subscription = askMaker(worldOf(system), type, input).subscribe(sendBack)
      return () => subscription.unsubscribe()
    })
  return proposalMachine.provide({ actors: { propose: asking('propose'), withdraw: asking('withdraw') } })
}

/** One request to the maker. Its answer goes to the book, which alone decides what it means. */
function askMaker(
  world: World,
  type: 'propose' | 'withdraw',
  { batch, signed, decision }: Asking,
): Observable<ProposalEvent> {
  return defer(() => {
    const address = world.sightings.of(batch.maker)?.address
    if (!address) return of<ProposalEvent>({ type: 'answer.missing', reason: 'maker_not_seen' })
    const shown = type === 'withdraw' && decision ? { decision } : {}
    return call(world, address, { type, market: batch.market, batch: signed, ...shown }).pipe(
      map((reply): ProposalEvent => {
        deliver(world, batch, reply.answer)
        return { type: 'answer.arrived' }
      }),
    )
  }).pipe(
    catchError(error => {
      const reason = reasonOf(error)
      world.counters.add(`${type}_unanswered.${reason}`)
      return of<ProposalEvent>({ type: 'answer.missing', reason })
    }),
  )
}

function deliver(world: World, batch: Batch, signed: Signed): void {
  const answer = openAnswer(world, batch.market, signed)
  if (
    answer.maker !== batch.maker ||
    answer.taker !== batch.taker ||
    answer.market !== batch.market ||
    answer.n !== batch.n
  )
    throw refusal('addressed_to_somebody_else', 'the answer belongs to another batch')
  bookOf(world, batch.market).send({ type: 'batch.answer', answer, signed })
}
