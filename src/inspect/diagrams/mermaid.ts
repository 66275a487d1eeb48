/**
 * A chart as a mermaid state diagram. What a state does without being left stands in a note; what holds in every state is told of
 * `anywhere`.
 */
import { labelOf } from '../web/chart-lines.ts'
import type { Chart, ChartState, ChartTransition } from '../web/chart.ts'

const indent = '  '
const anywhere = 'anywhere'

export function mermaidOf(chart: Chart): string {
  const root = stateOf(chart, chart.id)
  const arrows = arrowsOf(chart)
  const notes = notesOf(chart)
  const isNamed = [...arrows, ...notes].some(line => line.split(' ').includes(anywhere))
  const box = isNamed ? [`${indent}state "${anywhere}" as ${anywhere}`] : []
  return ['stateDiagram-v2', ...statesIn(chart, root, 1), ...box, ...arrows, ...notes, ''].join('\n')
}

function statesIn(chart: Chart, { kind, initial, children }: ChartState, depth: number): string[] {
  const pad = indent.repeat(depth)
  const below = children.map(id => stateOf(chart, id))
  return [
    ...(initial === null ? [] : [`${pad}[*] --> ${nameIn(chart, initial)}`]),
    ...below.flatMap((child, index) => [
      ...(kind === 'parallel' && index > 0 ? [`${pad}--`] : []),
      ...boxOf(chart, child, depth),
    ]),
    ...below.filter(child => child.kind === 'final').map(({ id }) => `${pad}${nameIn(chart, id)} --> [*]`),
  ]
}

function boxOf(chart: Chart, state: ChartState, depth: number): string[] {
  const pad = indent.repeat(depth)
  const title = `${pad}state "${state.key}" as ${nameIn(chart, state.id)}`
  return state.children.length === 0 ? [title] : [`${title} {`, ...statesIn(chart, state, depth + 1), `${pad}}`]
}

/** One arrow between two states, however many events take it. */
function arrowsOf(chart: Chart): string[] {
  const labels = new Map<string, string[]>()
  for (const transition of chart.transitions) {
    if (transition.target === null) continue
    const arrow = `${indent}${nameIn(chart, transition.source)} --> ${nameIn(chart, transition.target)}`
    labels.set(arrow, [...(labels.get(arrow) ?? []), labelOf(transition)])
  }
  return [...labels].map(([arrow, all]) => `${arrow} : ${all.join('<br/>')}`)
}

/** What happens within a state, and which actors run in it. */
function notesOf(chart: Chart): string[] {
  return [...chart.states.values()].flatMap(({ id, runs, entry, exit }) => {
    const within = chart.transitions.filter(({ source, target }) => source === id && target === null).map(withinOf)
    const lines = [...runs.map(run => `runs ${run}`), ...atEdge('entry', entry), ...within, ...atEdge('exit', exit)]
    if (lines.length === 0) return []
    const indented = lines.map(line => indent.repeat(2) + line)
    return [`${indent}note right of ${nameIn(chart, id)}`, ...indented, `${indent}end note`]
  })
}

function atEdge(edge: 'entry' | 'exit', actions: readonly string[]): string[] {
  return actions.length === 0 ? [] : [`${edge} / ${actions.join(', ')}`]
}

function withinOf(transition: ChartTransition): string {
  return `${labelOf(transition)} / ${transition.actions.join(', ') || 'ignored'}`
}

/** The machine itself has no box: what it says holds anywhere. */
function nameIn(chart: Chart, id: string): string {
  return id === chart.id ? anywhere : id.slice(chart.id.length + 1).replaceAll('.', '_')
}

function stateOf(chart: Chart, id: string): ChartState {
  const state = chart.states.get(id)
  if (!state) throw new Error(`${chart.id} has no state ${id}`)
  return state
}
