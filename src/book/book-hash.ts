/**
 * The hash by which two peers compare their books. It is taken over what the feeds show open, so over (owner, id,
 * side, price, remaining) of every order: never over reservations, accounts, reachability, or whose book it is.
 */

import { createHash } from 'node:crypto'
import type { RestingOrder } from './order.ts'

/** SHA-256, hex, over one line `owner id side price remaining` for each order, sorted by owner, then id. */
export function hashOrders(orders: Iterable<RestingOrder>): string {
  const lines = [...orders].sort(byOwnerThenId).map(lineOf)
  return createHash('sha256').update(lines.join('')).digest('hex')
}

function lineOf({ owner, id, side, price, remaining }: RestingOrder): string {
  return `${owner} ${id} ${side} ${price} ${remaining}\n`
}

/** By code units, never by locale: the order must be the same on every machine. */
function byOwnerThenId(a: RestingOrder, b: RestingOrder): number {
  if (a.owner !== b.owner) return a.owner < b.owner ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
