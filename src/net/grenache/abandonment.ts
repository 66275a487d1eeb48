/**
 * Says that nobody waits for the replies of some requests any more. An AbortController would do, but it and its listener cost about as much
 * as everything else that is done here for a small request.
 */
import type { TransportError } from '../transport.ts'

/** What ends when nobody waits for it any more. */
export interface Abandoned {
  fail(reason: TransportError): void
}

export class Abandonment {
  #reason: TransportError | undefined
  readonly #listeners = new Set<Abandoned>()

  /** Why nobody waits any more; undefined for as long as somebody does. */
  get reason(): TransportError | undefined {
    return this.#reason
  }

  /** The first call counts. */
  abandon(reason: TransportError): void {
    if (this.#reason) return
    this.#reason = reason
    for (const listener of this.#listeners) listener.fail(reason)
  }

  listen(listener: Abandoned): void {
    this.#listeners.add(listener)
  }

  unlisten(listener: Abandoned): void {
    this.#listeners.delete(listener)
  }
}
