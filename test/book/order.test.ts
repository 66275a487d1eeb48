import { describe, expect, test } from 'vitest'
import { isMarketable, oppositeOf, orderKey } from '../../src/book/order.ts'
import { orderId, peer } from './given.ts'

describe('an order', () => {
  test('to buy is marketable at its limit and below', () => {
    expect([99, 100, 101].map(price => isMarketable('buy', 100, price))).toEqual([true, true, false])
  })

  test('to sell is marketable at its limit and above', () => {
    expect([99, 100, 101].map(price => isMarketable('sell', 100, price))).toEqual([false, true, true])
  })

  test('without a limit is marketable at any price', () => {
    expect([isMarketable('buy', null, 2 ** 31 - 1), isMarketable('sell', null, 1)]).toEqual([true, true])
  })

  test('meets the opposite side', () => {
    expect([oppositeOf('buy'), oppositeOf('sell')]).toEqual(['sell', 'buy'])
  })

  test('has one key for each owner and id', () => {
    expect(orderKey(peer('A'), orderId(1))).not.toBe(orderKey(peer('B'), orderId(1)))
  })
})
