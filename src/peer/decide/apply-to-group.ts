/** What facts do to what is all or nothing: attempts of own orders, and lots that are held for those of others. */
import type { OrderId } from '../../book/order.ts'
import { hashOf } from '../../feed/signer.ts'
import type { Batch } from '../../net/messages.ts'
import type { Fact } from './fact.ts'
import { tradeKey, type BookState } from './state.ts'
import { giveBack, touch } from './touch.ts'

export function applyAttempt(state: BookState, { orderId, last, own }: Fact & { type: 'attempt' }): void {
  state.attempts.set(orderId, { orderId, last, own })
  for (const { tradeId, makerOrderId, quantity } of own) {
    state.heldTrades.add(tradeKey(state.self, tradeId))
    for (const id of [orderId, makerOrderId]) reserve(state, id, quantity)
  }
}

export function applyAttemptDecided(state: BookState, { orderId, isFilled }: Fact & { type: 'attempt_decided' }): void {
  const attempt = state.attempts.get(orderId)
  if (!attempt) throw new Error(`the order ${orderId} is decided on but was not under way`)
  state.attempts.delete(orderId)
  for (const { tradeId, makerOrderId, quantity } of attempt.own) {
    state.heldTrades.delete(tradeKey(state.self, tradeId))
    if (!isFilled) for (const id of [orderId, makerOrderId]) giveBack(state, id, quantity)
  }
  if (isFilled) admit(state, orderId)
}

/** From here on it trades as any other. */
function admit(state: BookState, orderId: OrderId): void {
  state.entering.delete(orderId)
  state.records.change(orderId).isEntering = false
}

export function applyHeld(state: BookState, { batch, signed, hash }: Fact & { type: 'held' }): void {
  if (!batch.last) throw new Error(`batch ${batch.n} of ${batch.taker} is held, and nothing is to decide on it`)
  const domain = { networkId: state.ports.networkId, kind: 'batch', scope: state.market.id } as const
  const last = JSON.parse(batch.last.body) as Batch
  const lastHash = hashOf(domain, batch.last)
  state.holds.set(hash, { batch, signed, hash, last, lastHash, sinceMs: state.ports.now() })
  for (const { tradeId, makerOrderId, quantity } of batch.proposals) {
    state.heldTrades.add(tradeKey(batch.taker, tradeId))
    reserve(state, makerOrderId, quantity)
  }
}

/** A trade that was filled is not held any more. */
export function applyHoldEnded(state: BookState, hash: string): void {
  const hold = state.holds.get(hash)
  if (!hold) throw new Error(`the batch ${hash} is not held`)
  state.holds.delete(hash)
  for (const { tradeId, makerOrderId, quantity } of hold.batch.proposals)
    if (state.heldTrades.delete(tradeKey(hold.batch.taker, tradeId))) giveBack(state, makerOrderId, quantity)
}

function reserve(state: BookState, orderId: OrderId, quantity: number): void {
  state.book.reserve(orderId, quantity)
  touch(state, orderId)
}
