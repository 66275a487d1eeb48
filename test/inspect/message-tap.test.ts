/** Messages seen at their ends: both in this process, or one. */
import { Subject, throwError, type Observable } from 'rxjs'
import { expect, test } from 'vitest'
import type { MessageFrame } from '../../src/inspect/frame.ts'
import { MessageTap } from '../../src/inspect/message-tap.ts'
import { Names } from '../../src/inspect/names.ts'
import type { Address, IncomingRequest, Transport } from '../../src/net/transport.ts'

const beat = JSON.stringify({ request: { type: 'heads', market: 'M' } })
const told = JSON.stringify({ reply: { heads: [] } })

function given() {
  const frames: MessageFrame[] = []
  const tap = new MessageTap(
    new Names(),
    () => 5,
    frame => frames.push(frame),
  )
  const lines = (): string[] =>
    frames.map(({ id, stage, kind, name, from, to }) => `${id} ${stage} ${kind} ${name} ${from} → ${to}`)
  return { tap, lines }
}

/** A transport that is asked by `arrive` and answers what `replies` says. */
function transportAt(address: string, replies: Observable<string> = new Subject()) {
  const incoming = new Subject<IncomingRequest>()
  const transport = {
    address: address as Address,
    requests$: incoming.asObservable(),
    request: () => replies,
  } as unknown as Transport
  const arrive = (payload: string, from = '10.0.0.9'): void => incoming.next({ payload, from, reply: () => undefined })
  return { transport, arrive }
}

test('a request and its reply between two peers of this process are seen at both ends, under one number each', () => {
  const { tap, lines } = given()
  const replies = new Subject<string>()
  const [alice, bob] = [transportAt('127.0.0.1:1', replies), transportAt('127.0.0.1:2')]
  const [aliceSeen, bobSeen] = [tap.over(alice.transport, 'alice'), tap.over(bob.transport, 'bob')]
  bobSeen.requests$.subscribe(request => request.reply(told))
  aliceSeen.request(bob.transport.address, beat, 100).subscribe()
  bob.arrive(beat)
  replies.next(told)
  expect(lines()).toEqual([
    '1 sent request heads alice → bob',
    '1 arrived request heads alice → bob',
    '2 sent reply heads bob → alice',
    '2 arrived reply heads bob → alice',
  ])
})

test('what a peer elsewhere answers has arrived there', () => {
  const { tap, lines } = given()
  const replies = new Subject<string>()
  tap
    .over(transportAt('127.0.0.1:1', replies).transport, 'alice')
    .request('1.2.3.4:9' as Address, beat, 100)
    .subscribe()
  replies.next(told)
  expect(lines()).toEqual([
    '1 sent request heads alice → 1.2.3.4:9',
    '1 arrived request heads alice → 1.2.3.4:9',
    '2 sent reply heads 1.2.3.4:9 → alice',
    '2 arrived reply heads 1.2.3.4:9 → alice',
  ])
})

test('of what a stranger asks, its arrival and our reply are seen', () => {
  const { tap, lines } = given()
  const bob = transportAt('127.0.0.1:2')
  tap.over(bob.transport, 'bob').requests$.subscribe(request => request.reply(told))
  bob.arrive(beat)
  expect(lines()).toEqual([
    '1 sent request heads 10.0.0.9 → bob',
    '1 arrived request heads 10.0.0.9 → bob',
    '2 sent reply heads bob → 10.0.0.9',
  ])
})

test('a request that fails without having been seen to arrive is lost', () => {
  const { tap, lines } = given()
  const failing = throwError(() => new Error('timed out'))
  tap
    .over(transportAt('127.0.0.1:1', failing).transport, 'alice')
    .request('1.2.3.4:9' as Address, beat, 100)
    .subscribe({
      error: () => undefined,
    })
  expect(lines()).toEqual(['1 sent request heads alice → 1.2.3.4:9', '1 lost request heads alice → 1.2.3.4:9'])
})
