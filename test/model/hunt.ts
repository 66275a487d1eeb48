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
  /** Why nothing could be run: the product has moved on, and the patch must follow. Null when it could. */
  readonly broken: string | null
}

/** What vitest cannot load fails no test. */
class NotLoaded extends Error {}

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
    if (failed) return sentenceOf(failed.failureMessages[0])
    if (assertionResults.length === 0) throw new NotLoaded(message.split('\n')[0])
  }
  return null
}

async function hunted(mutant: Mutant): Promise<Hunted> {
  try {
    return { mutant, caught: await huntOne(mutant), broken: null }
  } catch (error) {
    if (error instanceof NotLoaded) return { mutant, caught: null, broken: error.message }
    throw error
  }
}

/** The invariant that is broken, or the step of a model after which it is not as it must be. */
function sentenceOf(text = ''): string {
  const lines = text.split('\n').map(line => line.trim())
  const broken = lines.find(line => line.includes('invariant '))?.replace(/^.*?(?=invariant )/, '')
  return broken ?? lines.findLast(line => line.split(' | ').length === 3) ?? lines[0] ?? ''
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

function rowOf({ mutant, caught, broken }: Hunted, width: number): string {
  const missed = broken === null ? 'not caught' : `cannot be run: ${broken}`
  return `${mutant.name.padEnd(width)}  ${caught ? `${caught.by}: ${caught.sentence}` : missed}`
}

async function hunt(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { jobs: { type: 'string', default: '2' }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const chosen = positionals.length > 0 ? positionals.map(mutantNamed) : mutants
  const width = Math.max(...chosen.map(({ name }) => name.length))
  const hunts$ = from(chosen).pipe(
    mergeMap(hunted, Number(values.jobs)),
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
