/**
 * Reads one command of a scenario, in the light of those before it: who is on stage, how many orders each has placed. Every
 * mistake is a refusal whose sentence says what would be right. It never plays anything.
 */
import { parseLots } from '../book/decimals.ts'
import { createMarket, type Market } from '../book/market.ts'
import { parseDuration, parseOrder, type OrderTerms } from '../book/notation.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import { findMarket } from '../peer/parse-order.ts'
import { crashPoints } from '../sim/simulated-disk.ts'
import { faultWords, isFaultWord, parseFault } from './parse-fault.ts'
import { parseWhich } from './parse-which.ts'
import type { Action, OrderName } from './scenario.ts'

/** What the commands so far have established. */
export interface Known {
  readonly markets: Market[]
  readonly members: Map<string, KnownMember>
}

interface KnownOrder {
  readonly market: Market
  readonly terms: OrderTerms
}

interface KnownMember {
  readonly markets: readonly Market[]
  /** In the order of their numbers. */
  readonly orders: KnownOrder[]
  /** Why it is no longer on stage; null while it is. */
  gone: string | null
  /** It is to crash at some point; nobody knows beforehand when it gets there. */
  isDoomed: boolean
}

type Parse = (words: readonly string[], known: Known, line: number) => Action | Refusal

const parsers: Readonly<Record<string, Parse>> = {
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
  ...Object.fromEntries(faultWords.map(word => [word, parseTrouble])),
}

/** Names that would make a line mean two things; `dht` is who answers lookups in the simulated network. */
const reservedNames = new Set([
  ...Object.keys(parsers),
  'dht',
  'in',
  'all',
  'without',
  'waiting',
  'speaking',
  'knowing',
])
const namePattern = /^[a-z][a-z0-9-]{0,30}$/
const orderNamePattern = /^(.+)\/([1-9]\d{0,5})$/

export function nothingKnown(): Known {
  return { markets: [], members: new Map() }
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
  if (known.members.size > 0)
    return wrong(`Markets stand above the peers, which trade them from their first moment on.`)
  const market = createMarket({ symbol, tickSize, lotSize })
  if (isRefusal(market)) return market
  if (known.markets.some(({ id }) => id === market.id)) return wrong(`There is a market ${market.id} already.`)
  known.markets.push(market)
  return { type: 'market', market } as const
}

function parsePeers([, ...words]: readonly string[], known: Known): Action | Refusal {
  if (known.members.size > 0) return wrong(`The peers are on stage already; write 'join NAME' for one more.`)
  const at = words.indexOf('knowing')
  const [names, markets] = entrance(at < 0 ? words : words.slice(0, at), known)
  if (isRefusal(markets)) return markets
  const guides = at < 0 ? [] : words.slice(at + 1)
  const stranger = guides.find(name => !names.includes(name))
  if (stranger !== undefined || (at >= 0 && guides.length === 0))
    return wrong(`Behind 'knowing' stand peers of the same line, such as 'peers alice bob carol knowing bob'.`)
  if (names.length === 0) return wrong(`The names are missing, such as 'peers alice bob'.`)
  for (const name of names) {
    const refusal = enter(name, markets, known)
    if (refusal) return refusal
  }
  return { type: 'peers', names, markets, known: guides }
}

function parseJoin([, ...all]: readonly string[], known: Known): Action | Refusal {
  const [spoken, isAwaited] = awaited(all)
  const [words, version] = speaking(spoken)
  const [[name, ...more], markets] = entrance(words, known)
  if (isRefusal(markets)) return markets
  if (name === undefined || more.length > 0) return wrong(`One name belongs behind join, such as 'join dave'.`)
  return enter(name, markets, known) ?? { type: 'join', name, markets, isAwaited, version }
}

/** The words without `speaking 2` at their end, and which version of the protocol it names. */
function speaking(words: readonly string[]): [words: readonly string[], version: number | null] {
  const [word, number = ''] = words.slice(-2)
  return word === 'speaking' && /^[1-9]\d{0,3}$/.test(number) ? [words.slice(0, -2), Number(number)] : [words, null]
}

/** The words without `without waiting` at their end, and whether it was missing. */
function awaited(words: readonly string[]): [words: readonly string[], isAwaited: boolean] {
  const isAwaited = words.slice(-2).join(' ') !== 'without waiting'
  return [isAwaited ? words : words.slice(0, -2), isAwaited]
}

/** Names, then the markets behind `in`; all when there is no `in`. */
function entrance(
  words: readonly string[],
  { markets }: Known,
): [names: readonly string[], readonly Market[] | Refusal] {
  const at = words.indexOf('in')
  if (at < 0) return [words, markets]
  const chosen = words.slice(at + 1).map(word => marketNamed(word, markets))
  if (chosen.length === 0) return [words, wrong(`The markets are missing behind 'in'.`)]
  return [words.slice(0, at), chosen.find(isRefusal) ?? chosen.filter((one): one is Market => !isRefusal(one))]
}

/** By its symbol, or by its whole id where two markets have one symbol. */
function marketNamed(word: string, markets: readonly Market[]): Market | Refusal {
  const market = findMarket(markets, word)
  if (!isRefusal(market)) return market
  return wrong(`${quoted(word)} is not one market; there are ${markets.map(({ id }) => id).join(' and ')}.`)
}

function enter(name: string, markets: readonly Market[], known: Known): Refusal | undefined {
  if (known.markets.length === 0) return wrong(`Peers need a market; write 'market SYMBOL tick SIZE lot SIZE' above.`)
  if (!namePattern.test(name))
    return wrong(`${quoted(name)} is not a name: small letters, digits and hyphens, beginning with a letter.`)
  if (reservedNames.has(name)) return wrong(`${quoted(name)} is a word of its own here; give the peer another name.`)
  const before = known.members.get(name)
  if (before) return wrong(`There ${before.gone ? 'was' : 'is'} a ${name} already; each peer has a name of its own.`)
  known.members.set(name, { markets, orders: [], gone: null, isDoomed: false })
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

function parseCrash(
  [command = '', name = '', ...more]: readonly string[],
  known: Known,
  line: number,
): Action | Refusal {
  const absent = onePeer(name === '' ? [command] : [command, name], known)
  if (isRefusal(absent)) return absent
  const losesTail = more.slice(-2).join(' ') === 'losing tail'
  const words = (losesTail ? more.slice(0, -2) : more).join(' ')
  const point = crashPoints.find(known => known === words) ?? null
  if (words !== '' && !point)
    return wrong(
      `${quoted(words)} is not understood; behind the peer may stand ${crashPoints.join(', ')}, and then 'losing tail'.`,
    )
  const member = known.members.get(name)
  if (member && point) member.isDoomed = true
  else if (member) member.gone = `crashed in line ${line}`
  return { type: 'crash', name, point, losesTail }
}

function parseRestart([, ...all]: readonly string[], known: Known): Action | Refusal {
  const [[name, ...more], isAwaited] = awaited(all)
  if (name === undefined || more.length > 0) return wrong(`One peer belongs behind restart, such as 'restart alice'.`)
  const member = known.members.get(name)
  if (member?.gone === null && !member.isDoomed) return wrong(`${name} is there; only who has gone can be restarted.`)
  if (!member) return absenceOf(name, known) as Refusal
  member.gone = null
  member.isDoomed = false
  return { type: 'restart', name, isAwaited }
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

function parseTrouble(words: readonly string[], known: Known): Action | Refusal {
  const [word = '', ...more] = words
  if (!isFaultWord(word)) throw new Error(`${word} is no fault`)
  const fault = parseFault([word, ...more], name =>
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

function parseCancel([, order = '', ...more]: readonly string[], known: Known): Action | Refusal {
  if (order === 'all') return parseCancelAll(more, known)
  const found = findOrder(order, known)
  if (found && more.length > 0) return wrong(`Nothing belongs behind 'cancel ${order}'.`)
  if (!found) return wrong(`${quoted(order)} is not an order; write 'cancel NAME/NUMBER', such as 'cancel alice/1'.`)
  return isRefusal(found) ? found : { type: 'cancel', name: found.name, order: found.order }
}

/** `cancel all alice`, and behind it a market, a side and an account, each of which may be left out. */
function parseCancelAll([name = '', ...words]: readonly string[], known: Known): Action | Refusal {
  const refusal = name === '' ? wrong(`One peer belongs behind cancel all, such as 'cancel all alice'.`) : undefined
  const absent = refusal ?? absenceOf(name, known)
  if (absent) return absent
  const { markets } = known.members.get(name) as KnownMember
  const which = parseWhich(words, markets, markets[0] as Market)
  return isRefusal(which) ? which : { type: 'cancel all', name, ...which }
}

/** The new order is written as a whole, and is of the side and the account of the old one. */
function parseReplace([, order = '', having, ...words]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  if (!found || having !== 'with')
    return wrong(`A replacement is written 'replace NAME/NUMBER with sell 5 @ 102', or with any other order.`)
  if (isRefusal(found)) return found
  const { name, market, terms: old } = found
  const terms = parseOrder(words.join(' '), market)
  if (isRefusal(terms)) return terms
  if (terms.side !== old.side || terms.account !== old.account)
    return wrong(`What replaces ${order} is a ${old.side} order of the account ${old.account}, as it is itself.`)
  const { orders } = known.members.get(name) as KnownMember
  const refusal = reasonNotToPair(name, terms, orders)
  if (refusal) return refusal
  orders.push({ market, terms })
  return { type: 'replace', name, replaced: found.order, order: `${name}/${orders.length}`, market, terms }
}

function parseAmend([, order = '', to, lots, ...more]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  if (!found || to !== 'to' || lots === undefined || more.length > 0)
    return wrong(`An amendment is written 'amend NAME/NUMBER to QUANTITY', such as 'amend alice/1 to 3'.`)
  if (isRefusal(found)) return found
  const quantity = parseLots(lots, found.market.lotSize)
  return isRefusal(quantity) ? quantity : { type: 'amend', name: found.name, order: found.order, quantity }
}

/** The terms are those of the order itself, unless others stand behind `as`. */
function parseRepeat([, order = '', as, ...words]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  if (!found || (as !== undefined && as !== 'as'))
    return wrong(`A repeat is written 'repeat NAME/NUMBER', or 'repeat NAME/NUMBER as sell 5 @ 101'.`)
  if (isRefusal(found)) return found
  const terms = as === undefined ? found.terms : parseOrder(words.join(' '), found.market)
  if (isRefusal(terms)) return terms
  return { type: 'repeat', name: found.name, order: found.order, market: found.market, terms }
}

/** `force bob/1 released`, `force bob/1 filled 3 towards alice`: who does not answer may well have gone. */
function parseForce([, order = '', how, ...words]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  const [lots, more] = how === 'filled' ? [words[0], words.slice(1)] : ['0', words]
  const [towards, name = null, ...rest] = more
  const isComplete = (how === 'filled' || how === 'released') && lots !== undefined && rest.length === 0
  if (!found || !isComplete || (more.length > 0 && (towards !== 'towards' || name === null)))
    return wrong(`Forcing is written 'force NAME/NUMBER filled QUANTITY' or '… released'; 'towards NAME' may follow.`)
  if (isRefusal(found)) return found
  if (name !== null && !known.members.has(name)) return wrong(`There is no peer ${quoted(name)}; ${onStage(known)}.`)
  const quantity = how === 'released' ? 0 : parseLots(lots, found.market.lotSize)
  if (isRefusal(quantity)) return quantity
  return { type: 'force', name: found.name, order: found.order, lots: quantity, towards: name }
}

/** Null when the text names no order at all. */
function findOrder(
  order: string,
  known: Known,
): (KnownOrder & { readonly name: string; readonly order: OrderName }) | Refusal | null {
  const [, name, number] = orderNamePattern.exec(order) ?? []
  if (name === undefined) return null
  const refusal = absenceOf(name, known)
  if (refusal) return refusal
  const { orders } = known.members.get(name) as KnownMember
  const placed = orders[Number(number) - 1]
  if (!placed) return wrong(`There is no order ${order}; ${placedBy(name, orders.length)}.`)
  return { ...placed, name, order: order as OrderName }
}

function parsePlacing([name = '', ...words]: readonly string[], known: Known): Action | Refusal {
  const member = known.members.get(name)
  const isAsked = isSide(words[0]) || isSide(words[1]) || isBanning(words[0])
  if (!member && !isAsked)
    return wrong(
      `${quoted(name)} is neither a command nor a peer; commands are NAME buy, NAME sell, NAME bans, NAME pardons, ${Object.keys(parsers).join(', ')}.`,
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

function parsePlaced(name: string, words: readonly string[], { markets, orders }: KnownMember): Action | Refusal {
  const isElsewhere = !isSide(words[0]) && isSide(words[1])
  const market = isElsewhere ? marketNamed(words[0] ?? '', markets) : (markets[0] as Market)
  if (isRefusal(market)) return market
  const terms = parseOrder((isElsewhere ? words.slice(1) : words).join(' '), market)
  if (isRefusal(terms)) return terms
  const refusal = reasonNotToPair(name, terms, orders)
  if (refusal) return refusal
  orders.push({ market, terms })
  return { type: 'order', name, order: `${name}/${orders.length}`, market, terms }
}

/** A stop is paired with an order of the same peer that stands above it. */
function reasonNotToPair(name: string, { partner }: OrderTerms, orders: readonly KnownOrder[]): Refusal | undefined {
  if (partner === undefined) return undefined
  const [, owner, number] = orderNamePattern.exec(partner) ?? []
  if (owner === name && orders[Number(number) - 1]) return undefined
  return wrong(
    `${quoted(partner)} is no order of ${name} that a stop can be paired with; ${placedBy(name, orders.length)}.`,
  )
}

function isSide(word: string | undefined): boolean {
  return word === 'buy' || word === 'sell'
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
