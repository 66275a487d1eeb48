import { describe, expect, test } from 'vitest'
import { checkBook, checkOwnUncrossed, type CheckableBook } from '../../src/book/check-book.ts'
import { OrderBook, type RestingOwnOrder, type View } from '../../src/book/order-book.ts'
import type { OwnOrder, RestingOrder, Side } from '../../src/book/order.ts'
import type { Level } from '../../src/book/price-levels.ts'
import { gtc, ioc, orderId, peer, replica, self } from './given.ts'

function goodBook(): OrderBook {
  const book = new OrderBook(self)
  book.place(replica('A', 1, 'buy', 1, 99))
  book.place(replica('A', 2, 'buy', 2, 99))
  book.place(replica('B', 3, 'buy', 3, 98))
  book.accept(gtc(4, 'sell', 4, 101))
  book.rest(orderId(4))
  book.reserve(orderId(4), 2)
  book.accept(ioc(5, 'buy', 5, null))
  return book
}

/** The same book, but for what it lies about. */
function lying(book: OrderBook, lies: Partial<CheckableBook>): CheckableBook {
  return {
    self: book.self,
    size: book.size,
    own: id => book.own(id),
    ownOrders: () => book.ownOrders(),
    owners: () => book.owners(),
    openOrders: owner => book.openOrders(owner),
    levels: (side, whose) => book.levels(side, whose),
    ...lies,
  }
}

function withOwn(change: Partial<OwnOrder>): CheckableBook {
  const book = goodBook()
  return lying(book, {
    ownOrders: () => [...book.ownOrders()].map(order => (order.id === orderId(4) ? { ...order, ...change } : order)),
  })
}

/** The book with other levels in the replicas that buy. */
function withBids(change: (levels: Level[]) => Level[]): CheckableBook {
  const book = goodBook()
  const levels = (side: Side, whose: View): Iterable<Level> =>
    side === 'buy' && whose === 'replicas' ? change([...book.levels(side, whose)]) : book.levels(side, whose)
  return lying(book, { levels })
}

function withFirstBid(change: Partial<RestingOrder>): CheckableBook {
  return withBids(levels =>
    levels.map(level => ({
      ...level,
      orders: level.orders.map(order => (order.id === orderId(1) ? { ...order, ...change } : order)),
    })),
  )
}

function withOpen(change: Partial<RestingOrder>): CheckableBook {
  const book = goodBook()
  return lying(book, { openOrders: owner => [...book.openOrders(owner)].map(order => ({ ...order, ...change })) })
}

describe('checkBook', () => {
  test('finds nothing wrong with a book that is right', () => {
    expect(checkBook(goodBook())).toEqual([])
    expect(checkBook(lying(goodBook(), {}))).toEqual([])
    expect(checkBook(new OrderBook(self))).toEqual([])
  })

  test.each<[string, Partial<OwnOrder>, RegExp]>([
    ['a quantity that does not add up', { filled: 1 }, /has 4 lots but 1 \+ 0 \+ 4/],
    ['more reserved than remains', { reserved: 5 }, /has 5 of 4 remaining lots reserved/],
    ['less than nothing reserved', { reserved: -1 }, /has -1 of 4/],
    ['less than nothing filled', { filled: -1, lapsed: 1 }, /has -1 lots filled/],
    ['parts of lots', { lapsed: 0.5, filled: -0.5 }, /has 0.5 lots lapsed/],
    ['too large a quantity', { quantity: 2 ** 31 }, /has the quantity 2147483648/],
    ['a price out of range', { price: 0 }, /has the price 0/],
    ['a price that is no integer', { price: 1.5 }, /has the price 1.5/],
    ['a gtc order without a price', { price: null }, /has no price but is neither ioc nor fok/],
    ['an ioc order that rests', { timeInForce: 'ioc' }, /rests but is ioc/],
    ['a closed order that rests', { remaining: 0, filled: 4, reserved: 0 }, /rests but is closed/],
    ["somebody else's order", { owner: peer('A') }, /known as own but belongs to A/],
    ['an order that is not under its id', { id: orderId(9) }, /not found under its id/],
    ['a resting order that is said not to rest', { isResting: false }, /in a level but not known to rest/],
  ])('finds %s among own orders', (_, change, sentence) => {
    expect(checkBook(withOwn(change)).join(' ')).toMatch(sentence)
  })

  test.each<[string, CheckableBook, RegExp]>([
    ['levels in the wrong order', withBids(levels => levels.reverse()), /level 99 of replicas stands behind 98/],
    ['a level twice', withBids(levels => [...levels, ...levels.slice(-1)]), /level 98 of replicas stands behind 98/],
    ['an order twice', withBids(levels => [...levels, ...levels.slice(-1)]), /is in the levels more than once/],
    ['an empty level', withBids(levels => [...levels, { price: 97, orders: [] }]), /level 97 of replicas is empty/],
    ['an order that is in no level', withBids(levels => levels.slice(1)), /rests in no level/],
    [
      'orders out of id order',
      withBids(levels => levels.map(level => ({ ...level, orders: [...level.orders].reverse() }))),
      /stands behind .*2, which is not earlier/,
    ],
    ['an order in the level of another price', withFirstBid({ price: 97 }), /has the price 97 in the level 99/],
    ['an order on the wrong side', withFirstBid({ side: 'sell' }), /is a sell order in a buy level/],
    ['an order that is known otherwise', withFirstBid({ remaining: 7 }), /is in a level as it no longer is/],
    ['an order that is not known', withFirstBid({ id: orderId(8) }), /in a level but not known to rest/],
    ['an own order among the replicas', withFirstBid({ owner: self }), /is in the view of replicas/],
    ['a replica without anything remaining', withOpen({ remaining: 0 }), /rests with 0 lots remaining/],
    ['a replica of more than there was', withOpen({ remaining: 9, quantity: 8 }), /has 9 lots remaining of 8/],
    ['a replica at no price', withOpen({ price: -1 }), /rests at the price -1/],
    ['a replica of nothing', withOpen({ quantity: 0 }), /rests with the quantity 0/],
    ['a wrong count', lying(goodBook(), { size: 3 }), /has 4 resting orders but counts 3/],
  ])('finds %s', (_, book, sentence) => {
    expect(checkBook(book).join(' ')).toMatch(sentence)
  })

  // This one reaches into the levels as they are stored; all others only change what the book says.
  test('finds a real book corrupted', () => {
    const book = goodBook()
    const [level] = book.levels('buy', 'replicas')
    const orders = level?.orders as RestingOrder[]
    orders.reverse()
    expect(checkBook(book).join(' ')).toMatch(/which is not earlier/)
  })
})

describe('checkOwnUncrossed', () => {
  function crossed(buyAccount: string, sellAccount: string): OrderBook {
    const book = new OrderBook(self)
    for (const order of [gtc(1, 'buy', 5, 101, buyAccount), gtc(2, 'sell', 5, 101, sellAccount)]) {
      book.accept(order)
      book.rest(order.id)
    }
    return book
  }

  test('finds own orders of two accounts that should have met', () => {
    expect(checkOwnUncrossed(crossed('a', 'b'))).toEqual([
      `The own orders ${orderId(1)} (buy) and ${orderId(2)} (sell) cross.`,
    ])
  })

  test('lets orders of one account be', () => {
    expect(checkOwnUncrossed(crossed('a', 'a'))).toEqual([])
  })

  test('lets orders be of which something is reserved', () => {
    for (const number of [1, 2]) {
      const book = crossed('a', 'b')
      book.reserve(orderId(number), 1)
      expect(checkOwnUncrossed(book)).toEqual([])
    }
  })

  test('lets replicas cross whomever they want', () => {
    const book = crossed('a', 'a')
    book.place(replica('A', 3, 'sell', 1, 1))
    expect(checkOwnUncrossed(book)).toEqual([])
  })

  test('looks behind an order that may cross', () => {
    const book = crossed('a', 'a')
    book.accept(gtc(3, 'sell', 5, 101, 'b'))
    const third: RestingOwnOrder['id'] = book.rest(orderId(3)).id
    expect(checkOwnUncrossed(book).join(' ')).toContain(third)
  })
})
