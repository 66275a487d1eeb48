/** A peer that is kept out, among peers that are as they should be. */
import { describe, expect, test } from 'vitest'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import type { Head } from '../../src/feed/entry.ts'
import { ownSegment } from '../../src/feed/segment.ts'
import { segmentOf, type WrittenSegment } from '../../src/feed/segment-text.ts'
import { hashOf, signBody, type Signed } from '../../src/feed/signer.ts'
import type { Batch, Beat } from '../../src/net/messages.ts'
import type { OrderRequest } from '../../src/peer/parse-order.ts'
import type { Peer } from '../../src/peer/peer.ts'
import { alwaysViolations } from '../../src/sim/invariants.ts'
import { market, networkId, SmallExchange } from '../support/small-exchange.ts'

const order = (side: 'buy' | 'sell', price: string, quantity: string): OrderRequest => ({
  ...{ market: market.id, side, price, quantity },
})

/** Alice, bob and carol are as they should be; dave has `sell 5 @ 101` in the book, and his key is ours. */
function given() {
  const exchange = new SmallExchange('alice', 'bob', 'carol', 'dave')
  const [alice, bob, carol, dave] = exchange.peers as [Peer, Peer, Peer, Peer]
  const { clock } = exchange
  const submit = (peer: Peer, request: OrderRequest): OrderOutcome => {
    const outcomes: unknown[] = []
    peer.submit$(request).subscribe(outcome => outcomes.push(outcome))
    clock.runUntil(() => outcomes.length > 0, 5_000)
    return outcomes[0] as OrderOutcome
  }
  const offered = submit(dave, order('sell', '101', '5')).order
  clock.advance(100)
  const stateOf = (peer: Peer, other: Peer) => peer.neighbours().find(({ peerId }) => peerId === other.id)
  const stranger = exchange.stranger('stranger')
  const feedOfDave = (): Signed[] => {
    const page = exchange.ask(stranger, dave.address, { type: 'fetch', market: market.id, owner: dave.id, after: null })
    return (page as { reply: { segments: Signed[] } }).reply.segments
  }
  /** Dave's newest segment, said once more and otherwise. */
  const fork = (): Signed => {
    const { body } = feedOfDave().at(-1)!
    const held = segmentOf(JSON.parse(body) as WrittenSegment)
    const entries = held.entries.map(entry =>
      entry.type === 'placed' ? { ...entry, order: { ...entry.order, price: 100 } } : entry,
    )
    return ownSegment(exchange.signerOf('dave'), networkId, { ...held, entries }).signed.toJSON()
  }
  const show = (peer: Peer, segment: Signed) =>
    exchange.ask(stranger, peer.address, { type: 'segments', market: market.id, owner: dave.id, segments: [segment] })
  return { exchange, clock, alice, bob, carol, dave, submit, offered, stateOf, stranger, feedOfDave, fork, show }
}

describe('a peer whose feed has forked', () => {
  test('is banned by everybody who sees the proof, and by nobody else', () => {
    const { alice, bob, carol, dave, clock, stateOf, feedOfDave, fork, show } = given()
    const [held, other] = [feedOfDave().at(-1)!, fork()]
    show(alice, other)
    show(bob, other)
    clock.advance(10)
    for (const peer of [alice, bob]) {
      expect(stateOf(peer, dave)).toMatchObject({ state: 'banned', reason: 'feed_forked' })
      expect(peer.bans()).toEqual([
        {
          peerId: dave.id,
          by: 'proof',
          reason: 'feed_forked',
          atMs: expect.any(Number) as number,
          proof: [held, other],
        },
      ])
      expect(peer.health().bans).toEqual([
        { peerId: dave.id, by: 'proof', reason: 'feed_forked', atMs: expect.any(Number) as number },
      ])
      expect(peer.health().counters).toMatchObject({ 'fault.feed_forked': 1, 'banned.feed_forked': 1 })
    }
    expect(stateOf(carol, dave)).toMatchObject({ state: 'live' })
    expect(carol.bans()).toEqual([])
  })

  test('keeps its orders in everybody’s view, and whoever has banned it asks for none of them', () => {
    const { exchange, alice, bob, carol, dave, clock, submit, fork, show } = given()
    show(alice, fork())
    show(bob, fork())
    clock.advance(10)
    expect(alice.book(market.id).orders('sell')).toMatchObject([{ owner: dave.id, remaining: '5', isLive: false }])
    expect(submit(alice, { ...order('buy', '101', '2'), timeInForce: 'ioc' })).toMatchObject({
      status: 'cancelled',
      order: { filled: '0' },
    })
    // Carol has seen nothing and trades with it, and everybody reads of it: a ban makes no book differ.
    expect(submit(carol, { ...order('buy', '101', '2'), timeInForce: 'ioc' })).toMatchObject({ status: 'filled' })
    clock.advance(10_000)
    expect(new Set([alice, bob, carol, dave].map(peer => peer.book(market.id).hash())).size).toBe(1)
    expect(new Set([alice, bob, carol, dave].map(peer => peer.book(market.id).digest())).size).toBe(1)
    expect(alwaysViolations(exchange.subjects())).toEqual([])
    expect([alice, bob, carol, dave].map(peer => peer.health().failure)).toEqual([null, null, null, null])
  })

  test('is refused its beats, hellos and proposals; its withdraw is answered, and then so is its proposal no more', () => {
    const { exchange, alice, dave, clock, submit, stranger, fork, show } = given()
    const wanted = submit(alice, order('buy', '90', '3')).order
    clock.advance(100)
    show(alice, fork())
    const signer = exchange.signerOf('dave')
    const batch: Batch = {
      taker: dave.id,
      maker: alice.id,
      market: market.id,
      n: 1,
      takerIncarnation: headOf(dave, dave).incarnation,
      makerHead: headOf(alice, alice),
      stamp: stampNow(clock.now()),
      proposals: [
        {
          tradeId: uuid(clock.now(), 'a') as Batch['proposals'][0]['tradeId'],
          orderId: uuid(clock.now(), 'b') as Batch['proposals'][0]['orderId'],
          side: 'sell',
          limit: 90,
          makerOrderId: wanted.id,
          price: 90,
          quantity: 1,
        },
      ],
      minimum: 0,
      last: null,
    }
    const domain = { networkId, kind: 'batch', scope: market.id } as const
    const signed = signBody(signer, domain, JSON.stringify(batch))
    const ask = (type: 'propose' | 'withdraw') =>
      exchange.ask(stranger, alice.address, { type, market: market.id, batch: signed })
    const beat: Beat = { from: dave.id, to: alice.id, stamp: stampNow(clock.now()), echo: null, markets: [] }
    const beaten = signBody(signer, { networkId, kind: 'beat', scope: '-' }, JSON.stringify(beat))
    const refused = { refused: { reason: 'banned', sentence: 'this peer keeps you out: feed_forked' } }

    expect(ask('propose')).toEqual(refused)
    expect(exchange.ask(stranger, alice.address, { type: 'beat', beat: beaten })).toEqual(refused)
    const { answer } = (ask('withdraw') as { reply: { answer: Signed } }).reply
    expect(JSON.parse(answer.body)).toMatchObject({
      batchHash: hashOf(domain, signed),
      decisions: [{ refused: 'withdrawn' }],
    })
    expect(ask('withdraw')).toEqual({ reply: { answer } })
    expect(ask('propose')).toEqual(refused)
    expect(alice.book(market.id).order(wanted.id)).toMatchObject({ status: 'resting', order: { filled: '0' } })
    expect(alice.health().counters).toMatchObject({ 'refused.banned': expect.any(Number) as number })
  })

  test('sees that it is banned, and is a neighbour again when it is pardoned', () => {
    const { alice, dave, clock, stateOf, submit, fork, show } = given()
    show(alice, fork())
    clock.advance(5_000)
    expect(stateOf(dave, alice)).toMatchObject({ state: 'unavailable', reason: 'banned' })
    expect(alice.unban(dave.id)).toMatchObject({ peerId: dave.id, reason: 'feed_forked' })
    expect(clock.runUntil(() => stateOf(alice, dave)?.state === 'live', 20_000)).toBe(true)
    clock.advance(100)
    expect(submit(alice, { ...order('buy', '101', '2'), timeInForce: 'ioc' })).toMatchObject({ status: 'filled' })
  })
})

describe('an operator', () => {
  test('bans at once and by sentence, whoever can be banned', () => {
    const { alice, dave, clock, stateOf } = given()
    expect(alice.ban(dave.id, 'quotes nonsense')).toMatchObject({ by: 'operator', reason: 'quotes nonsense' })
    expect(stateOf(alice, dave)).toMatchObject({ state: 'banned', reason: 'quotes nonsense' })
    expect(alice.ban(alice.id)).toMatchObject({ reason: 'cannot_ban_itself' })
    expect(alice.ban('dave' as typeof dave.id)).toMatchObject({ reason: 'peer_id_unknown' })
    expect(alice.ban(dave.id, 'two\nlines')).toMatchObject({ reason: 'request_is_malformed' })
    expect(alice.unban(dave.id)).toMatchObject({ reason: 'quotes nonsense' })
    expect(alice.unban(dave.id)).toMatchObject({ reason: 'not_banned' })
    expect(clock.runUntil(() => stateOf(alice, dave)?.state === 'live', 20_000)).toBe(true)
  })

  test('may ban who is away, and finds it banned when it is back', () => {
    const { alice, dave, clock, stateOf } = given()
    dave.kill$().subscribe()
    clock.advance(10_000)
    expect(stateOf(alice, dave)).toMatchObject({ state: 'unavailable' })
    alice.ban(dave.id)
    expect(stateOf(alice, dave)).toMatchObject({ state: 'banned', reason: 'banned_by_operator' })
  })
})

function headOf(peer: Peer, owner: Peer): Head {
  const found = peer
    .book(market.id)
    .heads()
    .find(one => one.owner === owner.id)
  if (!found) throw new Error(`${peer.name} has read nothing of ${owner.name}`)
  return found.head
}

function stampNow(nowMs: number): Beat['stamp'] {
  return (Math.floor(nowMs).toString(16).padStart(12, '0') + 'ffff0000') as Beat['stamp']
}

function uuid(nowMs: number, digit: string): string {
  const time = Math.floor(nowMs).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7fff-8000-${digit.repeat(12)}`
}
