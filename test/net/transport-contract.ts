/**
 * What every Transport promises, whatever carries it. Time passes only through the harness, so that the suite runs over real
 * sockets and over a simulated network with virtual time alike.
 */
import type { Observable, Subscription } from 'rxjs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type Address, type IncomingRequest, type Transport, TransportError } from '../../src/net/transport.ts'

export interface TransportHarness {
  /** Runs once before the suite and once after it. */
  start?(): Promise<void>
  stop?(): Promise<void>
  /** A new transport that can reach all the others of this harness. The suite closes it. */
  create(): Promise<Transport>
  /** Lets milliseconds pass, really or virtually. */
  advance(ms: number): Promise<void>
  /** Properties that do not apply, by their sentence below, each with its reason. */
  readonly skipped: readonly { readonly property: string; readonly reason: string }[]
}

const stepMs = 5
const stepsMax = 1_000
const timeoutMs = 1_000

export function transportContract(name: string, harness: TransportHarness): void {
  const transports: Transport[] = []
  const subscriptions: Subscription[] = []

  async function create(): Promise<Transport> {
    const transport = await harness.create()
    transports.push(transport)
    return transport
  }

  async function until(isReached: () => boolean, sentence: string): Promise<void> {
    for (let step = 0; step < stepsMax; step++) {
      if (isReached()) return
      await harness.advance(stepMs)
    }
    throw new Error(`not reached in ${stepsMax * stepMs} ms: ${sentence}`)
  }

  function observe<T>(source$: Observable<T>): Observation<T> {
    const observation = new Observation<T>()
    subscriptions.push(source$.subscribe(observation))
    return observation
  }

  async function ended<T>(source$: Observable<T>): Promise<Observation<T>> {
    const observation = observe(source$)
    await until(() => observation.state !== 'open', 'the stream ends')
    return observation
  }

  function serve(transport: Transport, answer: (request: IncomingRequest) => void): IncomingRequest[] {
    const requests: IncomingRequest[] = []
    const taken$ = transport.requests$.subscribe(request => {
      requests.push(request)
      answer(request)
    })
    subscriptions.push(taken$)
    return requests
  }

  async function close(transport: Transport): Promise<void> {
    expect((await ended(transport.close())).state).toBe('completed')
  }

  async function echoPair(): Promise<readonly [caller: Transport, server: Transport, requests: IncomingRequest[]]> {
    const [caller, server] = [await create(), await create()]
    return [caller, server, serve(server, request => request.reply(request.payload))]
  }

  function property(sentence: string, check: () => Promise<void>): void {
    const skip = harness.skipped.find(it => it.property === sentence)
    if (skip === undefined) test(sentence, check)
    else test.skip(`${sentence} (does not apply: ${skip.reason})`, check)
  }

  describe(`the transport contract: ${name}`, () => {
    beforeAll(() => harness.start?.())
    afterAll(() => harness.stop?.())
    afterEach(async () => {
      for (const subscription of subscriptions.splice(0)) subscription.unsubscribe()
      for (const transport of transports.splice(0)) await close(transport)
      subscriptions.splice(0)
    })

    property('a request reaches the peer that it is addressed to, and its reply comes back', async () => {
      const [caller, server] = [await create(), await create()]
      const bystander = serve(await create(), request => request.reply('from the wrong peer'))
      const requests = serve(server, request => request.reply(`${request.payload} yourself`))
      const reply = await ended(caller.request(server.address, 'hello', timeoutMs))
      expect(reply).toMatchObject({ values: ['hello yourself'], state: 'completed' })
      expect(requests.map(request => request.payload)).toEqual(['hello'])
      expect(requests[0]?.from).not.toBe('')
      expect(bystander).toEqual([])
    })

    property('a request is sent when it is subscribed to, once for each subscription', async () => {
      const [caller, server, requests] = await echoPair()
      const request$ = caller.request(server.address, 'once', timeoutMs)
      await harness.advance(20)
      expect(requests).toHaveLength(0)
      await ended(request$)
      await ended(request$)
      await harness.advance(20)
      expect(requests).toHaveLength(2)
    })

    property('a peer can send requests to itself', async () => {
      const peer = await create()
      serve(peer, request => request.reply('me'))
      expect(await ended(peer.request(peer.address, 'who?', timeoutMs))).toMatchObject({ values: ['me'] })
    })

    property('text of every kind comes through unchanged in both directions', async () => {
      const [caller, server, requests] = await echoPair()
      for (const text of difficultTexts()) {
        expect((await ended(caller.request(server.address, text, timeoutMs))).values).toEqual([text])
        expect(requests.at(-1)?.payload).toBe(text)
      }
    })

    property('only the first reply counts', async () => {
      const [caller, server] = [await create(), await create()]
      serve(server, request => {
        request.reply('first')
        request.reply('second')
      })
      const reply = await ended(caller.request(server.address, 'twice', timeoutMs))
      expect(reply).toMatchObject({ values: ['first'], state: 'completed' })
      expect((await ended(caller.request(server.address, 'again', timeoutMs))).values).toEqual(['first'])
    })

    property('requests under way together are not mixed up, in whatever order they are answered', async () => {
      const [caller, server] = [await create(), await create()]
      const requests = serve(server, () => undefined)
      const payloads = Array.from({ length: 100 }, (_, number) => `request ${number}`)
      const replies = payloads.map(payload => observe(caller.request(server.address, payload, 5 * timeoutMs)))
      await until(() => requests.length === payloads.length, 'all requests arrive')
      for (const request of [...requests].reverse()) request.reply(`reply to ${request.payload}`)
      await until(() => replies.every(reply => reply.state === 'completed'), 'all replies arrive')
      expect(replies.map(reply => reply.values)).toEqual(payloads.map(payload => [`reply to ${payload}`]))
    })

    property('a request that nobody answers fails with timed_out when its time is over, and not before', async () => {
      const [caller, server] = [await create(), await create()]
      const requests = serve(server, () => undefined)
      const reply = observe(caller.request(server.address, 'anybody?', 300))
      await until(() => requests.length === 1, 'the request arrives')
      expect(reply.state).toBe('open')
      await until(() => reply.state !== 'open', 'the request fails')
      expect(reply.reason()).toBe('timed_out')
      requests[0]?.reply('too late')
      await harness.advance(50)
      expect(reply.values).toEqual([])
    })

    property('a request to an address where nobody listens any more fails with connection_refused', async () => {
      const [caller, server] = await echoPair()
      await ended(caller.request(server.address, 'while it lives', timeoutMs))
      await close(server)
      await harness.advance(20)
      expect((await ended(caller.request(server.address, 'afterwards', timeoutMs))).reason()).toBe('connection_refused')
    })

    property('unsubscribing abandons a request', async () => {
      const [caller, server] = [await create(), await create()]
      const requests = serve(server, request => {
        if (request.payload !== 'abandoned') request.reply(request.payload)
      })
      const reply = new Observation<string>()
      const subscription = caller.request(server.address, 'abandoned', timeoutMs).subscribe(reply)
      await until(() => requests.length === 1, 'the request arrives')
      subscription.unsubscribe()
      requests[0]?.reply('nobody wants this')
      await harness.advance(50)
      expect(reply).toMatchObject({ values: [], state: 'open' })
      expect((await ended(caller.request(server.address, 'the next', timeoutMs))).values).toEqual(['the next'])
    })

    property('a request that is too large is refused without being sent', async () => {
      const [caller, server, requests] = await echoPair()
      const payload = 'x'.repeat(limits.messageBytesMax + 1)
      expect((await ended(caller.request(server.address, payload, timeoutMs))).reason()).toBe('request_too_large')
      await harness.advance(50)
      expect(requests).toEqual([])
    })

    property('the size of a message is counted in bytes, not in characters', async () => {
      const [caller, server, requests] = await echoPair()
      const payload = '€'.repeat(limits.messageBytesMax / 2)
      expect((await ended(caller.request(server.address, payload, timeoutMs))).reason()).toBe('request_too_large')
      expect(requests).toEqual([])
    })

    property('a large message within the limit comes through', async () => {
      const [caller, server] = await echoPair()
      const payload = 'x'.repeat(limits.messageBytesMax - 1_024)
      const reply = await ended(caller.request(server.address, payload, 5 * timeoutMs))
      expect(reply.values[0] === payload).toBe(true)
    })

    property('a reply that is too large fails with reply_too_large, and the next request works', async () => {
      const [caller, server] = [await create(), await create()]
      serve(server, request => {
        request.reply('x'.repeat(request.payload === 'much' ? limits.messageBytesMax + 1 : 1))
      })
      expect((await ended(caller.request(server.address, 'much', timeoutMs))).reason()).toBe('reply_too_large')
      expect((await ended(caller.request(server.address, 'little', timeoutMs))).values).toEqual(['x'])
    })

    property('closing ends the own open requests with closed', async () => {
      const [caller, server] = [await create(), await create()]
      const requests = serve(server, () => undefined)
      const reply = observe(caller.request(server.address, 'never answered', 60 * timeoutMs))
      await until(() => requests.length === 1, 'the request arrives')
      await close(caller)
      expect(reply.reason()).toBe('closed')
    })

    property('closing ends what others wait for with a failure, long before their timeout', async () => {
      const [caller, server] = [await create(), await create()]
      const requests = serve(server, () => undefined)
      const reply = observe(caller.request(server.address, 'never answered', 60 * timeoutMs))
      await until(() => requests.length === 1, 'the request arrives')
      await close(server)
      await until(() => reply.state !== 'open', 'the request fails')
      expect(reply.state).toBe('failed')
    })

    property('requests of a closed transport fail with closed', async () => {
      const [caller, server, requests] = await echoPair()
      await close(caller)
      expect((await ended(caller.request(server.address, 'hello?', timeoutMs))).reason()).toBe('closed')
      expect(requests).toEqual([])
    })

    property('the stream of requests completes on closing', async () => {
      const server = await create()
      const requests = observe(server.requests$)
      await close(server)
      expect(requests).toMatchObject({ values: [], state: 'completed' })
    })

    property('closing again is harmless, and each time says when it is done', async () => {
      const transport = await create()
      const closings = [observe(transport.close()), observe(transport.close())]
      await until(() => closings.every(closing => closing.state === 'completed'), 'both closings are done')
      await close(transport)
      expect(closings.map(closing => closing.values.length)).toEqual([1, 1])
    })

    property('nothing is emitted while subscribing', async () => {
      const [caller, server] = await echoPair()
      const closed = await create()
      await close(closed)
      const address = server.address
      expectSilence(caller.request(address, 'hello', timeoutMs))
      expectSilence(caller.request(address, 'x'.repeat(limits.messageBytesMax + 1), timeoutMs))
      expectSilence(caller.request('not an address' as Address, 'hello', timeoutMs))
      expectSilence(closed.request(address, 'hello', timeoutMs))
      expectSilence(caller.lookup('some service'))
      expectSilence(caller.announce(['some service']))
      expectSilence(caller.close())
    })

    property('an announced service is found by others and by the peer that announces it', async () => {
      const [announcer, seeker] = [await create(), await create()]
      const service = `announced by ${announcer.address}`
      const announcing = observe(announcer.announce([service]))
      for (const peer of [seeker, announcer]) {
        expect(await found(peer, service, addresses => addresses.length > 0)).toEqual([announcer.address])
      }
      expect(announcing.state).toBe('open')
    })

    property('several peers with one service are all found, and each finds its own services only', async () => {
      const [first, second, seeker] = [await create(), await create(), await create()]
      const [shared, own] = [`shared by ${first.address}`, `of ${first.address} alone`]
      observe(first.announce([shared, own]))
      observe(second.announce([shared]))
      const both = await found(seeker, shared, addresses => addresses.length === 2)
      expect([...both].sort()).toEqual([first.address, second.address].sort())
      expect(await found(seeker, own, addresses => addresses.length > 0)).toEqual([first.address])
    })

    property('a lookup of a service that nobody announces gives one empty list', async () => {
      const lookup = await ended((await create()).lookup('announced by nobody'))
      expect(lookup).toMatchObject({ values: [[]], state: 'completed' })
    })

    property('whoever is given a list of addresses may change it without changing the lists of others', async () => {
      const [announcer, seeker] = [await create(), await create()]
      const service = `copied from ${announcer.address}`
      observe(announcer.announce([service]))
      const list = await found(seeker, service, addresses => addresses.length > 0)
      ;(list as Address[]).push('stranger' as Address)
      expect(await found(seeker, service, addresses => addresses.length > 0)).toEqual([announcer.address])
    })

    property('announcing ends on closing, without a failure', async () => {
      const transport = await create()
      const announcing = observe(transport.announce(['some service']))
      await harness.advance(20)
      await close(transport)
      expect(announcing.state).toBe('completed')
    })

    property('looking up after closing gives an empty list', async () => {
      const transport = await create()
      await close(transport)
      expect(await ended(transport.lookup('some service'))).toMatchObject({ values: [[]], state: 'completed' })
    })

    function expectSilence(source$: Observable<unknown>): void {
      const observation = observe(source$)
      expect(observation).toMatchObject({ values: [], state: 'open' })
    }

    async function found(
      peer: Transport,
      service: string,
      isEnough: (addresses: readonly Address[]) => boolean,
    ): Promise<readonly Address[]> {
      for (let attempt = 0; attempt < 100; attempt++) {
        const addresses = (await ended(peer.lookup(service))).values[0] ?? []
        if (isEnough(addresses)) return addresses
        await harness.advance(50)
      }
      throw new Error(`${service} was not found`)
    }
  })
}

/** What a stream did, as plain data. */
class Observation<T> {
  readonly values: T[] = []
  state: 'open' | 'completed' | 'failed' = 'open'
  failure: unknown

  next(value: T): void {
    this.values.push(value)
  }

  error(failure: unknown): void {
    this.state = 'failed'
    this.failure = failure
  }

  complete(): void {
    this.state = 'completed'
  }

  /** The reason of the TransportError that ended the stream; anything else is shown as it is. */
  reason(): unknown {
    return this.failure instanceof TransportError ? this.failure.reason : this
  }
}

function difficultTexts(): string[] {
  const firstCharacters = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('')
  return [
    '',
    ' ',
    '"\\"\\\\"\n\r\t\0\b\f',
    JSON.stringify(JSON.stringify({ nested: ['"', '\\'] })),
    '[null,"ERR",null]',
    '\u2028\u2029\ufeff\ufffe\uffff',
    'Grüße, 価格, 💶 👩‍👩‍👧, e\u0301 and é',
    'a lone \ud83d half',
    '</script><!-- %00 %22 \\u0000 &quot; ${x} -->',
    firstCharacters,
  ]
}
