import { describe, expect, test } from 'vitest'
import { Random } from '../../src/sim/random.ts'

const integers = (random: Random, count = 20) => Array.from({ length: count }, () => random.integer(0, 1_000_000))

describe('random', () => {
  test('the same seed gives the same stream, today and in a year', () => {
    expect(integers(new Random(7))).toEqual(integers(new Random(7)))
    expect(integers(new Random(7), 4)).toMatchInlineSnapshot(`
      [
        913149,
        668938,
        675007,
        213018,
      ]
    `)
    expect([...new Random('a text').bytes(6)]).toMatchInlineSnapshot(`
      [
        135,
        106,
        95,
        186,
        106,
        27,
      ]
    `)
  })

  test('neighbouring seeds give streams that have nothing in common', () => {
    const seen = new Set([...integers(new Random(7)), ...integers(new Random(8)), ...integers(new Random(9))])
    expect(seen.size).toBe(60)
  })

  test('a fork depends on seed and label, not on what was drawn before', () => {
    const drawn = new Random(7)
    integers(drawn)
    expect(integers(drawn.fork('network'))).toEqual(integers(new Random(7).fork('network')))
    expect(integers(drawn.fork('network'))).not.toEqual(integers(drawn.fork('disk')))
    expect(integers(drawn.fork('a').fork('b'))).not.toEqual(integers(drawn.fork('b').fork('a')))
  })

  test('integers reach both ends and never leave them', () => {
    const random = new Random(1)
    const seen = new Set(Array.from({ length: 1_000 }, () => random.integer(-2, 2)))
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
    expect(random.integer(5, 5)).toBe(5)
    expect(() => random.integer(2, 1)).toThrow('there is no integer from 2 to 1')
    expect(() => random.integer(0, 0.5)).toThrow('there is no integer from 0 to 0.5')
  })

  test('reals are from 0 to below 1', () => {
    const random = new Random(1)
    const reals = Array.from({ length: 1_000 }, () => random.real())
    expect(Math.min(...reals)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...reals)).toBeLessThan(1)
  })

  test('a pick is one of the items, and nothing is picked from nothing', () => {
    const random = new Random(1)
    const picks = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))
    expect([...picks].sort()).toEqual(['a', 'b', 'c'])
    expect(() => random.pick([])).toThrow('nothing can be picked from an empty list')
  })

  test('a shuffle keeps the items and leaves the list as it was', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8]
    const shuffled = new Random(1).shuffle(items)
    expect(shuffled).not.toEqual(items)
    expect([...shuffled].sort()).toEqual(items)
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})
