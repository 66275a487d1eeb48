/** What people call the peers that are inspected: by peer id, by address. Learned as they come; unknown ones keep what they are. */
import { limits } from '../limits.ts'

const namesMax = limits.neighboursMax * 4

export class Names {
  readonly #names = new Map<string, string>()

  /** `known` is a peer id or an address. Beyond the limit, who came first is forgotten. */
  learn(known: string, name: string): void {
    this.#names.delete(known)
    this.#names.set(known, name)
    if (this.#names.size <= namesMax) return
    const [oldest] = this.#names.keys()
    if (oldest !== undefined) this.#names.delete(oldest)
  }

  of(known: string): string {
    return this.#names.get(known) ?? known
  }

  has(known: string): boolean {
    return this.#names.has(known)
  }
}
