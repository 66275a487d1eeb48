/** Somebody asks for far more than a correct peer does. */
import { expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { encodeRefusal, encodeRequest } from '../../src/net/codec.ts'
import { signBody } from '../../src/feed/signer.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import { market, networkId, SmallExchange } from '../support/small-exchange.ts'

interface Refused {
  readonly refused?: { readonly reason: string; readonly retryAfterMs?: number }
}

/** Bob sells five; a stranger floods him with what is answered at once, and so is never pending. */
function given() {
  const exchange = new SmallExchange('alice', 'bob')
  const { clock } = exchange
  const [alice, bob] = exchange.peers
  if (!alice || !bob) throw new Error('there are two peers')
  bob.submit$({ market: market.id, side: 'sell', price: '101', quantity: '5' }).subscribe()
  clock.advance(100)
  const stranger = exchange.stranger('stranger')
  const replies: Refused[] = []
  const flood = (count: number, payload = encodeRequest('another network', { type: 'heads', market: market.id })) => {
    for (let index = 0; index < count; index += 1)
      stranger.request(bob.address, payload, 1_000).subscribe({
        next: reply => replies.push(JSON.parse(reply) as Refused),
        error: () => undefined,
      })
  }
  return { exchange, clock, alice, bob, stranger, replies, flood }
}

const isBusy = ({ refused }: Refused) => refused?.reason === 'busy'

test('a flood from one address is refused with the time to come back, and the others trade on', () => {
  const { clock, alice, bob, replies, flood } = given()
  const burstMs = 1_000
  const perStep = 500
  for (let step = 0; step < 20; step += 1) {
    flood(perStep)
    clock.advance(burstMs / 20)
  }
  const outcomes: OrderOutcome[] = []
  alice
    .submit$({ market: market.id, side: 'buy', price: '101', quantity: '5', timeInForce: 'ioc' })
    .subscribe(outcome => outcomes.push(outcome as OrderOutcome))
  flood(perStep)
  clock.advance(200)
  expect(outcomes).toMatchObject([{ status: 'filled' }])
  const busy = replies.filter(isBusy)
  expect(busy.length).toBeGreaterThan(replies.length / 4)
  expect(busy.every(({ refused }) => (refused?.retryAfterMs ?? 0) > 0)).toBe(true)
  expect(replies.length - busy.length).toBeLessThanOrEqual(limits.workBurst + limits.workPerSecond * 1.2)
  expect(bob.health().counters['rate_limited.work']).toBe(busy.length)
  expect(alice.health().counters).toEqual({})
})

test('whoever comes back when it was told to is served', () => {
  const { clock, replies, flood } = given()
  flood(limits.workBurst + 1_000)
  clock.advance(100)
  const waitMs = Math.max(...replies.map(({ refused }) => refused?.retryAfterMs ?? 0))
  replies.length = 0
  clock.advance(waitMs)
  flood(1)
  clock.advance(50)
  expect(replies).toMatchObject([{ refused: { reason: 'network_differs' } }])
})

test('signatures and bytes are work like requests', () => {
  const { clock, bob, flood } = given()
  const forged = { body: '{}', signature: '' }
  const many = { type: 'segments', market: market.id, owner: bob.id, segments: Array(1_000).fill(forged) } as const
  flood(4, encodeRequest(networkId, many))
  clock.advance(100)
  expect(bob.health().counters).toMatchObject({ 'refused.signature_wrong': 4 })
  flood(10, encodeRequest(networkId, many))
  clock.advance(100)
  expect(bob.health().counters['rate_limited.work']).toBeGreaterThan(5)
  clock.advance(limits.rateMemoryMs)

  const before = bob.health().counters['rate_limited.work'] ?? 0
  flood(200, 'x'.repeat(40 * limits.workBytes))
  clock.advance(20)
  expect(bob.health().counters['rate_limited.work']).toBeGreaterThan(before + 50)
})

test('a peer that proposes too much is refused for its own part, from whatever address it comes', () => {
  const { exchange, clock, alice, bob } = given()
  const signer = exchange.ring.signer(Buffer.from('mallory'))
  const uuid = (n: number) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
  const head = bob.book(market.id).heads()[0]?.head
  if (!head) throw new Error('bob has a head')
  let counted = 0
  const propose = (n: number) => {
    const proposals = Array.from({ length: limits.batchProposalsMax }, () => ({
      ...{ tradeId: uuid((counted += 1)), orderId: uuid(1), makerOrderId: uuid(2) },
      ...{ side: 'buy', limit: null, price: 1, quantity: 1 },
    }))
    const batch = { taker: signer.peerId, maker: bob.id, market: market.id, n, takerIncarnation: uuid(0) }
    const rest = { makerHead: head, stamp: '0'.repeat(20), proposals, minimum: 0, last: null }
    const body = JSON.stringify({ ...batch, ...rest })
    return signBody(signer, { networkId, kind: 'batch', scope: market.id }, body)
  }
  const burst = limits.proposalsBurst / limits.batchProposalsMax
  const strangers = Array.from({ length: 10 }, (_, index) => exchange.stranger(`stranger-${index}`))
  const replies: Refused[] = []
  for (let n = 1; n <= burst + 20; n += 1) {
    const batch = propose(n)
    strangers[n % strangers.length]
      ?.request(bob.address, encodeRequest(networkId, { type: 'propose', market: market.id, batch }), 1_000)
      .subscribe(reply => replies.push(JSON.parse(reply) as Refused))
  }
  clock.advance(100)
  const limited = bob.health().counters['rate_limited.proposals'] ?? 0
  expect(limited).toBeGreaterThan(5)
  expect(replies.filter(isBusy)).toHaveLength(limited)

  // A rate is no decision: what is withdrawn is answered all the same, and alice has a rate of her own.
  const late = propose(burst + 1_000)
  const withdrawn = exchange.ask(strangers[0]!, bob.address, { type: 'withdraw', market: market.id, batch: late })
  expect(withdrawn).toMatchObject({ reply: { answer: { signature: expect.any(String) as string } } })
  const outcomes: OrderOutcome[] = []
  alice
    .submit$({ market: market.id, side: 'buy', price: '101', quantity: '5', timeInForce: 'ioc' })
    .subscribe(outcome => outcomes.push(outcome as OrderOutcome))
  clock.advance(200)
  expect(outcomes).toMatchObject([{ status: 'filled' }])
})

test('who is told to wait asks nothing more of that address before', () => {
  const { exchange, clock, alice } = given()
  const rude = exchange.stranger('rude')
  const askedAtMs: number[] = []
  rude.requests$.subscribe(request => {
    askedAtMs.push(clock.now())
    request.reply(encodeRefusal('busy', 'come back later', 3_000))
  })
  // Somebody says that there is a peer of the network at this address.
  const announced = rude.announce([`peerbook:${networkId}:${market.id}`]).subscribe()
  clock.advance(20_000)
  announced.unsubscribe()
  expect(askedAtMs.length).toBeGreaterThan(2)
  const byAlice = alice.neighbours().filter(({ address }) => address === rude.address)
  expect(byAlice).toMatchObject([{ peerId: null, reason: 'busy' }])
  // Two peers ask, each for itself.
  const gaps = askedAtMs.slice(2).map((atMs, index) => atMs - (askedAtMs[index] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_900)
})
