/**
 * Which transitions led from one snapshot to the next. Frames name the event and both states, not the transition, so it is worked
 * out from the chart; where guards alone tell several apart, all of them are given.
 */
import type { Chart, ChartTransition } from './chart.ts'

export function firedBetween(
  chart: Chart,
  before: ReadonlySet<string>,
  event: string,
  after: ReadonlySet<string>,
): ChartTransition[] {
  const leaves = [...before].filter(id => !chart.states.get(id)?.children.some(child => before.has(child)))
  const answered = new Set(leaves.flatMap(leaf => answerOf(chart, leaf, event, after)))
  return [...answered, ...consequences(chart, answered, before, after)]
}

/** What the innermost state that knows the event does with it. */
function answerOf(chart: Chart, leaf: string, event: string, after: ReadonlySet<string>): ChartTransition[] {
  for (let id: string | null = leaf; id !== null; id = chart.states.get(id)?.parent ?? null) {
    const known = mostSpecific(chart.transitions.filter(one => one.source === id && matches(one.event, event)))
    const possible = known.filter(({ target }) => target === null || after.has(target))
    if (possible.length === 0) continue
    const moving = possible.filter(({ target }) => target !== null)
    return moving.length > 0 ? moving : possible
  }
  return []
}

/** Steps that follow of themselves: `always`, and what happens when a state is done. */
function consequences(
  chart: Chart,
  answered: ReadonlySet<ChartTransition>,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): ChartTransition[] {
  const reached = new Set([...answered].map(({ target }) => target))
  return chart.transitions.filter(({ source, target, event }) => {
    const isOfItself = event === '' || event.startsWith('xstate.done.state.')
    const isNew = target !== null && after.has(target) && !before.has(target) && !reached.has(target)
    return isOfItself && isNew && (before.has(source) || reached.has(source))
  })
}

function mostSpecific(known: readonly ChartTransition[]): readonly ChartTransition[] {
  const longest = Math.max(0, ...known.map(one => one.event.length))
  return known.filter(one => one.event.length === longest)
}

/** `order.*` is any event whose name begins so, and `*` any at all. */
function matches(pattern: string, event: string): boolean {
  if (pattern === '' || pattern === event) return pattern !== ''
  if (pattern === '*') return true
  return pattern.endsWith('.*') && (event === pattern.slice(0, -2) || event.startsWith(pattern.slice(0, -1)))
}
