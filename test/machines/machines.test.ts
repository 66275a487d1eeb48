/**
 * The machines beyond what test/house sees to (names, descriptions, plain JSON, values from xstate alone): that a machine
 * that nobody has provided for says so, that its config really comes back from JSON, and that the diagrams are of today.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createMachine, type AnyStateMachine } from 'xstate'
import { bookMachine } from '../../machines/book.machine.ts'
import { neighbourMachine } from '../../machines/neighbour.machine.ts'
import { orderMachine } from '../../machines/order.machine.ts'
import { peerMachine } from '../../machines/peer.machine.ts'
import { proposalMachine } from '../../machines/proposal.machine.ts'
import { transitionsOf } from '../support/transitions.ts'
import { mermaidOf } from './mermaid.ts'

const readmePath = join(import.meta.dirname, '../../machines/README.md')
const machines: readonly AnyStateMachine[] = [peerMachine, bookMachine, neighbourMachine, proposalMachine, orderMachine]

/** What composition must bring. Actions that are the machine's own are not here. */
const provided: Readonly<{ [machine: string]: readonly string[] }> = {
  peer: ['discover', 'sayGoodbye'],
  book: ['bridge', 'closeGroup', 'decide', 'decideToDrain', 'decideToOpen', 'letGo'],
  neighbour: ['beat', 'greet', 'replicate', 'startMatching', 'stopMatching'],
  proposal: ['propose', 'withdraw'],
  order: [],
}

describe.each(machines.map(machine => [machine.id, machine] as const))('the %s machine', (id, machine) => {
  test('comes back from JSON with the same transitions, but for the functions of context and input', () => {
    const { context } = machine.config as { readonly context: object }
    // XState keeps the types given to setup under `schemas`; they are no part of what the file says.
    const text = JSON.stringify({ ...(machine.config as object), schemas: undefined })
    const copy = createMachine({ ...(JSON.parse(text) as object), context }, machine.implementations as never)
    expect(mermaidOf(copy)).toBe(mermaidOf(machine))
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

  test('is drawn in the README as it is today', () => {
    const drawn = blockOf(id, mermaidOf(machine))
    const readme = readFileSync(readmePath, 'utf8')
    if (process.env['UPDATE_DIAGRAMS']) writeFileSync(readmePath, withBlock(readme, id, drawn))
    expect(readFileSync(readmePath, 'utf8')).toContain(drawn)
  })
})

test('a transition that is lost, or leads elsewhere, shows in the diagram', () => {
  const config = {
    id: 'light',
    initial: 'red',
    states: { red: { on: { go: 'green' } }, green: { on: { halt: 'red' }, after: { long: 'red' } } },
  }
  const drawn = mermaidOf(createMachine(config))
  expect(drawn).toContain('green --> red : halt<br/>after long')
  const states = { ...config.states, green: { on: { halt: 'green' } } }
  expect(mermaidOf(createMachine({ ...config, states }))).not.toBe(drawn)
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

function blockOf(id: string, diagram: string): string {
  return `<!-- diagram of ${id}: UPDATE_DIAGRAMS=1 npm test -- test/machines -->\n\n\`\`\`mermaid\n${diagram}\n\`\`\``
}

function withBlock(readme: string, id: string, block: string): string {
  const old = new RegExp(`<!-- diagram of ${id}:[^>]*-->\\n\\n\`\`\`mermaid\\n[^\`]*\`\`\``)
  if (!old.test(readme)) throw new Error(`the README of machines has no diagram of ${id}`)
  return readme.replace(old, () => block)
}
