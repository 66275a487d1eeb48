import { NEVER, of, Subject, throwError, type Observable } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, test } from 'vitest'
import { singleFlight } from '../../src/peer/single-flight.ts'

/** Time in the diagrams is virtual: one character is one millisecond. */
function marbles(run: Parameters<TestScheduler['run']>[0]): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run)
}

describe('single flight', () => {
  test('one piece of work after another', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -a---------b---|')
      const a = cold('       --x|')
      const b = cold('                 --y|')
      const expected = '    ---x---------y-|'
      const work: Record<string, Observable<string>> = { a, b }
      expectObservable(source.pipe(singleFlight(name => work[name]!))).toBe(expected)
      expectSubscriptions(a.subscriptions).toBe('-^--!')
      expectSubscriptions(b.subscriptions).toBe('-----------^--!')
    })
  })

  test('what is asked for while work is under way is run once more, with the latest request', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -abc-----------|')
      const a = cold('       ----x|')
      const b = cold('       ----y|')
      const c = cold('            ----z|')
      const expected = '    -----x----z----|'
      const work: Record<string, Observable<string>> = { a, b, c }
      expectObservable(source.pipe(singleFlight(name => work[name]!))).toBe(expected)
      expectSubscriptions(a.subscriptions).toBe('-^----!')
      expectSubscriptions(b.subscriptions).toBe([])
      expectSubscriptions(c.subscriptions).toBe('------^----!')
    })
  })

  test('the end of the source waits for the work under way and for the one that waits', () => {
    marbles(({ cold, hot, expectObservable }) => {
      const source = hot('  -ab|')
      const work = cold('    ---x|')
      const expected = '    ----x---x|'
      expectObservable(source.pipe(singleFlight(() => work))).toBe(expected)
    })
  })

  test('a source that ends at rest ends the stream', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('--|').pipe(singleFlight(() => of('x')))).toBe('--|')
    })
  })

  test('an error of the source or of the work ends the stream, and the work with it', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const work = cold('----x|')
      expectObservable(hot('-a-#').pipe(singleFlight(() => work))).toBe('---#')
      expectSubscriptions(work.subscriptions).toBe('-^-!')
      expectObservable(hot('-a--').pipe(singleFlight(() => throwError(() => 'error')))).toBe('-#')
    })
  })

  test('who leaves stops the work, and what waits is never run', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -ab------')
      const work = cold('    -----x|')
      const leave = '       ---!'
      expectObservable(source.pipe(singleFlight(() => work)), leave).toBe('----')
      expectSubscriptions(work.subscriptions).toBe('-^-!')
    })
  })

  test('work that asks for more while it is being started loses nothing and does not nest', () => {
    const asking = new Subject<number>()
    const ran: number[] = []
    let depth = 0
    let deepest = 0
    asking
      .pipe(
        singleFlight(number => {
          depth += 1
          deepest = Math.max(deepest, depth)
          ran.push(number)
          if (number < 3) asking.next(number + 1)
          depth -= 1
          return of(number)
        }),
      )
      .subscribe()
    asking.next(1)
    expect(ran).toEqual([1, 2, 3])
    expect(deepest).toBe(1)
  })

  test('two subscribers do not wait for each other', () => {
    const asking = new Subject<void>()
    let runs = 0
    const flight = asking.pipe(
      singleFlight(() => {
        runs += 1
        return NEVER
      }),
    )
    flight.subscribe()
    flight.subscribe()
    asking.next()
    expect(runs).toBe(2)
  })
})
