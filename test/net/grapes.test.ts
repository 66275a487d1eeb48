/** Discovery over real grapes, and over grapes that are dead, frozen, or talk rubbish. */
import { createServer, type AddressInfo } from 'node:net'
import { firstValueFrom, lastValueFrom, type Subscription } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type Grapes, startGrapes } from '../../src/net/grenache/grapes.ts'
import { createGrenacheTransport } from '../../src/net/grenache/grenache-transport.ts'
import type { DiscoveryHealth, Transport } from '../../src/net/transport.ts'
import { reached } from './conditions.ts'
import { httpAnswer, rawServer, type RawServer } from './raw-http.ts'

describe('discovery', () => {
  const transports: Transport[] = []
  const servers: RawServer[] = []
  const started: Grapes[] = []
  const subscriptions: Subscription[] = []
  let grapes: Grapes

  async function start(options: Parameters<typeof startGrapes>[0] = {}): Promise<Grapes> {
    const them = await startGrapes(options)
    started.push(them)
    return them
  }

  async function create(
    urls: readonly string[],
    shorter: Parameters<typeof createGrenacheTransport>[0]['limits'] = {},
  ): Promise<Transport> {
    const transport = await createGrenacheTransport({ grapes: urls, limits: shorter })
    transports.push(transport)
    return transport
  }

  async function badGrape(answer: Parameters<typeof rawServer>[0]): Promise<string> {
    const server = await rawServer(answer)
    servers.push(server)
    return server.url
  }

  function announce(transport: Transport, ...services: readonly string[]): DiscoveryHealth[] {
    const seen: DiscoveryHealth[] = []
    subscriptions.push(transport.announce(services).subscribe(health => seen.push(health)))
    return seen
  }

  const find = (transport: Transport, service: string): Promise<readonly string[]> =>
    firstValueFrom(transport.lookup(service))

  async function expectFound(seeker: Transport, service: string, announcer: Transport): Promise<void> {
    await reached(async () => (await find(seeker, service)).includes(announcer.address), `${service} is found`)
  }

  const stateOf = (transport: Transport, url: string): DiscoveryHealth['grapes'][number] | undefined =>
    transport.health().grapes.find(grape => grape.url === url)

  beforeEach(async () => {
    grapes = await start()
  })

  afterEach(async () => {
    for (const subscription of subscriptions.splice(0)) subscription.unsubscribe()
    await Promise.all(transports.splice(0).map(transport => lastValueFrom(transport.close())))
    await Promise.all(servers.splice(0).map(server => server.close()))
    await Promise.all(started.splice(0).map(them => them.stop()))
  })

  test('two grapes see each other’s announcements at once', async () => {
    const [first, second] = grapes.urls
    const [announcer, seeker] = [await create([first ?? '']), await create([second ?? ''])]
    const seen = announce(announcer, 'service')
    await reached(() => seen.length > 0, 'it is announced')
    expect(await find(seeker, 'service')).toEqual([announcer.address])
  })

  test('a peer that is announced a moment after an empty lookup is found at once', async () => {
    const [announcer, seeker] = [await create(grapes.urls), await create(grapes.urls)]
    expect(await find(seeker, 'service')).toEqual([])
    const seen = announce(announcer, 'service')
    await reached(() => seen.length > 0, 'it is announced')
    await expectFound(seeker, 'service', announcer)
  })

  test('each of three grapes knows what is announced at any of them', async () => {
    const three = await start({ count: 3 })
    const [announcer] = [await create(three.urls.slice(0, 1))]
    announce(announcer, 'service')
    for (const url of three.urls) await expectFound(await create([url]), 'service', announcer)
  })

  test('long service names with any characters are told apart', async () => {
    const [announcer, seeker] = [await create(grapes.urls), await create(grapes.urls)]
    const name = `peerbook/market/${'LONG'.repeat(8)}/0.00000001/0.00000001/€`
    announce(announcer, name)
    await expectFound(seeker, name, announcer)
    expect(await find(seeker, `${name}2`)).toEqual([])
  })

  test('a service stays in lookups for much longer than the grapes keep an entry, and leaves them when it is no longer announced', async () => {
    const forgetful = await start({ entryAgeMs: 300 })
    const [announcer, seeker] = [await create(forgetful.urls, { announceIntervalMs: 50 }), await create(forgetful.urls)]
    announce(announcer, 'service')
    await expectFound(seeker, 'service', announcer)
    const end = performance.now() + 1_500
    while (performance.now() < end) expect(await find(seeker, 'service')).toEqual([announcer.address])
    for (const subscription of subscriptions.splice(0)) subscription.unsubscribe()
    await reached(async () => (await find(seeker, 'service')).length === 0, 'it is forgotten')
  })

  test('the health names what each grape is asked, first and after', async () => {
    const transport = await create(grapes.urls)
    expect(transport.health().grapes.map(grape => grape.state)).toEqual(['untried', 'untried'])
    const seen = announce(transport, 'service')
    await reached(() => seen.at(-1)?.grapes.every(grape => grape.state === 'reachable') === true, 'both are reachable')
    const before = seen.length
    await find(transport, 'service')
    expect(seen).toHaveLength(before)
  })

  test('a dead grape is passed over, and the health says why', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`
    const [announcer, seeker] = [await create([dead, ...grapes.urls]), await create([dead, ...grapes.urls])]
    announce(announcer, 'service')
    await expectFound(seeker, 'service', announcer)
    await reached(() => stateOf(announcer, dead)?.state === 'unreachable', 'it is unreachable')
    expect(stateOf(announcer, dead)?.sentence).toMatch(/^announcing failed: 127\.0\.0\.1:\d+ refuses connections$/)
    expect(announcer.health().counters['announce_failed']).toBeGreaterThan(0)
    expect(stateOf(seeker, dead)?.sentence).toMatch(/^looking up failed: /)
  })

  test('when every grape is dead, lookups are empty, nothing fails, and the health tells', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`
    const transport = await create([dead])
    const seen = announce(transport, 'service')
    expect(await find(transport, 'service')).toEqual([])
    await reached(() => seen.at(-1)?.grapes[0]?.state === 'unreachable', 'the health is emitted')
    expect(transport.health().counters['lookup_failed']).toBe(1)
  })

  test('a grape that comes back is announced to again', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const transport = await create([url], { announceRetryMs: 20 })
    announce(transport, 'service')
    await reached(() => stateOf(transport, url)?.state === 'unreachable', 'it is unreachable')
    const back = createServer(socket => {
      socket.on('error', () => undefined)
      socket.on('data', () => socket.end(httpAnswer(200, '1')))
    })
    await new Promise<void>(resolve => back.listen(port, '127.0.0.1', resolve))
    await reached(() => stateOf(transport, url)?.state === 'reachable', 'it is reachable')
    await new Promise(resolve => back.close(resolve))
  })

  test('a frozen grape delays neither lookups nor announcements at the others', async () => {
    const frozen = await badGrape(() => undefined)
    const [announcer, seeker] = [await create([frozen, ...grapes.urls]), await create([frozen, ...grapes.urls])]
    announce(announcer, 'service')
    await expectFound(seeker, 'service', announcer)
    const start = performance.now()
    expect(await find(seeker, 'service')).toEqual([announcer.address])
    expect(performance.now() - start).toBeLessThan(limits.grapeTimeoutMs / 2)
  })

  test('a frozen grape alone gives an empty list within its timeout', async () => {
    const frozen = await badGrape(() => undefined)
    const transport = await create([frozen], { grapeTimeoutMs: 100 })
    expect(await find(transport, 'service')).toEqual([])
    expect(stateOf(transport, frozen)?.sentence).toMatch(/^looking up failed: .* gave no whole reply within 100 ms$/)
  })

  test.each([
    ['text that is not JSON', '<html>hello</html>', 'which is not JSON'],
    [
      'an error as a text, with which a failed announcement looks like success',
      '"ERR_GRAPE_ANNOUNCE"',
      '"ERR_GRAPE_ANNOUNCE"',
    ],
    ['an object', '{"length":1}', '{"length":1}'],
    ['null', 'null', 'null'],
  ])('a grape that answers %s is unreachable', async (_what, body, quoted) => {
    const bad = await badGrape(socket => socket.write(httpAnswer(200, body)))
    const transport = await create([bad])
    announce(transport, 'service')
    expect(await find(transport, 'service')).toEqual([])
    await reached(() => stateOf(transport, bad)?.sentence.startsWith('announcing failed: ') === true, 'it has failed')
    expect(stateOf(transport, bad)?.sentence).toContain(quoted)
  })

  test('a grape that says in words that it has found nothing is reachable', async () => {
    const grape = await badGrape(socket => socket.write(httpAnswer(200, '"ERR_GRAPE_LOOKUP_EMPTY"')))
    const transport = await create([grape])
    expect(await find(transport, 'service')).toEqual([])
    expect(stateOf(transport, grape)?.state).toBe('reachable')
  })

  test('a grape that answers without end is unreachable', async () => {
    const bad = await badGrape(socket => {
      socket.write(httpAnswer(200, JSON.stringify('x'.repeat(limits.grapeReplyBytesMax))))
    })
    const transport = await create([bad])
    expect(await find(transport, 'service')).toEqual([])
    expect(stateOf(transport, bad)?.sentence).toContain('larger than')
  })

  test('addresses that are none are dropped and counted', async () => {
    const good = ['127.0.0.1:4000', 'desk.example:65535']
    const bad = [
      7,
      null,
      {},
      [],
      '',
      'localhost',
      ':80',
      '127.0.0.1:',
      'h:0',
      'h:65536',
      'h:1e3',
      'h:80/x',
      'u@h:80',
      'a b:80',
      '[::1]:80',
      '-h:80',
    ]
    const grape = await badGrape(socket => socket.write(httpAnswer(200, JSON.stringify([...bad, ...good, ...good]))))
    const transport = await create([grape])
    expect(await find(transport, 'service')).toEqual(good)
    expect(transport.health().counters['lookup_address_malformed']).toBe(bad.length)
  })

  test('a lookup gives no more addresses than its limit', async () => {
    const many = Array.from({ length: 500 }, (_, number) => `127.0.0.1:${10_000 + number}`)
    const grape = await badGrape(socket => socket.write(httpAnswer(200, JSON.stringify(many))))
    const transport = await create([grape])
    expect(await find(transport, 'service')).toHaveLength(limits.lookupAddressesMax)
    expect(transport.health().counters['lookup_addresses_over_limit']).toBe(400)
  })

  test('when one of two grapes dies, peers find each other through the other one', async () => {
    const [dying, surviving] = grapes.urls
    const [announcer, seeker] = [await create(grapes.urls, { announceRetryMs: 50 }), await create(grapes.urls)]
    announce(announcer, 'before')
    await expectFound(seeker, 'before', announcer)
    await grapes.stopOne(dying ?? '')
    announce(announcer, 'after')
    await expectFound(seeker, 'after', announcer)
    await reached(() => stateOf(announcer, dying ?? '')?.state === 'unreachable', 'the dead one is unreachable')
    await reached(
      () => /knows no other grape/.test(stateOf(announcer, surviving ?? '')?.sentence ?? ''),
      'the other is alone',
    )
  })

  test('a lone grape says that it is alone', async () => {
    const lone = await start({ count: 1 })
    const transport = await create(lone.urls)
    const seen = announce(transport, 'service')
    await reached(() => seen.length > 0, 'the health is emitted')
    expect(seen[0]?.grapes[0]?.sentence).toMatch(/^announcing failed: it knows no other grape/)
  })

  test('stopping grapes frees their ports and may be repeated', async () => {
    const [url] = grapes.urls
    await Promise.all([grapes.stop(), grapes.stop()])
    const server = createServer().listen(Number(new URL(url ?? '').port), '127.0.0.1')
    await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
    await new Promise(resolve => server.close(resolve))
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
