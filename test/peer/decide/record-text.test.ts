import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainConditions, type Conditions, type OrderId } from '../../../src/book/order.ts'
import type { Fact } from '../../../src/peer/decide/fact.ts'
import type { JournalRecord, RecordedFact } from '../../../src/peer/decide/group.ts'
import { recordOf, textOf } from '../../../src/peer/decide/record-text.ts'

const id = fc.uuid({ version: 7 }) as unknown as fc.Arbitrary<OrderId>
const lots = fc.integer({ min: 1, max: 2 ** 31 - 1 })
const conditions: fc.Arbitrary<Conditions> = fc.oneof(
  fc.constant(plainConditions),
  fc.record({
    postOnly: fc.boolean(),
    expiresAtMs: fc.option(lots),
    selfTradePrevention: fc.constantFrom('cancel-newest', 'cancel-both'),
    minimum: fc.option(lots),
  }),
  fc.record({
    postOnly: fc.boolean(),
    expiresAtMs: fc.constant(null),
    selfTradePrevention: fc.constant('cancel-newest' as const),
    minimum: fc.constant(null),
    trigger: lots,
    partner: id,
  }),
)
const clientOrderId: fc.Arbitrary<string | null> = fc.option(fc.string({ unit: 'binary' }))
const accepted: fc.Arbitrary<Fact> = fc.record(
  {
    type: fc.constant('accepted'),
    order: fc.record({
      id,
      side: fc.constantFrom('buy', 'sell'),
      price: fc.option(lots),
      quantity: lots,
      timeInForce: fc.constantFrom('gtc', 'gtd', 'ioc', 'fok'),
      account: fc.constantFrom('main', 'desk-1', 'a.b_c'),
    }),
    conditions,
    clientOrderId,
    replaces: fc.record({ orderId: id, quantity: lots }),
  },
  { requiredKeys: ['type', 'order', 'conditions', 'clientOrderId'] },
)
const entry = fc.constant<RecordedFact>({ type: 'entry' })
const other: fc.Arbitrary<Fact> = fc.record({
  type: fc.constant('lapsed'),
  orderId: id,
  quantity: lots,
  reason: fc.constantFrom('expired', 'nothing_left_to_match'),
})
const facts = fc.array(fc.oneof(accepted, entry, other), { maxLength: 12 })
const segment = fc.option(fc.record({ body: fc.json() }))

test('a record is read as it was written', () => {
  fc.assert(
    fc.property(segment, facts, (words, all) => {
      const record: JournalRecord = { segment: words, facts: all }
      expect(recordOf(textOf(record))).toEqual(record)
    }),
    { numRuns: 500 },
  )
})

test('the body is stored to the byte, and an order that is placed takes one row', () => {
  const order = {
    id: '0199-1' as OrderId,
    side: 'buy',
    price: 101,
    quantity: 5,
    timeInForce: 'gtc',
    account: 'main',
  } as const
  const placed = [
    { type: 'accepted', order, conditions: plainConditions, clientOrderId: null },
    { type: 'entry' },
  ] as const
  const body = '{"owner":"anna", "entries":[]}'
  expect(textOf({ segment: { body }, facts: placed })).toBe(
    `{"facts":[["0199-1","buy",101,5,"gtc","main",null]]}\n${body}`,
  )
  expect(recordOf(textOf({ segment: null, facts: [] }))).toEqual({ segment: null, facts: [] })
})
