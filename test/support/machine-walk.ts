/**
 * Walks really running actors along paths that are generated from their machine, and compares every step with a table that
 * somebody has written by hand. The machine says which paths there are; the table says what must happen on them: were both
 * the machine's, only effects and timers would be proved.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { createActor, setup } from 'xstate'
import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject, StateValue } from 'xstate'
import { adjacencyMapToArray, TestModel } from 'xstate/graph'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { transitionsOf } from './transitions.ts'

/** One thing that may happen to the machine. */
export interface Case<C> {
  /** How the table calls it. */
  readonly name: string
  /** How the name of a test says it. */
  readonly words: string
  readonly event: EventObject & Readonly<{ [key: string]: unknown }>
  /** For an event of the machine's own timer: after how long it must come, and not a millisecond before. */
  readonly afterMs?: (before: C) => number
  /** How it comes to pass when it is not sent: a child that ends, say. */
  readonly perform?: (actor: AnyActorRef) => void
  /** Whether it can happen while these children run. */
  readonly needs?: string
}

/** What must happen: exactly one row must apply to every step that is walked. */
export interface Row<C> {
  readonly from: string
  /** Names of cases. */
  readonly on: readonly string[]
  readonly when?: (before: C, event: EventObject) => boolean
  readonly to: string
  /** Whether timers begin anew with this step; unless it is said, when the step leads to another state. */
  readonly restarts?: boolean
  /** What is recorded, in order. */
  readonly does?: readonly string[] | ((before: C, children: readonly string[]) => readonly string[])
  /** What the context holds afterwards that it did not hold before. */
  readonly notes?: (before: C, event: EventObject) => Partial<C>
}

export interface Variant {
  readonly words: string
  readonly input: unknown
  /** The cases that may happen to it; unless it is said, all. */
  readonly cases?: readonly string[]
}

export interface Plan<C> {
  readonly machine: AnyStateMachine
  /** The machine without what mere exploration cannot do: it has no parent to tell anything. */
  readonly explored?: AnyStateMachine
  readonly variants: readonly Variant[]
  readonly cases: readonly Case<C>[]
  /** What the paths depend on besides the state: must be bounded, or there is no end of paths. */
  readonly digest: (context: C, children: readonly string[]) => string
  /** Whether a state counts as another one when it has been come to from another digest: more paths, where the order matters. */
  readonly isWayRemembered: boolean
  /** What is recorded at the start, and where the machine is then. */
  readonly starts: readonly { readonly variant: string; readonly to: string; readonly does: readonly string[] }[]
  readonly table: readonly Row<C>[]
  /** The machine with actors and actions that record what they do. */
  provide(machine: AnyStateMachine, record: Recorder): AnyStateMachine
}

export type Recorder = (effect: string) => void

interface Step {
  readonly state: Snapshot
  readonly event: EventObject
}

export interface Path {
  readonly name: string
  readonly variant: Variant
  readonly steps: readonly Step[]
}

interface Snapshot {
  readonly _nodes: readonly AnyStateNode[]
  readonly children: object
  readonly value: StateValue
  readonly context: object
  readonly status: string
}

/** What has been walked: ids of states, names of steps, and the transitions of the machine behind them. */
export interface Walked {
  readonly states: Set<string>
  readonly steps: Set<string>
  readonly rows: Set<object>
  readonly transitions: Set<string>
}

/** More vertices than this mean that the digest is not bounded. */
const verticesMax = 50_000

/** Between two events that are sent, so that a timer that is not restarted, or wrongly restarted, fires at the wrong time. */
const pauseMs = 7

export class MachineWalk<C extends object> {
  readonly #plan: Plan<C>
  /** The shortest path to each step of the graph: what a test is named after. */
  readonly named: readonly Path[]
  /** Every way into every vertex, each with every event that may come then. */
  readonly paths: readonly Path[]
  /** Every step that the machine's graph has: `from, event: to`. */
  readonly steps: ReadonlySet<string>
  readonly #stand: Stand<C>
  /** All paths, those that have noticed faults first. */
  readonly #inquisitive: Path[]

  constructor(plan: Plan<C>) {
    this.#plan = plan
    this.#stand = new Stand(plan, plan.machine)
    const explored = plan.variants.map(variant => explore(plan, variant))
    this.named = shortestToEachStep(explored.flatMap(({ named }) => named))
    this.paths = explored.flatMap(({ paths }) => paths)
    this.steps = new Set(explored.flatMap(({ steps }) => steps))
    this.#inquisitive = [...this.paths].sort((one, other) => one.steps.length - other.steps.length)
  }

  /** Walks one path with an actor of the plan's machine. Throws at the first step that is not as it must be. */
  go(path: Path, walked: Walked = nothingWalked()): Walked {
    this.#go(path, this.#stand, walked)
    return walked
  }

  /** Walks all paths. */
  goAll(): Walked {
    const walked = nothingWalked()
    for (const path of this.paths) this.#goNamed(path, walked)
    return walked
  }

  #goNamed(path: Path, walked: Walked): void {
    try {
      this.go(path, walked)
    } catch (error) {
      if (error instanceof Error) error.message = `${path.name}: ${error.message}`
      throw error
    }
  }

  /** True when no path tells this machine from the plan's. */
  isFooledBy(machine: AnyStateMachine): boolean {
    const stand = new Stand(this.#plan, machine)
    const noticing = this.#inquisitive.findIndex(path => {
      try {
        this.#go(path, stand, nothingWalked())
        return false
      } catch (error) {
        return error instanceof Error
      }
    })
    if (noticing < 0) return true
    // What has noticed one fault often notices the next one.
    this.#inquisitive.unshift(...this.#inquisitive.splice(noticing, 1))
    return false
  }

  #go(path: Path, stand: Stand<C>, walked: Walked): void {
    const run = new Run(this.#plan, path, stand, walked)
    try {
      run.walk()
    } finally {
      run.stop()
      for (const name of stand.transitions) walked.transitions.add(name)
    }
  }

  /** Rows that no step has needed: they say something about a machine that does not exist. */
  rowsWithoutUse({ rows }: Walked): string[] {
    return this.#plan.table.filter(row => !rows.has(row)).map(({ from, on, to }) => `${from}, ${on.join(' | ')}: ${to}`)
  }
}

function nothingWalked(): Walked {
  return { states: new Set(), steps: new Set(), rows: new Set(), transitions: new Set() }
}

/** Who and what is compared at one step, as one value, so that a failure shows all of it. */
interface Seen {
  readonly state: string
  readonly effects: readonly string[]
  readonly context: object
}

/** A machine with recording actors and actions, under a parent that records, ready for any number of runs one after another. */
class Stand<C extends object> {
  readonly effects: string[] = []
  readonly transitions = new Set<string>()
  readonly #parent: ReturnType<typeof parentOf>
  readonly #names: ReadonlyMap<object, string>

  constructor(plan: Plan<C>, machine: AnyStateMachine) {
    const record: Recorder = effect => void this.effects.push(effect)
    const provided = plan.provide(machine, record)
    this.#parent = parentOf(provided, record)
    this.#names = new Map(transitionsOf(provided).map(({ name, definition }) => [definition, name]))
  }

  /** Starts anew; the root is to be stopped in the end. */
  start(input: unknown, clock: VirtualClock): { root: AnyActorRef; subject: AnyActorRef } {
    this.effects.length = 0
    const root = createActor(this.#parent, {
      input: { input },
      clock,
      inspect: inspected => {
        if (inspected.type !== '@xstate.microstep' || (inspected.actorRef as AnyActorRef).id !== 'subject') return
        for (const taken of inspected._transitions) this.transitions.add(this.#names.get(taken) ?? 'initial')
      },
    })
    root.start()
    const subject = (root.getSnapshot() as unknown as { children: { subject: AnyActorRef } }).children.subject
    subject.on('*', (emitted: EventObject) => void this.effects.push(`emit ${emitted.type}`))
    return { root, subject }
  }
}

class Run<C extends object> {
  readonly #plan: Plan<C>
  readonly #path: Path
  readonly #walked: Walked
  readonly #clock = new VirtualClock()
  readonly #effects: string[]
  readonly #root: AnyActorRef
  readonly #subject: AnyActorRef
  #timersSinceMs: number

  constructor(plan: Plan<C>, path: Path, stand: Stand<C>, walked: Walked) {
    this.#plan = plan
    this.#path = path
    this.#walked = walked
    this.#effects = stand.effects
    const { root, subject } = stand.start(path.variant.input, this.#clock)
    this.#root = root
    this.#subject = subject
    this.#timersSinceMs = this.#clock.now()
  }

  walk(): void {
    const [start, ...steps] = this.#path.steps
    this.#checkStart(start!.state)
    for (const step of steps) this.#take(step)
    this.#ignoreAllElse()
  }

  stop(): void {
    this.#root.stop()
  }

  #checkStart(state: Snapshot): void {
    const start = this.#plan.starts.find(({ variant }) => variant === this.#path.variant.words)
    if (!start) throw new Error(`the table does not say how the machine starts ${this.#path.variant.words}`)
    const seen = this.#look()
    same({ state: seen.state, effects: seen.effects }, { state: start.to, effects: start.does }, 'the start')
    same(wordOf(state.value), start.to, 'the start, in the model')
    this.#noteStates()
  }

  #take({ event, state }: Step): void {
    const taken = caseOf(this.#plan, event)
    const { value, context, children } = this.#snapshot()
    const before = context as C
    const from = wordOf(value)
    const row = rowOf(this.#plan, from, taken, before)
    this.#perform(taken, before)
    const step = stepName(from, taken.name, row.to)
    const must = {
      state: row.to,
      effects: effectsOf(row, before, Object.keys(children)),
      context: { ...before, ...row.notes?.(before, event) },
    }
    same(this.#look(), must, step)
    same(wordOf(state.value), row.to, `${step}, in the model`)
    this.#noteStates()
    this.#walked.steps.add(step)
    this.#walked.rows.add(row)
    if (row.restarts ?? row.from !== row.to) this.#timersSinceMs = this.#clock.now()
  }

  #perform({ event, afterMs, perform }: Case<C>, before: C): void {
    if (!afterMs) this.#clock.advance(pauseMs)
    this.#effects.length = 0
    if (perform) return perform(this.#subject)
    if (!afterMs) return this.#subject.send(event)
    const delayMs = this.#timersSinceMs + afterMs(before) - this.#clock.now()
    const early = this.#look()
    this.#clock.advance(delayMs - 1)
    same(this.#look(), early, `${delayMs - 1} ms have passed`)
    this.#clock.advance(1)
  }

  /** Whatever the last state does not mention must leave everything as it is. */
  #ignoreAllElse(): void {
    const { status, value, context } = this.#snapshot()
    if (status !== 'active') return
    const from = wordOf(value)
    for (const { name, event, afterMs, perform } of casesOf(this.#plan, this.#path.variant)) {
      if (afterMs || perform || this.#plan.table.some(row => row.from === from && row.on.includes(name))) continue
      this.#effects.length = 0
      this.#subject.send(event)
      same(this.#look(), { state: from, effects: [], context }, `${from} ignores ${name}`)
    }
  }

  #look(): Seen {
    const { value, context } = this.#snapshot()
    return { state: wordOf(value), effects: [...this.#effects], context }
  }

  #noteStates(): void {
    for (const { id } of this.#snapshot()._nodes) this.#walked.states.add(id)
  }

  #snapshot(): Snapshot {
    return this.#subject.getSnapshot() as Snapshot
  }
}

/** Vitest shows differences well and is slow to see that there are none. */
function same(actual: unknown, must: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, must)) expect(actual, what).toStrictEqual(must)
}

/** A parent that records what it is told, errors and the end included. */
function parentOf(subject: AnyStateMachine, record: Recorder) {
  return setup({
    types: { context: {} as { input: unknown }, input: {} as { input: unknown } },
    actors: { subject },
    actions: { hear: ({ event }) => record(told(event)) },
  }).createMachine({
    context: ({ input: { input } }) => ({ input }),
    invoke: { id: 'subject', src: 'subject', input: ({ context }: { context: { input: unknown } }) => context.input },
    on: { '*': { actions: 'hear' } },
  })
}

interface Explored {
  readonly named: readonly Path[]
  readonly paths: readonly Path[]
  readonly steps: readonly string[]
}
type Model = TestModel<AnyMachineSnapshot, EventObject, unknown>

function explore<C extends object>(plan: Plan<C>, variant: Variant): Explored {
  const model = modelOf(plan, variant)
  const graph = model.getAdjacencyMap()
  const steps = adjacencyMapToArray(graph).map(({ state, event, nextState }) =>
    stepName(wordOf(state.value as StateValue), caseOf(plan, event).name, wordOf(nextState.value as StateValue)),
  )
  const all = edgePaths(model, graph)
  const named = all.map(path => pathOf(plan, variant, path))
  return { named, paths: longestOnly(all).map(path => pathOf(plan, variant, path)), steps }
}

function modelOf<C extends object>(plan: Plan<C>, variant: Variant): Model {
  const { machine, explored = machine, digest } = plan
  const vertex = (snapshot: Snapshot): string =>
    `${wordOf(snapshot.value)} ${digest(snapshot.context as C, childrenOf(snapshot))}`
  const from = plan.isWayRemembered ? vertex : ({ value }: Snapshot): string => wordOf(value)
  return new TestModel<AnyMachineSnapshot, EventObject, unknown>(explored, {
    input: variant.input,
    events: casesOf(plan, variant).map(({ event }) => event),
    // What the table mentions is walked even when a guard forbids it, so that a guard that is gone is noticed.
    filterEvents: (snapshot, event) => {
      const state = wordOf(snapshot.value as StateValue)
      const { name, needs } = caseOf(plan, event)
      if (needs !== undefined && !childrenOf(snapshot as Snapshot).includes(needs)) return false
      const isInTable = plan.table.some(row => row.from === state && row.on.includes(name))
      return isInTable || explored.getTransitionData(snapshot, event).length > 0
    },
    serializeState: (snapshot, event, previous): string => {
      const came = event && previous ? `, by ${caseOf(plan, event).name} from ${from(previous as Snapshot)}` : ''
      return vertex(snapshot as Snapshot) + came
    },
    stopWhen: ({ status }) => status !== 'active',
    limit: verticesMax,
  })
}

/** The shortest path to each vertex, with each event that may come then: a timer fires after whatever has restarted it. */
function edgePaths(model: Model, graph: ReturnType<Model['getAdjacencyMap']>): (readonly Step[])[] {
  const vertexOf = model.options.serializeState ?? missing
  return model.getShortestPaths({ allowDuplicatePaths: true }).flatMap(({ steps }) => {
    const [last, before] = [steps.at(-1)!, steps.at(-2)]
    const vertex = vertexOf(last.state, before && last.event, before?.state)
    const edges = Object.values(
      (graph as { readonly [key: string]: (typeof graph)[keyof typeof graph] })[vertex]!.transitions,
    )
    return [steps, ...edges.map(edge => [...steps, edge])] as (readonly Step[])[]
  })
}

function missing(): never {
  throw new Error('a model has a name for each vertex')
}

function shortestToEachStep(paths: readonly Path[]): Path[] {
  const byStep = new Map<string, Path>()
  for (const path of [...paths].sort((one, other) => one.steps.length - other.steps.length)) {
    const [last, before] = [path.steps.at(-1)!, path.steps.at(-2)]
    const step = before && `${wordOf(before.state.value)} ${JSON.stringify(last.event)} ${wordOf(last.state.value)}`
    if (step !== undefined && !byStep.has(step)) byStep.set(step, path)
  }
  return [...byStep.values()]
}

/** Without the paths that are the beginning of another. */
function longestOnly(paths: readonly (readonly Step[])[]): (readonly Step[])[] {
  const keys = (path: readonly Step[]) => path.map(({ event }) => JSON.stringify(event))
  const beginnings = new Set(paths.map(path => keys(path).slice(0, -1).join()))
  const seen = new Set<string>()
  return paths.filter(path => {
    const key = keys(path).join()
    if (beginnings.has(key) || seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function pathOf<C>(plan: Plan<C>, variant: Variant, steps: readonly Step[]): Path {
  const words = steps.slice(1).map(({ event }) => caseOf(plan, event).words)
  const end = wordOf(steps.at(-1)!.state.value)
  return { name: `${[variant.words, ...words].join(', ')}: ${end}`, variant, steps }
}

function caseOf<C>({ cases }: Pick<Plan<C>, 'cases'>, event: EventObject): Case<C> {
  const text = JSON.stringify(event)
  const found = cases.find(one => one.event === event || JSON.stringify(one.event) === text)
  if (!found) throw new Error(`no case for ${text}`)
  return found
}

function rowOf<C>({ table }: Plan<C>, from: string, { name, event }: Case<C>, before: C): Row<C> {
  const rows = table.filter(row => row.from === from && row.on.includes(name) && (row.when?.(before, event) ?? true))
  const [row] = rows
  if (!row || rows.length > 1) throw new Error(`${rows.length} rows of the table say what happens: ${from}, ${name}`)
  return row
}

function casesOf<C>({ cases }: Plan<C>, variant: Variant): readonly Case<C>[] {
  return variant.cases ? cases.filter(({ name }) => variant.cases?.includes(name)) : cases
}

function effectsOf<C>({ does = [] }: Row<C>, before: C, children: readonly string[]): readonly string[] {
  return typeof does === 'function' ? does(before, children) : does
}

function childrenOf({ children }: Snapshot): string[] {
  return Object.keys(children).sort()
}

function stepName(from: string, event: string, to: string): string {
  return `${from}, ${event}: ${to}`
}

/** `connected.syncing[feeds.behind, inward.confirmed]` */
export function wordOf(value: StateValue): string {
  if (typeof value === 'string') return value
  const parts = Object.entries(value).map(([key, inner]) => (inner ? joined(key, wordOf(inner)) : key))
  return parts.length > 1 ? `[${parts.join(', ')}]` : parts.join('')
}

function joined(key: string, inner: string): string {
  return inner.startsWith('[') ? `${key}${inner}` : `${key}.${inner}`
}

/** The type of an event and what it carries in plain words: `neighbour.identified host:1 anna`. */
function told({ type, ...rest }: EventObject): string {
  if (type.startsWith('xstate.')) return `tell ${type}`
  return ['tell', type, ...Object.values(rest).map(String)].join(' ')
}
