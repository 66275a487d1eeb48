/**
 * What a message between peers says: its name, the trades that it speaks of, a line for people. It reads what may come from anybody, so
 * it checks nothing and trusts nothing: what it does not understand it calls unreadable.
 */
import { formatLots, formatTicks } from '../book/decimals.ts'
import { parseMarketId } from '../book/market.ts'
import { isRefusal } from '../book/refusal.ts'
import { orderOf, type OrderRow } from '../feed/segment-text.ts'
import { limits } from '../limits.ts'
import type { MessageFrame } from './frame.ts'
import { summaryOf } from './summary.ts'

export type ReadMessage = Pick<MessageFrame, 'name' | 'tradeIds' | 'summary' | 'payload'>

type Properties = Readonly<Record<string, unknown>>

/** The replies by what only they have; in this order, since one has what another has too. */
const replyNames: readonly (readonly [property: string, name: string])[] = [
  ['hello', 'hello'],
  ['beat', 'beat'],
  ['undecided', 'goodbye'],
  ['cursor', 'segments'],
  ['segments', 'fetch'],
  ['heads', 'heads'],
  ['peers', 'peers'],
  ['answer', 'answer'],
]
const tradeIdsMax = limits.batchProposalsMax
const depthMax = 12

/** `nameOf` gives what people call a peer id. */
export function readMessage(kind: 'request' | 'reply', text: string, nameOf: (peerId: string) => string): ReadMessage {
  if (text === '') return { name: 'failed', tradeIds: [], summary: 'no reply', payload: null }
  const opened = open(jsonOf(text), 0)
  const [name, said] = kind === 'request' ? requestIn(opened) : replyIn(opened)
  if (name === 'unreadable') return { name, tradeIds: [], summary: `${text.length} characters`, payload: short(text) }
  return { name, tradeIds: tradeIdsIn(said), summary: lineOf(name, said, nameOf), payload: short(said) }
}

function short(value: unknown): unknown {
  return summaryOf(value, limits.inspectPayloadCharactersMax)
}

function requestIn(opened: unknown): readonly [name: string, said: unknown] {
  const request = propertiesOf(propertiesOf(opened)['request'])
  const { type } = request
  return typeof type === 'string' ? [type.slice(0, limits.nameCharactersMax), request] : ['unreadable', opened]
}

function replyIn(opened: unknown): readonly [name: string, said: unknown] {
  const { reply, refused } = propertiesOf(opened)
  if (refused !== undefined) return ['refused', refused]
  const name = replyNames.find(([property]) => property in propertiesOf(reply))?.[1]
  return name === undefined ? ['unreadable', opened] : [name, reply]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The same with signed bodies, which are texts of JSON, as what they say. */
function open(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > depthMax) return value
  if (Array.isArray(value)) return value.map(one => open(one, depth + 1))
  const entries = Object.entries(value).map(([name, one]) => {
    const isBody = name === 'body' && typeof one === 'string' && 'signature' in value
    return [name, open(isBody ? (jsonOf(one) ?? one) : one, depth + 1)] as const
  })
  return Object.fromEntries(entries)
}

function tradeIdsIn(value: unknown): readonly string[] {
  const found = new Set<string>()
  const look = (one: unknown, depth: number): void => {
    if (typeof one !== 'object' || one === null || depth > depthMax || found.size >= tradeIdsMax) return
    const tradeId = 'tradeId' in one ? one.tradeId : undefined
    if (typeof tradeId === 'string') found.add(tradeId.slice(0, limits.nameCharactersMax))
    for (const inside of Object.values(one)) look(inside, depth + 1)
  }
  look(value, 0)
  return [...found]
}

function lineOf(name: string, said: unknown, nameOf: (peerId: string) => string): string {
  const { batch, answer, segments, owner, market, peers, reason, sentence } = propertiesOf(said)
  switch (name) {
    case 'propose':
      return `batch ${wordOf(bodyOf(batch)['n'])}: ${listed(bodyOf(batch)['proposals'], one => proposalLine(one, market))}`
    case 'withdraw':
      return `batch ${wordOf(bodyOf(batch)['n'])}: what has become of it?`
    case 'answer':
      return `batch ${wordOf(bodyOf(answer)['n'])}: ${listed(bodyOf(answer)['decisions'], one => decisionLine(one, bodyOf(answer)['market']))}`
    case 'segments':
    case 'fetch':
      return segments === undefined
        ? ''
        : `${ownerLine(owner, nameOf)}${listed(entriesIn(segments), one => entryLine(one, market))}`
    case 'peers':
      return listed(peers, one => nameOf(wordOf(propertiesOf(one)['peer'])).slice(0, limits.nameCharactersMax))
    case 'refused':
      return `${wordOf(reason)}: ${wordOf(sentence)}`.slice(0, limits.inspectTextCharactersMax)
    default:
      return ''
  }
}

function ownerLine(owner: unknown, nameOf: (peerId: string) => string): string {
  return typeof owner === 'string' ? `${nameOf(owner).slice(0, limits.nameCharactersMax)}: ` : ''
}

function entriesIn(segments: unknown): unknown[] {
  return listOf(segments).flatMap(segment => listOf(bodyOf(segment)['entries']))
}

function proposalLine(proposal: unknown, market: unknown): string {
  const { side, quantity, price } = propertiesOf(proposal)
  return `${wordOf(side)} ${lots(quantity, market)} @ ${ticks(price, market)}`
}

function decisionLine(decision: unknown, market: unknown): string {
  const { filled, refused } = propertiesOf(decision)
  return filled === undefined ? `refused, ${wordOf(refused)}` : `filled ${lots(filled, market)}`
}

function entryLine(entry: unknown, market: unknown): string {
  if (Array.isArray(entry)) return `placed ${proposalLine(orderOf(entry as unknown as OrderRow), market)}`
  const { type, quantity, price } = propertiesOf(entry)
  if (type === 'filled') return `filled ${lots(quantity, market)} @ ${ticks(price, market)}`
  return quantity === undefined ? wordOf(type) : `${wordOf(type)} ${lots(quantity, market)}`
}

/** The first few, and how many more there are. */
function listed(values: unknown, lineOfOne: (value: unknown) => string): string {
  const all = listOf(values)
  const lines = all.slice(0, 3).map(lineOfOne)
  return [...lines, ...(all.length > lines.length ? [`${all.length - lines.length} more`] : [])].join(', ')
}

/** Decimals where the market is known, else lots as they are. */
function lots(quantity: unknown, market: unknown): string {
  const sizes = sizesOf(market)
  return sizes && isWhole(quantity) ? formatLots(quantity, sizes.lotSize) : wordOf(quantity)
}

function ticks(price: unknown, market: unknown): string {
  const sizes = sizesOf(market)
  return sizes && isWhole(price) ? formatTicks(price, sizes.tickSize) : wordOf(price)
}

function sizesOf(market: unknown): { readonly tickSize: string; readonly lotSize: string } | null {
  if (typeof market !== 'string') return null
  const parsed = parseMarketId(market)
  return isRefusal(parsed) ? null : parsed
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function wordOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, limits.inspectTextCharactersMax)
  return typeof value === 'number' ? String(value) : '?'
}

function bodyOf(signed: unknown): Properties {
  return propertiesOf(propertiesOf(signed)['body'])
}

function propertiesOf(value: unknown): Properties {
  return typeof value === 'object' && value !== null ? (value as Properties) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
