/**
 * What a line of `npm run match` means: one JSON object, with a field `do` and the fields of that command. It never guesses: a field
 * that is not known, or is not what it should be, is a mistake of the whole line.
 */
import { parseAccount } from '../book/account.ts'
import { selfTradePreventions, type SelfTradePrevention, type Side } from '../book/order.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import { limits } from '../limits.ts'

export interface NewOrderLine {
  readonly do: 'new'
  readonly id: string
  readonly side: Side
  /** Lots. */
  readonly quantity: number
  /** Ticks; without it a market order. */
  readonly price?: number
  readonly timeInForce?: 'gtc' | 'ioc' | 'fok'
  readonly postOnly?: boolean
  /** Without it the order trades with everybody. */
  readonly account?: string
  readonly selfTradePrevention?: SelfTradePrevention
  /** Lots that an iceberg shows at a time. */
  readonly displayed?: number
  /** Lots that it must trade at once, or not at all. */
  readonly minimum?: number
  /** A stop: the trade price that triggers it. */
  readonly trigger?: number
  /** Of a stop: the resting order that it is paired with. */
  readonly partner?: string
}

export type MatchCommand =
  | NewOrderLine
  | { readonly do: 'cancel'; readonly id: string }
  | { readonly do: 'cancelAll'; readonly side?: Side; readonly account?: string }
  | { readonly do: 'amend'; readonly id: string; readonly quantity: number }
  | { readonly do: 'modify'; readonly id: string; readonly price: number; readonly quantity: number }

export type LineRefusal = Refusal<'line_is_not_understood'>

/** Why a value is not right, or null. */
type Check = (value: unknown) => string | null

const isId: Check = value => {
  if (typeof value !== 'string' || value === '') return 'it must be a text, such as "a1"'
  return value.length <= limits.nameCharactersMax ? null : `it has more than ${limits.nameCharactersMax} characters`
}
const isNumber: Check = value => (typeof value === 'number' ? null : 'it must be a whole number, such as 101')
const isBoolean: Check = value => (typeof value === 'boolean' ? null : 'it must be true or false')
const isAccount: Check = value => {
  const account = parseAccount(typeof value === 'string' ? value : '')
  return isRefusal(account) ? 'it must be the name of an account, such as "desk-1"' : null
}

function isOneOf(...words: readonly string[]): Check {
  const list = words.map(word => `"${word}"`).join(', ')
  return value => (words.some(word => word === value) ? null : `it must be one of ${list}`)
}

interface Form {
  readonly required: Readonly<Record<string, Check>>
  readonly optional: Readonly<Record<string, Check>>
}

const side = isOneOf('buy', 'sell')

const forms: Readonly<Record<MatchCommand['do'], Form>> = {
  new: {
    required: { id: isId, side, quantity: isNumber },
    optional: {
      price: isNumber,
      timeInForce: isOneOf('gtc', 'ioc', 'fok'),
      postOnly: isBoolean,
      account: isAccount,
      selfTradePrevention: isOneOf(...selfTradePreventions),
      displayed: isNumber,
      minimum: isNumber,
      trigger: isNumber,
      partner: isId,
    },
  },
  cancel: { required: { id: isId }, optional: {} },
  cancelAll: { required: {}, optional: { side, account: isAccount } },
  amend: { required: { id: isId, quantity: isNumber }, optional: {} },
  modify: { required: { id: isId, price: isNumber, quantity: isNumber }, optional: {} },
}

const names = Object.keys(forms)

export function parseMatchCommand(line: string): MatchCommand | LineRefusal {
  const fields = parseObject(line)
  if (fields === null) return notUnderstood(`${quoted(line)} is not a JSON object`)
  const form =
    typeof fields['do'] === 'string' && Object.hasOwn(forms, fields['do']) ? forms[fields['do'] as 'new'] : null
  if (form === null) return notUnderstood(`"do" is ${written(fields['do'])}; it must be one of ${names.join(', ')}`)
  return mistakeIn(fields, form) ?? (fields as unknown as MatchCommand)
}

function parseObject(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function mistakeIn(fields: Readonly<Record<string, unknown>>, { required, optional }: Form): LineRefusal | null {
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'do') continue
    const check = ownOf(required, name) ?? ownOf(optional, name)
    if (!check) return notUnderstood(`there is no field ${quoted(name)} in a "${String(fields['do'])}"`)
    const mistake = check(value)
    if (mistake !== null) return notUnderstood(`"${name}" is ${written(value)}; ${mistake}`)
  }
  const missing = Object.keys(required).find(name => !Object.hasOwn(fields, name))
  return missing === undefined ? null : notUnderstood(`"${missing}" is missing`)
}

function ownOf(checks: Readonly<Record<string, Check>>, name: string): Check | undefined {
  return Object.hasOwn(checks, name) ? checks[name] : undefined
}

function written(value: unknown): string {
  return value === undefined ? 'missing' : quoted(JSON.stringify(value))
}

function notUnderstood(what: string): LineRefusal {
  return refuse('line_is_not_understood', `${what}.`)
}
