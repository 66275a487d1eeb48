/** The hash by which two books of an engine are compared: everything of every order, and who is met before whom. */

import { createHash } from 'node:crypto'
import type { EngineOrder } from './engine-orders.ts'

/** SHA-256, hex, over twelve integers an order, little-endian, in the order in which they would be met. */
export function hashEngineOrders(orders: readonly EngineOrder[]): string {
  const numbers = Int32Array.from(orders.flatMap(numbersOf))
  return createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex')
}

function numbersOf(order: EngineOrder): number[] {
  const { id, side, price, quantity, remaining, hidden } = order
  const { account, terms, displayed, minimum, trigger, partner } = order
  return [id, side, price, quantity, remaining, hidden, account, terms, displayed, minimum, trigger, partner]
}
