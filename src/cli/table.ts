/** Tables for a terminal: aligned columns with a head, no frames. The first columns are words, the others figures. */
import Table from 'cli-table3'

const noFrame = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
}

/** `words` columns are aligned to the left, the rest to the right. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[], words = 1): string {
  const table = new Table({
    head: [...head],
    chars: noFrame,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => (column < words ? 'left' : 'right')),
  })
  table.push(...rows.map(row => [...row]))
  const lines = table.toString().split('\n')
  return lines.map(line => line.trimEnd()).join('\n')
}
