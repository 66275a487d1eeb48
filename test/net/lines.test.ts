/** Lines: what holds for a request over HTTP holds for one over a line, and who offers none is asked for none. */
import type { Socket } from 'node:net'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { createGrenacheTransport, requestKey } from '../../src/net/grenache/grenache-transport.ts'
import { lineProtocol } from '../../src/net/grenache/line.ts'
import { netstringOf } from '../../src/net/grenache/netstring.ts'
import type { Transport } from '../../src/net/transport.ts'
import { reached, reasonOf } from './conditions.ts'
import {
  lineOpening,
  rawConnection,
  type RawConnection,
  rawLine,
  type RawLine,
  rawLineServer,
  type RawLineAnswers,
  type RawLineServer,
  rawPost,
} from './raw-http.ts'

type Shorter = NonNullable<Parameters<typeof createGrenacheTransport>[0]['limits']>

const request = (rid: unknown, payload: unknown, key = requestKey('main')): string =>
  JSON.stringify([rid, key, payload])

describe('the server, on a line,', () => {
  let server: Transport
  let heard: string[]
  const connections: RawConnection[] = []

  async function serve(shorter: Shorter): Promise<void> {
    server = await createGrenacheTransport({ grapes: [], limits: shorter })
    heard = []
    server.requests$.subscribe(incoming => {
      heard.push(incoming.payload)
      if (incoming.payload === 'throw') throw new Error('thrown by a subscriber')
      if (incoming.payload === 'twice') incoming.reply('first')
      if (!incoming.payload.startsWith('unanswered')) incoming.reply(incoming.payload)
    })
  }

  /** Restarts the server with limits under which the test of a deadline is short. */
  async function serveWith(shorter: Shorter): Promise<void> {
    await lastValueFrom(server.close())
    await serve(shorter)
  }

  async function line(): Promise<RawLine> {
    const opened = await rawLine(server.address)
    connections.push(opened)
    return opened
  }

  function connection(): RawConnection {
    const opened = rawConnection(server.address)
    connections.push(opened)
    return opened
  }

  function count(name: string): number {
    return server.health().counters[name] ?? Number.NaN
  }

  /** What has come back over a line, netstring by netstring. */
  function answers({ received }: RawLine): unknown[] {
    return [...received().matchAll(/\d+:(\[.*?\]),(?=\d|$)/gs)].map(([, text]): unknown => JSON.parse(text ?? ''))
  }

  const refused = (rid: string | null, name: string): unknown[] => [
    rid,
    expect.stringMatching(`^ERR_${name.toUpperCase()}: `),
    null,
  ]

  beforeEach(() => serve({}))

  afterEach(async () => {
    for (const { socket } of connections.splice(0)) socket.destroy()
    const stillServed = await rawPost(server.address, { body: request('rid', 'still served') })
    expect(JSON.parse(stillServed.body)).toEqual(['rid', null, 'still served'])
    await lastValueFrom(server.close())
  })

  test('answers one request after another', async () => {
    const it = await line()
    for (const payload of ['one', 'two "quoted" 💶', 'x'.repeat(300_000)]) {
      it.send(request(payload.slice(0, 3), payload))
      await reached(() => answers(it).length === heard.length && heard.at(-1) === payload, 'it is answered')
      expect(answers(it).at(-1)).toEqual([payload.slice(0, 3), null, payload])
    }
    expect(it.isClosed()).toBe(false)
  })

  test('reads a request that comes byte by byte like any other', async () => {
    const it = await line()
    for (const byte of Buffer.from(netstringOf(request('rid', 'slow')))) it.socket.write(Buffer.from([byte]))
    await reached(() => answers(it).length === 1, 'it is answered')
    expect(heard).toEqual(['slow'])
  })

  test.each([
    ['what is not JSON', null, 'request_unparsable', 'not JSON'],
    ['nothing', null, 'request_unparsable', ''],
    ['an object', null, 'request_malformed', '{}'],
    ['a foreign key', 'rid', 'request_key_unknown', request('rid', 'payload', 'somebody:else')],
    ['a payload that is a list', 'rid', 'request_payload_not_text', request('rid', ['payload'])],
  ])('refuses %s by name, and goes on', async (_what, rid, refusal, body) => {
    const it = await line()
    it.send(body)
    await reached(() => answers(it).length === 1, 'it is answered')
    expect(answers(it)).toEqual([refused(rid, refusal)])
    expect([count(refusal), heard]).toEqual([1, []])
    it.send(request('rid', 'next'))
    await reached(() => answers(it).length === 2, 'the next is answered')
    expect(answers(it)[1]).toEqual(['rid', null, 'next'])
  })

  test('answers in place of a subscriber that throws', async () => {
    const it = await line()
    it.send(request('rid', 'throw'))
    await reached(() => answers(it).length === 1, 'it is answered')
    expect(answers(it)).toEqual([refused('rid', 'request_failed')])
  })

  test('answers in place of a subscriber that does not', async () => {
    await serveWith({ replyMsMax: 50 })
    const it = await line()
    it.send(request('rid', 'unanswered'))
    await reached(() => answers(it).length === 1, 'it is answered')
    expect(answers(it)).toEqual([refused('rid', 'request_unanswered')])
  })

  test('gives one answer, and counts the others', async () => {
    const it = await line()
    it.send(request('rid', 'twice'))
    await reached(() => count('reply_ignored') === 1, 'the second is counted')
    it.send(request('next', 'next'))
    await reached(() => answers(it).length === 2, 'the next is answered')
    expect(answers(it)).toEqual([
      ['rid', null, 'first'],
      ['next', null, 'next'],
    ])
  })

  test.each([
    ['what is no netstring', 'request_not_netstring', 'POST / HTTP/1.1\r\n\r\n'],
    ['a netstring without its comma', 'request_not_netstring', '2:[];'],
    ['a length beyond the limit, before the rest has come,', 'request_too_large', `${limits.messageBytesMax + 1}`],
  ])('tells who sends %s, and ends', async (_what, refusal, bytes) => {
    const it = await line()
    it.socket.write(bytes)
    await reached(it.isClosed, 'the line ends', limits.requestReadMsMax / 2)
    expect(answers(it)).toEqual([refused(null, refusal)])
    expect([count(refusal), heard]).toEqual([1, []])
  })

  test('who does not stop sending after that is cut off', async () => {
    const it = await line()
    it.socket.allowHalfOpen = true
    it.socket.write('no netstring')
    const pour = setInterval(() => it.socket.write('x'), 5)
    await reached(it.isClosed, 'the line ends', limits.requestReadMsMax / 2).finally(() => clearInterval(pour))
    expect([count('request_not_netstring'), count('request_pipelined')]).toEqual([1, 0])
  })

  test('who sends no more is answered no more', async () => {
    const it = await line()
    it.socket.end()
    await reached(it.isClosed, 'the line ends', limits.requestReadMsMax / 2)
  })

  test.each([
    ['in the middle', '100:half'],
    ['before the colon', '100'],
  ])('a request that stops %s is cut off after the deadline', async (_where, half) => {
    await serveWith({ requestReadMsMax: 200 })
    const it = await line()
    it.socket.write(half)
    await reached(it.isClosed, 'the line ends', 2_000)
    expect(answers(it)).toEqual([refused(null, 'request_cut_off')])
    expect(count('request_cut_off')).toBe(1)
  })

  test('a request that trickles in is cut off after the deadline, however often a byte comes', async () => {
    await serveWith({ requestReadMsMax: 200 })
    const it = await line()
    it.socket.write('100000:')
    const trickle = setInterval(() => it.socket.write('x'), 10)
    await reached(it.isClosed, 'the line ends', 2_000).finally(() => clearInterval(trickle))
    expect(count('request_cut_off')).toBe(1)
  })

  test('the deadline is one for each request', async () => {
    await serveWith({ requestReadMsMax: 400 })
    const it = await line()
    for (const rid of ['a', 'b', 'c', 'd']) {
      const text = String(netstringOf(request(rid, rid)))
      it.socket.write(text.slice(0, 10))
      await new Promise(resolve => setTimeout(resolve, 150))
      it.socket.write(text.slice(10))
      await reached(() => heard.includes(rid), 'it arrives')
    }
    expect(count('request_cut_off')).toBe(0)
  })

  test('a sender that vanishes in the middle of a request is counted and forgotten', async () => {
    const it = await line()
    it.socket.write('100:half', () => it.socket.resetAndDestroy())
    await reached(() => count('request_cut_off') === 1, 'it is counted')
  })

  test('a sender that vanishes before the answer does no harm', async () => {
    const it = await line()
    it.send(request('rid', 'unanswered'))
    await reached(() => heard.length === 1, 'it arrives')
    it.socket.resetAndDestroy()
    await reached(it.isClosed, 'it is gone')
    expect(count('request_cut_off')).toBe(0)
  })

  test('what a vanished sender had asked holds no bytes any more', async () => {
    await serveWith({ readingBytesMax: 100_000 })
    const it = await line()
    it.send(request('rid', `unanswered${'x'.repeat(60_000)}`))
    await reached(() => heard.length === 1, 'it arrives')
    it.socket.resetAndDestroy()
    const isRoom = async (): Promise<boolean> => {
      const next = await line()
      next.send(request('rid', 'x'.repeat(60_000)))
      await reached(() => answers(next).length === 1, 'it is answered')
      return (answers(next)[0] as unknown[])[1] === null
    }
    await reached(isRoom, 'there is room', limits.replyMsMax / 2)
  })

  test('a second request before the answer to the first ends the line', async () => {
    const it = await line()
    it.send(request('rid', 'unanswered'))
    await reached(() => heard.length === 1, 'it arrives')
    it.send(request('rid', 'next'))
    await reached(it.isClosed, 'the line ends')
    expect([count('request_pipelined'), count('request_cut_off'), heard.length]).toEqual([1, 0, 1])
  })

  test('two requests in one piece end the line, and neither is heard', async () => {
    const it = await line()
    it.socket.write(String(netstringOf(request('rid', 'one'))).repeat(2))
    await reached(it.isClosed, 'the line ends')
    expect([count('request_pipelined'), count('request_cut_off'), heard]).toEqual([1, 0, []])
  })

  test('a request right behind the one for the line is served', async () => {
    const { socket, received } = connection()
    const opening = `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${lineProtocol}\r\n\r\n`
    socket.write(opening + String(netstringOf(request('rid', 'early'))))
    await reached(() => received().endsWith(String(netstringOf('["rid",null,"early"]'))), 'it is answered')
  })

  test('a line that is asked for before an answer over HTTP ends the connection', async () => {
    const { socket, isClosed } = connection()
    const body = request('rid', 'unanswered')
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await reached(() => heard.length === 1, 'it arrives')
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${lineProtocol}\r\n\r\n`)
    await reached(isClosed, 'the connection ends')
    expect(count('request_pipelined')).toBe(1)
  })

  test.each([
    ['another protocol', 400, 'request_upgrade_unknown', 'Upgrade: websocket'],
    ['a line for a web page', 403, 'request_from_browser', `Upgrade: ${lineProtocol}\r\nOrigin: http://evil.example`],
  ])('refuses %s', async (_what, status, refusal, headers) => {
    const { socket, received, isClosed } = connection()
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n${headers}\r\n\r\n`)
    await reached(isClosed, 'the connection ends')
    expect(received()).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(JSON.parse(received().split('\r\n\r\n')[1] ?? '')).toEqual(refused(null, refusal))
    expect(count(refusal)).toBe(1)
  })

  test.each(['POST', 'GET'])(
    'refuses an upgrade of %s that is no line, also of a sender that vanishes',
    async method => {
      const { socket, received, isClosed } = connection()
      const upgrade = `${method} / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`
      socket.write(upgrade)
      await reached(isClosed, 'the connection ends')
      expect(received()).toMatch(/^HTTP\/1.1 400 /)
      const vanishing = connection()
      vanishing.socket.write(upgrade, () => vanishing.socket.resetAndDestroy())
      await reached(() => count('request_upgrade_unknown') === 2, 'it is counted')
    },
  )

  test('who reads no answers and wants another protocol is not kept', async () => {
    const body = request('rid', 'x'.repeat(1_000_000))
    const post = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    // How many answers the system takes before some of one stays with the server differs: the first of these numbers that is enough counts.
    for (let posts = 1; posts <= 10; posts += 1) {
      const { socket } = connection()
      socket.pause()
      for (let asked = heard.length + 1, last = heard.length + posts; asked <= last; asked += 1) {
        socket.write(post)
        await reached(() => heard.length === asked, 'it arrives', 200).catch(() => undefined)
      }
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n')
    }
    await reached(() => count('request_upgrade_unknown') > 0, 'some are refused')
    const start = performance.now()
    await lastValueFrom(server.close())
    expect(performance.now() - start).toBeLessThan(1_000)
    await serve({})
  })

  test('a line that is asked for while the server closes is not opened', async () => {
    const { socket, received, isClosed } = connection()
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n')
    await new Promise(resolve => setTimeout(resolve, 20))
    const closing = lastValueFrom(server.close())
    socket.write(`Upgrade: ${lineProtocol}\r\n\r\n`)
    await closing
    await reached(isClosed, 'the connection ends', 1_000)
    expect(received()).not.toContain('101')
    await serve({})
  })

  test('the server closes however much is being asked', async () => {
    for (const delayMs of [0, 1, 2, 3, 4, 5]) {
      const caller = await createGrenacheTransport({ grapes: [] })
      const { address } = server
      const ask = () => reasonOf(caller.request(address, 'x', 1_000))
      expect(await ask()).toEqual({ completed: 'x' })
      const burst = Array.from({ length: 10 }, ask)
      await new Promise(resolve => setTimeout(resolve, delayMs))
      const asking = setInterval(() => void ask(), 20)
      const start = performance.now()
      await lastValueFrom(server.close()).finally(() => clearInterval(asking))
      expect(performance.now() - start).toBeLessThan(1_000)
      await Promise.all(burst)
      await lastValueFrom(caller.close())
      await serve({})
    }
  })

  test('requests being read hold a bounded number of bytes together, over lines and HTTP', async () => {
    await serveWith({ readingBytesMax: 200_000 })
    const [first, second, third] = [await line(), await line(), connection()]
    for (const { socket } of [first, second]) socket.write('90000:' + 'x'.repeat(80_000))
    third.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n' + 'x'.repeat(80_000))
    await reached(() => count('requests_over_limit') >= 1, 'one of them is refused')
    for (const { socket } of [first, second, third]) socket.destroy()
    await reached(() => [first, second, third].every(one => one.isClosed()), 'they end')
    const it = await line()
    it.send(request('rid', 'x'.repeat(150_000)))
    await reached(() => answers(it).length === 1, 'there is room again')
  })

  test('a line on which nothing is asked ends', async () => {
    await serveWith({ servedConnectionIdleMsMax: 100 })
    const it = await line()
    await reached(it.isClosed, 'the line ends', 2_000)
  })

  test('a line on which an answer is awaited does not end with that', async () => {
    await serveWith({ servedConnectionIdleMsMax: 50, replyMsMax: 400 })
    const it = await line()
    it.send(request('rid', 'unanswered'))
    await reached(() => answers(it).length === 1, 'it is answered in the end')
    expect(answers(it)).toEqual([refused('rid', 'request_unanswered')])
    await reached(it.isClosed, 'then it ends', 2_000)
  })

  test('who asks on and does not read its answers is cut off', async () => {
    const it = await line()
    it.socket.pause()
    let asked = 0
    const ask = setInterval(() => {
      if (heard.length === asked) it.send(request('rid', `${asked++}${'x'.repeat(1_000_000)}`))
    }, 5)
    await reached(() => count('request_pipelined') === 1, 'the line ends').finally(() => clearInterval(ask))
  })

  test('closing answers what is open, and ends all lines', async () => {
    const [waiting, halfSent, silent] = [await line(), await line(), await line()]
    waiting.send(request('rid', 'unanswered'))
    halfSent.socket.write('100:half')
    await reached(() => heard.length === 1, 'the first arrives')
    const start = performance.now()
    await lastValueFrom(server.close())
    expect(performance.now() - start).toBeLessThan(limits.requestReadMsMax / 2)
    await reached(() => [waiting, halfSent, silent].every(one => one.isClosed()), 'all lines end')
    expect(answers(waiting)).toEqual([refused('rid', 'transport_closed')])
    await serve({})
  })
})

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
