/**
 * How a segment is written. Nearly everything in feeds is an order that is placed, so an order is a row of what it says, without the
 * names: an entry that is a list is an order placed, and the orders of a checkpoint are rows. All else is the JSON of what it is.
 */
import type { OrderId, Side } from '../book/order.ts'
import type { Checkpoint, Entry, Placed, PlacedOrder } from './entry.ts'
import type { Segment } from './segment.ts'

export type OrderRow = readonly [id: OrderId, side: Side, price: number, quantity: number, remaining: number]

export type WrittenEntry =
  | OrderRow
  | (Omit<Checkpoint, 'orders'> & { readonly orders: readonly OrderRow[] })
  | Exclude<Entry, Placed | Checkpoint>

/** The content of a segment's text. */
export interface WrittenSegment extends Omit<Segment, 'entries'> {
  readonly entries: readonly WrittenEntry[]
}

/** The text of a segment, to be signed: one and the same for the same segment. */
export function segmentText({ entries, evidence, ...place }: Segment): string {
  const listed = entries.map(entryText).join(',')
  return `${opening(place)}"entries":[${listed}],"evidence":${JSON.stringify(evidence)}}`
}

function entryText(entry: Entry): string {
  if (entry.type === 'placed') return rowText(entry.order)
  if (entry.type !== 'checkpoint') return JSON.stringify(entry)
  const { orders, ...others } = entry
  return `${opening(others)}"orders":[${orders.map(rowText).join(',')}]}`
}

/** By hand, which takes half the time: nothing in an id or a side needs to be escaped. */
function rowText({ id, side, price, quantity, remaining }: PlacedOrder): string {
  return `["${id}","${side}",${price},${quantity},${remaining}]`
}

/** The text of an object that goes on. */
function opening(fields: object): string {
  return `${JSON.stringify(fields).slice(0, -1)},`
}

/** The segment that is written so. */
export function segmentOf(written: WrittenSegment): Segment {
  return { ...written, entries: written.entries.map(entryOf) }
}

function entryOf(written: WrittenEntry): Entry {
  if (isRow(written)) return new PlacedAsRead(written)
  return written.type === 'checkpoint' ? { ...written, orders: written.orders.map(orderOf) } : written
}

export function orderOf(row: OrderRow): PlacedOrder {
  return new OrderAsRead(row)
}

/**
 * By classes, though they are plain data: of literals that are mostly alive when garbage is collected, as those of a large segment are
 * while it is being read, V8 takes what comes later for old from the start, and nobody collects that for long. With literals the network
 * benchmark took 11 % more processor time (medians of 42 rounds each, in turn).
 */
class PlacedAsRead implements Placed {
  readonly type = 'placed'
  readonly order: PlacedOrder

  constructor(row: OrderRow) {
    this.order = new OrderAsRead(row)
  }
}

class OrderAsRead implements PlacedOrder {
  readonly id: OrderId
  readonly side: Side
  readonly price: number
  readonly quantity: number
  readonly remaining: number

  constructor([id, side, price, quantity, remaining]: OrderRow) {
    this.id = id
    this.side = side
    this.price = price
    this.quantity = quantity
    this.remaining = remaining
  }
}

/** Array.isArray alone does not know lists that are read-only. */
function isRow(written: WrittenEntry): written is OrderRow {
  return Array.isArray(written)
}
