import { describe, expect, test } from 'vitest'
import type { RestingOrder } from '../../src/book/order.ts'
import { PriceLevels } from '../../src/book/price-levels.ts'
import { replica } from './given.ts'

const sell = (number: number, price: number): RestingOrder => replica('A', number, 'sell', 1, price)

function asks(...orders: RestingOrder[]): PriceLevels<RestingOrder> {
  const levels = new PriceLevels<RestingOrder>('sell')
  for (const order of orders) levels.insert(order)
  return levels
}

function drawn(levels: PriceLevels<RestingOrder>): string[] {
  return levels
    .levels()
    .map(({ price, orders }) => `${price}: ${orders.map(order => Number(`0x${order.id.slice(-4)}`)).join(' ')}`)
}

describe('price levels', () => {
  test('are sorted by price, and by id within, however the orders come', () => {
    expect(drawn(asks(sell(5, 102), sell(3, 101), sell(9, 101), sell(1, 103), sell(2, 101)))).toEqual([
      '101: 2 3 9',
      '102: 5',
      '103: 1',
    ])
  })

  test('of buyers begin with the highest', () => {
    const levels = new PriceLevels<RestingOrder>('buy')
    for (const price of [100, 102, 101]) levels.insert(replica('A', price, 'buy', 1, price))
    expect(levels.levels().map(level => level.price)).toEqual([102, 101, 100])
    expect(levels.bestPrice).toBe(102)
  })

  test('go when their last order goes', () => {
    const levels = asks(sell(1, 101), sell(2, 101), sell(3, 102))
    levels.remove(sell(1, 101))
    expect(drawn(levels)).toEqual(['101: 2', '102: 3'])
    levels.remove(sell(2, 101))
    expect(drawn(levels)).toEqual(['102: 3'])
    levels.remove(sell(3, 102))
    expect(levels.bestPrice).toBeUndefined()
  })

  test('keep the place of an order whose value changes', () => {
    const levels = asks(sell(1, 101), sell(2, 101), sell(3, 101))
    levels.replace({ ...sell(2, 101), remaining: 7 })
    expect(levels.levels()[0]?.orders.map(order => order.remaining)).toEqual([1, 7, 1])
  })

  test('know what comes behind a position, even one that is empty', () => {
    const levels = asks(sell(1, 101), sell(3, 101), sell(2, 103))
    expect(levels.after(undefined)).toEqual(sell(1, 101))
    expect(levels.after(sell(1, 101))).toEqual(sell(3, 101))
    expect(levels.after(sell(2, 101))).toEqual(sell(3, 101))
    expect(levels.after(sell(3, 101))).toEqual(sell(2, 103))
    expect(levels.after(sell(9, 102))).toEqual(sell(2, 103))
    expect(levels.after(sell(2, 103))).toBeUndefined()
  })

  test('throw for an order that is not in them', () => {
    const levels = asks(sell(2, 101))
    for (const other of [sell(1, 101), sell(3, 101), sell(2, 102), replica('B', 2, 'sell', 1, 101)]) {
      expect(() => levels.remove(other)).toThrow(/is not in the sell level/)
      expect(() => levels.replace(other)).toThrow(/is not in the sell level/)
    }
    expect(drawn(levels)).toEqual(['101: 2'])
  })
})
