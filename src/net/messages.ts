/**
 * Everything that peers say to each other: one schema a message, types derived from the schemas. What is signed travels as the
 * very text that was signed and is parsed a second time, from that text, once its signature is known to be good (codec.ts).
 */
import * as z from 'zod'
import type { MarketId } from '../book/market.ts'
import type { OrderId, PeerId, TradeId } from '../book/order.ts'
import { cancelReasons, type Head, type Incarnation } from '../feed/entry.ts'
import type { Stamp } from '../feed/hybrid-clock.ts'
import type { Segment } from '../feed/segment.ts'
import { segmentOf, type OrderRow, type WrittenEntry, type WrittenSegment } from '../feed/segment-text.ts'
import type { Signed } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import type { Address } from './transport.ts'

/** 2: an order in a segment is a row. */
export const protocolVersion = 2

// What messages are made of

export const patterns = {
  uuid7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  peerId: /^[\w-]{43}$/,
  hash: /^[\w-]{43}$/,
  nonce: /^[\w-]{22}$/,
  address: /^[A-Za-z0-9.-]{1,253}:\d{1,5}$/,
  stamp: /^[0-9a-f]{20}$/,
  marketId: /^[A-Z0-9][A-Z0-9._-]{0,31}:\d{1,12}(\.\d{1,8})?:\d{1,12}(\.\d{1,8})?$/,
  signatureCharactersMax: 128,
} as const
const { uuid7 } = patterns

const text = (pattern: RegExp, what: string) => z.string().regex(pattern, `is not ${what}`)
const branded = <T extends string>(pattern: RegExp, what: string) => text(pattern, what) as unknown as z.ZodType<T>

/** Names go to terminals and logs: letters and digits of any script, and little else. */
export const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._~-]{0,63}$/u
const peerId = branded<PeerId>(patterns.peerId, 'a peer id')
const orderId = branded<OrderId>(uuid7, 'an order id')
const tradeId = branded<TradeId>(uuid7, 'a trade id')
const incarnation = branded<Incarnation>(uuid7, 'an incarnation')
const stamp = branded<Stamp>(patterns.stamp, 'a stamp')
const hash = text(patterns.hash, 'a hash')
const nonce = text(patterns.nonce, 'a nonce')
const marketId = branded<MarketId>(patterns.marketId, 'a market')
const address = branded<Address>(patterns.address, 'an address')
const side = z.enum(['buy', 'sell'])
const price = z.int().min(1).max(limits.priceMax)
const quantity = z.int().min(1).max(limits.quantityMax)
const remaining = z.int().min(0).max(limits.quantityMax)
const sequence = z.int().min(0)

const signed = z.strictObject({
  body: z.string().max(limits.messageBytesMax),
  signature: z.string().max(patterns.signatureCharactersMax),
}) satisfies z.ZodType<Signed>
const cursor = z.strictObject({ incarnation, sequence })
const head = z.strictObject({ incarnation, sequence, hash }) satisfies z.ZodType<Head>

// Segments, as they are written

/** Id, side, price, quantity, remaining. */
const orderRow = z.tuple([orderId, side, price, quantity, quantity]) satisfies z.ZodType<OrderRow>

const namedEntry = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('opened'), continues: head.nullable() }),
  z.strictObject({
    type: z.literal('checkpoint'),
    part: z.int().min(0),
    parts: z.int().min(1),
    open: z.int().min(0).max(limits.openOrdersPerOwnerMax),
    orders: z.array(orderRow).max(limits.checkpointOrdersMax),
  }),
  z.strictObject({
    type: z.literal('filled'),
    orderId,
    side,
    tradeId,
    price,
    quantity,
    remaining,
    liquidity: z.enum(['maker', 'taker']),
    counterparty: z.strictObject({ peer: peerId, orderId }),
    evidence: z.int().min(0).max(limits.segmentEntriesMax).nullable(),
  }),
  z.strictObject({
    type: z.literal('cancelled'),
    orderId,
    quantity,
    remaining,
    reason: z.enum(cancelReasons),
  }),
  z.strictObject({ type: z.literal('expired'), orderId, quantity, remaining }),
  z.strictObject({ type: z.literal('amended'), orderId, quantity, remaining: quantity }),
  z.strictObject({
    type: z.literal('forced'),
    orderId,
    tradeId,
    quantity,
    remaining,
    counterparty: z.strictObject({ peer: peerId, orderId }),
  }),
])
const entry = z.union([orderRow, namedEntry]) satisfies z.ZodType<WrittenEntry>

const writtenSegment = z.strictObject({
  owner: peerId,
  market: marketId,
  incarnation,
  first: z.int().min(1),
  previous: hash.nullable(),
  stamp,
  entries: z.array(entry).min(1).max(limits.segmentEntriesMax),
  evidence: z
    .array(z.union([z.strictObject({ signed }), z.strictObject({ segment: head })]))
    .max(limits.segmentEntriesMax),
}) satisfies z.ZodType<WrittenSegment>
export const segmentSchema = writtenSegment.transform(segmentOf) satisfies z.ZodType<Segment>

// Trades

const proposal = z.strictObject({
  tradeId,
  /** The taker's order, its side and its limit in ticks (null: any price). */
  orderId,
  side,
  limit: price.nullable(),
  /** The maker's order, its price in ticks as the taker sees it, and the lots wanted. */
  makerOrderId: orderId,
  price,
  quantity,
})
export type Proposal = z.infer<typeof proposal>

/** Numbered proposals of one taker's peer to one maker's peer in one market. */
export const batchSchema = z
  .strictObject({
    taker: peerId,
    maker: peerId,
    market: marketId,
    n: z.int().min(1),
    takerIncarnation: incarnation,
    /** The head of the maker's feed that the taker has read. */
    makerHead: head,
    stamp,
    proposals: z.array(proposal).min(1).max(limits.batchProposalsMax),
    /** Lots that all proposals together must fill, or none of them does; 0: each for itself. */
    minimum: z.int().min(0).max(limits.quantityMax),
    /** Not null: nothing is filled yet but all of it held, until the maker of this other batch has decided on that one. */
    last: signed.nullable(),
  })
  .refine(({ proposals, minimum }) => minimum <= lotsOf(proposals), 'has a minimum beyond its proposals')
  .refine(
    ({ proposals, minimum, last }) => last === null || minimum === lotsOf(proposals),
    'is to be held and does not say all of it',
  )

function lotsOf(proposals: readonly Proposal[]): number {
  return proposals.reduce((sum, { quantity }) => sum + quantity, 0)
}

export type Batch = z.infer<typeof batchSchema>

export const decisionRefusals = [
  'order_unknown',
  'order_closed',
  'price_differs',
  'sides_are_equal',
  'prices_do_not_cross',
  'taker_is_earlier',
  'nothing_available',
  'trade_id_not_later',
  'withdrawn',
  'incarnation_superseded',
  'below_minimum',
  'refused_by_last_maker',
] as const
export type DecisionRefusal = (typeof decisionRefusals)[number]

const decision = z.union([
  z.strictObject({ tradeId, filled: quantity }),
  z.strictObject({ tradeId, refused: z.enum(decisionRefusals) }),
  z.strictObject({ tradeId, held: quantity }),
])
export type Decision = z.infer<typeof decision>

/** The maker's decision on each proposal of a batch, in the batch's order. Final, unless they are held: then another answer follows. */
export const answerSchema = z.strictObject({
  maker: peerId,
  taker: peerId,
  market: marketId,
  n: z.int().min(1),
  batchHash: hash,
  makerIncarnation: incarnation,
  /** Sequence number of the maker's feed up to which the decision has seen its book. */
  sequence,
  decisions: z.array(decision).min(1).max(limits.batchProposalsMax),
})
export type Answer = z.infer<typeof answerSchema>

// Neighbours

const marketState = z.strictObject({
  market: marketId,
  /** The sender's own head. */
  head: head.nullable(),
  /** Hash over all heads that the sender holds: equal digests, equal books. */
  digest: hash,
  /** Whether the sender's book takes proposals. */
  isOpen: z.boolean(),
})
export type MarketState = z.infer<typeof marketState>

/** «This is who I am and where»; challenges whoever is at that address with a nonce. */
export const helloSchema = z.strictObject({
  version: z.int(),
  from: peerId,
  name: text(namePattern, 'a name'),
  address,
  nonce,
  /** The nonce that this hello answers; null in the one that asks. */
  echo: nonce.nullable(),
  stamp,
  markets: z.array(marketState).max(limits.marketsMax),
})
export type Hello = z.infer<typeof helloSchema>

/** «I am here, and this is how far I have read», once a second. */
export const beatSchema = z.strictObject({
  from: peerId,
  to: peerId,
  stamp,
  /** The stamp of the beat that this one answers; null in the one that asks. */
  echo: stamp.nullable(),
  markets: z.array(marketState).max(limits.marketsMax),
})
export type Beat = z.infer<typeof beatSchema>

/** «I am leaving.» Old ones, and ones that were meant for others, say nothing. */
export const goodbyeSchema = z.strictObject({ from: peerId, to: peerId, stamp })
export type Goodbye = z.infer<typeof goodbyeSchema>

/** A rumour: somebody else has reached this peer at this address. */
const introduced = z.strictObject({ peer: peerId, address })
export type Introduced = z.infer<typeof introduced>

// Requests and replies

/** What surrounds every request; what else it has is for the version that it names. */
export const envelopeSchema = z.looseObject({ version: z.int(), network: z.string() })

/** What one peer asks another, one reply each. */
export const requestSchema = z.discriminatedUnion('type', [
  /** Who are you? */
  z.strictObject({ type: z.literal('hello'), hello: signed }),
  /** Are you there, and how far have you read? */
  z.strictObject({ type: z.literal('beat'), beat: signed }),
  /** I am leaving; how many batches of yours have I not decided? */
  z.strictObject({ type: z.literal('goodbye'), goodbye: signed }),
  /** Here is what comes next in somebody's feed. */
  z.strictObject({ type: z.literal('segments'), market: marketId, owner: peerId, segments: z.array(signed).min(1) }),
  /** What comes next in somebody's feed? */
  z.strictObject({ type: z.literal('fetch'), market: marketId, owner: peerId, after: cursor.nullable() }),
  /** How far have you read in whose feed? */
  z.strictObject({ type: z.literal('heads'), market: marketId }),
  /** Which peers that trade one of these are your live neighbours? */
  z.strictObject({ type: z.literal('peers'), markets: z.array(marketId).min(1).max(limits.marketsMax) }),
  /** Will you trade? */
  z.strictObject({ type: z.literal('propose'), market: marketId, batch: signed }),
  /** What has become of my proposal? If you have not seen it, it is off; if you hold it, this is what the last maker has decided. */
  z.strictObject({ type: z.literal('withdraw'), market: marketId, batch: signed, decision: signed.optional() }),
])
export type Request = z.infer<typeof requestSchema>
export type RequestType = Request['type']

/** The reply to each request, when it is not refused. */
export const replySchemas = {
  hello: z.strictObject({ hello: signed }),
  beat: z.strictObject({ beat: signed }),
  goodbye: z.strictObject({ undecided: z.int().min(0).max(limits.marketsMax) }),
  segments: z.strictObject({ cursor: head.nullable() }),
  fetch: z.strictObject({ segments: z.array(signed), head: head.nullable() }),
  heads: z.strictObject({ heads: z.array(z.strictObject({ owner: peerId, head })).max(limits.ownersMax) }),
  peers: z.strictObject({ peers: z.array(introduced).max(limits.neighboursMax) }),
  propose: z.strictObject({ answer: signed }),
  withdraw: z.strictObject({ answer: signed }),
} satisfies Record<RequestType, z.ZodType>
export type Reply<T extends RequestType> = z.infer<(typeof replySchemas)[T]>

/** A reply with what surrounds it. */
export interface Replied<T extends RequestType> {
  readonly reply: Reply<T>
}

/** Made once: a schema is compiled when it is first used. */
export const repliedSchemas = Object.fromEntries(
  Object.entries(replySchemas).map(([type, reply]) => [type, z.strictObject({ reply })]),
) as unknown as { readonly [T in RequestType]: z.ZodType<Replied<T>> }

/** Why a request has no answer. None of them is a decision on a trade; only after `outcome_unknown` it may have been served. */
export const requestRefusals = [
  'busy',
  'message_malformed',
  'protocol_version_differs',
  'network_differs',
  'signature_wrong',
  'addressed_to_somebody_else',
  'market_not_traded_here',
  'market_not_open',
  'outcome_unknown',
  'clock_ahead',
  'number_passed',
  'number_used_twice',
  'stopping',
  'banned',
  'superseded',
] as const
export type RequestRefusal = (typeof requestRefusals)[number]

export const refusalSchema = z.strictObject({
  reason: z.enum(requestRefusals),
  sentence: z.string().max(1_000),
  /** Milliseconds after which it makes sense to ask again, whatever it was. */
  retryAfterMs: z.int().min(0).max(limits.retryAfterMsMax).optional(),
})
export type RefusedReply = z.infer<typeof refusalSchema>
