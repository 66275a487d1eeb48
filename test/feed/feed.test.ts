import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Feed, hasReached, type KeptSegment } from '../../src/feed/feed.ts'
import { headOf, type SignedSegment } from '../../src/feed/segment.ts'
import { cancelled, chain, checkpoint, incarnation, opened, orderId, part, placed, segment, signed } from './given.ts'

const lists = [
  [opened, checkpoint()],
  [placed(1, 'buy', 5, 100)],
  [placed(2, 'buy', 5, 100), placed(3, 'buy', 5, 100), cancelled(1, 5, 0)],
  [cancelled(2, 5, 0)],
]
const four = chain(lists)
const [one, two, three] = four as [SignedSegment, SignedSegment, SignedSegment]
const newer = chain([[opened, checkpoint()], [placed(9, 'sell', 1, 200)]], { incarnation: incarnation(5) })

function feedOf(...segments: readonly SignedSegment[]): Feed {
  const feed = new Feed()
  for (const next of segments) feed.append(next)
  return feed
}

const wordsIn = (segments: readonly Pick<SignedSegment, 'signed'>[]) => segments.map(({ signed }) => signed)
const bytesOf = ({ signed: { body } }: SignedSegment) => Buffer.byteLength(body)

describe('how a segment relates to a feed', () => {
  test('the first of an incarnation begins an empty feed anew, a later one leaves a gap', () => {
    expect([new Feed().relationOf(one), new Feed().relationOf(two)]).toEqual(['anew', 'gap'])
  })

  test.each([
    ['an order', [placed(1, 'buy', 5, 100)]],
    ['opened alone', [opened]],
    ['opened and an order', [opened, placed(1, 'buy', 5, 100), checkpoint()]],
    ['the second part of a checkpoint', [part(1, 2, 0)]],
    ['opened and the second part of a checkpoint', [opened, part(1, 2, 0)]],
  ])('a segment that begins with %s needs what came before', (_, entries) => {
    expect(new Feed().relationOf(signed(segment(1, entries)))).toBe('gap')
    expect(feedOf(one).relationOf(signed(segment(9, entries)))).toBe('gap')
    expect(feedOf(one).relationOf(signed(segment(1, entries, { incarnation: incarnation(1) })))).toBe('gap')
  })

  test('a segment that begins with a checkpoint needs nothing from before, wherever it stands', () => {
    const later = signed(segment(9, [checkpoint()], { previous: three.hash }))
    expect(new Feed().relationOf(later)).toBe('anew')
    expect(feedOf(one).relationOf(later)).toBe('anew')
    const elsewhere = signed(segment(9, [part(0, 2, 0)], { incarnation: incarnation(5), previous: three.hash }))
    expect(feedOf(one).relationOf(elsewhere)).toBe('anew')
    const afterwards = feedOf(one, later)
    expect(afterwards.head).toEqual(headOf(later))
    expect(four.map(each => afterwards.relationOf(each))).toEqual(['known', 'known', 'known', 'known'])
  })

  test('a checkpoint right behind the head comes next: it repeats what is known', () => {
    const next = signed(segment(3, [checkpoint()], { previous: one.hash }))
    expect(feedOf(one).relationOf(next)).toBe('next')
    const other = signed(segment(3, [checkpoint()], { previous: two.hash }))
    expect(feedOf(one).relationOf(other)).toBe('fork')
  })

  test('what follows the head comes next, what comes later leaves a gap, what has been read is known', () => {
    const feed = feedOf(one, two)
    expect(four.map(each => feed.relationOf(each))).toEqual(['known', 'known', 'next', 'gap'])
  })

  test('the first of a newer incarnation begins anew, its second leaves a gap, the older one is superseded', () => {
    const feed = feedOf(one, two)
    expect(newer.map(each => feed.relationOf(each))).toEqual(['anew', 'gap'])
    const later = feedOf(one, two, newer[0]!)
    expect([one, two, three].map(each => later.relationOf(each))).toEqual(['superseded', 'superseded', 'superseded'])
    expect(later.head).toEqual(headOf(newer[0]!))
  })

  test('another segment in a place that has been read is a fork', () => {
    const other = signed(segment(3, [placed(7, 'buy', 1, 1)], { previous: one.hash }))
    expect(feedOf(one, two).relationOf(other)).toBe('fork')
  })

  test('a segment in the next place that names another past is a fork', () => {
    const other = signed(segment(4, [placed(7, 'buy', 1, 1)], { previous: one.hash }))
    expect(feedOf(one, two).relationOf(other)).toBe('fork')
  })

  test('a segment that begins in the middle of one that has been read is a fork', () => {
    const other = signed(segment(5, [placed(3, 'buy', 5, 100)], { previous: two.hash }))
    expect(feedOf(one, two, three).relationOf(other)).toBe('fork')
  })

  test('a known segment may come with another signature: only what was signed counts', () => {
    const again = { ...two, signed: { ...two.signed, signature: 'another' } }
    expect(feedOf(one, two).relationOf(again)).toBe('known')
  })

  test('only what comes next, or begins anew, can be appended', () => {
    const feed = feedOf(one)
    expect(() => feed.append(three)).toThrow('a feed is not continued by a segment that is a gap')
    expect(() => feed.append(one)).toThrow('a feed is not continued by a segment that is a known')
    expect(feed.head).toEqual(headOf(one))
  })
})

const nothing = { lastPlaced: null, lastStamp: null, listing: null }

/** Five segments: the start, an order, a checkpoint in two parts, an order. */
const inParts = chain([
  [opened, checkpoint()],
  [placed(1, 'buy', 5, 100), placed(2, 'buy', 5, 100)],
  [part(0, 2, 2, placed(1, 'buy', 5, 100))],
  [part(1, 2, 2, placed(2, 'buy', 5, 100))],
  [placed(3, 'buy', 5, 100)],
])
const [start, orders, partZero, partOne, tail] = inParts as [
  SignedSegment,
  SignedSegment,
  SignedSegment,
  SignedSegment,
  SignedSegment,
]

describe('a checkpoint in parts', () => {
  test('a reader from the start compares it, and forgets what came before once the last part is there', () => {
    const feed = feedOf(start, orders)
    expect(feed.length).toBe(4)
    for (const next of [partZero, partOne]) {
      expect(feed.readingOf('next')).toMatchObject({ isAnew: false, isLoading: false })
      expect(feed.after(null, 10 ** 9)[0]?.signed).toBe(start.signed)
      feed.append(next)
    }
    expect(feed.length).toBe(2)
    expect(wordsIn(feed.after(null, 10 ** 9))).toEqual(wordsIn([partZero, partOne]))
    feed.append(tail)
    expect(feed.length).toBe(3)
    expect(wordsIn(feed.after(headOf(start), 10 ** 9))).toEqual(wordsIn([partZero, partOne, tail]))
    expect(wordsIn(feed.after(headOf(partZero), 10 ** 9))).toEqual(wordsIn([partOne, tail]))
  })

  test('a newcomer loads it, and is whole with the last part', () => {
    const feed = new Feed()
    expect(feed.readingOf('anew')).toEqual({ isAnew: true, isLoading: true, ...nothing })
    feed.append(partZero)
    expect(feed.isLoading).toBe(true)
    expect(feed.readingOf('next')).toEqual({
      isAnew: false,
      isLoading: true,
      lastPlaced: orderId(1),
      lastStamp: partZero.segment.stamp,
      listing: { nextPart: 1, parts: 2, open: 2, named: 1, last: orderId(1) },
    })
    feed.append(partOne)
    expect(feed.isLoading).toBe(false)
    expect(feed.readingOf('next')).toMatchObject({ isAnew: false, isLoading: false, lastPlaced: orderId(2) })
    feed.append(tail)
    expect(feed.head).toEqual(feedOf(...inParts).head)
  })

  test('what has been forgotten behind it is known and does no harm, what is kept is still compared', () => {
    const feed = feedOf(...inParts)
    expect(inParts.map(each => feed.relationOf(each))).toEqual(['known', 'known', 'known', 'known', 'known'])
    const other = signed(segment(6, [part(1, 2, 2)], { previous: partZero.hash }))
    expect(feed.relationOf(other)).toBe('fork')
  })

  test('a newer incarnation in the middle of it begins anew', () => {
    const feed = feedOf(partZero)
    expect(feed.relationOf(newer[0]!)).toBe('anew')
    feed.append(newer[0]!)
    expect(feed.isLoading).toBe(false)
    expect(feed.readingOf('next').lastPlaced).toBeNull()
  })

  test('one at the end of a segment keeps that segment and everything behind the one that could be begun with', () => {
    const made = chain([
      [opened, checkpoint()],
      [placed(1, 'buy', 5, 100), checkpoint(placed(1, 'buy', 5, 100))],
    ])
    expect(wordsIn(feedOf(...made).after(null, 10 ** 9))).toEqual(wordsIn(made))
  })
})

describe('what the next segment must be later than', () => {
  test('the order placed last and the stamp of the segment before, over segments that place nothing', () => {
    const feed = feedOf(...four)
    expect(feed.readingOf('next')).toEqual({
      isAnew: false,
      isLoading: false,
      lastPlaced: orderId(3),
      lastStamp: four[3]!.segment.stamp,
      listing: null,
    })
  })

  test('ids may begin again in a newer incarnation, stamps go on', () => {
    expect(feedOf(...four).readingOf('anew')).toEqual({
      isAnew: true,
      isLoading: true,
      lastPlaced: null,
      lastStamp: four[3]!.segment.stamp,
      listing: null,
    })
  })

  test('a checkpoint that leaves only earlier orders does not lead back', () => {
    const made = chain([
      [opened, checkpoint()],
      [placed(1, 'buy', 5, 100), placed(2, 'buy', 5, 100), cancelled(2, 5, 0)],
      [checkpoint(placed(1, 'buy', 5, 100))],
    ])
    expect(feedOf(...made).readingOf('next').lastPlaced).toBe(orderId(2))
  })
})

describe('reading on in a feed', () => {
  const feed = feedOf(...four)
  const everything = 10 ** 9

  test('from the start, from the middle, and nothing at the head', () => {
    expect(wordsIn(feed.after(null, everything))).toEqual(wordsIn(four))
    expect(wordsIn(feed.after(headOf(two), everything))).toEqual(wordsIn(four.slice(2)))
    expect(feed.after(feed.head, everything)).toEqual([])
    expect(new Feed().after(null, everything)).toEqual([])
  })

  test('a segment is kept as its words, and where they stand', () => {
    const { signed, segment } = two
    expect(feed.after(headOf(one), everything)[0]).toEqual({
      ...{ signed, head: headOf(two), first: segment.first, stamp: segment.stamp, beginsAnew: false },
    })
    expect(feed.after(null, everything)[0]).toMatchObject({ head: headOf(one), beginsAnew: true })
  })

  test('a cursor in the middle of a segment gets that segment again, whole', () => {
    expect(wordsIn(feed.after({ incarnation: incarnation(0), sequence: 4 }, everything))).toEqual(
      wordsIn(four.slice(2)),
    )
  })

  test('a cursor of another incarnation, older or newer, reads from the last checkpoint', () => {
    for (const number of [-1, 1]) {
      expect(wordsIn(feed.after({ incarnation: incarnation(number), sequence: 3 }, everything))).toEqual(wordsIn(four))
    }
  })

  test('a cursor ahead of the head has nothing to read', () => {
    expect(feed.after({ incarnation: incarnation(0), sequence: 99 }, everything)).toEqual([])
  })

  test('a page holds what fits in its bytes, to the byte', () => {
    const bytes = bytesOf(one) + bytesOf(two)
    expect(wordsIn(feed.after(null, bytes))).toEqual(wordsIn([one, two]))
    expect(wordsIn(feed.after(null, bytes - 1))).toEqual(wordsIn([one]))
  })

  test('a segment that fits no page is a page of its own', () => {
    expect(wordsIn(feed.after(headOf(one), 1))).toEqual(wordsIn([two]))
  })

  test('pages of any size, read one after another, give the whole feed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), bytesMax => {
        const read: KeptSegment[] = []
        for (;;) {
          const page = feed.after(read.at(-1)?.head ?? null, bytesMax)
          if (page.length === 0) break
          read.push(...page)
        }
        expect(wordsIn(read)).toEqual(wordsIn(four))
      }),
    )
  })
})

describe('whether a cursor has reached a head', () => {
  const at = (number: number, sequence: number) => ({ incarnation: incarnation(number), sequence })

  test.each([
    ['no head is always reached', null, null, true],
    ['without a cursor nothing is', null, at(0, 1), false],
    ['the same place', at(0, 2), at(0, 2), true],
    ['a place before', at(0, 1), at(0, 2), false],
    ['a newer incarnation, however short', at(1, 1), at(0, 9), true],
    ['an older incarnation, however long', at(0, 9), at(1, 1), false],
  ] as const)('%s', (_, cursor, head, isReached) => {
    expect(hasReached(cursor, head)).toBe(isReached)
  })
})
