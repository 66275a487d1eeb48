/**
 * The stream of requests. A subscriber that throws loses that one request, which is answered with an error; RxJS would
 * throw it again where nobody can catch it, and the process would end.
 */
import { Observable, type Observer, Subject, Subscriber, type Subscription } from 'rxjs'
import type { IncomingRequest } from '../transport.ts'
import type { RefusingHandler } from './server.ts'

/** A request that the server has taken in, and its way to answer. */
export class ReceivedRequest implements IncomingRequest {
  readonly payload: string
  readonly from: string
  readonly #handler: RefusingHandler

  constructor(payload: string, from: string, handler: RefusingHandler) {
    this.payload = payload
    this.from = from
    this.#handler = handler
  }

  reply(text: string): void {
    this.#handler.reply(null, text)
  }

  /** In place of an answer, when the subscriber throws. */
  fail(): void {
    this.#handler.refuse('request_failed')
  }
}

type Next = (request: IncomingRequest) => void
type Consumer = Partial<Observer<IncomingRequest>> | Next | null

export class RequestStream extends Observable<IncomingRequest> {
  readonly #received$ = new Subject<ReceivedRequest>()

  isObserved(): boolean {
    return this.#received$.observed
  }

  deliver(request: ReceivedRequest): void {
    this.#received$.next(request)
  }

  complete(): void {
    this.#received$.complete()
  }

  override subscribe(consumer?: Consumer, _error?: unknown, complete?: (() => void) | null): Subscription {
    // An operator passes what its function throws down the stream as an error, so there is nothing to catch.
    if (consumer instanceof Subscriber) return this.#received$.subscribe(consumer)
    const observer = typeof consumer === 'function' ? { next: consumer } : (consumer ?? {})
    return this.#received$.subscribe({
      next: request => hand(request, observer),
      complete: () => {
        observer.complete?.()
        complete?.()
      },
    })
  }
}

function hand(request: ReceivedRequest, observer: Partial<Observer<IncomingRequest>>): void {
  try {
    observer.next?.(request)
  } catch {
    request.fail()
  }
}
