import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HybridClock, stampOf, stampOfId } from '../../src/feed/hybrid-clock.ts'
import { idSource } from '../../src/peer/ids.ts'

const none = (count: number) => new Uint8Array(count)

describe('ids', () => {
  test('are UUIDv7s that carry the stamp of the clock', () => {
    const clock = new HybridClock(() => 1_767_225_600_000)
    const id = idSource(clock, none)()
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(stampOfId(id)).toBe(stampOf(1_767_225_600_000, 0))
  })

  test('are later than whatever the clock has heard before', () => {
    const clock = new HybridClock(() => 1_000)
    const next = idSource(clock, none)
    const heard = stampOf(5_000, 77)
    clock.observe(heard)
    expect(stampOfId(next()) > heard).toBe(true)
  })

  test('order like the decisions that they are made in, whatever chance gives', () => {
    const bytes = fc.infiniteStream(fc.uint8Array({ minLength: 16, maxLength: 16 }))
    const walls = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(walls, bytes, (times, random) => {
        let wall = 1
        const next = idSource(new HybridClock(() => wall), () => random.next().value as Uint8Array)
        const ids = times.map(time => {
          wall = time
          return next()
        })
        expect([...ids].sort()).toEqual(ids)
        expect(new Set(ids).size).toBe(ids.length)
      }),
    )
  })

  test('take all their chance from what they are given: equal chance, equal ids', () => {
    const make = (fill: number) => idSource(new HybridClock(() => 1_000), count => new Uint8Array(count).fill(fill))()
    expect(make(3)).toBe(make(3))
    expect(make(3)).not.toBe(make(4))
  })
})
