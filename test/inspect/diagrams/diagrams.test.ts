/** What is drawn and written of the machines: that it is of today, that it is complete, and that nothing in a picture overlaps. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createMachine, type AnyStateMachine } from 'xstate'
import { chartFor } from '../../../src/inspect/diagrams/definition.ts'
import { diagramFiles, readmeWith } from '../../../src/inspect/diagrams/diagrams.ts'
import { layOut } from '../../../src/inspect/diagrams/layout.ts'
import { machines } from '../../../src/inspect/diagrams/machines.ts'
import { meaningsOf } from '../../../src/inspect/diagrams/meanings.ts'
import { mermaidOf } from '../../../src/inspect/diagrams/mermaid.ts'
import type { Box, DrawnState } from '../../../src/inspect/web/chart-graph.ts'
import { transitionsOf } from '../../support/transitions.ts'

const home = join(import.meta.dirname, '../../../machines')
const named = machines.map(machine => [machine.id, machine] as const)

test('every file of machines/ is drawn, and nothing else', () => {
  const files = readdirSync(home).filter(name => name.endsWith('.machine.ts'))
  expect(named.map(([id]) => `${id}.machine.ts`).sort()).toEqual(files.sort())
})

test('what stands in machines/ is of today; `npm run diagrams` writes it', async () => {
  const files = await diagramFiles()
  expect(readdirSync(join(home, 'diagrams')).sort()).toEqual(files.map(({ name }) => name).sort())
  for (const { name, text } of files) expect(readFileSync(join(home, 'diagrams', name), 'utf8'), name).toBe(text)
  const readme = readFileSync(join(home, 'README.md'), 'utf8')
  expect(readmeWith(readme)).toBe(readme)
})

test('a README without a place for a machine is refused with a sentence', () => {
  expect(() => readmeWith('# machines\n')).toThrow('must have the lines "<!-- begin of peer: npm run diagrams -->" and')
})

describe.each(named)('the machine %s', (_, machine) => {
  test('says of every event and every delay what it means, and of nothing else', () => {
    const meanings = meaningsOf(machine)
    const said = [...Object.keys(meanings.events), ...Object.keys(meanings.delays ?? {}).map(name => `after ${name}`)]
    expect(said.sort()).toEqual([...triggersOf(machine)].sort())
    const sentences = [...Object.values(meanings.events), ...Object.values(meanings.delays ?? {})]
    expect(sentences.filter(sentence => !/^[A-Z].*\.$/.test(sentence))).toEqual([])
  })

  test('is drawn with nothing over anything else', async () => {
    const { states, arrows, starts, anywheres } = await layOut(chartFor(machine))
    const labels = arrows.flatMap(({ label }) => label ?? [])
    const leaves = states.filter(({ state }) => state.children.length === 0)
    const apart: Box[] = [...leaves, ...labels, ...starts, ...anywheres]
    expect(pairsOf(apart).filter(([one, other]) => overlap(one, other))).toEqual([])
    const heads = states.filter(({ state }) => state.children.length > 0).map(headOf)
    expect(heads.filter(head => apart.some(box => overlap(head, box)))).toEqual([])
    expect(states.filter(drawn => !liesWithin(drawn, states))).toEqual([])
    const crossed = labels.flatMap(label =>
      arrows.filter(arrow => arrow.label !== label && crosses(arrow.points, label)),
    )
    expect(crossed.map(({ label }) => label?.lines)).toEqual([])
  })
})

test('a transition that is lost, or leads elsewhere, shows in the diagram', () => {
  const config = {
    id: 'light',
    initial: 'red',
    states: { red: { on: { go: 'green' } }, green: { on: { halt: 'red' }, after: { long: 'red' } } },
  }
  const drawn = mermaidOf(chartFor(createMachine(config)))
  expect(drawn).toContain('green --> red : halt<br/>after long')
  const states = { ...config.states, green: { on: { halt: 'green' } } }
  expect(mermaidOf(chartFor(createMachine({ ...config, states })))).not.toBe(drawn)
})

/** What may happen to it, but for what follows by itself. */
function triggersOf(machine: AnyStateMachine): Set<string> {
  const triggers = transitionsOf(machine).map(({ on }) => on.replace(/^on /, ''))
  return new Set(triggers.filter(on => on !== 'always' && on !== 'done'))
}

function pairsOf<T>(all: readonly T[]): (readonly [T, T])[] {
  return all.flatMap((one, index) => all.slice(index + 1).map(other => [one, other] as const))
}

function overlap(one: Box, other: Box): boolean {
  const beside = one.x + one.width <= other.x || other.x + other.width <= one.x
  const below = one.y + one.height <= other.y || other.y + other.height <= one.y
  return !beside && !below
}

/** Where the title and the lines of a state with others in it stand. */
function headOf({ x, y, width, lines }: DrawnState): Box {
  return { x, y, width, height: 20 + 15 * lines.length }
}

function liesWithin({ state, x, y, width, height }: DrawnState, states: readonly DrawnState[]): boolean {
  const parent = states.find(one => one.state.id === state.parent)
  if (!parent) return true
  const [right, bottom] = [parent.x + parent.width, parent.y + parent.height]
  return x >= parent.x && y >= parent.y && x + width <= right && y + height <= bottom
}

/** Lines go straight up, down or sideways. */
function crosses(points: readonly { readonly x: number; readonly y: number }[], label: Box): boolean {
  return points.slice(1).some((to, index) => {
    const from = points[index] ?? to
    const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)]
    return overlap({ x, y, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) }, label)
  })
}
