/** Reads and plays scenarios for tests. */
import { expect } from 'vitest'
import { isRefusal } from '../../src/book/refusal.ts'
import { parseScenario } from '../../src/scenario/parse-scenario.ts'
import { playScenario, type Performance } from '../../src/scenario/play-scenario.ts'
import { differenceLines, failureLine, type Colours } from '../../src/scenario/report.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import type { Stage } from '../../src/scenario/stage.ts'

const same = (text: string): string => text

export const noColours: Colours = { dim: same, bold: same, red: same, green: same }

export function readScenario(text: string, file = 'story.txt'): Scenario {
  const scenario = parseScenario(text, file)
  if (isRefusal(scenario)) throw new Error(scenario.sentence)
  return scenario
}

/** The sentence by which a text is refused. */
export function refusalOf(text: string): string {
  const scenario = parseScenario(text, 'story.txt')
  return isRefusal(scenario) ? scenario.sentence : 'it is understood'
}

/** Plays in simulation, in virtual time. */
export function played(scenario: Scenario, seed = 1): Promise<Performance> {
  return playScenario(scenario, new SimulatedStage(seed))
}

/** Fails with the differences, as a person would read them. */
export async function expectAsWritten(scenario: Scenario, stage: Stage): Promise<void> {
  const { steps, failure } = await playScenario(scenario, stage)
  const differences = steps
    .filter(step => !step.isExpected)
    .flatMap(step => differenceLines(step, scenario.file, noColours))
  const failures = failure ? [failureLine(scenario.file, failure)] : []
  expect([...differences, ...failures].join('\n')).toBe('')
}
