/**
 * The maker's side of a channel: a batch is decided in one event, once, and the decision is repeated to whoever asks again. The
 * journal append of the decision is the moment at which its trades exist.
 */
import { availableOf, isMarketable } from '../../book/order.ts'
import { stampOfId } from '../../feed/hybrid-clock.ts'
import type { Evidence } from '../../feed/segment.ts'
import { signBody, type Signed } from '../../feed/signer.ts'
import type { Answer, Batch, Decision, DecisionRefusal, Proposal, RequestRefusal } from '../../net/messages.ts'
import { limits } from '../../limits.ts'
import type { RequestId } from './event.ts'
import { output, ownOrder, publish, record } from './record.ts'
import type { BookState, MakerChannel } from './state.ts'

export interface AskedBatch {
  readonly type: 'batch.propose' | 'batch.withdraw'
  readonly requestId: RequestId
  readonly batch: Batch
  readonly signed: Signed
  readonly hash: string
}

export function takeBatch(state: BookState, asked: AskedBatch): void {
  const { requestId, batch, hash } = asked
  const channel = state.makerChannels.get(batch.taker)
  const position = channel ? positionOf(batch, channel) : 'later'
  if (position === 'earlier') return undecided(state, requestId, 'number_passed', 'a later batch is decided')
  if (channel && position === 'same') return repeat(state, requestId, channel, hash)
  if (!state.isOpen && asked.type === 'batch.propose')
    return undecided(state, requestId, 'market_not_open', 'this peer takes no new proposals at the moment')
  if (state.ports.clock.aheadMs(batch.stamp) > limits.clockAheadMsMax)
    return undecided(state, requestId, 'clock_ahead', 'the batch is stamped in the future')
  decide(state, asked, channel)
}

/**
 * Where a batch stands to the last one of its channel: by its taker's incarnation, then by its number. A taker goes on counting
 * over its restarts; one that has lost its memory begins again at 1, in a new incarnation, and what it said before is passed.
 */
function positionOf({ takerIncarnation, n }: Batch, channel: MakerChannel): 'earlier' | 'same' | 'later' {
  if (takerIncarnation !== channel.takerIncarnation)
    return takerIncarnation < channel.takerIncarnation ? 'earlier' : 'later'
  if (n === channel.n) return 'same'
  return n < channel.n ? 'earlier' : 'later'
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
  const evidence: Evidence = { signed }
  let lastTradeId = channel?.lastTradeId ?? ''
  const decisions: Decision[] = []
  for (const proposal of batch.proposals) {
    const { tradeId } = proposal
    const refused =
      refusedWhole ?? (tradeId > lastTradeId ? reasonToRefuse(state, proposal, batch) : 'trade_id_not_later')
    decisions.push(refused ? { tradeId, refused } : { tradeId, filled: fill(state, batch, proposal, evidence) })
    if (tradeId > lastTradeId) lastTradeId = tradeId
  }
  const answer = signAnswer(state, batch, hash, decisions)
  const { taker, n, takerIncarnation } = batch
  record(state, { type: 'answered', batch: { taker, n, takerIncarnation, hash, lastTradeId }, answer })
  output(state, { type: 'reply', requestId, reply: { type: 'answer', answer } })
}

/** A batch that was withdrawn, or that one of the two sides made in an earlier life, fills nothing. */
function reasonToRefuseAll(
  state: BookState,
  type: AskedBatch['type'],
  batch: Batch,
  channel: MakerChannel | undefined,
): DecisionRefusal | undefined {
  if (type === 'batch.withdraw') return 'withdrawn'
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
function reasonToRefuse(state: BookState, proposal: Proposal, { stamp }: Batch): DecisionRefusal | undefined {
  const order = state.book.own(proposal.makerOrderId)
  if (!order) return 'order_unknown'
  if (!order.isResting || order.price === null) return 'order_closed'
  if (state.recordOf(order.id).closing !== null) return 'order_closed'
  if (proposal.price !== order.price) return 'price_differs'
  if (proposal.side === order.side) return 'sides_are_equal'
  if (!isMarketable(proposal.side, proposal.limit, order.price)) return 'prices_do_not_cross'
  if (proposal.orderId <= order.id || stampOfId(proposal.orderId) > stamp) return 'taker_is_earlier'
  if (availableOf(order) === 0) return 'nothing_available'
  return undefined
}

function fill(state: BookState, { taker }: Batch, proposal: Proposal, evidence: Evidence): number {
  const { tradeId, makerOrderId, orderId, price } = proposal
  const order = ownOrder(state, makerOrderId)
  const quantity = Math.min(proposal.quantity, availableOf(order))
  publish(
    state,
    {
      type: 'filled',
      orderId: makerOrderId,
      side: order.side,
      tradeId,
      price,
      quantity,
      remaining: order.remaining - quantity,
      liquidity: 'maker',
      counterparty: { peer: taker, orderId },
      evidence: null,
    },
    evidence,
  )
  return quantity
}

function signAnswer(state: BookState, batch: Batch, batchHash: string, decisions: Decision[]): Signed {
  const answer: Answer = {
    maker: state.self,
    taker: batch.taker,
    market: state.market.id,
    n: batch.n,
    batchHash,
    makerIncarnation: state.incarnation,
    sequence: state.sequence,
    decisions,
  }
  const domain = { networkId: state.ports.networkId, kind: 'answer', scope: state.market.id } as const
  return signBody(state.ports.signer, domain, JSON.stringify(answer))
}
