/**
 * Walks a model of what users may rely on along all its transitions, in an order that a seed decides: each event is brought about on
 * a real exchange, and then everything that the model says of the state must hold.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import type { Random } from '../../src/sim/random.ts'
import { noteCoverage, type Coverage, type Walk } from './coverage.ts'

/** One transition of a model: what happens, and what is passed on the way. */
export interface ModelStep {
  readonly name: string
  readonly event: string
  readonly from: AnyStateNode
  readonly to: AnyStateNode
  readonly meta: unknown
}

export interface Performer {
  /** Brings the event about and waits for what must follow. Throws when it does not. */
  take(step: ModelStep): Promise<void>
}

/** Every transition of a model: flat states, one target each. */
export function stepsOf(model: AnyStateMachine): ModelStep[] {
  const states = Object.values(model.states) as AnyStateNode[]
  return states.flatMap(from =>
    [...from.transitions.values()].flat().map(({ eventType, target, toJSON }) => {
      const [to = from] = (target ?? []) as readonly AnyStateNode[]
      const event = String(eventType)
      return { name: `${from.key} | ${event} | ${to.key}`, event, from, to, meta: metaOf(toJSON()) }
    }),
  )
}

/**
 * Notes what has been walked for the table of all models; fails when something has not. `told`: what users were told after what,
 * where that says more than the transitions do.
 */
export function noteTour(
  task: Parameters<typeof noteCoverage>[0],
  on: Coverage['on'],
  model: AnyStateMachine,
  names: readonly string[],
  told?: Walk,
): void {
  const all = stepsOf(model)
  const walked = new Set(names)
  const seen = all.filter(({ name }) => walked.has(name)).flatMap(({ from, to }) => [from.key, to.key])
  const transitions = { all: all.map(({ name }) => name), walked }
  const states = { all: Object.keys(model.states), walked: new Set(seen) }
  noteCoverage(task, { name: model.id, on }, { states, transitions, steps: told ?? transitions })
}

/** From the model's first state on until every transition has been walked. Gives the names of those, in their order. */
export async function tour(model: AnyStateMachine, random: Random, performer: Performer): Promise<string[]> {
  const steps = stepsOf(model)
  const walked: string[] = []
  let [at] = initialOf(model)
  for (let path = nearest(steps, at, walked, random); path.length > 0; path = nearest(steps, at, walked, random))
    for (const step of path) {
      await performed(performer, step, walked)
      walked.push(step.name)
      at = step.to
    }
  return walked
}

/** A failure says how it was come to. */
async function performed(performer: Performer, step: ModelStep, walked: readonly string[]): Promise<void> {
  try {
    await performer.take(step)
  } catch (error) {
    const way = [...walked, step.name].slice(-6).join('\n  ')
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n  ${way}`, { cause: error })
  }
}

function initialOf(model: AnyStateMachine): readonly [AnyStateNode] {
  return model.root.initial.target as unknown as readonly [AnyStateNode]
}

/** The shortest way to a transition that has not been walked, that one included; empty when there is none. */
function nearest(
  steps: readonly ModelStep[],
  from: AnyStateNode,
  walked: readonly string[],
  random: Random,
): ModelStep[] {
  const seen = new Set([from])
  let ways: { readonly at: AnyStateNode; readonly path: ModelStep[] }[] = [{ at: from, path: [] }]
  while (ways.length > 0) {
    const longer = ways.flatMap(({ at, path }) =>
      random.shuffle(steps.filter(step => step.from === at)).map(step => ({ at: step.to, path: [...path, step] })),
    )
    const found = longer.find(({ path }) => path.some(({ name }) => !walked.includes(name)))
    if (found) return found.path
    ways = longer.filter(({ at }) => !seen.has(at))
    for (const { at } of ways) seen.add(at)
  }
  return []
}

function metaOf(definition: unknown): unknown {
  return (definition as { readonly meta?: unknown }).meta
}
