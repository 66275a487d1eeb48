/**
 * The batches of a peer on their way to their makers. Each is proposed at once, by a stream; most are decided a moment later, and
 * that is all. Only what takes longer, or brings no answer, becomes an actor: it takes over here, and asks on for as long as it takes.
 */
import { Observable, Subscription } from 'rxjs'
import { proposalId, type BatchId, type PeerEvent } from '../../machines/peer.machine.ts'
import type { ProposalEvent } from '../../machines/proposal.machine.ts'
import type { MarketId } from '../book/market.ts'
import type { Clock } from '../clock.ts'
import type { Asking } from './ask-maker.ts'

/** A batch that has been proposed and is neither decided nor an actor's affair yet. */
class Proposed extends Subscription {
  readonly asking: Asking
  isSupervised = false
  /** What the proposing has come to; null as long as that is open. */
  outcome: ProposalEvent | null = null
  /** What its actor hears the outcome by; null as long as none has begun. */
  hear: ((outcome: ProposalEvent) => void) | null = null

  constructor(asking: Asking) {
    super()
    this.asking = asking
  }
}

export interface ProposalsOptions {
  readonly clock: Clock
  /** How long a batch is left to itself. */
  readonly aloneMs: number
  /** Asks the maker to decide; emits once what that comes to. */
  propose(asking: Asking): Observable<ProposalEvent>
  /** Tells the peer, who begins and ends the actors. */
  tell(event: PeerEvent & { readonly type: `batch.${string}` }): void
}

export class Proposals {
  readonly #options: ProposalsOptions
  readonly #proposed = new Map<string, Proposed>()

  constructor(options: ProposalsOptions) {
    this.#options = options
  }

  /** Proposes a batch, for the first and only time. */
  propose(asking: Asking): void {
    const { clock, aloneMs } = this.#options
    const proposed = new Proposed(asking)
    this.#proposed.set(proposalId(asking.batch), proposed)
    const timer = clock.setTimeout(() => this.#supervise(proposed), aloneMs)
    proposed.add(() => clock.clearTimeout(timer))
    proposed.add(this.#options.propose(asking).subscribe(outcome => this.#conclude(proposed, outcome)))
  }

  /** Leaves it to an actor to ask after a batch until it is decided. */
  withdraw(asking: Asking): void {
    this.#forget(proposalId(asking.batch))
    this.#send('withdraw', asking)
  }

  /** There is nothing to ask any more. */
  settle(batch: BatchId): void {
    const id = proposalId(batch)
    const isAlone = this.#proposed.get(id)?.isSupervised === false
    this.#forget(id)
    if (isAlone) return
    const { market, taker, maker, n } = batch
    this.#options.tell({ type: 'batch.settled', market, taker, maker, n })
  }

  /** For the actor of a batch: what its proposing comes to. Unsubscribing abandons the request. */
  outcomeOf(batch: BatchId): Observable<ProposalEvent> {
    return new Observable(subscriber => {
      const id = proposalId(batch)
      const proposed = this.#proposed.get(id)
      if (!proposed) return subscriber.next({ type: 'answer.missing', reason: 'not_proposed' })
      proposed.hear = outcome => subscriber.next(outcome)
      if (proposed.outcome) subscriber.next(proposed.outcome)
      return () => this.#forget(id)
    })
  }

  /** The book decides nothing any more: nobody waits for what it has proposed. Actors are ended by whoever has begun them. */
  end(market: MarketId): void {
    for (const [id, { asking, hear }] of this.#proposed)
      if (asking.batch.market === market && hear === null) this.#forget(id)
  }

  #conclude(proposed: Proposed, outcome: ProposalEvent): void {
    proposed.outcome = outcome
    if (proposed.hear) proposed.hear(outcome)
    else if (outcome.type === 'answer.missing') this.#supervise(proposed)
  }

  #supervise(proposed: Proposed): void {
    if (proposed.isSupervised) return
    proposed.isSupervised = true
    this.#send('propose', proposed.asking)
  }

  #send(mode: 'propose' | 'withdraw', { batch, signed, decision }: Asking): void {
    this.#options.tell({ type: 'batch.sent', batch, signed, mode, decision })
  }

  #forget(id: string): void {
    this.#proposed.get(id)?.unsubscribe()
    this.#proposed.delete(id)
  }
}
