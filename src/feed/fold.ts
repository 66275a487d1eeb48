/**
 * Folds a segment of another owner into a book: first checks every entry against the replica as it would be by then, then applies
 * all of them, so that a segment counts whole or not at all. Own entries take another way: they come from decisions.
 */
import type { OrderBook } from '../book/order-book.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'
import type { Amended, Checkpoint, Entry, Filled, PlacedOrder } from './entry.ts'
import { lastIdOf } from './hybrid-clock.ts'
import type { Reading } from './feed.ts'
import { listOn, type Listing } from './listing.ts'
import type { Segment } from './segment.ts'

/** What an owner did wrong: its signature is good, and yet the segment cannot be true. */
export type SegmentFault =
  | 'incarnation_does_not_start_with_opened'
  | 'opened_in_the_middle'
  | 'checkpoint_differs'
  | 'checkpoint_incomplete'
  | 'order_placed_out_of_order'
  | 'stamp_not_later'
  | 'id_later_than_stamp'
  | 'too_many_open_orders'
  | 'filled_unknown_order'
  | 'filled_at_another_price'
  | 'filled_on_another_side'
  | 'cancelled_unknown_order'
  | 'amended_unknown_order'
  | 'amended_to_more'
  | 'forced_unknown_order'
  | 'quantities_do_not_add_up'
  | 'evidence_missing'

/** The owner's open orders as they stand while a segment is being checked. */
type Open = Map<OrderId, PlacedOrder>

/** The first fault of a segment that may be appended to the owner's feed, or undefined when all entries are consistent. */
export function faultOf(book: OrderBook, segment: Segment, reading: Reading): SegmentFault | undefined {
  if (segment.first === 1 && segment.entries[0]?.type !== 'opened') return 'incarnation_does_not_start_with_opened'
  if (reading.lastStamp !== null && segment.stamp <= reading.lastStamp) return 'stamp_not_later'
  const overlay = new Overlay(book, segment, reading)
  for (const [index, entry] of segment.entries.entries()) {
    const fault = overlay.take(entry, index)
    if (fault) return fault
  }
  return undefined
}

/** Applies a segment that has no fault. */
export function foldSegment(book: OrderBook, { owner, entries }: Segment, { isAnew, isLoading }: Reading): void {
  if (isAnew) book.dropOwner(owner)
  for (const entry of entries) {
    if (entry.type === 'placed') place(book, owner, entry.order)
    else if (entry.type === 'checkpoint' && isLoading) for (const order of entry.orders) place(book, owner, order)
    else if ('orderId' in entry && book.replica(owner, entry.orderId))
      book.setRemaining(owner, entry.orderId, entry.remaining)
  }
}

/** Written out: a copy (`...`) takes several times as long. */
function place(book: OrderBook, owner: PeerId, { id, side, price, quantity, remaining }: PlacedOrder): void {
  book.place({ owner, id, side, price, quantity, remaining })
}

/** The replica as it would be after the entries seen so far; the book itself is only read. */
class Overlay {
  readonly #book: OrderBook
  readonly #segment: Segment
  readonly #reading: Reading
  /** No id in the segment may be later: it would be from after the stamp. */
  readonly #lastId: string
  /** Orders that the segment has touched; remaining 0 is a closed one. Nobody asks for them when all it says is that orders are placed. */
  readonly #touched: Open = new Map()
  readonly #isAsked: boolean
  #openCount: number
  #lastPlaced: OrderId | null
  #listing: Listing | null

  constructor(book: OrderBook, segment: Segment, reading: Reading) {
    this.#book = book
    this.#segment = segment
    this.#reading = reading
    this.#isAsked = segment.entries.some(({ type }) => type !== 'placed')
    this.#lastId = lastIdOf(segment.stamp)
    this.#lastPlaced = reading.lastPlaced
    this.#listing = reading.listing
    this.#openCount = reading.isAnew ? 0 : book.openCount(segment.owner)
  }

  take(entry: Entry, index: number): SegmentFault | undefined {
    if (this.#listing !== null && entry.type !== 'checkpoint') return 'checkpoint_incomplete'
    switch (entry.type) {
      case 'opened':
        return index === 0 && this.#segment.first === 1 ? undefined : 'opened_in_the_middle'
      case 'checkpoint':
        return (this.#reading.isLoading ? this.#load(entry) : this.#compare(entry)) ?? this.#list(entry)
      case 'placed':
        return this.#place(entry.order)
      case 'filled':
        return this.#fill(entry)
      case 'amended':
        return this.#amend(entry)
      case 'forced':
        if (!this.#orderOf(entry.orderId)) return 'forced_unknown_order'
        return this.#reduce(entry.orderId, entry.quantity, entry.remaining)
      case 'cancelled':
      case 'expired':
        return this.#reduce(entry.orderId, entry.quantity, entry.remaining) ?? undefined
    }
  }

  #orderOf(id: OrderId): PlacedOrder | undefined {
    const touched = this.#touched.get(id)
    if (touched) return touched.remaining > 0 ? touched : undefined
    return this.#reading.isAnew ? undefined : this.#book.replica(this.#segment.owner, id)
  }

  #load(checkpoint: Checkpoint): SegmentFault | undefined {
    for (const order of checkpoint.orders) {
      const fault = this.#place(order)
      if (fault) return fault
    }
    return undefined
  }

  /** A later checkpoint only repeats what is known: a difference is misbehaviour. */
  #compare(checkpoint: Checkpoint): SegmentFault | undefined {
    if (checkpoint.open !== this.#openCount) return 'checkpoint_differs'
    const isEqual = (order: PlacedOrder) => {
      const known = this.#orderOf(order.id)
      return known?.side === order.side && known.price === order.price && known.remaining === order.remaining
    }
    return checkpoint.orders.every(isEqual) ? undefined : 'checkpoint_differs'
  }

  /** Equal or loaded, every order by itself is good: whether all of them are there shows over all parts. */
  #list(checkpoint: Checkpoint): SegmentFault | undefined {
    const listing = listOn(this.#listing, checkpoint)
    if (listing === undefined) return 'checkpoint_incomplete'
    this.#listing = listing
    return undefined
  }

  #place(order: PlacedOrder): SegmentFault | undefined {
    if (order.remaining < 1 || order.remaining > order.quantity) return 'quantities_do_not_add_up'
    if (order.id > this.#lastId) return 'id_later_than_stamp'
    if (this.#lastPlaced !== null && order.id <= this.#lastPlaced) return 'order_placed_out_of_order'
    if (this.#openCount >= limits.openOrdersPerOwnerMax) return 'too_many_open_orders'
    this.#openCount += 1
    this.#lastPlaced = order.id
    if (this.#isAsked) this.#touched.set(order.id, order)
    return undefined
  }

  #fill(entry: Filled): SegmentFault | undefined {
    const { owner, evidence } = this.#segment
    const needsEvidence = entry.counterparty.peer !== owner
    if (needsEvidence && (entry.evidence === null || !evidence[entry.evidence])) return 'evidence_missing'
    const order = this.#orderOf(entry.orderId)
    if (!order) return entry.liquidity === 'maker' ? 'filled_unknown_order' : undefined
    if (order.side !== entry.side) return 'filled_on_another_side'
    if (entry.liquidity === 'maker' && order.price !== entry.price) return 'filled_at_another_price'
    return this.#reduce(entry.orderId, entry.quantity, entry.remaining)
  }

  /** Only ever less, and never nothing: that would be a cancellation. */
  #amend({ orderId, remaining }: Amended): SegmentFault | undefined {
    const order = this.#orderOf(orderId)
    if (!order) return 'amended_unknown_order'
    if (remaining >= order.remaining || remaining < 1) return 'amended_to_more'
    this.#touched.set(orderId, { ...order, remaining })
    return undefined
  }

  #reduce(id: OrderId, quantity: number, remaining: number): SegmentFault | undefined {
    const order = this.#orderOf(id)
    if (!order) return 'cancelled_unknown_order'
    if (quantity < 1 || remaining < 0 || order.remaining - quantity !== remaining) return 'quantities_do_not_add_up'
    if (remaining === 0) this.#openCount -= 1
    this.#touched.set(id, { ...order, remaining })
    return undefined
  }
}
