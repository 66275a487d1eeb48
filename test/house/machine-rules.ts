/**
 * What each file of machines/ must be: one machine whose every action, guard, delay and actor is a name with an
 * implementation, whose every state is described and can be reached, and whose config is plain JSON but for the functions of `context`,
 * `input` and `output`. Loads the files, since only the machine that they make can say so.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { filesBelow, lineOf, parseFile, walk } from './source-tree.ts'
import type { Violation } from './source-tree.ts'

/** A fault of a config and the keys that lead to it. */
interface Fault {
  readonly path: readonly string[]
  readonly sentence: string
}
type Path = readonly string[]
type Json = Readonly<Record<string, unknown>>
type Kind = 'actions' | 'guards' | 'delays' | 'actors'

const functionsAllowed = new Set(['context', 'input', 'output'])

export function machineFiles(root: string): string[] {
  return filesBelow(root, 'machines').filter(path => path.endsWith('.machine.ts'))
}

export async function machineViolations(root: string): Promise<Violation[]> {
  const found: Violation[] = []
  for (const path of machineFiles(root)) found.push(...(await violationsOf(root, path)))
  return found
}

async function violationsOf(root: string, path: string): Promise<Violation[]> {
  const exported: unknown = await import(/* @vite-ignore */ pathToFileURL(join(root, path)).href)
  const machines = Object.values(exported as Json).filter(isMachine)
  const [machine] = machines
  if (machine === undefined || machines.length > 1) {
    return [{ file: path, line: 1, sentence: `exports ${machines.length} machines, must be exactly one` }]
  }
  return faultsOf(machine).map(fault => ({
    file: path,
    line: lineOfConfig(root, path, fault.path),
    sentence: `${fault.path.join('.') || 'the machine'}: ${fault.sentence}`,
  }))
}

/** By its shape: a copy of the tree may load a copy of XState. */
function isMachine(value: unknown): value is AnyStateMachine {
  return isJson(value) && 'config' in value && 'implementations' in value && 'root' in value
}

function faultsOf(machine: AnyStateMachine): Fault[] {
  // XState keeps the types given to setup under `schemas`; they are no part of what the file says.
  const config = Object.fromEntries(Object.entries(machine.config as Json).filter(([key]) => key !== 'schemas'))
  return [
    ...stateFaults(config, [], machine.implementations as unknown as Json),
    ...reachFaults(machine),
    ...jsonFaults(config, []),
  ]
}

/** Guards are taken to hold: whether they ever do is for the tests that walk the machine. */
function reachFaults({ root }: AnyStateMachine): Fault[] {
  const reached = new Set<AnyStateNode>()
  reach(root, reached)
  return nodesOf(root)
    .filter(node => !reached.has(node))
    .map(({ path }) => ({
      path: (path as readonly string[]).flatMap(key => ['states', key]),
      sentence: 'nothing leads to the state',
    }))
}

/** Enters a state: with all around it, what it enters first, and whatever leads on from there. */
function reach(node: AnyStateNode, reached: Set<AnyStateNode>): void {
  if (reached.has(node)) return
  reached.add(node)
  if (node.parent) reach(node.parent, reached)
  for (const next of [...firstIn(node), ...targetsOf(node)]) reach(next, reached)
}

function firstIn(node: AnyStateNode): readonly AnyStateNode[] {
  if (node.type === 'parallel') return Object.values(node.states) as AnyStateNode[]
  return node.type === 'compound' ? node.initial.target : []
}

function targetsOf(node: AnyStateNode): readonly AnyStateNode[] {
  const transitions = [...node.transitions.values(), node.always ?? []].flat()
  return transitions.flatMap(({ target }) => (target ?? []) as readonly AnyStateNode[])
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...(Object.values(node.states) as AnyStateNode[]).flatMap(nodesOf)]
}

function stateFaults(state: Json, path: Path, known: Json): Fault[] {
  const { description } = state
  const isDescribed =
    typeof description === 'string' ? description.trim() !== '' : path.length === 0 && description === undefined
  return [
    ...(isDescribed ? [] : [{ path, sentence: 'the state has no description' }]),
    ...listOf(state['entry']).flatMap(action => nameFaults('actions', action, [...path, 'entry'], known)),
    ...listOf(state['exit']).flatMap(action => nameFaults('actions', action, [...path, 'exit'], known)),
    ...listOf(state['invoke']).flatMap(invoke => invokeFaults(invoke, [...path, 'invoke'], known)),
    ...eventFaults(state['on'], [...path, 'on'], known),
    ...delayFaults(state['after'], [...path, 'after'], known),
    ...['always', 'onDone'].flatMap(key => transitionFaults(state[key], [...path, key], known)),
    ...entriesOf(state['states']).flatMap(([key, child]) => stateFaults(child, [...path, 'states', key], known)),
  ]
}

function invokeFaults(invoke: unknown, path: Path, known: Json): Fault[] {
  if (!isJson(invoke)) return [{ path, sentence: 'the actor is not named' }]
  return [
    ...nameFaults('actors', invoke['src'], [...path, 'src'], known),
    ...['onDone', 'onError', 'onSnapshot'].flatMap(key => transitionFaults(invoke[key], [...path, key], known)),
  ]
}

function eventFaults(on: unknown, path: Path, known: Json): Fault[] {
  return Object.entries(isJson(on) ? on : {}).flatMap(([key, one]) => transitionFaults(one, [...path, key], known))
}

function delayFaults(after: unknown, path: Path, known: Json): Fault[] {
  return Object.entries(isJson(after) ? after : {}).flatMap(([key, one]) => [
    ...nameFaults('delays', key, [...path, key], known),
    ...transitionFaults(one, [...path, key], known),
  ])
}

function transitionFaults(transitions: unknown, path: Path, known: Json): Fault[] {
  return listOf(transitions).flatMap(one => {
    if (!isJson(one)) return []
    const guards = one['guard'] === undefined ? [] : nameFaults('guards', one['guard'], [...path, 'guard'], known)
    const actions = listOf(one['actions']).flatMap(action => nameFaults('actions', action, [...path, 'actions'], known))
    return [...guards, ...actions]
  })
}

/** A name that has no implementation is silently ignored by XState, so it is a fault here. */
function nameFaults(kind: Kind, reference: unknown, path: Path, known: Json): Fault[] {
  const name = isJson(reference) ? reference['type'] : reference
  const singular = kind.slice(0, -1)
  if (typeof name !== 'string') return [{ path, sentence: `the ${singular} is not named` }]
  const implementations = known[kind]
  if (isJson(implementations) && name in implementations) return []
  return [{ path, sentence: `the ${singular} ${name} has no implementation in setup` }]
}

function jsonFaults(value: unknown, path: Path): Fault[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return []
  if (typeof value === 'function' && functionsAllowed.has(path.at(-1) ?? '')) return []
  if (!isPlain(value)) return [{ path, sentence: `this ${typeof value} does not survive a JSON round trip` }]
  return Object.entries(value).flatMap(([key, one]) => jsonFaults(one, [...path, key]))
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function entriesOf(states: unknown): [string, Json][] {
  return Object.entries(isJson(states) ? states : {}).filter((entry): entry is [string, Json] => isJson(entry[1]))
}

/** Where the text says it: the literal given to `createMachine`, followed along the path as far as it goes. */
function lineOfConfig(root: string, path: string, keys: Path): number {
  const source = parseFile(root, path)
  let node: ts.Node = configLiteral(source) ?? source
  for (const key of keys) node = memberOf(node, key) ?? node
  return lineOf(source, node)
}

function configLiteral(source: ts.SourceFile): ts.Node | undefined {
  let literal: ts.Node | undefined
  walk(source, node => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return
    if (node.expression.name.text === 'createMachine') literal ??= node.arguments[0]
  })
  return literal
}

function memberOf(node: ts.Node, key: string): ts.Node | undefined {
  const value = ts.isPropertyAssignment(node) ? node.initializer : node
  if (!ts.isObjectLiteralExpression(value)) return undefined
  return value.properties.find(property => property.name !== undefined && nameText(property.name) === key)
}

function nameText(name: ts.PropertyName): string {
  return ts.isStringLiteralLike(name) || ts.isNumericLiteral(name) || ts.isIdentifier(name) ? name.text : name.getText()
}
