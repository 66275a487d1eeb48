/**
 * Reads one line that is typed at a peer's prompt. Every mistake is a refusal whose sentence says what would be right. Carries
 * nothing out.
 */
import type { Market } from '../book/market.ts'
import { parseDuration, parseOrder, type OrderTerms } from '../book/notation.ts'
import type { Side } from '../book/order.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import { findMarket } from '../peer/parse-order.ts'
import { parseWhich } from '../scenario/parse-which.ts'

export type PeerCommand =
  | { readonly type: 'place'; readonly market: Market; readonly terms: OrderTerms }
  /** `order` is the number behind the peer's name. */
  | { readonly type: 'cancel'; readonly order: number }
  /** Null: of both sides, of all accounts. */
  | {
      readonly type: 'cancel all'
      readonly market: Market
      readonly side: Side | null
      readonly account: string | null
    }
  | { readonly type: 'replace'; readonly order: number; readonly words: readonly string[] }
  | { readonly type: 'amend'; readonly order: number; readonly quantity: string }
  /** `towards` is what the other peer is called; null: the only one. */
  | { readonly type: 'force'; readonly order: number; readonly filled: string; readonly towards: string | null }
  | { readonly type: 'book'; readonly market: Market; readonly of: 'levels' | 'orders'; readonly rowsMax: number }
  | { readonly type: 'trades'; readonly rowsMax: number }
  | { readonly type: 'orders'; readonly of: 'open' | 'all' }
  | { readonly type: 'market'; readonly market: Market }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'wait for neighbours'; readonly count: number }
  /** `peer` is what the peer is called here, or its id. */
  | { readonly type: 'ban'; readonly peer: string; readonly reason: string | null }
  | { readonly type: 'unban'; readonly peer: string }
  | { readonly type: 'neighbours' | 'health' | 'doubts' | 'disputes' | 'help' }
  | { readonly type: 'quit' }
  | { readonly type: 'nothing' }

/** In the light of what a line is read. */
export interface Surroundings {
  /** What the peer is called. */
  readonly name: string
  readonly markets: readonly Market[]
  /** The market that is meant where none is written. */
  readonly market: Market
}

type Parse = (words: readonly string[], around: Surroundings) => PeerCommand | Refusal

export const peerHelp = [
  [
    'buy 0.5 @ 64000',
    'place an order; behind it may stand gtc, gtd 10m, ioc, fok, min 0.1, post-only, stop PRICE, displayed 0.1, partner 1, stp MODE, account NAME',
  ],
  ['sell 1 ioc', 'without a price: take at any price, at once'],
  ['cancel 1', 'take the own order NAME/1 out of the market; cancel NAME/1 is the same'],
  [
    'cancel all',
    'take all own orders out of a market; cancel all ETH-USD sell account desk: those of a side, of an account',
  ],
  [
    'replace 1 with sell 0.3 @ 64000',
    'another order in place of NAME/1, of its side and account; 0.3 is what both are for',
  ],
  ['amend 1 0.3', 'make the own order NAME/1 one for 0.3 in all, what is filled of it included'],
  ['doubts', 'what others have been asked to trade with own orders and have not decided'],
  ['force 1 filled 0.2', 'the doubt over NAME/1 is over: 0.2 of it counts as filled; towards PEER may follow'],
  ['force 1 released', 'the same: nothing of it is filled, and it is free again'],
  ['disputes', 'what others have decided otherwise than it was forced here'],
  ['book', 'price levels; book 50: more of them; book orders: single orders'],
  ['trades', 'the last trades; trades 100: more of them'],
  ['orders', 'own open orders; orders all: closed ones too'],
  ['neighbours', 'the other peers, as seen from here'],
  ['ban bob', 'keep a peer out: nothing new is traded with it; ban bob quotes nonsense: with a reason'],
  ['unban bob', 'let it in again'],
  ['health', 'the way to the others, and what went wrong'],
  ['market ETH-USD', 'the market that is meant from now on; ETH-USD buy 1 @ 3000 means it once'],
  ['wait 10s', 'for scripts: read on after this time; wait 2 neighbours: when so many are live'],
  ['quit', 'stop, as Ctrl-C and Ctrl-D do'],
] as const

const levelsDefault = 10
const bookOrdersDefault = 50
const tradesDefault = 20
const rowsMaxMax = 1_000
const neighboursMax = 256

const parsers: Readonly<Record<string, Parse>> = {
  buy: parsePlacing,
  sell: parsePlacing,
  cancel: parseCancel,
  replace: parseReplace,
  amend: parseAmend,
  force: parseForce,
  doubts: bare('doubts'),
  disputes: bare('disputes'),
  book: parseBook,
  trades: parseTrades,
  orders: parseOrders,
  market: parseMarket,
  wait: parseWait,
  ban: parseBan,
  unban: parseUnban,
  neighbours: bare('neighbours'),
  health: bare('health'),
  help: bare('help'),
  quit: bare('quit'),
}
/** What is about one market, so that its symbol may stand before it. */
const ofOneMarket = new Set(['buy', 'sell', 'book'])

export function parsePeerCommand(line: string, around: Surroundings): PeerCommand | Refusal {
  const words = line.trim().split(/\s+/)
  const [first = '', second = ''] = words
  if (first === '' || first.startsWith('#')) return { type: 'nothing' }
  if (Object.hasOwn(parsers, first)) return (parsers[first] as Parse)(words, around)
  const market = findMarket(around.markets, first)
  if (isRefusal(market)) return ofOneMarket.has(second) ? market : notUnderstood(first)
  if (ofOneMarket.has(second)) return (parsers[second] as Parse)(words.slice(1), { ...around, market })
  return wrong(`Behind a market stands buy, sell or book, such as '${first} book'; 'market ${first}' switches to it.`)
}

function wrong(sentence: string): Refusal {
  return refuse('command_not_understood', sentence)
}

function notUnderstood(word: string): Refusal {
  const known = Object.keys(parsers).join(', ')
  return wrong(`${quoted(word)} is not a command; the commands are ${known}, and help explains them.`)
}

function parsePlacing(words: readonly string[], { market }: Surroundings): PeerCommand | Refusal {
  const terms = parseOrder(words.join(' '), market)
  return isRefusal(terms) ? terms : { type: 'place', market, terms }
}

function parseCancel([, text, ...more]: readonly string[], around: Surroundings): PeerCommand | Refusal {
  if (text === 'all') return parseCancelAll(more, around)
  if (text === undefined || more.length > 0) return wrong(`One order belongs behind cancel, such as 'cancel 1'.`)
  const order = parseOrderName(text, around)
  return isRefusal(order) ? order : { type: 'cancel', order }
}

function parseCancelAll(words: readonly string[], { markets, market }: Surroundings): PeerCommand | Refusal {
  const which = parseWhich(words, markets, market)
  return isRefusal(which) ? which : { type: 'cancel all', ...which }
}

/** What the new order is depends on the market of the old one, which is not known here. */
function parseReplace([, text, having, ...words]: readonly string[], around: Surroundings): PeerCommand | Refusal {
  if (text === undefined || having !== 'with' || words.length === 0)
    return wrong(`A replacement is written 'replace 1 with sell 0.3 @ 64000', or with any other order.`)
  const order = parseOrderName(text, around)
  return isRefusal(order) ? order : { type: 'replace', order, words }
}

/** `amend 1 0.3`, or `amend 1 to 0.3` as in a scenario. */
function parseAmend(words: readonly string[], around: Surroundings): PeerCommand | Refusal {
  const [, text, quantity, ...more] = words.filter((word, index) => index !== 2 || word !== 'to')
  if (text === undefined || quantity === undefined || more.length > 0)
    return wrong(`An order and its new quantity belong behind amend, such as 'amend 1 0.3'.`)
  const order = parseOrderName(text, around)
  return isRefusal(order) ? order : { type: 'amend', order, quantity }
}

/** `force 1 filled 0.2`, `force 1 released towards alice`. */
function parseForce([, text, how, ...words]: readonly string[], around: Surroundings): PeerCommand | Refusal {
  const [filled, more] = how === 'filled' ? [words[0], words.slice(1)] : ['0', words]
  const [towards, name = null, ...rest] = more
  const isComplete = (how === 'filled' || how === 'released') && filled !== undefined && rest.length === 0
  if (text === undefined || !isComplete || (more.length > 0 && (towards !== 'towards' || name === null)))
    return wrong(`Forcing is written 'force 1 filled 0.2' or 'force 1 released'; 'towards PEER' may follow.`)
  const order = parseOrderName(text, around)
  return isRefusal(order) ? order : { type: 'force', order, filled, towards: name }
}

/** `1` or `alice/1`; others' orders are their owners'. */
function parseOrderName(text: string, { name }: Surroundings): number | Refusal {
  const [, owner, number] = /^(?:(.+)\/)?([1-9]\d{0,8})$/.exec(text) ?? []
  if (number !== undefined && (owner === undefined || owner === name)) return Number(number)
  if (!text.includes('/') || text.startsWith(`${name}/`))
    return wrong(`${quoted(text)} is not an order; write its number, such as 1 or ${name}/1.`)
  return refuse(
    'order_belongs_to_another_peer',
    `${quoted(text)} is not an order of ${name}; only its owner can change it.`,
  )
}

function parseBook([, ...words]: readonly string[], { market }: Surroundings): PeerCommand | Refusal {
  const isOfOrders = words[0] === 'orders'
  const rowsMax = parseRows('book', isOfOrders ? words.slice(1) : words, isOfOrders ? bookOrdersDefault : levelsDefault)
  return isRefusal(rowsMax) ? rowsMax : { type: 'book', market, of: isOfOrders ? 'orders' : 'levels', rowsMax }
}

function parseTrades([, ...words]: readonly string[]): PeerCommand | Refusal {
  const rowsMax = parseRows('trades', words, tradesDefault)
  return isRefusal(rowsMax) ? rowsMax : { type: 'trades', rowsMax }
}

function parseRows(command: string, [text, ...more]: readonly string[], rowsDefault: number): number | Refusal {
  if (text === undefined) return rowsDefault
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= rowsMaxMax && more.length === 0) return Number(text)
  return wrong(`Behind ${command} may stand how many rows to show, 1 to ${rowsMaxMax}, such as '${command} 100'.`)
}

function parseOrders([, text, ...more]: readonly string[]): PeerCommand | Refusal {
  if (text === undefined) return { type: 'orders', of: 'open' }
  if (text === 'all' && more.length === 0) return { type: 'orders', of: 'all' }
  return wrong(`Only 'all' may stand behind orders, which shows closed ones too.`)
}

function parseMarket([, name, ...more]: readonly string[], { markets }: Surroundings): PeerCommand | Refusal {
  if (name === undefined || more.length > 0)
    return wrong(`One market belongs behind market, such as 'market ${markets[0]?.symbol ?? ''}'.`)
  const market = findMarket(markets, name)
  return isRefusal(market) ? market : { type: 'market', market }
}

function parseWait([, text, word, ...more]: readonly string[]): PeerCommand | Refusal {
  const ms = word === undefined ? parseDuration(text) : undefined
  if (ms !== undefined) return { type: 'wait', ms }
  const count = /^[1-9]\d{0,2}$/.test(text ?? '') ? Number(text) : Number.NaN
  const isOfNeighbours = (word === 'neighbours' || word === 'neighbour') && more.length === 0
  if (isOfNeighbours && count <= neighboursMax) return { type: 'wait for neighbours', count }
  return wrong(`Behind wait stands a time, such as 500ms or 10s, or how many are awaited, such as '2 neighbours'.`)
}

function parseBan([, peer, ...words]: readonly string[]): PeerCommand | Refusal {
  if (peer === undefined) return wrong(`A peer belongs behind ban, and a reason if there is one, such as 'ban bob'.`)
  return { type: 'ban', peer, reason: words.length > 0 ? words.join(' ') : null }
}

function parseUnban([, peer, ...more]: readonly string[]): PeerCommand | Refusal {
  if (peer === undefined || more.length > 0) return wrong(`One peer belongs behind unban, such as 'unban bob'.`)
  return { type: 'unban', peer }
}

function bare(type: 'neighbours' | 'health' | 'doubts' | 'disputes' | 'help' | 'quit'): Parse {
  return words => (words.length === 1 ? { type } : wrong(`Nothing belongs behind ${type}.`))
}
