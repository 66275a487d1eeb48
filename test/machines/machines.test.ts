/**
 * The machines beyond what test/house sees to (names, descriptions, plain JSON, values from xstate alone): that a machine
 * that nobody has provided for says so, and that its definition really comes back from JSON. What is
 * drawn of them is tested in test/inspect/diagrams.
 */
import { describe, expect, test } from 'vitest'
import { createMachine, type AnyStateMachine } from 'xstate'
import { peerMachine } from '../../machines/peer.machine.ts'
import { definitionOf } from '../../src/inspect/diagrams/definition.ts'
import { machines } from '../../src/inspect/diagrams/machines.ts'
import { nameOf, nodesOf, transitionsOf, type Transition } from '../support/transitions.ts'

/** What composition must bring. Actions that are the machine's own are not here. */
const provided: Readonly<{ [machine: string]: readonly string[] }> = {
  peer: ['discover', 'sayGoodbye'],
  book: ['bridge', 'closeGroup', 'decide', 'decideToDrain', 'decideToOpen', 'letGo'],
  neighbour: ['beat', 'greet', 'replicate', 'startMatching', 'stopMatching'],
  proposal: ['propose', 'withdraw'],
  order: [],
}

describe.each(machines.map(machine => [machine.id, machine] as const))('the %s machine', (id, machine) => {
  test('comes back from its definition with the same states and transitions', () => {
    const copy = createMachine(JSON.parse(definitionOf(machine)) as object, machine.implementations as never)
    expect(statesOf(copy)).toEqual(statesOf(machine))
    expect(transitionsOf(copy).map(plain)).toEqual(transitionsOf(machine).map(plain))
  })

  test('says which actors and actions must be provided', () => {
    const { actors, actions } = machine.implementations as unknown as Readonly<{
      [kind: string]: Readonly<{ [name: string]: object }>
    }>
    const complaining = Object.entries({ ...actions, ...actors })
      .filter(([name, one]) => complaintOf(one) === `${name} must be provided`)
      .map(([name]) => name)
    expect(complaining.sort()).toEqual(provided[id])
  })
})

test('the children of a peer must be provided', () => {
  for (const name of ['book', 'neighbour', 'proposal']) {
    const child = (peerMachine.implementations.actors as unknown as { [name: string]: AnyStateMachine })[name]!
    const [entry] = child.root.entry as unknown as (() => void)[]
    expect(entry).toThrow(`${name} must be provided`)
  }
})

test('every transition of a machine has a name of its own', () => {
  for (const machine of machines) {
    const names = transitionsOf(machine).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  }
})

/** What a default says when it runs; undefined when it does not complain. */
function complaintOf(implementation: object): string | undefined {
  try {
    run(implementation)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function run(implementation: object): void {
  if ('resolve' in implementation) return
  if (typeof implementation === 'function') return void (implementation as () => unknown)()
  if ('config' in implementation && typeof implementation.config === 'function')
    (implementation.config as () => unknown)()
  if ('start' in implementation && typeof implementation.start === 'function')
    (implementation.start as (...given: readonly unknown[]) => unknown)(
      { input: undefined },
      { self: { id: '' }, system: { _relay: () => undefined }, emit: () => undefined },
    )
}

function statesOf(machine: AnyStateMachine): object[] {
  return nodesOf(machine.root).map(({ id, type, description, entry, exit, invoke }) => ({
    ...{ id, type, description, entry: entry.map(nameOf), exit: exit.map(nameOf) },
    runs: (invoke as readonly { readonly src: unknown }[]).map(({ src }) => src),
  }))
}

function plain({ name, to, guard, actions }: Transition): object {
  return { name, to, guard, actions }
}
