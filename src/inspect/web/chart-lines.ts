/** What stands inside a state's box: what it does without being left. Events that do the same share a line. */
import type { Chart, ChartState, ChartTransition } from './chart.ts'

export interface BoxLine {
  readonly text: string
  /** The transitions that it stands for; none for entry, exit and what is invoked. */
  readonly transitions: readonly ChartTransition[]
}

/** Characters of one line in a box; longer ones go on below. A box with much in it is wider instead of tall. */
const lineCharactersMax = { ofFew: 32, ofMany: 48 }
const fewLines = 6

export function linesIn(chart: Chart, state: ChartState): BoxLine[] {
  const within = chart.transitions.filter(({ source, target }) => source === state.id && target === null)
  const lines = [
    ...state.runs.map(run => ({ text: `runs ${run}`, transitions: [] })),
    ...atEdge('entry', state.entry),
    ...grouped(within),
    ...atEdge('exit', state.exit),
  ]
  const charactersMax = lines.length > fewLines ? lineCharactersMax.ofMany : lineCharactersMax.ofFew
  return lines.flatMap(line => wrapped(line, charactersMax))
}

/** What is written on an arrow, a line for each way to take it. */
export function labelOf({ label, guard }: ChartTransition): string {
  return guard === null ? label : `${label} [${guard}]`
}

function atEdge(edge: 'entry' | 'exit', actions: readonly string[]): BoxLine[] {
  return actions.length === 0 ? [] : [{ text: `${edge} / ${actions.join(', ')}`, transitions: [] }]
}

function grouped(within: readonly ChartTransition[]): BoxLine[] {
  const lines = new Map<string, ChartTransition[]>()
  for (const transition of within) {
    const does = transition.actions.join(', ') || 'ignored'
    lines.set(does, [...(lines.get(does) ?? []), transition])
  }
  return [...lines].map(([does, transitions]) => ({ text: `${eventsOf(transitions)} / ${does}`, transitions }))
}

/** An event that several guards let through is named once, and so is a guard that all of them have. */
function eventsOf(transitions: readonly ChartTransition[]): string {
  const guards = new Map<string, string>()
  for (const { label, guard } of transitions)
    guards.set(label, (guards.get(label) ?? '') + (guard === null ? '' : ` [${guard}]`))
  const [shared, ...others] = new Set(guards.values())
  if (others.length === 0) return `${[...guards.keys()].join(', ')}${shared ?? ''}`
  return [...guards].map(([label, all]) => label + all).join(', ')
}

function wrapped({ text, transitions }: BoxLine, charactersMax: number): BoxLine[] {
  const rows: string[] = []
  for (const word of text.split(' ')) {
    const last = rows.at(-1)
    if (last !== undefined && last.length + word.length < charactersMax) rows[rows.length - 1] = `${last} ${word}`
    else rows.push(rows.length === 0 ? word : `    ${word}`)
  }
  return rows.map(row => ({ text: row, transitions }))
}
