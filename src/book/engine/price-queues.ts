/**
 * Orders in the order in which they are met: best price first, at one price first come first served. A ladder of prices, with a queue
 * at each level whose links are fields of the orders themselves. Nothing is allocated when an order comes or goes.
 */

import type { Side } from '../order.ts'
import * as field from './order-pool.ts'
import type { OrderPool } from './order-pool.ts'
import { nothing, PriceLadder } from '../price-ladder.ts'

const { LEVEL, NEXT, PREVIOUS } = field

export class PriceQueues {
  readonly ladder: PriceLadder
  readonly #pool: OrderPool

  /** `side`: the best price is the highest for `buy`, the lowest for `sell`. */
  constructor(side: Side, pool: OrderPool) {
    this.ladder = new PriceLadder(side)
    this.#pool = pool
  }

  /** The order that is met first, or `nothing`. */
  get first(): number {
    return this.ladder.places[this.ladder.best] as number
  }

  /** Puts an order behind all others at a price. */
  append(order: number, price: number): void {
    const level = this.ladder.levelAt(price)
    const places = this.ladder.places
    const words = this.#pool.words
    const last = places[level + 1] as number
    words[order + LEVEL] = level
    words[order + PREVIOUS] = last
    words[order + NEXT] = nothing
    places[level + 1] = order
    if (last !== nothing) words[last + NEXT] = order
    else {
      places[level] = order
      this.ladder.occupy(level)
    }
  }

  remove(order: number): void {
    const places = this.ladder.places
    const words = this.#pool.words
    const level = words[order + LEVEL] as number
    const next = words[order + NEXT] as number
    const previous = words[order + PREVIOUS] as number
    if (previous === nothing) places[level] = next
    else words[previous + NEXT] = next
    if (next === nothing) places[level + 1] = previous
    else words[next + PREVIOUS] = previous
    if (previous === next) this.ladder.vacate(level)
  }
}
