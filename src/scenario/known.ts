/** What the commands of a scenario so far have established, and what of it later ones may name. */
import type { Market } from '../book/market.ts'
import type { OrderTerms } from '../book/notation.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import { findMarket } from '../peer/parse-order.ts'
import { faultWords } from './parse-fault.ts'
import type { Action } from './scenario.ts'

/** What the commands so far have established. */
export interface Known {
  readonly markets: Market[]
  readonly members: Map<string, KnownMember>
}

export interface KnownOrder {
  readonly market: Market
  readonly terms: OrderTerms
}

export interface KnownMember {
  readonly markets: readonly Market[]
  /** In the order of their numbers. */
  readonly orders: KnownOrder[]
  /** Why it is no longer on stage; null while it is. */
  gone: string | null
  /** It is to crash at some point; nobody knows beforehand when it gets there. */
  isDoomed: boolean
}

/** Reads the words of one command; what it establishes is added to `known`. */
export type Parse = (words: readonly string[], known: Known, line: number) => Action | Refusal

/** What a command may begin with, but for the name of a peer. */
export const commandWords = [
  ...(['market', 'peers', 'join', 'kill', 'stop', 'crash', 'restart'] as const),
  ...(['cancel', 'amend', 'replace', 'repeat', 'force'] as const),
  ...(['book', 'neighbours', 'trades', 'check', 'settle', 'advance'] as const),
  ...faultWords,
] as const
export type CommandWord = (typeof commandWords)[number]

/** Names that would make a line mean two things; `dht` is who answers lookups in the simulated network. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...commandWords,
  ...['dht', 'in', 'all', 'without', 'waiting', 'speaking', 'knowing'],
])

export function nothingKnown(): Known {
  return { markets: [], members: new Map() }
}

export function wrong(sentence: string): Refusal {
  return refuse('command_not_understood', sentence)
}

/** By its symbol, or by its whole id where two markets have one symbol. */
export function marketNamed(word: string, markets: readonly Market[]): Market | Refusal {
  const market = findMarket(markets, word)
  if (!isRefusal(market)) return market
  return wrong(`${quoted(word)} is not one market; there are ${markets.map(({ id }) => id).join(' and ')}.`)
}

export function onePeer([command, name, ...more]: readonly string[], known: Known): string | Refusal {
  if (name === undefined || more.length > 0)
    return wrong(`One peer belongs behind ${command}, such as '${command} alice'.`)
  return absenceOf(name, known) ?? name
}

/** Why a peer cannot be asked for anything, if it cannot. */
export function absenceOf(name: string, known: Known): Refusal | undefined {
  const member = known.members.get(name)
  if (member?.gone) return wrong(`${name} is no longer there: it was ${member.gone}.`)
  return member ? undefined : wrong(`There is no peer ${quoted(name)}; ${onStage(known)}.`)
}

export function onStage({ members }: Known): string {
  const names = [...members].flatMap(([name, { gone }]) => (gone ? [] : [name]))
  return names.length > 0 ? `on stage: ${names.join(', ')}` : `nobody is on stage yet: write 'peers NAME...' above`
}
