/**
 * The meeting place of frames: whoever inspects shows them here, viewers and official receivers get them, official feeders bring theirs. It
 * listens on loopback only and lets in nobody from elsewhere. Showing a frame costs writing it down; sending waits for the next turn.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { limits } from '../limits.ts'
import { Counters } from '../peer/counters.ts'
import { refusalAtDoor, targetOf } from './doors.ts'
import { FedSessions, readFedFrame } from './fed-frame.ts'
import type { FrameBody, ViewerCommand } from './frame.ts'
import { KeptFrames, officialTextOf, type KeptFrame } from './kept-frames.ts'
import { servePage } from './page-server.ts'
import { Receiver } from './receiver.ts'
import { readViewerCommand } from './viewer-command.ts'

export interface HubOptions {
  /** 0 for any free one. */
  readonly port: number
  /** Milliseconds since the inspection began: when what is fed has come. */
  readonly now: () => number
  /** A viewer asks for something. */
  readonly commanded?: (command: ViewerCommand) => void
  /** Hears of every frame that is kept, as its text: a recording. */
  readonly kept?: (text: string) => void
}

const host = '127.0.0.1'
/** Close codes of RFC 6455: the hub ends, a rule was broken, try again later. */
const goingAway = 1_001
const againstRules = 1_008
const tryLater = 1_013
const headersMsMax = 5_000

export class Hub {
  readonly #options: HubOptions
  readonly #server: Server
  readonly #frames = new KeptFrames()
  readonly #fed = new FedSessions()
  readonly #counters = new Counters()
  readonly #viewers = new WebSocketServer({ noServer: true, maxPayload: limits.inspectCommandBytesMax })
  readonly #officials = new WebSocketServer({ noServer: true, maxPayload: limits.inspectFrameBytesMax })
  readonly #receivers = new Set<Receiver>()
  #lastSource = 0
  #isFlushing = false

  private constructor(options: HubOptions) {
    this.#options = options
    this.#server = createServer((request, response) => {
      void servePage(request, response, this.port, reason => this.#counters.add(reason))
    })
    this.#server.headersTimeout = headersMsMax
    this.#server.requestTimeout = headersMsMax
    this.#server.on('upgrade', (request, stream, head) => this.#admit(request, stream, head))
  }

  /** Listens; rejects with a sentence when the port is in use. */
  static async open(options: HubOptions): Promise<Hub> {
    const hub = new Hub(options)
    hub.#server.listen(options.port, host)
    try {
      await once(hub.#server, 'listening')
    } catch (error) {
      const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isInUse) throw error
      throw new Error(`The port ${options.port} is in use; give another one with --port.`, { cause: error })
    }
    return hub
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The page. */
  get url(): string {
    return `http://${host}:${this.port}/`
  }

  /** How many frames have been shown. */
  get shown(): number {
    return this.#frames.lastSeq
  }

  /** What was refused or cut off, by name. */
  get counters(): Readonly<Record<string, number>> {
    return this.#counters.toJSON()
  }

  show(body: FrameBody): void {
    this.#keep(body, 0)
  }

  /** Sends what is still to be sent where it can be, then ends every connection. */
  async close(): Promise<void> {
    this.#flush()
    const sockets = [...this.#viewers.clients, ...this.#officials.clients]
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeIdleConnections()
    for (const socket of sockets) socket.close(goingAway)
    const patience = setTimeout(() => {
      for (const socket of sockets) socket.terminate()
      this.#server.closeAllConnections()
    }, limits.closeGraceMsMax)
    await closed
    clearTimeout(patience)
  }

  #keep(body: FrameBody, source: number): void {
    const frame = this.#frames.add(body, source)
    if (!frame) return this.#counters.add('frame_too_large')
    this.#options.kept?.(frame.text)
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isFlushing = false
    for (const receiver of this.#receivers) receiver.pump()
  }

  #admit(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { path, role } = targetOf(request)
    const isViewer = role === 'viewer'
    const server = isViewer ? this.#viewers : this.#officials
    const placesMax = isViewer ? limits.inspectViewersMax : limits.inspectReceiversMax
    const atDoor = refusalAtDoor(request, this.port)
    if (atDoor) return this.#turnAway(stream, 403, atDoor)
    if (path !== '/') return this.#turnAway(stream, 404, 'page_unknown')
    if (server.clients.size >= placesMax) return this.#turnAway(stream, 503, 'too_many_connections')
    server.handleUpgrade(request, stream, head, socket => {
      if (isViewer) this.#welcomeViewer(socket, stream)
      else this.#welcomeOfficial(socket, stream)
    })
  }

  #turnAway(stream: Duplex, status: number, reason: string): void {
    this.#counters.add(reason)
    stream.on('error', () => this.#counters.add('connection_failed'))
    stream.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  }

  #welcomeViewer(socket: WebSocket, stream: Duplex): void {
    this.#welcome(socket, stream, ({ text }) => text)
    socket.on('message', (data, isBinary) => {
      const command = isBinary ? null : readViewerCommand(textOf(data))
      if (command) this.#options.commanded?.(command)
      else this.#cutOff(socket, againstRules, 'command_malformed')
    })
  }

  /** Official ends say nothing about themselves: each may feed, and gets what the others feed. */
  #welcomeOfficial(socket: WebSocket, stream: Duplex): void {
    this.#lastSource += 1
    const source = this.#lastSource
    this.#welcome(socket, stream, frame => (frame.source === source ? null : officialTextOf(frame)))
    socket.on('message', (data, isBinary) => this.#feed(socket, source, isBinary ? '' : textOf(data)))
    socket.on('close', () => this.#fed.forget(source))
  }

  #feed(socket: WebSocket, source: number, text: string): void {
    const fed = readFedFrame(text)
    if (!fed) return this.#cutOff(socket, againstRules, 'frame_malformed')
    const shown = this.#fed.shown(fed, source, this.#options.now())
    if (shown) this.#keep(shown, source)
    else this.#cutOff(socket, tryLater, 'too_many_actors')
  }

  #welcome(socket: WebSocket, stream: Duplex, textOfFrame: (frame: KeptFrame) => string | null): void {
    const tooSlow = (): void => {
      this.#counters.add('viewer_too_slow')
      socket.terminate()
    }
    const receiver = new Receiver({ socket, stream, frames: this.#frames, textOf: textOfFrame, tooSlow })
    this.#receivers.add(receiver)
    socket.on('close', () => this.#receivers.delete(receiver))
    // Of a message that is too large, say; the socket closes itself.
    socket.on('error', error => this.#counters.add(reasonOf(error)))
    receiver.pump()
  }

  #cutOff(socket: WebSocket, code: number, reason: string): void {
    this.#counters.add(reason)
    socket.close(code, reason)
  }
}

function textOf(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data as Buffer).toString('utf8')
}

function reasonOf(error: Error): string {
  const isTooLarge = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
  return isTooLarge ? 'message_too_large' : 'connection_failed'
}
