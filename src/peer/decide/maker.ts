/**
 * The maker's side of a channel: a batch is decided in one event, once, and the decision is repeated to whoever asks again. The
 * journal append of the decision is the moment at which its trades exist.
 */
import { availableOf, isMarketable, type OrderId } from '../../book/order.ts'
import { stampOfId } from '../../feed/hybrid-clock.ts'
import type { Evidence } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Answer, Batch, Decision, DecisionRefusal, Proposal, RequestRefusal } from '../../net/messages.ts'
import { limits } from '../../limits.ts'
import type { RequestId } from './event.ts'
import { fill, isOfGroup, recordAnswer } from './answer.ts'
import { isEarlier } from './fact.ts'
import { learnFromDecision } from './hold.ts'
import { output, ownOrder, record } from './record.ts'
import type { BookState, MakerChannel } from './state.ts'

export interface AskedBatch {
  readonly type: 'batch.propose' | 'batch.withdraw'
  readonly requestId: RequestId
  readonly batch: Batch
  readonly signed: Signed
  readonly hash: string
  readonly decision: Answer | null
}

export function takeBatch(state: BookState, asked: AskedBatch): void {
  const { requestId, batch, hash, decision } = asked
  if (decision) learnFromDecision(state, hash, decision)
  const channel = state.makerChannels.get(batch.taker)
  const position = channel ? positionOf(batch, channel) : 'later'
  if (position === 'earlier') return answerLate(state, asked)
  if (channel && position === 'same') return repeat(state, requestId, channel, hash)
  if (!state.isOpen && asked.type === 'batch.propose')
    return undecided(state, requestId, 'market_not_open', 'this peer takes no new proposals at the moment')
  if (state.ports.clock.aheadMs(batch.stamp) > limits.clockAheadMsMax)
    return undecided(state, requestId, 'clock_ahead', 'the batch is stamped in the future')
  decide(state, asked, channel)
}

/** Where a batch stands to the last one of its channel. */
function positionOf(batch: Batch, channel: MakerChannel): 'earlier' | 'same' | 'later' {
  if (isEarlier(batch, channel)) return 'earlier'
  return isEarlier(channel, batch) ? 'later' : 'same'
}

/**
 * The channel has gone on, but somebody may hold lots until it is known what became of an all-or-nothing batch. What was not decided in
 * its turn never will be: its fills stand in our feed, or there are none.
 */
function answerLate(state: BookState, { requestId, batch, hash }: AskedBatch): void {
  const known = state.groupAnswers.get(hash)
  if (known) return output(state, { type: 'reply', requestId, reply: { type: 'answer', answer: known } })
  const isForgotten = batch.proposals.some(({ makerOrderId }) => !state.records.has(makerOrderId))
  if (!isOfGroup(batch) || isForgotten) return undecided(state, requestId, 'number_passed', 'a later batch is decided')
  const decisions = batch.proposals.map((proposal): Decision => {
    const { tradeId } = proposal
    const filled = filledBefore(state, batch, proposal)
    return filled > 0 ? { tradeId, filled } : { tradeId, refused: 'withdrawn' }
  })
  giveAnswer(state, requestId, batch, hash, decisions, state.makerChannels.get(batch.taker)?.lastTradeId ?? '')
}

function filledBefore(state: BookState, { taker }: Batch, { tradeId, makerOrderId }: Proposal): number {
  const fill = state
    .recordOf(makerOrderId)
    .fills.find(one => one.tradeId === tradeId && one.liquidity === 'maker' && one.counterparty.peer === taker)
  return fill?.quantity ?? 0
}

function repeat(state: BookState, requestId: RequestId, channel: MakerChannel, hash: string): void {
  if (channel.hash !== hash) return undecided(state, requestId, 'number_used_twice', 'another batch had this number')
  output(state, { type: 'reply', requestId, reply: { type: 'answer', answer: channel.answer } })
}

function undecided(state: BookState, requestId: RequestId, reason: RequestRefusal, sentence: string): void {
  output(state, { type: 'reply', requestId, reply: { type: 'undecided', reason, sentence } })
}

function decide(
  state: BookState,
  { type, requestId, batch, signed, hash }: AskedBatch,
  channel: MakerChannel | undefined,
): void {
  state.ports.clock.observe(batch.stamp)
  const refusedWhole = reasonToRefuseAll(state, type, batch, channel)
  let lastTradeId = channel?.lastTradeId ?? ''
  const refusals: (DecisionRefusal | undefined)[] = []
  for (const proposal of batch.proposals) {
    refusals.push(refusedWhole ?? reasonToRefuse(state, proposal, batch, lastTradeId))
    if (proposal.tradeId > lastTradeId) lastTradeId = proposal.tradeId
  }
  const short = isBelowMinimum(state, batch, refusals) ? 'below_minimum' : undefined
  const isHeld = batch.last !== null && short === undefined && !refusals.some(Boolean)
  const evidence: Evidence = { signed }
  if (isHeld) record(state, { type: 'held', batch, signed, hash })
  const decisions = batch.proposals.map((proposal, index): Decision => {
    const { tradeId, quantity } = proposal
    if (isHeld) return { tradeId, held: quantity }
    const refused = refusals[index] ?? short ?? (isUsedUp(state, proposal) ? 'nothing_available' : undefined)
    return refused ? { tradeId, refused } : { tradeId, filled: fillAvailable(state, batch, proposal, evidence) }
  })
  giveAnswer(state, requestId, batch, hash, decisions, lastTradeId)
}

/** Signs the decision, remembers it, and lets it go. */
function giveAnswer(
  state: BookState,
  requestId: RequestId,
  batch: Batch,
  hash: string,
  decisions: Decision[],
  lastTradeId: string,
): void {
  const answer = recordAnswer(state, batch, hash, decisions, lastTradeId)
  output(state, { type: 'reply', requestId, reply: { type: 'answer', answer } })
}

/** Whether the proposals that are good would fill less than the batch must have. */
function isBelowMinimum(
  state: BookState,
  { proposals, minimum }: Batch,
  refusals: readonly (DecisionRefusal | undefined)[],
): boolean {
  if (minimum === 0) return false
  const left = new Map<OrderId, number>()
  let lots = 0
  for (const [index, { makerOrderId, quantity }] of proposals.entries()) {
    if (refusals[index]) continue
    const available = left.get(makerOrderId) ?? availableOf(ownOrder(state, makerOrderId))
    const given = Math.min(quantity, available)
    left.set(makerOrderId, available - given)
    lots += given
  }
  return lots < minimum
}

/** Proposals before this one have taken all that there was. */
function isUsedUp(state: BookState, { makerOrderId }: Proposal): boolean {
  return availableOf(ownOrder(state, makerOrderId)) === 0
}

/** A batch that was withdrawn, or that one of the two sides made in an earlier life, fills nothing. */
function reasonToRefuseAll(
  state: BookState,
  type: AskedBatch['type'],
  batch: Batch,
  channel: MakerChannel | undefined,
): DecisionRefusal | undefined {
  if (type === 'batch.withdraw') return 'withdrawn'
  if (batch.last !== null && state.holds.size >= limits.holdsMax) return 'nothing_available'
  if (batch.makerHead.incarnation !== state.incarnation) return 'incarnation_superseded'
  const newest = newestIncarnationOf(state, batch, channel)
  return batch.takerIncarnation < newest ? 'incarnation_superseded' : undefined
}

function newestIncarnationOf(state: BookState, { taker }: Batch, channel: MakerChannel | undefined): string {
  const inFeed = state.feeds.get(taker)?.head?.incarnation ?? ''
  const inChannel = channel?.takerIncarnation ?? ''
  return inFeed > inChannel ? inFeed : inChannel
}

/** Why a single proposal is refused; undefined when it is good. Each is final. */
function reasonToRefuse(
  state: BookState,
  proposal: Proposal,
  { stamp }: Batch,
  lastTradeId: string,
): DecisionRefusal | undefined {
  if (proposal.tradeId <= lastTradeId) return 'trade_id_not_later'
  const order = state.book.own(proposal.makerOrderId)
  if (!order) return 'order_unknown'
  if (!order.isResting || order.price === null) return 'order_closed'
  if (state.recordOf(order.id).closing !== null) return 'order_closed'
  if (proposal.price !== order.price) return 'price_differs'
  if (proposal.side === order.side) return 'sides_are_equal'
  if (!isMarketable(proposal.side, proposal.limit, order.price)) return 'prices_do_not_cross'
  if (proposal.orderId <= order.id || stampOfId(proposal.orderId) > stamp) return 'taker_is_earlier'
  if (availableOf(order) === 0 || state.entering.has(order.id)) return 'nothing_available'
  return undefined
}

function fillAvailable(state: BookState, batch: Batch, proposal: Proposal, evidence: Evidence): number {
  const quantity = Math.min(proposal.quantity, availableOf(ownOrder(state, proposal.makerOrderId)))
  fill(state, batch, proposal, quantity, evidence)
  return quantity
}
