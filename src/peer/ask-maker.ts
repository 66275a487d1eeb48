/** One request to a maker: to decide on a batch, or to say what has become of it. */
import { catchError, map, of, type Observable } from 'rxjs'
import type { ProposalEvent } from '../../machines/proposal.machine.ts'
import type { Signed } from '../feed/signer.ts'
import { refusal } from '../net/codec.ts'
import type { Batch } from '../net/messages.ts'
import { bookOf, call, openAnswer, reasonOf, type World } from './world.ts'

export interface Asking {
  readonly batch: Batch
  readonly signed: Signed
  /** What the last maker has decided, to be shown to a maker that holds the batch until then; null for any other. */
  readonly decision: Signed | null
}

/** Asks the maker where it is by now; emits once what that has come to. An answer goes to the book, which alone decides what it means. */
export function askMaker(
  world: World,
  type: 'propose' | 'withdraw',
  { batch, signed, decision }: Asking,
): Observable<ProposalEvent> {
  const address = world.sightings.of(batch.maker)?.address
  if (!address) return of({ type: 'answer.missing', reason: 'maker_not_seen' })
  const shown = type === 'withdraw' && decision ? { decision } : {}
  return call(world, address, { type, market: batch.market, batch: signed, ...shown }).pipe(
    map((reply): ProposalEvent => {
      deliver(world, batch, reply.answer)
      return { type: 'answer.arrived' }
    }),
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
