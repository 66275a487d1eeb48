/** Closed own orders in the order in which they were closed, so that the oldest can be forgotten. */
import type { OrderId } from '../../book/order.ts'

export class ClosedOrders {
  readonly #ids = new Set<OrderId>()
  /**
   * Stands behind the last one that was taken. One that begins anew would first go past the places of all that were taken before, which a
   * Set only clears away now and then: with 100,000 closed orders that took longer than everything else about closing one.
   */
  #oldest: Iterator<OrderId> | undefined

  get size(): number {
    return this.#ids.size
  }

  has(id: OrderId): boolean {
    return this.#ids.has(id)
  }

  add(id: OrderId): void {
    this.#ids.add(id)
  }

  /** Oldest first. */
  [Symbol.iterator](): Iterator<OrderId> {
    return this.#ids.values()
  }

  /** Undefined when there is none. */
  takeOldest(): OrderId | undefined {
    // An iterator that has come to the end stays there.
    if (this.#ids.size === 0) return undefined
    this.#oldest ??= this.#ids.values()
    const { value } = this.#oldest.next() as IteratorYieldResult<OrderId>
    this.#ids.delete(value)
    return value
  }
}
