import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Feed, hasReached } from '../../src/feed/feed.ts'
import { headOf, type SignedSegment } from '../../src/feed/segment.ts'
import { cancelled, chain, checkpoint, incarnation, opened, placed, segment, signed } from './given.ts'

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

const bytesOf = ({ signed: { body } }: SignedSegment) => Buffer.byteLength(body)

describe('how a segment relates to a feed', () => {
  test('the first of an incarnation comes next in an empty feed, a later one leaves a gap', () => {
    expect([new Feed().relationOf(one), new Feed().relationOf(two)]).toEqual(['next', 'gap'])
  })

  test('a first segment that names one before it leaves a gap', () => {
    const odd = signed(segment(1, [opened, checkpoint()], { previous: two.hash }))
    expect(new Feed().relationOf(odd)).toBe('gap')
  })

  test('what follows the head comes next, what comes later leaves a gap, what has been read is known', () => {
    const feed = feedOf(one, two)
    expect(four.map(each => feed.relationOf(each))).toEqual(['known', 'known', 'next', 'gap'])
  })

  test('the first of a newer incarnation comes next, its second leaves a gap, the older one is superseded', () => {
    const feed = feedOf(one, two)
    expect(newer.map(each => feed.relationOf(each))).toEqual(['next', 'gap'])
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

  test('only what comes next can be appended', () => {
    const feed = feedOf(one)
    expect(() => feed.append(three)).toThrow('a feed is continued only by the segment that comes next')
    expect(feed.head).toEqual(headOf(one))
  })
})

describe('reading on in a feed', () => {
  const feed = feedOf(...four)
  const everything = 10 ** 9

  test('from the start, from the middle, and nothing at the head', () => {
    expect(feed.after(null, everything)).toEqual(four)
    expect(feed.after(headOf(two), everything)).toEqual(four.slice(2))
    expect(feed.after(feed.head, everything)).toEqual([])
    expect(new Feed().after(null, everything)).toEqual([])
  })

  test('a cursor in the middle of a segment gets that segment again, whole', () => {
    expect(feed.after({ incarnation: incarnation(0), sequence: 4 }, everything)).toEqual(four.slice(2))
  })

  test('a cursor of another incarnation, older or newer, reads from the start', () => {
    for (const number of [-1, 1]) {
      expect(feed.after({ incarnation: incarnation(number), sequence: 3 }, everything)).toEqual(four)
    }
  })

  test('a cursor ahead of the head has nothing to read', () => {
    expect(feed.after({ incarnation: incarnation(0), sequence: 99 }, everything)).toEqual([])
  })

  test('a page holds what fits in its bytes, to the byte', () => {
    const bytes = bytesOf(one) + bytesOf(two)
    expect(feed.after(null, bytes)).toEqual([one, two])
    expect(feed.after(null, bytes - 1)).toEqual([one])
  })

  test('a segment that fits no page is a page of its own', () => {
    expect(feed.after(headOf(one), 1)).toEqual([two])
  })

  test('pages of any size, read one after another, give the whole feed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), bytesMax => {
        const read: SignedSegment[] = []
        for (;;) {
          const page = feed.after(read.length > 0 ? headOf(read.at(-1)!) : null, bytesMax)
          if (page.length === 0) break
          read.push(...page)
        }
        expect(read).toEqual(four)
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
