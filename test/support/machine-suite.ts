/** The tests that every machine gets from its plan: one for each step of its graph, one for what they cover, one for faults they must notice. */
import { describe, expect, test } from 'vitest'
import { noteCoverage } from './coverage.ts'
import { MachineWalk, type Plan } from './machine-walk.ts'
import { copyOfMachine, mutantsOf } from './mutants.ts'
import { nodesOf, transitionsOf } from './transitions.ts'

/** Every path is walked once for every fault that nobody could notice. */
const faultsMsMax = 300_000

export interface Suite<C extends object> extends Plan<C> {
  /** Faults that nobody could notice, each with the reason. */
  readonly harmless: Readonly<Record<string, string>>
}

export function machineSuite<C extends object>(title: string, suite: Suite<C>): void {
  const walk = new MachineWalk<C>(suite)
  const idOf = (path: readonly string[]): string => [suite.machine.id, ...path].join('.')

  describe(title, () => {
    test.each(walk.named.map(path => [path.name, path] as const))('%s', (_, path) => {
      walk.go(path)
    })

    test('every state, step and transition has been walked, and every row of the table was needed', ({ task }) => {
      const walked = walk.goAll()
      const all = transitionsOf(suite.machine)
      const passed = all.filter(({ name }) => walked.transitions.has(name)).map(({ from }) => idOf(from))
      noteCoverage(
        task,
        { name: suite.machine.id, on: 'paths' },
        {
          // Nobody stands in a state that is left at once: it is walked when a way out of it is.
          states: {
            all: nodesOf(suite.machine.root).map(({ id }) => id),
            walked: new Set([...walked.states, ...passed]),
          },
          transitions: { all: all.map(({ name }) => name), walked: walked.transitions },
          steps: { all: walk.steps, walked: walked.steps },
        },
      )
      expect(walk.rowsWithoutUse(walked)).toEqual([])
    })

    test('a machine with any one fault is noticed', { timeout: faultsMsMax }, () => {
      expect(walk.isFooledBy(copyOfMachine(suite.machine)), 'a copy without a fault passes').toBe(true)
      const mutants = mutantsOf(suite.machine)
      const unnoticed = mutants.filter(({ machine }) => walk.isFooledBy(machine)).map(({ name }) => name)
      expect(unnoticed.sort()).toEqual(Object.keys(suite.harmless).sort())
    })
  })
}
