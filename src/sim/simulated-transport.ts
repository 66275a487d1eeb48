/**
 * One peer's end of the simulated network. Keeps the Transport port's promises on a virtual clock: replies and failures
 * are tasks of that clock, never part of the caller's stack.
 */
import { Observable, Subject } from 'rxjs'
import type { Subscriber } from 'rxjs'
import { limits } from '../limits.ts'
import { TransportError } from '../net/transport.ts'
import type { Address, DiscoveryHealth, IncomingRequest, Transport, TransportFailure } from '../net/transport.ts'
import type { DhtClient } from './dht-client.ts'
import type { Message } from './fate.ts'
import type { Listener, Outcome, Wire } from './wire.ts'

/** Room for what surrounds a payload on the wire: the request's id and key, quotes, commas, brackets. */
const envelopeBytes = 256
/** Bytes of one UTF-16 unit in JSON at the worst, as in \u0000. */
const escapedBytesMax = 6

/** A request of another peer: it has one outcome, the first. */
class Asked implements IncomingRequest {
  readonly payload: string
  readonly from: Address
  /** The clock's handle. */
  deadline: unknown
  readonly #settle: (outcome: Outcome) => void

  constructor({ payload, from }: Message, settle: (outcome: Outcome) => void) {
    this.payload = payload
    this.from = from
    this.#settle = settle
  }

  reply(payload: string): void {
    this.#settle({ reply: payload })
  }

  giveUp(): void {
    this.#settle({ failure: 'reply_is_error' })
  }
}

export class SimulatedTransport implements Transport, Listener {
  readonly address: Address
  readonly requests$: Observable<IncomingRequest>
  readonly #wire: Wire
  readonly #discovery: DhtClient
  readonly #incoming$ = new Subject<IncomingRequest>()
  /** Own requests without outcome: only the first outcome of each counts, such as that of a duplicate's first reply. */
  readonly #asking = new Set<Subscriber<string>>()
  /** Requests of others that have no answer yet. */
  readonly #answering = new Set<Asked>()
  #isClosed = false

  constructor(wire: Wire, address: Address, discovery: DhtClient) {
    this.address = address
    this.requests$ = this.#incoming$.asObservable()
    this.#wire = wire
    this.#discovery = discovery
  }

  request(address: Address, payload: string, timeoutMs: number): Observable<string> {
    return new Observable(subscriber => {
      if (this.#isClosed) return this.#failSoon(subscriber, 'closed')
      if (isTooLarge(payload)) return this.#failSoon(subscriber, 'request_too_large')
      if (this.#asking.size >= limits.requestsOpenMax) return this.#failSoon(subscriber, 'connection_failed')
      return this.#ask(subscriber, { kind: 'request', from: this.address, to: address, payload }, timeoutMs)
    })
  }

  announce(services: readonly string[]): Observable<DiscoveryHealth> {
    return this.#discovery.announce(services)
  }

  lookup(service: string): Observable<readonly Address[]> {
    return this.#discovery.lookup(service)
  }

  health(): DiscoveryHealth {
    return this.#discovery.health()
  }

  close(): Observable<void> {
    return new Observable(subscriber => {
      if (!this.#isClosed) this.#shut()
      return this.#soon(() => {
        subscriber.next()
        subscriber.complete()
      })
    })
  }

  receive(request: Message, answer: (outcome: Outcome) => void): void {
    const { clock } = this.#wire
    if (!this.#incoming$.observed) return this.#sendAnswer(request.from, { failure: 'reply_is_error' }, answer)
    const asked = new Asked(request, outcome => {
      if (!this.#answering.delete(asked)) return
      clock.clearTimeout(asked.deadline)
      this.#sendAnswer(request.from, outcome, answer)
    })
    asked.deadline = clock.setTimeout(() => asked.giveUp(), limits.replyMsMax)
    this.#answering.add(asked)
    this.#incoming$.next(asked)
  }

  #ask(subscriber: Subscriber<string>, request: Message, timeoutMs: number): () => void {
    const { clock } = this.#wire
    this.#asking.add(subscriber)
    const end = (outcome: Outcome): void => {
      if (this.#asking.has(subscriber)) settle(subscriber, request.to, outcome)
    }
    const deadline = clock.setTimeout(() => end({ failure: 'timed_out' }), timeoutMs)
    this.#wire.send(request, arrived => this.#deliver(arrived, end))
    return () => {
      clock.clearTimeout(deadline)
      this.#asking.delete(subscriber)
    }
  }

  #deliver(request: Message, answer: (outcome: Outcome) => void): void {
    const listener = this.#wire.listenerAt(request.to)
    if (listener === undefined) answer({ failure: 'connection_refused' })
    else listener.receive(request, answer)
  }

  #sendAnswer(to: Address, outcome: Outcome, answer: (outcome: Outcome) => void): void {
    const checked: Outcome = 'reply' in outcome && isTooLarge(outcome.reply) ? { failure: 'reply_too_large' } : outcome
    const payload = 'reply' in checked ? checked.reply : ''
    const reply: Message = { kind: 'reply', from: this.address, to, payload }
    this.#wire.send(reply, arrived => answer('reply' in checked ? { reply: arrived.payload } : checked))
  }

  #shut(): void {
    this.#isClosed = true
    this.#wire.release(this.address)
    this.#discovery.close()
    for (const asked of this.#answering) asked.giveUp()
    for (const subscriber of this.#asking) this.#failSoon(subscriber, 'closed')
    this.#asking.clear()
    this.#incoming$.complete()
  }

  #failSoon(subscriber: Subscriber<string>, reason: TransportFailure): () => void {
    return this.#soon(() => subscriber.error(errorOf(reason, this.address)))
  }

  #soon(task: () => void): () => void {
    const timer = this.#wire.clock.setTimeout(task, 0)
    return () => this.#wire.clock.clearTimeout(timer)
  }
}

function settle(subscriber: Subscriber<string>, address: Address, outcome: Outcome): void {
  if ('failure' in outcome) {
    subscriber.error(errorOf(outcome.failure, address))
    return
  }
  subscriber.next(outcome.reply)
  subscriber.complete()
}

/** As large as it would be in a JSON envelope; most payloads are so small that nobody needs to look. */
function isTooLarge(payload: string): boolean {
  if (payload.length * escapedBytesMax + envelopeBytes <= limits.messageBytesMax) return false
  return Buffer.byteLength(JSON.stringify(payload)) + envelopeBytes > limits.messageBytesMax
}

function errorOf(reason: TransportFailure, address: Address): TransportError {
  return new TransportError(reason, `${address}: ${sentences[reason]}`)
}

const sentences: Record<TransportFailure, string> = {
  connection_refused: 'nobody listens at this address',
  timed_out: 'no reply came in time',
  request_too_large: `a request is at most ${limits.messageBytesMax} bytes`,
  reply_too_large: `a reply is at most ${limits.messageBytesMax} bytes`,
  reply_malformed: 'the reply makes no sense',
  reply_is_error: 'the peer did not answer the request',
  connection_failed: `${limits.requestsOpenMax} requests wait for a reply already; the request was not sent`,
  closed: 'the transport is closed',
}
