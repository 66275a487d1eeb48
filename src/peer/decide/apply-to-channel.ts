/** What facts do to channels: batches are made, settled and forced on the one side, and answered on the other. */
import type { OrderId, PeerId, TradeId } from '../../book/order.ts'
import { limits } from '../../limits.ts'
import { isEarlier, type Fact } from './fact.ts'
import type { BookState, InFlight } from './state.ts'
import { giveBack, toldOf, touch } from './touch.ts'
import { wholeOf } from './whole.ts'

export function applyIntent(state: BookState, { batch, signed, hash }: Fact & { type: 'intent' }): void {
  const sinceMs = state.ports.now()
  for (const { orderId, quantity } of batch.proposals) {
    state.book.reserve(orderId, quantity)
    touch(state, orderId)
  }
  state.takerChannels.set(batch.maker, { n: batch.n, inFlight: { batch, signed, hash, sinceMs, forced: new Map() } })
}

/** The fills themselves are entries and have come before. */
export function applySettled(state: BookState, { maker, n, filled }: Fact & { type: 'settled' }): void {
  const { batch, forced } = inFlightOf(state, maker, n)
  for (const [index, { orderId, tradeId, quantity }] of batch.proposals.entries()) {
    const decided = filled[index] ?? 0
    if (forced.has(tradeId)) noteDecided(state, orderId, tradeId, decided)
    else giveBack(state, orderId, quantity - decided)
  }
  state.takerChannels.set(maker, { n, inFlight: null })
}

/** An order of which all was forced may have been closed for so long that it is forgotten. */
function noteDecided(state: BookState, orderId: OrderId, tradeId: TradeId, decided: number): void {
  const told = wholeOf(state, orderId)
  if (!state.records.has(told)) return
  const record = state.records.change(told)
  record.forced = record.forced.map(one => (one.tradeId === tradeId ? { ...one, decided } : one))
  touch(state, orderId)
}

export function applyForced(state: BookState, { maker, n, tradeId, filled }: Fact & { type: 'forced' }): void {
  const inFlight = inFlightOf(state, maker, n)
  const proposal = inFlight.batch.proposals.find(one => one.tradeId === tradeId)
  if (!proposal || inFlight.forced.has(tradeId)) throw new Error(`the trade ${tradeId} is forced but not in doubt`)
  const { orderId, price, quantity, makerOrderId } = proposal
  if (filled > 0) state.book.fillReserved(orderId, filled)
  state.takerChannels.set(maker, {
    n,
    inFlight: { ...inFlight, forced: new Map(inFlight.forced).set(tradeId, filled) },
  })
  const counterparty = { peer: maker, orderId: makerOrderId }
  const record = toldOf(state, orderId)
  record.forced = [...record.forced, { tradeId, price, quantity, filled, counterparty, decided: null }]
  giveBack(state, orderId, quantity - filled)
}

function inFlightOf(state: BookState, maker: PeerId, n: number): InFlight {
  const { inFlight } = state.takerChannelOf(maker)
  if (inFlight?.batch.n !== n) throw new Error(`batch ${n} to ${maker} is settled but was not in flight`)
  return inFlight
}

/** What was asked for after its channel had gone on is remembered beside it. */
export function applyAnswered(state: BookState, { batch, answer }: Fact & { type: 'answered' }): void {
  const channel = state.makerChannels.get(batch.taker)
  if (!channel || !isEarlier(batch, channel)) state.makerChannels.set(batch.taker, { ...batch, answer })
  if (!batch.isGroup) return
  state.groupAnswers.set(batch.hash, answer)
  const [oldest] = state.groupAnswers.keys()
  if (state.groupAnswers.size > limits.groupAnswersMax && oldest !== undefined) state.groupAnswers.delete(oldest)
}
