/**
 * A line as the server has it: a connection on which netstrings follow one another, each of them one request, and none before the last one
 * has been answered. What holds for requests over HTTP holds here: bounds and a deadline while one is read, exactly one answer.
 */
import type { Socket } from 'node:net'
import type { ByteBudget } from './byte-budget.ts'
import type { Counters } from './counters.ts'
import { type AnswerWay, Exchange } from './exchange.ts'
import { lineProtocol } from './line.ts'
import { netstringOf, NetstringReader, type NetstringFailure } from './netstring.ts'
import { originOf } from './origin.ts'
import type { Refusal } from './refusals.ts'
import type { TransportLimits } from './transport-limits.ts'

export interface ServedLineConf {
  readonly socket: Socket
  readonly limits: TransportLimits
  readonly counters: Counters
  readonly budget: ByteBudget
  /** Takes in a request that has been read as a whole, or says why not. */
  readonly take: (exchange: Exchange, body: Buffer, from: string) => Refusal | undefined
}

export class ServedLine implements AnswerWay {
  readonly #conf: ServedLineConf
  readonly #from: string
  /** The request that is being read or answered, or was last. */
  #exchange: Exchange | undefined
  /** A request is being read. */
  #reader: NetstringReader | undefined
  #deadline: NodeJS.Timeout | undefined
  /** The answer that is given now is the last one. */
  #isLeaving = false

  constructor(conf: ServedLineConf) {
    this.#conf = conf
    this.#from = originOf(conf.socket.remoteAddress)
  }

  /** `head`: what has come behind the request for the line. */
  begin(head: Buffer): void {
    const { socket, limits } = this.#conf
    socket.setTimeout(limits.servedConnectionIdleMsMax)
    socket.on('timeout', () => this.#endIdle())
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.once('end', () => socket.destroy())
    // An error is always followed by the close.
    socket.on('error', () => undefined)
    socket.once('close', () => this.#closed())
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${lineProtocol}\r\n\r\n`)
    if (head.length > 0) this.#read(head)
  }

  answer(_status: number, body: string): void {
    const { socket } = this.#conf
    if (socket.destroyed) return
    socket.write(netstringOf(body))
    if (this.#isLeaving) this.#endSocket()
  }

  /** Answers what is open with a refusal, and ends the line. */
  leave(refusal: Refusal): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#endReading()
    if (this.#exchange?.isOpen() === true) this.#exchange.refuse(refusal)
    else this.#endSocket()
  }

  #read(chunk: Buffer): void {
    if (this.#isLeaving) return
    const reader = this.#reader ?? this.#beginReading()
    if (reader === undefined) return this.#cutPipeline()
    const read = reader.take(chunk)
    const { requestReadMsMax } = this.#conf.limits
    if (read === undefined) this.#deadline ??= setTimeout(() => this.leave('request_cut_off'), requestReadMsMax)
    else if ('body' in read) this.#take(read.body)
    else if (read.failure === 'followed') this.#cutPipeline()
    else this.leave(refusalOf(read.failure))
  }

  /** Undefined when the last request has not been answered yet, or the answer not been read. */
  #beginReading(): NetstringReader | undefined {
    const { socket, limits, counters, budget } = this.#conf
    if (this.#exchange?.isOpen() === true || socket.writableLength > 0) return undefined
    const { messageBytesMax, replyMsMax } = limits
    const lease = budget.lease()
    this.#exchange = new Exchange({ way: this, lease, counters, replyBytesMax: messageBytesMax, replyMsMax })
    this.#reader = new NetstringReader(messageBytesMax, lease)
    return this.#reader
  }

  #endReading(): void {
    clearTimeout(this.#deadline)
    this.#deadline = undefined
    this.#reader = undefined
  }

  #take(body: Buffer): void {
    this.#endReading()
    const exchange = this.#exchange
    if (exchange === undefined) return
    const refusal = this.#conf.take(exchange, body, this.#from)
    if (refusal !== undefined) exchange.refuse(refusal)
  }

  #cutPipeline(): void {
    const { counters, socket } = this.#conf
    this.#endReading()
    counters.add('request_pipelined')
    socket.destroy()
  }

  /** What is being read or answered has a deadline of its own. */
  #endIdle(): void {
    const isBusy = this.#reader !== undefined || this.#exchange?.isOpen() === true
    if (!isBusy) this.#conf.socket.destroy()
  }

  /** What else the other side sends is not looked at, so that a reset does not swallow the answer. */
  #endSocket(): void {
    const { socket, limits } = this.#conf
    socket.end()
    this.#deadline = setTimeout(() => socket.destroy(), limits.closeGraceMsMax)
  }

  #closed(): void {
    if (this.#reader !== undefined) this.#exchange?.refuse('request_cut_off')
    this.#exchange?.abandon()
    this.#endReading()
  }
}

function refusalOf(failure: Exclude<NetstringFailure, 'followed'>): Refusal {
  switch (failure) {
    case 'malformed':
      return 'request_not_netstring'
    case 'too_large':
      return 'request_too_large'
    case 'over_budget':
      return 'requests_over_limit'
  }
}
