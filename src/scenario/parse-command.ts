/**
 * Reads one command of a scenario, in the light of those before it: who is on stage, how many orders each has placed. Every
 * mistake is a refusal whose sentence says what would be right. It never plays anything.
 */
import { createMarket, type Market } from '../book/market.ts'
import { parseOrder } from '../book/notation.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import type { Action, OrderName } from './scenario.ts'

/** What the commands so far have established. */
export interface Known {
  market: Market | null
  readonly members: Map<string, KnownMember>
}

interface KnownMember {
  orders: number
  /** Why it is no longer on stage; null while it is. */
  gone: string | null
}

type Parse = (words: readonly string[], known: Known, line: number) => Action | Refusal

const parsers: Readonly<Record<string, Parse>> = {
  market: parseMarket,
  peers: parsePeers,
  join: parseJoin,
  kill: leave('kill', 'killed'),
  stop: leave('stop', 'stopped'),
  cancel: parseCancel,
  book: question('book'),
  neighbours: question('neighbours'),
  trades: bare('trades'),
  check: bare('check'),
  settle: bare('settle'),
  advance: parseAdvance,
}

/** Names that would make a line mean two things; `dht` is who answers lookups in the simulated network. */
const reservedNames = new Set([...Object.keys(parsers), 'dht'])
const namePattern = /^[a-z][a-z0-9-]{0,30}$/
const durationPattern = /^(\d{1,6})(ms|s)$/
const orderNamePattern = /^(.+)\/([1-9]\d{0,5})$/

export function nothingKnown(): Known {
  return { market: null, members: new Map() }
}

/** Adds what the command establishes to `known`. */
export function parseCommand(text: string, known: Known, line: number): Action | Refusal {
  const words = text.trim().split(/\s+/)
  const [first = ''] = words
  const parse = Object.hasOwn(parsers, first) ? parsers[first] : undefined
  return parse ? parse(words, known, line) : parsePlacing(words, known)
}

function wrong(sentence: string): Refusal {
  return refuse('command_not_understood', sentence)
}

function parseMarket([, symbol, tick, tickSize, lot, lotSize, ...more]: readonly string[], known: Known) {
  const isComplete = symbol !== undefined && tickSize !== undefined && lotSize !== undefined && more.length === 0
  if (!isComplete || tick !== 'tick' || lot !== 'lot')
    return wrong(`A market is written 'market SYMBOL tick SIZE lot SIZE', such as 'market BTC-USD tick 1 lot 1'.`)
  if (known.market) return wrong(`A scenario has one market, and this one has ${known.market.symbol} already.`)
  const market = createMarket({ symbol, tickSize, lotSize })
  if (isRefusal(market)) return market
  known.market = market
  return { type: 'market', market } as const
}

function parsePeers([, ...names]: readonly string[], known: Known): Action | Refusal {
  if (known.members.size > 0) return wrong(`The peers are on stage already; write 'join NAME' for one more.`)
  if (names.length === 0) return wrong(`The names are missing, such as 'peers alice bob'.`)
  for (const name of names) {
    const refusal = enter(name, known)
    if (refusal) return refusal
  }
  return { type: 'peers', names }
}

function parseJoin(words: readonly string[], known: Known): Action | Refusal {
  const [, name, ...more] = words
  if (name === undefined || more.length > 0) return wrong(`One name belongs behind join, such as 'join dave'.`)
  return enter(name, known) ?? { type: 'join', name }
}

function enter(name: string, known: Known): Refusal | undefined {
  if (!known.market) return wrong(`Peers need a market; write 'market SYMBOL tick SIZE lot SIZE' above.`)
  if (!namePattern.test(name))
    return wrong(`${quoted(name)} is not a name: small letters, digits and hyphens, beginning with a letter.`)
  if (reservedNames.has(name)) return wrong(`${quoted(name)} is a word of its own here; give the peer another name.`)
  const before = known.members.get(name)
  if (before) return wrong(`There ${before.gone ? 'was' : 'is'} a ${name} already; each peer has a name of its own.`)
  known.members.set(name, { orders: 0, gone: null })
  return undefined
}

function leave(type: 'kill' | 'stop', past: string): Parse {
  return (words, known, line) => {
    const name = onePeer(words, known)
    if (isRefusal(name)) return name
    const member = known.members.get(name)
    if (member) member.gone = `${past} in line ${line}`
    return { type, name }
  }
}

function question(type: 'book' | 'neighbours'): Parse {
  return (words, known) => {
    const name = onePeer(words, known)
    return isRefusal(name) ? name : { type, name }
  }
}

function bare(type: 'trades' | 'check' | 'settle'): Parse {
  return (words, known) => {
    if (words.length > 1) return wrong(`Nothing belongs behind ${type}.`)
    if (known.members.size === 0) return wrong(`Nobody is on stage yet; write 'peers NAME...' above.`)
    return { type }
  }
}

function parseAdvance([, duration = '', ...more]: readonly string[]): Action | Refusal {
  const [, digits, unit] = durationPattern.exec(duration) ?? []
  if (digits === undefined || more.length > 0)
    return wrong(`${quoted(duration)} is not a time to advance; write 'advance 50ms' or 'advance 3s'.`)
  return { type: 'advance', ms: Number(digits) * (unit === 's' ? 1_000 : 1) }
}

function parseCancel([, order = '', ...more]: readonly string[], known: Known): Action | Refusal {
  const [, name, number] = orderNamePattern.exec(order) ?? []
  if (name === undefined || more.length > 0)
    return wrong(`${quoted(order)} is not an order; write 'cancel NAME/NUMBER', such as 'cancel alice/1'.`)
  const refusal = absenceOf(name, known)
  if (refusal) return refusal
  const { orders } = known.members.get(name) as KnownMember
  if (Number(number) > orders) return wrong(`There is no order ${order}; ${placedBy(name, orders)}.`)
  return { type: 'cancel', name, order: order as OrderName }
}

function parsePlacing([name = '', ...words]: readonly string[], known: Known): Action | Refusal {
  const member = known.members.get(name)
  const isPlacing = words[0] === 'buy' || words[0] === 'sell'
  if (!member && !isPlacing)
    return wrong(
      `${quoted(name)} is neither a command nor a peer; commands are NAME buy, NAME sell, ${Object.keys(parsers).join(', ')}.`,
    )
  const refusal = absenceOf(name, known)
  if (refusal) return refusal
  const terms = parseOrder(words.join(' '), known.market as Market)
  if (isRefusal(terms)) return terms
  const placing = member as KnownMember
  placing.orders += 1
  return { type: 'order', name, order: `${name}/${placing.orders}`, terms }
}

function onePeer([command, name, ...more]: readonly string[], known: Known): string | Refusal {
  if (name === undefined || more.length > 0)
    return wrong(`One peer belongs behind ${command}, such as '${command} alice'.`)
  return absenceOf(name, known) ?? name
}

/** Why a peer cannot be asked for anything, if it cannot. */
function absenceOf(name: string, known: Known): Refusal | undefined {
  const member = known.members.get(name)
  if (member?.gone) return wrong(`${name} is no longer there: it was ${member.gone}.`)
  return member ? undefined : wrong(`There is no peer ${quoted(name)}; ${onStage(known)}.`)
}

function onStage({ members }: Known): string {
  const names = [...members].flatMap(([name, { gone }]) => (gone ? [] : [name]))
  return names.length > 0 ? `on stage: ${names.join(', ')}` : `nobody is on stage yet: write 'peers NAME...' above`
}

function placedBy(name: string, orders: number): string {
  if (orders === 0) return `${name} has not placed any`
  return orders === 1 ? `${name} has placed one, ${name}/1` : `the last one of ${name} is ${name}/${orders}`
}
