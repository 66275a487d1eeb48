/**
 * The bytes that all messages being read may hold together. One message has its own maximum, but a thousand connections
 * at that maximum would still be too much.
 */
export class ByteBudget {
  free: number

  constructor(bytesMax: number) {
    this.free = bytesMax
  }

  lease(): ByteLease {
    return new ByteLease(this)
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
    if (bytes > this.#budget.free) return false
    this.#budget.free -= bytes
    this.#held += bytes
    return true
  }

  /** Gives everything back. Repeating it is harmless. */
  end(): void {
    this.#budget.free += this.#held
    this.#held = 0
  }
}
