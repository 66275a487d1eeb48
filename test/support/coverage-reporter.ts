/**
 * Shows at the end of a run what of every machine and every model has been walked, as one table. When all of test/model has run, it
 * also makes the run fail for what nobody has walked, or not whole.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import colours from 'picocolors'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { Coverage, Share } from './coverage.ts'

const root = join(import.meta.dirname, '../..')
const headings = ['walked', 'on', 'states', 'transitions', 'steps'] as const

export class CoverageReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(one => [...one.children.allTests()])
    const rows = tests.flatMap(test => test.meta().coverage ?? [])
    if (rows.length === 0) return
    const missing = isWhole(modules, tests) ? missingIn(rows) : []
    for (const line of tableOf(rows)) process.stdout.write(`${line}\n`)
    for (const sentence of missing) process.stdout.write(`${colours.red(sentence)}\n`)
    if (missing.length > 0 || !rows.every(isFull)) process.exitCode = 1
  }
}

/** Nothing of test/model was left out. */
function isWhole(modules: readonly TestModule[], tests: readonly TestCase[]): boolean {
  const ran = new Set(modules.map(({ moduleId }) => moduleId))
  const files = namesIn('test/model', '.test.ts').map(name => join(root, 'test/model', `${name}.test.ts`))
  const ofModel = tests.filter(({ module }) => files.includes(module.moduleId))
  return files.every(file => ran.has(file)) && ofModel.every(test => test.result().state !== 'skipped')
}

/** Every machine is walked along its paths or by whole exchanges, every model on both grounds. */
function missingIn(rows: readonly Coverage[]): string[] {
  const machines = namesIn('machines', '.machine.ts').filter(machine => !rows.some(({ name }) => name === machine))
  const models = namesIn('test/model', '.model.ts').flatMap(model =>
    (['simulated', 'grenache'] as const).flatMap(ground =>
      rows.some(({ name, on }) => name === model && on === ground) ? [] : [`${model} on ${ground}`],
    ),
  )
  return [...machines, ...models].map(name => `Nobody has walked ${name}.`)
}

function namesIn(folder: string, ending: string): string[] {
  const files = readdirSync(join(root, folder)).filter(file => file.endsWith(ending))
  return files.map(file => file.slice(0, -ending.length))
}

/** Aligned: words to the left, figures to the right. */
function tableOf(rows: readonly Coverage[]): string[] {
  const sorted = [...rows].sort((one, other) => orderOf(one) - orderOf(other))
  const cells = [headings, ...sorted.map(cellsOf)]
  const widths = headings.map((_, column) => Math.max(...cells.map(row => row[column]!.length)))
  const lines = cells.map(row =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('   '),
  )
  return ['', ...lines.map((line, index) => colouredAs(sorted[index - 1], line)), '']
}

/** Along paths first, then in simulation, then on Grenache. */
function orderOf({ on }: Coverage): number {
  return ['paths', 'simulated', 'grenache'].indexOf(on)
}

function colouredAs(row: Coverage | undefined, line: string): string {
  if (!row) return colours.bold(line)
  return isFull(row) ? line : colours.red(line)
}

function cellsOf({ name, on, states, transitions, steps }: Coverage): string[] {
  return [name, on, ...[states, transitions, steps].map(({ walked, all }) => `${walked}/${all}`)]
}

function isFull({ states, transitions, steps }: Coverage): boolean {
  return [states, transitions, steps].every(({ walked, all }: Share) => walked === all)
}
