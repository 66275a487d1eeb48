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
    let held = 0
    return {
      take: bytes => {
        if (bytes > this.#free) return false
        this.#free -= bytes
        held += bytes
        return true
      },
      end: () => {
        this.#free += held
        held = 0
      },
    }
  }
}

/** One message's part of the budget. */
export interface ByteLease {
  /** False when the budget is used up; then nothing is taken. */
  take(bytes: number): boolean
  /** Gives everything back. Repeating it is harmless. */
  end(): void
}
