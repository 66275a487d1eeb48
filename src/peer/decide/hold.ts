/**
 * Holding: lots of own orders that a taker wants together with those of other makers, all or nothing. They are closed to everyone else
 * until the last maker has decided; its signed answer, or its feed, ends the hold, whoever brings it, and nothing else does. A holder
 * that has waited for long asks the last maker itself.
 */
import type { Filled } from '../../feed/entry.ts'
import type { PeerId } from '../../book/order.ts'
import type { Answer, Decision } from '../../net/messages.ts'
import { limits } from '../../limits.ts'
import { fill, recordAnswer } from './answer.ts'
import { lookAgainAt } from './asking.ts'
import { lapseReturned, output, record } from './record.ts'
import { withdraw } from './send.ts'
import type { BookState, Hold } from './state.ts'

/** The last maker's answer has come with the question what has become of the batch that is held. */
export function learnFromDecision(state: BookState, hash: string, answer: Answer): void {
  const hold = state.holds.get(hash)
  if (hold) takeDecision(state, hold, answer)
}

/** The last maker's answer to our own question. */
export function takeLastAnswer(state: BookState, answer: Answer): void {
  for (const hold of [...state.holds.values()]) takeDecision(state, hold, answer)
}

/** Answers of others, or to other batches, end nothing. */
function takeDecision(state: BookState, hold: Hold, { maker, batchHash, decisions }: Answer): void {
  if (maker === hold.last.maker && batchHash === hold.lastHash) endHold(state, hold, decisions.some(isFilled))
}

function isFilled(decision: Decision): boolean {
  return 'filled' in decision
}

/** The last maker's feed shows the trades of its batch. It decides all or nothing, so one of them tells. */
export function endHoldsShownBy(state: BookState, owner: PeerId, fills: readonly Filled[]): void {
  for (const hold of [...state.holds.values()]) {
    const { last } = hold
    const isShown = ({ tradeId, counterparty, liquidity }: Filled): boolean =>
      liquidity === 'maker' &&
      counterparty.peer === last.taker &&
      last.proposals.some(proposal => proposal.tradeId === tradeId)
    if (last.maker === owner && fills.some(isShown)) endHold(state, hold, true)
  }
}

/** Fills all that is held, or gives it back. The channel has its final answer now, unless it has gone on. */
function endHold(state: BookState, { batch, signed, hash, last }: Hold, isFilled: boolean): void {
  const evidence = { signed }
  const decisions = batch.proposals.map((proposal): Decision => {
    const { tradeId, quantity } = proposal
    if (!isFilled) return { tradeId, refused: 'refused_by_last_maker' }
    fill(state, batch, proposal, quantity, evidence)
    return { tradeId, filled: quantity }
  })
  record(state, { type: 'hold_ended', hash })
  for (const { makerOrderId } of batch.proposals) lapseReturned(state, makerOrderId)
  const channel = state.makerChannels.get(batch.taker)
  if (channel?.hash === hash) recordAnswer(state, batch, hash, decisions, channel.lastTradeId)
  if (state.askedHolds.delete(hash)) output(state, { type: 'settled', taker: last.taker, maker: last.maker, n: last.n })
}

/** Asks the last makers of holds that have lasted too long: they decide, if only that it is off. */
export function askAboutHolds(state: BookState): void {
  for (const hold of state.holds.values()) {
    const askAtMs = hold.sinceMs + limits.holdMs
    if (state.askedHolds.has(hold.hash)) continue
    if (state.ports.now() < askAtMs) lookAgainAt(state, askAtMs)
    else askLastMaker(state, hold)
  }
}

/** After a start: how long they have lasted is not known any more. */
export function askAboutAllHolds(state: BookState): void {
  for (const hold of state.holds.values()) askLastMaker(state, hold)
}

function askLastMaker(state: BookState, { hash, batch, last }: Hold): void {
  if (!batch.last) return
  state.askedHolds.add(hash)
  withdraw(state, { batch: last, signed: batch.last })
}
