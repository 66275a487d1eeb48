/**
 * Checkpoints as they are listed, part by part: the parts follow each other with nothing in between, and all together they name
 * every open order once, in id order. Were one left out, those who begin there would hold another book under the same head.
 */
import type { OrderId } from '../book/order.ts'
import type { Checkpoint } from './entry.ts'

/** A checkpoint of which parts are still to come. */
export interface Listing {
  readonly nextPart: number
  readonly parts: number
  readonly open: number
  /** How many orders the parts so far have named. */
  readonly named: number
  readonly last: OrderId | null
}

/** What is still to come behind this part: null when it was the last one, undefined when it does not belong here. */
export function listOn(before: Listing | null, { part, parts, open, orders }: Checkpoint): Listing | null | undefined {
  const { nextPart = 0, named = 0, last = null } = before ?? {}
  const isSame = before === null || (before.parts === parts && before.open === open)
  if (!isSame || part !== nextPart || !areRising(last, orders)) return undefined
  const namedByNow = named + orders.length
  if (part === parts - 1) return namedByNow === open ? null : undefined
  return { nextPart: part + 1, parts, open, named: namedByNow, last: orders.at(-1)?.id ?? last }
}

function areRising(last: OrderId | null, orders: Checkpoint['orders']): boolean {
  return orders.every(({ id }, index) => {
    const before = orders[index - 1]?.id ?? last
    return before === null || id > before
  })
}
