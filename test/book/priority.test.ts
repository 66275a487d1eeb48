import { describe, expect, test } from 'vitest'
import { hasPriority, isBetterPrice } from '../../src/book/priority.ts'
import { replica } from './given.ts'

describe('priority', () => {
  test('goes to the higher bid and to the lower ask', () => {
    expect([isBetterPrice('buy', 101, 100), isBetterPrice('buy', 100, 101)]).toEqual([true, false])
    expect([isBetterPrice('sell', 101, 100), isBetterPrice('sell', 100, 101)]).toEqual([false, true])
  })

  test('goes to the better price before the earlier id', () => {
    expect(hasPriority('sell', replica('A', 9, 'sell', 1, 100), replica('A', 1, 'sell', 1, 101))).toBe(true)
  })

  test('goes to the earlier id at one price', () => {
    expect(hasPriority('buy', replica('B', 1, 'buy', 1, 100), replica('A', 2, 'buy', 1, 100))).toBe(true)
  })

  test('goes to the first owner when an id has been copied, the same at every peer', () => {
    const [a, b] = [replica('A', 1, 'buy', 1, 100), replica('B', 1, 'buy', 1, 100)]
    expect([hasPriority('buy', a, b), hasPriority('buy', b, a)]).toEqual([true, false])
  })

  test('goes to no order before itself', () => {
    const order = replica('A', 1, 'buy', 1, 100)
    expect(hasPriority('buy', order, order)).toBe(false)
  })
})
