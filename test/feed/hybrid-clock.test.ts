import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  counterOf,
  HybridClock,
  lastIdOf,
  millisecondsOf,
  stampOf,
  stampOfId,
  type Stamp,
} from '../../src/feed/hybrid-clock.ts'
import { idSource } from '../../src/peer/ids.ts'

const milliseconds = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const counter = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const anyStamp = fc.record({ ms: milliseconds, count: counter })
const zeros = (count: number) => new Uint8Array(count)

/** A clock whose wall time the test sets. */
function clockAt(ms: number) {
  const wall = { ms }
  return { wall, clock: new HybridClock(() => wall.ms) }
}

/** A source of ids that gives the id of exactly this stamp first. */
function idOf(ms: number, count: number, random: (count: number) => Uint8Array): string {
  const before = count > 0 ? stampOf(ms, count - 1) : stampOf(Math.max(0, ms - 1), 2 ** 32 - 1)
  const { clock } = clockAt(count > 0 ? 0 : ms)
  clock.observe(before)
  return idSource(clock, random)()
}

describe('stamps', () => {
  test('a stamp gives back its milliseconds and its counter', () => {
    fc.assert(
      fc.property(anyStamp, ({ ms, count }) => {
        const stamp = stampOf(ms, count)
        expect(stamp).toMatch(/^[0-9a-f]{20}$/)
        expect([millisecondsOf(stamp), counterOf(stamp)]).toEqual([ms, count])
      }),
    )
  })

  test('stamps order as text like time and counter', () => {
    fc.assert(
      fc.property(anyStamp, anyStamp, (one, other) => {
        const byNumber = one.ms - other.ms || one.count - other.count
        const [a, b] = [stampOf(one.ms, one.count), stampOf(other.ms, other.count)]
        expect(Math.sign(byNumber)).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })
})

describe('the hybrid clock', () => {
  test('shows wall time when nothing is ahead of it', () => {
    const { wall, clock } = clockAt(100.7)
    expect(clock.next()).toBe(stampOf(100, 0))
    wall.ms = 250
    expect(clock.next()).toBe(stampOf(250, 0))
  })

  test('counts while the wall stands still or goes back', () => {
    const { wall, clock } = clockAt(100)
    clock.next()
    expect(clock.next()).toBe(stampOf(100, 1))
    wall.ms = 50
    expect(clock.next()).toBe(stampOf(100, 2))
  })

  test('a full counter goes on with the next millisecond', () => {
    const { clock } = clockAt(100)
    clock.observe(stampOf(100, 2 ** 32 - 1))
    expect(clock.next()).toBe(stampOf(101, 0))
  })

  test('is later than what it has heard, and not moved by what it has passed', () => {
    const { clock } = clockAt(100)
    clock.observe(stampOf(400, 5))
    clock.observe(stampOf(300, 9))
    expect(clock.next()).toBe(stampOf(400, 6))
  })

  test('says how far a stamp is ahead of the wall', () => {
    const { clock } = clockAt(100)
    expect([clock.aheadMs(stampOf(1_100, 7)), clock.aheadMs(stampOf(40, 0))]).toEqual([1_000, -60])
  })

  test('whatever the wall does and whoever is heard, every stamp is later than all before', () => {
    const step = fc.oneof(
      fc.record({ wall: fc.integer({ min: 0, max: 1_000 }) }),
      fc.record({ heard: fc.record({ ms: fc.integer({ min: 0, max: 1_000 }), count: fc.nat(3) }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), steps => {
        const { wall, clock } = clockAt(0)
        let latest: string = stampOf(0, 0)
        for (const one of steps) {
          if ('wall' in one) wall.ms = one.wall
          else {
            const heard = stampOf(one.heard.ms, one.heard.count)
            clock.observe(heard)
            latest = heard > latest ? heard : latest
          }
          const next = clock.next()
          expect(next > latest).toBe(true)
          latest = next
        }
      }),
    )
  })
})

describe('ids made from stamps', () => {
  const random = fc.uint8Array({ minLength: 16, maxLength: 16 })

  test('an id gives back the stamp that it was made from, whatever chance adds', () => {
    fc.assert(
      fc.property(anyStamp, random, ({ ms, count }, bytes) => {
        fc.pre(ms > 0)
        const id = idOf(ms, count, () => bytes)
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        expect(stampOfId(id)).toBe(stampOf(ms, count))
      }),
    )
  })

  test('ids order like the stamps that they were made from', () => {
    fc.assert(
      fc.property(anyStamp, anyStamp, random, random, (one, other, bytes, otherBytes) => {
        fc.pre(one.ms > 0 && other.ms > 0)
        const [a, b] = [stampOf(one.ms, one.count), stampOf(other.ms, other.count)]
        fc.pre(a !== b)
        const [idA, idB] = [idOf(one.ms, one.count, () => bytes), idOf(other.ms, other.count, () => otherBytes)]
        expect(idA < idB).toBe(a < b)
      }),
    )
  })

  test('the last id of a stamp is from this stamp, and no id of it or of an earlier one is later', () => {
    fc.assert(
      fc.property(anyStamp, anyStamp, random, (one, other, bytes) => {
        fc.pre(other.ms > 0)
        const [bound, stamp] = [stampOf(one.ms, one.count), stampOf(other.ms, other.count)]
        expect(stampOfId(lastIdOf(bound))).toBe(bound)
        expect(idOf(other.ms, other.count, () => bytes) <= lastIdOf(bound)).toBe(stamp <= bound)
        expect(idOf(other.ms, other.count, () => new Uint8Array(16).fill(255))).toBe(lastIdOf(stamp))
      }),
    )
  })

  test('the counter of the RFC example is the 32 bits behind version and variant', () => {
    const stamp: Stamp = stampOfId('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
    // RFC 9562, A.6: unix_ts_ms, rand_a and the first 20 of the 62 bits of rand_b.
    const counterBits = (0xcc3n << 20n) | (0x18c4dc0c0c07398fn >> 42n)
    expect([millisecondsOf(stamp), counterOf(stamp)]).toEqual([0x017f22e279b0, Number(counterBits)])
  })

  test('a source without chance still makes every id later than the one before', () => {
    const { clock } = clockAt(1_000)
    const next = idSource(clock, zeros)
    const ids = Array.from({ length: 100 }, next)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(100)
  })
})
