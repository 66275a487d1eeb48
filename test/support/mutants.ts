/**
 * Copies of a machine, each with one fault: a transition lost, a target, a guard or an action lost, an entry, an exit or an
 * invoked actor lost. A test of the machine that does not notice one of them does not test that part.
 */
import { createMachine } from 'xstate'
import type { AnyStateMachine } from 'xstate'

export interface Mutant {
  /** `proposing on answer.missing #0: without noteReason` */
  readonly name: string
  readonly machine: AnyStateMachine
}

type Json = Record<string, unknown>
/** Changes a copy of the config in place. */
interface Fault {
  readonly name: string
  readonly apply: (config: Json) => void
}

export function mutantsOf(machine: AnyStateMachine): Mutant[] {
  return faultsOf(machine.config as Json, [], 'anywhere').map(({ name, apply }) => ({
    name,
    machine: copyOfMachine(machine, apply),
  }))
}

/** The same machine again, made from a copy of its config. Without a change it must pass for the original. */
export function copyOfMachine(
  machine: AnyStateMachine,
  change: (config: Json) => void = () => undefined,
): AnyStateMachine {
  const config = copyOf({ ...(machine.config as Json), schemas: {} }) as Json
  change(config)
  return createMachine(config, machine.implementations as object)
}

function faultsOf(state: Json, path: readonly string[], name: string): Fault[] {
  const on = Object.keys(objectOf(state['on'])).flatMap(key => listFaults(state, path, ['on', key], name))
  const after = Object.keys(objectOf(state['after'])).flatMap(key => listFaults(state, path, ['after', key], name))
  const rest = ['always', 'onDone'].flatMap(key => (key in state ? listFaults(state, path, [key], name) : []))
  const lost = ['entry', 'exit', 'invoke'].flatMap(key => (key in state ? lostFaults(state, path, key, name) : []))
  const inner = Object.entries(objectOf(state['states'])).flatMap(([key, child]) =>
    faultsOf(child as Json, [...path, 'states', key], path.length === 0 ? key : `${name}.${key}`),
  )
  return [...on, ...after, ...rest, ...lost, ...inner]
}

/** Each of several invoked actors is lost on its own. */
function lostFaults(state: Json, path: readonly string[], key: string, name: string): Fault[] {
  const all = listOf(state[key])
  return all.map((_, index) => ({
    name: `${name}: ${key} #${index} lost`,
    apply: config => set(config, [...path, key], copyOf(all.toSpliced(index, 1))),
  }))
}

function listFaults(state: Json, path: readonly string[], keys: readonly string[], name: string): Fault[] {
  const all = listOf(keys.reduce<unknown>((value, key) => (value as Json)[key], state)).map(asObject)
  const title = `${name} ${keys.join(' ')}`
  const replace = (fault: string, next: readonly unknown[]): Fault => ({
    name: fault,
    apply: config => set(config, [...path, ...keys], copyOf(next)),
  })
  return all.flatMap((transition, index) => {
    const label = `${title} #${index}`
    const without = (key: string) => {
      return all.with(index, Object.fromEntries(Object.entries(transition).filter(([name]) => name !== key)))
    }
    const actions = listOf(transition['actions'])
    return [
      replace(`${label}: lost`, all.toSpliced(index, 1)),
      ...['target', 'guard', 'reenter'].flatMap(key =>
        key in transition ? [replace(`${label}: without ${key}`, without(key))] : [],
      ),
      ...actions.map((action, place) =>
        replace(
          `${label}: without ${String(action)}`,
          all.with(index, { ...transition, actions: actions.toSpliced(place, 1) }),
        ),
      ),
    ]
  })
}

function set(config: Json, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((object, key) => object[key] as Json, config)
  parent[path.at(-1)!] = value
}

function asObject(transition: unknown): Json {
  return typeof transition === 'string' ? { target: transition } : (transition as Json)
}

/** Plain data is copied, functions are shared. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]))
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as unknown[]) : [value]
}
