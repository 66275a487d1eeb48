/**
 * A line to a peer: a connection that was opened by HTTP and carries nothing but netstrings since, Grenache's arrays as ever, one request
 * at a time. HTTP takes longer over a small request than all else that is done for it; what a line promises is the same. What is asked
 * before there is one waits until it is open, within the same deadline.
 */
import http from 'node:http'
import type { Socket } from 'node:net'
import { TransportError } from '../transport.ts'
import { AwaitedReply, type Asked, type Tell } from './awaited-reply.ts'
import { netstringOf, NetstringReader, type NetstringFailure } from './netstring.ts'

/** The header in which a server says, with the answer to a request, that it opens lines; stock Grenache has none. */
export const lineHeader = 'grc-upgrade'
/** Its value, and the protocol to which a connection is upgraded. */
export const lineProtocol = 'netstring'

/** Free lines to one address that are kept. */
const freeMax = 3

export interface LineReply {
  readonly body: Buffer
}

/** The lines to one address. */
export class Lines implements LineOwner {
  readonly #idleMsMax: number
  readonly #retryMs: number
  /** The other side has said that it opens lines. */
  #isOffered = false
  /** Until then that makes no difference. */
  #notBeforeMs = 0
  /** Nothing is asked on them at the moment. */
  readonly #free: Line[] = []
  readonly #all = new Set<Line>()

  /** `retryMs`: how long an address that has opened no line is asked for none. */
  constructor(idleMsMax: number, retryMs: number) {
    this.#idleMsMax = idleMsMax
    this.#retryMs = retryMs
  }

  get isOffered(): boolean {
    return this.#isOffered
  }

  /** What the answer to a request over HTTP says in the header of lines. */
  noteOffer(offer: unknown): void {
    this.#isOffered = offer === lineProtocol && performance.now() >= this.#notBeforeMs
  }

  /** Asks on a free line, or on a new one. */
  ask(asked: Asked, tell: Tell<LineReply>): void {
    const { reason } = asked.abandonment
    if (reason) return queueMicrotask(() => tell(reason))
    const line = this.#free.pop()
    if (line) line.ask(asked, new AwaitedReply(asked, line, tell))
    else this.#open(asked, tell)
  }

  close(): void {
    for (const line of [...this.#all]) line.destroy()
  }

  #open(asked: Asked, tell: Tell<LineReply>): void {
    const { host, port, headersBytesMax: maxHeaderSize } = asked
    const wanted = { connection: 'upgrade', upgrade: lineProtocol }
    const request = http.request({ host, port, path: '/', agent: false, headers: wanted, maxHeaderSize })
    const awaited = new AwaitedReply<LineReply>(asked, request, reply => {
      if (awaited.carrier === request && !asked.abandonment.reason) this.#noteNotOpened()
      tell(reply)
    })
    request.on('error', error => awaited.fail(error))
    request.once('close', () => awaited.carrier === request && awaited.fail(new Error('it opened no line')))
    request.once('response', () => {
      awaited.fail(new TransportError('connection_failed', `${host}:${port} opens no line; the request was not sent`))
    })
    request.once('upgrade', ({ headers }, socket, head) => {
      // The socket is nobody's as yet.
      if (headers.upgrade?.toLowerCase() !== lineProtocol || head.length > 0) failRead(awaited, 'malformed')
      if (awaited.isOver) socket.destroy()
      else this.#begin(new Line(socket, this.#idleMsMax, this), asked, awaited)
    })
    request.end()
  }

  /** What stands between may pass the offer on and no line, and somebody else may be at the address by now: HTTP works for all of them. */
  #noteNotOpened(): void {
    this.#isOffered = false
    this.#notBeforeMs = performance.now() + this.#retryMs
  }

  #begin(line: Line, asked: Asked, awaited: AwaitedReply<LineReply>): void {
    this.#all.add(line)
    awaited.carrier = line
    line.ask(asked, awaited)
  }

  freed(line: Line): void {
    if (this.#free.length < freeMax) this.#free.push(line)
    else line.destroy()
  }

  ended(line: Line): void {
    this.#all.delete(line)
    const index = this.#free.indexOf(line)
    if (index >= 0) this.#free.splice(index, 1)
  }
}

/** Who is told that a line may be asked again, and that it is no more. */
interface LineOwner {
  freed(line: Line): void
  ended(line: Line): void
}

class Line {
  readonly #socket: Socket
  readonly #owner: LineOwner
  #awaited: AwaitedReply<LineReply> | undefined
  #reader: NetstringReader | undefined

  constructor(socket: Socket, idleMsMax: number, owner: LineOwner) {
    this.#socket = socket
    this.#owner = owner
    socket.setTimeout(idleMsMax)
    socket.on('timeout', () => this.#endIdle())
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', error => this.#awaited?.fail(error))
    socket.once('close', () => this.#closed())
  }

  ask({ body, replyBytesMax, lease }: Asked, awaited: AwaitedReply<LineReply>): void {
    this.#awaited = awaited
    this.#reader = new NetstringReader(replyBytesMax, lease)
    this.#socket.write(netstringOf(body))
  }

  destroy(): void {
    this.#owner.ended(this)
    this.#socket.destroy()
  }

  /** What has been asked has a deadline of its own. */
  #endIdle(): void {
    if (!this.#awaited) this.destroy()
  }

  #take(chunk: Buffer): void {
    const [awaited, reader] = [this.#awaited, this.#reader]
    // Nobody has asked: whatever it is, it must not be taken for the next reply.
    if (!awaited || !reader) return this.destroy()
    const read = reader.take(chunk)
    if (read === undefined) return
    if ('failure' in read) return failRead(awaited, read.failure)
    this.#awaited = undefined
    this.#owner.freed(this)
    awaited.succeed(read)
  }

  #closed(): void {
    this.#owner.ended(this)
    this.#awaited?.fail(new Error('it closed the connection without a reply'))
  }
}

function failRead(awaited: AwaitedReply<LineReply>, failure: NetstringFailure): void {
  if (failure === 'too_large' || failure === 'over_budget') return awaited.failRead(failure)
  const what = failure === 'malformed' ? 'no netstring' : 'more than one netstring'
  awaited.fail(new TransportError('reply_malformed', `what came over the line is ${what}`))
}
