/** Differences line by line, against what a person would mark. */
import { expect, test } from 'vitest'
import { differenceOf } from '../../src/scenario/difference.ts'

const signs = { both: ' ', expected: '-', actual: '+' }

function marked(expected: string, actual: string): string {
  const lines = differenceOf(Array.from(expected), Array.from(actual))
  return lines.map(({ kind, text }) => signs[kind] + text).join('')
}

test.each([
  ['', '', ''],
  ['abc', 'abc', ' a b c'],
  ['', 'a', '+a'],
  ['a', '', '-a'],
  ['abc', 'axc', ' a-b+x c'],
  ['abc', 'bcd', '-a b c+d'],
  ['ab', 'cd', '-a-b+c+d'],
])('from %j to %j is %j', (expected, actual, lines) => {
  expect(marked(expected, actual)).toBe(lines)
})
