import { Observable, Subject } from 'rxjs'
import { expect, test } from 'vitest'
import type { PeerEvent } from '../../machines/peer.machine.ts'
import type { ProposalEvent } from '../../machines/proposal.machine.ts'
import type { MarketId } from '../../src/book/market.ts'
import type { PeerId } from '../../src/book/order.ts'
import type { Batch } from '../../src/net/messages.ts'
import { Proposals } from '../../src/peer/proposals.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

const [market, otherMarket] = ['BTCUSD:1:1', 'ETHUSD:1:1'] as [MarketId, MarketId]
const batch = { market, taker: 'bob' as PeerId, maker: 'alice' as PeerId, n: 3 } as Batch
const aloneMs = 25
const asking = { batch, signed: { body: '{}', signature: 'bob' }, decision: null }
const arrived: ProposalEvent = { type: 'answer.arrived' }
const missing: ProposalEvent = { type: 'answer.missing', reason: 'timed_out' }
const proposed = { type: 'batch.sent', mode: 'propose', ...asking }
const settled = { type: 'batch.settled', market, taker: 'bob', maker: 'alice', n: 3 }

/** A batch of bob's that has just been proposed to alice. */
function given() {
  const clock = new VirtualClock()
  const answer$ = new Subject<ProposalEvent>()
  const told: PeerEvent[] = []
  let requests = 0
  let open = 0
  const proposals = new Proposals({
    clock,
    aloneMs,
    propose: () =>
      new Observable(subscriber => {
        requests += 1
        open += 1
        const subscription = answer$.subscribe(subscriber)
        return () => {
          open -= 1
          subscription.unsubscribe()
        }
      }),
    tell: event => told.push(event),
  })
  proposals.propose(asking)
  const heard: ProposalEvent[] = []
  return {
    proposals,
    told,
    heard,
    answer: (event: ProposalEvent) => {
      answer$.next(event)
      answer$.complete()
    },
    waits: (ms: number) => clock.advance(ms),
    /** As the actor of the batch does when it begins. */
    attend: () => proposals.outcomeOf(batch).subscribe(event => heard.push(event)),
    requests: () => requests,
    openRequests: () => open,
  }
}

test('a batch that is decided soon is nobody else’s affair', () => {
  const { proposals, told, answer, waits, requests, openRequests } = given()
  waits(aloneMs - 1)
  answer(arrived)
  proposals.settle(batch)
  waits(60_000)
  expect(told).toEqual([])
  expect([requests(), openRequests()]).toEqual([1, 0])
})

test('one whose trades a feed shows before the answer comes is waited for no longer', () => {
  const { proposals, told, openRequests } = given()
  proposals.settle(batch)
  expect([told, openRequests()]).toEqual([[], 0])
})

test('one that takes longer becomes an actor, which hears what comes of the only request', () => {
  const { proposals, told, heard, answer, waits, attend, requests } = given()
  waits(aloneMs)
  expect(told).toEqual([proposed])
  attend()
  expect(heard).toEqual([])
  answer(arrived)
  expect(heard).toEqual([arrived])
  proposals.settle(batch)
  expect(told).toEqual([proposed, settled])
  expect(requests()).toBe(1)
})

test('so does one without an answer, at once; its actor hears why', () => {
  const { told, heard, answer, waits, attend } = given()
  answer(missing)
  expect(told).toEqual([proposed])
  attend()
  expect(heard).toEqual([missing])
  waits(60_000)
  expect(told).toEqual([proposed])
})

test('and so does one whose answer the book does not accept', () => {
  const { told, heard, answer, waits, attend } = given()
  answer(arrived)
  expect(told).toEqual([])
  waits(aloneMs)
  expect(told).toEqual([proposed])
  attend()
  expect(heard).toEqual([arrived])
})

test('an actor that ends abandons the request; nothing is proposed a second time', () => {
  const { heard, waits, attend, requests, openRequests } = given()
  waits(aloneMs)
  attend().unsubscribe()
  expect(openRequests()).toBe(0)
  attend()
  expect(heard).toEqual([{ type: 'answer.missing', reason: 'not_proposed' }])
  expect(requests()).toBe(1)
})

test('what is to be withdrawn is waited for no longer, and is an actor’s affair at once', () => {
  const { proposals, told, waits, openRequests } = given()
  proposals.withdraw(asking)
  waits(60_000)
  expect(told).toEqual([{ ...proposed, mode: 'withdraw' }])
  expect(openRequests()).toBe(0)
  proposals.settle(batch)
  expect(told[1]).toEqual(settled)
})

test('with a book ends what it has proposed, but for what has an actor', () => {
  const [alone, unattended, attended] = [given(), given(), given()]
  for (const { waits } of [unattended, attended]) waits(aloneMs)
  attended.attend()
  const all = [alone, unattended, attended]
  const openRequests = () => all.map(one => one.openRequests())
  for (const { proposals } of all) proposals.end(otherMarket)
  expect(openRequests()).toEqual([1, 1, 1])
  for (const { proposals } of all) proposals.end(market)
  expect(openRequests()).toEqual([0, 0, 1])
  alone.waits(60_000)
  expect(alone.told).toEqual([])
})
