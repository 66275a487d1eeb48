/**
 * Grenache's HTTP server for RPC, mended: bound to one host, bounded while reading, strict about what it takes, exactly one answer to each
 * request. On the wire it is the stock server, which also opens lines to who asks for one. Emits `listening`, `error`, `closed`, and `request` as Grenache's servers do.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import PeerRPCServer from 'grenache-nodejs-http/lib/PeerRPCServer.js'
import TransportRPCServer, { type Handler } from 'grenache-nodejs-http/lib/TransportRPCServer.js'
import { writable } from './body-text.ts'
import { readBounded, type ReadFailure } from './bounded-reader.ts'
import { ByteBudget } from './byte-budget.ts'
import type { Counters } from './counters.ts'
import { type AnswerWay, Exchange } from './exchange.ts'
import { lineHeader, lineProtocol } from './line.ts'
import { originOf } from './origin.ts'
import { type Refusal, refusalAnswer } from './refusals.ts'
import { type ParsedRequest, parseRequest } from './request-parser.ts'
import { ServedLine } from './served-line.ts'
import type { TransportLimits } from './transport-limits.ts'

export interface ServerConf {
  readonly host: string
  /** The one Grenache key that is served. */
  readonly key: string
  readonly limits: TransportLimits
  readonly counters: Counters
}

/** Grenache's handler, which can also refuse by name. */
export interface RefusingHandler extends Handler {
  refuse(refusal: Refusal): void
}

/** The listener's shape: `service.on('request', (rid, key, payload, handler, certificate, meta) => …)`. */
export type RequestListener = (
  rid: string,
  key: string,
  payload: string,
  handler: RefusingHandler,
  certificate: undefined,
  meta: { readonly from: string },
) => void

export class BoundedPeerRPCServer extends PeerRPCServer<ServerConf> {
  override getTransportClass(): typeof BoundedTransportRPCServer {
    return BoundedTransportRPCServer
  }

  override transport(kind: 'server'): BoundedTransportRPCServer {
    return super.transport(kind) as BoundedTransportRPCServer
  }
}

export class BoundedTransportRPCServer extends TransportRPCServer<ServerConf> {
  /** The exchange that each connection is busy with. */
  readonly #exchanges = new Map<Duplex, Exchange>()
  readonly #lines = new Set<ServedLine>()
  readonly #budget = new ByteBudget(this.conf.limits.readingBytesMax)

  override getSocket(): http.Server {
    const { limits } = this.conf
    const server = http.createServer({
      maxHeaderSize: limits.headersBytesMax,
      // Headers and body together; Node takes it as the limit of the headers, too.
      requestTimeout: limits.requestReadMsMax,
      connectionsCheckingInterval: limits.requestReadMsMax / 4,
      keepAliveTimeout: limits.servedConnectionIdleMsMax,
    })
    server.maxConnections = limits.connectionsMax
    // Only a caller that does not read its answer is silent for as long as this.
    server.setTimeout(limits.requestReadMsMax + limits.replyMsMax + limits.servedConnectionIdleMsMax)
    return server
  }

  override listen(port: number): this {
    const server = this.getSocket()
    this.socket = server
    server.on('error', error => this.emit('error', error))
    server.on('listening', () => this.#listening(server))
    server.on('request', (request, response) => this.#serve(request, response))
    server.on('upgrade', (request, _socket, head) => this.#upgrade(request, head))
    server.on('clientError', (error, socket) => this.#refuseConnection(error, socket))
    server.on('drop', () => this.conf.counters.add('connections_over_limit'))
    server.listen({ port, host: this.conf.host })
    return this
  }

  /** Answers what is open with a failure, then emits `closed` once the port is free. */
  override unlisten(): void {
    const server = this.socket
    if (server === null) return
    this.socket = null
    for (const exchange of this.#exchanges.values()) exchange.refuse('transport_closed')
    for (const line of this.#lines) line.leave('transport_closed')
    const endConnections = setTimeout(() => server.closeAllConnections(), this.conf.limits.closeGraceMsMax)
    server.close(() => {
      clearTimeout(endConnections)
      this.emit('closed')
    })
  }

  /** Stock Grenache leaves `port` at the 0 that was asked for. */
  #listening(server: http.Server): void {
    this.port = (server.address() as AddressInfo).port
    this.emit('listening')
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#exchanges.get(request.socket)?.isOpen() === true) return this.#cutPipeline(request.socket)
    const exchange = this.#openExchange(request, response)
    readBounded(request, this.conf.limits.messageBytesMax, exchange.lease, read => {
      if ('failure' in read) return exchange.refuse(refusalOfRead(read.failure))
      const from = originOf(request.socket.remoteAddress)
      // What is refused is read first, within the limits, so that a reset does not swallow the answer.
      const refusal = refusalOfHeaders(request) ?? this.#take(exchange, read.body, from)
      if (refusal !== undefined) exchange.refuse(refusal)
    })
  }

  #openExchange(request: IncomingMessage, response: ServerResponse): Exchange {
    const { limits, counters } = this.conf
    const { messageBytesMax: replyBytesMax, replyMsMax } = limits
    const [way, lease] = [new HttpWay(request, response), this.#budget.lease()]
    const exchange = new Exchange({ way, lease, counters, replyBytesMax, replyMsMax })
    this.#exchanges.set(request.socket, exchange)
    response.on('error', () => exchange.abandon())
    response.once('close', () => {
      exchange.abandon()
      if (this.#exchanges.get(request.socket) === exchange) this.#exchanges.delete(request.socket)
    })
    return exchange
  }

  #upgrade(request: IncomingMessage, head: Buffer): void {
    const { socket } = request
    if (this.#exchanges.get(socket)?.isOpen() === true) return this.#cutPipeline(socket)
    const refusal = this.socket === null ? 'transport_closed' : refusalOfUpgrade(request)
    if (refusal !== undefined) return this.#refuseUpgrade(refusal, socket)
    const { limits, counters } = this.conf
    const line = new ServedLine({
      socket,
      limits,
      counters,
      budget: this.#budget,
      take: (exchange, body, from) => this.#take(exchange, body, from),
    })
    this.#lines.add(line)
    socket.once('close', () => this.#lines.delete(line))
    line.begin(head)
  }

  #refuseUpgrade(refusal: Refusal, socket: Duplex): void {
    this.conf.counters.add(refusal)
    const { status, text } = refusalAnswer(refusal, null)
    socket.on('error', () => undefined)
    endWith(socket, `${status} Refused`, text)
    // Node looks after a connection no more that is to be upgraded, and this one may have been sent what it does not read.
    const end = setTimeout(() => socket.destroy(), this.conf.limits.closeGraceMsMax)
    socket.once('close', () => clearTimeout(end))
  }

  /** The ladder of guards behind the reading. */
  #take(exchange: Exchange, body: Buffer, from: string): Refusal | undefined {
    const parsed = parseRequest(body)
    exchange.rid = parsed.rid
    if ('refusal' in parsed) return parsed.refusal
    if (parsed.key !== this.conf.key) return 'request_key_unknown'
    if (this.socket === null) return 'transport_closed'
    if (this.listenerCount('request') === 0) return 'request_unserved'
    this.#deliver(exchange, parsed, from)
    return undefined
  }

  #deliver(exchange: Exchange, { rid, key, payload }: ParsedRequest, from: string): void {
    exchange.expectAnswer()
    this.emit('request', rid, key, payload, exchange satisfies RefusingHandler, undefined, { from })
  }

  /** Grenache's clients wait for an answer before they send again on the same connection. Whoever does not is after memory. */
  #cutPipeline(socket: Duplex): void {
    if (socket.destroyed) return
    this.conf.counters.add('request_pipelined')
    socket.destroy()
  }

  /** What did not even become an HTTP request, or stopped halfway. */
  #refuseConnection(error: Error & { readonly code?: string }, socket: Duplex): void {
    const [status, name] = statusOfConnection(error.code)
    // A body that stops halfway is counted by its exchange; a connection that merely broke is nobody's fault.
    const isCounted = this.#exchanges.get(socket)?.isOpen() !== true && error.code !== 'ECONNRESET'
    if (isCounted) this.conf.counters.add(name)
    endWith(socket, status, '')
  }
}

/** The way back over HTTP. */
class HttpWay implements AnswerWay {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
  }

  answer(status: number, body: string, bytes: number): void {
    const response = this.#response
    if (response.destroyed) return
    // What is left of an unread body would be taken for the next request, so the connection ends with the answer.
    if (!this.#request.complete) response.setHeader('connection', 'close')
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': bytes,
      [lineHeader]: lineProtocol,
    })
    response.end(writable(body))
  }
}

/** Answers on a bare connection, and ends it. */
function endWith(socket: Duplex, status: string, body: string): void {
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}

function refusalOfRead(failure: ReadFailure): Refusal {
  switch (failure) {
    case 'too_large':
      return 'request_too_large'
    case 'over_budget':
      return 'requests_over_limit'
    case 'cut_off':
      return 'request_cut_off'
  }
}

/** A browser names the origin of every cross-origin POST, whatever its page does; Grenache's clients have none. */
function isFromBrowser({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}

function refusalOfUpgrade(request: IncomingMessage): Refusal | undefined {
  if (isFromBrowser(request)) return 'request_from_browser'
  const { method, httpVersion, headers } = request
  const isForLine = method === 'GET' && httpVersion === '1.1' && headers.upgrade?.toLowerCase() === lineProtocol
  return isForLine ? undefined : 'request_upgrade_unknown'
}

function refusalOfHeaders(request: IncomingMessage): Refusal | undefined {
  const { method, headers } = request
  if (method !== 'POST') return 'request_method_wrong'
  if (isFromBrowser(request)) return 'request_from_browser'
  if ((headers['grc-compress'] ?? 'none') !== 'none') return 'request_compressed'
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return 'request_compressed'
  return undefined
}

function statusOfConnection(code: string | undefined) {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', 'request_cut_off'] as const
  if (code === 'HPE_HEADER_OVERFLOW')
    return ['431 Request Header Fields Too Large', 'request_headers_too_large'] as const
  return ['400 Bad Request', 'request_not_http'] as const
}
