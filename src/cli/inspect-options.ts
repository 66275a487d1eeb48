/** What `npm run inspect` can be told, and the mistakes in sentences. Starts nothing. */
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { limits } from '../limits.ts'
import { parsePort } from './port.ts'
import { parseSeed } from './seed.ts'
import { readArguments, UsageError } from './usage.ts'

export interface InspectOptions {
  readonly scenario: string
  readonly live: boolean
  readonly port: number
  /** `--no-open`: the URL is printed and nothing is opened. `--open FILE`: a recording is shown, nothing is played. */
  readonly opensBrowser: boolean
  readonly recordingToOpen: string | null
  readonly record: string | null
  readonly speed: number
  readonly isPaused: boolean
  readonly seed: number | null
  readonly stately: boolean
}

/** As commander names them. `--open FILE` and `--no-open`, which it takes for one, are kept apart from them. */
interface Given {
  readonly live: boolean
  readonly port?: number
  readonly record?: string
  readonly speed: number
  readonly paused: boolean
  readonly seed?: number
  readonly stately: boolean
}

/** What says what is played, and how. */
const ofPlaying = ['live', 'record', 'speed', 'paused', 'seed'] as const

const storyOfTheHouse = join(import.meta.dirname, '../../test/scenarios/two-takers.txt')

/** Ends the process after `--help`; throws a UsageError for what is wrong. */
export function readInspectOptions(): InspectOptions {
  const command = new Command('npm run inspect --')
    .description('Plays a scenario slowly and shows in a browser what the peers do. Nothing leaves this machine.')
    .argument('[file]', 'the scenario (default: test/scenarios/two-takers.txt)')
    .option('--live', 'play it on real Grenache instead of the simulated network', false)
    .option('--port <number>', 'where the page is (default: any free port)', parsePort)
    .option('--no-open', 'print the URL and open no browser')
    .option('--record <file>', 'write what is shown into a new file')
    .option('--open <file>', 'show a recording instead of playing')
    .option('--speed <factor>', `how fast, from ${limits.inspectSpeedMin} to ${limits.inspectSpeedMax}`, parseSpeed, 1)
    .option('--paused', 'begin paused: step or resume on the page', false)
    .option(
      '--seed <number>',
      'what the simulation follows from (default: the first that the file names, or 1)',
      parseSeed,
    )
    .option('--stately', 'open the hosted Stately Inspector, which shows what is sent to its page', false)
  // Both may be given, in either order, and commander keeps one value for them.
  let opensBrowser = true
  const opened: string[] = []
  command.on('option:no-open', () => {
    opensBrowser = false
  })
  command.on('option:open', (file: string) => {
    opened.push(file)
  })
  readArguments(command)
  const given = command.opts<Given>()
  const [scenario] = command.args
  const recordingToOpen = opened.at(-1) ?? null
  const isPlayed = ofPlaying.some(option => command.getOptionValueSource(option) === 'cli')
  if (recordingToOpen !== null && (scenario !== undefined || isPlayed))
    throw new UsageError('A recording is shown as it is: give either --open FILE or what is to be played, and how.')
  return {
    scenario: scenario ?? storyOfTheHouse,
    live: given.live,
    port: given.port ?? 0,
    opensBrowser,
    recordingToOpen,
    record: given.record ?? null,
    speed: given.speed,
    isPaused: given.paused,
    seed: given.seed ?? null,
    stately: given.stately,
  }
}

function parseSpeed(text: string): number {
  const speed = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && speed >= limits.inspectSpeedMin && speed <= limits.inspectSpeedMax) return speed
  throw new InvalidArgumentError(`It is a number from ${limits.inspectSpeedMin} to ${limits.inspectSpeedMax}.`)
}
