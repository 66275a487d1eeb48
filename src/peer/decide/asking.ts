/** What an own order may ask of somebody else's: how much of it is not asked for already, and from when on it may be asked again. */
import { orderKey, type OrderId, type PeerId, type RestingOrder } from '../../book/order.ts'
import { hasReached } from '../../feed/feed.ts'
import { limits } from '../../limits.ts'
import type { BookState, InFlight } from './state.ts'

/** Lots of somebody's order that we have already asked for, or got. */
export function claimed(state: BookState, maker: RestingOrder): number {
  const asked = state.takerChannelOf(maker.owner).inFlight?.batch.proposals ?? []
  const drafted = state.drafts.filter(draft => draft.maker === maker.owner).map(draft => draft.proposal)
  const toThis = [...asked, ...drafted].filter(({ makerOrderId }) => makerOrderId === maker.id)
  return toThis.reduce((sum, { quantity }) => sum + quantity, foreseenOf(state, maker.owner, maker.id))
}

/** An order that has refused is not asked again before its owner's feed has moved on or some time has passed. */
export function isLeftAlone(state: BookState, maker: RestingOrder): boolean {
  const backoff = state.backoffs.get(orderKey(maker.owner, maker.id))
  if (!backoff) return false
  const { incarnation, sequence, untilMs } = backoff
  if (hasReached(state.feedOf(maker.owner).head, { incarnation, sequence: sequence + 1 })) return false
  if (state.ports.now() >= untilMs) return false
  lookAgainAt(state, untilMs)
  return true
}

/** Until when a maker that has not answered may still be waited for; after that it is asked for nothing more. */
export function owedUntilMs({ sinceMs }: InFlight): number {
  return sinceMs + limits.answerOwedMsMax
}

/** Lots of somebody's order that are filled, though its owner's feed as read here does not show it yet. */
export function foreseenOf(state: BookState, owner: PeerId, id: OrderId): number {
  const key = orderKey(owner, id)
  const foreseen = state.foreseen.get(key)
  if (!foreseen) return 0
  if (!hasReached(state.feedOf(owner).head, foreseen)) return foreseen.lots
  state.foreseen.delete(key)
  return 0
}

export function lookAgainAt(state: BookState, atMs: number): void {
  state.lookAgainAtMs = Math.min(state.lookAgainAtMs, atMs)
}
