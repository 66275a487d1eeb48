/**
 * Forcing: a maker that never comes back leaves a quantity in doubt for ever, and no timer guesses. The operator may state how it
 * counts. That settles the quantity and not its number: the batch stays in flight, and its maker is asked on.
 */
import { formatLots } from '../../book/decimals.ts'
import type { OrderId } from '../../book/order.ts'
import { refuse, type Refusal } from '../../book/refusal.ts'
import { limits } from '../../limits.ts'
import type { Proposal } from '../../net/messages.ts'
import { reasonNotToCancel, refuseCommand } from './command.ts'
import { attemptOf, end } from './attempt.ts'
import { doubtsByMaker, undecidedOf, type DoubtAtMaker } from './doubt.ts'
import type { CommandRefusal, Forcing, RequestId } from './event.ts'
import { lapseReturned, ownOrder, publish, record } from './record.ts'
import { awaitRest } from './report.ts'
import type { BookState } from './state.ts'
import { partsOf } from './whole.ts'

export function force(state: BookState, requestId: RequestId, forcing: Forcing): void {
  const { orderId, filled } = forcing
  const refusal = reasonNotToCancel(state, orderId)
  if (refusal) return refuseCommand(state, requestId, refusal)
  const doubt = meantDoubt(state, forcing)
  if ('refused' in doubt) return refuseCommand(state, requestId, doubt)
  const tooEarly = reasonNotToForce(state, doubt, forcing)
  if (tooEarly) return refuseCommand(state, requestId, tooEarly)
  let left = filled
  for (const proposal of doubt.proposals) {
    const lots = Math.min(left, proposal.quantity)
    left -= lots
    forceProposal(state, doubt, proposal, lots)
  }
  endForcedAttempt(state, doubt)
  for (const part of partsOf(state, orderId)) lapseReturned(state, part)
  awaitRest(state, requestId, orderId)
}

/** What the operator states of all that the last maker has been asked counts as its decision on the whole. */
function endForcedAttempt(state: BookState, { maker, proposals }: DoubtAtMaker): void {
  const { inFlight } = state.takerChannelOf(maker)
  const attempt = attemptOf(state, proposals)
  if (!inFlight || attempt?.last !== maker || undecidedOf(inFlight).length > 0) return
  const filled = [...inFlight.forced.values()].reduce((sum, lots) => sum + lots, 0)
  end(state, attempt, filled >= inFlight.batch.minimum)
}

/** The one maker that is meant, with those of the proposals that are. */
function meantDoubt(
  state: BookState,
  { orderId, counterparty, tradeId }: Forcing,
): DoubtAtMaker | Refusal<CommandRefusal> {
  const doubts = doubtsByMaker(state, orderId)
  const makers = doubts.map(({ maker }) => maker).join(' and ')
  if (doubts.length === 0) return refuse('order_not_in_doubt', `Nothing of the order ${orderId} is in doubt.`)
  const meant = doubts
    .filter(({ maker }) => counterparty === null || maker === counterparty)
    .map(doubt => ({ ...doubt, proposals: doubt.proposals.filter(one => tradeId === null || one.tradeId === tradeId) }))
    .filter(({ proposals }) => proposals.length > 0)
  const [only, ...others] = meant
  if (!only) return refuse('doubt_unknown', unknownSentence(orderId, makers, counterparty === null))
  if (others.length > 0)
    return refuse(
      'doubt_is_towards_several',
      `The order ${orderId} is in doubt towards ${makers}; say towards whom it is forced.`,
    )
  return only
}

function unknownSentence(orderId: OrderId, makers: string, isOfTrade: boolean): string {
  const what = isOfTrade ? 'not over that trade' : 'not towards the peer that is named'
  return `The order ${orderId} is in doubt towards ${makers}, and ${what}.`
}

function reasonNotToForce(
  state: BookState,
  { maker, inFlight, proposals }: DoubtAtMaker,
  { orderId, filled }: Forcing,
): Refusal<CommandRefusal> | undefined {
  const leftMs = inFlight.sinceMs + limits.doubtMs - state.ports.now()
  if (leftMs > 0)
    return refuse(
      'doubt_is_too_young',
      `The maker ${maker} may still answer; the order ${orderId} may be forced in ${Math.ceil(leftMs / 1_000)} s.`,
    )
  const lots = proposals.reduce((sum, { quantity }) => sum + quantity, 0)
  if (filled > lots)
    return refuse(
      'forced_beyond_doubt',
      `Of the order ${orderId} ${formatLots(lots, state.market.lotSize)} is in doubt towards ${maker}; no more than that can be forced.`,
    )
  if (state.recordOf(orderId).forced.length + proposals.length > limits.forcedPerOrderMax)
    return refuse('forced_too_often', `At most ${limits.forcedPerOrderMax} proposals of an order can be forced.`)
  return undefined
}

/** An order that never rests is shown to nobody, so nobody need be told; nor does a release change what others see. */
function forceProposal(state: BookState, { maker, inFlight }: DoubtAtMaker, proposal: Proposal, filled: number): void {
  const { orderId, tradeId, makerOrderId } = proposal
  const { isResting } = ownOrder(state, orderId)
  record(state, { type: 'forced', maker, n: inFlight.batch.n, tradeId, filled })
  if (!isResting || filled === 0) return
  const { remaining } = ownOrder(state, orderId)
  const counterparty = { peer: maker, orderId: makerOrderId }
  publish(state, { type: 'forced', orderId, tradeId, quantity: filled, remaining, counterparty })
}
