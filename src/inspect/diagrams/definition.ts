/**
 * A machine as JSON: what `createMachine` of XState takes, and with it Stately's editor, which imports that form. The functions of
 * `context`, `input` and `output` are no JSON and are left out; actions, guards, delays and actors are names.
 */
import type { AnyStateMachine } from 'xstate'
import { chartOf, type Chart } from '../web/chart.ts'

/** Ends with a line break, as files do. */
export function definitionOf(machine: AnyStateMachine): string {
  // XState keeps the types given to setup under `schemas`; they are no part of what the file says.
  return `${JSON.stringify({ ...(machine.config as object), schemas: undefined }, null, 2)}\n`
}

/** The machine as it is drawn, read from its definition, as the inspector's page reads it. */
export function chartFor(machine: AnyStateMachine): Chart {
  const chart = chartOf(definitionOf(machine))
  if (!chart) throw new Error(`${machine.id} has no states`)
  return chart
}
