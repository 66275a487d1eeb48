/** What a maker's decision consists of: its side of each trade, and the signed answer that is the same for ever. */
import type { Evidence } from '../../feed/segment.ts'
import { signBody, type Signed } from '../../feed/signer.ts'
import type { Answer, Batch, Decision, Proposal } from '../../net/messages.ts'
import { ownOrder, publish, record } from './record.ts'
import type { BookState } from './state.ts'

/** The maker's side of a trade. */
export function fill(
  state: BookState,
  { taker }: Batch,
  { tradeId, makerOrderId, orderId, price }: Proposal,
  quantity: number,
  evidence: Evidence,
): void {
  const order = ownOrder(state, makerOrderId)
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
}

/** True for an all-or-nothing batch that others may wait for: its answer is the decision. */
export function isOfGroup({ minimum, last }: Batch): boolean {
  return minimum > 0 && last === null
}

/** The answer to a batch, signed and remembered. `lastTradeId`: the latest that was ever proposed in the channel. */
export function recordAnswer(
  state: BookState,
  batch: Batch,
  hash: string,
  decisions: Decision[],
  lastTradeId: string,
): Signed {
  const answer = signAnswer(state, batch, hash, decisions)
  const { taker, n, takerIncarnation } = batch
  const isGroup = isOfGroup(batch)
  record(state, { type: 'answered', batch: { taker, n, takerIncarnation, isGroup, hash, lastTradeId }, answer })
  return answer
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
