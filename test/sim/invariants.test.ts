/** Each check of the invariants is seen to fail: two journals that are in order, and the same ones with one thing wrong. */
import { expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import type { NewOrder, OrderId, PeerId, TradeId } from '../../src/book/order.ts'
import type { Entry, Filled, Incarnation } from '../../src/feed/entry.ts'
import { stampOf } from '../../src/feed/hybrid-clock.ts'
import { hashOf, segmentDomain, type Segment } from '../../src/feed/segment.ts'
import type { Batch } from '../../src/net/messages.ts'
import type { Fact } from '../../src/peer/decide/fact.ts'
import type { JournalRecord } from '../../src/peer/decide/group.ts'
import { alwaysViolations, quietViolations, type Subject } from '../../src/sim/invariants.ts'

type Conditions = (Fact & { type: 'accepted' })['conditions']

const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market
const networkId = 'doctored'
const [alice, bob] = ['alice-key' as PeerId, 'bob-key' as PeerId]
/** Ids order like the moments at which the orders were accepted. */
const [rests, takes, other, late] = [1, 2, 3, 4].map(ms => idAt(ms)) as [OrderId, OrderId, OrderId, OrderId]
const [toBob, toSelf] = [idAt(10), idAt(20)] as unknown as [TradeId, TradeId]
const expiresAtMs = 15

const noConditions: Conditions = { postOnly: false, expiresAtMs: null, selfTradePrevention: 'cancel-newest' }
const makersFill = fillOf({ orderId: rests, side: 'sell', remaining: 2, liquidity: 'maker' }, bob, takes)
const takersFill = fillOf({ orderId: takes, side: 'buy', remaining: 1, liquidity: 'taker' }, alice, rests)
const settled: Fact = { type: 'settled', maker: alice, n: 1, filled: [3] }

/** A peer's journal as it is written, one record for each call. */
class Pen {
  readonly records: JournalRecord[] = []
  readonly #self: PeerId
  #first = 1
  #previous: string | null = null

  constructor(self: PeerId) {
    this.#self = self
    this.write(
      entry({ type: 'opened', continues: null }),
      entry({ type: 'checkpoint', part: 0, parts: 1, open: 0, orders: [] }),
    )
  }

  write(...facts: Fact[]): this {
    const entries = facts.flatMap(fact => (fact.type === 'entry' ? [fact.entry] : []))
    this.records.push({
      segment: entries.length > 0 ? this.#segment(entries) : null,
      facts: facts.map(fact => (fact.type === 'entry' ? { type: 'entry' } : fact)),
    })
    return this
  }

  /** Loses an entry between what has been written and what follows. */
  skip(): this {
    this.#first += 1
    return this
  }

  subject(): Subject {
    return { self: this.#self, networkId, records: this.records }
  }

  #segment(entries: readonly Entry[]): NonNullable<JournalRecord['segment']> {
    const segment: Segment = {
      owner: this.#self,
      market: market.id,
      incarnation: 'life 1' as Incarnation,
      first: this.#first,
      previous: this.#previous,
      stamp: stampOf(this.#first, 0),
      entries,
      evidence: [],
    }
    const signed = { body: JSON.stringify(segment), signature: '' }
    this.#first += entries.length
    this.#previous = hashOf(segmentDomain(networkId, market.id), signed)
    return signed
  }
}

test('journals in order have no violation', () => {
  const subjects = [traded(), taken()].map(pen => pen.subject())
  expect([...alwaysViolations(subjects), ...quietViolations(subjects)]).toEqual([])
})

test('so have orders that are amended, expire and are cancelled', () => {
  const pen = traded()
    .write(accepted({ id: other, timeInForce: 'gtd' }, { expiresAtMs }), placed(other), amended(other, 4, 4))
    .write(expired(other, 4, 0), cancelled(rests, 2, 0))
  expect(violations(pen)).toEqual([])
})

test('a fill beyond the quantity is a violation', () => {
  const [maker, taker] = ownTrade(3, { remaining: -1 })
  expect(violations(traded().write(...ofTwoAccounts(), maker, taker))).toContain(
    `${rests} is filled with what is reserved or gone (1, 5)`,
  )
})

test('figures that exceed the quantity in the end are a violation', () => {
  expect(violations(traded(), taken({ filled: [0] }))).toContainEqual(expect.stringContaining('-3 reserved (1)'))
})

test('a fill after a cancellation, out of what was free, is a violation', () => {
  const cancelledInPart = cancelled(rests, 1, 1)
  expect(violations(traded().write(...ofTwoAccounts(), cancelledInPart, ...ownTrade(1, { remaining: 0 })))).toContain(
    `${rests} is filled after its end (5)`,
  )
})

test('a fill after the order began to close, out of what was free, is a violation', () => {
  const closing: Fact = { type: 'closing', orderId: rests, reason: 'cancelled_by_user' }
  expect(violations(traded().write(...ofTwoAccounts(), closing, ...ownTrade(1, { remaining: 1 })))).toEqual([
    `${rests} is filled after its end (5)`,
  ])
})

test('a fill after the order has expired, out of what was free, is a violation', () => {
  const pen = traded({ timeInForce: 'gtd' }, { expiresAtMs: 30 })
  expect(violations(pen.write(...ofTwoAccounts(), expired(rests, 1, 1), ...ownTrade(1, { remaining: 0 })))).toEqual([
    `${rests} is filled after its end (5)`,
  ])
})

test('a trade that was proposed after the time of an order is a violation', () => {
  const pen = traded({ timeInForce: 'gtd' }, { expiresAtMs })
  expect(violations(pen.write(...ofTwoAccounts(), ...ownTrade(1, { remaining: 1 })))).toEqual([
    `${rests} is filled by the trade ${toSelf}, which was proposed after its time (5)`,
  ])
})

test('an order without a time that expires is a violation', () => {
  expect(violations(traded().write(expired(rests, 2, 0)))).toEqual([`${rests} expires, but has no time to end (12)`])
})

test('a cancellation of what is reserved is a violation', () => {
  const pen = new Pen(bob).write(accepted({ id: takes, side: 'buy', quantity: 4 }), placed(takes, 'buy', 4), intent())
  expect(violations(traded(), pen.write(cancelled(takes, 4, 0)))).toContain(
    `${takes} loses what is reserved or gone (5)`,
  )
})

test('a private lapse of what is gone is a violation', () => {
  const lapsed: Fact = { type: 'lapsed', orderId: rests, quantity: 3, reason: 'nothing_left_to_match' }
  expect(violations(traded().write(lapsed))).toContain(`${rests} loses what is reserved or gone (5)`)
})

test('a proposal of what is reserved already is a violation', () => {
  expect(violations(traded(), taken().write(intent({ n: 2 })))).toContain(
    `${takes} is offered with what is reserved or gone (5)`,
  )
})

test('an amendment that is not less is a violation', () => {
  expect(violations(traded().write(amended(rests, 5, 2)))).toEqual([
    `${rests} is amended to 5 lots, which is not less (1)`,
  ])
})

test('an amendment below what is filled is a violation', () => {
  expect(violations(traded().write(amended(rests, 2, -1)))).toContain(
    `${rests} is amended below what is filled and reserved (1, 5)`,
  )
})

test('an amendment after the end is a violation', () => {
  expect(violations(traded().write(cancelled(rests, 1, 1), amended(rests, 3, 0)))).toEqual([
    `${rests} is amended after its end (5)`,
  ])
})

test.each([
  ['amended', amended(rests, 4, 2)],
  ['cancelled', cancelled(rests, 2, 1)],
])('an entry that is %s with a wrong remainder is a violation', (type, fact) => {
  expect(violations(traded().write(fact))).toContainEqual(expect.stringMatching(`lots left, but is ${type} with`))
})

test('a post-only order that takes is a violation', () => {
  const byPostOnly = accepted({ id: other, side: 'buy', account: 'desk' }, { postOnly: true })
  expect(violations(traded().write(byPostOnly, ...ownTrade(1, { remaining: 1 })))).toEqual([
    `the post-only order ${other} takes (12)`,
  ])
})

test('a post-only order that is proposed to a maker is a violation', () => {
  const order = accepted({ id: takes, side: 'buy', quantity: 4 }, { postOnly: true })
  expect(violations(traded(), new Pen(bob).write(order, placed(takes, 'buy', 4), intent()))).toEqual([
    `the post-only order ${takes} is proposed to a maker (12)`,
  ])
})

test('an ioc order that rests is a violation', () => {
  const ioc = accepted({ id: other, timeInForce: 'ioc' })
  expect(violations(traded().write(ioc, placed(other)))).toEqual([`the ioc order ${other} rests (12)`])
})

test('an account that trades with itself is a violation', () => {
  const pen = traded().write(accepted({ id: other, side: 'buy' }), ...ownTrade(1, { remaining: 1 }))
  expect(violations(pen)).toContain(`the trade ${toSelf} is of one account with itself (12)`)
})

test('a batch that is settled but was never journalled is a violation', () => {
  const unknown: Fact = { type: 'settled', maker: alice, n: 7, filled: [] }
  expect(violations(traded(), taken().write(unknown))).toEqual([
    `${bob} settles batch 7 to ${alice}, which it never journalled (8)`,
  ])
})

test('a gap in a feed is a violation', () => {
  expect(
    violations(
      traded()
        .skip()
        .write(cancelled(rests, 2, 0)),
    ),
  ).toEqual([`the feed of ${alice} has a gap at 6 (9)`])
})

test('a trade that is booked twice is a violation', () => {
  const pen = traded().write(entry({ ...makersFill, quantity: 1, remaining: 1 }))
  expect(violations(pen)).toContain(`the trade ${bob}/${toBob} is booked twice by its maker (2)`)
})

test.each<[string, Partial<Filled>]>([
  ['another price', { price: 101 }],
  ['another quantity', { quantity: 2, remaining: 3 }],
  ['the same side', { side: 'buy' }],
  ['another counterparty', { counterparty: { peer: bob, orderId: late } }],
])("a taker's fill whose maker has %s is a violation", (_, change) => {
  expect(violations(traded({}, {}, change))).toContain(
    `the taker's fill of trade ${bob}/${toBob} has no equal counterpart (3, 7)`,
  )
})

test("a taker's fill that its maker does not know is a violation", () => {
  const pen = new Pen(alice).write(accepted({ id: rests }), placed(rests))
  expect(violations(pen)).toEqual([`the taker's fill of trade ${bob}/${toBob} has no equal counterpart (3, 7)`])
})

test("a price that is not the maker's limit is a violation", () => {
  expect(violations(traded({ price: 99 }))).toEqual([wrongPrice()])
})

test("a price beyond the taker's limit is a violation", () => {
  expect(violations(traded(), taken({}, { price: 99 }))).toEqual([wrongPrice()])
})

test('a maker that is later than its taker is a violation', () => {
  const later = { counterparty: { peer: alice, orderId: late } }
  const pen = new Pen(alice).write(accepted({ id: late }), placed(late), entry({ ...makersFill, orderId: late }))
  expect(violations(pen, taken({}, {}, later))).toEqual([wrongPrice()])
})

test("at rest, a maker's fill that its taker does not know is a violation", () => {
  const pen = new Pen(bob).write(accepted({ id: takes, side: 'buy', quantity: 4 }), placed(takes, 'buy', 4))
  const subjects = [traded(), pen].map(it => it.subject())
  expect(alwaysViolations(subjects)).toEqual([])
  expect(quietViolations(subjects)).toEqual([
    `the maker's fill of trade ${bob}/${toBob} has no equal counterpart (3, 7)`,
  ])
})

test('at rest, anything reserved is a violation', () => {
  const subjects = [traded(), taken().write(intent({ n: 2, quantity: 1 }))].map(pen => pen.subject())
  expect(alwaysViolations(subjects)).toEqual([])
  expect(quietViolations(subjects)).toEqual([`${bob}/${takes} still has 1 lots reserved (15)`])
})

function violations(...pens: Pen[]): string[] {
  const [ofAlice = traded(), ofBob = taken()] = pens
  return alwaysViolations([ofAlice, ofBob].map(pen => pen.subject()))
}

/** Alice sells 5 at 100 and has sold 3 of it to bob. */
function traded(terms: Partial<NewOrder> = {}, conditions: Partial<Conditions> = {}, fill: Partial<Filled> = {}): Pen {
  return new Pen(alice).write(
    accepted({ id: rests, ...terms }, conditions),
    placed(rests),
    entry({ ...makersFill, ...fill }),
  )
}

/** Bob buys 4 at up to 101, has proposed 3 of it to alice, and has got them. */
function taken(outcome: object = {}, terms: Partial<NewOrder> = {}, fill: Partial<Filled> = {}): Pen {
  return new Pen(bob)
    .write(accepted({ id: takes, side: 'buy', price: 101, quantity: 4, ...terms }), placed(takes, 'buy', 4), intent())
    .write(entry({ ...takersFill, ...fill }), { ...settled, ...outcome })
}

/** An order of another account of alice, which may trade with the first. */
function ofTwoAccounts(): Fact[] {
  return [accepted({ id: other, side: 'buy', account: 'desk' })]
}

/** Alice's second order takes from her first. */
function ownTrade(quantity: number, { remaining }: { remaining: number }): [Fact, Fact] {
  const shared = { tradeId: toSelf, quantity }
  const maker = fillOf({ orderId: rests, side: 'sell', remaining, liquidity: 'maker', ...shared }, alice, other)
  const left = 5 - quantity
  const taker = fillOf({ orderId: other, side: 'buy', remaining: left, liquidity: 'taker', ...shared }, alice, rests)
  return [entry(maker), entry(taker)]
}

function accepted(terms: Partial<NewOrder> & { id: OrderId }, conditions: Partial<Conditions> = {}): Fact {
  const plain = { side: 'sell', price: 100, quantity: 5, timeInForce: 'gtc', account: 'main' } as const
  const order = { ...plain, ...terms }
  return { type: 'accepted', order, conditions: { ...noConditions, ...conditions }, clientOrderId: null }
}

function entry(it: Entry): Fact {
  return { type: 'entry', entry: it, evidence: null }
}

function placed(id: OrderId, side: 'buy' | 'sell' = 'sell', quantity = 5): Fact {
  return entry({ type: 'placed', order: { id, side, price: 100, quantity, remaining: quantity } })
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

function fillOf(
  fill: Pick<Filled, 'orderId' | 'side' | 'remaining' | 'liquidity'> & Partial<Filled>,
  peer: PeerId,
  orderId: OrderId,
): Filled {
  const plain = { type: 'filled', tradeId: toBob, price: 100, quantity: 3, evidence: null } as const
  return { ...plain, counterparty: { peer, orderId }, ...fill }
}

function intent({ n = 1, quantity = 3 } = {}): Fact {
  const limits = { side: 'buy', limit: 101, price: 100 } as const
  const batch = {
    ...{ taker: bob, maker: alice, n, market: market.id, takerIncarnation: 'life 1', stamp: stampOf(5, 0) },
    makerHead: { incarnation: 'life 1', sequence: 3, hash: '' },
    proposals: [{ tradeId: toBob, orderId: takes, makerOrderId: rests, quantity, ...limits }],
  } as unknown as Batch
  return { type: 'intent', batch, signed: { body: '', signature: '' }, hash: '' }
}

function wrongPrice(): string {
  return `trade ${bob}/${toBob} has a price or an order of precedence that is wrong (4)`
}

/** A UUIDv7 of that millisecond. */
function idAt(ms: number): OrderId {
  const digits = ms.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000000` as OrderId
}
