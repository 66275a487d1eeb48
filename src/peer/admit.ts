/** A merge with a bound instead of a queue: what would be too much is turned away at once, to somebody who says so. */
import { EMPTY, finalize, mergeMap, type Observable, type OperatorFunction } from 'rxjs'

export interface Admission<T> {
  /** Values being worked on at the same time, over all. */
  readonly allMax: number
  /** The same for one sender. */
  readonly senderMax: number
  senderOf(value: T): string
  turnAway(value: T): void
}

export function admit<T, R>(admission: Admission<T>, work: (value: T) => Observable<R>): OperatorFunction<T, R> {
  const bySender = new Map<string, number>()
  let all = 0
  const leave = (sender: string) => () => {
    all -= 1
    const left = (bySender.get(sender) ?? 1) - 1
    if (left > 0) bySender.set(sender, left)
    else bySender.delete(sender)
  }
  return mergeMap(value => {
    const sender = admission.senderOf(value)
    const ofSender = bySender.get(sender) ?? 0
    if (all >= admission.allMax || ofSender >= admission.senderMax) {
      admission.turnAway(value)
      return EMPTY
    }
    all += 1
    bySender.set(sender, ofSender + 1)
    return work(value).pipe(finalize(leave(sender)))
  })
}
