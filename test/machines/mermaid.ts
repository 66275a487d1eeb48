/** A machine as a mermaid state diagram. What a state does without leaving it stands in a line or a note of its own. */
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { nameOf, transitionsOf, type Transition } from '../support/transitions.ts'

const indent = '  '

export function mermaidOf(machine: AnyStateMachine): string {
  const arrows = arrowsOf(transitionsOf(machine))
  const notes = notesOf(machine, transitionsOf(machine))
  const anywhere = [...arrows, ...notes].some(line => line.includes('anywhere'))
    ? ['  state "anywhere" as anywhere']
    : []
  return ['stateDiagram-v2', ...statesOf(machine.root, 1), ...anywhere, ...arrows, ...notes].join('\n')
}

function statesOf(node: AnyStateNode, depth: number): string[] {
  const pad = indent.repeat(depth)
  const children = Object.values(node.states) as AnyStateNode[]
  const initial = node.type === 'compound' ? (node.initial as { readonly target: readonly AnyStateNode[] }).target : []
  return [
    ...initial.map(target => `${pad}[*] --> ${idOf(target.path)}`),
    ...children.flatMap((child, index) => [
      ...(node.type === 'parallel' && index > 0 ? [`${pad}--`] : []),
      ...stateOf(child, depth),
    ]),
    ...children.filter(child => child.type === 'final').map(child => `${pad}${idOf(child.path)} --> [*]`),
  ]
}

function stateOf(node: AnyStateNode, depth: number): string[] {
  const pad = indent.repeat(depth)
  const title = `${pad}state "${node.key}" as ${idOf(node.path)}`
  if (node.type === 'atomic' || node.type === 'final') return [title]
  return [`${title} {`, ...statesOf(node, depth + 1), `${pad}}`]
}

/** One arrow between two states, however many events take it. */
function arrowsOf(transitions: readonly Transition[]): string[] {
  const labels = new Map<string, string[]>()
  for (const transition of transitions)
    for (const target of transition.to) {
      const arrow = `${indent}${idOf(transition.from)} --> ${idOf(target)}`
      labels.set(arrow, [...(labels.get(arrow) ?? []), labelOf(transition)])
    }
  return [...labels].map(([arrow, all]) => `${arrow} : ${all.join('<br/>')}`)
}

/** What happens within a state, and which actors run in it. */
function notesOf(machine: AnyStateMachine, transitions: readonly Transition[]): string[] {
  const nodes = [machine.root as AnyStateNode, ...descendantsOf(machine.root)]
  return nodes.flatMap(node => {
    const id = idOf(node.path)
    const invoked = (node.invoke as readonly { readonly src: unknown }[]).map(({ src }) => `runs ${String(src)}`)
    const within = transitions.filter(({ from, to }) => to.length === 0 && idOf(from) === id).map(withinOf)
    const lines = [...invoked, ...atEdge('entry', node.entry), ...within, ...atEdge('exit', node.exit)]
    return lines.length === 0
      ? []
      : [`${indent}note right of ${id}`, ...lines.map(line => indent.repeat(2) + line), `${indent}end note`]
  })
}

function atEdge(edge: 'entry' | 'exit', actions: readonly unknown[]): string[] {
  return actions.length === 0 ? [] : [`${edge} / ${actions.map(nameOf).join(', ')}`]
}

function withinOf(transition: Transition): string {
  return `${labelOf(transition)} / ${transition.actions.join(', ') || 'ignored'}`
}

function labelOf({ on, guard }: Transition): string {
  const event = on.replace(/^on /, '')
  return guard === null ? event : `${event} [${guard}]`
}

function descendantsOf(node: AnyStateNode): AnyStateNode[] {
  return (Object.values(node.states) as AnyStateNode[]).flatMap(child => [child, ...descendantsOf(child)])
}

/** The root has no box: what it says holds anywhere. */
function idOf(path: readonly string[]): string {
  return path.join('_') || 'anywhere'
}
