/** What `npm run simulate` can be told, and its mistakes in sentences. */
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  campaignOrdersMax,
  campaignPeersMax,
  defaultBounds,
  faultNames,
  isFaultName,
  type Bounds,
  type FaultName,
  type Range,
} from '../scenario/campaign/bounds.ts'
import type { TraceOptions } from '../scenario/trace.ts'
import { readArguments, UsageError } from './usage.ts'

export interface SimulateOptions {
  readonly bounds: Bounds
  /** The first one. */
  readonly seed: number
  /** How many, one after the other; 1 shows more of it. */
  readonly seeds: number
  /** Wall-clock time after which no more seeds are begun, milliseconds; null when there is no such limit. */
  readonly limitMs: number | null
  readonly json: boolean
  /** How everything that happens is told; null: it is not. */
  readonly trace: TraceOptions | null
}

/** A program of the project's checkout that the command hands over to, with its arguments. */
export interface Errand {
  readonly program: readonly string[]
}

interface Raw {
  readonly seeds?: number
  readonly seed?: number
  readonly peers: Range
  readonly orders: Range
  readonly minutes?: number
  readonly only?: FaultName
  readonly without: readonly FaultName[]
  readonly mutant?: string
  readonly mutants: boolean
  readonly listMutants: boolean
  readonly compareNaive: boolean
  readonly realSignatures: boolean
  readonly json: boolean
  readonly trace: boolean
  readonly verbose: boolean
}

const seedMax = 2 ** 31 - 1
const seedsMax = 10_000_000
const minutesMax = 7 * 24 * 60
const seedsDefault = 500
const msPerMinute = 60_000

/** Ends the process after `--help`; throws a UsageError for what is wrong. */
export function readSimulateOptions(): SimulateOptions | Errand {
  const command = new Command('npm run simulate --')
    .description('Plays whole exchanges while things go wrong, each from one seed, and looks for what must never be.')
    .option('--seeds <number>', `how many, one after the other (default: ${seedsDefault})`, wholeNumber(1, seedsMax))
    .option('--seed <number>', 'the first one; alone: this one and no other', wholeNumber(0, seedMax))
    .addOption(rangeOption('--peers', 'how many peers, such as 2..6 or 3', [2, campaignPeersMax], defaultBounds.peers))
    .addOption(
      rangeOption(
        '--orders',
        'how many orders while things go wrong, such as 40..100; others follow when all is right',
        [1, campaignOrdersMax],
        defaultBounds.orders,
      ),
    )
    .option('--minutes <number>', 'begins no more seeds after so long', wholeNumber(1, minutesMax))
    .option('--only <fault>', `nothing but this goes wrong: ${faultNames.join(', ')}`, onlyFault)
    .addOption(
      new Option('--without <fault>', 'this does not go wrong; may be repeated').argParser(faults).default([], 'none'),
    )
    .option('--mutant <name>', 'with a seeded bug in the product', seededBug)
    .option('--mutants', 'how soon each seeded bug is caught', false)
    .option('--list-mutants', 'the seeded bugs', false)
    .option('--compare-naive', 'the same faults for peers that match every order they receive', false)
    .option('--real-signatures', 'Ed25519 in place of keyed hashes: what real peers use, and slower', false)
    .option('--trace', 'tell everything that happens in one seed: messages, journals, faults, users', false)
    .option('--verbose', 'with --trace: hellos, beats, heads and lookups as well', false)
    .option('--json', 'print one JSON object and nothing else', false)
    .allowExcessArguments(false)
  readArguments(command)
  const raw = command.opts<Raw>()
  const given = command.options
    .map(option => option.attributeName())
    .filter(name => command.getOptionValueSource(name) === 'cli')
  return errandOf(raw, given) ?? campaignOf(raw)
}

/** What another program takes over, with the options that it understands. */
function errandOf(raw: Raw, given: readonly string[]): Errand | null {
  const errands = [raw.listMutants, raw.mutants, raw.compareNaive, raw.mutant !== undefined].filter(Boolean)
  if (errands.length === 0) return null
  if (errands.length > 1)
    throw new UsageError('One of --mutant, --mutants, --list-mutants and --compare-naive at a time, please.')
  const words = passedOn(raw)
  if (raw.listMutants) return alone(given, '--list-mutants', ['json'], ['test/mutants/hunt.ts', '--list', ...words])
  if (raw.mutants) return alone(given, '--mutants', ['seeds', 'json'], ['test/mutants/hunt.ts', ...words])
  if (raw.compareNaive) return alone(given, '--compare-naive', ['seeds', 'json'], ['test/control/compare.ts', ...words])
  const own = process.argv.slice(2).filter((word, index, all) => word !== '--mutant' && all[index - 1] !== '--mutant')
  const others = own.filter(word => !word.startsWith('--mutant='))
  return { program: ['test/mutants/with-mutant.ts', raw.mutant ?? '', 'src/cli/simulate.ts', ...others] }
}

/** Of them one is given. */
const errandNames: readonly string[] = ['mutants', 'listMutants', 'compareNaive']

/** Of the other options it takes those and no more: what it does not heed nobody should think it does. */
function alone(given: readonly string[], name: string, taken: readonly string[], program: readonly string[]): Errand {
  const others = given.filter(option => !errandNames.includes(option) && !taken.includes(option))
  if (others.length === 0) return { program }
  throw new UsageError(`Beside ${name} only ${taken.map(option => `--${option}`).join(' and ')} may stand.`)
}

function passedOn({ seeds, json }: Raw): string[] {
  return [...(seeds === undefined ? [] : ['--seeds', `${seeds}`]), ...(json ? ['--json'] : [])]
}

function campaignOf(raw: Raw): SimulateOptions {
  const { peers, orders, only = null, without, realSignatures: hasRealSignatures } = raw
  if (only !== null && without.length > 0)
    throw new UsageError('--only leaves one kind of fault, and --without takes from all kinds: drop one of the two.')
  const seeds = raw.seeds ?? (raw.seed === undefined ? seedsDefault : 1)
  const seed = raw.seed ?? 1
  if (seed + seeds - 1 > seedMax)
    throw new UsageError(`The greatest seed is ${seedMax}: from ${seed} on there are not ${seeds}.`)
  if (raw.trace && seeds > 1) throw new UsageError('--trace tells of one seed: say which, such as --seed 7 --trace.')
  if (raw.trace && raw.json) throw new UsageError('--trace is for people and --json for programs: drop one of them.')
  if (raw.verbose && !raw.trace) throw new UsageError('--verbose tells more of a trace: add --trace.')
  return {
    bounds: { peers, orders, only, without, hasRealSignatures },
    seed,
    seeds,
    limitMs: raw.minutes === undefined ? null : raw.minutes * msPerMinute,
    json: raw.json,
    trace: raw.trace ? { isVerbose: raw.verbose } : null,
  }
}

/** The seeded bug that everything is played with; null: the product as it is. */
export function mutantName(): string | null {
  const { PEERBOOK_MUTANT: mutant } = process.env
  return mutant === undefined ? null : (JSON.parse(mutant) as { name: string }).name
}

/** How the story of a failure is played again. */
export function storyHeading(): string {
  const mutant = mutantName()
  if (mutant === null) return 'As a scenario that fails by itself, for test/scenarios:'
  return `As a scenario that fails with the mutant: npx tsx test/mutants/with-mutant.ts ${mutant} src/cli/scenario.ts FILE`
}

/** The words with which somebody else plays one of the seeds. */
export function replayCommand(seed: number, { peers, orders, only, without, hasRealSignatures }: Bounds): string {
  const mutant = mutantName()
  const words = [
    ...(String(peers) === String(defaultBounds.peers) ? [] : [`--peers ${peers.join('..')}`]),
    ...(String(orders) === String(defaultBounds.orders) ? [] : [`--orders ${orders.join('..')}`]),
    ...(only === null ? [] : [`--only ${only}`]),
    ...without.map(name => `--without ${name}`),
    ...(hasRealSignatures ? ['--real-signatures'] : []),
    ...(mutant === null ? [] : [`--mutant ${mutant}`]),
  ]
  return ['npm run simulate -- --seed', seed, ...words].join(' ')
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

function rangeOption(flag: string, description: string, [least, most]: Range, usual: Range): Option {
  const option = new Option(`${flag} <range>`, description)
  return option.argParser(range(least, most)).default(usual, usual.join('..'))
}

function range(least: number, most: number): (text: string) => Range {
  return text => {
    const [, from, to = from] = /^(\d{1,6})(?:\.\.(\d{1,6}))?$/.exec(text) ?? []
    const [min, max] = [Number(from), Number(to)]
    if (min >= least && max <= most && min <= max) return [min, max]
    throw new InvalidArgumentError(
      `It must be a number from ${least} to ${most}, or two of them, the smaller one first, such as ${least}..${most}.`,
    )
  }
}

function seededBug(name: string): string {
  if (!name.startsWith('-')) return name
  throw new InvalidArgumentError('It needs a name; --list-mutants has them all.')
}

function onlyFault(word: string, before?: FaultName): FaultName {
  if (before === undefined) return fault(word)
  throw new InvalidArgumentError('It may be given once: one kind of fault and no other.')
}

function fault(word: string): FaultName {
  if (isFaultName(word)) return word
  throw new InvalidArgumentError(`The kinds of faults are ${faultNames.join(', ')}.`)
}

function faults(word: string, before: readonly FaultName[]): readonly FaultName[] {
  return [...before, fault(word)]
}
