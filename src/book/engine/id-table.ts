/**
 * Finds orders by id: pairs of id and handle in one typed array, at most half full, sized to the orders that there are. An id's home
 * is its hash; when that is taken it stands in the first free place behind, so that a search ends at the first gap. Removing closes
 * the gap: what stands behind moves up unless it is at home there.
 */

import { nothing } from '../price-ladder.ts'

const placesAtFirst = 64
/** Knuth's multiplier, 2^32 / φ: spreads consecutive ids over all places. */
const multiplier = 0x9e3779b1 | 0

export class IdTable {
  #pairs = new Int32Array(2 * placesAtFirst)
  /** From a hash of 32 bits to a place. */
  #shift = Math.clz32(placesAtFirst) + 1
  #size = 0

  /** The handle under an id, or `nothing`. */
  get(id: number): number {
    const pairs = this.#pairs
    const mask = pairs.length - 1
    let place = (Math.imul(id, multiplier) >>> this.#shift) << 1
    for (;;) {
      const found = pairs[place] as number
      if (found === id) return pairs[place + 1] as number
      if (found === nothing) return nothing
      place = (place + 2) & mask
    }
  }

  /** The id is above 0 and not in the table. */
  add(id: number, handle: number): void {
    if (4 * this.#size >= this.#pairs.length) this.#grow()
    this.#size += 1
    this.#put(id, handle)
  }

  /** The id is in the table. */
  remove(id: number): void {
    const pairs = this.#pairs
    const mask = pairs.length - 1
    let gap = this.#homeOf(id)
    while (pairs[gap] !== id) gap = (gap + 2) & mask
    for (let place = (gap + 2) & mask; pairs[place] !== nothing; place = (place + 2) & mask) {
      const toHome = (place - this.#homeOf(pairs[place] as number)) & mask
      if (toHome < ((place - gap) & mask)) continue
      pairs[gap] = pairs[place] as number
      pairs[gap + 1] = pairs[place + 1] as number
      gap = place
    }
    pairs[gap] = nothing
    this.#size -= 1
  }

  #put(id: number, handle: number): void {
    const pairs = this.#pairs
    const mask = pairs.length - 1
    let place = this.#homeOf(id)
    while (pairs[place] !== nothing) place = (place + 2) & mask
    pairs[place] = id
    pairs[place + 1] = handle
  }

  #homeOf(id: number): number {
    return (Math.imul(id, multiplier) >>> this.#shift) << 1
  }

  #grow(): void {
    const before = this.#pairs
    this.#pairs = new Int32Array(2 * before.length)
    this.#shift -= 1
    for (let place = 0; place < before.length; place += 2)
      if (before[place] !== nothing) this.#put(before[place] as number, before[place + 1] as number)
  }
}
