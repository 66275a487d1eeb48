/** All that is written of the machines: a definition, a mermaid diagram and a picture of each, and their part of a README. */
import type { AnyStateMachine } from 'xstate'
import { chartFor, definitionOf } from './definition.ts'
import { layOut } from './layout.ts'
import { machines } from './machines.ts'
import { meaningsOf, tablesOf } from './meanings.ts'
import { mermaidOf } from './mermaid.ts'
import { pictureOf } from './picture.ts'

export interface DiagramFile {
  /** `peer.svg` */
  readonly name: string
  readonly text: string
}

/** One after the other, in the order of the machines: `.json`, `.mmd`, `.svg`. */
export async function diagramFiles(): Promise<DiagramFile[]> {
  const files: DiagramFile[] = []
  for (const machine of machines) files.push(...(await filesOf(machine)))
  return files
}

async function filesOf(machine: AnyStateMachine): Promise<DiagramFile[]> {
  const { id } = machine
  const chart = chartFor(machine)
  return [
    { name: `${id}.json`, text: definitionOf(machine) },
    { name: `${id}.mmd`, text: mermaidOf(chart) },
    { name: `${id}.svg`, text: pictureOf(chart, await layOut(chart)) },
  ]
}

/** The README with what stands between `<!-- begin of ID` and `<!-- end of ID -->` as the machines are today. */
export function readmeWith(readme: string): string {
  return machines.reduce((text, machine) => withPart(text, machine), readme)
}

function withPart(readme: string, machine: AnyStateMachine): string {
  const { id } = machine
  const [begin, end] = [`<!-- begin of ${id}: npm run diagrams -->`, `<!-- end of ${id} -->`]
  const [before, rest, ...more] = readme.split(begin)
  const [, after, ...others] = rest?.split(end) ?? []
  if (before === undefined || after === undefined || more.length + others.length > 0)
    throw new Error(`The README of machines must have the lines "${begin}" and "${end}", each once.`)
  return `${before}${begin}\n\n${partOf(machine)}\n\n${end}${after}`
}

function partOf(machine: AnyStateMachine): string {
  const { id } = machine
  const chart = chartFor(machine)
  const files = `As [JSON](diagrams/${id}.json), as [mermaid](diagrams/${id}.mmd).`
  return `![the statechart of ${id}](diagrams/${id}.svg)\n\n${files}\n\n${tablesOf(chart, meaningsOf(machine))}`
}
