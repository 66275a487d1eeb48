/** The transitions of a machine as its config states them, each with a name: `open on market.drain`, `candidate after greetDelay`. */
import type { AnyStateMachine, AnyStateNode } from 'xstate'

export interface Transition {
  readonly name: string
  /** The object that XState keeps of it. */
  readonly definition: object
  /** Path of the state that has it; empty for the root. */
  readonly from: readonly string[]
  /** `on order.*`, `after greetDelay`, `always`, `done`. */
  readonly on: string
  /** Paths of the states that it leads to; none when it stays. */
  readonly to: readonly (readonly string[])[]
  readonly guard: string | null
  readonly actions: readonly string[]
}

/** What XState keeps of a transition, as far as it is needed here. */
interface Definition {
  readonly eventType: string
  readonly target: readonly AnyStateNode[] | undefined
  readonly guard: unknown
  readonly actions: readonly unknown[]
}

export function transitionsOf(machine: AnyStateMachine): Transition[] {
  return nodesOf(machine.root).flatMap(node => {
    const own = [...(node.transitions.values() as Iterable<readonly unknown[]>)].flat()
    const definitions = [...own, ...((node.always ?? []) as readonly unknown[])] as readonly Definition[]
    return definitions.map((definition, index) => transitionOf(node, definition, index))
  })
}

export function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(child => nodesOf(child as AnyStateNode))]
}

function transitionOf(node: AnyStateNode, definition: Definition, index: number): Transition {
  const from = node.path as readonly string[]
  const on = triggerOf(definition.eventType)
  return {
    name: `${from.join('.') || 'anywhere'} ${on} #${index}`,
    definition,
    from,
    on,
    to: (definition.target ?? []).map(({ path }) => path as readonly string[]),
    guard: definition.guard === undefined ? null : nameOf(definition.guard),
    actions: definition.actions.map(nameOf),
  }
}

function triggerOf(eventType: string): string {
  if (eventType === '') return 'always'
  if (eventType.startsWith('xstate.done.state.')) return 'done'
  const after = /^xstate\.after\.([^.]+)\./.exec(eventType)
  return after ? `after ${after[1]!}` : `on ${eventType}`
}

/** Everything is named in these machines: test/house sees to it. */
export function nameOf(reference: unknown): string {
  if (typeof reference === 'string') return reference
  const { type } = reference as { readonly type?: unknown }
  if (typeof type !== 'string') throw new Error('an action or a guard without a name')
  return type
}
