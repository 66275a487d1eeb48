/**
 * The price levels of one side of one view: best price first, within a level by id, whatever order they come in.
 * It never looks at quantities and never merges: own orders and replicas each have their own.
 *
 * A sorted array of levels, each with a sorted array of orders; both are searched by halving. An insertion or a
 * removal moves the rest of one level, and the rest of the levels when a level comes or goes, and nothing else.
 */

import { impossible } from './impossible.ts'
import type { RestingOrder, Side } from './order.ts'
import { isBetterPrice, isEarlier, type Position } from './priority.ts'

export interface Level<O extends RestingOrder = RestingOrder> {
  readonly price: number
  /** Earliest first; never empty. */
  readonly orders: readonly O[]
}

export class PriceLevels<O extends RestingOrder> {
  readonly #side: Side
  readonly #levels: { readonly price: number; readonly orders: O[] }[] = []

  constructor(side: Side) {
    this.#side = side
  }

  get bestPrice(): number | undefined {
    return this.#levels[0]?.price
  }

  levels(): readonly Level<O>[] {
    return this.#levels
  }

  /** The order that comes next behind this position, whether or not an order is still there; without one, the first. */
  after(position: Position | undefined): O | undefined {
    if (position === undefined) return this.#levels[0]?.orders[0]
    const index = this.#levelIndex(position.price)
    const level = this.#levels[index]
    if (level?.price !== position.price) return level?.orders[0]
    return level.orders[indexBehind(level.orders, position)] ?? this.#levels[index + 1]?.orders[0]
  }

  insert(order: O): void {
    const index = this.#levelIndex(order.price)
    const level = this.#levels[index]
    if (level?.price !== order.price) this.#levels.splice(index, 0, { price: order.price, orders: [order] })
    else level.orders.splice(indexBehind(level.orders, order), 0, order)
  }

  /** Puts a newer value of an order in the place of the older one. */
  replace(order: O): void {
    const { orders, orderIndex } = this.#find(order)
    orders[orderIndex] = order
  }

  remove(position: Position): void {
    const { orders, orderIndex, levelIndex } = this.#find(position)
    orders.splice(orderIndex, 1)
    if (orders.length === 0) this.#levels.splice(levelIndex, 1)
  }

  #find(position: Position): { orders: O[]; orderIndex: number; levelIndex: number } {
    const levelIndex = this.#levelIndex(position.price)
    const orders = this.#levels[levelIndex]?.orders ?? []
    const orderIndex = indexBehind(orders, position) - 1
    const found = orders[orderIndex]
    if (found?.id !== position.id || found.owner !== position.owner || found.price !== position.price)
      impossible(`The order ${position.id} of ${position.owner} is not in the ${this.#side} level ${position.price}.`)
    return { orders, orderIndex, levelIndex }
  }

  /** Where the level of this price is, or would be inserted. */
  #levelIndex(price: number): number {
    return firstIndex(this.#levels, level => !isBetterPrice(this.#side, level.price, price))
  }
}

/** Where the first order behind this position is, or would be. */
function indexBehind(orders: readonly RestingOrder[], position: Position): number {
  return firstIndex(orders, order => isEarlier(position, order))
}

/** The first index whose item passes, in a list where all that fail come before all that pass. */
function firstIndex<T>(items: readonly T[], passes: (item: T) => boolean): number {
  let from = 0
  let to = items.length
  while (from < to) {
    const middle = (from + to) >>> 1
    const item = items[middle]
    if (item !== undefined && passes(item)) to = middle
    else from = middle + 1
  }
  return from
}
