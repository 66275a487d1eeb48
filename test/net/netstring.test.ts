/** Netstrings are read as they were written, however they are cut, and nothing else is taken for one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteBudget } from '../../src/net/grenache/byte-budget.ts'
import { netstringOf, type NetstringRead, NetstringReader } from '../../src/net/grenache/netstring.ts'

const bytesMax = 10_000

/** What one reader makes of the bytes, cut into pieces of these lengths; undefined when it wants more. */
function read(bytes: Buffer, pieces: readonly number[] = [], budget = new ByteBudget(1e6)): NetstringRead | undefined {
  const reader = new NetstringReader(bytesMax, budget.lease())
  let at = 0
  for (const length of [...pieces, bytes.length]) {
    const piece = bytes.subarray(at, at + length)
    at += piece.length
    const outcome = piece.length === 0 ? undefined : reader.take(piece)
    if (outcome !== undefined) return outcome
  }
  return undefined
}

function textIn(outcome: NetstringRead | undefined): unknown {
  return outcome !== undefined && 'body' in outcome ? outcome.body.toString('utf8') : outcome
}

describe('a netstring', () => {
  test('is written as its length in bytes, a colon, the bytes and a comma', () => {
    expect(String(netstringOf('hello'))).toBe('5:hello,')
    expect(String(netstringOf(''))).toBe('0:,')
    expect(String(netstringOf('€'))).toBe('3:€,')
  })

  test('is read as it was written, in whatever pieces it comes', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 3_000 })
    const pieces = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 30 })
    fc.assert(
      fc.property(text, pieces, (written, cut) => {
        const bytes = Buffer.from(netstringOf(written))
        fc.pre(bytes.length < bytesMax)
        expect(textIn(read(bytes, cut))).toBe(written)
      }),
    )
  })

  test('is not complete before its comma', () => {
    for (const part of ['', '5', '5:', '5:hello']) expect(read(Buffer.from(part))).toBeUndefined()
  })

  test.each([
    ':',
    'x',
    '-1:',
    '+5:hello,',
    ' 5:hello,',
    '05:hello,',
    '00:,',
    '5 :hello,',
    '5.0:hello,',
    '5:hello!',
    '5;hello,',
  ])('%j is none', text => {
    expect(read(Buffer.from(text))).toEqual({ failure: 'malformed' })
  })

  test('of more bytes than it may have is refused with the digit that says so', () => {
    expect(textIn(read(Buffer.from(netstringOf('x'.repeat(bytesMax)))))).toHaveLength(bytesMax)
    expect(read(Buffer.from(`${bytesMax + 1}`))).toEqual({ failure: 'too_large' })
    expect(read(Buffer.from('9'.repeat(1_000)))).toEqual({ failure: 'too_large' })
  })

  test('that is followed by anything is not taken', () => {
    for (const pieces of [[], [1], [7]]) expect(read(Buffer.from('5:hello,5'), pieces)).toEqual({ failure: 'followed' })
  })

  test('takes its bytes from the budget, and gives way when there are none', () => {
    const bytes = Buffer.from(netstringOf('x'.repeat(500)))
    expect(read(bytes, [100, 100], new ByteBudget(50))).toEqual({ failure: 'over_budget' })
    expect(textIn(read(bytes, [], new ByteBudget(501)))).toHaveLength(500)
  })
})
