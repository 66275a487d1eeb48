/**
 * Incoming: every request of another peer, from its text to its one reply. A ladder: size (the transport's), room, rate, envelope,
 * signature, form, and only then the mailbox of a book. The rate comes before the envelope, since reading that is work already. A fault at any rung is a named refusal with a counter, and changes nothing.
 */
import { catchError, defer, EMPTY, map, of, takeUntil, type Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import { hashOf, type Domain, type Signed } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import { decodeRequest, encodeRefusal, encodeReply, openSigned, refusal, RefusedError } from '../net/codec.ts'
import type { Batch, Request } from '../net/messages.ts'
import { batchForm } from '../net/usual-form.ts'
import type { IncomingRequest } from '../net/transport.ts'
import { admit } from './admit.ts'
import { answerBeat } from './beat.ts'
import { committedBook } from './committed-book.ts'
import { answerGoodbye } from './goodbye.ts'
import type { BookReply } from './decide/event.ts'
import { answerHello } from './hello.ts'
import { introduce } from './introduce.ts'
import { assertNotSuperseded, takeOwnSegments } from './supersede.ts'
import { askBook, expectReply, openAnswer, openSegments, refuseBanned, type PeerRates, type World } from './world.ts'

/** Serves requests until `stop$` emits. */
export function serve(world: World, stop$: Observable<unknown>): Observable<void> {
  const admission = {
    allMax: limits.requestsPendingMax,
    senderMax: limits.requestsPerPeerPendingMax,
    senderOf: ({ from }: IncomingRequest) => from,
    turnAway: (request: IncomingRequest) =>
      request.reply(refuse(world, refusal('busy', 'too many requests are pending here'))),
  }
  return world.transport.requests$.pipe(
    admit(admission, request => serveOne(world, request)),
    takeUntil(stop$),
  )
}

/** Replies to one request, whatever it is. Never fails on input; a defect of this peer is not hidden. */
function serveOne(world: World, incoming: IncomingRequest): Observable<void> {
  const { from, payload } = incoming
  const { work } = world.rates
  return defer(() => {
    assertNotSuperseded(world)
    keepToRate(world, 'work', from, 1 + workOfBytes(payload))
    const request = decodeRequest(world.networkId, payload, world.protocolVersion)
    work.charge(from, signaturesIn(request))
    return dispatch(world, request, from)
  }).pipe(
    map(reply => {
      work.charge(from, workOfBytes(reply))
      incoming.reply(reply)
    }),
    catchError(error => {
      if (!(error instanceof RefusedError)) throw error
      incoming.reply(refuse(world, error))
      return EMPTY
    }),
  )
}

function refuse(world: World, { reason, message, retryAfterMs }: RefusedError): string {
  world.counters.add(`refused.${reason}`)
  return encodeRefusal(reason, message, reason === 'busy' ? (retryAfterMs ?? limits.busyRetryMs) : undefined)
}

/** Throws RefusedError `busy` when the sender has asked for too much. That decides nothing: what it wants to know it asks again. */
function keepToRate(world: World, of: keyof PeerRates, sender: string, units: number): void {
  const waitMs = world.rates[of].take(sender, units)
  if (waitMs === 0) return
  world.counters.add(`rate_limited.${of}`)
  throw refusal('busy', `you have asked for too much in too little time: ask again in ${waitMs} ms`, waitMs)
}

function workOfBytes(text: string): number {
  return Math.floor(text.length / limits.workBytes)
}

function signaturesIn(request: Request): number {
  if (request.type === 'segments') return request.segments.length
  if (request.type === 'withdraw' && request.decision) return 2
  return request.type === 'fetch' || request.type === 'heads' ? 0 : 1
}

function dispatch(world: World, request: Request, from: string): Observable<string> {
  switch (request.type) {
    case 'hello':
      return of(encodeReply<'hello'>({ hello: answerHello(world, request.hello) }))
    case 'beat':
      return of(encodeReply<'beat'>({ beat: answerBeat(world, request.beat) }))
    case 'goodbye':
      return answerGoodbye(world, request.goodbye).pipe(map(undecided => encodeReply<'goodbye'>({ undecided })))
    case 'segments':
      return takeSegments(world, request)
    case 'fetch':
      return of(givePage(world, request))
    case 'heads':
      return of(encodeReply<'heads'>({ heads: committedBook(world, request.market).heads() }))
    case 'peers':
      return of(encodeReply<'peers'>({ peers: introduce(world, request.markets) }))
    case 'propose':
    case 'withdraw':
      return takeBatch(world, request, from)
  }
}

function ask(world: World, market: MarketId, question: Parameters<typeof askBook>[3]): Observable<BookReply> {
  return askBook(world, world.requests, market, question)
}

function takeSegments(world: World, { market, owner, segments }: Request & { type: 'segments' }): Observable<string> {
  const opened = openSegments(world, market, owner, segments)
  takeOwnSegments(world, opened)
  return ask(world, market, { type: 'feed.segments', segments: opened }).pipe(
    map(reply => encodeReply<'segments'>({ cursor: expectReply('cursor', reply).cursor })),
  )
}

function givePage(world: World, { market, owner, after }: Request & { type: 'fetch' }): string {
  const { segments, head } = committedBook(world, market).page(owner, after)
  return encodeReply<'fetch'>({ segments: segments.map(({ signed }) => signed), head })
}

function takeBatch(
  world: World,
  request: Request & { type: 'propose' | 'withdraw' },
  from: string,
): Observable<string> {
  const { type, market, batch: signed } = request
  const domain: Domain = { networkId: world.networkId, kind: 'batch', scope: market }
  const hash = hashOf(domain, signed)
  const batch = openBatch(world, domain, market, signed, hash)
  if (batch.last) {
    world.rates.work.charge(from, 1)
    assertLast(batch, openSigned(world.verifier, domain, batchForm, batch.last, 'taker'))
  }
  if (type === 'propose') {
    refuseBanned(world, batch.taker)
    keepToRate(world, 'proposals', batch.taker, batch.proposals.length)
  }
  const decision = request.type === 'withdraw' && request.decision ? openAnswer(world, market, request.decision) : null
  return ask(world, market, { type: `batch.${type}`, batch, signed, hash, decision }).pipe(
    map(reply => {
      if (reply.type === 'undecided') throw refusal(reply.reason, reply.sentence)
      return encodeReply<'propose'>({ answer: expectReply('answer', reply).answer })
    }),
  )
}

/** The batch that decides on a held one is of the same taker and market, all or nothing, and for somebody else. */
function assertLast({ taker, maker, market }: Batch, last: Batch): void {
  const isOfGroup = last.taker === taker && last.market === market && last.maker !== maker && last.maker !== taker
  if (!isOfGroup || last.last !== null || last.minimum === 0)
    throw refusal('message_malformed', 'the batch that is to decide does not belong to the one that is to be held')
}

function openBatch(world: World, domain: Domain, market: MarketId, signed: Signed, hash: string): Batch {
  const batch = openSigned(world.verifier, domain, batchForm, signed, 'taker', hash)
  if (batch.market !== market)
    throw refusal('message_malformed', 'the batch belongs to another market than the message says')
  if (batch.maker !== world.signer.peerId) throw refusal('addressed_to_somebody_else', 'the batch is for another maker')
  return batch
}
