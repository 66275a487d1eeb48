/**
 * The hunt: plays the campaign's seeds with each mutant until it is caught, on both cores, and prints which seed and which checker
 * caught it. `tsx test/mutants/hunt.ts [NAME...] [--seeds N] [--jobs N] [--json] [--list]`. Exit code 1 when one is not caught.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { from, lastValueFrom, mergeMap, tap, toArray } from 'rxjs'
import { runCommand } from '../../src/cli/usage.ts'
import { mutantNamed, mutants } from './catalogue.ts'
import type { Mutant } from './mutant.ts'
import type { Catch } from './play-until-caught.ts'
import { outputOf } from './output-of.ts'
import { programWith } from './with-mutant.ts'

interface Hunted {
  readonly mutant: Mutant
  /** Null: it got away. */
  readonly caught: Catch | null
}

const player = join(import.meta.dirname, 'play-until-caught.ts')
/** Within so many seeds half of all mutants must be caught. */
const soonMax = 20
const sentenceCharactersMax = 200

async function playWith(mutant: Mutant | null, first: number, last: number): Promise<Catch | null> {
  return JSON.parse(await outputOf(programWith(mutant, player, [String(first), String(last)]))) as Catch | null
}

function hunted(all: readonly Mutant[], seeds: number, jobs: number, told: (one: Hunted) => void): Promise<Hunted[]> {
  const hunts$ = from(all).pipe(
    mergeMap(async mutant => ({ mutant, caught: await playWith(mutant, 1, seeds) }), jobs),
    tap(told),
    toArray(),
  )
  return lastValueFrom(hunts$)
}

function rowOf({ mutant, caught }: Hunted): string {
  const name = mutant.name.padEnd(nameCharacters)
  if (!caught) return `${name}     -  NOT CAUGHT  ${mutant.sentence}`
  const [line = ''] = caught.sentence.split('\n')
  return `${name}  ${String(caught.seed).padStart(4)}  ${caught.by}: ${line.slice(0, sentenceCharactersMax)}`
}

const nameCharacters = Math.max(...mutants.map(({ name }) => name.length))

function summaryOf(all: readonly Hunted[], seeds: number): string[] {
  const caught = all.flatMap(one => (one.caught ? [one.caught.seed] : []))
  const soon = caught.filter(seed => seed <= soonMax).length
  const missed = all.filter(one => !one.caught).map(({ mutant }) => mutant.name)
  return [
    `${caught.length} of ${all.length} mutants caught within ${seeds} seeds, ${soon} of them within ${soonMax}`,
    ...(missed.length > 0 ? [`not caught: ${missed.join(', ')}`] : []),
  ]
}

/** What catches a mutant must find nothing without it. */
async function findInProduct(all: readonly Hunted[]): Promise<Catch | null> {
  return playWith(null, 1, Math.max(1, ...all.map(one => one.caught?.seed ?? 0)))
}

async function hunt(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      seeds: { type: 'string', default: '500' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const chosen = positionals.length > 0 ? positionals.map(mutantNamed) : mutants
  if (values.list) {
    if (values.json) console.log(JSON.stringify(chosen.map(({ name, sentence }) => ({ name, sentence }))))
    else for (const { name, sentence } of chosen) console.log(`${name.padEnd(nameCharacters)}  ${sentence}`)
    return 0
  }
  const seeds = Number(values.seeds)
  const tell = (one: Hunted): void => {
    if (!values.json) console.log(rowOf(one))
  }
  const all = await hunted(chosen, seeds, Number(values.jobs), tell)
  const inProduct = await findInProduct(all)
  const isGood = inProduct === null && all.every(({ caught }) => caught)
  if (values.json) console.log(JSON.stringify({ seeds, hunted: all, inProduct, isGood }))
  else for (const line of [...summaryOf(all, seeds), productLine(inProduct)]) console.log(line)
  return isGood ? 0 : 1
}

function productLine(found: Catch | null): string {
  return found
    ? `the product without any mutant fails, too, so the above proves nothing: seed ${found.seed}, ${found.by}: ${found.sentence}`
    : 'the same seeds find nothing in the product without a mutant'
}

await runCommand(async () => void (process.exitCode = await hunt()))
