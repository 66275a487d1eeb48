/** Reads the commands that make something go wrong, and those that end it. */
import { parseDuration } from '../book/notation.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import { replySchemas, type RequestType } from '../net/messages.ts'
import type { Fault, Interference } from './faults.ts'

/** Refuses a name that nobody has. */
export type CheckName = (name: string) => Refusal | undefined

type Way = { readonly from: string; readonly to: string }

export const faultWords = [
  ...(['drop', 'duplicate', 'delay', 'forge', 'fork', 'deliver'] as const),
  ...(['partition', 'cut', 'heal', 'skew', 'pause', 'grapes', 'rumour'] as const),
] as const

const messageTypes = Object.keys(replySchemas) as RequestType[]
/** When nothing is said, a duplicate arrives right behind the first copy. */
const duplicateMsDefault = 1

export type FaultWord = (typeof faultWords)[number]

export function isFaultWord(word: string): word is FaultWord {
  return faultWords.some(known => known === word)
}

export function parseFault([word, ...words]: readonly [FaultWord, ...string[]], check: CheckName): Fault | Refusal {
  switch (word) {
    case 'heal':
      return words.length === 0 ? { type: 'heal' } : wrong('Nothing belongs behind heal.')
    case 'partition':
      return parsePartition(words, check)
    case 'cut':
      return parseCut(words, check)
    case 'skew':
      return parseSkew(words, check)
    case 'fork':
      return parseFork(words, check)
    case 'pause':
      return parsePause(words, check)
    case 'grapes':
      return parseGrapes(words)
    case 'rumour':
      return parseRumour(words, check)
    case 'deliver':
      return parseDeliver(words, check)
    case 'drop':
    case 'duplicate':
    case 'delay':
    case 'forge':
      return parseInterference(word, words, check)
  }
}

function wrong(sentence: string): Refusal {
  return refuse('command_not_understood', sentence)
}

function parsePartition(words: readonly string[], check: CheckName): Fault | Refusal {
  const groups = words
    .join(' ')
    .split('|')
    .map(group => group.split(' ').filter(name => name !== ''))
  const names = groups.flat()
  if (groups.length < 2 || groups.some(({ length }) => length === 0) || new Set(names).size < names.length)
    return wrong(`A partition names each peer once, with | between the groups, such as 'partition alice | bob carol'.`)
  return firstRefusal(names, check) ?? { type: 'partition', groups }
}

function parseCut(words: readonly string[], check: CheckName): Fault | Refusal {
  const way = parseWay(words.slice(0, 3), 'cut alice -> bob', check)
  if (isRefusal(way)) return way
  return words.length > 3 ? wrong(`Nothing belongs behind 'cut ${way.from} -> ${way.to}'.`) : { type: 'cut', ...way }
}

function parseFork(words: readonly string[], check: CheckName): Fault | Refusal {
  const way = parseWay(words.slice(0, 3), 'fork alice -> bob', check)
  if (isRefusal(way)) return way
  return words.length > 3
    ? wrong(`Nothing belongs behind 'fork ${way.from} -> ${way.to}'.`)
    : { type: 'fork', ...way, message: 'segments', kind: 'request', isForAll: false, ms: 0 }
}

function parseDeliver(words: readonly string[], check: CheckName): Fault | Refusal {
  if (words.join(' ') === 'everything again') return { type: 'deliver again' }
  const way = parseWay(words.slice(0, 3), 'deliver alice -> bob', check)
  if (isRefusal(way)) return way
  return words.length > 3
    ? wrong(`Nothing belongs behind 'deliver ${way.from} -> ${way.to}'.`)
    : { type: 'deliver', ...way }
}

function parseGrapes([state, ...more]: readonly string[]): Fault | Refusal {
  return (state === 'down' || state === 'up') && more.length === 0
    ? { type: 'grapes', areDown: state === 'down' }
    : wrong(`Grapes are down or up, such as 'grapes down'.`)
}

/** It must be nobody's name. */
function parseRumour([name = '', ...more]: readonly string[], check: CheckName): Fault | Refusal {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name) || more.length > 0 || check(name) === undefined)
    return wrong(`A rumour names somebody who is not there, such as 'rumour nobody'.`)
  return { type: 'rumour', name }
}

function parseSkew([name = '', time = '', ...more]: readonly string[], check: CheckName): Fault | Refusal {
  const isBehind = time.startsWith('-')
  const ms = time === '0s' ? 0 : parseDuration(isBehind ? time.slice(1) : time)
  if (ms === undefined || more.length > 0)
    return wrong(
      `A skew names a peer, and how far its clock is ahead, such as 'skew bob 2s', 'skew bob -2s' behind, or 'skew bob 0s' when it is right again.`,
    )
  return check(name) ?? { type: 'skew', name, ms: isBehind ? -ms : ms }
}

function parsePause([name = '', time, ...more]: readonly string[], check: CheckName): Fault | Refusal {
  const ms = parseDuration(time)
  if (ms === undefined || more.length > 0)
    return wrong(`A pause names a peer and says how long it stands still, such as 'pause bob 5s'.`)
  return check(name) ?? { type: 'pause', name, ms }
}

function parseInterference(
  type: Interference['type'],
  words: readonly string[],
  check: CheckName,
): Interference | Refusal {
  const isForAll = words[0] === 'all'
  const rest = isForAll ? words.slice(1) : words
  const way = parseWay(rest.slice(0, 3), `${type} alice -> bob propose`, check)
  if (isRefusal(way)) return way
  const last = [...rest.slice(3)]
  const message = messageTypes.find(known => known === last[0]) ?? null
  if (message) last.shift()
  const kind = kindOf(last[0])
  if (kind) last.shift()
  const hasTime = type === 'duplicate' || type === 'delay'
  const ms = hasTime ? parseDuration(last[0]) : 0
  if (hasTime && ms !== undefined) last.shift()
  if (last[0] !== undefined) return unknownWord(last[0], hasTime)
  if (ms === undefined && type === 'delay')
    return wrong(`How long is missing, such as 'delay alice -> bob propose 500ms'.`)
  return { type, ...way, message, kind, isForAll, ms: ms ?? duplicateMsDefault }
}

function unknownWord(word: string, hasTime: boolean): Refusal {
  const time = hasTime ? ', then a time such as 500ms' : ''
  return wrong(
    `${quoted(word)} is not understood; behind the peers may stand ${messageTypes.join(', ')}, then request or reply${time}.`,
  )
}

function kindOf(word: string | undefined): Interference['kind'] {
  if (word === 'request' || word === 'requests') return 'request'
  return word === 'reply' || word === 'replies' ? 'reply' : null
}

function parseWay([from, arrow, to]: readonly string[], example: string, check: CheckName): Way | Refusal {
  if (from === undefined || to === undefined || arrow !== '->' || from === to)
    return wrong(`Two peers belong here, with -> between them, such as '${example}'.`)
  return firstRefusal([from, to], check) ?? { from, to }
}

function firstRefusal(names: readonly string[], check: CheckName): Refusal | undefined {
  return names.map(check).find(refusal => refusal !== undefined)
}
