/**
 * Recognizes the form that nearly all signed bodies have, in a fraction of the time that their schemas take. It only ever says yes where
 * the schema does: whatever it does not recognize is for the schema, which alone says what is wrong. So a message with a new field
 * is no danger, only slower.
 */
import type * as z from 'zod'
import { limits } from '../limits.ts'
import { answerSchema, batchSchema, decisionRefusals, patterns, segmentSchema } from './messages.ts'

/** What a text from the wire is held against. */
export type Form<T> = Pick<z.ZodType<T>, 'safeParse'>

type Check = (value: unknown) => boolean

const is =
  (...values: readonly unknown[]): Check =>
  value =>
    values.includes(value)

const text =
  (pattern: RegExp): Check =>
  value =>
    typeof value === 'string' && pattern.test(value)

const short =
  (charactersMax: number): Check =>
  value =>
    typeof value === 'string' && value.length <= charactersMax

const whole =
  (min: number, max: number): Check =>
  value =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max

const either =
  (one: Check, other: Check): Check =>
  value =>
    one(value) || other(value)

const list =
  (check: Check, min: number, max: number): Check =>
  value =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(check)

/** An object with exactly these fields: no check takes what is not there. */
function fields(checks: Readonly<Record<string, Check>>): Check {
  const all = Object.entries(checks)
  return value => {
    if (typeof value !== 'object' || value === null || Object.keys(value).length !== all.length) return false
    for (const [name, check] of all) if (!check((value as Record<string, unknown>)[name])) return false
    return true
  }
}

const [id, peerId, hash] = [patterns.uuid7, patterns.peerId, patterns.hash].map(text) as [Check, Check, Check]
const [stamp, market] = [text(patterns.stamp), text(patterns.marketId)]
const side = is('buy', 'sell')
const price = whole(1, limits.priceMax)
const quantity = whole(1, limits.quantityMax)
const remaining = whole(0, limits.quantityMax)
const count = (min: number) => whole(min, Number.MAX_SAFE_INTEGER)
const signed = fields({ body: short(limits.messageBytesMax), signature: short(patterns.signatureCharactersMax) })
const head = fields({ incarnation: id, sequence: count(0), hash })

const placed = fields({
  type: is('placed'),
  order: fields({ id, side, price, quantity, remaining: quantity }),
})
const filled = fields({
  type: is('filled'),
  orderId: id,
  side,
  tradeId: id,
  price,
  quantity,
  remaining,
  liquidity: is('maker', 'taker'),
  counterparty: fields({ peer: peerId, orderId: id }),
  evidence: either(is(null), whole(0, limits.segmentEntriesMax)),
})

const isSegment = fields({
  owner: peerId,
  market,
  incarnation: id,
  first: count(1),
  previous: either(is(null), hash),
  stamp,
  entries: list(either(placed, filled), 1, limits.segmentEntriesMax),
  evidence: list(either(fields({ signed }), fields({ segment: head })), 0, limits.segmentEntriesMax),
})

const isBatch = fields({
  taker: peerId,
  maker: peerId,
  market,
  n: count(1),
  takerIncarnation: id,
  makerHead: head,
  stamp,
  proposals: list(
    fields({ tradeId: id, orderId: id, side, limit: either(is(null), price), makerOrderId: id, price, quantity }),
    1,
    limits.batchProposalsMax,
  ),
  // Not all or nothing.
  minimum: is(0),
  last: is(null),
})

const isAnswer = fields({
  maker: peerId,
  taker: peerId,
  market,
  n: count(1),
  batchHash: hash,
  makerIncarnation: id,
  sequence: count(0),
  decisions: list(
    either(fields({ tradeId: id, filled: quantity }), fields({ tradeId: id, refused: is(...decisionRefusals) })),
    1,
    limits.batchProposalsMax,
  ),
})

function usually<T>(check: Check, schema: z.ZodType<T>): Form<T> & { readonly recognizes: Check } {
  return {
    recognizes: check,
    safeParse: (value, ...more) =>
      check(value) ? { success: true, data: value as T } : schema.safeParse(value, ...more),
  }
}

export const segmentForm = usually(isSegment, segmentSchema)
export const batchForm = usually(isBatch, batchSchema)
export const answerForm = usually(isAnswer, answerSchema)
