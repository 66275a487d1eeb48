/**
 * Admission: what is let into the books' mailboxes, and the way back for the replies. An actor's mailbox has no bound of its own,
 * so the bound is here, before `send`: over it, the answer is `busy` at once, and nothing is lost.
 */
import { Observable, type Subscriber } from 'rxjs'
import { refusal } from '../net/codec.ts'
import type { BookReply, RequestId } from './decide/event.ts'

interface Waiting {
  readonly scope: string
  readonly subscriber: Subscriber<BookReply>
}

export class PendingRequests {
  readonly #waiting = new Map<RequestId, Waiting>()
  readonly #pendingMax: number
  readonly #nextId: () => RequestId

  /** `nextId` gives an id that is unique within the peer. */
  constructor(pendingMax: number, nextId: () => RequestId) {
    this.#pendingMax = pendingMax
    this.#nextId = nextId
  }

  get size(): number {
    return this.#waiting.size
  }

  /**
   * Emits the reply to the event that `send` puts into a mailbox under the id it is given, then completes. Fails with RefusedError
   * `busy` when too much is pending already, or `market_not_open` when the book ends before it has answered.
   */
  ask(scope: string, send: (requestId: RequestId) => void): Observable<BookReply> {
    return new Observable<BookReply>(subscriber => {
      if (this.#waiting.size >= this.#pendingMax) {
        subscriber.error(refusal('busy', `${this.#pendingMax} requests are pending; try again in a moment`))
        return
      }
      const requestId = this.#nextId()
      this.#waiting.set(requestId, { scope, subscriber })
      subscriber.add(() => this.#waiting.delete(requestId))
      send(requestId)
    })
  }

  /** Gives the reply to who asked. Nobody waits for it when the asker has gone. */
  resolve(requestId: RequestId, reply: BookReply): void {
    const waiting = this.#waiting.get(requestId)
    if (!waiting) return
    waiting.subscriber.next(reply)
    waiting.subscriber.complete()
  }

  refuse(requestId: RequestId, sentence: string): void {
    this.#waiting.get(requestId)?.subscriber.error(refusal('market_not_open', sentence))
  }

  /** The book has ended: whoever still waits for it will not be answered. */
  refuseAll(scope: string, sentence: string): void {
    for (const [requestId, waiting] of this.#waiting) if (waiting.scope === scope) this.refuse(requestId, sentence)
  }
}

/** Counts up from 1. */
export function requestIds(): () => RequestId {
  let last = 0
  return () => (last += 1)
}
