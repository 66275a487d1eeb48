/** The Grenache transport keeps the contract over real sockets and grapes, and speaks with stock Grenache in both directions. */
import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import PeerRPCClient from 'grenache-nodejs-http/lib/PeerRPCClient.js'
import PeerRPCServer from 'grenache-nodejs-http/lib/PeerRPCServer.js'
import type TransportRPCServer from 'grenache-nodejs-http/lib/TransportRPCServer.js'
import type { Handler } from 'grenache-nodejs-http/lib/TransportRPCServer.js'
import Link from 'grenache-nodejs-link'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Grapes, startGrapes } from '../../src/net/grenache/grapes.ts'
import { createGrenacheTransport, requestKey } from '../../src/net/grenache/grenache-transport.ts'
import type { Address, Transport } from '../../src/net/transport.ts'
import { limits } from '../../src/limits.ts'
import { reached, reasonOf } from './conditions.ts'
import { rawPost } from './raw-http.ts'
import { transportContract } from './transport-contract.ts'
import { withLines } from './with-lines.ts'

let contractGrapes: Grapes | undefined

for (const [name, form] of [
  ['Grenache over 127.0.0.1', (transport: Transport) => transport],
  ['Grenache over lines', withLines],
] as const) {
  transportContract(name, {
    start: async () => {
      contractGrapes = await startGrapes()
    },
    stop: async () => contractGrapes?.stop(),
    create: async () => form(await createGrenacheTransport({ grapes: contractGrapes?.urls ?? [] })),
    advance: ms => new Promise(resolve => setTimeout(resolve, ms)),
    skipped: [],
  })
}

describe('the Grenache transport', () => {
  let grapes: Grapes
  const open: Transport[] = []

  async function create(options: Partial<Parameters<typeof createGrenacheTransport>[0]> = {}): Promise<Transport> {
    const transport = await createGrenacheTransport({ grapes: grapes.urls, ...options })
    open.push(transport)
    return transport
  }

  beforeAll(async () => {
    grapes = await startGrapes()
  })
  afterAll(() => grapes.stop())
  afterEach(async () => {
    await Promise.all(open.splice(0).map(transport => lastValueFrom(transport.close())))
  })

  test('knows the real port that it was given, and listens on its own host only', async () => {
    const transport = await create()
    const port = Number(transport.address.split(':')[1])
    expect(port).toBeGreaterThan(0)
    const neighbour = createServer().listen(port, '127.0.0.2')
    await new Promise((resolve, reject) => neighbour.once('listening', resolve).once('error', reject))
    await new Promise(resolve => neighbour.close(resolve))
  })

  test('says that a port is in use, and the process goes on', async () => {
    const { address } = await create()
    const port = Number(address.split(':')[1])
    await expect(create({ port })).rejects.toThrow(`cannot listen on ${address}: the port is in use`)
  })

  test('says that a host is not one of this machine', async () => {
    await expect(create({ host: '203.0.113.1' })).rejects.toThrow('no interface has this address')
  })

  test('says that a text is not the URL of a grape', async () => {
    await expect(create({ grapes: ['127.0.0.1:30001'] })).rejects.toThrow('"127.0.0.1:30001" is not the URL of a grape')
  })

  test('frees its port when it is closed', async () => {
    const { address } = await create()
    const port = Number(address.split(':')[1])
    await Promise.all(open.splice(0).map(transport => lastValueFrom(transport.close())))
    expect((await create({ port })).address).toBe(address)
  })

  test('works without any grape, for peers that know each other', async () => {
    const [caller, server] = [await create({ grapes: [] }), await create({ grapes: [] })]
    server.requests$.subscribe(request => request.reply('here'))
    expect(await firstValueFrom(caller.request(server.address, 'there?', 1_000))).toBe('here')
    expect(await firstValueFrom(caller.lookup('anything'))).toEqual([])
  })

  test('does not hear peers of another network at the same address', async () => {
    const [caller, server] = [await create({ networkId: 'one' }), await create({ networkId: 'two' })]
    const heard: string[] = []
    server.requests$.subscribe(request => heard.push(request.payload))
    expect(await reasonOf(caller.request(server.address, 'hello', 1_000))).toBe('reply_is_error')
    expect(heard).toEqual([])
    expect(server.health().counters['request_key_unknown']).toBe(1)
  })

  test('answers with an error while nobody has subscribed to its requests', async () => {
    const [caller, server] = [await create(), await create()]
    expect(await reasonOf(caller.request(server.address, 'hello', 1_000))).toBe('reply_is_error')
    expect(server.health().counters['request_unserved']).toBe(1)
  })

  test('answers in place of a subscriber that does not', async () => {
    const [caller, server] = [await create(), await create({ limits: { replyMsMax: 50 } })]
    server.requests$.subscribe(() => undefined)
    expect(await reasonOf(caller.request(server.address, 'hello', 5_000))).toBe('reply_is_error')
    expect(server.health().counters['request_unanswered']).toBe(1)
  })

  test('survives a subscriber that throws, and answers in its place', async () => {
    const [caller, server] = [await create(), await create()]
    server.requests$.subscribe(request => {
      if (request.payload === 'throw') throw new Error('thrown by a subscriber')
      request.reply('fine')
    })
    expect(await reasonOf(caller.request(server.address, 'throw', 1_000))).toBe('reply_is_error')
    expect(server.health().counters['request_failed']).toBe(1)
    expect(await firstValueFrom(caller.request(server.address, 'do not', 1_000))).toBe('fine')
  })

  test('counts replies after the first', async () => {
    const [caller, server] = [await create(), await create()]
    server.requests$.subscribe(request => {
      for (const reply of ['first', 'second', 'third']) request.reply(reply)
    })
    expect(await firstValueFrom(caller.request(server.address, 'hello', 1_000))).toBe('first')
    expect(server.health().counters['reply_ignored']).toBe(2)
  })

  test('does not send a reply that is too large, and says so to both sides', async () => {
    const server = await create()
    server.requests$.subscribe(request => {
      request.reply('x'.repeat(limits.messageBytesMax))
    })
    const answer = await rawPost(server.address, { body: JSON.stringify(['rid', requestKey('main'), 'much']) })
    expect(answer.body).toBe('["rid","ERR_REPLY_TOO_LARGE: the reply is larger than a message may be",null]')
    expect(server.health().counters['reply_too_large']).toBe(1)
  })

  test('refuses more own requests than its limit, without sending them', async () => {
    const [caller, server] = [await create({ limits: { requestsOpenMax: 2 } }), await create()]
    const heard: string[] = []
    server.requests$.subscribe(request => heard.push(request.payload))
    const open = ['a', 'b'].map(payload =>
      caller.request(server.address, payload, 5_000).subscribe({ error: () => undefined }),
    )
    expect(await reasonOf(caller.request(server.address, 'c', 1_000))).toBe('connection_failed')
    await reached(() => heard.length === 2, 'the first two arrive')
    expect(heard).not.toContain('c')
    for (const request of open) request.unsubscribe()
  })

  test('does not send to what is not an address', async () => {
    const caller = await create()
    const victim = await create()
    for (const address of [
      '',
      'localhost',
      '127.0.0.1:0',
      '127.0.0.1:65536',
      `evil@${victim.address}`,
      `${victim.address}/x`,
    ]) {
      expect(await reasonOf(caller.request(address as Address, 'hello', 1_000))).toBe('connection_failed')
    }
    expect(victim.health().counters['request_unserved']).toBe(0)
  })

  test('leaves no handle open: a process that has closed everything ends by itself', async () => {
    const script = join(import.meta.dirname, 'open-and-close.ts')
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], { timeout: 15_000 })
    expect(stdout.trim()).toBe('closed')
  })

  describe('with stock Grenache at the other end', () => {
    function stockLink(): Link {
      return new Link({ grape: grapes.urls[0] ?? '' }).start()
    }

    test('a stock client finds our server by name and is answered', async () => {
      const server = await create({ networkId: 'stock' })
      server.requests$.subscribe(request => request.reply(`${request.payload} from peerbook`))
      const announcing = server.announce([requestKey('stock')]).subscribe()
      await reached(
        async () => (await firstValueFrom(server.lookup(requestKey('stock')))).length > 0,
        'it is announced',
      )
      const link = stockLink()
      const client = new PeerRPCClient(link, {}) as StockClient
      client.init()
      expect(await stockRequest(client, requestKey('stock'), 'hello "quoted" 💶')).toBe(
        'hello "quoted" 💶 from peerbook',
      )
      expect(await stockRequest(client, requestKey('stock'), { a: 'quoted "object" 💶' })).toBe(
        '{"a":"quoted \\"object\\" 💶"} from peerbook',
      )
      expect(await stockRequest(client, requestKey('stock'), ['a list'])).toMatch('ERR_REQUEST_PAYLOAD_NOT_TEXT')
      announcing.unsubscribe()
      client.stop()
      link.stop()
    })

    test('our client is answered by a stock server', async () => {
      const [link, keys] = [stockLink(), [] as string[]]
      const peer = new PeerRPCServer(link, {})
      peer.init()
      const service = peer.transport('server') as TransportRPCServer
      service.listen(0)
      await new Promise(resolve => service.socket?.once('listening', resolve))
      service.on('request', (_rid: string, key: string, payload: string | object, handler: Handler) => {
        keys.push(key)
        if (payload === 'fail') handler.reply(new Error('ERR_STOCK'))
        else if (typeof payload === 'object') handler.reply(null, { echo: payload })
        else handler.reply(null, `${payload} from stock`)
      })
      const caller = await create({ networkId: 'stock' })
      const address = `127.0.0.1:${(service.socket?.address() as AddressInfo).port}` as Address
      expect(await firstValueFrom(caller.request(address, 'hello "quoted" 💶', 1_000))).toBe(
        'hello "quoted" 💶 from stock',
      )
      const text = '{"a":"quoted \\"object\\" 💶"}'
      expect(await firstValueFrom(caller.request(address, text, 1_000))).toBe(`{"echo":${text}}`)
      expect(await reasonOf(caller.request(address, 'fail', 1_000))).toBe('reply_is_error')
      expect(keys).toEqual(['hello', 'object', 'fail'].map(() => requestKey('stock')))
      service.stop()
      link.stop()
    })
  })
})

interface StockClient extends PeerRPCClient {
  request(
    key: string,
    payload: unknown,
    options: object,
    callback: (error: Error | null, reply?: unknown) => void,
  ): void
}

/** The reply, or the text of the error. */
function stockRequest(client: StockClient, key: string, payload: unknown): Promise<unknown> {
  return new Promise(resolve => {
    client.request(key, payload, { timeout: 5_000 }, (error, reply) => {
      resolve(error === null ? reply : error.message)
    })
  })
}
