/** Every file of test/scenarios is played in simulation, and on Grenache where its head says so. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStage } from '../../src/scenario/open-stage.ts'
import type { Performance } from '../../src/scenario/play-scenario.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import type { TransportName } from '../../src/scenario/stage.ts'
import { expectAsWritten, played, readScenario } from './played.ts'

const folder = join(import.meta.dirname, '../scenarios')
/** A day of virtual time, on a busy machine. */
const testMsMax = 120_000
const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

const scenarios = readdirSync(folder)
  .filter(file => file.endsWith('.txt'))
  .sort()
  .map(file => readScenario(readFileSync(join(folder, file), 'utf8'), `test/scenarios/${file}`))

async function playedOn(transport: TransportName, scenario: Scenario): Promise<void> {
  const stage = await openStage(transport, scenario.seeds?.[0] ?? 1)
  try {
    await expectAsWritten(scenario, stage)
  } finally {
    await stage.close()
  }
}

async function playedWithEach(list: readonly number[], scenario: Scenario): Promise<Performance[]> {
  const performances: Performance[] = []
  for (const seed of list) performances.push(await played(scenario, seed))
  return performances
}

/** `...`: whatever is told, it is as written. */
function takesAnything(lines: readonly string[]): boolean {
  return lines.join('\n') === '...'
}

function nameOf({ title, file }: Scenario): string {
  return `${title} (${file})`
}

describe('in simulation', () => {
  for (const scenario of scenarios) test(nameOf(scenario), () => playedOn('simulated', scenario), testMsMax)

  const varied = scenarios.filter(({ seeds: named }) => named?.length !== 1)
  test.each(varied)('twelve seeds tell what is written, and all that is written: $file', async scenario => {
    const performances = await playedWithEach(scenario.seeds ?? seeds, scenario)
    const told = scenario.steps.filter(({ alternatives }) => !alternatives.some(takesAnything))
    const heard = told.map(step => {
      const index = scenario.steps.indexOf(step)
      const answers = performances.map(({ steps }) => steps[index]?.answer.join('\n') ?? 'nothing')
      return { line: step.line, answers: [...new Set(answers)].sort() }
    })
    const written = told.map(({ line, alternatives }) => ({
      line,
      answers: alternatives.map(lines => lines.join('\n')).sort(),
    }))
    expect(heard).toEqual(written)
  })
})

describe('on Grenache', () => {
  const real = scenarios.filter(({ transports }) => transports.includes('grenache'))
  for (const scenario of real) test(nameOf(scenario), () => playedOn('grenache', scenario), testMsMax)
})

test('every scenario begins with a sentence and ends with a check', () => {
  const wrong = scenarios.filter(({ title, steps }) => {
    const last = steps.at(-1)?.commands.at(-1)
    return !/^[A-Z].*\.$/.test(title) || last?.type !== 'check'
  })
  expect(wrong.map(({ file }) => file)).toEqual([])
})
