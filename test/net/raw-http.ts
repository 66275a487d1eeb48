/** Hand-made HTTP and hand-made lines, for what no well-behaved client or server would send. */
import http from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { lineHeader, lineProtocol } from '../../src/net/grenache/line.ts'
import { netstringOf } from '../../src/net/grenache/netstring.ts'
import type { Address } from '../../src/net/transport.ts'
import { reached } from './conditions.ts'

export interface RawAnswer {
  readonly status: number
  readonly body: string
}

export interface RawPost {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** One request on a connection of its own. */
export function rawPost(address: string, { method = 'POST', headers = {}, body = '' }: RawPost): Promise<RawAnswer> {
  const [host, port] = address.split(':')
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, headers, agent: false }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: text })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

export interface RawConnection {
  readonly socket: Socket
  /** All that has come back so far. */
  readonly received: () => string
  readonly isClosed: () => boolean
}

/** A connection whose bytes are written by hand. A reset counts as closing. */
export function rawConnection(address: string): RawConnection {
  const [host, port] = address.split(':')
  const socket = connect({ host: host ?? '', port: Number(port) })
  let text = ''
  let isClosed = false
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => undefined)
  socket.on('close', () => (isClosed = true))
  return { socket, received: () => text, isClosed: () => isClosed }
}

export interface RawServer {
  readonly address: Address
  readonly url: string
  /** How many requests have arrived. */
  readonly requests: () => number
  /** How many connections are open now. */
  readonly connections: () => number
  close(): Promise<void>
}

/** A server that is given each whole request with its Grenache rid, and a bare socket to answer as badly as it likes. */
export async function rawServer(answer: (socket: Socket, rid: string, path: string) => void): Promise<RawServer> {
  const sockets = new Set<Socket>()
  let requests = 0
  const server = createServer(socket => {
    sockets.add(socket)
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: string) => {
      text += chunk
      const request = wholeRequest(text)
      if (request === undefined) return
      text = ''
      requests += 1
      answer(socket, request.rid, request.path)
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}` as Address
  return {
    address,
    url: `http://${address}`,
    requests: () => requests,
    connections: () => sockets.size,
    close: () => closeServer(server, sockets),
  }
}

/** An HTTP answer with a right length; `headers` are lines of their own. */
export function httpAnswer(status: number, body: string, ...headers: readonly string[]): string {
  return [`HTTP/1.1 ${status} X`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n')
}

function wholeRequest(text: string): { rid: string; path: string } | undefined {
  const end = text.indexOf('\r\n\r\n')
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
  const body = text.slice(end + 4)
  if (end < 0 || Buffer.byteLength(body) < length) return undefined
  const json = JSON.parse(body) as { 0?: string; rid?: string }
  return { rid: json[0] ?? json.rid ?? '', path: text.split(' ')[1] ?? '' }
}

export interface RawLine extends RawConnection {
  /** Writes a netstring. */
  readonly send: (text: string) => void
}

/** A connection that has been upgraded to a line; `received` begins behind that. */
export async function rawLine(address: string): Promise<RawLine> {
  const connection = rawConnection(address)
  const { socket } = connection
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${lineProtocol}\r\n\r\n`)
  await reached(() => connection.received().endsWith('\r\n\r\n'), 'the line is open')
  const opening = connection.received()
  if (!opening.startsWith('HTTP/1.1 101 ')) throw new Error(`no line was opened: ${opening}`)
  const send = (text: string): void => void socket.write(netstringOf(text))
  return { ...connection, received: () => connection.received().slice(opening.length), send }
}

export interface RawLineServer {
  readonly address: Address
  /** Requests over HTTP, lines that were asked for, and requests over lines so far. */
  readonly counts: { posts: number; upgrades: number; asked: number }
  /** How many connections are open now. */
  readonly connections: () => number
  close(): Promise<void>
}

export interface RawLineAnswers {
  /** How an upgrade is answered; by default a line is opened. */
  readonly open?: (socket: Socket) => void
  /** Given each request on a line with its rid and payload. */
  readonly answer: (socket: Socket, rid: string, payload: string) => void
}

export const lineOpening = `HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: ${lineProtocol}\r\n\r\n`

/** A server that answers requests over HTTP honestly, offers lines with that, and is as bad on those as it likes. */
export async function rawLineServer({ open, answer }: RawLineAnswers): Promise<RawLineServer> {
  const counts = { posts: 0, upgrades: 0, asked: 0 }
  const sockets = new Set<Socket>()
  const server = http.createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      counts.posts += 1
      const [rid, , payload] = JSON.parse(text) as unknown[]
      response.setHeader(lineHeader, lineProtocol)
      response.end(JSON.stringify([rid, null, payload]))
    })
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', ({ socket }) => {
    counts.upgrades += 1
    socket.once('end', () => socket.destroy())
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const [, body] = /^\d+:(.*),$/s.exec(text) ?? []
      if (body === undefined) return
      text = ''
      counts.asked += 1
      const [rid, , payload] = JSON.parse(body) as [string, string, string]
      answer(socket, rid, payload)
    })
    if (open) open(socket)
    else socket.write(lineOpening)
  })
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}` as Address
  return { address, counts, connections: () => sockets.size, close: () => closeServer(server, sockets) }
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  return new Promise(resolve => server.close(() => resolve()))
}
