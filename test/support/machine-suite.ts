/** The tests that every machine gets from its plan: one for each step of its graph, one for what they cover, one for faults they must notice. */
import { describe, expect, test } from 'vitest'
import { coverageTable, MachineWalk, type Plan } from './machine-walk.ts'
import { copyOfMachine, mutantsOf } from './mutants.ts'
import { transitionsOf } from './transitions.ts'

/** Every path is walked once for every fault that nobody could notice. */
const faultsMsMax = 300_000

export interface Suite<C extends object> extends Plan<C> {
  /** Faults that nobody could notice, each with the reason. */
  readonly harmless: Readonly<Record<string, string>>
}

export function machineSuite<C extends object>(title: string, suite: Suite<C>): void {
  const walk = new MachineWalk<C>(suite)

  describe(title, () => {
    test.each(walk.named.map(path => [path.name, path] as const))('%s', (_, path) => {
      walk.go(path)
    })

    test('every state, step and transition has been walked, and every row of the table was needed', () => {
      const walked = walk.goAll()
      const all = transitionsOf(suite.machine)
      console.log(coverageTable(suite.machine.id, walked, walk, all))
      expect([...walk.steps].filter(step => !walked.steps.has(step))).toEqual([])
      expect(all.filter(({ name }) => !walked.transitions.has(name)).map(({ name }) => name)).toEqual([])
      expect(walk.rowsWithoutUse(walked)).toEqual([])
    })

    test('a machine with any one fault is noticed', { timeout: faultsMsMax }, () => {
      expect(walk.isFooledBy(copyOfMachine(suite.machine)), 'a copy without a fault passes').toBe(true)
      const mutants = mutantsOf(suite.machine)
      const unnoticed = mutants.filter(({ machine }) => walk.isFooledBy(machine)).map(({ name }) => name)
      console.log(
        `${suite.machine.id.padEnd(10)} ${mutants.length - unnoticed.length} of ${mutants.length} faults noticed`,
      )
      expect(unnoticed.sort()).toEqual(Object.keys(suite.harmless).sort())
    })
  })
}
