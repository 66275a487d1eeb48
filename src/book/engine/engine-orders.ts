/** What is in an engine's book, as values, for whoever wants to look. */

import type { SideCode } from './codes.ts'
import type { Depth, PriceLevel } from '../order-book.ts'
import * as code from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import * as field from './order-pool.ts'
import { nothing } from '../price-ladder.ts'
import type { PriceQueues } from './price-queues.ts'

export interface EngineOrder {
  readonly id: number
  readonly side: SideCode
  /** Ticks; 0: a stop that becomes a market order. */
  readonly price: number
  /** Lots that it is for: what is filled of it and what is left. */
  readonly quantity: number
  /** Lots that it shows. */
  readonly remaining: number
  /** Lots that an iceberg does not show yet. */
  readonly hidden: number
  readonly account: number
  readonly terms: number
  /** Lots that an iceberg shows at a time, and of a dormant stop its minimum and its trigger; 0 in all others. */
  readonly displayed: number
  readonly minimum: number
  readonly trigger: number
  /** The id of the other leg; 0 without one. */
  readonly partner: number
}

export function orderAt(book: EngineBook, order: number): EngineOrder {
  const read = (name: number): number => book.pool.words[order + name] as number
  const flags = read(field.FLAGS)
  const isDormant = (flags & code.IS_DORMANT) !== 0
  return {
    id: read(field.ID),
    side: book.sideOf(order),
    price: read(field.PRICE),
    quantity: read(field.QUANTITY),
    remaining: read(field.REMAINING),
    hidden: read(field.HIDDEN),
    account: read(field.ACCOUNT),
    terms: flags & code.allTerms,
    displayed: (flags & code.IS_ICEBERG) === 0 ? 0 : read(field.DISPLAYED),
    minimum: isDormant ? read(field.MINIMUM) : 0,
    trigger: isDormant ? read(field.TRIGGER) : 0,
    partner: (flags & code.IS_PAIRED) === 0 ? 0 : (book.pool.words[read(field.PARTNER) + field.ID] as number),
  }
}

/** Bids, asks, buy stops, sell stops, each in the order in which they would be met. */
export function listOrders(book: EngineBook): EngineOrder[] {
  const handles = [book.bids, book.asks, book.buyStops, book.sellStops].flatMap(queues => [...handlesOf(book, queues)])
  return handles.map(order => orderAt(book, order))
}

function* handlesOf(book: EngineBook, { ladder }: PriceQueues): Iterable<number> {
  for (let level = ladder.best; level !== nothing; level = ladder.behind(ladder.priceOf(level)))
    yield* handlesFrom(book, ladder.places[level] as number)
}

function* handlesFrom(book: EngineBook, first: number): Iterable<number> {
  for (let order = first; order !== nothing; order = book.pool.words[order + field.NEXT] as number) yield order
}

export function depthOf(book: EngineBook, levelsMax: number): Depth {
  return { bids: levelsOf(book, book.bids, levelsMax), asks: levelsOf(book, book.asks, levelsMax) }
}

function levelsOf(book: EngineBook, { ladder }: PriceQueues, levelsMax: number): PriceLevel[] {
  const levels: PriceLevel[] = []
  let level = ladder.best
  for (; level !== nothing && levels.length < levelsMax; level = ladder.behind(ladder.priceOf(level))) {
    const orders = [...handlesFrom(book, ladder.places[level] as number)]
    const quantity = orders.reduce((sum, order) => sum + (book.pool.words[order + field.REMAINING] as number), 0)
    levels.push({ price: ladder.priceOf(level), quantity, orders: orders.length })
  }
  return levels
}
