/** The commands of who comes and goes: markets, entrances, exits, crashes and restarts. */
import { createMarket, type Market } from '../book/market.ts'
import { isRefusal, quoted, type Refusal } from '../book/refusal.ts'
import { crashPoints } from '../sim/simulated-disk.ts'
import { absenceOf, marketNamed, onePeer, reservedNames, wrong, type Known, type Parse } from './known.ts'
import type { Action } from './scenario.ts'

const namePattern = /^[a-z][a-z0-9-]{0,30}$/

export function parseMarket(
  [, symbol, tick, tickSize, lot, lotSize, ...more]: readonly string[],
  known: Known,
): Action | Refusal {
  const isComplete = symbol !== undefined && tickSize !== undefined && lotSize !== undefined && more.length === 0
  if (!isComplete || tick !== 'tick' || lot !== 'lot')
    return wrong(`A market is written 'market SYMBOL tick SIZE lot SIZE', such as 'market BTC-USD tick 1 lot 1'.`)
  if (known.members.size > 0)
    return wrong(`Markets stand above the peers, which trade them from their first moment on.`)
  const market = createMarket({ symbol, tickSize, lotSize })
  if (isRefusal(market)) return market
  if (known.markets.some(({ id }) => id === market.id)) return wrong(`There is a market ${market.id} already.`)
  known.markets.push(market)
  return { type: 'market', market }
}

export function parsePeers([, ...words]: readonly string[], known: Known): Action | Refusal {
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

export function parseJoin([, ...all]: readonly string[], known: Known): Action | Refusal {
  const [spoken, isAwaited] = awaited(all)
  const [words, version] = speaking(spoken)
  const [[name, ...more], markets] = entrance(words, known)
  if (isRefusal(markets)) return markets
  if (name === undefined || more.length > 0) return wrong(`One name belongs behind join, such as 'join dave'.`)
  return enter(name, markets, known) ?? { type: 'join', name, markets, isAwaited, version }
}

/** The words without `speaking 1` at their end, and which version of the protocol it names. */
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

export function leave(type: 'kill' | 'stop', past: string): Parse {
  return (words, known, line) => {
    const name = onePeer(words, known)
    if (isRefusal(name)) return name
    const member = known.members.get(name)
    if (member) member.gone = `${past} in line ${line}`
    return { type, name }
  }
}

export function parseCrash(
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

export function parseRestart([, ...all]: readonly string[], known: Known): Action | Refusal {
  const [[name, ...more], isAwaited] = awaited(all)
  if (name === undefined || more.length > 0) return wrong(`One peer belongs behind restart, such as 'restart alice'.`)
  const member = known.members.get(name)
  if (member?.gone === null && !member.isDoomed) return wrong(`${name} is there; only who has gone can be restarted.`)
  if (!member) return absenceOf(name, known) as Refusal
  member.gone = null
  member.isDoomed = false
  return { type: 'restart', name, isAwaited }
}
