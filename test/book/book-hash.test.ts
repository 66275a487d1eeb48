import { describe, expect, test } from 'vitest'
import { hashOrders } from '../../src/book/book-hash.ts'
import { OrderBook } from '../../src/book/order-book.ts'
import { gtc, orderId, peer, replica } from './given.ts'

const orders = [
  replica('A', 1, 'sell', 5, 101),
  replica('A', 2, 'buy', 3, 99),
  replica('B', 1, 'sell', 2, 101),
] as const

describe('the book hash', () => {
  test('is the same in whatever order the orders come', () => {
    expect(hashOrders([...orders].reverse())).toBe(hashOrders(orders))
  })

  test('is a known one, since every peer must take it in the same way', () => {
    expect(hashOrders([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(hashOrders(orders)).toBe('6dae1aab3938e9e8c1d16f641f2389c0430eea162207aca6a33f81ed2b297640')
  })

  test.each([
    ['owner', { owner: peer('C') }],
    ['id', { id: orderId(7) }],
    ['side', { side: 'buy' }],
    ['price', { price: 102 }],
    ['remaining quantity', { remaining: 4 }],
  ] as const)('tells orders apart by their %s', (_, change) => {
    expect(hashOrders([{ ...orders[0], ...change }])).not.toBe(hashOrders([orders[0]]))
  })

  test('does not ask what an order was for at first', () => {
    expect(hashOrders([{ ...orders[0], quantity: 50 }])).toBe(hashOrders([orders[0]]))
  })

  test('is equal at two peers that hold the same orders, one as its own and one as replicas', () => {
    const [alice, bob] = [new OrderBook(peer('A')), new OrderBook(peer('B'))]
    alice.accept(gtc(1, 'sell', 5, 101))
    alice.rest(orderId(1))
    alice.place(replica('B', 2, 'buy', 3, 99))
    bob.accept(gtc(2, 'buy', 3, 99))
    bob.rest(orderId(2))
    bob.place(replica('A', 1, 'sell', 5, 101))
    expect(alice.hash()).toBe(bob.hash())
    alice.fill(orderId(1), 2)
    expect(alice.hash()).not.toBe(bob.hash())
    bob.setRemaining(peer('A'), orderId(1), 3)
    expect(alice.hash()).toBe(bob.hash())
  })

  test('does not ask what is reserved', () => {
    const book = new OrderBook(peer('A'))
    book.accept(gtc(1, 'sell', 5, 101))
    book.rest(orderId(1))
    const before = book.hash()
    book.reserve(orderId(1), 5)
    expect(book.hash()).toBe(before)
  })
})
