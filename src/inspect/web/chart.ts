/**
 * A statechart as it is drawn: states and transitions with every target resolved, read from the definition in an `@xstate.actor`
 * frame. A definition may come from any feeder, so what cannot be read is left out and nothing throws.
 */
export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final'

export interface ChartState {
  /** Of the machine and the path below it: `neighbour.connected.live`. */
  readonly id: string
  readonly key: string
  readonly kind: StateKind
  /** Null for the machine itself. */
  readonly parent: string | null
  readonly children: readonly string[]
  /** The child that is entered first; null where there is none, or all are. */
  readonly initial: string | null
  readonly description: string
  /** What is invoked while in the state. */
  readonly runs: readonly string[]
  readonly entry: readonly string[]
  readonly exit: readonly string[]
}

export interface ChartTransition {
  readonly source: string
  /** Null when the transition leaves no state. */
  readonly target: string | null
  /** As XState names it, wildcards included; empty for `always`. */
  readonly event: string
  /** For the reader: `beat.heard`, `after greetDelay`, `when done`, `always`. */
  readonly label: string
  readonly guard: string | null
  readonly actions: readonly string[]
}

export interface Chart {
  readonly id: string
  /** Parents before their children, in the order of the definition. */
  readonly states: ReadonlyMap<string, ChartState>
  readonly transitions: readonly ChartTransition[]
}

type Config = Readonly<Record<string, unknown>>

interface Node {
  readonly state: ChartState
  readonly config: Config
  /** The id that the definition gives it; targets may name either. */
  readonly alias: string
}

/** Null when the text is no definition of a machine with states. */
export function chartOf(definition: string | undefined): Chart | null {
  const config = parsed(definition)
  if (config === null || !isConfig(config.states)) return null
  const id = text(config.id) ?? 'machine'
  const nodes = nodesOf(config, id, id, null)
  const states = new Map(nodes.map(({ state }) => [state.id, state]))
  const idOf = new Map(nodes.flatMap(({ state, alias }) => [[state.id, state.id] as const, [alias, state.id] as const]))
  const transitions = nodes.flatMap(node => transitionsOf(node, idOf))
  return { id, states, transitions }
}

/** The ids of all states that a state value stands for, the machine's own included. */
export function activeStates(chart: Chart, value: unknown): Set<string> {
  const active = new Set<string>()
  if (value !== undefined && value !== null) addActive(chart, chart.id, value, active)
  return active
}

function addActive(chart: Chart, id: string, value: unknown, active: Set<string>): void {
  if (!chart.states.has(id)) return
  active.add(id)
  if (typeof value === 'string') addActive(chart, `${id}.${value}`, undefined, active)
  if (!isConfig(value)) return
  for (const [key, below] of Object.entries(value)) addActive(chart, `${id}.${key}`, below, active)
}

function nodesOf(config: Config, id: string, key: string, parent: string | null): Node[] {
  const below = isConfig(config.states) ? Object.entries(config.states).filter(isNamedConfig) : []
  const children = below.map(([name]) => `${id}.${name}`)
  const initial = initialOf(config.initial)
  const state: ChartState = {
    id,
    key,
    kind: kindOf(config, children.length > 0),
    parent,
    children,
    initial: initial !== null && children.includes(`${id}.${initial}`) ? `${id}.${initial}` : null,
    description: text(config.description) ?? '',
    runs: listed(config.invoke).map(runOf),
    entry: listed(config.entry).map(nameOf),
    exit: listed(config.exit).map(nameOf),
  }
  const alias = text(config.id) ?? id
  return [{ state, config, alias }, ...below.flatMap(([name, child]) => nodesOf(child, `${id}.${name}`, name, id))]
}

function kindOf(config: Config, hasChildren: boolean): StateKind {
  if (config.type === 'parallel' || config.type === 'final') return config.type
  return hasChildren ? 'compound' : 'atomic'
}

function initialOf(initial: unknown): string | null {
  return isConfig(initial) ? text(initial.target) : text(initial)
}

function transitionsOf({ state, config }: Node, idOf: ReadonlyMap<string, string>): ChartTransition[] {
  const on = entriesOf(config.on).map(([event, to]) => ({ event, label: event, to }))
  const after = entriesOf(config.after).map(([delay, to]) => ({
    event: `xstate.after.${delay}.${state.id}`,
    label: `after ${/^\d+$/.test(delay) ? `${delay} ms` : delay}`,
    to,
  }))
  const done = { event: `xstate.done.state.${state.id}`, label: 'when done', to: config.onDone }
  const always = { event: '', label: 'always', to: config.always }
  const named = [...on, ...after, done, always]
  return [...named, ...listed(config.invoke).flatMap(outcomesOf)].flatMap(({ event, label, to }) =>
    branchesOf(to).flatMap(branch => transitionOf(state, { event, label }, branch, idOf)),
  )
}

function outcomesOf(invoked: unknown): { event: string; label: string; to: unknown }[] {
  if (!isConfig(invoked)) return []
  const run = runOf(invoked)
  return [
    { event: `xstate.done.actor.${run}`, label: `when ${run} is done`, to: invoked.onDone },
    { event: `xstate.error.actor.${run}`, label: `when ${run} fails`, to: invoked.onError },
  ]
}

function branchesOf(to: unknown): Config[] {
  return listed(to).flatMap(branch => {
    if (typeof branch === 'string') return [{ target: branch }]
    return isConfig(branch) ? [branch] : []
  })
}

function transitionOf(
  state: ChartState,
  named: Pick<ChartTransition, 'event' | 'label'>,
  branch: Config,
  idOf: ReadonlyMap<string, string>,
): ChartTransition[] {
  const guard = branch.guard === undefined ? null : nameOf(branch.guard)
  const actions = listed(branch.actions).map(nameOf)
  const targets = listed(branch.target)
  if (targets.length === 0) return [{ source: state.id, target: null, ...named, guard, actions }]
  return targets.flatMap(target => {
    const found = idOf.get(absolute(state, String(target)))
    return found === undefined ? [] : [{ source: state.id, target: found, ...named, guard, actions }]
  })
}

/** `#id` stands anywhere, `.child` below the source, and a bare name beside it. */
function absolute(state: ChartState, target: string): string {
  if (target.startsWith('#')) return target.slice(1)
  if (target.startsWith('.')) return state.id + target
  return `${state.parent ?? state.id}.${target}`
}

function runOf(invoked: unknown): string {
  return isConfig(invoked) ? (text(invoked.id) ?? nameOf(invoked.src)) : nameOf(invoked)
}

/** Of an action, a guard or an actor: a name, or an object that has one as its type. */
function nameOf(named: unknown): string {
  if (isConfig(named)) return text(named.type) ?? 'unnamed'
  return text(named) ?? 'unnamed'
}

function parsed(definition: string | undefined): Config | null {
  if (definition === undefined) return null
  try {
    const config = JSON.parse(definition) as unknown
    return isConfig(config) ? config : null
  } catch {
    return null
  }
}

function listed(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

function entriesOf(value: unknown): [string, unknown][] {
  return isConfig(value) ? Object.entries(value) : []
}

function isNamedConfig(entry: [string, unknown]): entry is [string, Config] {
  return isConfig(entry[1])
}

function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
