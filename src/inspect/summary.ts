/**
 * Values of any kind and size as short plain JSON, for people to read: what is long is cut, what knows its own summary (`toJSON`) gives
 * that. The whole has a budget of characters, so that a summary costs little whatever it is of. Never throws, never changes anything.
 */
import { limits } from '../limits.ts'

/** What is left to say; shared by everything in one summary. */
interface Budget {
  characters: number
}

export function summaryOf(value: unknown, charactersMax: number = limits.inspectSummaryCharactersMax): unknown {
  return summary(value, { characters: charactersMax }, 0)
}

function summary(value: unknown, budget: Budget, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return shortened(value, budget)
    case 'number':
      budget.characters -= 8
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      budget.characters -= 5
      return value
    case 'bigint':
      return shortened(String(value), budget)
    case 'object':
      return value === null ? null : structure(value, budget, depth)
    case 'function':
      return shortened(`function ${value.name}`, budget)
    case 'symbol':
      return shortened(String(value), budget)
    case 'undefined':
      return undefined
  }
}

function shortened(text: string, budget: Budget): string {
  const most = Math.max(0, Math.min(limits.inspectTextCharactersMax, budget.characters))
  const short = text.length <= most ? text : `${text.slice(0, most)}…`
  budget.characters -= short.length + 2
  return short
}

function structure(value: object, budget: Budget, depth: number): unknown {
  if (budget.characters <= 0 || depth >= limits.inspectDepthMax) return '…'
  if (hasSummary(value)) {
    const own = value.toJSON()
    return own === value ? '…' : summary(own, budget, depth + 1)
  }
  if (value instanceof Error) return shortened(`${value.name}: ${value.message}`, budget)
  if (Array.isArray(value)) return list(value, budget, depth)
  if (value instanceof Map || value instanceof Set)
    return shortened(`${value.constructor.name} of ${value.size}`, budget)
  return properties(value, budget, depth)
}

function hasSummary(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function list(values: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const short: unknown[] = []
  for (const value of values) {
    if (short.length >= limits.inspectItemsMax || budget.characters <= 0) break
    short.push(summary(value, budget, depth + 1))
  }
  if (short.length < values.length) short.push(`… ${values.length - short.length} more`)
  return short
}

function properties(value: object, budget: Budget, depth: number): object {
  const short: Record<string, unknown> = {}
  const names = Object.keys(value)
  let index = 0
  for (const name of names) {
    if (index >= limits.inspectItemsMax || budget.characters <= 0) {
      short['…'] = `${names.length - index} more`
      break
    }
    index += 1
    budget.characters -= name.length + 3
    short[shortenedName(name)] = summary((value as Record<string, unknown>)[name], budget, depth + 1)
  }
  return short
}

/** A property called `__proto__` would change the summary instead of standing in it. */
function shortenedName(name: string): string {
  if (name === '__proto__') return "'__proto__'"
  return name.length <= limits.inspectTextCharactersMax ? name : `${name.slice(0, limits.inspectTextCharactersMax)}…`
}
