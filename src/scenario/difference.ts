/** The difference between two texts, line by line: what they share, what only one of them has. Pure. */

export interface DifferentLine {
  readonly kind: 'both' | 'expected' | 'actual'
  readonly text: string
}

/** Answers have a few dozen lines, so that the table of all pairs of lines is small. */
export function differenceOf(expected: readonly string[], actual: readonly string[]): DifferentLine[] {
  const shared = sharedLengths(expected, actual)
  const lines: DifferentLine[] = []
  let [left, right] = [0, 0]
  while (left < expected.length || right < actual.length) {
    const [one, other] = [expected[left], actual[right]]
    if (one !== undefined && one === other) {
      lines.push({ kind: 'both', text: one })
      left += 1
      right += 1
    } else if (one !== undefined && at(shared, left + 1, right) >= at(shared, left, right + 1)) {
      lines.push({ kind: 'expected', text: one })
      left += 1
    } else {
      lines.push({ kind: 'actual', text: other ?? '' })
      right += 1
    }
  }
  return lines
}

/** `[i][j]`: how many lines the rest of one from i and the rest of the other from j have in common, in order. */
function sharedLengths(one: readonly string[], other: readonly string[]): number[][] {
  const lengths = Array.from({ length: one.length + 1 }, () => Array.from({ length: other.length + 1 }, () => 0))
  for (let i = one.length - 1; i >= 0; i -= 1)
    for (let j = other.length - 1; j >= 0; j -= 1) {
      const row = lengths[i] as number[]
      row[j] =
        one[i] === other[j] ? at(lengths, i + 1, j + 1) + 1 : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1))
    }
  return lengths
}

/** Beyond the table nothing is shared. */
function at(lengths: readonly (readonly number[])[], i: number, j: number): number {
  return lengths[i]?.[j] ?? -1
}
