/**
 * The price levels of one side of one view: best price first, within a level by id, whatever order they come in.
 * It never looks at quantities and never merges: own orders and replicas each have their own.
 *
 * Levels are found by the ladder that the matching engine has, too (price-ladder.ts). Within a level there is a sorted array, searched by
 * halving, and not the engine's linked queue: replicas come late and out of id order, and whoever walks goes on behind a position that
 * may be gone. Most orders are the latest of their level, so mostly nothing is moved.
 */

import { impossible } from './impossible.ts'
import type { RestingOrder, Side } from './order.ts'
import { nothing, PriceLadder } from './price-ladder.ts'
import { isEarlier, type Position } from './priority.ts'

export interface Level<O extends RestingOrder = RestingOrder> {
  readonly price: number
  /** Earliest first; never empty. */
  readonly orders: readonly O[]
}

export class PriceLevels<O extends RestingOrder> {
  readonly #side: Side
  readonly #ladder: PriceLadder
  /** The orders of each level, under the number that the ladder keeps there. Number 0 means none. */
  readonly #orders: O[][] = [[]]
  readonly #unusedNumbers: number[] = []

  constructor(side: Side) {
    this.#side = side
    this.#ladder = new PriceLadder(side)
  }

  get bestPrice(): number | undefined {
    return this.#ladder.bestPrice
  }

  /** All levels, as they are at the call. */
  levels(): readonly Level<O>[] {
    const levels: Level<O>[] = []
    for (let level = this.#ladder.best; level !== nothing; level = this.#ladder.behind(this.#ladder.priceOf(level)))
      levels.push({ price: this.#ladder.priceOf(level), orders: this.#ordersAt(level) })
    return levels
  }

  /** The order that comes next behind this position, whether or not an order is still there; without one, the first. */
  after(position: Position | undefined): O | undefined {
    if (position === undefined) return this.#ordersAt(this.#ladder.best)[0]
    const orders = this.#ordersAt(this.#ladder.occupiedAt(position.price))
    return orders[indexBehind(orders, position)] ?? this.#ordersAt(this.#ladder.behind(position.price))[0]
  }

  insert(order: O): void {
    const level = this.#ladder.levelAt(order.price)
    const orders = this.#ordersAt(level)
    if (orders.length === 0) return this.#open(level, order)
    const index = indexBehind(orders, order)
    // Most are the last of their level, and `splice` makes a list of what it takes out, even of nothing.
    if (index === orders.length) orders.push(order)
    else orders.splice(index, 0, order)
  }

  /** Puts a newer value of an order in the place of the older one. */
  replace(order: O): void {
    const orders = this.#ordersAt(this.#ladder.occupiedAt(order.price))
    orders[this.#indexOf(orders, order)] = order
  }

  remove(position: Position): void {
    const level = this.#ladder.occupiedAt(position.price)
    const orders = this.#ordersAt(level)
    orders.splice(this.#indexOf(orders, position), 1)
    if (orders.length === 0) this.#close(level)
  }

  #ordersAt(level: number): O[] {
    return this.#orders[this.#ladder.places[level] as number] as O[]
  }

  #open(level: number, order: O): void {
    const number = this.#unusedNumbers.pop() ?? this.#orders.length
    this.#orders[number] = [order]
    this.#ladder.places[level] = number
    this.#ladder.occupy(level)
  }

  #close(level: number): void {
    this.#unusedNumbers.push(this.#ladder.places[level] as number)
    this.#ladder.places[level] = nothing
    this.#ladder.vacate(level)
  }

  #indexOf(orders: readonly O[], position: Position): number {
    const index = indexBehind(orders, position) - 1
    const found = orders[index]
    if (found?.id !== position.id || found.owner !== position.owner || found.price !== position.price)
      impossible(`The order ${position.id} of ${position.owner} is not in the ${this.#side} level ${position.price}.`)
    return index
  }
}

/** Where the first order behind this position is, or would be: in a list where earlier orders come first. */
function indexBehind(orders: readonly RestingOrder[], position: Position): number {
  const last = orders[orders.length - 1]
  if (last === undefined || !isEarlier(position, last)) return orders.length
  let from = 0
  let to = orders.length - 1
  while (from < to) {
    const middle = (from + to) >>> 1
    if (isEarlier(position, orders[middle] as RestingOrder)) to = middle
    else from = middle + 1
  }
  return from
}
