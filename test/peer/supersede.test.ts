/** Two processes with one key: the older one halts once it is shown what the newer one has signed, and never for less. */
import { firstValueFrom, map } from 'rxjs'
import { expect, test } from 'vitest'
import type { Incarnation } from '../../src/feed/entry.ts'
import { limits } from '../../src/limits.ts'
import { decodeRequest, encodeRefusal, encodeReply, encodeRequest } from '../../src/net/codec.ts'
import type { Request } from '../../src/net/messages.ts'
import type { IncomingRequest, Transport } from '../../src/net/transport.ts'
import type { Peer } from '../../src/peer/peer.ts'
import { addressOf, isLive, market, Meeting, networkId } from './meeting.ts'

const second = 1_000
const order = { market: market.id, side: 'sell', price: '101', quantity: '5' } as const
const greatest = 'ffffffff-ffff-7fff-bfff-ffffffffffff' as Incarnation

function answersOf(peer: Peer): unknown[] {
  const answers: unknown[] = []
  peer.submit$(order).subscribe(answer => answers.push(answer))
  return answers
}

const isHalted = (peer: Peer) => peer.health().counters['own_key_used_by_another_process'] !== undefined

/** Alice in an older process, bob, and alice in a newer process that only bob knows. */
function doubled(meeting: Meeting): { older: Peer; bob: Peer; newer: Peer } {
  const bob = meeting.peer('bob')
  const older = meeting.peer('alice', { knownAddresses: [bob.address] })
  expect(meeting.haveMet([older, bob], 5 * second)).toBe(true)
  const newer = meeting.peer('elsewhere', { key: 'alice', knownAddresses: [bob.address] })
  return { older, bob, newer }
}

test('the older process halts when a neighbour shows it the feed of the newer one, and the newer one trades on', () => {
  const meeting = new Meeting()
  const { older, bob, newer } = doubled(meeting)
  const halted: string[] = []
  older.halted$.subscribe(sentence => halted.push(sentence))
  expect(meeting.clock.runUntil(() => halted.length > 0, 10 * second)).toBe(true)
  expect(halted).toEqual([expect.stringContaining('another process has begun later with the same key')])
  expect(older.health().failure).toBe(halted[0])
  expect(older.neighbours()).toEqual([])

  const answers = answersOf(older)
  meeting.clock.advance(second)
  expect(answers).toMatchObject([{ refused: true, reason: 'superseded', sentence: halted[0] }])

  expect(newer.health().failure).toBeNull()
  const [sold, bought] = [answersOf(newer), [] as unknown[]]
  meeting.clock.advance(5 * second)
  bob.submit$({ ...order, side: 'buy' }).subscribe(answer => bought.push(answer))
  meeting.clock.advance(second)
  expect([sold, bought]).toMatchObject([[{ status: 'resting' }], [{ fills: [{ counterparty: { peer: newer.id } }] }]])
})

test('two processes that meet each other need no third', () => {
  const meeting = new Meeting()
  const older = meeting.peer('alice')
  const newer = meeting.peer('elsewhere', { key: 'alice', knownAddresses: [older.address] })
  meeting.clock.advance(second)
  expect([isHalted(older), isHalted(newer)]).toEqual([true, false])
})

test('a process that has halted signs nothing, asks nothing and decides nothing any more', async () => {
  const meeting = new Meeting()
  const { older, newer } = doubled(meeting)
  expect(meeting.clock.runUntil(() => isHalted(older), 10 * second)).toBe(true)
  meeting.clock.advance(second)
  const before = meeting.sent.length
  meeting.clock.advance(10 * second)
  expect(meeting.sent.slice(before).filter(line => line.startsWith('alice -> '))).toEqual([])

  const questions: Request[] = [
    { type: 'heads', market: market.id },
    { type: 'peers', markets: [market.id] },
    { type: 'withdraw', market: market.id, batch: { body: '{}', signature: '' } },
  ]
  for (const question of questions) {
    const reply = firstValueFrom(meeting.stranger.request(older.address, encodeRequest(networkId, question), second))
    meeting.clock.advance(second)
    expect(JSON.parse(await reply)).toMatchObject({ refused: { reason: 'superseded' } })
  }
  expect(newer.health().failure).toBeNull()
})

test('what was decided and not yet durable when it halts never leaves', () => {
  const meeting = new Meeting()
  const journal = meeting.journal(500)
  const older = meeting.peer('alice', { journalOf: () => journal })
  meeting.clock.advance(second)
  const answers = answersOf(older)
  const bob = meeting.peer('bob', { knownAddresses: [older.address] })
  meeting.peer('elsewhere', { key: 'alice', knownAddresses: [older.address] })
  meeting.clock.advance(5 * second)
  expect(isHalted(older)).toBe(true)
  expect(answers).toMatchObject([
    { reason: 'outcome_unknown', sentence: expect.stringContaining('same key') as string },
  ])
  expect(bob.book(market.id).orders('sell')).toEqual([])
})

test('it stops when it is told to, and does not take goodbye for the newer one', () => {
  const meeting = new Meeting()
  const { older, bob, newer } = doubled(meeting)
  expect(meeting.clock.runUntil(() => isHalted(older), 10 * second)).toBe(true)
  expect(meeting.haveMet([bob, newer], 10 * second)).toBe(true)
  let isStopped = false
  older.stop$().subscribe(() => (isStopped = true))
  meeting.clock.advance(second)
  expect(isStopped).toBe(true)
  expect(isLive(bob, newer)).toBe(true)
})

test('one that is leaving halts as well, and is gone without a word', () => {
  const meeting = new Meeting()
  const bob = meeting.peer('bob')
  const older = meeting.peer('alice', { knownAddresses: [bob.address] })
  expect(meeting.haveMet([older, bob], 5 * second)).toBe(true)
  meeting.deaf.add(bob.address)
  let isStopped = false
  older.stop$().subscribe(() => (isStopped = true))
  meeting.peer('elsewhere', { key: 'alice', knownAddresses: [older.address] })
  meeting.clock.advance(second)
  const before = meeting.sent.length
  meeting.clock.advance(5 * second)
  expect([isStopped, isHalted(older)]).toEqual([true, true])
  expect(meeting.sent.slice(before).filter(line => line.startsWith('alice -> '))).toEqual([])
})

test('a process that comes back with its journal is shown its earlier life, and goes on', () => {
  const meeting = new Meeting()
  const journal = meeting.journal()
  const bob = meeting.peer('bob')
  const options = { knownAddresses: [bob.address], journalOf: () => journal }
  const alice = meeting.peer('alice', options)
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  answersOf(alice)
  meeting.clock.advance(second)
  meeting.kill(alice)
  meeting.clock.advance(5 * second)

  const again = meeting.peer('alice', options)
  expect(meeting.haveMet([again, bob], 5 * second)).toBe(true)
  meeting.clock.advance(10 * second)
  expect(again.health().failure).toBeNull()
  expect(answersOf(again)).toEqual([])
  meeting.clock.advance(second)
  expect(again.book(market.id).depth(1).asks).toMatchObject([{ quantity: '10' }])
})

test('the same without a journal: what others still show of it is older', () => {
  const meeting = new Meeting()
  const bob = meeting.peer('bob')
  const alice = meeting.peer('alice', { knownAddresses: [bob.address] })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  meeting.kill(alice)
  meeting.clock.advance(5 * second)
  const again = meeting.peer('alice', { knownAddresses: [bob.address] })
  expect(meeting.haveMet([again, bob], 5 * second)).toBe(true)
  meeting.clock.advance(10 * second)
  expect(again.health().failure).toBeNull()
})

/** The transport of a peer that claims a head of somebody else's feed that nobody has ever written. */
function claiming(inner: Transport, owner: () => Peer): Transport {
  const head = { incarnation: greatest, sequence: 1, hash: 'h'.repeat(43) }
  const answer = (request: IncomingRequest): IncomingRequest => ({
    ...request,
    reply: payload => {
      const { type } = decodeRequest(networkId, request.payload)
      if (type === 'heads') request.reply(encodeReply<'heads'>({ heads: [{ owner: owner().id, head }] }))
      else if (type === 'segments') request.reply(encodeReply<'segments'>({ cursor: head }))
      else request.reply(payload)
    },
  })
  return {
    address: inner.address,
    requests$: inner.requests$.pipe(map(answer)),
    request: (address, payload, timeoutMs) => inner.request(address, payload, timeoutMs),
    announce: services => inner.announce(services),
    lookup: service => inner.lookup(service),
    health: () => inner.health(),
    close: () => inner.close(),
  }
}

test('a head that somebody claims and cannot show makes nobody halt, and is counted', () => {
  const meeting = new Meeting()
  const alice = meeting.peer('alice', { knownAddresses: [addressOf('mallory')] })
  const mallory = meeting.peer('mallory', { transport: claiming(meeting.transport('mallory'), () => alice) })
  expect(meeting.haveMet([alice, mallory], 10 * second)).toBe(true)
  const answers = answersOf(alice)
  meeting.clock.advance(limits.beatIntervalMs * 5)
  expect(answers).toMatchObject([{ status: 'resting' }])
  expect(alice.health().failure).toBeNull()
  expect(alice.health().counters['own_feed_claimed_without_proof']).toBeGreaterThan(1)
})

test('what has been proposed, and waits because the maker has asked for a pause, is not said any more', () => {
  const meeting = new Meeting()
  const alice = meeting.peer('alice')
  const inner = meeting.transport('bob')
  const said: string[] = []
  let isBusy = false
  const busy = encodeRefusal('busy', 'a moment, please', second)
  const transport: Transport = {
    address: inner.address,
    requests$: inner.requests$,
    request: (address, payload, timeoutMs) => {
      const { type } = decodeRequest(networkId, payload)
      said.push(type)
      const answer$ = inner.request(address, payload, timeoutMs)
      const isRefused = isBusy && type === 'beat'
      if (isRefused) isBusy = false
      return isRefused ? answer$.pipe(map(() => busy)) : answer$
    },
    announce: services => inner.announce(services),
    lookup: service => inner.lookup(service),
    health: () => inner.health(),
    close: () => inner.close(),
  }
  const bob = meeting.peer('bob', { transport, knownAddresses: [alice.address] })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  answersOf(alice)
  meeting.clock.advance(100)
  isBusy = true
  expect(meeting.clock.runUntil(() => !isBusy, 5 * second)).toBe(true)
  meeting.clock.advance(50)
  bob.submit$({ ...order, side: 'buy' }).subscribe()
  meeting.clock.advance(1)
  expect(bob.book(market.id).orders('buy')).toMatchObject([{ owner: bob.id, remaining: '5' }])
  meeting.peer('elsewhere', { key: 'bob', knownAddresses: [bob.address] })
  expect(meeting.clock.runUntil(() => isHalted(bob), second / 2)).toBe(true)
  said.length = 0
  meeting.clock.advance(10 * second)
  expect(said).toEqual([])
})
