/**
 * Orders by id. Ids rise with time, so nearly every order that comes is later than all others, and most of those that are asked for have
 * come lately. One large Map scatters them over all its memory, and copies itself again and again as it grows; so there are many small
 * ones, each for a stretch of time, of which the last is the one at work.
 */
import type { OrderId } from './order.ts'

/** Orders of a stretch: so many that few stretches are to be searched, and so few that their Map is quick. */
const stretchMax = 2_048

interface Stretch<O> {
  /** The id that it begins with: all of it are from this one on, and before the next stretch. */
  readonly first: OrderId
  readonly orders: Map<OrderId, O>
}

export class OrderIndex<O extends { readonly id: OrderId }> {
  /** In the order of their ids; none is empty. */
  readonly #stretches: Stretch<O>[] = []
  #size = 0
  /** The latest id that has ever been set. */
  #latest = '' as OrderId

  get size(): number {
    return this.#size
  }

  get(id: OrderId): O | undefined {
    return this.#stretchOf(id)?.orders.get(id)
  }

  has(id: OrderId): boolean {
    // Whoever is later than all is looked for by one comparison.
    return id <= this.#latest && this.#stretchOf(id)?.orders.has(id) === true
  }

  /** Puts an order in its place, or a newer value of it. */
  set(order: O): void {
    const { id } = order
    const { orders } = this.#stretchFor(id)
    const before = orders.size
    orders.set(id, order)
    this.#size += orders.size - before
    if (id > this.#latest) this.#latest = id
  }

  delete(id: OrderId): void {
    const stretch = this.#stretchOf(id)
    if (!stretch?.orders.delete(id)) return
    this.#size -= 1
    if (stretch.orders.size === 0) this.#stretches.splice(this.#stretches.indexOf(stretch), 1)
  }

  /** All of them, in the order of their ids but for those that came late. */
  *values(): Generator<O> {
    for (const { orders } of this.#stretches) yield* orders.values()
  }

  /** The stretch that holds an id, if any does. */
  #stretchOf(id: OrderId): Stretch<O> | undefined {
    const last = this.#stretches[this.#stretches.length - 1]
    if (last === undefined || id >= last.first) return last
    let [from, to] = [0, this.#stretches.length - 1]
    // Behind the stretch that is looked for begins the first that is later.
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#stretches[middle] as Stretch<O>).first <= id) from = middle + 1
      else to = middle
    }
    return this.#stretches[from - 1]
  }

  /** The stretch to put an order into. */
  #stretchFor(id: OrderId): Stretch<O> {
    const held = this.#stretchOf(id)
    if (held && (id <= this.#latest || held.orders.size < stretchMax)) return held
    const begun = { first: id, orders: new Map<OrderId, O>() }
    if (held) this.#stretches.push(begun)
    else this.#stretches.unshift(begun)
    return begun
  }
}
