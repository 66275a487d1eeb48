/** What the client does with answers that no honest server gives: exactly one failure with its reason, in time, and the next request works. */
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Socket } from 'node:net'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { createGrenacheTransport } from '../../src/net/grenache/grenache-transport.ts'
import { type Transport, TransportError, type TransportFailure } from '../../src/net/transport.ts'
import { reached, reasonOf } from './conditions.ts'
import { httpAnswer, rawServer, type RawServer } from './raw-http.ts'

const quickBrotli = (bytes: Buffer): Buffer =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })

const counterOf: Partial<Record<TransportFailure, string>> = {
  reply_malformed: 'received_reply_malformed',
  reply_too_large: 'received_reply_too_large',
  reply_is_error: 'received_reply_is_error',
}

describe('the client, given hostile replies,', () => {
  let caller: Transport
  let honest: Transport
  const servers: RawServer[] = []

  async function hostile(answer: (socket: Socket, rid: string) => void): Promise<RawServer> {
    const server = await rawServer(answer)
    servers.push(server)
    return server
  }

  beforeEach(async () => {
    caller = await createGrenacheTransport({ grapes: [] })
    honest = await createGrenacheTransport({ grapes: [] })
    honest.requests$.subscribe(request => request.reply(request.payload))
  })

  afterEach(async () => {
    expect(await firstValueFrom(caller.request(honest.address, 'still works', 5_000))).toBe('still works')
    await Promise.all([caller, honest].map(transport => lastValueFrom(transport.close())))
    await Promise.all(servers.splice(0).map(server => server.close()))
  })

  async function expectFailure(reason: TransportFailure, answer: (socket: Socket, rid: string) => void): Promise<void> {
    const server = await hostile(answer)
    expect(await reasonOf(caller.request(server.address, 'hello', 1_000))).toBe(reason)
    const counter = counterOf[reason]
    if (counter !== undefined) expect(caller.health().counters[counter]).toBe(1)
    expect(server.requests()).toBe(1)
  }

  describe('fails with reply_malformed for', () => {
    test.each([
      ['what is not JSON', () => 'not JSON'],
      ['nothing', () => ''],
      ['null', () => 'null'],
      ['false', () => 'false'],
      ['a number', () => '7'],
      ['a text', (rid: string) => JSON.stringify(rid)],
      ['an object', (rid: string) => JSON.stringify({ 0: rid, 1: null, 2: 'result', length: 3 })],
      ['an empty array', () => '[]'],
      ['an array without a result', (rid: string) => JSON.stringify([rid, null])],
      ['an array with too much', (rid: string) => JSON.stringify([rid, null, 'result', 'more'])],
      ['a null rid', () => '[null,null,"result"]'],
      ['the rid of another request', () => JSON.stringify(['00000000-0000-4000-8000-000000000000', null, 'result'])],
      ['a rid that is an object', (rid: string) => JSON.stringify([{ rid }, null, 'result'])],
      ['an error for another request', () => '["other","ERR_X",null]'],
      ['an error that is an object', (rid: string) => JSON.stringify([rid, { message: 'ERR_X' }, null])],
      ['an error that is empty', (rid: string) => JSON.stringify([rid, '', 'result'])],
      ['a result that is a list', (rid: string) => JSON.stringify([rid, null, [{ then: 'result' }]])],
      ['a result that is an object, and one more', (rid: string) => JSON.stringify([rid, null, { then: 'result' }, 1])],
      ['a result that is null', (rid: string) => JSON.stringify([rid, null, null])],
      ['a deep nest of arrays', () => '['.repeat(100_000) + ']'.repeat(100_000)],
    ] as const)('%s', async (_what, body) => {
      await expectFailure('reply_malformed', (socket, rid) => socket.write(httpAnswer(200, body(rid))))
    })

    test('a result with the HTTP status of an error', async () => {
      await expectFailure('reply_malformed', (socket, rid) => {
        socket.write(httpAnswer(500, JSON.stringify([rid, null, 'result'])))
      })
    })

    test('what is not UTF-8', async () => {
      await expectFailure('reply_malformed', socket => {
        socket.write('HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\n')
        socket.write(Buffer.from([0x22, 0xff, 0x22]))
      })
    })

    test('what is not HTTP', async () => {
      await expectFailure('reply_malformed', socket => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n\r\n'))
    })

    test('headers without end', async () => {
      await expectFailure('reply_malformed', (socket, rid) => {
        const body = JSON.stringify([rid, null, 'result'])
        socket.write(httpAnswer(200, body, `X-Long: ${'x'.repeat(limits.headersBytesMax)}`))
      })
    })

    test.each([
      ['gzip', gzipSync],
      ['br', quickBrotli],
    ] as const)('a bomb of %s, which is not unpacked', async (encoding, compress) => {
      const bomb = compress(Buffer.alloc(64 * limits.messageBytesMax))
      await expectFailure('reply_malformed', socket => {
        socket.write(`HTTP/1.1 200 X\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${bomb.length}\r\n\r\n`)
        socket.write(bomb)
      })
    })

    test.each([301, 302, 303, 307, 308])('a redirect with status %i, which is not followed', async status => {
      const victim = await hostile((socket, rid) =>
        socket.write(httpAnswer(200, JSON.stringify([rid, null, 'stolen']))),
      )
      await expectFailure('reply_malformed', socket => socket.write(httpAnswer(status, '', `Location: ${victim.url}/`)))
      expect(victim.requests()).toBe(0)
    })
  })

  test('a reply that announces too many bytes fails before it is read', async () => {
    await expectFailure('reply_too_large', socket => {
      socket.write(`HTTP/1.1 200 X\r\nContent-Length: ${limits.messageBytesMax + 1}\r\n\r\n`)
    })
  })

  test('a reply that never ends is cut off at the limit', async () => {
    await expectFailure('reply_too_large', socket => {
      socket.write('HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n')
      const pour = (): void => {
        if (!socket.destroyed) socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`, pour)
      }
      pour()
    })
  })

  test('a reply that trickles in is given up at the deadline, however often a byte comes', async () => {
    let trickle: NodeJS.Timeout | undefined
    await expectFailure('timed_out', socket => {
      socket.write('HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n')
      trickle = setInterval(() => socket.write('x'), 10)
    }).finally(() => clearInterval(trickle))
  })

  test('a server that keeps saying "continue" is given up at the deadline', async () => {
    let saying: NodeJS.Timeout | undefined
    await expectFailure('timed_out', socket => {
      saying = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 10)
    }).finally(() => clearInterval(saying))
  })

  test('the deadline is the timeout that was asked for, not twice that', async () => {
    const server = await hostile(() => undefined)
    const start = performance.now()
    expect(await reasonOf(caller.request(server.address, 'hello', 300))).toBe('timed_out')
    expect(performance.now() - start).toBeGreaterThan(290)
    expect(performance.now() - start).toBeLessThan(600)
  })

  test('a server that hangs up without a word is a failed connection, and it is not asked again', async () => {
    await expectFailure('connection_failed', socket => socket.destroy())
  })

  test('a server that hangs up in the middle of its reply is a failed connection', async () => {
    await expectFailure('connection_failed', socket => {
      socket.end('HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf')
    })
  })

  test('a server that wants to speak another protocol is a failed connection', async () => {
    await expectFailure('connection_failed', socket => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    })
  })

  test('of two replies at once the first counts, and the second is not taken for the next request', async () => {
    const server = await hostile((socket, rid) => {
      const reply = (result: string): string => httpAnswer(200, JSON.stringify([rid, null, result]))
      socket.write(reply('first') + reply('second'))
    })
    expect(await firstValueFrom(caller.request(server.address, 'one', 1_000))).toBe('first')
    const next = await reasonOf(caller.request(server.address, 'two', 1_000))
    expect([{ completed: 'first' }, 'connection_failed', 'reply_malformed']).toContainEqual(next)
    expect(await firstValueFrom(caller.request(honest.address, 'three', 1_000))).toBe('three')
  })

  test('a reply sent ahead, before the next request, is not taken for its reply', async () => {
    const server = await hostile((socket, rid) => {
      socket.write(httpAnswer(200, JSON.stringify([rid, null, 'first'])), () => {
        setTimeout(() => socket.write(httpAnswer(200, JSON.stringify([rid, null, 'ahead']))), 20)
      })
    })
    expect(await firstValueFrom(caller.request(server.address, 'one', 1_000))).toBe('first')
    const results = new Set<unknown>()
    await reached(async () => {
      results.add(await reasonOf(caller.request(server.address, 'next', 1_000)))
      return results.size > 0
    }, 'the next request ends')
    expect([...results]).not.toContainEqual({ completed: 'ahead' })
  })

  test('the error of a server is quoted on one short line', async () => {
    const server = await hostile((socket, rid) => {
      socket.write(httpAnswer(200, JSON.stringify([rid, `ERR_X\n\u001b[31m${'x'.repeat(100_000)}`, null])))
    })
    const failure: unknown = await firstValueFrom(caller.request(server.address, 'hello', 1_000)).catch(
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(TransportError)
    expect(failure).toMatchObject({ reason: 'reply_is_error' })
    const { message } = failure as TransportError
    expect(message).toMatch(/^127\.0\.0\.1:\d+ answered with the error "ERR_X\\n\\u001b\[31mx+…$/)
    expect(message.length).toBeLessThan(200)
  })

  test('an error without a rid is an error all the same: the server could not read ours', async () => {
    await expectFailure('reply_is_error', socket =>
      socket.write(httpAnswer(400, '[null,"ERR_REQUEST_UNPARSABLE",null]')),
    )
  })

  test('an abandoned request gives back its place and its connection', async () => {
    const silent = await hostile(() => undefined)
    const narrow = await createGrenacheTransport({ grapes: [], limits: { requestsOpenMax: 1 } })
    const abandoned = narrow.request(silent.address, 'hello', 60_000).subscribe()
    await reached(() => silent.requests() === 1, 'it arrives')
    abandoned.unsubscribe()
    await reached(() => silent.connections() === 0, 'its connection ends')
    expect(await firstValueFrom(narrow.request(honest.address, 'next', 1_000))).toBe('next')
    await lastValueFrom(narrow.close())
  })

  test('closing ends the connections that were kept for the next request', async () => {
    const other = await hostile((socket, rid) => socket.write(httpAnswer(200, JSON.stringify([rid, null, 'result']))))
    const leaving = await createGrenacheTransport({ grapes: [] })
    expect(await firstValueFrom(leaving.request(other.address, 'hello', 1_000))).toBe('result')
    expect(other.connections()).toBe(1)
    await lastValueFrom(leaving.close())
    await reached(() => other.connections() === 0, 'the connection ends', limits.connectionIdleMsMax / 2)
  })

  test('many hostile servers at once delay no honest one', async () => {
    const silent = await hostile(() => undefined)
    const waiting = Array.from({ length: 200 }, () => reasonOf(caller.request(silent.address, 'hello', 1_000)))
    const start = performance.now()
    expect(await firstValueFrom(caller.request(honest.address, 'hello', 1_000))).toBe('hello')
    expect(performance.now() - start).toBeLessThan(900)
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['timed_out']))
  })
})
