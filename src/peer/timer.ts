/** RxJS timers on the Clock port, so that one virtual clock drives streams and machines alike. */
import { Observable, repeat } from 'rxjs'
import type { Clock } from '../clock.ts'

/** Emits once, `delayMs` after it is subscribed, and completes. */
export function timerOn(clock: Clock, delayMs: number): Observable<void> {
  return new Observable<void>(subscriber => {
    const handle = clock.setTimeout(() => {
      subscriber.next()
      subscriber.complete()
    }, delayMs)
    return () => clock.clearTimeout(handle)
  })
}

/** Emits every `periodMs`, the first time after one period. */
export function intervalOn(clock: Clock, periodMs: number): Observable<void> {
  return timerOn(clock, periodMs).pipe(repeat())
}
