/**
 * Orders that the decision under way has touched, each once, in the order in which it was first. Nearly every decision touches one, or a
 * few; a Set would have to be made anew for each, and leave its tables to the garbage collector, one holding the next.
 */
import type { OrderId } from '../../book/order.ts'

/** As many as are looked through for one of them. */
const fewMax = 16

export class Touched {
  /** The first so many count; what is behind them is from earlier decisions. */
  readonly #ids: OrderId[] = []
  #count = 0
  /** The same, when they are many. */
  #many: Set<OrderId> | null = null

  get size(): number {
    return this.#count
  }

  add(id: OrderId): void {
    if (this.#many ? this.#many.has(id) : this.#placeOf(id) >= 0) return
    this.#ids[this.#count] = id
    this.#count += 1
    if (this.#many) this.#many.add(id)
    else if (this.#count > fewMax) this.#many = new Set(this.#ids.slice(0, this.#count))
  }

  /** The order in a place from 0 to below `size`. */
  at(place: number): OrderId {
    if (place < 0 || place >= this.#count)
      throw new Error(`${this.#count} orders are touched; there is none in place ${place}`)
    return this.#ids[place] as OrderId
  }

  delete(id: OrderId): void {
    if (this.#many && !this.#many.has(id)) return
    const place = this.#placeOf(id)
    if (place < 0) return
    this.#ids.copyWithin(place, place + 1, this.#count)
    this.#count -= 1
    this.#many?.delete(id)
  }

  clear(): void {
    this.#count = 0
    this.#many = null
  }

  #placeOf(id: OrderId): number {
    for (let place = 0; place < this.#count; place += 1) if (this.#ids[place] === id) return place
    return -1
  }
}
