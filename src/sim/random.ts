/**
 * Chance from a seed: the same seed gives the same stream, to the bit, on every machine. Forks are streams of their own
 * that depend on seed and label alone, so that drawing once more in one place changes nothing in another.
 */
import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

export class Random {
  readonly #seed: string
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>

  constructor(seed: number | string) {
    this.#seed = `${seed}`
    this.#generator = xoroshiro128plusFromState(stateOf(this.#seed))
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
      throw new Error(`random: there is no integer from ${min} to ${max}`)
    }
    return uniformInt(this.#generator, min, max)
  }

  /** A number from 0 (included) to 1 (excluded). */
  real(): number {
    return uniformFloat64(this.#generator)
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#generator.next() & 0xff)
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error('random: nothing can be picked from an empty list')
    return items[this.integer(0, items.length - 1)] as Item
  }

  /** The same items in another order; the list given stays as it is. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const rest = [...items]
    return items.map(() => rest.splice(this.integer(0, rest.length - 1), 1)[0] as Item)
  }

  /** A stream of its own. Two forks of one seed with the same label give the same stream. */
  fork(label: string): Random {
    return new Random(`${this.#seed}/${label}`)
  }
}

/** Hashing makes neighbouring seeds unlike each other, and lets a seed be any text. */
function stateOf(seed: string): number[] {
  const hash = createHash('sha256').update(seed).digest()
  return [0, 4, 8, 12].map(offset => hash.readInt32BE(offset))
}
