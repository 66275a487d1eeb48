import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatLots,
  formatNotional,
  formatTicks,
  formatUnits,
  notional,
  parseLots,
  parseTicks,
  parseUnits,
} from '../../src/book/decimals.ts'
import { isRefusal, type Refusal } from '../../src/book/refusal.ts'

const max = 2 ** 31 - 1

function sentenceOf(parsed: number | Refusal): string {
  return isRefusal(parsed) ? parsed.sentence : `${parsed} is not refused`
}

describe('a price', () => {
  test.each([
    ['101', '1', 101],
    ['101.5', '0.5', 203],
    ['64000.00', '0.01', 6_400_000],
    ['0.00000001', '0.00000001', 1],
    ['21.47483647', '0.00000001', max],
    ['101.50000000', '0.5', 203],
  ])('of %s with ticks of %s is %d ticks', (text, tickSize, ticks) => {
    expect(parseTicks(text, tickSize)).toBe(ticks)
  })

  test.each(['', ' 1', '1 ', '01', '1.', '.5', '-1', '+1', '1e3', '1,5', '0x10', '1.123456789', 'NaN', '١', '1\n'])(
    'may not be written %j',
    text => {
      expect(parseTicks(text, '1')).toMatchObject({ reason: 'price_is_not_a_decimal' })
    },
  )

  test('has at most 12 digits before the point', () => {
    expect(parseTicks('999999999000', '1000')).toBe(999_999_999)
    expect(parseTicks('1000000000000', '1000')).toMatchObject({ reason: 'price_is_not_a_decimal' })
  })

  test.each(['0', '0.0', '0.00000000'])('of %s is refused', text => {
    expect(parseTicks(text, '0.5')).toMatchObject({
      reason: 'price_must_be_positive',
      sentence: 'The price is 0; the lowest price is 0.5.',
    })
  })

  test('off the tick grid is refused with the prices beside it', () => {
    expect(parseTicks('101.3', '0.5')).toMatchObject({
      reason: 'price_must_be_on_tick',
      sentence: 'The price 101.3 is not a multiple of the tick size 0.5; nearest: 101.0 and 101.5.',
    })
  })

  test('below the first tick is refused with the first tick', () => {
    expect(sentenceOf(parseTicks('0.3', '0.5'))).toMatch(/nearest: 0\.5\.$/)
  })

  test('off the grid at the end of what can be written is refused with the price below', () => {
    expect(sentenceOf(parseTicks('999999999999', '1000'))).toMatch(/nearest: 999999999000\.$/)
  })

  test('of more ticks than an integer has is refused with the largest', () => {
    expect(parseTicks(String(max), '1')).toBe(max)
    expect(parseTicks('2147483648', '1')).toMatchObject({
      reason: 'price_too_large',
      sentence: 'The price 2147483648 is too large; the largest one is 2147483647.',
    })
    expect(parseTicks('1073741823.7', '0.5')).toMatchObject({ reason: 'price_too_large' })
  })

  test('is written with as many decimals as the tick size has', () => {
    expect(formatTicks(128_000, '0.5')).toBe('64000.0')
    expect(formatTicks(1, '0.00000001')).toBe('0.00000001')
    expect(formatTicks(7, '25')).toBe('175')
  })

  test('difference may be negative', () => {
    expect(formatTicks(-1, '0.25')).toBe('-0.25')
  })

  test('is refused by nobody but the user: a wrong tick size throws', () => {
    for (const tickSize of ['0', '', '-1', 'tick'])
      expect(() => parseTicks('1', tickSize)).toThrow(/not a positive decimal/)
  })
})

describe('a quantity', () => {
  test('is whole lots', () => {
    expect(parseLots('0.25', '0.01')).toBe(25)
  })

  test.each([
    ['one', 'quantity_is_not_a_decimal'],
    ['0', 'quantity_must_be_positive'],
    ['0.005', 'quantity_must_be_on_lot'],
    ['21474836.48', 'quantity_too_large'],
  ])('of %s is refused: %s', (text, reason) => {
    expect(parseLots(text, '0.01')).toMatchObject({ refused: true, reason })
  })

  test('off the lot grid is refused with the quantities beside it', () => {
    expect(parseLots('2.5', '2')).toMatchObject({
      sentence: 'The quantity 2.5 is not a multiple of the lot size 2; nearest: 2 and 4.',
    })
  })

  test('sum may be larger than one order can be', () => {
    expect(formatLots(3 * max, '0.1')).toBe('644245094.1')
    expect(formatLots(10n ** 20n, '0.1')).toBe('10000000000000000000.0')
  })
})

describe('a notional', () => {
  test('is exact where numbers are not', () => {
    expect(notional(max, max)).toBe(4_611_686_014_132_420_609n)
  })

  test('is written with the decimals of both sizes', () => {
    expect(formatNotional(notional(128_001, 25), '0.5', '0.01')).toBe('16000.125')
    expect(formatNotional(-1n, '0.00000001', '0.00000001')).toBe('-0.0000000000000001')
    expect(formatNotional(6n, '1', '10')).toBe('60')
  })
})

describe('decimals', () => {
  const steps = fc.integer({ min: 1, max })
  const size = fc.bigInt({ min: 1n, max: 46_000_000_000n }).map(formatUnits)

  test('written and read again are what they were', () => {
    fc.assert(
      fc.property(steps, size, (number, each) => {
        expect(parseTicks(formatTicks(number, each), each)).toBe(number)
        expect(parseLots(formatLots(number, each), each)).toBe(number)
      }),
    )
  })

  test('on the grid are read, and off the grid refused, as integer arithmetic says', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 1_000n }), (units, tick) => {
        const onGrid = units % tick === 0n && units / tick <= BigInt(max)
        const parsed = parseTicks(formatUnits(units), formatUnits(tick))
        if (onGrid) expect(parsed).toBe(Number(units / tick))
        else expect(parsed).toMatchObject({ refused: true })
      }),
    )
  })

  test('have one shortest form', () => {
    expect(['1', '1.0', '1.00000000'].map(text => formatUnits(parseUnits(text) ?? -1n))).toEqual(['1', '1', '1'])
    expect(formatUnits(10n ** 9n)).toBe('10')
    expect(formatUnits(50_000_000n)).toBe('0.5')
    expect(formatUnits(0n)).toBe('0')
  })
})
