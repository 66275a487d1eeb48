/**
 * Admission: what is let into the books' mailboxes, and the way back for the replies. An actor's mailbox has no bound of its own,
 * so the bound is here, before `send`: over it, the answer is `busy` at once, and nothing is lost.
 */
import { Observable, type Subscriber } from 'rxjs'
import { refusal, type RefusedError } from '../net/codec.ts'
import type { BookReply, RequestId } from './decide/event.ts'

/** Who is told what has become of a request: one of the two, once for each place. */
export interface Asker {
  reply(reply: BookReply, requestId: RequestId): void
  fail(error: RefusedError, requestId: RequestId): void
}

/** Whoever asks by a stream. */
class Question implements Asker {
  readonly #subscriber: Subscriber<BookReply>

  constructor(subscriber: Subscriber<BookReply>) {
    this.#subscriber = subscriber
  }

  reply(reply: BookReply): void {
    this.#subscriber.next(reply)
    this.#subscriber.complete()
  }

  fail(error: RefusedError): void {
    this.#subscriber.error(error)
  }
}

interface Waiting {
  readonly scope: string
  /**
   * Null when all have been told. A Map leaves what it has outgrown to the garbage collector together with all that it names there, and
   * until that is collected, which may be long, it keeps alive what is young: so nothing is named any longer than it waits.
   */
  asker: Asker | null
  /** Places that are still taken. */
  places: number
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
   * `busy` when too much is pending already, `market_not_open` when the book decides nothing, or `outcome_unknown` when it ends
   * before it has answered.
   */
  ask(scope: string, send: (requestId: RequestId) => void): Observable<BookReply> {
    return new Observable<BookReply>(subscriber => {
      this.assertRoom(1)
      const requestId = this.enter(scope, new Question(subscriber))
      subscriber.add(() => this.leave(requestId))
      send(requestId)
    })
  }

  /** Throws RefusedError `busy` when there is no room for so many more. */
  assertRoom(count: number): void {
    if (this.#waiting.size + count > this.#pendingMax)
      throw refusal('busy', `${this.#waiting.size} requests are pending; try again in a moment`)
  }

  /** Gives who asks as many places, and the first of their ids, from which the others count up. The caller has made sure that there is room. */
  enter(scope: string, asker: Asker, count = 1): RequestId {
    const waiting: Waiting = { scope, asker, places: count }
    const first = this.#nextId()
    this.#waiting.set(first, waiting)
    for (let place = 1; place < count; place += 1) this.#waiting.set(this.#nextId(), waiting)
    return first
  }

  /** Nobody waits any more: the reply will go nowhere. */
  leave(requestId: RequestId): void {
    this.#take(requestId)
  }

  /** Gives the reply to who asked, and tells whether somebody did: an asker may have gone. */
  resolve(requestId: RequestId, reply: BookReply): boolean {
    const asker = this.#take(requestId)
    asker?.reply(reply, requestId)
    return asker !== null
  }

  /** The book decides nothing at present, and has not decided on this. */
  refuse(requestId: RequestId, sentence: string): void {
    this.#take(requestId)?.fail(refusal('market_not_open', sentence), requestId)
  }

  /** The book has ended: whoever still waits will not be answered, though the decision may be durable. */
  forsake(scope: string, sentence: string): void {
    for (const [requestId, waiting] of this.#waiting)
      if (waiting.scope === scope) this.#take(requestId)?.fail(refusal('outcome_unknown', sentence), requestId)
  }

  #take(requestId: RequestId): Asker | null {
    const waiting = this.#waiting.get(requestId)
    if (!waiting) return null
    this.#waiting.delete(requestId)
    const { asker } = waiting
    waiting.places -= 1
    if (waiting.places === 0) waiting.asker = null
    return asker
  }
}

/** Counts up from 1. */
export function requestIds(): () => RequestId {
  let last = 0
  return () => (last += 1)
}
