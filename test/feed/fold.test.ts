import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkBook } from '../../src/book/check-book.ts'
import { OrderBook } from '../../src/book/order-book.ts'
import type { OrderId, PeerId } from '../../src/book/order.ts'
import type { Entry, PlacedOrder } from '../../src/feed/entry.ts'
import { faultOf, foldSegment, type SegmentFault } from '../../src/feed/fold.ts'
import type { Segment } from '../../src/feed/segment.ts'
import { limits } from '../../src/limits.ts'
import { anna, bob, cancelled, checkpoint, evidence, filled, opened, orderId, placed, segment, stamp } from './given.ts'

const self = 'self' as PeerId
const begin = [opened, checkpoint()]

/** A book that has read anna's `opened`, an empty checkpoint and these entries. */
function bookAfter(...entries: readonly Entry[]): OrderBook {
  const book = new OrderBook(self)
  foldSegment(book, segment(1, [...begin, ...entries], { evidence }))
  return book
}

/** As the intake does it: a segment with a fault is not folded. */
function take(book: OrderBook, next: Segment): SegmentFault | undefined {
  const fault = faultOf(book, next)
  if (!fault) foldSegment(book, next)
  return fault
}

const open = (book: OrderBook) => [...book.openOrders(anna.peerId)].map(({ id, remaining }) => ({ id, remaining }))

describe('folding a segment', () => {
  test('an order is placed, filled, cancelled and gone', () => {
    const book = bookAfter()
    expect(take(book, segment(3, [placed(1, 'sell', 10, 101)]))).toBeUndefined()
    expect(open(book)).toEqual([{ id: orderId(1), remaining: 10 }])
    expect(take(book, segment(4, [filled(1, 4, 6)], { evidence }))).toBeUndefined()
    expect(open(book)).toEqual([{ id: orderId(1), remaining: 6 }])
    expect(take(book, segment(5, [cancelled(1, 6, 0)]))).toBeUndefined()
    expect(open(book)).toEqual([])
  })

  test('an order may come and go within one segment', () => {
    const book = bookAfter()
    expect(
      take(book, segment(3, [placed(1, 'sell', 10, 101), cancelled(1, 4, 6), filled(1, 6, 0)], { evidence })),
    ).toBeUndefined()
    expect(book.size).toBe(0)
  })

  test('a new incarnation replaces all that the owner had, and nobody else', () => {
    const book = bookAfter(placed(1, 'sell', 10, 101), placed(2, 'sell', 10, 101))
    book.place({ owner: bob.peerId, ...placed(3, 'buy', 1, 99).order })
    expect(take(book, segment(1, [opened, checkpoint(placed(2, 'sell', 10, 101, 7))]))).toBeUndefined()
    expect(open(book)).toEqual([{ id: orderId(2), remaining: 7 }])
    expect(book.openCount(bob.peerId)).toBe(1)
  })

  test('a later checkpoint only repeats what is known', () => {
    const book = bookAfter(placed(1, 'sell', 10, 101))
    const before = book.hash()
    expect(take(book, segment(4, [checkpoint(placed(1, 'sell', 10, 101))]))).toBeUndefined()
    expect(book.hash()).toBe(before)
  })

  test('a checkpoint counts what is open by then, in the middle of a segment, too', () => {
    const book = bookAfter(placed(1, 'sell', 10, 101))
    const entries = [cancelled(1, 10, 0), checkpoint(), placed(2, 'buy', 1, 1), checkpoint(placed(2, 'buy', 1, 1))]
    expect(take(book, segment(4, entries))).toBeUndefined()
    expect(open(book)).toEqual([{ id: orderId(2), remaining: 1 }])
  })

  test("the taker's side of a fill is no news when the order never rested", () => {
    const book = bookAfter()
    expect(take(book, segment(3, [filled(1, 4, 0, { liquidity: 'taker', price: 99 })], { evidence }))).toBeUndefined()
  })

  test('a taker that rests may be filled at a better price than its own', () => {
    const book = bookAfter(placed(1, 'sell', 10, 101))
    expect(take(book, segment(4, [filled(1, 4, 6, { liquidity: 'taker', price: 105 })], { evidence }))).toBeUndefined()
  })

  test('a trade between two orders of one owner needs no evidence', () => {
    const book = bookAfter(placed(1, 'sell', 10, 101))
    const own = { peer: anna.peerId, orderId: orderId(2) }
    expect(take(book, segment(4, [filled(1, 10, 0, { counterparty: own, evidence: null })]))).toBeUndefined()
  })

  test('an id may be as late as the stamp of its segment', () => {
    const book = bookAfter()
    expect(take(book, segment(3, [placed(1_000, 'sell', 1, 101)], { stamp: stamp(1_000) }))).toBeUndefined()
  })
})

const sell = placed(1, 'sell', 10, 101)
/** Each is the last entry of a segment whose entries before it are good. */
const faults: readonly (readonly [string, SegmentFault, Segment])[] = [
  ['an incarnation that begins with an order', 'incarnation_does_not_start_with_opened', segment(1, [sell])],
  ['an incarnation without a checkpoint', 'incarnation_does_not_start_with_opened', segment(1, [opened, sell])],
  ['an incarnation of one entry', 'incarnation_does_not_start_with_opened', segment(1, [opened])],
  ['a second opened', 'opened_in_the_middle', segment(4, [placed(2, 'buy', 1, 1), opened])],
  ['an opened at the start of a later segment', 'opened_in_the_middle', segment(4, [opened, checkpoint()])],
  ['an opened twice at the start', 'opened_in_the_middle', segment(1, [...begin, opened])],
  ['a checkpoint that leaves out an order', 'checkpoint_differs', segment(4, [checkpoint()])],
  ['a checkpoint with an order too many', 'checkpoint_differs', segment(4, [checkpoint(sell, placed(2, 'buy', 1, 1))])],
  ['a checkpoint with another order', 'checkpoint_differs', segment(4, [checkpoint(placed(2, 'sell', 10, 101))])],
  ['a checkpoint with another side', 'checkpoint_differs', segment(4, [checkpoint(placed(1, 'buy', 10, 101))])],
  ['a checkpoint with another price', 'checkpoint_differs', segment(4, [checkpoint(placed(1, 'sell', 10, 102))])],
  [
    'a checkpoint with another remainder',
    'checkpoint_differs',
    segment(4, [checkpoint(placed(1, 'sell', 10, 101, 9))]),
  ],
  ['an order that is there already', 'order_placed_twice', segment(4, [sell])],
  ['an order twice in one segment', 'order_placed_twice', segment(4, [placed(2, 'buy', 1, 1), placed(2, 'buy', 1, 1)])],
  ['an order twice in the first checkpoint', 'order_placed_twice', segment(1, [opened, checkpoint(sell, sell)])],
  [
    'an order that has been there before in the segment',
    'order_placed_twice',
    segment(4, [placed(2, 'buy', 1, 1), cancelled(2, 1, 0), placed(2, 'buy', 1, 1)]),
  ],
  ['an id later than the stamp', 'id_later_than_stamp', segment(4, [placed(1_001, 'buy', 1, 1)])],
  ['a fill of a maker that is not there', 'filled_unknown_order', segment(4, [filled(2, 1, 0)], { evidence })],
  [
    'a fill of a maker that is closed',
    'filled_unknown_order',
    segment(4, [cancelled(1, 10, 0), filled(1, 1, 0)], { evidence }),
  ],
  [
    'a fill of a maker at another price',
    'filled_at_another_price',
    segment(4, [filled(1, 1, 9, { price: 102 })], { evidence }),
  ],
  ['a fill on the other side', 'filled_on_another_side', segment(4, [filled(1, 1, 9, { side: 'buy' })], { evidence })],
  ['a fill without evidence', 'evidence_missing', segment(4, [filled(1, 1, 9, { evidence: null })], { evidence })],
  [
    'a fill with evidence that is not in the segment',
    'evidence_missing',
    segment(4, [filled(1, 1, 9, { evidence: 1 })], { evidence }),
  ],
  ['a cancel of an order that is not there', 'cancelled_unknown_order', segment(4, [cancelled(2, 1, 0)])],
  [
    'a cancel of an order that is closed',
    'cancelled_unknown_order',
    segment(4, [cancelled(1, 10, 0), cancelled(1, 1, 0)]),
  ],
  ['a cancel after which too much remains', 'quantities_do_not_add_up', segment(4, [cancelled(1, 3, 8)])],
  ['a cancel of more than there is', 'quantities_do_not_add_up', segment(4, [cancelled(1, 11, -1)])],
  ['a cancel of nothing', 'quantities_do_not_add_up', segment(4, [cancelled(1, 0, 10)])],
  ['a fill after which too little remains', 'quantities_do_not_add_up', segment(4, [filled(1, 3, 6)], { evidence })],
  ['an order with more left than it had', 'quantities_do_not_add_up', segment(4, [placed(2, 'buy', 1, 1, 2)])],
  ['an order with nothing left', 'quantities_do_not_add_up', segment(4, [placed(2, 'buy', 1, 1, 0)])],
]

/** Every fault there is, so that the compiler misses one that is forgotten here. */
const everyFault: Readonly<Record<SegmentFault, true>> = {
  incarnation_does_not_start_with_opened: true,
  opened_in_the_middle: true,
  checkpoint_differs: true,
  order_placed_twice: true,
  id_later_than_stamp: true,
  too_many_open_orders: true,
  filled_unknown_order: true,
  filled_at_another_price: true,
  filled_on_another_side: true,
  cancelled_unknown_order: true,
  quantities_do_not_add_up: true,
  evidence_missing: true,
}

describe('a segment with a fault', () => {
  test.each(faults)('%s: %s', (_, fault, next) => {
    const book = bookAfter(sell)
    const before = book.hash()
    expect(take(book, next)).toBe(fault)
    expect(book.hash()).toBe(before)
  })

  test('one order more than an owner may have open: too_many_open_orders', () => {
    const book = new OrderBook(self)
    const order: PlacedOrder = placed(1, 'sell', 1, 101).order
    const ids = Array.from({ length: limits.openOrdersPerOwnerMax + 1 }, (_, n) => `${order.id}/${n}` as OrderId)
    const orders = (count: number) => ids.slice(0, count).map(each => ({ ...order, id: each }))
    const withOrders = (count: number) => segment(1, [opened, { type: 'checkpoint', orders: orders(count) }])
    expect(faultOf(book, withOrders(limits.openOrdersPerOwnerMax))).toBeUndefined()
    expect(faultOf(book, withOrders(limits.openOrdersPerOwnerMax + 1))).toBe('too_many_open_orders')
    expect(book.size).toBe(0)
  })

  test('counts not at all, however good its other entries are', () => {
    const book = bookAfter(sell)
    const before = book.hash()
    expect(take(book, segment(4, [cancelled(1, 4, 6), placed(2, 'buy', 1, 1), cancelled(3, 1, 0)]))).toBe(
      'cancelled_unknown_order',
    )
    expect(book.hash()).toBe(before)
  })

  test('every fault has a test', () => {
    const tested = new Set([...faults.map(([, fault]) => fault), 'too_many_open_orders'])
    expect([...tested].sort()).toEqual(Object.keys(everyFault).sort())
  })
})

/** A map of what is left of each order, changed entry by entry; undefined as soon as an entry makes no sense. */
function foldNaively(before: ReadonlyMap<OrderId, PlacedOrder>, entries: readonly Entry[]) {
  const orders = new Map(before)
  const seen = new Set<OrderId>()
  for (const entry of entries) {
    if (entry.type === 'placed') {
      if (orders.has(entry.order.id) || seen.has(entry.order.id)) return undefined
      seen.add(entry.order.id)
      orders.set(entry.order.id, entry.order)
    } else if (entry.type === 'cancelled' || entry.type === 'filled') {
      const order = orders.get(entry.orderId)
      if (!order || order.remaining !== entry.quantity + entry.remaining || entry.quantity < 1) return undefined
      seen.add(entry.orderId)
      if (entry.remaining === 0) orders.delete(entry.orderId)
      else orders.set(entry.orderId, { ...order, remaining: entry.remaining })
    }
  }
  return orders
}

describe('the fold and a naive fold', () => {
  const number = fc.integer({ min: 1, max: 6 })
  /** What an entry asks for; when it is made from what remains it mostly fits. */
  const wish = fc.record({
    do: fc.constantFrom('place', 'place', 'cancel', 'fill'),
    number,
    quantity: fc.integer({ min: 1, max: 4 }),
    isWrong: fc.nat(11).map(chance => chance === 0),
  })
  const segments = fc.array(fc.array(wish, { minLength: 1, maxLength: 5 }), { maxLength: 12 })

  test('take the same segments, refuse the same ones, and hold the same orders', () => {
    const tally = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(segments, lists => {
        const book = bookAfter()
        let orders: ReadonlyMap<OrderId, PlacedOrder> = new Map()
        let next = 3
        for (const list of lists) {
          const entries = entriesOf(list, orders)
          const naive = foldNaively(orders, entries)
          const before = book.hash()
          const fault = take(book, segment(next, entries, { evidence }))
          expect(fault === undefined).toBe(naive !== undefined)
          if (fault) expect(book.hash()).toBe(before)
          tally[fault ? 'refused' : 'taken'] += 1
          orders = naive ?? orders
          if (!fault) next += entries.length
          expect(checkBook(book)).toEqual([])
          expect(new Map([...book.openOrders(anna.peerId)].map(({ owner: _, ...order }) => [order.id, order]))).toEqual(
            new Map([...orders].sort()),
          )
        }
      }),
    )
    // Without both the property would hold for a fold that does nothing.
    expect(Math.min(tally.taken, tally.refused)).toBeGreaterThan(50)
  })

  interface Wish {
    readonly do: string
    readonly number: number
    readonly quantity: number
    readonly isWrong: boolean
  }

  function entriesOf(list: readonly Wish[], before: ReadonlyMap<OrderId, PlacedOrder>): Entry[] {
    const left = new Map([...before].map(([id, { remaining }]) => [id, remaining]))
    return list.map(({ do: what, number: n, quantity, isWrong }): Entry => {
      if (what === 'place') {
        if (!left.has(orderId(n))) left.set(orderId(n), quantity)
        return placed(n, 'sell', quantity, 101)
      }
      const lots = Math.min(quantity, left.get(orderId(n)) ?? quantity)
      const remaining = (left.get(orderId(n)) ?? lots) - lots + (isWrong ? 1 : 0)
      left.set(orderId(n), remaining)
      return what === 'cancel' ? cancelled(n, lots, remaining) : filled(n, lots, remaining)
    })
  }
})
