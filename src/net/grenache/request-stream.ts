/**
 * The stream of requests. A subscriber that throws loses that one request, which is answered with an error; RxJS would
 * throw it again where nobody can catch it, and the process would end.
 */
import { Observable, type Observer, Subject, Subscriber, type Subscription } from 'rxjs'
import type { IncomingRequest } from '../transport.ts'

export interface ReceivedRequest extends IncomingRequest {
  /** Called in place of an answer when the subscriber throws. */
  failed(): void
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
    request.failed()
  }
}
