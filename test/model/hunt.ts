/**
 * Which seeded bugs of test/mutants `npm run test:model` catches by itself: `npm run test:model:mutants [-- NAME... --jobs N --json]`. Runs the
 * tests under each mutant, the quicker ones first, until one fails; and without any mutant, since what fails then proves nothing.
 * Exit code 1 when fewer than ten are caught, of those that were asked for when these are fewer.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { from, lastValueFrom, mergeMap, tap, toArray } from 'rxjs'
import { mutantNamed, mutants } from '../mutants/catalogue.ts'
import type { Mutant } from '../mutants/mutant.ts'

interface Catch {
  /** `trade.test.ts`: the first part of test:model that fails. */
  readonly by: string
  readonly sentence: string
}

interface Hunted {
  readonly mutant: Mutant
  /** Null: it got away. */
  readonly caught: Catch | null
}

interface Report {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly failureMessages: readonly string[] }[]
  }[]
}

const root = join(import.meta.dirname, '../..')
/** Files of test/model, with what their tests are called: those in real time find nothing more. */
const parts: readonly (readonly [file: string, tests: string])[] = [
  ['trade.test.ts', 'simulated'],
  ['availability.test.ts', 'simulated'],
  ['interleaving.test.ts', ''],
  ['order.test.ts', 'statechart'],
  ['exchange.test.ts', ''],
]
const enough = 10
const sentenceCharactersMax = 160

async function huntOne(mutant: Mutant | null): Promise<Catch | null> {
  for (const [file, tests] of parts) {
    const sentence = await failureOf(mutant, file, tests)
    if (sentence !== null) return { by: file, sentence: sentence.slice(0, sentenceCharactersMax) }
  }
  return null
}

/** What the first test that fails says; null when all pass. */
async function failureOf(mutant: Mutant | null, file: string, tests: string): Promise<string | null> {
  const words = ['run', '--config', 'test/vitest.config.ts', '--reporter=json', '--bail=1', `test/model/${file}`]
  const report = await reportOf(mutant, tests === '' ? words : [...words, '-t', tests])
  for (const { message, assertionResults } of report.testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed')
    if (failed) return firstLine(failed.failureMessages[0])
    if (assertionResults.length === 0) return firstLine(message)
  }
  return null
}

function firstLine(text = ''): string {
  return text.split('\n').find(line => line.trim() !== '') ?? 'it fails'
}

function reportOf(mutant: Mutant | null, words: readonly string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, NODE_OPTIONS: '--conditions=development' }
    const env = mutant ? { ...environment, PEERBOOK_MUTANT: JSON.stringify(mutant) } : environment
    const program = join(root, 'node_modules/vitest/vitest.mjs')
    const child = spawn(process.execPath, [program, ...words], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, errors]: [string[], string[]] = [[], []]
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
    child.on('error', reject)
    child.on('close', () => {
      const line = output
        .join('')
        .split('\n')
        .find(text => text.startsWith('{'))
      if (line === undefined) reject(new Error(`vitest has reported nothing: ${errors.join('')}`))
      else resolve(JSON.parse(line) as Report)
    })
  })
}

function rowOf({ mutant, caught }: Hunted, width: number): string {
  return `${mutant.name.padEnd(width)}  ${caught ? `${caught.by}: ${caught.sentence}` : 'not caught'}`
}

async function hunt(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { jobs: { type: 'string', default: '2' }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const chosen = positionals.length > 0 ? positionals.map(mutantNamed) : mutants
  const width = Math.max(...chosen.map(({ name }) => name.length))
  const hunts$ = from(chosen).pipe(
    mergeMap(async mutant => ({ mutant, caught: await huntOne(mutant) }), Number(values.jobs)),
    tap(one => values.json || console.log(rowOf(one, width))),
    toArray(),
  )
  const all = await lastValueFrom(hunts$)
  const inProduct = await huntOne(null)
  const caught = all.filter(one => one.caught).length
  const isGood = inProduct === null && caught >= Math.min(enough, chosen.length)
  if (values.json) console.log(JSON.stringify({ hunted: all, inProduct, isGood }))
  else console.log(`${caught} of ${chosen.length} caught by test:model; ${productLine(inProduct)}`)
  return isGood ? 0 : 1
}

function productLine(found: Catch | null): string {
  if (!found) return 'it finds nothing without a mutant'
  return `it fails without any mutant, too, so this proves nothing: ${found.by}: ${found.sentence}`
}

process.exitCode = await hunt()
