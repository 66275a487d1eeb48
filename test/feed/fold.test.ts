import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkBook } from '../../src/book/check-book.ts'
import { OrderBook } from '../../src/book/order-book.ts'
import type { OrderId, PeerId } from '../../src/book/order.ts'
import type { Entry, PlacedOrder } from '../../src/feed/entry.ts'
import { Feed } from '../../src/feed/feed.ts'
import { faultOf, foldSegment, type SegmentFault } from '../../src/feed/fold.ts'
import { millisecondsOf, stampOf } from '../../src/feed/hybrid-clock.ts'
import type { Segment, SignedSegment } from '../../src/feed/segment.ts'
import { limits } from '../../src/limits.ts'
import {
  amended,
  anna,
  bob,
  cancelled,
  checkpoint,
  evidence,
  expired,
  filled,
  forced,
  incarnation,
  numberOf,
  opened,
  orderId,
  part,
  placed,
  segment,
  signed,
  stamp,
} from './given.ts'

const self = 'self' as PeerId
const begin = [opened, checkpoint()]

/** Reads anna's feed as the intake does it: a segment that has a fault is neither folded nor appended. */
class Reader {
  readonly book = new OrderBook(self)
  readonly feed = new Feed()

  /** The segment that comes next, a millisecond later than the one before. */
  next(entries: readonly Entry[], change: Partial<Segment> = {}): SignedSegment {
    const { head } = this.feed
    const { lastStamp } = this.feed.readingOf('next')
    const later = lastStamp === null ? stamp(1_000) : stampOf(millisecondsOf(lastStamp) + 1, 0)
    const links = { previous: head?.hash ?? null, stamp: later, evidence }
    return signed(segment((head?.sequence ?? 0) + 1, entries, { ...links, ...change }))
  }

  take(entries: readonly Entry[], change: Partial<Segment> = {}): SegmentFault | undefined {
    return this.read(this.next(entries, change))
  }

  read(next: SignedSegment): SegmentFault | undefined {
    const relation = this.feed.relationOf(next)
    if (relation !== 'next' && relation !== 'anew') throw new Error(`the segment is a ${relation}`)
    const reading = this.feed.readingOf(relation)
    const fault = faultOf(this.book, next.segment, reading)
    if (fault) return fault
    foldSegment(this.book, next.segment, reading)
    this.feed.append(next)
    return undefined
  }
}

/** A reader of anna's `opened`, an empty checkpoint and these entries. */
function readerAfter(...entries: readonly Entry[]): Reader {
  const reader = new Reader()
  expect(reader.take([...begin, ...entries])).toBeUndefined()
  return reader
}

/** What makes a segment the first of the next incarnation. */
const again = { first: 1, previous: null, incarnation: incarnation(1) }

const open = ({ book }: Reader) => [...book.openOrders(anna.peerId)].map(({ id, remaining }) => ({ id, remaining }))

describe('folding a segment', () => {
  test('an order is placed, filled, amended, cancelled and gone', () => {
    const reader = readerAfter()
    expect(reader.take([placed(1, 'sell', 10, 101)])).toBeUndefined()
    expect(open(reader)).toEqual([{ id: orderId(1), remaining: 10 }])
    expect(reader.take([filled(1, 4, 6)])).toBeUndefined()
    expect(open(reader)).toEqual([{ id: orderId(1), remaining: 6 }])
    expect(reader.take([amended(1, 9, 5)])).toBeUndefined()
    expect(open(reader)).toEqual([{ id: orderId(1), remaining: 5 }])
    expect(reader.take([cancelled(1, 5, 0)])).toBeUndefined()
    expect(open(reader)).toEqual([])
  })

  test('an order is less by what its owner has forced as filled', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101))
    expect(reader.take([forced(1, 4, 6)])).toBeUndefined()
    expect(open(reader)).toEqual([{ id: orderId(1), remaining: 6 }])
    expect(reader.take([forced(1, 6, 0)])).toBeUndefined()
    expect(open(reader)).toEqual([])
  })

  test('an order expires in two entries while a part of it is reserved', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101))
    expect(reader.take([expired(1, 7, 3)])).toBeUndefined()
    expect(open(reader)).toEqual([{ id: orderId(1), remaining: 3 }])
    expect(reader.take([expired(1, 3, 0)])).toBeUndefined()
    expect(open(reader)).toEqual([])
  })

  test('an amended order keeps its place before a later one at its price', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101), placed(2, 'sell', 10, 101))
    expect(reader.take([amended(1, 1, 1)])).toBeUndefined()
    expect([...reader.book.opposite('buy', null)].map(({ id, remaining }) => [id, remaining])).toEqual([
      [orderId(1), 1],
      [orderId(2), 10],
    ])
  })

  test('an order may come, become less and go within one segment', () => {
    const reader = readerAfter()
    const entries = [
      placed(1, 'sell', 10, 101),
      cancelled(1, 4, 6),
      amended(1, 5, 5),
      expired(1, 1, 4),
      filled(1, 4, 0),
    ]
    expect(reader.take(entries)).toBeUndefined()
    expect(reader.book.size).toBe(0)
  })

  test('a new incarnation replaces all that the owner had, and nobody else', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101), placed(2, 'sell', 10, 101))
    reader.book.place({ owner: bob.peerId, ...placed(3, 'buy', 1, 99).order })
    expect(reader.take([opened, checkpoint(placed(2, 'sell', 10, 101, 7))], again)).toBeUndefined()
    expect(open(reader)).toEqual([{ id: orderId(2), remaining: 7 }])
    expect(reader.book.openCount(bob.peerId)).toBe(1)
  })

  test('a later checkpoint only repeats what is known', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101))
    const before = reader.book.hash()
    expect(reader.take([checkpoint(placed(1, 'sell', 10, 101))])).toBeUndefined()
    expect(reader.book.hash()).toBe(before)
  })

  test('a checkpoint behind something that is missing replaces what is here', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101), placed(2, 'sell', 10, 101))
    const jump = { first: 99, previous: 'h'.repeat(43) }
    expect(reader.take([checkpoint(placed(2, 'sell', 10, 101, 4), placed(5, 'buy', 1, 90))], jump)).toBeUndefined()
    expect(open(reader)).toEqual([
      { id: orderId(2), remaining: 4 },
      { id: orderId(5), remaining: 1 },
    ])
  })

  test('a checkpoint counts what is open by then, in the middle of a segment, too', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101))
    const entries = [cancelled(1, 10, 0), checkpoint(), placed(2, 'buy', 1, 1), checkpoint(placed(2, 'buy', 1, 1))]
    expect(reader.take(entries)).toBeUndefined()
    expect(open(reader)).toEqual([{ id: orderId(2), remaining: 1 }])
  })

  test('a checkpoint counts orders with what amending and expiry have left of them', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101), placed(2, 'sell', 10, 101), placed(3, 'sell', 10, 101))
    const rest = [placed(1, 'sell', 10, 101, 4), placed(2, 'sell', 10, 101, 3)]
    expect(reader.take([amended(1, 4, 4), expired(2, 7, 3), expired(3, 10, 0), checkpoint(...rest)])).toBeUndefined()
    expect(open(reader)).toEqual([
      { id: orderId(1), remaining: 4 },
      { id: orderId(2), remaining: 3 },
    ])
  })

  test('who has read everything and who begins with a checkpoint in parts hold the same book', () => {
    const reader = readerAfter()
    const newcomer = new Reader()
    const orders = [1, 2, 3, 4, 5].map(number => placed(number, 'sell', number, 100 + number))
    expect(reader.take([...orders, cancelled(3, 3, 0)])).toBeUndefined()
    const parts = [
      part(0, 3, 4, ...orders.slice(0, 2)),
      part(1, 3, 4, ...orders.slice(3, 4)),
      part(2, 3, 4, ...orders.slice(4)),
    ]
    for (const each of parts) {
      const next = reader.next([each])
      expect([reader.read(next), newcomer.read(next)]).toEqual([undefined, undefined])
    }
    const next = reader.next([placed(6, 'buy', 1, 50), amended(5, 4, 4)])
    expect([reader.read(next), newcomer.read(next)]).toEqual([undefined, undefined])
    expect(newcomer.book.hash()).toBe(reader.book.hash())
    expect(newcomer.feed.head).toEqual(reader.feed.head)
  })

  test("the taker's side of a fill is no news when the order never rested", () => {
    expect(readerAfter().take([filled(1, 4, 0, { liquidity: 'taker', price: 99 })])).toBeUndefined()
  })

  test('a taker that rests may be filled at a better price than its own', () => {
    const reader = readerAfter(placed(1, 'sell', 10, 101))
    expect(reader.take([filled(1, 4, 6, { liquidity: 'taker', price: 105 })])).toBeUndefined()
  })

  test('a trade between two orders of one owner needs no evidence', () => {
    const own = { peer: anna.peerId, orderId: orderId(2) }
    const reader = readerAfter(placed(1, 'sell', 10, 101))
    expect(reader.take([filled(1, 10, 0, { counterparty: own, evidence: null })], { evidence: [] })).toBeUndefined()
  })

  test('an id may be as late as the stamp of its segment', () => {
    expect(readerAfter().take([placed(5_000, 'sell', 1, 101)], { stamp: stamp(5_000) })).toBeUndefined()
  })

  test('a stamp may be later by one count', () => {
    expect(readerAfter().take([placed(1, 'sell', 1, 101)], { stamp: stampOf(millisecondsOf(stamp(1_000)), 1) })).toBe(
      undefined,
    )
  })
})

const sell = placed(1, 'sell', 10, 101)
/** Each is the last entry of a segment that comes behind `sell`, and whose entries before it are good. */
const faults: readonly (readonly [string, SegmentFault, readonly Entry[], Partial<Segment>?])[] = [
  ['an incarnation that begins with a checkpoint', 'incarnation_does_not_start_with_opened', [checkpoint()], again],
  ['a second opened', 'opened_in_the_middle', [placed(2, 'buy', 1, 1), opened]],
  ['an opened at the start of a later segment', 'opened_in_the_middle', [opened, checkpoint()]],
  ['an opened where a jump ends', 'opened_in_the_middle', [opened, checkpoint()], { first: 99 }],
  ['an opened twice at the start', 'opened_in_the_middle', [...begin, opened], again],
  ['a checkpoint that leaves out an order', 'checkpoint_differs', [checkpoint()]],
  ['a checkpoint with an order too many', 'checkpoint_differs', [checkpoint(sell, placed(2, 'buy', 1, 1))]],
  ['a checkpoint with another order', 'checkpoint_differs', [checkpoint(placed(2, 'sell', 10, 101))]],
  ['a checkpoint with another side', 'checkpoint_differs', [checkpoint(placed(1, 'buy', 10, 101))]],
  ['a checkpoint with another price', 'checkpoint_differs', [checkpoint(placed(1, 'sell', 10, 102))]],
  ['a checkpoint with another remainder', 'checkpoint_differs', [checkpoint(placed(1, 'sell', 10, 101, 9))]],
  ['a first part that counts too few', 'checkpoint_differs', [part(0, 2, 0)]],
  ['a first part that counts too many', 'checkpoint_differs', [part(0, 2, 2, sell)]],
  ['a checkpoint that counts an order and does not name it', 'checkpoint_incomplete', [part(0, 1, 1)]],
  [
    'a checkpoint that names an order twice in place of another',
    'checkpoint_incomplete',
    [placed(2, 'buy', 1, 1), part(0, 1, 2, sell, sell)],
  ],
  [
    'a checkpoint that is not in order',
    'checkpoint_incomplete',
    [placed(2, 'buy', 1, 1), checkpoint(placed(2, 'buy', 1, 1), sell)],
  ],
  ['a first checkpoint with fewer orders than it counts', 'checkpoint_incomplete', [opened, part(0, 1, 1)], again],
  ['a first checkpoint with more orders than it counts', 'checkpoint_incomplete', [opened, part(0, 1, 0, sell)], again],
  ['a second part without the first', 'checkpoint_incomplete', [part(1, 2, 1, sell)]],
  ['a first part again', 'checkpoint_incomplete', [part(0, 2, 1, sell), part(0, 2, 1, sell)]],
  ['a third part after the first', 'checkpoint_incomplete', [part(0, 3, 1, sell), part(2, 3, 1)]],
  ['parts of two checkpoints', 'checkpoint_incomplete', [part(0, 2, 1, sell), part(1, 3, 1)]],
  ['parts that count differently', 'checkpoint_incomplete', [opened, part(0, 2, 1, sell), part(1, 2, 2)], again],
  ['last parts that name fewer orders than they count', 'checkpoint_incomplete', [part(0, 2, 1), part(1, 2, 1)]],
  ['an order between two parts', 'checkpoint_incomplete', [part(0, 2, 1, sell), placed(2, 'buy', 1, 1), part(1, 2, 1)]],
  ['an order that is there already', 'order_placed_out_of_order', [sell]],
  ['an order twice in one segment', 'order_placed_out_of_order', [placed(2, 'buy', 1, 1), placed(2, 'buy', 1, 1)]],
  [
    'an order before one in the same segment',
    'order_placed_out_of_order',
    [placed(3, 'buy', 1, 1), placed(2, 'buy', 1, 1)],
  ],
  ['an order twice in the first checkpoint', 'order_placed_out_of_order', [opened, checkpoint(sell, sell)], again],
  [
    'a first checkpoint that is not in order',
    'order_placed_out_of_order',
    [opened, checkpoint(placed(2, 'buy', 1, 1), sell)],
    again,
  ],
  [
    'an order before one of the first checkpoint',
    'order_placed_out_of_order',
    [opened, checkpoint(sell), placed(1, 'buy', 1, 1)],
    again,
  ],
  ['an order before one of a segment before', 'order_placed_out_of_order', [placed(0, 'buy', 1, 1)]],
  [
    'an order that has been there before in the segment',
    'order_placed_out_of_order',
    [placed(2, 'buy', 1, 1), cancelled(2, 1, 0), placed(2, 'buy', 1, 1)],
  ],
  ['the stamp of the segment before', 'stamp_not_later', [placed(2, 'buy', 1, 1)], { stamp: stamp(1_000) }],
  ['a stamp from before the segment before', 'stamp_not_later', [placed(2, 'buy', 1, 1)], { stamp: stamp(999) }],
  ['a newer incarnation with an older stamp', 'stamp_not_later', begin, { ...again, stamp: stamp(1_000) }],
  ['an id later than the stamp', 'id_later_than_stamp', [placed(5_001, 'buy', 1, 1)], { stamp: stamp(5_000) }],
  [
    'an id in a checkpoint later than the stamp',
    'id_later_than_stamp',
    [opened, checkpoint(placed(5_001, 'buy', 1, 1))],
    { ...again, stamp: stamp(5_000) },
  ],
  ['a fill of a maker that is not there', 'filled_unknown_order', [filled(2, 1, 0)]],
  ['a fill of a maker that is closed', 'filled_unknown_order', [cancelled(1, 10, 0), filled(1, 1, 0)]],
  ['a fill of a maker that has expired', 'filled_unknown_order', [expired(1, 10, 0), filled(1, 1, 0)]],
  ['a fill of a maker at another price', 'filled_at_another_price', [filled(1, 1, 9, { price: 102 })]],
  ['a fill on the other side', 'filled_on_another_side', [filled(1, 1, 9, { side: 'buy' })]],
  ['a fill without evidence', 'evidence_missing', [filled(1, 1, 9, { evidence: null })]],
  ['a fill with evidence that is not in the segment', 'evidence_missing', [filled(1, 1, 9, { evidence: 1 })]],
  ['a cancel of an order that is not there', 'cancelled_unknown_order', [cancelled(2, 1, 0)]],
  ['a cancel of an order that is closed', 'cancelled_unknown_order', [cancelled(1, 10, 0), cancelled(1, 1, 0)]],
  ['an expiry of an order that is not there', 'cancelled_unknown_order', [expired(2, 1, 0)]],
  ['an expiry of an order that is closed', 'cancelled_unknown_order', [cancelled(1, 10, 0), expired(1, 1, 0)]],
  ['an amendment of an order that is not there', 'amended_unknown_order', [amended(2, 1, 1)]],
  ['an amendment of an order that is closed', 'amended_unknown_order', [expired(1, 10, 0), amended(1, 1, 1)]],
  ['an amendment to more', 'amended_to_more', [amended(1, 11, 11)]],
  ['an amendment to as much', 'amended_to_more', [amended(1, 10, 10)]],
  ['an amendment to more than a cancellation has left', 'amended_to_more', [cancelled(1, 5, 5), amended(1, 6, 6)]],
  ['an amendment to nothing', 'amended_to_more', [amended(1, 1, 0)]],
  ['a forced fill of an order that is not there', 'forced_unknown_order', [forced(2, 1, 1)]],
  ['a forced fill of an order that is closed', 'forced_unknown_order', [cancelled(1, 10, 0), forced(1, 1, 0)]],
  ['a forced fill after which too much remains', 'quantities_do_not_add_up', [forced(1, 3, 8)]],
  ['a cancel after which too much remains', 'quantities_do_not_add_up', [cancelled(1, 3, 8)]],
  ['a cancel of more than there is', 'quantities_do_not_add_up', [cancelled(1, 11, -1)]],
  ['a cancel of nothing', 'quantities_do_not_add_up', [cancelled(1, 0, 10)]],
  ['an expiry after which too little remains', 'quantities_do_not_add_up', [expired(1, 3, 6)]],
  ['an expiry of what amending has taken', 'quantities_do_not_add_up', [amended(1, 4, 4), expired(1, 10, 0)]],
  ['a fill after which too little remains', 'quantities_do_not_add_up', [filled(1, 3, 6)]],
  ['an order with more left than it had', 'quantities_do_not_add_up', [placed(2, 'buy', 1, 1, 2)]],
  ['an order with nothing left', 'quantities_do_not_add_up', [placed(2, 'buy', 1, 1, 0)]],
]

/** Every fault there is, so that the compiler misses one that is forgotten here. */
const everyFault: Readonly<Record<SegmentFault, true>> = {
  incarnation_does_not_start_with_opened: true,
  opened_in_the_middle: true,
  checkpoint_differs: true,
  checkpoint_incomplete: true,
  order_placed_out_of_order: true,
  stamp_not_later: true,
  id_later_than_stamp: true,
  too_many_open_orders: true,
  filled_unknown_order: true,
  filled_at_another_price: true,
  filled_on_another_side: true,
  cancelled_unknown_order: true,
  amended_unknown_order: true,
  amended_to_more: true,
  forced_unknown_order: true,
  quantities_do_not_add_up: true,
  evidence_missing: true,
}

describe('a segment with a fault', () => {
  const cases = faults.map(([what, fault, entries, change]) => ({ what, fault, entries, change }))

  test.each(cases)('$what: $fault', ({ fault, entries, change }) => {
    const reader = readerAfter(sell)
    const before = reader.book.hash()
    expect(reader.take(entries, change)).toBe(fault)
    expect(reader.book.hash()).toBe(before)
  })

  test('a second part that begins before the first one ends: order_placed_out_of_order', () => {
    const newcomer = new Reader()
    expect(newcomer.take([part(0, 2, 2, placed(2, 'buy', 1, 1))], { first: 9 })).toBeUndefined()
    expect(newcomer.take([part(1, 2, 2, placed(1, 'buy', 1, 1))])).toBe('order_placed_out_of_order')
  })

  test('a part that something else has come before in a segment of its own: checkpoint_incomplete', () => {
    const reader = readerAfter(sell)
    const newcomer = new Reader()
    const next = reader.next([part(0, 2, 1)])
    expect([reader.read(next), newcomer.read(next)]).toEqual([undefined, undefined])
    for (const each of [reader, newcomer]) {
      expect(each.take([placed(2, 'buy', 1, 1)])).toBe('checkpoint_incomplete')
      expect(each.take([part(1, 2, 1)])).toBe('checkpoint_incomplete')
      expect(each.take([part(1, 2, 1, sell)])).toBeUndefined()
    }
    expect(newcomer.book.hash()).toBe(reader.book.hash())
  })

  test('an order that a checkpoint has left out does not come back: order_placed_out_of_order', () => {
    const reader = readerAfter(sell, placed(2, 'buy', 1, 1), cancelled(2, 1, 0))
    expect(reader.take([checkpoint(sell)])).toBeUndefined()
    expect(reader.take([placed(2, 'buy', 1, 1)])).toBe('order_placed_out_of_order')
  })

  test('nor one that was closed in the very segment whose checkpoint left it out: order_placed_out_of_order', () => {
    const reader = readerAfter(sell)
    const entries = [placed(2, 'buy', 1, 1), cancelled(2, 1, 0), checkpoint(sell)]
    expect(reader.take(entries)).toBeUndefined()
    expect(reader.take([placed(2, 'buy', 1, 1)])).toBe('order_placed_out_of_order')
  })

  test('one order more than an owner may have open: too_many_open_orders', () => {
    const book = new OrderBook(self)
    const order: PlacedOrder = placed(1, 'sell', 1, 101).order
    const ids = Array.from({ length: limits.openOrdersPerOwnerMax + 1 }, (_, n) => orderId(n))
    const orders = (count: number) => ids.slice(0, count).map(each => ({ ...order, id: each }))
    const withOrders = (count: number) =>
      segment(1, [opened, { ...checkpoint(), open: count, orders: orders(count) }], { stamp: stamp(ids.length) })
    const reading = new Feed().readingOf('anew')
    expect(faultOf(book, withOrders(limits.openOrdersPerOwnerMax), reading)).toBeUndefined()
    expect(faultOf(book, withOrders(limits.openOrdersPerOwnerMax + 1), reading)).toBe('too_many_open_orders')
    expect(book.size).toBe(0)
  })

  test('counts not at all, however good its other entries are', () => {
    const reader = readerAfter(sell)
    const before = reader.book.hash()
    const entries = [cancelled(1, 4, 6), amended(1, 5, 5), placed(2, 'buy', 1, 1), expired(3, 1, 0)]
    expect(reader.take(entries)).toBe('cancelled_unknown_order')
    expect(reader.book.hash()).toBe(before)
  })

  test('every fault has a test', () => {
    const tested = new Set([...faults.map(([, fault]) => fault), 'too_many_open_orders'])
    expect([...tested].sort()).toEqual(Object.keys(everyFault).sort())
  })
})

interface Naive {
  readonly orders: ReadonlyMap<OrderId, PlacedOrder>
  /** The number of the order placed last. */
  readonly last: OrderId | ''
}

/** A map of what is left of each order, changed entry by entry; undefined as soon as an entry makes no sense. */
function foldNaively(before: Naive, entries: readonly Entry[]): Naive | undefined {
  const orders = new Map(before.orders)
  let { last } = before
  for (const entry of entries) {
    if (entry.type === 'placed') {
      if (entry.order.id <= last) return undefined
      last = entry.order.id
      orders.set(last, entry.order)
    } else if ('orderId' in entry) {
      const order = orders.get(entry.orderId)
      if (!order) return undefined
      const taken = order.remaining - entry.remaining
      if (taken < 1) return undefined
      if (entry.type === 'amended' ? entry.remaining === 0 : entry.quantity !== taken) return undefined
      if (entry.remaining === 0) orders.delete(entry.orderId)
      else orders.set(entry.orderId, { ...order, remaining: entry.remaining })
    } else if (entry.type === 'checkpoint') {
      const listed = entry.orders.map(({ id, remaining }) => `${id} ${remaining}`)
      const known = [...orders.values()].map(({ id, remaining }) => `${id} ${remaining}`)
      if (listed.join() !== known.join()) return undefined
    }
  }
  return { orders, last }
}

describe('the fold and a naive fold', () => {
  /** What an entry asks for; when it is made from what remains it mostly fits. */
  const wish = fc.record({
    do: fc.constantFrom<Wish['do']>('place', 'place', 'cancel', 'expire', 'amend', 'fill', 'checkpoint'),
    number: fc.integer({ min: 0, max: 5 }),
    quantity: fc.integer({ min: 1, max: 4 }),
    isWrong: fc.nat(11).map(chance => chance === 0),
  })
  const segments = fc.array(fc.array(wish, { minLength: 1, maxLength: 5 }), { maxLength: 12 })

  test('take the same segments, refuse the same ones, and hold the same orders', () => {
    const tally = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(segments, lists => {
        const reader = readerAfter()
        let state: Naive = { orders: new Map(), last: '' }
        for (const list of lists) {
          const entries = entriesOf(list, state)
          const naive = foldNaively(state, entries)
          const before = reader.book.hash()
          const fault = reader.take(entries)
          expect(fault === undefined).toBe(naive !== undefined)
          if (fault) expect(reader.book.hash()).toBe(before)
          tally[fault ? 'refused' : 'taken'] += 1
          state = naive ?? state
          expect(checkBook(reader.book)).toEqual([])
          const held = [...reader.book.openOrders(anna.peerId)].map(({ owner: _, ...order }) => order)
          expect(held).toEqual([...state.orders.values()])
        }
      }),
      { numRuns: 300 },
    )
    // Without both the property would hold for a fold that does nothing.
    expect(Math.min(tally.taken, tally.refused)).toBeGreaterThan(50)
  })

  test('give a newcomer at any checkpoint the book of who has read everything', () => {
    fc.assert(
      fc.property(segments, segments, (lists, later) => {
        const reader = readerAfter()
        const newcomer = new Reader()
        let state: Naive = { orders: new Map(), last: '' }
        const take = (entries: readonly Entry[], readers: readonly Reader[]) => {
          const next = reader.next(entries)
          const naive = foldNaively(state, entries)
          if (naive) for (const each of readers) expect(each.read(next)).toBeUndefined()
          state = naive ?? state
        }
        for (const list of lists) take(entriesOf(list, state), [reader])
        take([checkpointOf(state.orders)], [reader, newcomer])
        for (const list of later) take(entriesOf(list, state), [reader, newcomer])
        expect(newcomer.feed.head).toEqual(reader.feed.head)
        expect(newcomer.book.hash()).toBe(reader.book.hash())
      }),
      { numRuns: 200 },
    )
  })

  interface Wish {
    readonly do: 'place' | 'cancel' | 'expire' | 'amend' | 'fill' | 'checkpoint'
    readonly number: number
    readonly quantity: number
    readonly isWrong: boolean
  }

  function entriesOf(list: readonly Wish[], before: Naive): Entry[] {
    let last = before.last === '' ? 0 : numberOf(before.last)
    const orders = new Map(before.orders)
    return list.map(({ do: what, number, quantity, isWrong }): Entry => {
      if (what === 'checkpoint') {
        const all = [...orders.values()].filter(({ remaining }) => remaining > 0)
        return checkpointOf(new Map((isWrong ? all.slice(1) : all).map(order => [order.id, order])))
      }
      if (what === 'place') {
        last = isWrong ? Math.max(1, last) : last + 1
        const entry = placed(last, 'sell', quantity, 101)
        if (!orders.has(entry.order.id)) orders.set(entry.order.id, entry.order)
        return entry
      }
      // One of the last few, so that most of them are there.
      const n = Math.max(1, last - number)
      const order = orders.get(orderId(n))
      const lots = Math.min(quantity, Math.max(1, order?.remaining ?? quantity))
      const remaining = (order?.remaining ?? lots) - lots + (isWrong ? 1 : 0)
      if (order) orders.set(order.id, { ...order, remaining })
      if (what === 'amend') return amended(n, Math.max(1, remaining), remaining)
      if (what === 'expire') return expired(n, lots, remaining)
      return what === 'cancel' ? cancelled(n, lots, remaining) : filled(n, lots, remaining)
    })
  }

  function checkpointOf(orders: Naive['orders']): Entry {
    const all = [...orders.values()]
    return { ...checkpoint(), open: all.length, orders: all }
  }
})
