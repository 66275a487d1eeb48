/**
 * Reads one command of a scenario, in the light of those before it: who is on stage, how many orders each has placed. Every
 * mistake is a refusal whose sentence says what would be right. It never plays anything.
 */
import type { Market } from '../book/market.ts'
import { parseDuration } from '../book/notation.ts'
import { isRefusal, quoted, type Refusal } from '../book/refusal.ts'
import {
  absenceOf,
  commandWords,
  marketNamed,
  onePeer,
  onStage,
  wrong,
  type CommandWord,
  type Known,
  type KnownMember,
  type Parse,
} from './known.ts'
import { leave, parseCrash, parseJoin, parseMarket, parsePeers, parseRestart } from './parse-entrance.ts'
import { isFaultWord, parseFault, type FaultWord } from './parse-fault.ts'
import {
  isSide,
  parseAmend,
  parseCancel,
  parseForce,
  parsePlaced,
  parseRepeat,
  parseReplace,
} from './parse-order-command.ts'
import type { Action } from './scenario.ts'

const parsers: Readonly<Record<Exclude<CommandWord, FaultWord>, Parse>> = {
  market: parseMarket,
  peers: parsePeers,
  join: parseJoin,
  kill: leave('kill', 'killed'),
  stop: leave('stop', 'stopped'),
  crash: parseCrash,
  restart: parseRestart,
  cancel: parseCancel,
  amend: parseAmend,
  replace: parseReplace,
  repeat: parseRepeat,
  force: parseForce,
  book: parseBook,
  neighbours: parseNeighbours,
  trades: parseTrades,
  check: parseCheck,
  settle: parseSettle,
  advance: parseAdvance,
}

/** Adds what the command establishes to `known`. */
export function parseCommand(text: string, known: Known, line: number): Action | Refusal {
  const words = text.trim().split(/\s+/)
  const [first = ''] = words
  if (isFaultWord(first)) return parseTrouble(first, words.slice(1), known)
  return isParsed(first) ? parsers[first](words, known, line) : parsePlacing(words, known)
}

function isParsed(word: string): word is keyof typeof parsers {
  return Object.hasOwn(parsers, word)
}

function parsePlacing([name = '', ...words]: readonly string[], known: Known): Action | Refusal {
  const member = known.members.get(name)
  const isAsked = isSide(words[0]) || isSide(words[1]) || isBanning(words[0])
  if (!member && !isAsked)
    return wrong(
      `${quoted(name)} is neither a command nor a peer; commands are NAME buy, NAME sell, NAME bans, NAME pardons, ${commandWords.join(', ')}.`,
    )
  const refusal = absenceOf(name, known)
  if (refusal) return refusal
  if (isBanning(words[0])) return parseBan([name, ...words], known)
  return parsePlaced(name, words, member as KnownMember)
}

/** Who is banned may have gone: a ban is about the peer, not about its being there. */
function parseBan([name = '', verb, whom, ...more]: readonly string[], known: Known): Action | Refusal {
  if (whom === undefined || more.length > 0)
    return wrong(`One peer belongs behind ${verb}, such as '${name} ${verb} ${exampleBeside(name, known)}'.`)
  if (!known.members.has(whom)) return absenceOf(whom, known) as Refusal
  if (whom === name) return wrong(`${name} cannot do that to itself.`)
  return { type: verb === 'bans' ? 'ban' : 'pardon', name, whom }
}

function exampleBeside(name: string, { members }: Known): string {
  return [...members.keys()].find(other => other !== name) ?? 'bob'
}

function isBanning(word: string | undefined): boolean {
  return word === 'bans' || word === 'pardons'
}

function parseNeighbours(words: readonly string[], known: Known): Action | Refusal {
  const name = onePeer(words, known)
  return isRefusal(name) ? name : { type: 'neighbours', name }
}

function parseBook([command = '', name = '', market, ...more]: readonly string[], known: Known): Action | Refusal {
  const asked = onePeer(
    [command, name, ...more].filter(word => word !== ''),
    known,
  )
  if (isRefusal(asked)) return asked
  const { markets } = known.members.get(asked) as KnownMember
  const found = market === undefined ? (markets[0] as Market) : marketNamed(market, markets)
  return isRefusal(found) ? found : { type: 'book', name: asked, market: found }
}

function parseTrades([, market, ...more]: readonly string[], known: Known): Action | Refusal {
  const refusal = isAlone('trades', market === undefined ? [] : more, known)
  if (refusal) return refusal
  const found = market === undefined ? (known.markets[0] as Market) : marketNamed(market, known.markets)
  return isRefusal(found) ? found : { type: 'trades', market: found }
}

function parseTrouble(word: FaultWord, words: readonly string[], known: Known): Action | Refusal {
  const fault = parseFault([word, ...words], name =>
    known.members.has(name) ? undefined : wrong(`There is no peer ${quoted(name)}; ${onStage(known)}.`),
  )
  return isRefusal(fault) ? fault : { type: 'fault', fault }
}

function parseCheck([, ...more]: readonly string[], known: Known): Action | Refusal {
  const hasDisputes = more.join(' ') !== 'but disputes'
  return isAlone('check', hasDisputes ? more : [], known) ?? { type: 'check', hasDisputes }
}

function parseSettle([, limit, ...more]: readonly string[], known: Known): Action | Refusal {
  const limitMs = limit === undefined ? null : parseDuration(limit)
  if (limitMs === undefined || more.length > 0)
    return wrong(`Behind settle may stand how long it waits, such as 'settle 60s', and nothing else.`)
  return isAlone('settle', [], known) ?? { type: 'settle', limitMs }
}

function isAlone(command: string, more: readonly string[], known: Known): Refusal | undefined {
  if (more.length > 0) return wrong(`Nothing belongs behind ${command}.`)
  if (known.members.size === 0) return wrong(`Nobody is on stage yet; write 'peers NAME...' above.`)
  return undefined
}

function parseAdvance([, duration = '', ...more]: readonly string[]): Action | Refusal {
  const ms = parseDuration(duration)
  if (ms === undefined || more.length > 0)
    return wrong(`${quoted(duration)} is not a time to advance; write 'advance 50ms' or 'advance 3s'.`)
  return { type: 'advance', ms }
}
