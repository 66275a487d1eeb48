/** Reads a scenario from its file; what is wrong with either is a UsageError. */
import { readFileSync } from 'node:fs'
import { isRefusal } from '../book/refusal.ts'
import { parseScenario } from '../scenario/parse-scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { TransportName } from '../scenario/stage.ts'
import { UsageError } from './usage.ts'

export interface Script {
  readonly text: string
  readonly scenario: Scenario
}

/** `remedy` says how to have it simulated when it can only be that. */
export function readScript(file: string, transport: TransportName, remedy: string): Script {
  const text = readText(file)
  const scenario = parseScenario(text, file)
  if (isRefusal(scenario)) throw new UsageError(scenario.sentence)
  const { simulatedFrom } = scenario
  if (transport === 'grenache' && simulatedFrom !== null)
    throw new UsageError(`${file}:${simulatedFrom}: Faults, crash and restart can only be simulated; ${remedy}.`)
  return { text, scenario }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : code
    throw new UsageError(`${file} cannot be read: ${reason}.`)
  }
}
