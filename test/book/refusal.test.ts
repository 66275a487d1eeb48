import { describe, expect, test } from 'vitest'
import { isRefusal, quoted, refuse } from '../../src/book/refusal.ts'

describe('a refusal', () => {
  test('carries a reason for programs and a sentence for people', () => {
    const refusal = refuse('price_must_be_positive', 'The price is 0.')
    expect(refusal).toEqual({ refused: true, reason: 'price_must_be_positive', sentence: 'The price is 0.' })
    expect(isRefusal(refusal)).toBe(true)
  })

  test('is told from everything else', () => {
    for (const value of [undefined, null, 0, 'refused', {}, { refused: false }, { reason: 'busy' }, () => true])
      expect(isRefusal(value)).toBe(false)
  })

  test('narrows a union to what is left', () => {
    const parse = (text: string) => (text === '' ? refuse('empty', 'Nothing is there.') : text.length)
    const parsed = parse('abc')
    const left: number = isRefusal(parsed) ? -1 : parsed
    expect(left).toBe(3)
  })
})

describe("a user's words in a sentence", () => {
  test('are quoted', () => {
    expect(quoted('5@101')).toBe(`'5@101'`)
  })

  test('are cut when they are long', () => {
    expect(quoted('9'.repeat(1_000))).toBe(`'${'9'.repeat(40)}…'`)
  })

  test('cannot command a terminal', () => {
    expect(quoted('\u001b[2Jboo\n')).toBe(`'\u{fffd}[2Jboo\u{fffd}'`)
  })
})
