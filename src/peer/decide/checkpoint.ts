/**
 * Checkpoints: all own open orders as entries of the feed, so that nobody needs what came before. In parts, each of which fits a
 * segment; they are concluded one after another, so nothing can come between them.
 */
import type { RestingOrder } from '../../book/order.ts'
import type { PlacedOrder } from '../../feed/entry.ts'
import { limits } from '../../limits.ts'
import { publish } from './record.ts'
import type { BookState } from './state.ts'

/** True when the feed has grown long, and most of it is about orders that are closed. */
export function isCheckpointDue({ sequence, checkpointSequence, book, self }: BookState): boolean {
  const entries = sequence - checkpointSequence
  return entries >= limits.entriesSinceCheckpointMax && entries >= 2 * book.openCount(self)
}

/** Publishes a checkpoint, beginning in the decision under way and concluding it. */
export function checkpoint(state: BookState): void {
  const orders = [...state.book.openOrders(state.self)].map(placedOf)
  const parts = Math.max(1, Math.ceil(orders.length / limits.checkpointOrdersMax))
  for (let part = 0; part < parts; part += 1) {
    if (part > 0 || state.decisions.factsUnderWay === 0) state.decisions.markStart()
    const start = part * limits.checkpointOrdersMax
    publish(state, {
      type: 'checkpoint',
      part,
      parts,
      open: orders.length,
      orders: orders.slice(start, start + limits.checkpointOrdersMax),
    })
    if (part < parts - 1) state.decisions.conclude()
  }
  state.checkpointSequence = state.sequence
  state.decisions.conclude()
}

function placedOf({ id, side, price, quantity, remaining }: RestingOrder): PlacedOrder {
  return { id, side, price, quantity, remaining }
}
