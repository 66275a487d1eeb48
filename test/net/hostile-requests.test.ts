/** What the server does with requests that no honest client sends: a named refusal, a counter, and everybody else is served as before. */
import { gzipSync } from 'node:zlib'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGrenacheTransport, requestKey } from '../../src/net/grenache/grenache-transport.ts'
import type { Transport } from '../../src/net/transport.ts'
import { limits } from '../../src/limits.ts'
import { reached } from './conditions.ts'
import { rawConnection, type RawConnection, rawPost } from './raw-http.ts'

const key = requestKey('main')
const request = (rid: unknown, payload: unknown, ofKey: unknown = key): string => JSON.stringify([rid, ofKey, payload])

describe('the server, given hostile requests,', () => {
  let server: Transport
  let caller: Transport
  let heard: string[]
  const connections: RawConnection[] = []

  async function serve(shorter: NonNullable<Parameters<typeof createGrenacheTransport>[0]['limits']>): Promise<void> {
    server = await createGrenacheTransport({ grapes: [], limits: shorter })
    heard = []
    server.requests$.subscribe(incoming => {
      heard.push(incoming.payload)
      if (incoming.payload !== 'unanswered') incoming.reply(incoming.payload)
    })
  }

  function connection(): RawConnection {
    const opened = rawConnection(server.address)
    connections.push(opened)
    return opened
  }

  function count(name: string): number {
    return server.health().counters[name] ?? Number.NaN
  }

  beforeEach(async () => {
    await serve({})
    caller = await createGrenacheTransport({ grapes: [] })
  })

  afterEach(async () => {
    for (const { socket } of connections.splice(0)) socket.destroy()
    const stillServed = await firstValueFrom(caller.request(server.address, 'still served', 5_000))
    expect(stillServed).toBe('still served')
    await Promise.all([server, caller].map(transport => lastValueFrom(transport.close())))
  })

  /** Restarts the server with limits under which the test of a deadline is short. */
  async function serveWith(shorter: Parameters<typeof serve>[0]): Promise<void> {
    await lastValueFrom(server.close())
    await serve(shorter)
  }

  describe('refuses with an answer', () => {
    const gzipped = gzipSync(Buffer.alloc(64 * limits.messageBytesMax))
    test.each([
      ['a body that is not JSON', 400, 'request_unparsable', { body: 'not JSON' }],
      ['an empty body', 400, 'request_unparsable', { body: '' }],
      ['a body that is not UTF-8', 400, 'request_unparsable', { body: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]) }],
      ['a gzip bomb', 415, 'request_compressed', { body: gzipped, headers: { 'grc-compress': 'gzip' } }],
      ['a content encoding', 415, 'request_compressed', { body: gzipped, headers: { 'content-encoding': 'gzip' } }],
      ['null', 400, 'request_malformed', { body: 'null' }],
      ['a number', 400, 'request_malformed', { body: '7' }],
      ['a text', 400, 'request_malformed', { body: '"rid"' }],
      ['an object', 400, 'request_malformed', { body: `{"0":"rid","1":"${key}","2":"payload"}` }],
      ['an empty array', 400, 'request_malformed', { body: '[]' }],
      ['a rid that is a number', 400, 'request_malformed', { body: request(7, 'payload') }],
      ['a rid that is an array', 400, 'request_malformed', { body: request(['rid'], 'payload') }],
      ['a rid without end', 400, 'request_malformed', { body: request('r'.repeat(10_000), 'payload') }],
      ['a deep nest of arrays', 400, 'request_malformed', { body: '['.repeat(10_000) + ']'.repeat(10_000) }],
      ['a method other than POST', 405, 'request_method_wrong', { method: 'PUT', body: request('rid', 'payload') }],
      [
        'the post of a web page',
        403,
        'request_from_browser',
        { body: request('rid', 'payload'), headers: { origin: 'http://evil.example' } },
      ],
      [
        'the post of a sandboxed page',
        403,
        'request_from_browser',
        { body: request('rid', 'payload'), headers: { origin: 'null' } },
      ],
      [
        'a fetch of a browser',
        403,
        'request_from_browser',
        { body: request('rid', 'payload'), headers: { 'sec-fetch-site': 'same-site' } },
      ],
    ] as const)('%s', async (_what, status, refusal, post) => {
      const answer = await rawPost(server.address, post)
      expect(answer.status).toBe(status)
      expect(JSON.parse(answer.body)).toEqual([null, expect.stringMatching(`^ERR_${refusal.toUpperCase()}: `), null])
      expect(count(refusal)).toBe(1)
      expect(heard).toEqual([])
    })

    test.each([
      ['a foreign key', 'request_key_unknown', request('rid', 'payload', 'somebody:else')],
      ['the key of another network', 'request_key_unknown', request('rid', 'payload', requestKey('other'))],
      ['a key that is not a text', 'request_malformed', request('rid', 'payload', { key })],
      ['a missing payload', 'request_malformed', JSON.stringify(['rid', key])],
      ['an element too many', 'request_malformed', JSON.stringify(['rid', key, 'payload', 'more'])],
      ['a payload that is a list', 'request_payload_not_text', request('rid', [{ toString: 'payload' }])],
      ['an object, and one more', 'request_malformed', JSON.stringify(['rid', key, { toString: 'payload' }, 1])],
      ['a payload that is null', 'request_payload_not_text', request('rid', null)],
    ] as const)('that names the request: %s', async (_what, refusal, body) => {
      const answer = await rawPost(server.address, { body })
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.body)).toEqual(['rid', expect.stringMatching(`^ERR_${refusal.toUpperCase()}: `), null])
      expect(count(refusal)).toBe(1)
      expect(heard).toEqual([])
    })
  })

  test('headers override neither the rid nor the key of the body', async () => {
    const foreign = { body: request('rid', 'payload', 'foreign'), headers: { _gr: JSON.stringify(['other rid', key]) } }
    const refused: unknown = JSON.parse((await rawPost(server.address, foreign)).body)
    expect(refused).toEqual(['rid', expect.stringContaining('ERR_REQUEST_KEY_UNKNOWN'), null])
    const own = {
      body: request('rid', 'payload'),
      headers: { _gr: JSON.stringify(['other rid', 'foreign']), _ar: '{' },
    }
    expect(JSON.parse((await rawPost(server.address, own)).body)).toEqual(['rid', null, 'payload'])
    expect(count('request_key_unknown')).toBe(1)
  })

  test('a header that stock Grenache stumbles over is ignored', async () => {
    const answer = await rawPost(server.address, { body: request('rid', 'payload'), headers: { _gr: '{', _a: 'x' } })
    expect(JSON.parse(answer.body)).toEqual(['rid', null, 'payload'])
  })

  test('a body that announces too many bytes is refused before it is read', async () => {
    const { socket, received, isClosed } = connection()
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${limits.messageBytesMax + 1}\r\n\r\n`)
    await reached(isClosed, 'the connection ends', limits.requestReadMsMax / 2)
    expect(received()).toMatch(/^HTTP\/1.1 413 /)
    expect(count('request_too_large')).toBe(1)
  })

  test('a body that announces nothing and never ends is cut off at the limit', async () => {
    const { socket, isClosed } = connection()
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    for (let sent = 0; sent <= limits.messageBytesMax; sent += 0x10000) socket.write(chunk)
    await reached(isClosed, 'the connection ends')
    expect(count('request_too_large')).toBe(1)
  })

  test('a body in chunks of one byte is read like any other', async () => {
    const { socket, received } = connection()
    const chunks = request('rid', 'x'.repeat(5_000)).replaceAll(/./g, '1\r\n$&\r\n')
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`)
    await reached(() => received().startsWith('HTTP/1.1 200 '), 'it is answered')
    expect(heard).toEqual(['x'.repeat(5_000)])
  })

  test('a half-sent body is cut off after the deadline', async () => {
    await serveWith({ requestReadMsMax: 200 })
    const { socket, isClosed } = connection()
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
    await reached(isClosed, 'the connection ends', 2_000)
    expect(count('request_cut_off')).toBe(1)
  })

  test('a body that trickles in is cut off after the deadline, however often a byte comes', async () => {
    await serveWith({ requestReadMsMax: 200 })
    const { socket, isClosed } = connection()
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n')
    const trickle = setInterval(() => socket.write('x'), 10)
    await reached(isClosed, 'the connection ends', 2_000).finally(() => clearInterval(trickle))
    expect(count('request_cut_off')).toBe(1)
  })

  test('half-sent headers are cut off after the deadline', async () => {
    await serveWith({ requestReadMsMax: 200 })
    const { socket, isClosed, received } = connection()
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nX-Half: ')
    await reached(isClosed, 'the connection ends', 2_000)
    expect(received()).toMatch(/^HTTP\/1.1 408 /)
    expect(count('request_cut_off')).toBe(1)
  })

  test('a connection that says nothing is ended after the deadline', async () => {
    await serveWith({ requestReadMsMax: 200 })
    await reached(connection().isClosed, 'the connection ends', 2_000)
  })

  test('a sender that vanishes in the middle of a body is forgotten', async () => {
    const { socket } = connection()
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', () => socket.resetAndDestroy())
    await reached(() => count('request_cut_off') === 1, 'it is counted')
  })

  test('a sender that vanishes before the answer does no harm', async () => {
    const { socket } = connection()
    const body = request('rid', 'unanswered')
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await reached(() => heard.length === 1, 'it arrives')
    socket.resetAndDestroy()
  })

  test('what is not HTTP is answered and the connection ended', async () => {
    const { socket, received, isClosed } = connection()
    socket.write('\x16\x03\x01 this is TLS, more or less\r\n\r\n')
    await reached(isClosed, 'the connection ends')
    expect(received()).toMatch(/^HTTP\/1.1 400 /)
    expect(count('request_not_http')).toBe(1)
  })

  test('a length and chunks at once, as smugglers send them, are not HTTP', async () => {
    const { socket, isClosed } = connection()
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
    await reached(isClosed, 'the connection ends')
    expect(count('request_not_http')).toBe(1)
  })

  test('headers without end are refused', async () => {
    const { socket, received, isClosed } = connection()
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(limits.headersBytesMax)}\r\n\r\n`)
    await reached(isClosed, 'the connection ends')
    expect(received()).toMatch(/^HTTP\/1.1 431 /)
    expect(count('request_headers_too_large')).toBe(1)
  })

  test('a second request before the answer to the first ends the connection', async () => {
    const { socket, isClosed } = connection()
    const body = request('rid', 'unanswered')
    const text = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    socket.write(text.repeat(50))
    await reached(isClosed, 'the connection ends')
    expect(count('request_pipelined')).toBe(1)
    expect(heard.length).toBeLessThanOrEqual(1)
  })

  test('connections beyond the limit are dropped, and there is room again when others end', async () => {
    await serveWith({ connectionsMax: 3 })
    const idle = [connection(), connection(), connection()]
    await Promise.all(idle.map(({ socket }) => new Promise(resolve => socket.once('connect', resolve))))
    const beyond = connection()
    await reached(beyond.isClosed, 'the fourth is dropped')
    expect(count('connections_over_limit')).toBe(1)
    for (const { socket } of idle) socket.destroy()
    await reached(() => idle.every(one => one.isClosed()), 'the others end')
    await reached(
      () =>
        rawPost(server.address, { body: request('rid', 'x') }).then(
          () => true,
          () => false,
        ),
      'there is room',
    )
  })

  test('bodies being read hold a bounded number of bytes together', async () => {
    await serveWith({ readingBytesMax: 200_000 })
    const halfSent = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n' + 'x'.repeat(80_000)
    const [first, second] = [connection(), connection()]
    first.socket.write(halfSent)
    second.socket.write(halfSent)
    await reached(() => count('requests_over_limit') === 1, 'one of them is refused')
    await reached(() => [first, second].some(one => one.received().startsWith('HTTP/1.1 503 ')), 'it is told so')
  })

  test('closing answers what is open and cuts off what is half sent', async () => {
    const [waiting, halfSent, halfHeaders, silent] = [connection(), connection(), connection(), connection()]
    halfHeaders.socket.write('POST / HTTP/1.1\r\nX-Half: ')
    await new Promise(resolve => silent.socket.once('connect', resolve))
    const body = request('rid', 'unanswered')
    waiting.socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    halfSent.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
    await reached(() => heard.length === 1, 'the first arrives')
    const start = performance.now()
    await lastValueFrom(server.close())
    expect(performance.now() - start).toBeLessThan(limits.requestReadMsMax / 2)
    await reached(() => [waiting, halfSent, halfHeaders, silent].every(one => one.isClosed()), 'all connections end')
    expect(waiting.received()).toContain('["rid","ERR_TRANSPORT_CLOSED: this peer is leaving",null]')
    await serve({})
  })
})
