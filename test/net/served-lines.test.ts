/** What the server does on lines, with honest callers and with others: what holds for a request over HTTP holds for one over a line. */
import { lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { createGrenacheTransport, requestKey } from '../../src/net/grenache/grenache-transport.ts'
import { lineProtocol } from '../../src/net/grenache/line.ts'
import { netstringOf } from '../../src/net/grenache/netstring.ts'
import type { Transport } from '../../src/net/transport.ts'
import { isReached, reached, reasonOf } from './conditions.ts'
import { rawConnection, type RawConnection, rawLine, type RawLine, rawPost } from './raw-http.ts'

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
        if (!(await isReached(() => heard.length === asked, 200))) break
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
    // What has been sent later has been answered, so this half has arrived.
    await rawPost(server.address, { body: request('rid', 'later') })
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
