import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import type { Side } from '../../src/book/order.ts'
import { nothing, PriceLadder } from '../../src/book/price-ladder.ts'

/** Makes a price occupied, or empty again. */
function turn(ladder: PriceLadder, price: number): void {
  const level = ladder.occupiedAt(price)
  if (level === nothing) ladder.occupy(ladder.levelAt(price))
  else ladder.vacate(level)
}

/** Best first, as one finds them by walking. */
function walked(ladder: PriceLadder): number[] {
  const prices: number[] = []
  for (let level = ladder.best; level !== nothing; level = ladder.behind(ladder.priceOf(level)))
    prices.push(ladder.priceOf(level))
  return prices
}

// Close together, at the borders of nodes, and at the ends of what there is.
const price = fc.oneof(
  fc.integer({ min: 1, max: 70 }),
  fc.integer({ min: 0, max: 30 }).map(exponent => 2 ** exponent),
  fc.integer({ min: 1, max: 31 }).map(exponent => 2 ** exponent - 1),
  fc.integer({ min: 1, max: limits.priceMax }),
)

describe('a price ladder', () => {
  test.each<Side>(['buy', 'sell'])('of side %s finds what a sorted list finds', side => {
    fc.assert(
      fc.property(fc.array(price, { maxLength: 200, size: 'max' }), price, (turned, asked) => {
        const ladder = new PriceLadder(side)
        const occupied = new Set<number>()
        const better = (a: number, b: number): number => (side === 'buy' ? b - a : a - b)
        for (const one of turned) {
          turn(ladder, one)
          if (!occupied.delete(one)) occupied.add(one)
          expect(ladder.bestPrice).toBe([...occupied].sort(better)[0])
        }
        expect(walked(ladder)).toEqual([...occupied].sort(better))
        const behind = [...occupied].sort(better).find(one => better(asked, one) < 0)
        expect(ladder.priceOf(ladder.behind(asked)) === behind || ladder.behind(asked) === nothing).toBe(true)
        expect(ladder.behind(asked) === nothing).toBe(behind === undefined)
        expect(ladder.occupiedAt(asked) === nothing).toBe(!occupied.has(asked))
      }),
      { numRuns: 500 },
    )
  })

  test('keeps levels where they are while it grows and while it gives up empty nodes', () => {
    const ladder = new PriceLadder('sell')
    const kept = ladder.levelAt(1_000_000)
    ladder.occupy(kept)
    for (let price = 1; price < 2 ** 30; price += 2 ** 16 + 3) {
      turn(ladder, price)
      turn(ladder, price)
    }
    expect(ladder.levelAt(1_000_000)).toBe(kept)
    expect(walked(ladder)).toEqual([1_000_000])
  })

  test('needs no more room for prices that come and go than for those that stay', () => {
    const ladder = new PriceLadder('buy')
    for (let price = 1; price < 2 ** 30; price += 2 ** 12 + 1) {
      turn(ladder, price)
      turn(ladder, price)
    }
    expect(ladder.places.length).toBeLessThanOrEqual(64 * 32)
  })

  test('does not lose a path that it makes while it gives up nodes', () => {
    const ladder = new PriceLadder('sell')
    const prices = Array.from({ length: 5_000 }, (_, index) => 1 + ((index * 2_654_435_761) % 2_000_000_011))
    for (const [index, price] of prices.entries()) {
      turn(ladder, price)
      if (index % 3 > 0) turn(ladder, prices[index - 1]!)
      if (index % 3 > 0) turn(ladder, prices[index - 1]!)
    }
    expect(walked(ladder)).toEqual([...prices].sort((a, b) => a - b))
  })
})
