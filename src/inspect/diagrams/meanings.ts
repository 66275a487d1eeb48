/** What the states and the events of a machine mean, as its file says it: `description` of each state, `meta` of the machine. */
import type { AnyStateMachine } from 'xstate'
import type { Chart, ChartTransition } from '../web/chart.ts'

/** By the event's type; by the delay's name. */
export interface Meanings {
  readonly events: Readonly<Record<string, string>>
  readonly delays?: Readonly<Record<string, string>>
}

/** Throws when the machine says nothing of its events. */
export function meaningsOf(machine: AnyStateMachine): Meanings {
  const { meta } = machine.config as { readonly meta?: Partial<Meanings> }
  if (!meta?.events) throw new Error(`${machine.id} does not say what its events mean: meta.events`)
  return { events: meta.events, ...(meta.delays ? { delays: meta.delays } : {}) }
}

/** Two tables of markdown, aligned. */
export function tablesOf(chart: Chart, meanings: Meanings): string {
  const states = [...chart.states.values()].filter(({ id }) => id !== chart.id)
  const stateRows = states.map(({ id, description }) => [code(nameIn(chart, id)), description])
  const events = Object.entries(meanings.events).map(([type, meaning]) => row(chart, type, meaning))
  const delays = Object.entries(meanings.delays ?? {}).map(([name, meaning]) => row(chart, `after ${name}`, meaning))
  return [table(['state', 'means'], stateRows), table(['event', 'means', 'counts in'], [...events, ...delays])].join(
    '\n\n',
  )
}

/** `event` as arrows name it. */
function row(chart: Chart, event: string, meaning: string): string[] {
  const sources = chart.transitions.filter(({ label }: ChartTransition) => label === event).map(({ source }) => source)
  const names = [...new Set(sources)].map(id => (id === chart.id ? 'anywhere' : code(nameIn(chart, id))))
  return [code(event), meaning, names.join(', ')]
}

function nameIn(chart: Chart, id: string): string {
  return id.slice(chart.id.length + 1)
}

function code(text: string): string {
  return `\`${text}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map(cells => (cells[column] ?? '').length)))
  const aligned = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [aligned(head), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...rows.map(aligned)].join('\n')
}
