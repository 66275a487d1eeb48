/** The taker's side of a channel, outwards: numbered, signed batches of proposals, each proposed once and after that only asked after. */
import type { PeerId } from '../../book/order.ts'
import { hashOf, signBody, type Domain, type Signed } from '../../feed/signer.ts'
import type { Batch, Proposal } from '../../net/messages.ts'
import { output, record } from './record.ts'
import type { BookState, InFlight } from './state.ts'

type Outgoing = Pick<InFlight, 'batch' | 'signed'>

/** Makes one batch for each maker out of the drafts of this decision. */
export function sendDrafts(state: BookState): void {
  if (state.drafts.length === 0) return
  const makers = new Set(state.drafts.map(draft => draft.maker))
  const drafts = state.drafts
  state.drafts = []
  for (const maker of makers) {
    const proposals = drafts.filter(draft => draft.maker === maker).map(draft => draft.proposal)
    propose(state, intend(state, maker, proposals))
  }
}

/** Makes the next batch of a channel, which reserves what it asks for. With a minimum it is all or nothing, alone or as part of a group. */
export function intend(
  state: BookState,
  maker: PeerId,
  proposals: readonly Proposal[],
  { minimum, last }: Pick<Batch, 'minimum' | 'last'> = { minimum: 0, last: null },
): Outgoing {
  const { head } = state.feedOf(maker)
  if (!head) throw new Error(`${maker} has orders here but no head`)
  const batch: Batch = {
    taker: state.self,
    maker,
    market: state.market.id,
    n: state.takerChannelOf(maker).n + 1,
    takerIncarnation: state.incarnation,
    makerHead: head,
    stamp: state.ports.clock.next(),
    proposals: [...proposals],
    minimum,
    last,
  }
  const body = JSON.stringify(batch)
  const hash = hashOf(batchDomain(state), { body })
  const signed = signBody(state.ports.signer, batchDomain(state), body, hash)
  record(state, { type: 'intent', batch, signed, hash })
  return { batch, signed }
}

/** Lets a batch that is journalled, or about to be, go to its maker: once. */
export function propose(state: BookState, { batch, signed }: Outgoing): void {
  output(state, { type: 'batch', mode: 'propose', batch, signed, decision: null })
}

/** Asks what has become of a batch. `decision`: what the last maker has decided, for one that holds until then. */
export function withdraw(state: BookState, { batch, signed }: Outgoing, decision: Signed | null = null): void {
  output(state, { type: 'batch', mode: 'withdraw', batch, signed, decision })
}

function batchDomain(state: BookState): Domain {
  return { networkId: state.ports.networkId, kind: 'batch', scope: state.market.id }
}
