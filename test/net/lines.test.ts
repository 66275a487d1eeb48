/** What the client does with lines, at honest servers and at others: one failure with its reason, in time, and who offers none is asked for none. */
import type { Socket } from 'node:net'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { createGrenacheTransport } from '../../src/net/grenache/grenache-transport.ts'
import { lineProtocol } from '../../src/net/grenache/line.ts'
import { netstringOf } from '../../src/net/grenache/netstring.ts'
import type { Transport } from '../../src/net/transport.ts'
import { reached, reasonOf } from './conditions.ts'
import { lineOpening, rawLineServer, type RawLineAnswers, type RawLineServer } from './raw-http.ts'

type Shorter = NonNullable<Parameters<typeof createGrenacheTransport>[0]['limits']>

describe('the client, with lines,', () => {
  let caller: Transport
  const servers: RawLineServer[] = []
  const others: Transport[] = []

  async function create(shorter: Shorter = {}): Promise<Transport> {
    const transport = await createGrenacheTransport({ grapes: [], limits: shorter })
    others.push(transport)
    return transport
  }

  async function offering(answers: RawLineAnswers): Promise<RawLineServer> {
    const server = await rawLineServer(answers)
    servers.push(server)
    return server
  }

  /** Has asked once, over HTTP, and so been offered lines. */
  async function offered(answers: RawLineAnswers, by = caller): Promise<RawLineServer> {
    const server = await offering(answers)
    expect(await ask(server, 'first', by)).toEqual({ completed: 'first' })
    return server
  }

  function ask({ address }: { address: Transport['address'] }, payload: string, by = caller, timeoutMs = 1_000) {
    return reasonOf(by.request(address, payload, timeoutMs))
  }

  const result = (rid: string, payload: string): string | Buffer => netstringOf(JSON.stringify([rid, null, payload]))
  const echo = (socket: Socket, rid: string, payload: string): void => void socket.write(result(rid, payload))

  beforeEach(async () => {
    caller = await create()
  })

  afterEach(async () => {
    await Promise.all(others.splice(0).map(transport => lastValueFrom(transport.close())))
    await Promise.all(servers.splice(0).map(server => server.close()))
  })

  test('asks over HTTP first, and over one line from then on', async () => {
    const server = await offered({ answer: echo })
    for (const payload of ['second', 'third "quoted" 💶', '{"an":"object"}']) {
      const expected = payload.startsWith('{') ? JSON.stringify(JSON.parse(payload)) : payload
      expect(await ask(server, payload)).toEqual({ completed: expected })
    }
    expect(server.counts).toEqual({ posts: 1, upgrades: 1, asked: 3 })
  })

  test('our own server is asked over lines', async () => {
    const server = await create()
    server.requests$.subscribe(incoming => incoming.reply(`${incoming.payload} from ${incoming.from}`))
    for (const payload of ['one', 'two', 'x'.repeat(500_000), '{"an":"object"}'])
      expect(await ask(server, payload)).toEqual({ completed: `${payload} from 127.0.0.1` })
  })

  test('requests under way together have a line each, and a few lines are kept', async () => {
    const waiting: (() => void)[] = []
    const server = await offered({
      answer: (socket, rid, payload) => waiting.push(() => echo(socket, rid, payload)),
    })
    const payloads = Array.from({ length: 20 }, (_, index) => `request ${index}`)
    const replies = Promise.all(payloads.map(payload => ask(server, payload)))
    await reached(() => waiting.length === 20, 'all arrive')
    expect(server.counts.upgrades).toBe(20)
    for (const answer of waiting.reverse()) answer()
    expect(await replies).toEqual(payloads.map(payload => ({ completed: payload })))
    // And the connection that HTTP keeps.
    await reached(() => server.connections() <= 4, 'most of the lines end')
    waiting.length = 0
    const again = payloads.slice(0, 3).map(payload => ask(server, payload))
    await reached(() => waiting.length === 3, 'they arrive')
    for (const answer of waiting) answer()
    expect(await Promise.all(again)).toEqual(payloads.slice(0, 3).map(payload => ({ completed: payload })))
    expect(server.counts.upgrades).toBe(20)
  })

  test('idle lines end, and another is opened when it is needed', async () => {
    const quick = await create({ connectionIdleMsMax: 100 })
    const server = await offered({ answer: echo }, quick)
    expect(await ask(server, 'second', quick)).toEqual({ completed: 'second' })
    await reached(() => server.connections() === 0, 'the line ends')
    expect(await ask(server, 'third', quick)).toEqual({ completed: 'third' })
  })

  test('a request that takes longer than a line may be idle is not cut off by that', async () => {
    const quick = await create({ connectionIdleMsMax: 50 })
    const server = await offered(
      {
        answer: (socket, rid, payload) => setTimeout(() => echo(socket, rid, payload), 300),
      },
      quick,
    )
    expect(await ask(server, 'slow', quick)).toEqual({ completed: 'slow' })
  })

  test('closing ends all lines', async () => {
    const server = await offered({
      answer: (socket, rid, payload) => {
        if (payload !== 'never') echo(socket, rid, payload)
      },
    })
    const never = ask(server, 'never', caller, 60_000)
    expect(await ask(server, 'second')).toEqual({ completed: 'second' })
    await lastValueFrom(caller.close())
    expect(await never).toBe('closed')
    await reached(() => server.connections() === 0, 'all connections end', limits.connectionIdleMsMax / 4)
  })

  test('an abandoned request ends its line, whether it was open already or not', async () => {
    const silent: RawLineAnswers = { answer: () => undefined }
    for (const answers of [silent, { ...silent, open: () => undefined }]) {
      const server = await offered(answers)
      const asked = caller.request(server.address, 'abandoned', 60_000).subscribe()
      await reached(() => server.counts.upgrades === 1, 'the line is asked for')
      asked.unsubscribe()
      await reached(() => server.connections() <= 1, 'it ends')
    }
  })

  test('a peer whose line breaks is asked again by whoever asked, not by the line', async () => {
    const server = await offered({ answer: socket => socket.destroy() })
    expect(await ask(server, 'second')).toBe('connection_failed')
    expect(server.counts).toEqual({ posts: 1, upgrades: 1, asked: 1 })
  })

  test('a peer that has gone refuses the connection', async () => {
    const server = await offered({ answer: echo })
    expect(await ask(server, 'second')).toEqual({ completed: 'second' })
    await server.close()
    await reached(async () => (await ask(server, 'third')) === 'connection_refused', 'it refuses')
  })

  const refusing = (socket: Socket): void =>
    void socket.end('HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')

  test.each<[what: string, outcome: string, open: (socket: Socket) => void]>([
    ['refuses them', 'connection_failed', refusing],
    ['ends the connection', 'connection_failed', socket => socket.destroy()],
    ['does not answer', 'timed_out', () => undefined],
    ['speaks another protocol', 'reply_malformed', socket => socket.write(lineOpening.replace(lineProtocol, 'foo'))],
  ])('who offers lines and %s is asked over HTTP for a while', async (_what, outcome, open) => {
    const server = await offered({ answer: echo, open })
    expect(await ask(server, 'second', caller, 500)).toBe(outcome)
    for (const payload of ['third', 'fourth', 'fifth'])
      expect(await ask(server, payload)).toEqual({ completed: payload })
    expect(server.counts).toEqual({ posts: 4, upgrades: 1, asked: 0 })
  })

  test('who has opened no line is asked for one again after that', async () => {
    const patient = await create({ lineRetryMs: 200 })
    let isRefusing = true
    const open = (socket: Socket): void => (isRefusing ? refusing(socket) : void socket.write(lineOpening))
    const server = await offered({ answer: echo, open }, patient)
    expect(await ask(server, 'second', patient)).toBe('connection_failed')
    expect(await ask(server, 'third', patient)).toEqual({ completed: 'third' })
    isRefusing = false
    const again = async (): Promise<boolean> => {
      expect(await ask(server, 'again', patient)).toEqual({ completed: 'again' })
      return server.counts.asked > 0
    }
    await reached(again, 'it is asked over a line', 5_000)
    expect(server.counts.upgrades).toBe(2)
  })

  test('an abandoned request says nothing against lines', async () => {
    let isSilent = true
    const server = await offered({
      answer: echo,
      open: socket => {
        if (!isSilent) socket.write(lineOpening)
      },
    })
    const asked = caller.request(server.address, 'abandoned', 60_000).subscribe()
    await reached(() => server.counts.upgrades === 1, 'the line is asked for')
    asked.unsubscribe()
    isSilent = false
    expect(await ask(server, 'second')).toEqual({ completed: 'second' })
    expect(server.counts).toEqual({ posts: 1, upgrades: 2, asked: 1 })
  })

  describe('fails', () => {
    const cases: readonly [what: string, reason: string, answers: RawLineAnswers][] = [
      ['what is not JSON', 'reply_malformed', { answer: socket => socket.write(netstringOf('not JSON')) }],
      ['the rid of another request', 'reply_malformed', { answer: socket => socket.write(result('other', 'stolen')) }],
      ['an error', 'reply_is_error', { answer: (socket, rid) => socket.write(netstringOf(`["${rid}","ERR_X",null]`)) }],
      [
        'an error without a rid',
        'reply_is_error',
        { answer: socket => socket.write(netstringOf('[null,"ERR_X",null]')) },
      ],
      ['what is no netstring', 'reply_malformed', { answer: socket => socket.write('HTTP/1.1 200 OK\r\n\r\n') }],
      [
        'two replies at once',
        'reply_malformed',
        { answer: (socket, rid) => socket.write(String(result(rid, 'x')).repeat(2)) },
      ],
      [
        'a length beyond the limit',
        'reply_too_large',
        { answer: socket => socket.write(`${limits.messageBytesMax + 1}:`) },
      ],
      ['half a reply, and the end,', 'connection_failed', { answer: socket => socket.end('100:half') }],
      ['half a reply', 'timed_out', { answer: socket => socket.write('100:half') }],
      ['nothing', 'timed_out', { answer: () => undefined }],
      ['no answer to an upgrade', 'timed_out', { open: () => undefined, answer: echo }],
      ['the end in place of a line', 'connection_failed', { open: socket => socket.destroy(), answer: echo }],
      [
        'what is not HTTP in place of a line',
        'reply_malformed',
        { open: socket => socket.end('SSH-2.0-X\r\n\r\n'), answer: echo },
      ],
      [
        'another protocol in place of a line',
        'reply_malformed',
        { open: socket => socket.write(lineOpening.replace(lineProtocol, 'websocket')), answer: echo },
      ],
      [
        'a reply right behind the opening',
        'reply_malformed',
        { open: socket => socket.write(lineOpening + String(netstringOf('[null,"ERR_X",null]'))), answer: echo },
      ],
    ]
    test.each(cases)('with %s: %s', async (_what, reason, answers) => {
      const server = await offered(answers)
      expect(await ask(server, 'second', caller, 500)).toBe(reason)
      expect(server.counts.upgrades).toBe(1)
      expect(server.counts.asked).toBeLessThanOrEqual(1)
      const honest = await create()
      honest.requests$.subscribe(incoming => incoming.reply(incoming.payload))
      expect(await firstValueFrom(caller.request(honest.address, 'still works', 5_000))).toBe('still works')
    })
  })

  test('a reply that trickles in is given up at the deadline, however often a byte comes', async () => {
    let trickle: NodeJS.Timeout | undefined
    const server = await offered({
      answer: socket => {
        socket.write('100000:')
        trickle = setInterval(() => socket.write('x'), 10)
      },
    })
    expect(await ask(server, 'second').finally(() => clearInterval(trickle))).toBe('timed_out')
  })

  test('a reply sent ahead, before the next request, is not taken for its reply', async () => {
    const server = await offered({
      answer: (socket, rid, payload) => {
        echo(socket, rid, payload)
        setTimeout(() => socket.write(result(rid, 'ahead')), 20)
      },
    })
    expect(await ask(server, 'second')).toEqual({ completed: 'second' })
    await reached(() => server.connections() === 1, 'the line ends')
    expect(await ask(server, 'third')).toEqual({ completed: 'third' })
    expect(server.counts.upgrades).toBe(2)
  })

  test('replies being read hold a bounded number of bytes together', async () => {
    const poor = await create({ readingBytesMax: 100_000 })
    const server = await offered({ answer: (socket, rid) => socket.write(result(rid, 'x'.repeat(150_000))) }, poor)
    expect(await ask(server, 'second', poor)).toBe('connection_failed')
    expect(await ask(server, 'third', poor)).toBe('connection_failed')
  })

  test('replies that have been read hold no bytes any more, whatever became of them', async () => {
    const poor = await create({ readingBytesMax: 100_000 })
    const half = `70000:${'x'.repeat(60_000)}`
    const server = await offered(
      {
        answer: (socket, rid, payload) => {
          if (payload === 'whole') echo(socket, rid, 'x'.repeat(60_000))
          else if (payload === 'broken') socket.end(half)
          else socket.write(half)
        },
      },
      poor,
    )
    for (const payload of ['whole', 'silent', 'whole', 'broken', 'whole', 'whole']) {
      const outcome = await ask(server, payload, poor, 500)
      if (payload === 'whole') expect(outcome).toEqual({ completed: 'x'.repeat(60_000) })
      else expect(outcome).toBe(payload === 'broken' ? 'connection_failed' : 'timed_out')
    }
  })
})
