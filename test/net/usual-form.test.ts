/** The quick forms beside their schemas: never a yes where the schema says no, and a yes to what is usual. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { cancelReasons } from '../../src/feed/entry.ts'
import { limits } from '../../src/limits.ts'
import {
  answerSchema,
  batchSchema,
  beatSchema,
  decisionRefusals,
  envelopeSchema,
  helloSchema,
  repliedSchemas,
  requestSchema,
  segmentSchema,
  type RequestType,
} from '../../src/net/messages.ts'
import {
  answerForm,
  batchForm,
  beatForm,
  envelopeForm,
  helloForm,
  repliedForms,
  requestForm,
  segmentForm,
  type UsualForm,
} from '../../src/net/usual-form.ts'

const id = (nth: number) => `017f22e2-79b0-7cc3-98c4-${nth.toString(16).padStart(12, '0')}`
const [market, stamp] = ['BTC-USD:0.01:0.0001', '0123456789abcdef0123']
const [anna, bob, hash] = ['a', 'b', 'h'].map(letter => letter.repeat(43)) as [string, string, string]
const head = { incarnation: id(1), sequence: 3, hash }
const signed = { body: '{}', signature: 'x' }
const counterparty = { peer: bob, orderId: id(5) }
const order = [id(2), 'buy', 7, 9, limits.quantityMax]
const filled = {
  ...{ type: 'filled', orderId: id(2), side: 'sell', tradeId: id(3), price: 1, quantity: 2, remaining: 0 },
  ...{ liquidity: 'maker', counterparty, evidence: 1 },
}
const cancelled = { type: 'cancelled', orderId: id(2), quantity: 1, remaining: 0 }
const checkpoint = { type: 'checkpoint', part: 0, parts: 1, open: limits.openOrdersPerOwnerMax, orders: [order, order] }
const segment = {
  ...{ owner: anna, market, incarnation: id(1), first: 1, previous: null, stamp },
  entries: [
    ...[order, filled, { ...filled, evidence: null, liquidity: 'taker' }, checkpoint, { ...checkpoint, orders: [] }],
    ...cancelReasons.map(reason => ({ ...cancelled, reason })),
  ],
  evidence: [{ signed }, { segment: head }],
}
const proposal = {
  ...{ tradeId: id(3), orderId: id(4), side: 'buy', limit: null, makerOrderId: id(5) },
  ...{ price: 7, quantity: limits.quantityMax },
}
const batch = {
  ...{ taker: anna, maker: bob, market, n: 1, takerIncarnation: id(1), makerHead: head, stamp },
  proposals: [proposal, { ...proposal, limit: limits.priceMax }],
  ...{ minimum: 0, last: null },
}
const answer = {
  ...{ maker: bob, taker: anna, market, n: 4, batchHash: hash, makerIncarnation: id(1), sequence: 0 },
  decisions: [{ tradeId: id(3), filled: 4 }, ...decisionRefusals.map(refused => ({ tradeId: id(3), refused }))],
}

const marketState = { market, head, digest: hash, isOpen: true }
const hello = {
  ...{
    version: 1,
    from: anna,
    name: 'Žofie ~2',
    address: 'a-b.example:7070',
    nonce: 'n'.repeat(22),
    echo: null,
    stamp,
  },
  markets: [marketState, { ...marketState, head: null, isOpen: false }],
}
const beat = { from: anna, to: bob, stamp, echo: stamp, markets: [marketState] }
const requests = [
  { type: 'hello', hello: signed },
  { type: 'beat', beat: signed },
  { type: 'segments', market, owner: anna, segments: [signed, signed] },
  { type: 'fetch', market, owner: anna, after: { incarnation: id(1), sequence: 3 } },
  { type: 'fetch', market, owner: anna, after: null },
  { type: 'heads', market },
  { type: 'propose', market, batch: signed },
  { type: 'withdraw', market, batch: signed },
]
const replies: Record<RequestType, unknown> = {
  hello: { hello: signed },
  beat: { beat: signed },
  goodbye: { undecided: 2 },
  segments: { cursor: head },
  fetch: { segments: [signed], head: null },
  heads: { heads: [{ owner: anna, head }] },
  peers: { peers: [{ peer: anna, address: 'localhost:1' }] },
  propose: { answer: signed },
  withdraw: { answer: signed },
}

const forms: readonly [string, UsualForm<unknown>, z.ZodType, unknown][] = [
  ['segment', segmentForm, segmentSchema, segment],
  ['batch', batchForm, batchSchema, batch],
  ['answer', answerForm, answerSchema, answer],
  ['hello', helloForm, helloSchema, hello],
  ['beat', beatForm, beatSchema, beat],
  ['request with what surrounds it', envelopeForm, envelopeSchema, { version: 1, network: 'main', request: 7 }],
  ...requests.map((request): [string, UsualForm<unknown>, z.ZodType, unknown] => [
    `request ${request.type}`,
    requestForm,
    requestSchema,
    request,
  ]),
  ...Object.entries(replies).map(([name, reply]): [string, UsualForm<unknown>, z.ZodType, unknown] => {
    const type = name as RequestType
    return [`reply to ${type}`, repliedForms[type], repliedSchemas[type], { reply }]
  }),
]

/** Values that stand beside what is right: other types, limits and one beyond them, texts that are too long or nearly so. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 'buy', 'sell', 'maker', 'filled', 'cancelled', [], {}, [null], hash, id(9)),
  fc.constantFrom<unknown>(-1, -0, 0, 1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e300),
  fc.constantFrom<unknown>(`${hash}h`, id(9).toUpperCase(), `${id(9)}\n`, 'x'.repeat(129), market.toLowerCase(), head),
  fc.jsonValue(),
)

type Change = { readonly kind: 'put' | 'leave out' | 'add' | 'twice'; readonly at: number; readonly value: unknown }

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('put', 'leave out', 'add', 'twice'),
  at: fc.nat(500),
  value: junk,
})

/** The value with one change, at one of its fields or items, however deep. */
function changed(value: unknown, { kind, at, value: put }: Change): unknown {
  const copy = structuredClone(value) as Record<string, unknown>
  const places: (readonly [Record<string, unknown>, string])[] = []
  const collect = (parent: Record<string, unknown>) => {
    for (const [key, child] of Object.entries(parent)) {
      places.push([parent, key])
      if (typeof child === 'object' && child !== null) collect(child as Record<string, unknown>)
    }
  }
  collect(copy)
  const place = places[at % places.length]
  if (!place) return copy
  const [parent, key] = place
  if (kind === 'put') parent[key] = put
  else if (kind === 'add') parent[Array.isArray(parent) ? parent.length : 'extra'] = put
  else if (kind === 'twice') parent[Array.isArray(parent) ? parent.length : `${key}2`] = parent[key]
  else if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else Reflect.deleteProperty(parent, key)
  return JSON.parse(JSON.stringify(copy)) as unknown
}

describe.each(forms)('the usual form of a %s', (_, form, schema, usual) => {
  test('is recognized, and is what the schema makes of it', () => {
    expect(form.recognizes(usual)).toBe(true)
    expect(form.safeParse(usual)).toEqual(schema.safeParse(usual))
  })

  test('is never seen in what the schema refuses', () => {
    let refused = 0
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), changes => {
        const other = changes.reduce<unknown>(changed, usual)
        const judged = schema.safeParse(other)
        if (!judged.success) refused += 1
        if (form.recognizes(other)) expect(judged.success).toBe(true)
        const read = form.safeParse(other)
        expect(read.success ? read.data : null).toEqual(judged.success ? judged.data : null)
      }),
      { numRuns: 2_000 },
    )
    expect(refused).toBeGreaterThan(500)
  })

  test('is not that of another kind, of a list or of nothing', () => {
    const others = forms.map(([, , , value]) => value).filter(value => !schema.safeParse(value).success)
    expect(others.length).toBeGreaterThan(5)
    for (const other of [...others, null, undefined, [], [usual], 'text', 5]) expect(form.recognizes(other)).toBe(false)
  })
})

test('an entry that is not usual makes the whole segment one for the schema', () => {
  const amended = { type: 'amended', orderId: id(2), quantity: 1, remaining: 1 }
  const other = { ...segment, entries: [...segment.entries, amended] }
  expect(segmentForm.recognizes(other)).toBe(false)
  expect(segmentForm.safeParse(other)).toEqual(segmentSchema.safeParse(other))
})
