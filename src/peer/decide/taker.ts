/**
 * The taker's side of a channel: batches of proposals go out one at a time, and nothing that they reserve is free again before the
 * maker's decision is known, from its signed answer or from its feed.
 */
import { orderKey, type OrderId, type PeerId } from '../../book/order.ts'
import type { Filled } from '../../feed/entry.ts'
import { headOf, type Evidence, type SignedSegment } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import { limits } from '../../limits.ts'
import type { Answer, Batch, Decision, DecisionRefusal, Proposal } from '../../net/messages.ts'
import { foreseenOf } from './asking.ts'
import { noteHeld, noteSettled } from './attempt.ts'
import { undecidedOf } from './doubt.ts'
import type { FaultReason, RequestId } from './event.ts'
import { endHoldsShownBy, takeLastAnswer } from './hold.ts'
import { lapseReturned, output, ownOrder, publish, record } from './record.ts'
import type { BookState, InFlight } from './state.ts'

/** A maker's signed answer. One to a batch that is already settled is a late duplicate and changes nothing. */
export function takeAnswer(state: BookState, answer: Answer, signed: Signed): void {
  // Lots are held here for somebody else's batch, and we have asked after it.
  if (answer.taker !== state.self) return takeLastAnswer(state, answer)
  const { inFlight } = state.takerChannelOf(answer.maker)
  if (inFlight?.batch.n !== answer.n) return
  const fault = faultOfAnswer(inFlight, answer)
  if (fault) {
    const proof = isProof(fault) ? [inFlight.signed, signed] : []
    return output(state, { type: 'fault', peer: answer.maker, reason: fault, proof })
  }
  if (answer.decisions.some(isHeld)) return noteHeld(state, inFlight)
  const filled = answer.decisions.map(decision => ('filled' in decision ? decision.filled : 0))
  for (const [index, decision] of answer.decisions.entries())
    if ('filled' in decision) foresee(state, inFlight.batch, index, decision.filled, answer)
    else if (isOfOrder(decision, inFlight.batch)) backOff(state, inFlight.batch, index, answer)
  settleBatch(state, inFlight, filled, { signed })
}

/** Refused because the order cannot trade, and not because that which it would have been a part of is off. */
function isOfOrder(decision: Decision, { minimum }: Batch): boolean {
  const ofGroup: readonly DecisionRefusal[] = ['below_minimum', 'refused_by_last_maker', 'withdrawn']
  return 'refused' in decision && !(minimum > 0 && ofGroup.includes(decision.refused))
}

/**
 * An answer that names the hash of our batch and does not fit it is impossible for a correct maker. One to another batch may be from
 * an earlier life of ours, in which a batch had the same number, and be brought up again by anybody.
 */
function isProof(fault: FaultReason): boolean {
  return fault !== 'answer_to_another_batch'
}

function faultOfAnswer({ batch, hash }: InFlight, answer: Answer): FaultReason | undefined {
  if (answer.batchHash !== hash) return 'answer_to_another_batch'
  if (answer.decisions.length !== batch.proposals.length) return 'answer_to_other_proposals'
  for (const [index, { tradeId, quantity }] of batch.proposals.entries()) {
    const decision = answer.decisions[index]
    if (decision?.tradeId !== tradeId) return 'answer_to_other_proposals'
    if ('filled' in decision && decision.filled > quantity) return 'answer_fills_too_much'
    if (isHeld(decision) && !(batch.last !== null && decision.held === quantity)) return 'answer_to_other_proposals'
  }
  return isAllOrNothing(batch, answer.decisions) ? undefined : 'answer_below_minimum'
}

function isHeld(decision: Decision): decision is Decision & { readonly held: number } {
  return 'held' in decision
}

/** Held means all of it. */
function isAllOrNothing({ minimum }: Batch, decisions: readonly Decision[]): boolean {
  const lots = decisions.reduce((sum, decision) => sum + lotsOf(decision), 0)
  return lots === 0 || lots >= minimum
}

function lotsOf(decision: Decision): number {
  if ('filled' in decision) return decision.filled
  return isHeld(decision) ? decision.held : 0
}

/**
 * The maker's feed shows trades of a batch that is still in flight. A batch is decided in one event and one segment, so what the
 * segment does not show was refused.
 */
export function learnFromFeed(state: BookState, read: SignedSegment): void {
  const shownFills = read.segment.entries.filter(entry => entry.type === 'filled')
  endHoldsShownBy(state, read.segment.owner, shownFills)
  const { inFlight } = state.takerChannelOf(read.segment.owner)
  if (!inFlight) return
  const fills = shownFills.filter(entry => entry.counterparty.peer === state.self)
  const shown = inFlight.batch.proposals.map(({ tradeId }) => fills.find(fill => fill.tradeId === tradeId))
  if (shown.every(fill => fill === undefined)) return
  if (
    !shown.every((fill, index) => fill === undefined || isAsProposed(fill, inFlight.batch.proposals[index] as Proposal))
  )
    return output(state, {
      type: 'fault',
      peer: read.segment.owner,
      reason: 'fill_differs_from_proposal',
      proof: [inFlight.signed, read.signed],
    })
  const filled = shown.map(fill => fill?.quantity ?? 0)
  settleBatch(state, inFlight, filled, { segment: headOf(read) })
}

function isAsProposed(fill: Filled, proposal: Proposal): boolean {
  const { orderId, price, quantity, liquidity, counterparty } = fill
  const isOurs = counterparty.orderId === proposal.orderId && orderId === proposal.makerOrderId
  return isOurs && liquidity === 'maker' && price === proposal.price && quantity <= proposal.quantity
}

function settleBatch(state: BookState, inFlight: InFlight, filled: readonly number[], evidence: Evidence): void {
  const { batch, forced } = inFlight
  for (const [index, proposal] of batch.proposals.entries()) {
    const decided = filled[index] ?? 0
    const stated = forced.get(proposal.tradeId)
    if (stated === undefined) publishFill(state, batch.maker, proposal, decided, evidence)
    else if (stated !== decided) dispute(state, batch.maker, proposal, stated, decided)
  }
  record(state, { type: 'settled', maker: batch.maker, n: batch.n, filled })
  for (const { orderId } of undecidedOf(inFlight)) lapseReturned(state, orderId)
  output(state, { type: 'settled', taker: batch.taker, maker: batch.maker, n: batch.n })
  const answer = 'signed' in evidence ? evidence.signed : null
  noteSettled(
    state,
    inFlight,
    filled.some(lots => lots > 0),
    answer,
  )
}

/** The maker contradicts what the operator has forced: both are kept, and the book stays as it was forced. */
function dispute(state: BookState, maker: PeerId, proposal: Proposal, filled: number, decided: number): void {
  const { orderId, side, tradeId, price, quantity, makerOrderId } = proposal
  const counterparty = { peer: maker, orderId: makerOrderId }
  const terms = { orderId, side, tradeId, price, quantity, counterparty }
  const disputed = { type: 'disputed', dispute: { ...terms, filled, decided, atMs: state.ports.now() } } as const
  record(state, disputed)
  output(state, disputed)
}

function publishFill(state: BookState, maker: PeerId, proposal: Proposal, quantity: number, evidence: Evidence): void {
  if (quantity === 0) return
  const { orderId, side, tradeId, price, makerOrderId } = proposal
  const { remaining } = ownOrder(state, orderId)
  state.backoffs.delete(orderKey(maker, makerOrderId))
  publish(
    state,
    {
      type: 'filled',
      orderId,
      side,
      tradeId,
      price,
      quantity,
      remaining: remaining - quantity,
      liquidity: 'taker',
      counterparty: { peer: maker, orderId: makerOrderId },
      evidence: null,
    },
    evidence,
  )
}

/** Until the maker's feed shows a fill, the replica is larger than the order: what we know to be gone is not asked for again. */
function foresee(
  state: BookState,
  batch: Batch,
  index: number,
  lots: number,
  { makerIncarnation, sequence }: Answer,
): void {
  const proposal = batch.proposals[index] as Proposal
  const key = orderKey(batch.maker, proposal.makerOrderId)
  const known = foreseenOf(state, batch.maker, proposal.makerOrderId)
  state.foreseen.set(key, { incarnation: makerIncarnation, sequence, lots: known + lots })
}

/** Leaves an order that has refused alone for a while that doubles from one refusal to the next, with jitter. */
function backOff(state: BookState, batch: Batch, index: number, { makerIncarnation, sequence }: Answer): void {
  const proposal = batch.proposals[index] as Proposal
  const key = orderKey(batch.maker, proposal.makerOrderId)
  const before = state.backoffs.get(key)
  const delayMs = Math.min(before ? before.delayMs * 2 : limits.refusedDelayMsMin, limits.refusedDelayMsMax)
  const untilMs = state.ports.now() + delayMs * (1 + state.ports.random() / 2)
  state.backoffs.set(key, { incarnation: makerIncarnation, sequence, untilMs, delayMs })
}

export function giveChannel(state: BookState, requestId: RequestId, maker: PeerId): void {
  const isUndecided = state.takerChannelOf(maker).inFlight !== null
  output(state, { type: 'reply', requestId, reply: { type: 'channel', isUndecided } })
}

/** What is remembered about orders that are gone is of no use to anybody. */
export function forgetGone(state: BookState, owner: PeerId): void {
  for (const memory of [state.backoffs, state.foreseen])
    for (const key of memory.keys()) {
      const [peer, id] = key.split('/') as [PeerId, OrderId]
      if (peer === owner && !state.book.replica(peer, id)) memory.delete(key)
    }
}
