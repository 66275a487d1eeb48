/**
 * The stream of requests. A subscriber that throws loses that one request, which is answered with an error; RxJS would
 * throw it again where nobody can catch it, and the process would end.
 */
import { map, Observable, type Observer, Subject, Subscriber, type Subscription } from 'rxjs'
import type { IncomingRequest } from '../transport.ts'

export interface Delivery {
  readonly request: IncomingRequest
  /** Called in place of an answer when the subscriber throws. */
  failed(): void
}

type Next = (request: IncomingRequest) => void
type Consumer = Partial<Observer<IncomingRequest>> | Next | null

export class RequestStream extends Observable<IncomingRequest> {
  readonly #deliveries$ = new Subject<Delivery>()
  readonly #requests$ = this.#deliveries$.pipe(map(delivery => delivery.request))

  isObserved(): boolean {
    return this.#deliveries$.observed
  }

  deliver(delivery: Delivery): void {
    this.#deliveries$.next(delivery)
  }

  complete(): void {
    this.#deliveries$.complete()
  }

  override subscribe(consumer?: Consumer, _error?: unknown, complete?: (() => void) | null): Subscription {
    // An operator passes what its function throws down the stream as an error, so there is nothing to catch.
    if (consumer instanceof Subscriber) return this.#requests$.subscribe(consumer)
    const observer = typeof consumer === 'function' ? { next: consumer } : (consumer ?? {})
    return this.#deliveries$.subscribe({
      next: delivery => hand(delivery, observer),
      complete: () => {
        observer.complete?.()
        complete?.()
      },
    })
  }
}

function hand(delivery: Delivery, observer: Partial<Observer<IncomingRequest>>): void {
  try {
    observer.next?.(delivery.request)
  } catch {
    delivery.failed()
  }
}
