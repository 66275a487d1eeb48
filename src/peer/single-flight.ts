/** Runs one piece of work at a time, and once more when it was asked for meanwhile: a queue of length one that loses nothing. */
import { Observable, Subscription, type OperatorFunction, type Subscriber } from 'rxjs'

/**
 * Each value of the source asks for `work` to be run with it. While a run is under way, only the latest request is kept, since
 * the work finds everything that has come up by then. The work handles its own errors; one that escapes ends the stream.
 */
export function singleFlight<T, R>(work: (trigger: T) => Observable<R>): OperatorFunction<T, R> {
  return source =>
    new Observable<R>(subscriber => {
      const flight = new Flight(work, subscriber)
      subscriber.add(() => flight.stop())
      subscriber.add(
        source.subscribe({
          next: trigger => flight.ask(trigger),
          error: error => subscriber.error(error),
          complete: () => flight.finish(),
        }),
      )
    })
}

class Flight<T, R> {
  readonly #work: (trigger: T) => Observable<R>
  readonly #subscriber: Subscriber<R>
  #running: Subscription | null = null
  #waiting: { readonly trigger: T } | null = null
  #isSourceDone = false

  constructor(work: (trigger: T) => Observable<R>, subscriber: Subscriber<R>) {
    this.#work = work
    this.#subscriber = subscriber
  }

  ask(trigger: T): void {
    if (this.#running) this.#waiting = { trigger }
    else this.#run(trigger)
  }

  finish(): void {
    this.#isSourceDone = true
    if (!this.#running) this.#subscriber.complete()
  }

  stop(): void {
    this.#waiting = null
    this.#running?.unsubscribe()
  }

  #run(trigger: T): void {
    // Set before the work is subscribed: what it does at once may already ask for more.
    const running = new Subscription()
    this.#running = running
    running.add(
      this.#work(trigger).subscribe({
        next: value => this.#subscriber.next(value),
        error: error => this.#subscriber.error(error),
        complete: () => this.#goOn(),
      }),
    )
  }

  #goOn(): void {
    const waiting = this.#waiting
    this.#running = null
    this.#waiting = null
    if (waiting) this.#run(waiting.trigger)
    else if (this.#isSourceDone) this.#subscriber.complete()
  }
}
