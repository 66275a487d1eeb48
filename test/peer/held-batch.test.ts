/** A batch that is to be held names the one that decides on it; whoever names another is refused, and nothing is held for it. */
import { expect, test } from 'vitest'
import type { PeerId } from '../../src/book/order.ts'
import type { Incarnation } from '../../src/feed/entry.ts'
import { signBody, type Signed } from '../../src/feed/signer.ts'
import type { Batch } from '../../src/net/messages.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import { market, networkId, SmallExchange } from '../support/small-exchange.ts'

const domain = { networkId, kind: 'batch', scope: market.id } as const
const elsewhere = 'ETH-USD:1:1' as Batch['market']

/** Alice and bob sell five each, and a stranger with a key wants all ten: alice is to hold until bob has decided. */
function given() {
  const exchange = new SmallExchange('alice', 'bob')
  const { clock } = exchange
  const [alice, bob] = exchange.peers
  if (!alice || !bob) throw new Error('there are two peers')
  const placed: OrderOutcome[] = []
  for (const peer of [alice, bob])
    peer
      .submit$({ market: market.id, side: 'sell', price: '101', quantity: '5' })
      .subscribe(outcome => placed.push(outcome as OrderOutcome))
  clock.advance(100)
  const [ofAlice, ofBob] = placed.map(({ order }) => order.id)
  const [taker, other] = ['mallory', 'trudy'].map(name => exchange.signerOf(name))
  if (!ofAlice || !ofBob || !taker || !other) throw new Error('both orders rest')
  const batch = (maker: PeerId, makerOrderId: typeof ofAlice, changed: Partial<Batch> = {}): Batch => ({
    ...{ taker: taker.peerId, maker, market: market.id, n: 1, takerIncarnation: uuid('d') as Incarnation },
    ...{ makerHead: headOf(maker), stamp: stampAt(clock.now()), minimum: 0, last: null },
    proposals: [
      {
        ...{ tradeId: uuid('a') as Batch['proposals'][0]['tradeId'], orderId: uuid('b') as typeof ofAlice },
        ...{ side: 'buy', limit: 101, makerOrderId, price: 101, quantity: 5 },
      },
    ],
    ...changed,
  })
  const headOf = (owner: PeerId) => {
    const found = alice
      .book(market.id)
      .heads()
      .find(one => one.owner === owner)
    if (!found) throw new Error('alice has read both feeds')
    return found.head
  }
  const uuid = (digit: string) => {
    const time = Math.floor(clock.now()).toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7fff-8000-${digit.repeat(12)}`
  }
  const signed = (said: Batch, signer = taker): Signed => signBody(signer, domain, JSON.stringify(said))
  const lastOf = (changed: Partial<Batch> = {}): Batch => batch(bob.id, ofBob, { minimum: 5, ...changed })
  const propose = (last: Signed) => {
    const held = signed(batch(alice.id, ofAlice, { minimum: 5, last }))
    return exchange.ask(exchange.stranger('stranger'), alice.address, {
      ...{ type: 'propose', market: market.id, batch: held },
    })
  }
  /** What alice's user is told at once who cancels her order: nothing for as long as lots of it are held. */
  const cancelled = (): unknown[] => {
    const outcomes: unknown[] = []
    alice.cancel$(ofAlice).subscribe(outcome => outcomes.push(outcome))
    clock.advance(10)
    return outcomes
  }
  return { alice, other, signed, lastOf, propose, cancelled, ofAlice, batch }
}

test('what is to be decided by a batch of the same taker elsewhere is held', () => {
  const { signed, lastOf, propose, cancelled } = given()
  const { answer } = (propose(signed(lastOf())) as { reply: { answer: Signed } }).reply
  expect(JSON.parse(answer.body)).toMatchObject({ decisions: [{ held: 5 }] })
  expect(cancelled()).toEqual([])
})

const sentence = 'the batch that is to decide does not belong to the one that is to be held'

test.each<[string, (at: ReturnType<typeof given>) => Signed]>([
  ['of another taker', ({ other, signed, lastOf }) => signed(lastOf({ taker: other.peerId }), other)],
  ['of another market', ({ signed, lastOf }) => signed(lastOf({ market: elsewhere }))],
  ['for the holder itself', ({ alice, ofAlice, signed, batch }) => signed(batch(alice.id, ofAlice, { minimum: 5 }))],
  ['that is itself to be held', ({ signed, lastOf }) => signed(lastOf({ last: signed(lastOf()) }))],
  ['that anything satisfies', ({ signed, lastOf }) => signed(lastOf({ minimum: 0 }))],
])('it is refused with one %s', (_, last) => {
  const there = given()
  expect(there.propose(last(there))).toMatchObject({ refused: { reason: 'message_malformed', sentence } })
  expect(there.alice.health().counters).toMatchObject({ 'refused.message_malformed': 1 })
  expect(there.cancelled()).toMatchObject([{ status: 'cancelled' }])
})

function stampAt(nowMs: number): Batch['stamp'] {
  return `${Math.floor(nowMs).toString(16).padStart(12, '0')}ffff0000` as Batch['stamp']
}
