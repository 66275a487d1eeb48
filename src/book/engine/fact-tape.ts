/**
 * What an engine's commands have come to, as eight integers a fact in one typed array: writing one allocates nothing, and only who
 * wants to know reads them (facts.ts). The tape is read and cleared by its owner between two commands; when it is full in the middle
 * of one, its reader is called first. The reader must not give the engine a command.
 */

export const KIND = 0
/** The order's id. */
export const ORDER = 1
/** The maker's id in a trade, the command in a refusal. */
export const OTHER = 2
export const SIDE = 3
/** Ticks. */
export const FACT_PRICE = 4
/** Lots. */
export const LOTS = 5
/** Lots that are left of the order. */
export const LEFT = 6
/** In a trade, lots that are left of the maker; a reason's number in all others. */
export const WHY = 7

export const factSize = 8

export class FactTape {
  readonly words: Int32Array
  readonly #whenFull: (tape: FactTape) => void
  #end = 0

  /** @param facts how many it holds at a time. Without a reader they are forgotten when it is full. */
  constructor(facts: number, whenFull: (tape: FactTape) => void = () => undefined) {
    this.words = new Int32Array(facts * factSize)
    this.#whenFull = whenFull
  }

  /** Facts on the tape. */
  get length(): number {
    return this.#end / factSize
  }

  clear(): void {
    this.#end = 0
  }

  write(
    kind: number,
    order: number,
    other: number,
    side: number,
    price: number,
    lots: number,
    left: number,
    why: number,
  ): void {
    if (this.#end === this.words.length) this.#makeRoom()
    const words = this.words
    const at = this.#end
    words[at + KIND] = kind
    words[at + ORDER] = order
    words[at + OTHER] = other
    words[at + SIDE] = side
    words[at + FACT_PRICE] = price
    words[at + LOTS] = lots
    words[at + LEFT] = left
    words[at + WHY] = why
    this.#end = at + factSize
  }

  #makeRoom(): void {
    this.#whenFull(this)
    this.#end = 0
  }
}
