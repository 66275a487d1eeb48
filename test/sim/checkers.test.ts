/** Each checker is seen to fail: a history that is in order, and the same one with one thing wrong. */
import { describe, expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import type { Conditions, NewOrder, OrderId, PeerId, TradeId } from '../../src/book/order.ts'
import type { Entry, Filled, Head, Incarnation } from '../../src/feed/entry.ts'
import { millisecondsOf, stampOf } from '../../src/feed/hybrid-clock.ts'
import { segmentDomain, type Evidence, type Segment } from '../../src/feed/segment.ts'
import { segmentText } from '../../src/feed/segment-text.ts'
import { hashOf, type Signed, type Verifier } from '../../src/feed/signer.ts'
import { limits } from '../../src/limits.ts'
import type { Answer, Batch, Proposal } from '../../src/net/messages.ts'
import type { Address } from '../../src/net/transport.ts'
import type { Fact } from '../../src/peer/decide/fact.ts'
import type { JournalRecord } from '../../src/peer/decide/group.ts'
import { textOf } from '../../src/peer/decide/record-text.ts'
import type { PassingReason } from '../../src/peer/decide/passed-over.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import type { Peer } from '../../src/peer/peer.ts'
import { deliverAgain } from '../../src/sim/checkers/rest.ts'
import { History, type Said } from '../../src/sim/history.ts'
import { alwaysViolations } from '../../src/sim/invariants.ts'
import { Judge, type Onstage } from '../../src/sim/judge.ts'
import { contentOf } from '../../src/sim/said.ts'

const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market
const networkId = 'doctored'
const ids = { alice: 'alice-key' as PeerId, bob: 'bob-key' as PeerId, carol: 'carol-key' as PeerId }
type Name = keyof typeof ids

/** Here everybody signs with a name. */
const verifier: Verifier = {
  isPeerId: (text): text is PeerId => text.endsWith('-key'),
  verify: (by, _, signature) => by === `${signature}-key`,
}

/** Ids order like the moments at which the orders were accepted. */
const [rests, takes, other, late, after] = [1, 2, 3, 4, 5].map(ms => idAt(ms)) as [
  OrderId,
  OrderId,
  OrderId,
  OrderId,
  OrderId,
]
const [toBob, toSelf, toNobody] = [10, 20, 30].map(ms => idAt(ms)) as unknown as [TradeId, TradeId, TradeId]
const expiresAtMs = 15

/** What is written otherwise than it should be. */
interface Doctored {
  readonly resting?: Partial<NewOrder>
  readonly restingConditions?: Partial<Conditions>
  readonly taking?: Partial<NewOrder>
  readonly takingConditions?: Partial<Conditions>
  readonly proposal?: Partial<Proposal>
  readonly makersFill?: Partial<Filled>
  readonly takersFill?: Partial<Filled>
  readonly answer?: Partial<Answer>
  readonly settled?: object
  readonly evidence?: Evidence
}

/** A peer's journal as it is written and made durable, one record for each call. */
class Pen {
  readonly records: JournalRecord[] = []
  /** What has been made public, oldest first. */
  readonly segments: Signed[] = []
  readonly #story: Story
  readonly #name: Name
  #first = 1
  #previous: string | null = null
  #incarnation = 'life 1' as Incarnation
  evidence: Evidence[] = []

  constructor(story: Story, name: Name) {
    this.#story = story
    this.#name = name
    story.history.add({ type: 'started', peer: name, peerId: ids[name], life: 1 })
    this.write(entry({ type: 'opened', continues: null }), checkpoint())
  }

  write(...facts: Fact[]): this {
    this.append(...facts)
    return this.sync()
  }

  append(...facts: Fact[]): this {
    const entries = facts.flatMap(fact => (fact.type === 'entry' ? [fact.entry] : []))
    const segment = entries.length > 0 ? { body: this.#segment(entries).body } : null
    const record = { segment, facts: facts.map(fact => (fact.type === 'entry' ? ({ type: 'entry' } as const) : fact)) }
    const index = this.records.push(record) - 1
    this.#story.history.add({ type: 'appended', peer: this.#name, market: market.id, index, record })
    return this
  }

  sync(): this {
    const count = this.records.length
    this.#story.history.add({ type: 'synced', peer: this.#name, market: market.id, count })
    return this
  }

  /** Loses an entry between what has been written and what follows. */
  skip(): this {
    this.#first += 1
    return this
  }

  /** Begins anew without a word of what was before. */
  begin(incarnation: string): this {
    this.#incarnation = incarnation as Incarnation
    this.#first = 1
    this.#previous = null
    return this
  }

  get last(): Signed {
    return this.segments.at(-1)!
  }

  #segment(entries: readonly Entry[]): Signed {
    const segment: Segment = {
      owner: ids[this.#name],
      market: market.id,
      incarnation: this.#incarnation,
      first: this.#first,
      previous: this.#previous,
      stamp: stampOf(this.#first, 0),
      entries,
      evidence: this.evidence,
    }
    const signed = { body: segmentText(segment), signature: this.#name }
    this.segments.push(signed)
    this.#first += entries.length
    this.#previous = hashOf(segmentDomain(networkId, market.id), signed)
    return signed
  }
}

class Story {
  readonly history = new History(() => 0)
  readonly onstage: Onstage[] = []
  wallMs = 50
  readonly judge = new Judge({
    history: this.history,
    networkId,
    markets: [market],
    verifier,
    onstage: () => this.onstage,
    journal: name => this[name as 'alice' | 'bob'].records.map(textOf),
    wallMs: () => this.wallMs,
  })
  readonly alice = new Pen(this, 'alice')
  readonly bob = new Pen(this, 'bob')

  /** Alice sells 5 at 100. Bob buys 4 at up to 101, proposes 3 of it to her, and gets them. */
  constructor(doctored: Doctored = {}) {
    const asked = batch(1, doctored.proposal)
    const answer = answerTo(asked, doctored.answer)
    this.alice.write(
      accepted({ id: rests, ...doctored.resting }, doctored.restingConditions),
      placed(rests, doctored.resting),
    )
    const taking = { id: takes, side: 'buy', price: 101, quantity: 4, ...doctored.taking } as const
    this.bob.write(accepted(taking, doctored.takingConditions), placed(takes, taking), intent(asked))
    this.alice.evidence = [doctored.evidence ?? { signed: signedBy('bob', asked) }]
    this.alice.write(entry({ ...makersFill, ...doctored.makersFill }), answered(answer))
    this.bob.evidence = [{ signed: signedBy('alice', answer) }]
    const settled: Fact = { type: 'settled', maker: ids.alice, n: 1, filled: [3], ...doctored.settled }
    this.bob.write(entry({ ...takersFill, ...doctored.takersFill }), settled)
  }

  /** Who has found what, by the names of the checkers. */
  get broken(): string[] {
    return [...new Set(this.judge.violations.map(({ checker }) => checker))]
  }

  enter(name: Name, book: object = {}): this {
    const view = {
      ...{ digest: () => 'd', hash: () => 'h', check: () => [], headOf: () => null, remainingOf: () => 0 },
      ...{ isWhole: () => true, channels: new Map(), live: new Set(), isLive: () => true, incarnation: 'life 1' },
      ...{ isWritten: false, orders: () => [], ...book },
    }
    this.onstage.push({ name, peer: { id: ids[name], markets: [market], book: () => view } as unknown as Peer })
    return this
  }

  /** Alice says it to bob. */
  say(kind: 'request' | 'reply', said: Said): this {
    return this.#send('alice', 'bob', kind, said)
  }

  /** Bob asks alice about a batch. */
  ask(type: 'propose' | 'withdraw', asked: Batch): this {
    return this.#send('bob', 'alice', 'request', { request: { type, batch: signedBy('bob', asked) } })
  }

  #send(from: Name, to: Name, kind: 'request' | 'reply', said: Said): this {
    const message = { kind, from: `${from}.sim:1` as Address, to: `${to}.sim:1` as Address, payload: '' }
    this.history.add({ type: 'sent', id: 1, message, copies: 1, said })
    this.history.add({ type: 'arrived', id: 1, message, copy: 1, said })
    return this
  }

  tell(peer: Name, outcome: OrderOutcome): this {
    this.history.add({ type: 'told', peer, outcome })
    return this
  }

  command(request: string): this {
    this.history.add({ type: 'asked', peer: 'bob', request, how: '' })
    return this
  }

  rest(): this {
    this.judge.quiet()
    return this
  }

  step(): this {
    this.judge.stepped()
    return this
  }
}

const makersFill = fillOf({ orderId: rests, side: 'sell', remaining: 2, liquidity: 'maker' }, 'bob', takes)
const takersFill = fillOf({ orderId: takes, side: 'buy', remaining: 1, liquidity: 'taker' }, 'alice', rests)

test('a story in order has no violation, at rest neither', () => {
  const story = new Story().enter('alice', { remainingOf: () => 1 }).enter('bob', { remainingOf: () => 2 })
  story.bob.evidence = []
  story.bob.write(cancelled(takes, 1, 0))
  story
    .say('request', { request: { type: 'segments', segments: [story.alice.last] } })
    .step()
    .rest()
  expect(story.judge.violations).toEqual([])
})

test('so has an iceberg that shows slice after slice', () => {
  const story = new Story()
  story.alice.evidence = []
  story.alice.write(...iceberg(3), entered(late, 3), placed(late, { quantity: 3 }))
  story.alice.write(cancelled(late, 3, 0), entered(after, 2), placed(after, { quantity: 2 }))
  expect(story.broken).toEqual([])
})

test('so has a stop that is triggered by a trade, and the order that it is paired with', () => {
  const story = new Story()
  story.alice.evidence = []
  story.alice.write(stop({ partner: rests }, other, 2))
  story.alice.write(triggeredBy(toBob), cancelled(rests, 2, 0), entered(late, 2), placed(late, { quantity: 2 }))
  expect(story.broken).toEqual([])
})

test('so has an order with another in its place', () => {
  const story = new Story()
  story.alice.evidence = []
  story.alice.write(cancelled(rests, 2, 0), replacing(5, 2), placed(other, { quantity: 2 }))
  expect(story.broken).toEqual([])
})

test('so have orders that are amended, expire and are cancelled', () => {
  const { alice, judge } = new Story()
  alice.evidence = []
  alice.write(accepted({ id: other, timeInForce: 'gtd' }, { expiresAtMs }), placed(other), amended(other, 4, 4))
  alice.write(expired(other, 4, 0), cancelled(rests, 2, 0))
  expect(judge.violations).toEqual([])
})

test('so has what is forced as it is decided, and what is forced otherwise and flagged', () => {
  for (const [filled, dispute] of [
    [1, []],
    [0, [disputed(0)]],
  ] as const) {
    const story = asksAgain()
    story.bob.write(forced(filled), ...(filled > 0 ? [shownForced(filled, 0)] : []))
    decideAgain(story)
    story.bob.write(...dispute, settledAgain)
    story.enter('alice', { remainingOf: () => 1 - filled }).enter('bob', { remainingOf: () => 1 })
    if (filled === 0) story.bob.write(cancelled(takes, 1, 0))
    story.rest()
    expect(story.judge.violations.map(({ checker }) => checker)).toEqual([])
  }
})

test('what is lost with the tail of a journal has never happened', () => {
  const story = new Story()
  story.alice.append(cancelled(rests, 2, 7))
  story.history.add({ type: 'lost', peer: 'alice', market: market.id, count: 2 })
  expect(story.judge.violations).toEqual([])
})

test('journals alone are read in the order in which they must have been written', () => {
  const { alice, bob } = new Story()
  const subject = (name: Name, records: readonly JournalRecord[]) => ({ self: ids[name], networkId, records })
  const ofBob = subject('bob', bob.records)
  expect(alwaysViolations([subject('alice', alice.records), ofBob])).toEqual([])
  expect(alwaysViolations([ofBob, subject('alice', alice.records)])).toEqual([])
  expect(alwaysViolations([ofBob, subject('alice', alice.records.slice(0, 2))])).toContainEqual(
    expect.stringMatching(/without its maker \(3\)$/),
  )
})

test('who is not live to the other needs neither agree with it nor trade', () => {
  const story = new Story()
    .enter('alice')
    .enter('bob', { digest: () => 'another', isLive: () => false })
    .rest()
  expect(story.judge.violations).toEqual([])
})

test('orders may cross as long as their owners wait for a peer that has gone', () => {
  const last = signedBy('bob', { ...again(), maker: ids.carol, minimum: 1 })
  const terms = { id: other, side: 'buy', price: 101 } as const
  const crossed = (...there: Name[]) => {
    const story = new Story()
    story.bob.evidence = []
    story.bob.write(accepted(terms), placed(other, terms), intent({ ...again(), last }))
    for (const name of there) story.enter(name)
    return story.rest().broken.includes('nothingIsCrossed')
  }
  expect(crossed('alice', 'bob')).toBe(false)
  expect(crossed('alice', 'bob', 'carol')).toBe(true)
})

test('the words of a peer that has forked its feed are worth nothing, and nobody else is to blame', () => {
  const story = new Story()
  story.history.add({ type: 'fault', text: 'fork alice -> bob' })
  const forked = { body: story.alice.last.body.replace('"quantity":3', '"quantity":2'), signature: 'alice' }
  story.enter('bob', { headOf: () => strange })
  story.say('request', { request: { type: 'segments', segments: [forked] } }).step()
  expect(story.judge.violations).toEqual([])
})

test('a new order may go past what is no better, or not live, or named', () => {
  const named = passing('refused_before', ids.carol, rests, other)
  const told = [takesFrom(99), takesFrom(101), takesFrom(102, named)].map(({ broken }) => broken)
  expect(told.flat().filter(name => name === 'newOrdersTakeTheBest')).toEqual([])
})

test('a taker may go past better orders for every reason that is so', () => {
  const full = batch(3, { quantity: limits.undecidedQuantityMax, tradeId: toNobody })
  const { judge, bob } = passes('answer_owed', limits.answerOwedMsMax)
  bob.write(passing('channel_busy'), passing('not_live'), passing('asked_already'))
  bob.write(passing('asked_already', ids.bob, takes), passing('self_trade_prevented', ids.bob, takes))
  bob.write({ type: 'settled', maker: ids.alice, n: 2, filled: [0] }, passing('refused_before'))
  bob.write(passing('asked_already', ids.bob, takes), passing('batch_full'), intent(full))
  expect(judge.violations.filter(({ invariant }) => invariant === 6)).toEqual([])
})

test('a replica may be read page by page, and begin anew at a checkpoint', () => {
  const story = new Story()
  const [first, second] = story.alice.segments
  let at: Head | null = null
  story.enter('bob', { headOf: () => at, isWhole: () => false })
  for (const segments of [[first, second], [story.alice.last], [story.alice.last]]) {
    story.say('request', { request: { type: 'segments', segments } })
    at = headOf(story.alice)
    story.step()
  }
  expect(story.broken).toEqual([])
})

test('every checker is broken by one of these stories', () => {
  const names = new Story().judge.rules.map(({ name }) => name)
  const tried = new Set([...stories.map(([, checker]) => checker)])
  expect(names.filter(name => !tried.has(name))).toEqual([])
})

// Forcing: bob proposes the last of his lots to alice, and her answer does not come.

const again = () => batch(2, { quantity: 1, tradeId: toSelf })
const settledAgain: Fact = { type: 'settled', maker: ids.alice, n: 2, filled: [1] }

function asksAgain(doctored: Doctored = {}): Story {
  const story = new Story(doctored)
  story.alice.evidence = []
  story.bob.evidence = []
  story.bob.write(intent(again()))
  return story
}

/** Alice has filled it all the same. */
function decideAgain(story: Story): Story {
  story.alice.evidence = [{ signed: signedBy('bob', again()) }]
  const answer = answerTo(again(), { decisions: [{ tradeId: toSelf, filled: 1 }] })
  story.alice.write(entry({ ...makersFill, tradeId: toSelf, quantity: 1, remaining: 1 }), answered(answer))
  return story
}

function told(story: Story, ...facts: Fact[]): Story {
  story.bob.write(...facts)
  return story
}

function forced(filled: number): Fact {
  return { type: 'forced', maker: ids.alice, n: 2, tradeId: toSelf, filled }
}

function shownForced(quantity: number, remaining: number): Fact {
  const counterparty = { peer: ids.alice, orderId: rests }
  return entry({ type: 'forced', orderId: takes, tradeId: toSelf, quantity, remaining, counterparty })
}

function disputed(filled: number): Fact {
  const terms = { orderId: takes, side: 'buy', tradeId: toSelf, price: 100, quantity: 1 } as const
  const counterparty = { peer: ids.alice, orderId: rests }
  return { type: 'disputed', dispute: { ...terms, counterparty, filled, decided: 1, atMs: 40 } }
}

/** The same batch, of a taker that has read so far as that feed goes, and is so many milliseconds old. */
function naming(asked: Batch, maker: Pen, ms: number): Batch {
  return { ...asked, makerHead: headOf(maker), stamp: stampOf(ms, 0) }
}

/** Bob goes past an order. */
function passing(reason: PassingReason, owner = ids.alice, id = rests, orderId = takes): Fact {
  return { type: 'passed_over', orderId, orders: [{ owner, id, reason }], more: 0 }
}

/** Of a peer that is live. */
function offer(owner: PeerId, price: number): object {
  return { owner, id: rests, price: String(price), isLive: true }
}

/** Bob sells at 101 to alice, in whose view carol buys at that price. */
function takesFrom(carolsPrice: number, ...passed: Fact[]): Story {
  const story = new Story().enter('bob', { orders: () => [offer(ids.carol, carolsPrice)] }).step()
  const selling = { side: 'sell', price: 101, quantity: 1, limit: 101, orderId: other, makerOrderId: rests } as const
  const asked = batch(2, { ...selling, tradeId: toSelf })
  story.bob.append(accepted({ id: other, price: 101 }), ...passed, intent(asked))
  return story
}

/** He does so so many milliseconds after he has made his second batch. */
function passes(reason: PassingReason, ms: number): Story {
  const story = asksAgain()
  story.wallMs = millisecondsOf(again().stamp) + ms
  return told(story, passing(reason))
}

type At = (story: Story) => Head | null

/** Bob is shown the end of alice's feed, and has read so far before and after that. */
function reads(story: Story, before: At | null, after: At): Story {
  let at = before?.(story) ?? null
  story.enter('bob', { headOf: () => at, isWhole: () => false })
  story.say('request', { request: { type: 'segments', segments: [story.alice.last] } })
  at = after(story)
  return story.step()
}

type Wrong = readonly [what: string, checker: string, tell: () => Story]

/** Of a story that begins as it should. */
function then(write: (story: Story) => unknown, doctored: Doctored = {}): () => Story {
  return () => {
    const story = new Story(doctored)
    story.alice.evidence = []
    write(story)
    return story
  }
}

const stories: readonly Wrong[] = [
  ['a wrong remainder', 'quantitiesAddUp', () => new Story({ makersFill: { remaining: 3 } })],
  ['a fill beyond the quantity', 'quantitiesAddUp', then(({ alice }) => alice.write(...ofTwo(), ...ownTrade(3, -1)))],
  ['an amendment to more', 'quantitiesAddUp', then(({ alice }) => alice.write(amended(rests, 5, 2)))],
  ['an amendment below what is filled', 'quantitiesAddUp', then(({ alice }) => alice.write(amended(rests, 2, -1)))],
  ['lots that come back and never were away', 'quantitiesAddUp', () => new Story({ settled: { filled: [4] } })],
  [
    'an order that is replaced and goes on',
    'replacementsStayWithin',
    then(({ alice }) => alice.write(replacing(5, 3), placed(other, { quantity: 3 }))),
  ],
  [
    'a replacement for more than was asked',
    'replacementsStayWithin',
    then(({ alice }) => alice.write(cancelled(rests, 2, 0), replacing(5, 3))),
  ],
  [
    'a replacement on the other side',
    'replacementsStayWithin',
    then(({ alice }) => alice.write(cancelled(rests, 2, 0), replacing(5, 2, 'buy'))),
  ],
  [
    'a replacement of what never was',
    'replacementsStayWithin',
    then(({ alice }) => alice.write(replacing(5, 2, 'sell', late))),
  ],
  [
    'two orders, one in place of the other, that fill too much',
    'replacementsStayWithin',
    then(({ alice }) => {
      alice.write(cancelled(rests, 1, 1), replacing(5, 2), accepted({ id: late, side: 'buy', account: 'desk' }))
      alice.write(...ownTradeOf(other, late, 3))
    }),
  ],
  [
    'parts of an order that are more than the whole',
    'partsStayWithinTheWhole',
    then(({ alice }) => alice.write(...iceberg(2), entered(late, 2), entered(after, 4))),
  ],
  [
    'a slice that is larger than it may be',
    'partsStayWithinTheWhole',
    then(({ alice }) => alice.write(...iceberg(2), entered(late, 3), placed(late, { quantity: 3 }))),
  ],
  [
    'two slices at the same time',
    'partsStayWithinTheWhole',
    then(({ alice }) => {
      alice.write(...iceberg(2), entered(late, 2), placed(late, { quantity: 2 }))
      alice.write(entered(after, 2), placed(after, { quantity: 2 }))
    }),
  ],
  [
    'what is shown and hidden again',
    'partsStayWithinTheWhole',
    then(({ alice }) => {
      alice.write(...iceberg(2), entered(late, 2), placed(late, { quantity: 2 }))
      alice.write({ type: 'returned', orderId: late, quantity: 1 })
    }),
  ],
  [
    'a stop that enters without a trigger',
    'stopsFireByTheirTrades',
    then(({ alice }) => alice.write(stop(), entered(late, 5))),
  ],
  [
    'a stop that is triggered by no trade',
    'stopsFireByTheirTrades',
    then(({ alice }) => alice.write(stop(), triggeredBy(toNobody))),
  ],
  [
    'a stop that is triggered by a trade that does not reach it',
    'stopsFireByTheirTrades',
    then(({ alice }) => alice.write(stop({ trigger: 99 }), triggeredBy(toBob))),
  ],
  [
    'a stop that is triggered by a trade from before it was placed',
    'stopsFireByTheirTrades',
    then(({ alice }) => alice.write(stop({}, idAt(40)), triggeredBy(toBob, idAt(40)))),
  ],
  [
    'a stop that is triggered by an old trade',
    'stopsFireByTheirTrades',
    then(story => {
      story.wallMs = 60_000
      story.alice.write(stop(), triggeredBy(toBob))
    }),
  ],
  [
    'a stop that is triggered twice',
    'stopsFireByTheirTrades',
    then(({ alice }) => alice.write(stop(), triggeredBy(toBob), triggeredBy(toBob))),
  ],
  [
    'a stop that is paired with an order that has less left',
    'pairsShareOneQuantity',
    then(({ alice }) => alice.write(stop({ partner: rests }))),
  ],
  [
    'a pair of which both are open',
    'pairsShareOneQuantity',
    then(({ alice }) => {
      alice.write(stop({ partner: rests }, other, 2))
      alice.write(triggeredBy(toBob), entered(late, 2), placed(late, { quantity: 2 }))
    }),
  ],
  ['what is forced twice', 'quantitiesAddUp', () => told(asksAgain(), forced(0), forced(0))],
  ['what is forced and was never proposed', 'quantitiesAddUp', then(({ bob }) => bob.write(forced(1)))],
  ['more that is forced than was proposed', 'quantitiesAddUp', () => told(asksAgain(), forced(2))],
  ['a forced fill that nobody has stated', 'quantitiesAddUp', () => told(asksAgain(), forced(0), shownForced(1, 1))],
  ['a forced fill with a wrong remainder', 'quantitiesAddUp', () => told(asksAgain(), forced(1), shownForced(1, 1))],
  [
    'a contrary decision that is not flagged',
    'tradesAreDecidedOnce',
    () => told(decideAgain(told(asksAgain(), forced(0))), settledAgain),
  ],
  [
    'a dispute about what nobody denies',
    'tradesAreDecidedOnce',
    () => told(decideAgain(told(asksAgain(), forced(1))), disputed(1), settledAgain),
  ],
  ['makers that sell more than was wanted', 'quantitiesAddUp', () => new Story({ taking: { quantity: 2 } })],
  [
    'a trade that is booked twice',
    'tradesAreDecidedOnce',
    then(({ alice }) => alice.write(entry({ ...makersFill, quantity: 1, remaining: 1 }))),
  ],
  [
    'a batch that is decided twice',
    'tradesAreDecidedOnce',
    then(({ alice }) => alice.write(answered(answerTo(batch(1))))),
  ],
  [
    'an answer that the feed does not bear out',
    'tradesAreDecidedOnce',
    () => new Story({ answer: { decisions: [{ tradeId: toBob, filled: 2 }] } }),
  ],
  ['a taker that settles otherwise', 'tradesAreDecidedOnce', () => new Story({ settled: { filled: [2] } })],
  [
    'another answer the second time',
    'tradesAreDecidedOnce',
    then(story =>
      story.say('reply', {
        reply: {
          answer: signedBy('alice', answerTo(batch(1), { decisions: [{ tradeId: toBob, refused: 'withdrawn' }] })),
        },
      }),
    ),
  ],
  ['a taker that books another price', 'tradesHaveTwoSides', () => new Story({ takersFill: { price: 101 } })],
  ['a taker that books another quantity', 'tradesHaveTwoSides', () => new Story({ takersFill: { quantity: 2 } })],
  ['a taker on the same side', 'tradesHaveTwoSides', () => new Story({ takersFill: { side: 'sell' } })],
  [
    'a taker that names another counterparty',
    'tradesHaveTwoSides',
    () => new Story({ takersFill: { counterparty: { peer: ids.alice, orderId: late } } }),
  ],
  ['a taker whose maker knows nothing', 'tradesHaveTwoSides', () => new Story({ takersFill: { tradeId: toNobody } })],
  ['a maker that fills what nobody has proposed', 'tradesHaveTwoSides', () => new Story({ proposal: { quantity: 2 } })],
  [
    'a maker whose taker never books it',
    'tradesHaveTwoSides',
    () => new Story({ takersFill: { tradeId: toNobody } }).enter('bob').rest(),
  ],
  ['a trade of two prices', 'nothingIsMadeOrLost', () => new Story({ takersFill: { price: 101 } }).rest()],
  ["a price that is not the maker's", 'pricesAreTheEarlierOrders', () => new Story({ makersFill: { price: 99 } })],
  ["a price beyond the taker's limit", 'pricesAreTheEarlierOrders', () => new Story({ taking: { price: 99 } })],
  [
    'a maker that is later',
    'pricesAreTheEarlierOrders',
    () => new Story({ resting: { id: late }, makersFill: { orderId: late } }),
  ],
  [
    'a fill after the end',
    'whatIsReservedIsNotFree',
    then(({ alice }) => alice.write(...ofTwo(), cancelled(rests, 1, 1), ...ownTrade(1, 0))),
  ],
  [
    'a fill after the beginning of the end',
    'whatIsReservedIsNotFree',
    then(({ alice }) => alice.write(...ofTwo(), closing(rests), ...ownTrade(1, 1))),
  ],
  [
    'a trade that was proposed after the time',
    'whatIsReservedIsNotFree',
    then(({ alice }) => alice.write(...ofTwo(), ...ownTrade(1, 1)), {
      resting: { timeInForce: 'gtd' },
      restingConditions: { expiresAtMs },
    }),
  ],
  [
    'a cancellation of what is reserved',
    'whatIsReservedIsNotFree',
    then(({ bob }) => bob.write(intent(batch(2, { quantity: 1, tradeId: toSelf })), cancelled(takes, 1, 0))),
  ],
  [
    'a private lapse of what is gone',
    'whatIsReservedIsNotFree',
    then(({ alice }) => alice.write({ type: 'lapsed', orderId: rests, quantity: 3, reason: 'nothing_left_to_match' })),
  ],
  [
    'a proposal of what is reserved already',
    'whatIsReservedIsNotFree',
    then(({ bob }) => bob.write(intent(batch(2, { tradeId: toSelf })))),
  ],
  [
    'a proposal after the end',
    'whatIsReservedIsNotFree',
    then(({ bob }) => bob.write(closing(takes)).write(intent(batch(2, { quantity: 1, tradeId: toSelf })))),
  ],
  [
    'a fill with more than was asked for',
    'whatIsReservedIsNotFree',
    () => new Story({ takersFill: { quantity: 4, remaining: 0 } }),
  ],
  [
    'an amendment after the end',
    'whatIsReservedIsNotFree',
    then(({ alice }) => alice.write(cancelled(rests, 1, 1), amended(rests, 3, 0))),
  ],
  [
    'a fill after the user was told of the end',
    'cancelledIsCancelled',
    then(story =>
      story.tell('alice', outcome({ status: 'cancel_pending' })).alice.write(...ofTwo(), ...ownTrade(1, 1)),
    ),
  ],
  [
    'a user who is told of a fill that is not durable',
    'whatIsToldIsDurable',
    then(story => story.tell('alice', outcome({ filled: '4', remaining: '1' }))),
  ],
  [
    'a user who is told of an order that is not durable',
    'whatIsToldIsDurable',
    then(story => story.tell('alice', outcome({ id: other }))),
  ],
  [
    'a user who is told of a strange trade',
    'whatIsToldIsDurable',
    then(story => story.tell('alice', outcome({ tradeId: toNobody }))),
  ],
  [
    'a user who is told what does not add up',
    'whatIsToldIsDurable',
    then(story => story.tell('alice', outcome({ remaining: '1' }))),
  ],
  [
    'a user who is told of too much doubt',
    'whatIsToldIsDurable',
    then(story => story.tell('alice', outcome({ inDoubt: '3' }))),
  ],
  [
    'a journal that speaks of an order it never accepted',
    'ordersAreKnown',
    then(({ alice }) => alice.write(closing(other))),
  ],
  ['a batch that is settled and never was begun', 'ordersAreKnown', () => new Story({ settled: { n: 7 } })],
  [
    'a book that is not what its journal gives',
    'booksAreTheReplayOfTheirJournals',
    then(story =>
      story
        .enter('alice', {
          isWritten: true,
          memory: () => ({ orders: [], takerChannels: [], makerChannels: [], head: null }),
        })
        .step(),
    ),
  ],
  [
    'a batch that is older than what it names',
    'batchesAreLaterThanWhatTheyName',
    then(story => story.bob.write(intent(naming(batch(2, { quantity: 1, tradeId: toSelf }), story.alice, 2)))),
  ],
  [
    'an order that is filled after its time, whatever the clocks',
    'timeIsOverWhenItIsOver',
    () => {
      const story = asksAgain({ resting: { timeInForce: 'gtd' }, restingConditions: { expiresAtMs: 40 } })
      story.history.add({ type: 'fault', text: 'skew alice 10ms' })
      return decideAgain(story.ask('propose', again()))
    },
  ],
  ['a new order that goes past a better one', 'newOrdersTakeTheBest', () => takesFrom(102)],
  [
    'a new order that is filled by its own peer past a better one',
    'newOrdersTakeTheBest',
    then(story => {
      story.enter('alice', { orders: () => [offer(ids.bob, 99)] }).step()
      story.alice.append(...ofTwo(), ...ownTrade(1, 1))
    }),
  ],
  [
    'a new order that goes past a live peer as not live',
    'newOrdersTakeTheBest',
    () => takesFrom(102, passing('not_live', ids.carol, rests, other)),
  ],
  [
    'a maker that is said to owe its answer too early',
    'whatIsPassedOverHasItsReason',
    () => passes('answer_owed', 500),
  ],
  [
    'a maker that is said to owe an answer and does not',
    'whatIsPassedOverHasItsReason',
    () => told(new Story(), passing('answer_owed')),
  ],
  [
    'a channel that is said to be busy and is not',
    'whatIsPassedOverHasItsReason',
    () => told(new Story(), passing('channel_busy')),
  ],
  [
    'a refusal that nobody has given',
    'whatIsPassedOverHasItsReason',
    () => told(new Story(), passing('refused_before')),
  ],
  [
    'an order that is said to have been asked and was not',
    'whatIsPassedOverHasItsReason',
    () => told(new Story(), passing('asked_already', ids.alice, other)),
  ],
  [
    'an own order that is said to be reserved and is not',
    'whatIsPassedOverHasItsReason',
    () => told(new Story(), passing('asked_already', ids.bob, takes)),
  ],
  [
    'a batch that is said to be full and is not',
    'whatIsPassedOverHasItsReason',
    () => told(new Story(), passing('batch_full'), intent(batch(2, { quantity: 1, tradeId: toSelf }))),
  ],
  [
    'an account that is not the same',
    'whatIsPassedOverHasItsReason',
    then(({ bob }) =>
      bob.write(accepted({ id: other, account: 'desk' })).write(passing('self_trade_prevented', ids.bob, other)),
    ),
  ],
  [
    'a peer that calls itself not live',
    'whatIsPassedOverHasItsReason',
    () => told(new Story(), passing('not_live', ids.bob, other)),
  ],
  ['a replica with a gap', 'replicasAreReadInOrder', () => reads(new Story(), null, story => headOf(story.alice))],
  [
    'a replica that goes back',
    'replicasAreReadInOrder',
    () =>
      reads(
        new Story(),
        story => headOf(story.alice),
        () => ({ ...strange, sequence: 2 }),
      ),
  ],
  [
    'a segment that is read before its time',
    'replicasAreReadInOrder',
    () => {
      const story = new Story()
      story.wallMs = -limits.clockAheadMsMax
      return reads(
        story,
        () => ({ ...strange, sequence: 3 }),
        ({ alice }) => headOf(alice),
      )
    },
  ],
  [
    'a batch that is proposed twice',
    'batchesAreProposedOnce',
    () => asksAgain().ask('propose', again()).ask('propose', again()),
  ],
  [
    'a number that is decided after a later one',
    'numbersAreDecidedInOrder',
    then(({ alice }) => {
      alice.write(answered(answerTo(batch(3), { decisions: [] })))
      alice.write(answered(answerTo(batch(2), { decisions: [] })))
    }),
  ],
  [
    'a fill of what has only been withdrawn',
    'onlyWhatIsProposedIsFilled',
    () => decideAgain(asksAgain().ask('withdraw', again())),
  ],
  ['a gap', 'feedsHaveNoGap', then(({ alice }) => alice.skip().write(cancelled(rests, 2, 0)))],
  [
    'a new incarnation that does not say what it continues',
    'feedsHaveNoGap',
    then(({ alice }) =>
      alice.begin('life 2').write(entry({ type: 'opened', continues: null }), checkpoint([rests, 2])),
    ),
  ],
  [
    'an incarnation that is not the newest',
    'feedsHaveNoGap',
    then(({ alice }) =>
      alice.begin('life 0').write(entry({ type: 'opened', continues: null }), checkpoint([rests, 2])),
    ),
  ],
  ['an order that is placed twice', 'ordersMoveOnlyDown', then(({ alice }) => alice.write(placed(rests)))],
  [
    'an order that is placed at another price',
    'ordersMoveOnlyDown',
    then(({ alice }) => alice.write(accepted({ id: other }), placed(other, { price: 99 }))),
  ],
  [
    'an order that comes back',
    'ordersMoveOnlyDown',
    then(({ alice }) => alice.write(cancelled(rests, 2, 0), cancelled(rests, 1, -1))),
  ],
  ['a checkpoint that leaves an order out', 'ordersMoveOnlyDown', then(({ alice }) => alice.write(checkpoint()))],
  [
    'a checkpoint with another remainder',
    'ordersMoveOnlyDown',
    then(({ alice }) => alice.write(checkpoint([rests, 3]))),
  ],
  [
    'a segment that leaves before it is durable',
    'nothingLeavesBeforeItIsDurable',
    then(story =>
      story.say('request', {
        request: { type: 'segments', segments: [story.alice.append(cancelled(rests, 2, 0)).last] },
      }),
    ),
  ],
  [
    'a segment with a signature that is not of its author',
    'nothingLeavesBeforeItIsDurable',
    then(story =>
      story.say('request', {
        request: { type: 'segments', segments: [{ body: story.alice.last.body, signature: 'bob' }] },
      }),
    ),
  ],
  [
    'an answer that leaves before it is durable',
    'nothingLeavesBeforeItIsDurable',
    then(story => story.say('reply', { reply: { answer: signedBy('alice', answerTo(batch(2))) } })),
  ],
  [
    'a batch that leaves before it is durable',
    'nothingLeavesBeforeItIsDurable',
    then(story => story.say('request', { request: { type: 'propose', batch: signedBy('bob', batch(2)) } })),
  ],
  [
    'a head that leaves before it is durable',
    'nothingLeavesBeforeItIsDurable',
    then(story =>
      story.say('request', {
        request: {
          type: 'beat',
          beat: signedBy('alice', { from: ids.alice, markets: [{ market: market.id, head: strange }] }),
        },
      }),
    ),
  ],
  [
    "a head of somebody else's that does not exist",
    'nothingLeavesBeforeItIsDurable',
    then(story => story.say('reply', { reply: { heads: [{ owner: ids.bob, head: strange }] } })),
  ],
  [
    'a replica of a feed that does not exist',
    'replicasFollowTheirOwners',
    then(story =>
      story
        .enter('bob', { headOf: () => strange })
        .say('request', { request: { type: 'segments', segments: [story.alice.last] } })
        .step(),
    ),
  ],
  [
    'a replica with another remainder',
    'replicasFollowTheirOwners',
    then(story =>
      story
        .enter('bob', { headOf: () => headOf(story.alice), remainingOf: () => 5 })
        .say('request', { request: { type: 'segments', segments: [story.alice.last] } })
        .step(),
    ),
  ],
  [
    'a replica with another remainder at rest',
    'replicasFollowTheirOwners',
    then(story => story.enter('bob', { headOf: () => headOf(story.alice), remainingOf: () => 5 }).rest()),
  ],
  [
    'a record that a repetition has led to',
    'whatComesAgainChangesNothing',
    then(story => {
      story.history.add({ type: 'fault', text: deliverAgain })
      story.alice.write(cancelled(rests, 2, 0))
    }),
  ],
  [
    'a trade on words that nobody has said',
    'evidenceIsReal',
    () => new Story({ evidence: { signed: signedBy('bob', batch(9)) } }),
  ],
  [
    'a trade on a segment that nobody has written',
    'evidenceIsReal',
    () => new Story({ evidence: { segment: strange } }),
  ],
  ['an ioc order that rests', 'ordersKeepTheirTerms', () => new Story({ resting: { timeInForce: 'ioc' } })],
  [
    'an ioc order that lingers',
    'ordersKeepTheirTerms',
    then(story => {
      story.alice.write(accepted({ id: other, timeInForce: 'ioc' }))
      story.enter('alice').rest()
    }),
  ],
  [
    'an order without a time that expires',
    'ordersKeepTheirTerms',
    then(({ alice }) => alice.write(expired(rests, 2, 0))),
  ],
  ['a post-only order that takes', 'ordersKeepTheirTerms', () => new Story({ takingConditions: { postOnly: true } })],
  [
    'an account that trades with itself',
    'ordersKeepTheirTerms',
    then(({ alice }) => alice.write(accepted({ id: other, side: 'buy' }), ...ownTrade(1, 1))),
  ],
  [
    'a proposal to somebody who is not live',
    'onlyTheLiveAreAsked',
    then(story =>
      story
        .enter('bob', {
          isLive: () => false,
          channels: new Map([[ids.alice, { n: 2, inFlight: { batch: batch(2) } }]]),
        })
        .step(),
    ),
  ],
  [
    'two that have not read the same',
    'theCoreAgrees',
    then(story =>
      story
        .enter('alice')
        .enter('bob', { digest: () => 'another' })
        .rest(),
    ),
  ],
  [
    'books that differ',
    'theCoreAgrees',
    then(story =>
      story
        .enter('alice')
        .enter('bob', { hash: () => 'another' })
        .rest(),
    ),
  ],
  [
    'a book that is unsound',
    'theCoreAgrees',
    then(story => story.enter('alice', { check: () => ['The book counts wrong.'] }).rest()),
  ],
  ['orders that cross', 'nothingIsCrossed', then(story => story.enter('alice').enter('bob').rest())],
  [
    'a batch of which less than its minimum is filled',
    'batchesKeepTheirMinimum',
    then(story => {
      story.bob.evidence = []
      story.bob.write(intent({ ...again(), minimum: 5 }))
      decideAgain(story)
    }),
  ],
  [
    'a last maker that fills while another one holds nothing',
    'batchesKeepTheirMinimum',
    then(story => {
      story.bob.evidence = []
      const last = { ...again(), minimum: 1 }
      story.bob.write(intent(last), intent(held({ last: signedBy('bob', last) })))
      decideAgain(story)
    }),
  ],
  [
    'a hold that ends before the last maker has decided',
    'holdsEndAsTheLastMakerDecides',
    then(({ alice }) => alice.write(holds(), { type: 'hold_ended', hash: 'held' })),
  ],
  [
    'a hold that nobody has',
    'holdsEndAsTheLastMakerDecides',
    then(({ alice }) => alice.write({ type: 'hold_ended', hash: 'held' })),
  ],
  [
    'a hold that is given back though the last maker has filled',
    'holdsEndAsTheLastMakerDecides',
    then(({ alice }) => alice.write(holds(batch(1)), { type: 'hold_ended', hash: 'held' })),
  ],
  [
    'a hold that stays though the last maker is there',
    'nothingIsInDoubt',
    then(story => {
      story.alice.write(holds())
      story.enter('alice').enter('bob').enter('carol').rest()
    }),
  ],
  [
    'a fok order that is filled in part',
    'minimumsAreKept',
    then(story => story.rest(), { taking: { timeInForce: 'fok' } }),
  ],
  [
    'an order with a minimum that trades less',
    'minimumsAreKept',
    then(story => story.rest(), { takingConditions: { minimum: 4 } }),
  ],
  [
    'an order that is taken before it has traded its minimum',
    'minimumsAreKept',
    () => new Story({ restingConditions: { minimum: 2 } }),
  ],
  ['a fok order that rests', 'ordersKeepTheirTerms', () => new Story({ resting: { timeInForce: 'fok' } })],
  [
    'a batch that stays undecided',
    'nothingIsInDoubt',
    then(story => {
      story.bob.write(intent(batch(2, { quantity: 1, tradeId: toSelf })))
      story.enter('alice').enter('bob').rest()
    }),
  ],
  [
    'a command without an answer',
    'everyCommandIsAnswered',
    then(story => story.command('the answer to bob/1').enter('bob').rest()),
  ],
]

describe('a violation is', () => {
  test.each(stories)('%s (%s)', (_, checker, tell) => {
    expect(tell().broken).toContain(checker)
  })
})

/** A head that nobody has. */
const strange = { incarnation: 'life 1' as Incarnation, sequence: 99, hash: 'strange' }

function headOf({ last }: Pen) {
  const segment = contentOf(last) as Segment
  const sequence = segment.first + segment.entries.length - 1
  return { incarnation: segment.incarnation, sequence, hash: hashOf(segmentDomain(networkId, market.id), last) }
}

/** Alice's order as she is told of it. */
function outcome(change: {
  status?: OrderOutcome['status']
  id?: OrderId
  filled?: string
  remaining?: string
  inDoubt?: string
  tradeId?: TradeId
}): OrderOutcome {
  const { status = 'partly_filled', id = rests, filled = '3', remaining = '2', inDoubt = '0', tradeId = toBob } = change
  const order = { id, market: market.id, quantity: '5', filled, lapsed: '0', remaining, clientOrderId: null }
  return { status, order, fills: [{ tradeId }], inDoubt, reason: null } as unknown as OrderOutcome
}

/** An order of another account of alice, which may trade with the first. */
function ofTwo(): Fact[] {
  return [accepted({ id: other, side: 'buy', account: 'desk' })]
}

/** Alice's second order takes from her first, of which so much remains then. */
function ownTrade(quantity: number, remaining: number): [Fact, Fact] {
  const shared = { tradeId: toSelf, quantity }
  const maker = fillOf({ orderId: rests, side: 'sell', remaining, liquidity: 'maker', ...shared }, 'alice', other)
  const left = 5 - quantity
  const taker = fillOf({ orderId: other, side: 'buy', remaining: left, liquidity: 'taker', ...shared }, 'alice', rests)
  return [entry(maker), entry(taker)]
}

/** Alice's second order, of 5 lots, of which so many are shown at a time. */
function iceberg(displayed: number): Fact[] {
  return [accepted({ id: other }, { displayed })]
}

/** Her second order as a stop, which her trade with bob at 100 reaches. */
function stop(conditions: Partial<Conditions> = {}, id = other, quantity = 5): Fact {
  return accepted({ id, quantity }, { trigger: 100, ...conditions })
}

function triggeredBy(tradeId: TradeId, id = other): Fact {
  return { type: 'triggered', orderIds: [id], trade: { maker: ids.alice, tradeId, price: 100 } }
}

function entered(id: OrderId, quantity: number): Fact {
  const order = { id, side: 'sell', price: 100, quantity, timeInForce: 'gtc', account: 'main' } as const
  return { type: 'entered', order, wholeId: other }
}

/** Alice's second order in place of her first. */
function replacing(asked: number, quantity: number, side: NewOrder['side'] = 'sell', orderId = rests): Fact {
  return { ...accepted({ id: other, quantity, side }), replaces: { orderId, quantity: asked } } as Fact
}

/** A trade between two orders of alice that are for more. */
function ownTradeOf(maker: OrderId, taker: OrderId, quantity: number): Fact[] {
  const shared = { tradeId: toSelf, quantity, remaining: 0 }
  return [
    entry(fillOf({ orderId: maker, side: 'sell', liquidity: 'maker', ...shared }, 'alice', taker)),
    entry(fillOf({ orderId: taker, side: 'buy', liquidity: 'taker', ...shared }, 'alice', maker)),
  ]
}

function accepted(terms: Partial<NewOrder> & { id: OrderId }, conditions: Partial<Conditions> = {}): Fact {
  const order = { side: 'sell', price: 100, quantity: 5, timeInForce: 'gtc', account: 'main', ...terms } as const
  const none = { postOnly: false, expiresAtMs: null, selfTradePrevention: 'cancel-newest', minimum: null } as const
  return { type: 'accepted', order, conditions: { ...none, ...conditions }, clientOrderId: null }
}

function entry(it: Entry): Fact {
  return { type: 'entry', entry: it, evidence: null }
}

function checkpoint(...open: (readonly [OrderId, number])[]): Fact {
  const orders = open.map(([id, remaining]) => ({ id, side: 'sell', price: 100, quantity: 5, remaining }) as const)
  return entry({ type: 'checkpoint', part: 0, parts: 1, open: orders.length, orders })
}

function placed(id: OrderId, { side = 'sell', price = 100, quantity = 5, ...terms }: Partial<NewOrder> = {}): Fact {
  return entry({
    type: 'placed',
    order: { id: terms.id ?? id, side, price: price ?? 100, quantity, remaining: quantity },
  })
}

function cancelled(orderId: OrderId, quantity: number, remaining: number): Fact {
  return entry({ type: 'cancelled', orderId, quantity, remaining, reason: 'cancelled_by_user' })
}

function expired(orderId: OrderId, quantity: number, remaining: number): Fact {
  return entry({ type: 'expired', orderId, quantity, remaining })
}

function amended(orderId: OrderId, quantity: number, remaining: number): Fact {
  return entry({ type: 'amended', orderId, quantity, remaining })
}

function closing(orderId: OrderId): Fact {
  return { type: 'closing', orderId, reason: 'cancelled_by_user' }
}

function fillOf(
  fill: Pick<Filled, 'orderId' | 'side' | 'remaining' | 'liquidity'> & Partial<Filled>,
  peer: Name,
  orderId: OrderId,
): Filled {
  const plain = { type: 'filled', tradeId: toBob, price: 100, quantity: 3, evidence: 0 } as const
  return { ...plain, counterparty: { peer: ids[peer], orderId }, ...fill }
}

function batch(n: number, change: Partial<Proposal> = {}): Batch {
  const terms = { side: 'buy', limit: 101, price: 100, quantity: 3 } as const
  return {
    ...{ taker: ids.bob, maker: ids.alice, n, market: market.id, takerIncarnation: 'life 1', stamp: stampOf(5, 0) },
    makerHead: { incarnation: 'life 1', sequence: 3, hash: '' },
    proposals: [{ tradeId: toBob, orderId: takes, makerOrderId: rests, ...terms, ...change }],
    ...{ minimum: 0, last: null },
  } as unknown as Batch
}

function intent(asked: Batch): Fact {
  return { type: 'intent', batch: asked, signed: signedBy('bob', asked), hash: `batch ${asked.n}` }
}

/** What bob wants carol to hold. */
function held(change: Partial<Batch>): Batch {
  return { ...batch(7, { tradeId: toNobody }), maker: ids.carol, minimum: 3, ...change }
}

/** Alice holds a lot for bob until somebody has decided on another batch. */
function holds(last: Batch = { ...batch(1, { tradeId: toNobody }), maker: ids.carol, minimum: 3 }): Fact {
  const wanted = { ...batch(2, { quantity: 1, tradeId: toSelf }), minimum: 1, last: signedBy('bob', last) }
  return { type: 'held', batch: wanted, signed: signedBy('bob', wanted), hash: 'held' }
}

function answerTo({ n }: Batch, change: Partial<Answer> = {}): Answer {
  const shared = { maker: ids.alice, taker: ids.bob, market: market.id, n, batchHash: `batch ${n}` }
  const decisions = [{ tradeId: toBob, filled: 3 }]
  return { ...shared, makerIncarnation: 'life 1' as Incarnation, sequence: 4, decisions, ...change }
}

function answered(answer: Answer): Fact {
  const { taker, n } = answer
  const life = { takerIncarnation: 'life 1' as Incarnation, isGroup: false }
  const asked = { taker, n, ...life, hash: `batch ${n}`, lastTradeId: toBob }
  return { type: 'answered', batch: asked, answer: signedBy('alice', answer) }
}

function signedBy(name: Name, what: object): Signed {
  return { body: JSON.stringify(what), signature: name }
}

/** A UUIDv7 of that millisecond. */
function idAt(ms: number): OrderId {
  const digits = ms.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000000` as OrderId
}
