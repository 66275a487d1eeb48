import { concat, EMPTY, NEVER, of, Subject, throwError, type Observable } from 'rxjs'
import { catchError } from 'rxjs/operators'
import { describe, expect, test } from 'vitest'
import { admit } from '../../src/peer/admit.ts'

interface Request {
  readonly from: string
  readonly work: Subject<string>
}

/** Three at a time over all, two of one sender. */
function given(guard: (work: Observable<string>) => Observable<string> = work => work) {
  const arriving = new Subject<Request>()
  const turnedAway: Request[] = []
  const emitted: string[] = []
  const ends: string[] = []
  const admission = {
    allMax: 3,
    senderMax: 2,
    senderOf: ({ from }: Request) => from,
    turnAway: (request: Request) => void turnedAway.push(request),
  }
  const subscription = arriving.pipe(admit(admission, ({ work }) => guard(work))).subscribe({
    next: value => emitted.push(value),
    error: error => ends.push(`error ${String(error)}`),
    complete: () => ends.push('complete'),
  })
  const arrive = (from: string): Request => {
    const request = { from, work: new Subject<string>() }
    arriving.next(request)
    return request
  }
  return { arriving, arrive, turnedAway, emitted, ends, subscription }
}

describe('admission', () => {
  test('passes on what the work emits, in the order in which it comes', () => {
    const { arrive, emitted, turnedAway } = given()
    const [one, two] = [arrive('anna'), arrive('bob')]
    two.work.next('b')
    one.work.next('a')
    two.work.next('c')
    expect([emitted, turnedAway]).toEqual([['b', 'a', 'c'], []])
  })

  test('what is beyond the bound over all is turned away at once, and never worked on', () => {
    const { arrive, turnedAway } = given()
    for (const from of ['anna', 'bob', 'carl']) arrive(from)
    const late = arrive('dora')
    expect(turnedAway).toEqual([late])
    expect(late.work.observed).toBe(false)
  })

  test('one sender cannot take all places', () => {
    const { arrive, turnedAway } = given()
    const [one, two, three] = [arrive('anna'), arrive('anna'), arrive('anna')]
    expect([one, two, three].map(({ work }) => work.observed)).toEqual([true, true, false])
    expect(arrive('bob').work.observed).toBe(true)
    expect(turnedAway).toEqual([three])
  })

  test('a place is free again when the work completes', () => {
    const { arrive, turnedAway } = given()
    const [one] = [arrive('anna'), arrive('anna')]
    one.work.complete()
    expect(arrive('anna').work.observed).toBe(true)
    expect(turnedAway).toEqual([])
  })

  test('a place is free again when the work fails', () => {
    const { arrive, turnedAway, ends } = given(work => work.pipe(catchError(() => EMPTY)))
    const [one] = [arrive('anna'), arrive('anna')]
    one.work.error('broken')
    expect(arrive('anna').work.observed).toBe(true)
    expect([turnedAway, ends]).toEqual([[], []])
  })

  test('work that is over at once leaves no trace, however much comes', () => {
    const arriving = concat(...Array.from({ length: 1_000 }, () => of('anna')), NEVER)
    const turnedAway: string[] = []
    let done = 0
    const admission = {
      allMax: 1,
      senderMax: 1,
      senderOf: (from: string) => from,
      turnAway: (from: string) => void turnedAway.push(from),
    }
    arriving.pipe(admit(admission, () => of('done'))).subscribe(() => (done += 1))
    expect([done, turnedAway]).toEqual([1_000, []])
  })

  test('being turned away takes no place: who was turned away may come again', () => {
    const { arrive, turnedAway } = given()
    const [one] = [arrive('anna'), arrive('anna')]
    for (let count = 0; count < 10; count += 1) arrive('anna')
    expect(turnedAway).toHaveLength(10)
    one.work.complete()
    expect(arrive('anna').work.observed).toBe(true)
  })

  test('an error that the work lets pass ends the stream, and stops all other work', () => {
    const { arrive, ends } = given()
    const [one, two] = [arrive('anna'), arrive('bob')]
    one.work.error('broken')
    expect(ends).toEqual(['error broken'])
    expect(two.work.observed).toBe(false)
  })

  test('who leaves stops all work', () => {
    const { arrive, subscription } = given()
    const one = arrive('anna')
    subscription.unsubscribe()
    expect(one.work.observed).toBe(false)
  })

  test('the end of the source waits for the work under way', () => {
    const { arriving, arrive, ends } = given()
    const one = arrive('anna')
    arriving.complete()
    expect(ends).toEqual([])
    one.work.complete()
    expect(ends).toEqual(['complete'])
  })

  test('an error that is thrown while work is begun ends the stream', () => {
    const admission = { allMax: 1, senderMax: 1, senderOf: (from: string) => from, turnAway: () => undefined }
    const ends: string[] = []
    of('anna')
      .pipe(admit(admission, () => throwError(() => 'broken')))
      .subscribe({ error: error => ends.push(String(error)) })
    expect(ends).toEqual(['broken'])
  })
})
