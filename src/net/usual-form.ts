/**
 * Recognizes the form that nearly all messages and signed bodies have, in a fraction of the time that their schemas take. It only ever
 * says yes where the schema does: whatever it does not recognize is for the schema, which alone says what is wrong. So a message with a
 * new field is no danger, only slower.
 */
import type * as z from 'zod'
import { cancelReasons } from '../feed/entry.ts'
import { segmentOf, type WrittenSegment } from '../feed/segment-text.ts'
import { limits } from '../limits.ts'
import {
  answerSchema,
  batchSchema,
  beatSchema,
  decisionRefusals,
  envelopeSchema,
  helloSchema,
  namePattern,
  patterns,
  repliedSchemas,
  requestSchema,
  segmentSchema,
  type Replied,
  type RequestType,
} from './messages.ts'

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
  (...checks: readonly Check[]): Check =>
  value => {
    for (const check of checks) if (check(value)) return true
    return false
  }

const list =
  (check: Check, min: number, max: number): Check =>
  value =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(check)

/** For what is checked later. */
const anything: Check = value => value !== undefined

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
const integer = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
const count = (min: number) => whole(min, Number.MAX_SAFE_INTEGER)
const signed = fields({ body: short(limits.messageBytesMax), signature: short(patterns.signatureCharactersMax) })
const head = fields({ incarnation: id, sequence: count(0), hash })
const orNull = (check: Check): Check => either(is(null), check)

/** Written out: nearly all that is read are orders. */
const orderRow: Check = value =>
  Array.isArray(value) &&
  value.length === 5 &&
  id(value[0]) &&
  side(value[1]) &&
  price(value[2]) &&
  quantity(value[3]) &&
  quantity(value[4])
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
  evidence: orNull(whole(0, limits.segmentEntriesMax)),
})

const cancelled = fields({
  type: is('cancelled'),
  orderId: id,
  quantity,
  remaining,
  reason: is(...cancelReasons),
})
const checkpoint = fields({
  type: is('checkpoint'),
  part: count(0),
  parts: count(1),
  open: whole(0, limits.openOrdersPerOwnerMax),
  orders: list(orderRow, 0, limits.checkpointOrdersMax),
})

const isSegment = fields({
  owner: peerId,
  market,
  incarnation: id,
  first: count(1),
  previous: orNull(hash),
  stamp,
  entries: list(either(orderRow, filled, cancelled, checkpoint), 1, limits.segmentEntriesMax),
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
    fields({ tradeId: id, orderId: id, side, limit: orNull(price), makerOrderId: id, price, quantity }),
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

const [nonce, address] = [text(patterns.nonce), text(patterns.address)]
const marketState = fields({ market, head: orNull(head), digest: hash, isOpen: is(true, false) })
const markets = list(marketState, 0, limits.marketsMax)

const isHello = fields({
  version: integer,
  from: peerId,
  name: text(namePattern),
  address,
  nonce,
  echo: orNull(nonce),
  stamp,
  markets,
})

const isBeat = fields({ from: peerId, to: peerId, stamp, echo: orNull(stamp), markets })

const segments = (min: number): Check => list(signed, min, Number.MAX_SAFE_INTEGER)

const isRequest = either(
  fields({ type: is('segments'), market, owner: peerId, segments: segments(1) }),
  fields({ type: is('propose', 'withdraw'), market, batch: signed }),
  fields({ type: is('beat'), beat: signed }),
  fields({ type: is('heads'), market }),
  fields({ type: is('hello'), hello: signed }),
  fields({ type: is('fetch'), market, owner: peerId, after: orNull(fields({ incarnation: id, sequence: count(0) })) }),
)

const isEnvelope = fields({ version: integer, network: short(limits.messageBytesMax), request: anything })

const replies: Readonly<Record<RequestType, Check>> = {
  hello: fields({ hello: signed }),
  beat: fields({ beat: signed }),
  goodbye: fields({ undecided: whole(0, limits.marketsMax) }),
  segments: fields({ cursor: orNull(head) }),
  fetch: fields({ segments: segments(0), head: orNull(head) }),
  heads: fields({ heads: list(fields({ owner: peerId, head }), 0, limits.ownersMax) }),
  peers: fields({ peers: list(fields({ peer: peerId, address }), 0, limits.neighboursMax) }),
  propose: fields({ answer: signed }),
  withdraw: fields({ answer: signed }),
}

export interface UsualForm<T> extends Form<T> {
  readonly recognizes: Check
}

/** `contentOf`: what the schema makes of it. */
function usually<T>(
  check: Check,
  schema: z.ZodType<T>,
  contentOf: (value: unknown) => T = value => value as T,
): UsualForm<T> {
  return {
    recognizes: check,
    safeParse: (value, ...more) =>
      check(value) ? { success: true, data: contentOf(value) } : schema.safeParse(value, ...more),
  }
}

export const segmentForm = usually(isSegment, segmentSchema, value => segmentOf(value as WrittenSegment))
export const batchForm = usually(isBatch, batchSchema)
export const answerForm = usually(isAnswer, answerSchema)
export const helloForm = usually(isHello, helloSchema)
export const beatForm = usually(isBeat, beatSchema)
export const envelopeForm = usually(isEnvelope, envelopeSchema)
export const requestForm = usually(isRequest, requestSchema)

/** By the type of what is replied to. */
export const repliedForms = Object.fromEntries(
  Object.entries(replies).map(([type, reply]) => [
    type,
    usually<unknown>(fields({ reply }), repliedSchemas[type as RequestType]),
  ]),
) as unknown as { readonly [T in RequestType]: UsualForm<Replied<T>> }
