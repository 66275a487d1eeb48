import { describe, expect, test } from 'vitest'
import { intervalOn, timerOn } from '../../src/peer/timer.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

function given() {
  const clock = new VirtualClock({ startMs: 0 })
  const notes: string[] = []
  const observer = {
    next: () => void notes.push(`next@${clock.now()}`),
    complete: () => void notes.push(`complete@${clock.now()}`),
  }
  return { clock, notes, observer }
}

describe('timers on a clock', () => {
  test('a timer emits once, after its delay, and completes', () => {
    const { clock, notes, observer } = given()
    timerOn(clock, 100).subscribe(observer)
    clock.advance(99)
    expect(notes).toEqual([])
    clock.advance(500)
    expect(notes).toEqual(['next@100', 'complete@100'])
    expect(clock.pendingTasks).toBe(0)
  })

  test('a timer counts from its subscription, each time anew', () => {
    const { clock, notes, observer } = given()
    const timer = timerOn(clock, 100)
    clock.advance(50)
    timer.subscribe(observer)
    clock.advance(200)
    timer.subscribe(observer)
    clock.advance(200)
    expect(notes).toEqual(['next@150', 'complete@150', 'next@350', 'complete@350'])
  })

  test('who leaves leaves nothing on the clock', () => {
    const { clock, notes, observer } = given()
    timerOn(clock, 100).subscribe(observer).unsubscribe()
    const interval = intervalOn(clock, 100).subscribe(observer)
    clock.advance(250)
    interval.unsubscribe()
    expect(clock.pendingTasks).toBe(0)
    clock.advance(1_000)
    expect(notes).toEqual(['next@100', 'next@200'])
  })

  test('a delay of nothing never emits while it is being subscribed', () => {
    const { clock, notes, observer } = given()
    timerOn(clock, 0).subscribe(observer)
    expect(notes).toEqual([])
    clock.step()
    expect(notes).toEqual(['next@0', 'complete@0'])
  })
})
