/** What a peer in a terminal can be told when it starts, and the mistakes in sentences. Starts nothing. */
import { Command, InvalidArgumentError } from 'commander'
import { parseMarketId, type Market } from '../book/market.ts'
import { isRefusal } from '../book/refusal.ts'
import { limits } from '../limits.ts'
import { isAddress } from '../net/grenache/address.ts'
import { parsePort } from './port.ts'
import { readArguments, UsageError } from './usage.ts'

export interface PeerOptions {
  /** Left out: the first characters of its id. */
  readonly name?: string
  /** At least one; no two are the same. */
  readonly market: readonly Market[]
  readonly grape: readonly string[]
  readonly embeddedGrapes: boolean
  readonly peer: readonly string[]
  /** Left out: a new key, and with it a new identity, at each start. */
  readonly key?: string
  readonly port?: number
  readonly network: string
  readonly inspect: boolean
  readonly json: boolean
}

const grapePattern = /^http:\/\/[A-Za-z0-9.-]+:[1-9]\d{0,4}\/?$/
/** Names stand in sentences, in the names of orders and on command lines. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/

/** Ends the process after `--help`; throws a UsageError for what is wrong. */
export function readPeerOptions(): PeerOptions {
  const command = new Command('npm run peer --')
    .description('One peer of the exchange: type orders, see the book and the trades. Type help when it runs.')
    .option('--name <name>', 'what others call it (default: the first characters of its id)', name)
    .option('--market <symbol:tick:lot>', 'what it trades, such as BTC-USD:0.01:0.0001; may be repeated', markets, [])
    .option('--grape <url>', 'a grape that is running, http://host:port; may be repeated', grapes, [])
    .option('--embedded-grapes', 'start two grapes here and print how others join', false)
    .option('--peer <host:port>', 'a peer that is known beforehand; may be repeated', peers, [])
    .option('--key <file>', 'the secret key that it is known by, made when missing; neighbours are kept in FILE.peers')
    .option('--port <number>', 'where it listens (default: any free port)', parsePort)
    .option('--network <name>', 'peers of different networks never meet', name, 'main')
    .option('--inspect', 'show what it does on a page of this machine; its URL is printed', false)
    .option('--json', 'print one JSON object a line: every event and every answer', false)
    .allowExcessArguments(false)
  readArguments(command)
  const options = command.opts<PeerOptions>()
  if (options.market.length === 0)
    throw new UsageError('What does it trade? Give at least one market, such as --market BTC-USD:0.01:0.0001.')
  if (options.embeddedGrapes && options.grape.length > 0)
    throw new UsageError('Embedded grapes do not know the grapes of others: give either --embedded-grapes or --grape.')
  return options
}

/** The words with which another process joins the same markets over these grapes. */
export function commandLineFor(name: string, { market, network }: PeerOptions, grapeUrls: readonly string[]): string {
  const words = [
    ...['npm', 'run', 'peer', '--', '--name', name],
    ...market.flatMap(({ id }) => ['--market', id]),
    ...grapeUrls.flatMap(url => ['--grape', url]),
    ...(network === 'main' ? [] : ['--network', network]),
  ]
  return words.join(' ')
}

function name(text: string): string {
  if (namePattern.test(text)) return text
  throw new InvalidArgumentError(
    'A name has up to 32 letters, digits, points, underscores and hyphens, and begins with a letter or digit.',
  )
}

function markets(text: string, before: readonly Market[]): readonly Market[] {
  const market = parseMarketId(text)
  if (isRefusal(market)) throw new InvalidArgumentError(market.sentence)
  if (before.some(({ id }) => id === market.id)) return before
  if (before.length >= limits.marketsMax)
    throw new InvalidArgumentError(`One peer trades at most ${limits.marketsMax} markets.`)
  return [...before, market]
}

function grapes(url: string, before: readonly string[]): readonly string[] {
  if (grapePattern.test(url) && URL.canParse(url)) return [...new Set([...before, new URL(url).origin])]
  throw new InvalidArgumentError("It must be the URL of a grape's HTTP port, such as http://127.0.0.1:30001.")
}

function peers(address: string, before: readonly string[]): readonly string[] {
  if (isAddress(address)) return [...new Set([...before, address])]
  throw new InvalidArgumentError('It must be the address of a peer, such as 127.0.0.1:4000.')
}
