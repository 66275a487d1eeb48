import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MarketId } from '../../src/book/market.ts'
import type { OrderId, PeerId, TradeId } from '../../src/book/order.ts'
import type { Entry, Incarnation } from '../../src/feed/entry.ts'
import type { Stamp } from '../../src/feed/hybrid-clock.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'
import { segmentText } from '../../src/feed/segment-text.ts'
import { signBody, type Domain, type Signed } from '../../src/feed/signer.ts'
import { limits } from '../../src/limits.ts'
import {
  decodeReply,
  decodeRequest,
  encodeRefusal,
  encodeReply,
  encodeRequest,
  openSigned,
  refusal,
  RefusedError,
} from '../../src/net/codec.ts'
import {
  answerSchema,
  batchSchema,
  goodbyeSchema,
  requestRefusals,
  segmentSchema,
  type Batch,
  type Goodbye,
  type Reply,
  type Request,
  type RequestRefusal,
  type RequestType,
  protocolVersion,
} from '../../src/net/messages.ts'
import type { Address } from '../../src/net/transport.ts'
import * as feeds from '../feed/given.ts'

const network = 'test'
const market = 'BTCUSD:0.5:0.001' as MarketId
const ring = new KeyedHashRing()
const verifier = ring.verifier()
const [anna, bob] = [ring.signer(Buffer.from('anna')), ring.signer(Buffer.from('bob'))]
const hash = 'h'.repeat(43)
const head = { incarnation: feeds.incarnation(1), sequence: 3, hash }
const signed: Signed = { body: '{}', signature: 'x' }

/** One of each kind. */
const requests: readonly Request[] = [
  { type: 'hello', hello: signed },
  { type: 'beat', beat: signed },
  { type: 'goodbye', goodbye: signed },
  { type: 'segments', market, owner: anna.peerId, segments: [signed] },
  { type: 'fetch', market, owner: anna.peerId, after: null },
  { type: 'heads', market },
  { type: 'peers', markets: [market] },
  { type: 'propose', market, batch: signed },
  { type: 'withdraw', market, batch: signed },
]
const replies: { readonly [T in RequestType]: Reply<T> } = {
  hello: { hello: signed },
  beat: { beat: signed },
  goodbye: { undecided: 2 },
  segments: { cursor: head },
  fetch: { segments: [signed], head: null },
  heads: { heads: [{ owner: anna.peerId, head }] },
  peers: { peers: [{ peer: anna.peerId, address: '127.0.0.1:4000' as Address }] },
  propose: { answer: signed },
  withdraw: { answer: signed },
}
const types = Object.keys(replies) as RequestType[]

/** The reason of a refusal; anything else that is thrown is a defect. */
function reasonOf(decode: () => unknown): RequestRefusal | 'accepted' {
  try {
    decode()
    return 'accepted'
  } catch (error) {
    if (error instanceof RefusedError) return error.reason
    throw error
  }
}

const envelope = (change: object): string =>
  JSON.stringify({ version: protocolVersion, network, request: { type: 'heads', market }, ...change })
const request = (content: unknown): string => envelope({ request: content })

describe('requests', () => {
  test('of every type read back as they were', () => {
    expect(requests.map(({ type }) => type).sort()).toEqual([...types].sort())
    for (const one of requests) expect(decodeRequest(network, encodeRequest(network, one))).toEqual(one)
  })

  test.each<readonly [string, RequestRefusal, string]>([
    ['nothing at all', 'message_malformed', ''],
    ['not JSON', 'message_malformed', 'hello'],
    ['half of a message', 'message_malformed', envelope({}).slice(0, -1)],
    ['null', 'message_malformed', 'null'],
    ['a number', 'message_malformed', '7'],
    ['a list', 'message_malformed', '[]'],
    ['no version', 'message_malformed', envelope({ version: undefined })],
    ['a version that is text', 'message_malformed', envelope({ version: '1' })],
    ['no network', 'message_malformed', envelope({ network: undefined })],
    ['another version', 'protocol_version_differs', envelope({ version: protocolVersion - 1 })],
    [
      'another version whose requests are unknown here',
      'protocol_version_differs',
      envelope({ version: protocolVersion + 1, request: 7 }),
    ],
    ['another network', 'network_differs', envelope({ network: 'other' })],
    ['a network that differs in case', 'network_differs', envelope({ network: 'Test' })],
    ['no request', 'message_malformed', envelope({ request: undefined })],
    ['null as request', 'message_malformed', request(null)],
    ['an unknown type', 'message_malformed', request({ type: 'buy' })],
    ['a type of the language', 'message_malformed', request({ type: 'constructor' })],
    ['no type', 'message_malformed', request({ market })],
    ['an unknown key', 'message_malformed', request({ type: 'heads', market, extra: 1 })],
    [
      'a key of the language',
      'message_malformed',
      `{"version":${protocolVersion},"network":"test","request":{"type":"heads","market":"${market}","__proto__":{}}}`,
    ],
    ['a market without sizes', 'message_malformed', request({ type: 'heads', market: 'BTCUSD' })],
    ['a market in small letters', 'message_malformed', request({ type: 'heads', market: 'btcusd:1:1' })],
    ['a market with a line feed', 'message_malformed', request({ type: 'heads', market: `${market}\n` })],
    ['a body that is null', 'message_malformed', request({ type: 'hello', hello: { body: null, signature: 'x' } })],
    ['a body that is no text', 'message_malformed', request({ type: 'hello', hello: { body: {}, signature: 'x' } })],
    ['no signature', 'message_malformed', request({ type: 'beat', beat: { body: '{}' } })],
    [
      'a signature that is too long',
      'message_malformed',
      request({ type: 'beat', beat: { body: '{}', signature: 'x'.repeat(129) } }),
    ],
    ['no segments', 'message_malformed', request({ type: 'segments', market, owner: anna.peerId, segments: [] })],
    ['an owner that is no key', 'message_malformed', request({ type: 'fetch', market, owner: 'anna', after: null })],
    [
      'a cursor below zero',
      'message_malformed',
      request({ type: 'fetch', market, owner: anna.peerId, after: { incarnation: head.incarnation, sequence: -1 } }),
    ],
    [
      'a cursor between two numbers',
      'message_malformed',
      request({ type: 'fetch', market, owner: anna.peerId, after: { incarnation: head.incarnation, sequence: 1.5 } }),
    ],
    [
      'an incarnation that is no UUIDv7',
      'message_malformed',
      request({ type: 'fetch', market, owner: anna.peerId, after: { incarnation: 'now', sequence: 1 } }),
    ],
  ])('%s is refused: %s', (_, reason, payload) => {
    expect(reasonOf(() => decodeRequest(network, payload))).toBe(reason)
  })

  test('what is refused says in a sentence where', () => {
    expect(() => decodeRequest(network, request({ type: 'heads', market: 'BTCUSD' }))).toThrow(
      'market: is not a market',
    )
  })

  test('more keys in the envelope do no harm: a later version may need them', () => {
    expect(reasonOf(() => decodeRequest(network, envelope({ hint: 1 })))).toBe('accepted')
  })
})

describe('replies', () => {
  test('of every type read back as they were', () => {
    for (const type of types) expect(decodeReply(type, encodeReply(replies[type]))).toEqual(replies[type])
  })

  test.each(requestRefusals)('the refusal %s reaches who asked', reason => {
    for (const type of types) {
      expect(reasonOf(() => decodeReply(type, encodeRefusal(reason, 'a sentence')))).toBe(reason)
    }
    expect(() => decodeReply('heads', encodeRefusal(reason, 'a sentence'))).toThrow('a sentence')
  })

  test.each([
    ['not JSON', 'hello'],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['no reply', '{"reply":null}'],
    ['the reply to another request', JSON.stringify({ reply: replies.fetch })],
    ['a reply with an unknown key', JSON.stringify({ reply: { ...replies.heads, extra: 1 } })],
    ['a reply beside something else', JSON.stringify({ reply: replies.heads, extra: 1 })],
    ['a refusal for no reason', '{"refused":{"sentence":"no"}}'],
    ['a refusal for an unknown reason', '{"refused":{"reason":"mood","sentence":"no"}}'],
    ['a refusal that goes on and on', JSON.stringify({ refused: { reason: 'busy', sentence: 'x'.repeat(1_001) } })],
    [
      'more owners than there can be',
      JSON.stringify({ reply: { heads: Array(limits.ownersMax + 1).fill({ owner: anna.peerId, head }) } }),
    ],
  ])('%s is malformed', (_, payload) => {
    expect(reasonOf(() => decodeReply('heads', payload))).toBe('message_malformed')
  })

  const [introduced] = replies.peers.peers
  test.each([
    ['more peers than anybody has neighbours', Array(limits.neighboursMax + 1).fill(introduced)],
    ['an address without a port', [{ ...introduced, address: 'localhost' }]],
    ['no peer id', [{ ...introduced, peer: 'anna' }]],
    ['more than who and where', [{ ...introduced, name: 'anna' }]],
  ])('%s is malformed among peers', (_, peers) => {
    expect(reasonOf(() => decodeReply('peers', JSON.stringify({ reply: { peers } })))).toBe('message_malformed')
  })
})

// What is signed

const batch: Batch = {
  taker: anna.peerId,
  maker: bob.peerId,
  market,
  n: 1,
  takerIncarnation: feeds.incarnation(1),
  makerHead: head,
  stamp: '0'.repeat(20) as Stamp,
  proposals: [
    {
      tradeId: feeds.tradeId(1),
      orderId: feeds.orderId(2),
      side: 'buy',
      limit: null,
      makerOrderId: feeds.orderId(3),
      price: 1,
      quantity: 2 ** 31 - 1,
    },
  ],
  minimum: 0,
  last: null,
}
const domain: Domain = { networkId: network, kind: 'batch', scope: market }
const open = (words: Signed, where = domain) => openSigned(verifier, where, batchSchema, words, 'taker')
const signedBy = (signer: typeof anna, body: unknown) => signBody(signer, domain, JSON.stringify(body))

describe('signed words', () => {
  test('of who they name are opened', () => {
    expect(open(signedBy(anna, batch))).toEqual(batch)
  })

  const wrong: readonly (readonly [string, RequestRefusal, Signed, Domain?])[] = [
    ['no JSON', 'message_malformed', signBody(anna, domain, 'hello')],
    ['null', 'signature_wrong', signedBy(anna, null)],
    ['a list', 'signature_wrong', signedBy(anna, [])],
    ['nobody named', 'signature_wrong', signedBy(anna, { ...batch, taker: undefined })],
    ['an author that is no text', 'signature_wrong', signedBy(anna, { ...batch, taker: [anna.peerId] })],
    ['no signature', 'signature_wrong', { ...signedBy(anna, batch), signature: '' }],
    ['a wrong signature', 'signature_wrong', { ...signedBy(anna, batch), signature: 'x'.repeat(43) }],
    ['a signature by another', 'signature_wrong', signedBy(bob, batch)],
    [
      'a signature of other words',
      'signature_wrong',
      { ...signedBy(anna, batch), body: JSON.stringify({ ...batch, n: 2 }) },
    ],
    [
      'the same JSON, written otherwise',
      'signature_wrong',
      { ...signedBy(anna, batch), body: JSON.stringify(batch, null, 1) },
    ],
    ['words for another market', 'signature_wrong', signedBy(anna, batch), { ...domain, scope: 'BTCUSD:1:1' }],
    ['words for another network', 'signature_wrong', signedBy(anna, batch), { ...domain, networkId: 'other' }],
    ['words of another kind', 'signature_wrong', signedBy(anna, batch), { ...domain, kind: 'answer' }],
    ['a good signature under nonsense', 'message_malformed', signedBy(anna, { taker: anna.peerId })],
    ['a good signature and an unknown key', 'message_malformed', signedBy(anna, { ...batch, extra: 1 })],
    ['number 0', 'message_malformed', signedBy(anna, { ...batch, n: 0 })],
    ['no proposals', 'message_malformed', signedBy(anna, { ...batch, proposals: [] })],
    [
      'too many proposals',
      'message_malformed',
      signedBy(anna, { ...batch, proposals: Array(limits.batchProposalsMax + 1).fill(batch.proposals[0]) }),
    ],
    ['no minimum', 'message_malformed', signedBy(anna, { ...batch, minimum: undefined })],
    ['a minimum below nothing', 'message_malformed', signedBy(anna, { ...batch, minimum: -1 })],
    ['a minimum beyond its proposals', 'message_malformed', signedBy(anna, small({ minimum: 6 }))],
    ['no word on who decides', 'message_malformed', signedBy(anna, { ...batch, last: undefined })],
    ['something unsigned that decides', 'message_malformed', signedBy(anna, small({ minimum: 5, last: batch }))],
    [
      'a part that is to be held',
      'message_malformed',
      signedBy(anna, small({ minimum: 4, last: signedBy(anna, batch) })),
    ],
    ['a price of 0', 'message_malformed', signedBy(anna, withProposal({ price: 0 }))],
    ['a quantity between two lots', 'message_malformed', signedBy(anna, withProposal({ quantity: 1.5 }))],
    ['a quantity above the limit', 'message_malformed', signedBy(anna, withProposal({ quantity: 2 ** 31 }))],
    ['a limit that is left out', 'message_malformed', signedBy(anna, withProposal({ limit: undefined }))],
  ]

  const cases = wrong.map(([what, reason, words, where]) => ({ what, reason, words, where }))

  test.each(cases)('$what: $reason', ({ reason, words, where }) => {
    expect(reasonOf(() => open(words, where))).toBe(reason)
  })

  test('a batch that is all or nothing, and one that is to be held, are opened as they were signed', () => {
    for (const content of [small({ minimum: 3 }), small({ minimum: 5, last: signedBy(anna, batch) })])
      expect(open(signedBy(anna, content))).toEqual(content)
  })

  test('an answer says what is held, and nothing beside it', () => {
    const tradeId = feeds.tradeId(1)
    const decided = (decision: object) => {
      const names = { maker: bob.peerId, taker: anna.peerId, market, n: 1, batchHash: head.hash }
      const answer = { ...names, makerIncarnation: feeds.incarnation(1), sequence: 1, decisions: [decision] }
      return answerSchema.safeParse(answer).success
    }
    expect(decided({ tradeId, held: 1 })).toBe(true)
    expect(decided({ tradeId, held: 0 })).toBe(false)
    expect(decided({ tradeId, held: 1, filled: 1 })).toBe(false)
    expect(decided({ tradeId, refused: 'below_minimum' })).toBe(true)
    expect(decided({ tradeId, refused: 'why_not' })).toBe(false)
  })

  test('only the question what has become of a batch shows a decision, signed', () => {
    const words = signedBy(anna, batch)
    const asked = (request: object) =>
      reasonOf(() => decodeRequest(network, JSON.stringify({ version: protocolVersion, network, request })))
    expect(asked({ type: 'withdraw', market, batch: words, decision: words })).toBe('accepted')
    expect(asked({ type: 'withdraw', market, batch: words, decision: null })).toBe('message_malformed')
    expect(asked({ type: 'withdraw', market, batch: words, decision: batch })).toBe('message_malformed')
    expect(asked({ type: 'propose', market, batch: words, decision: words })).toBe('message_malformed')
  })

  test('an entry that is not known yet makes a segment malformed', () => {
    const made = feeds.segment(1, [feeds.opened, feeds.checkpoint()])
    const where: Domain = { networkId: network, kind: 'segment', scope: feeds.market }
    const reading = (content: object) => () =>
      openSigned(
        feeds.ring.verifier(),
        where,
        segmentSchema,
        signBody(feeds.anna, where, JSON.stringify(content)),
        'owner',
      )
    expect(reasonOf(reading(made))).toBe('accepted')
    expect(reasonOf(reading({ ...made, entries: [{ type: 'suspended' }] }))).toBe('message_malformed')
    expect(reasonOf(reading({ ...made, entries: [] }))).toBe('message_malformed')
    expect(reasonOf(reading({ ...made, entries: Array(limits.segmentEntriesMax + 1).fill(feeds.opened) }))).toBe(
      'message_malformed',
    )
  })

  const goodbye: Goodbye = { from: anna.peerId, to: bob.peerId, stamp: '0'.repeat(20) as Stamp }
  const goodbyeDomain: Domain = { networkId: network, kind: 'goodbye', scope: '-' }
  const goodbyeSignedBy = (signer: typeof anna, content: unknown, where = goodbyeDomain) => {
    const words = signBody(signer, where, JSON.stringify(content))
    return () => openSigned(verifier, goodbyeDomain, goodbyeSchema, words, 'from')
  }

  test('a goodbye is opened as it was signed', () => {
    expect(goodbyeSignedBy(anna, goodbye)()).toEqual(goodbye)
  })

  test('nobody says goodbye for another, and no beat passes for a goodbye', () => {
    expect(reasonOf(goodbyeSignedBy(bob, goodbye))).toBe('signature_wrong')
    expect(reasonOf(goodbyeSignedBy(anna, goodbye, { ...goodbyeDomain, kind: 'beat' }))).toBe('signature_wrong')
    expect(reasonOf(goodbyeSignedBy(anna, goodbye, { ...goodbyeDomain, networkId: 'other' }))).toBe('signature_wrong')
  })

  test.each([
    ['to nobody', { ...goodbye, to: undefined }],
    ['to nobody in particular', { ...goodbye, to: null }],
    ['without a stamp', { ...goodbye, stamp: undefined }],
    ['with an unknown key', { ...goodbye, reason: 'tired' }],
  ])('a goodbye %s is malformed', (_, content) => {
    expect(reasonOf(goodbyeSignedBy(anna, content))).toBe('message_malformed')
  })

  test.each([-1, 1.5, limits.marketsMax + 1, '1', null])('nobody waits in %j markets', undecided => {
    expect(reasonOf(() => decodeReply('goodbye', JSON.stringify({ reply: { undecided } })))).toBe('message_malformed')
  })

  test.each([
    ['a checkpoint without parts', { type: 'checkpoint', orders: [] }],
    ['a part before the first', { ...feeds.part(0, 2, 0), part: -1 }],
    ['a checkpoint in no parts', { ...feeds.part(0, 1, 0), parts: 0 }],
    ['a part between two', { ...feeds.part(0, 2, 0), part: 0.5 }],
    [
      'a checkpoint of more orders than may be open',
      { ...feeds.part(0, 2, 0), open: limits.openOrdersPerOwnerMax + 1 },
    ],
    ['a checkpoint of fewer than no orders', { ...feeds.part(0, 2, 0), open: -1 }],
    [
      'a part of too many orders',
      feeds.checkpoint(...Array<feeds.GivenOrder>(limits.checkpointOrdersMax + 1).fill(feeds.placed(1, 'buy', 1, 1))),
    ],
    ['an order of which nothing has expired', feeds.expired(1, 0, 5)],
    ['an expired order with less than nothing left', feeds.expired(1, 1, -1)],
    ['an expired order with a reason', { ...feeds.expired(1, 1, 0), reason: 'cancelled_by_user' }],
    ['an order of which nothing is forced as filled', feeds.forced(1, 0, 5)],
    ['a forced order with less than nothing left', feeds.forced(1, 1, -1)],
    ['an order amended to nothing', feeds.amended(1, 0, 0)],
    ['an order amended so that nothing remains', feeds.amended(1, 5, 0)],
    ['an order amended beyond the limit', feeds.amended(1, limits.quantityMax + 1, 1)],
  ])('%s is malformed', (_, entry) => {
    expect(segmentSchema.safeParse(written([feeds.opened, feeds.checkpoint()])).success).toBe(true)
    expect(segmentSchema.safeParse(written([entry as Entry])).success).toBe(false)
  })

  const row = [feeds.orderId(1), 'buy', 5, 4, 3]
  const others: readonly (readonly [what: string, row: unknown])[] = [
    ['without what remains', row.slice(0, -1)],
    ['with more behind it', [...row, 1]],
    ['of nothing', []],
    ['in a row', [row]],
    ['with its names', { type: 'placed', order: feeds.placed(1, 'buy', 4, 5, 3).order }],
    ['under no id', row.with(0, 'an id')],
    ['on no side', row.with(1, 'both')],
    ['at no price', row.with(2, 0)],
    ['of no quantity', row.with(3, 0)],
    ['of which nothing remains', row.with(4, 0)],
    ['of a quantity that is text', row.with(3, '4')],
  ]

  test.each(others)('an order %s is malformed, as an entry and in a checkpoint', (_, other) => {
    const judged = (one: unknown) =>
      [[one], [{ ...feeds.part(0, 1, 1), orders: [one] }]].map(
        entries => segmentSchema.safeParse({ ...feeds.segment(1, []), entries }).success,
      )
    expect(judged(row)).toEqual([true, true])
    expect(judged(other)).toEqual([false, false])
  })

  test('every entry that an owner can make is read back as it was', () => {
    const entries = [
      feeds.opened,
      feeds.checkpoint(feeds.placed(1, 'buy', 1, 1)),
      feeds.part(1, 3, 2_001),
      feeds.placed(2, 'sell', 3, 4, 2),
      feeds.filled(2, 1, 1),
      feeds.cancelled(2, 1, 0),
      feeds.expired(2, 1, 0),
      feeds.amended(2, 1, 1),
      feeds.forced(2, 1, 0),
    ]
    const made = { ...feeds.segment(1, entries), evidence: [...feeds.evidence, { segment: head }] }
    expect(segmentSchema.parse(JSON.parse(segmentText(made)))).toEqual(made)
  })
})

/** What is read from the text of a segment of these entries. */
function written(entries: readonly Entry[]): unknown {
  return JSON.parse(segmentText(feeds.segment(1, entries)))
}

/** For 5 lots. */
function small(change: object): object {
  return { ...batch, proposals: [{ ...batch.proposals[0], quantity: 5 }], ...change }
}

function withProposal(change: object): object {
  return { ...batch, proposals: [{ ...batch.proposals[0], ...change }] }
}

describe('whatever comes', () => {
  const text64 = (length: number) =>
    fc.string({ unit: fc.constantFrom('a', 'z', 'A', 'Z', '0', '9', '-', '_'), minLength: length, maxLength: length })
  const uuid = fc.uuid({ version: 7 })
  const words = fc.record({ body: fc.string({ unit: 'binary' }), signature: fc.string({ maxLength: 128 }) })
  const peerId = text64(43).map(text => text as PeerId)
  const anyHead = fc.record({
    incarnation: uuid.map(text => text as Incarnation),
    sequence: fc.nat(),
    hash: text64(43),
  })
  const anyRequest: fc.Arbitrary<Request> = fc.oneof(
    fc.record({ type: fc.constant('hello'), hello: words }),
    fc.record({ type: fc.constant('beat'), beat: words }),
    fc.record({ type: fc.constant('goodbye'), goodbye: words }),
    fc.record({
      type: fc.constant('segments'),
      market: fc.constant(market),
      owner: peerId,
      segments: fc.array(words, { minLength: 1 }),
    }),
    fc.record({
      type: fc.constant('fetch'),
      market: fc.constant(market),
      owner: peerId,
      after: fc.option(anyHead.map(({ hash: _, ...cursor }) => cursor)),
    }),
    fc.record({ type: fc.constant('heads'), market: fc.constant(market) }),
    fc.record({ type: fc.constant('peers'), markets: fc.array(fc.constant(market), { minLength: 1, maxLength: 32 }) }),
    fc.record({ type: fc.constantFrom('propose', 'withdraw'), market: fc.constant(market), batch: words }),
  )

  test('a good request reads back as it was', () => {
    fc.assert(
      fc.property(anyRequest, one => {
        expect(decodeRequest(network, encodeRequest(network, one))).toEqual(one)
      }),
    )
  })

  test('a good batch reads back as it was', () => {
    const lots = fc.integer({ min: 1, max: limits.quantityMax })
    const proposal = fc.record({
      tradeId: uuid.map(text => text as TradeId),
      orderId: uuid.map(text => text as OrderId),
      side: fc.constantFrom('buy', 'sell'),
      limit: fc.option(lots),
      makerOrderId: uuid.map(text => text as OrderId),
      price: lots,
      quantity: lots,
    })
    fc.assert(
      fc.property(
        fc.array(proposal, { minLength: 1, maxLength: 5 }),
        anyHead,
        fc.integer({ min: 1 }),
        (proposals, makerHead, n) => {
          const made = { ...batch, proposals, makerHead, n }
          expect(open(signedBy(anna, made))).toEqual(made)
        },
      ),
    )
  })

  const decoders: readonly ((payload: string) => unknown)[] = [
    payload => decodeRequest(network, payload),
    ...types.map(type => (payload: string) => decodeReply(type, payload)),
    payload => open({ body: payload, signature: '' }),
    payload => open(signBody(anna, domain, payload)),
  ]

  test('any text is read or refused, never more', () => {
    const payload = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.jsonValue().map(content => request(content)),
    )
    fc.assert(
      fc.property(payload, hostile => {
        for (const decode of decoders) reasonOf(() => decode(hostile))
      }),
      { numRuns: 500 },
    )
  })

  test('a good message with anything in it changed is read or refused, never more', () => {
    const good = [
      ...requests.map(one => encodeRequest(network, one)),
      ...types.map(type => encodeReply(replies[type])),
      JSON.stringify(batch),
    ]
    const plausible = fc.constantFrom<unknown>(null, 0, 1, '{}', market, hash, feeds.id(7), 'propose', [signed])
    const value = fc.oneof(fc.jsonValue(), plausible)
    const tally = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.nat(), value, (payload, place, value) => {
        const hostile = JSON.stringify(mutated(JSON.parse(payload) as unknown, place, value))
        for (const decode of decoders)
          tally[reasonOf(() => decode(hostile)) === 'accepted' ? 'accepted' : 'refused'] += 1
      }),
      { numRuns: 1_000 },
    )
    // A fuzz that never gets past the gate would test the gate alone.
    expect(Math.min(tally.accepted, tally.refused)).toBeGreaterThan(20)
  })

  test('a good message with characters of it changed is read or refused, never more', () => {
    const good = fc.constantFrom(...requests.map(one => encodeRequest(network, one)), JSON.stringify(batch))
    fc.assert(
      fc.property(good, fc.nat(), fc.nat(5), fc.string({ maxLength: 3 }), (payload, at, length, put) => {
        const start = at % payload.length
        const hostile = payload.slice(0, start) + put + payload.slice(start + length)
        for (const decode of decoders) reasonOf(() => decode(hostile))
      }),
      { numRuns: 500 },
    )
  })

  test('JSON that is nested without end is refused', () => {
    const depth = 200_000
    const hostile = '['.repeat(depth) + ']'.repeat(depth)
    expect(reasonOf(() => decodeRequest(network, hostile))).toBe('message_malformed')
    expect(reasonOf(() => decodeRequest(network, request(null).replace('null', hostile)))).toBe('message_malformed')
  })
})

/** The same with one of its values, found by number, replaced. */
function mutated(content: unknown, place: number, value: unknown): unknown {
  if (typeof content !== 'object' || content === null) return value
  const keys = Object.keys(content)
  const key = keys[place % (keys.length + 1)]
  if (key === undefined) return value
  const inner = (content as Readonly<{ [key: string]: unknown }>)[key]
  const next = mutated(inner, Math.floor(place / (keys.length + 1)), value)
  return Array.isArray(content)
    ? content.map((one: unknown, index) => (String(index) === key ? next : one))
    : { ...content, [key]: next }
}

test('a refusal is an error with a reason and a sentence', () => {
  const error = refusal('busy', 'try again in a moment')
  expect(error).toBeInstanceOf(Error)
  expect([error.name, error.reason, error.message]).toEqual(['RefusedError', 'busy', 'try again in a moment'])
})
