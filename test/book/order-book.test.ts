import { describe, expect, test } from 'vitest'
import { checkBook } from '../../src/book/check-book.ts'
import { isOwn, OrderBook } from '../../src/book/order-book.ts'
import type { NewOrder, OrderId, RestingOrder } from '../../src/book/order.ts'
import { gtc, ioc, orderId, peer, replica, self } from './given.ts'

const one = orderId(1)

function bookWith(...orders: (RestingOrder | NewOrder)[]): OrderBook {
  const book = new OrderBook(self)
  for (const order of orders) {
    if ('owner' in order) book.place(order)
    else rest(book, order)
  }
  return book
}

function rest(book: OrderBook, order: NewOrder): void {
  book.accept(order)
  if (order.timeInForce === 'gtc') book.rest(order.id)
}

/** `self 1: 5 @ 101` for each order. */
function drawn(orders: Iterable<RestingOrder>): string[] {
  return [...orders].map(({ owner, id, remaining, price }) => `${owner} ${numberOf(id)}: ${remaining} @ ${price}`)
}

function numberOf(id: OrderId): number {
  return Number(`0x${id.slice(-12)}`)
}

/** The book must refuse the call and be what it was. */
function expectImpossible(book: OrderBook, call: () => unknown, sentence: RegExp): void {
  const before = { hash: book.hash(), own: [...book.ownOrders()], depth: book.depth(9) }
  expect(call).toThrow(sentence)
  expect({ hash: book.hash(), own: [...book.ownOrders()], depth: book.depth(9) }).toEqual(before)
  expect(checkBook(book)).toEqual([])
}

describe('an order that arrives', () => {
  const book = bookWith(
    replica('A', 4, 'sell', 4, 102),
    gtc(3, 'sell', 3, 101),
    replica('B', 2, 'sell', 2, 101),
    replica('A', 5, 'sell', 5, 101),
    gtc(6, 'sell', 6, 100),
    replica('A', 7, 'buy', 7, 103),
  )

  test('meets the best price first, own orders and replicas alike, and the earliest id at one price', () => {
    expect(drawn(book.opposite('buy', null))).toEqual([
      'self 6: 6 @ 100',
      'B 2: 2 @ 101',
      'self 3: 3 @ 101',
      'A 5: 5 @ 101',
      'A 4: 4 @ 102',
    ])
  })

  test('meets nothing beyond its limit', () => {
    expect(drawn(book.opposite('buy', 100))).toEqual(['self 6: 6 @ 100'])
    expect(drawn(book.opposite('buy', 99))).toEqual([])
    expect(drawn(book.opposite('sell', 103))).toEqual(['A 7: 7 @ 103'])
    expect(drawn(book.opposite('sell', 104))).toEqual([])
  })

  test('can tell own orders from replicas', () => {
    const [first, second] = book.opposite('buy', null)
    expect([first, second].map(order => order !== undefined && isOwn(order))).toEqual([true, false])
    expect(first).toEqual(book.own(orderId(6)))
  })
})

describe('a walk over the opposite side', () => {
  test('goes on when the order that it gave has been filled', () => {
    const book = bookWith(gtc(1, 'sell', 1, 100), gtc(2, 'sell', 2, 100), gtc(3, 'sell', 3, 101))
    const met = []
    for (const order of book.opposite('buy', null)) {
      met.push(numberOf(order.id))
      book.fill(order.id, order.remaining)
    }
    expect(met).toEqual([1, 2, 3])
    expect(book.size).toBe(0)
  })

  test('may be left and begun again', () => {
    const book = bookWith(gtc(1, 'sell', 1, 100), replica('A', 2, 'sell', 2, 100))
    for (const order of book.opposite('buy', null)) {
      book.fill(order.id, 1)
      break
    }
    expect(drawn(book.opposite('buy', null))).toEqual(['A 2: 2 @ 100'])
  })

  test('gives what has come further on and not what has gone', () => {
    const book = bookWith(
      replica('A', 2, 'sell', 2, 100),
      replica('A', 4, 'sell', 4, 100),
      replica('A', 6, 'sell', 6, 101),
    )
    const met = []
    for (const order of book.opposite('buy', null)) {
      met.push(numberOf(order.id))
      if (order.id !== orderId(2)) continue
      book.setRemaining(peer('A'), orderId(4), 0)
      for (const number of [1, 3, 5]) book.place(replica('B', number, 'sell', 1, 100))
    }
    expect(met).toEqual([2, 3, 5, 6])
  })

  test('gives orders as they are at that moment', () => {
    const book = bookWith(replica('A', 1, 'sell', 2, 100), gtc(2, 'sell', 5, 101))
    const met = []
    for (const order of book.opposite('buy', null)) {
      met.push(order.remaining)
      if (order.id === one) book.fill(orderId(2), 3)
    }
    expect(met).toEqual([2, 2])
  })

  test('looks no further than it is asked to', () => {
    const book = bookWith(replica('A', 1, 'sell', 2, 100))
    const walk = book.opposite('buy', null)[Symbol.iterator]()
    expect(walk.next().done).toBe(false)
    book.place(replica('A', 2, 'sell', 2, 100))
    expect(walk.next().value).toMatchObject({ id: orderId(2) })
    expect(walk.next().done).toBe(true)
  })
})

describe('a replica', () => {
  test('shrinks and goes as its owner says', () => {
    const book = bookWith(replica('A', 1, 'sell', 5, 101))
    book.setRemaining(peer('A'), one, 5)
    book.setRemaining(peer('A'), one, 2)
    expect(book.replica(peer('A'), one)).toEqual({ ...replica('A', 1, 'sell', 5, 101), remaining: 2 })
    book.setRemaining(peer('A'), one, 0)
    expect(book.replica(peer('A'), one)).toBeUndefined()
    expect([book.size, [...book.owners()]]).toEqual([0, []])
  })

  test('may have been filled in part before it is placed', () => {
    const book = bookWith({ ...replica('A', 1, 'sell', 5, 101), remaining: 2 })
    expect(book.depth(1).asks).toEqual([{ price: 101, quantity: 2, orders: 1 }])
  })

  test('may have an id that is also that of others', () => {
    const book = bookWith(gtc(1, 'sell', 1, 100), replica('A', 1, 'sell', 2, 100), replica('z', 1, 'sell', 3, 100))
    expect(drawn(book.opposite('buy', null))).toEqual(['A 1: 2 @ 100', 'self 1: 1 @ 100', 'z 1: 3 @ 100'])
    book.setRemaining(peer('A'), one, 0)
    expect(drawn(book.opposite('buy', null))).toEqual(['self 1: 1 @ 100', 'z 1: 3 @ 100'])
  })

  test('goes with all others of its owner', () => {
    const book = bookWith(replica('A', 1, 'sell', 1, 101), replica('A', 2, 'buy', 1, 99), replica('B', 3, 'buy', 1, 99))
    expect([book.dropOwner(peer('A')), book.dropOwner(peer('A')), book.dropOwner(peer('nobody'))]).toEqual([2, 0, 0])
    expect([...book.owners()]).toEqual(['B'])
    expect(checkBook(book)).toEqual([])
  })

  test('is not what was handed in, and handed-out orders do not change', () => {
    const handedIn = { ...replica('A', 1, 'sell', 5, 101) }
    const book = bookWith(handedIn)
    const handedOut = book.replica(peer('A'), one)
    handedIn.remaining = 1
    book.setRemaining(peer('A'), one, 3)
    expect([handedOut?.remaining, book.replica(peer('A'), one)?.remaining]).toEqual([5, 3])
  })

  test.each([
    ['of this peer', { owner: self }, /own/],
    ['that is already there', { id: one }, /already/],
    ['of which nothing remains', { remaining: 0 }, /remaining quantity is 0/],
    ['of which more remains than there was', { remaining: 6 }, /remaining quantity is 6/],
    ['of part of a lot', { remaining: 1.5 }, /must be an integer/],
    ['at no price', { price: 0 }, /price is 0/],
    ['of too large a quantity', { quantity: 2 ** 31 }, /quantity is 2147483648/],
  ])('%s cannot be placed', (_, change, sentence) => {
    const book = bookWith(replica('A', 1, 'sell', 5, 101))
    expectImpossible(book, () => book.place({ ...replica('A', 2, 'sell', 5, 101), ...change }), sentence)
  })

  test('never grows, and must be known', () => {
    const book = bookWith({ ...replica('A', 1, 'sell', 5, 101), remaining: 3 }, gtc(2, 'sell', 1, 102))
    expectImpossible(book, () => book.setRemaining(peer('A'), one, 4), /remaining quantity is 4.*1 to 3/)
    expectImpossible(book, () => book.setRemaining(peer('A'), one, -1), /remaining quantity is -1/)
    expectImpossible(book, () => book.setRemaining(peer('B'), one, 0), /No order/)
    expectImpossible(book, () => book.setRemaining(self, orderId(2), 0), /No order/)
    expectImpossible(book, () => book.dropOwner(self), /cannot be dropped/)
  })
})

describe('an own order', () => {
  test('is known from accept to forget, and rests between rest and its end', () => {
    const book = new OrderBook(self)
    expect(book.accept(gtc(1, 'sell', 5, 101))).toMatchObject({ owner: self, remaining: 5, isResting: false })
    expect(book.size).toBe(0)
    expect(book.rest(one)).toMatchObject({ isResting: true })
    expect(drawn(book.ownResting('sell'))).toEqual(['self 1: 5 @ 101'])
    expect(book.fill(one, 3)).toMatchObject({ filled: 3, remaining: 2, isResting: true })
    expect(book.lapse(one, 2)).toMatchObject({ filled: 3, lapsed: 2, remaining: 0, isResting: false })
    expect(book.size).toBe(0)
    expect([...book.ownOrders()]).toEqual([book.own(one)])
    book.forget(one)
    expect([book.own(one), [...book.ownOrders()]]).toEqual([undefined, []])
  })

  test('holds what is proposed, and gives it back or trades it', () => {
    const book = bookWith(gtc(1, 'sell', 5, 101))
    expect(book.reserve(one, 4)).toMatchObject({ remaining: 5, reserved: 4 })
    expect(book.release(one, 1)).toMatchObject({ remaining: 5, reserved: 3 })
    expect(book.fillReserved(one, 2)).toMatchObject({ remaining: 3, reserved: 1, filled: 2 })
    expect(book.fill(one, 2)).toMatchObject({ remaining: 1, reserved: 1, filled: 4 })
    expect(book.fillReserved(one, 1)).toMatchObject({ remaining: 0, reserved: 0, filled: 5, isResting: false })
    expect(checkBook(book)).toEqual([])
  })

  test('still rests when all of it is reserved', () => {
    const book = new OrderBook(self)
    book.accept(gtc(1, 'sell', 5, 101))
    book.reserve(one, 5)
    book.rest(one)
    expect(drawn(book.opposite('buy', null))).toEqual(['self 1: 5 @ 101'])
  })

  test('that is ioc trades without ever resting', () => {
    const book = bookWith(ioc(1, 'buy', 5, null))
    book.reserve(one, 3)
    book.fillReserved(one, 3)
    book.lapse(one, 2)
    expect(book.own(one)).toMatchObject({ filled: 3, lapsed: 2, remaining: 0 })
    expect(checkBook(book)).toEqual([])
  })

  test('that has been handed out does not change', () => {
    const book = bookWith(gtc(1, 'sell', 5, 101))
    const before = book.own(one)
    book.fill(one, 1)
    expect([before?.remaining, book.own(one)?.remaining]).toEqual([5, 4])
  })

  test('of which some is reserved cannot be used as if it were not', () => {
    const book = bookWith(gtc(1, 'sell', 5, 101))
    book.reserve(one, 4)
    expectImpossible(book, () => book.fill(one, 2), /available.*is 2.*1 to 1/)
    expectImpossible(book, () => book.lapse(one, 2), /available/)
    expectImpossible(book, () => book.reserve(one, 2), /available/)
    expectImpossible(book, () => book.release(one, 5), /reserved/)
    expectImpossible(book, () => book.fillReserved(one, 5), /reserved/)
  })

  test('never changes by nothing, or by part of a lot', () => {
    const book = bookWith(gtc(1, 'sell', 5, 101))
    for (const lots of [0, -1, 0.5, NaN]) expectImpossible(book, () => book.fill(one, lots), /must be an integer/)
  })

  test('cannot rest without a price, as ioc, twice, or closed', () => {
    const book = bookWith(gtc(1, 'sell', 5, 101), ioc(2, 'buy', 1, null), ioc(3, 'buy', 1, 99))
    book.accept(gtc(4, 'buy', 1, 99))
    book.lapse(orderId(4), 1)
    expectImpossible(book, () => book.rest(orderId(2)), /market order/)
    expectImpossible(book, () => book.rest(orderId(3)), /ioc order/)
    expectImpossible(book, () => book.rest(one), /already rests/)
    expectImpossible(book, () => book.rest(orderId(4)), /closed/)
    expectImpossible(book, () => book.rest(orderId(5)), /No own order/)
  })

  test('cannot be accepted twice, or wrong', () => {
    const book = bookWith(gtc(1, 'sell', 5, 101))
    expectImpossible(book, () => book.accept(gtc(1, 'sell', 5, 101)), /already been accepted/)
    expectImpossible(book, () => book.accept({ ...gtc(2, 'buy', 1, 1), price: null }), /neither ioc nor fok/)
    expectImpossible(book, () => book.accept(gtc(2, 'buy', 0, 1)), /quantity is 0/)
    expectImpossible(book, () => book.accept(gtc(2, 'buy', 1, 1.5)), /price is 1.5/)
  })

  test('cannot be forgotten while something remains', () => {
    const book = bookWith(gtc(1, 'sell', 5, 101))
    expectImpossible(book, () => book.forget(one), /not closed: 5 lots remain/)
    expectImpossible(book, () => book.forget(orderId(2)), /No own order/)
  })
})

describe('a book', () => {
  test('may be crossed, as its two views are apart', () => {
    const book = bookWith(replica('A', 1, 'buy', 1, 105), gtc(2, 'sell', 1, 100), replica('B', 3, 'sell', 1, 99))
    expect(book.depth(1)).toEqual({
      bids: [{ price: 105, quantity: 1, orders: 1 }],
      asks: [{ price: 99, quantity: 1, orders: 1 }],
    })
    expect([book.bestPrice('sell', 'own'), book.bestPrice('sell', 'replicas')]).toEqual([100, 99])
    expect([book.bestPrice('buy', 'own'), book.bestPrice('buy', 'replicas')]).toEqual([undefined, 105])
    expect(checkBook(book)).toEqual([])
  })

  test('shows its depth: whole levels, best first, as many as are asked for', () => {
    const book = bookWith(
      gtc(1, 'buy', 1, 99),
      replica('A', 2, 'buy', 2, 99),
      replica('A', 3, 'buy', 3, 98),
      replica('B', 4, 'buy', 4, 97),
    )
    expect(book.depth(2).bids).toEqual([
      { price: 99, quantity: 3, orders: 2 },
      { price: 98, quantity: 3, orders: 1 },
    ])
    expect(book.depth(0)).toEqual({ bids: [], asks: [] })
  })

  test('counts in its depth only what it is told to, and shows no level that has none', () => {
    const book = bookWith(
      gtc(1, 'buy', 1, 99),
      replica('A', 2, 'buy', 2, 99),
      replica('A', 3, 'buy', 3, 98),
      gtc(4, 'buy', 4, 97),
    )
    expect(book.depth(2, order => order.owner === self).bids).toEqual([
      { price: 99, quantity: 1, orders: 1 },
      { price: 97, quantity: 4, orders: 1 },
    ])
  })

  test('adds up more at one price than one order can have', () => {
    const most = 2 ** 31 - 1
    const book = bookWith(replica('A', 1, 'buy', most, 99), replica('B', 2, 'buy', most, 99))
    expect(book.depth(1).bids[0]?.quantity).toBe(2 * most)
  })

  test('lists owners and their open orders', () => {
    const book = bookWith(replica('z', 5, 'buy', 1, 99), replica('z', 4, 'sell', 1, 101), replica('A', 1, 'buy', 1, 99))
    expect([...book.owners()]).toEqual(['A', 'z'])
    rest(book, gtc(7, 'sell', 1, 101))
    rest(book, gtc(6, 'buy', 1, 99))
    book.accept(gtc(8, 'buy', 1, 99))
    expect([...book.owners()]).toEqual(['A', 'self', 'z'])
    expect(drawn(book.openOrders(peer('z')))).toEqual(['z 4: 1 @ 101', 'z 5: 1 @ 99'])
    expect(drawn(book.openOrders(self))).toEqual(['self 6: 1 @ 99', 'self 7: 1 @ 101'])
    expect([self, peer('z'), peer('nobody')].map(owner => book.openCount(owner))).toEqual([2, 2, 0])
  })

  test('is short in JSON', () => {
    const book = bookWith(gtc(1, 'buy', 1, 99), replica('A', 2, 'buy', 2, 99), ioc(3, 'buy', 1, null))
    expect(JSON.parse(JSON.stringify(book))).toEqual({ self: 'self', resting: 2, ownKnown: 2, owners: 2 })
  })

  test('takes 20,000 orders in and out, a third of them at one price, without wearying', () => {
    const book = new OrderBook(self)
    const numbers = Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 20_000)
    const priceOf = (number: number): number => (number % 3 === 0 ? 500 : 1 + (number % 1_000))
    for (const number of numbers) book.place(replica(`peer${number % 5}`, number, 'sell', 1, priceOf(number)))
    expect([book.size, checkBook(book)]).toEqual([20_000, []])
    for (const number of numbers) book.setRemaining(peer(`peer${number % 5}`), orderId(number), 0)
    expect([book.size, checkBook(book)]).toEqual([0, []])
  })
})
