/** What `npm start` can be told, and its mistakes in sentences. */
import { Command, InvalidArgumentError } from 'commander'
import { marketsMax, peersMax } from '../scenario/demonstration.ts'
import type { TransportName } from '../scenario/stage.ts'
import { readArguments, UsageError } from './usage.ts'

export interface StartOptions {
  readonly peers: number
  readonly markets: number
  readonly orders: number
  readonly seed: number
  /** None: start two. */
  readonly grape: readonly string[]
  readonly transport: TransportName
  readonly json: boolean
}

const ordersMax = 100_000
const grapePattern = /^http:\/\/[A-Za-z0-9.-]+:[1-9]\d{0,4}\/?$/

const aboutMarkets = `
With several markets, JSON's markets[] has each one's trades, figures and book hash. A peer's bookHash is then
the SHA-256 (hex) over one line 'market hash' for each of its books, in the order of markets[]; its counts are of
all markets, its decimals of the first.`

/** Ends the process after `--help`; throws a UsageError for what is wrong. */
export function readStartOptions(): StartOptions {
  const command = new Command('npm start --')
    .description('Peers find each other, trade a random flow, and are shown to agree on every order and trade.')
    .option('--peers <number>', `how many peers, 2 to ${peersMax}`, wholeNumber(2, peersMax), 5)
    .option('--markets <number>', `how many markets, 1 to ${marketsMax}`, wholeNumber(1, marketsMax), 1)
    .option(
      '--orders <number>',
      `how many orders they place together, 1 to ${ordersMax}`,
      wholeNumber(1, ordersMax),
      1_000,
    )
    .option('--seed <number>', 'which flow', wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option(
      '--grape <url>',
      'a grape that is running, http://host:port; may be repeated; without any, two are started',
      grapes,
      [],
    )
    .option('--transport <name>', 'grenache, in real time, or simulated, in virtual time', transport, 'grenache')
    .option('--json', 'print one JSON object and nothing else', false)
    .addHelpText('after', aboutMarkets)
    .allowExcessArguments(false)
  readArguments(command)
  const options = command.opts<StartOptions>()
  if (options.transport === 'simulated' && options.grape.length > 0)
    throw new UsageError('The simulated transport has no grapes: leave --grape out, or use --transport grenache.')
  return options
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

function grapes(url: string, before: readonly string[]): readonly string[] {
  if (grapePattern.test(url) && URL.canParse(url)) return [...new Set([...before, new URL(url).origin])]
  throw new InvalidArgumentError("It must be the URL of a grape's HTTP port, such as http://127.0.0.1:30001.")
}

function transport(name: string): TransportName {
  if (name === 'grenache' || name === 'simulated') return name
  throw new InvalidArgumentError('It must be grenache or simulated.')
}
