/**
 * The bytes that all messages being read may hold together. One message has its own maximum, but a thousand connections
 * at that maximum would still be too much.
 */
export class ByteBudget {
  #free: number

  constructor(bytesMax: number) {
    this.#free = bytesMax
  }

  lease(): ByteLease {
    return new ByteLease(this)
  }

  /** False when so many are not free; then nothing is taken. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#free += bytes
  }
}

/** One message's part of the budget. */
export class ByteLease {
  readonly #budget: ByteBudget
  #held = 0

  constructor(budget: ByteBudget) {
    this.#budget = budget
  }

  /** False when the budget is used up; then nothing is taken. */
  take(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false
    this.#held += bytes
    return true
  }

  /** Gives everything back. Repeating it is harmless. */
  end(): void {
    this.#budget.giveBack(this.#held)
    this.#held = 0
  }
}
