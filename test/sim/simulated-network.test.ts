import { describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import type { Address, IncomingRequest, Transport } from '../../src/net/transport.ts'
import { TransportError } from '../../src/net/transport.ts'
import { randomLatency } from '../../src/sim/fate.ts'
import type { FatePolicy, Message } from '../../src/sim/fate.ts'
import { Random } from '../../src/sim/random.ts'
import { SimulatedNetwork } from '../../src/sim/simulated-network.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { transportContract } from '../net/transport-contract.ts'

const second = 1_000

/** A network in which everything that is sent is written down, and peers that answer `echo TEXT`. */
function networkOf({ seed = 1, fate }: { seed?: number; fate?: FatePolicy } = {}) {
  const clock = new VirtualClock({ startMs: 0 })
  const random = new Random(seed)
  const history: string[] = []
  const policy = fate ?? randomLatency(random.fork('latency'), { min: 1, max: 20 })
  const network = new SimulatedNetwork({
    clock,
    random,
    fate: message => {
      const { delaysMs } = policy(message)
      history.push(
        `${clock.now()} ${message.kind} ${message.from} -> ${message.to} "${message.payload}" in ${delaysMs.join(', ')}`,
      )
      return { delaysMs }
    },
  })
  return { clock, network, history }
}

function echo(transport: Transport): string[] {
  const heard: string[] = []
  transport.requests$.subscribe(request => {
    heard.push(`${request.payload} from ${request.from}`)
    request.reply(`echo ${request.payload}`)
  })
  return heard
}

/** What becomes of a request, each outcome in order: a reply, or the reason why there is none. */
function ask(from: Transport, to: Address, payload: string, timeoutMs = second): string[] {
  const outcomes: string[] = []
  from.request(to, payload, timeoutMs).subscribe({
    next: reply => outcomes.push(reply),
    error: (error: unknown) => outcomes.push(error instanceof TransportError ? error.reason : 'a stranger'),
  })
  return outcomes
}

const lose = { delaysMs: [] }

const contractClock = new VirtualClock()
const contractNetwork = new SimulatedNetwork({ clock: contractClock, random: new Random('contract') })

transportContract('the simulated network', {
  create: () => Promise.resolve(contractNetwork.createTransport()),
  advance: ms => {
    contractClock.advance(ms)
    return Promise.resolve()
  },
  skipped: [],
})

describe('requests', () => {
  test('a request and its reply take a latency each, and nothing happens in the stack of the sender', () => {
    const { clock, network, history } = networkOf({ fate: () => ({ delaysMs: [7] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const heard = echo(bob)
    const outcomes = ask(alice, bob.address, 'hi')
    expect([heard, outcomes]).toEqual([[], []])
    clock.advance(7)
    expect([heard, outcomes]).toEqual([['hi from alice.sim:1'], []])
    clock.advance(7)
    expect(outcomes).toEqual(['echo hi'])
    expect(history).toEqual([
      '0 request alice.sim:1 -> bob.sim:1 "hi" in 7',
      '7 reply bob.sim:1 -> alice.sim:1 "echo hi" in 7',
    ])
    expect(network.deliveredMessages).toBe(2)
    expect(clock.pendingTasks).toBe(0)
  })

  test('a request that is lost times out without having been executed', () => {
    const { clock, network } = networkOf({ fate: () => lose })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const heard = echo(bob)
    const outcomes = ask(alice, bob.address, 'hi')
    clock.advance(second)
    expect([heard, outcomes]).toEqual([[], ['timed_out']])
  })

  test('a request whose reply is lost times out although it was executed', () => {
    const { clock, network } = networkOf({ fate: ({ kind }) => (kind === 'reply' ? lose : { delaysMs: [1] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const heard = echo(bob)
    const outcomes = ask(alice, bob.address, 'hi')
    clock.advance(second)
    expect([heard, outcomes]).toEqual([['hi from alice.sim:1'], ['timed_out']])
  })

  test('a duplicated request arrives twice and has one outcome', () => {
    const { clock, network } = networkOf({ fate: ({ kind }) => ({ delaysMs: kind === 'request' ? [1, 400] : [1, 1] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const heard = echo(bob)
    const outcomes = ask(alice, bob.address, 'hi')
    clock.advance(second)
    expect(heard).toEqual(['hi from alice.sim:1', 'hi from alice.sim:1'])
    expect(outcomes).toEqual(['echo hi'])
  })

  test('a reply after the deadline is not heard', () => {
    const { clock, network } = networkOf({ fate: () => ({ delaysMs: [600] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    echo(bob)
    const outcomes = ask(alice, bob.address, 'hi')
    clock.advance(5 * second)
    expect(outcomes).toEqual(['timed_out'])
  })

  test('messages overtake each other when their fates differ', () => {
    const delays: Record<string, number> = { slow: 50, fast: 5 }
    const { clock, network } = networkOf({ fate: ({ payload }) => ({ delaysMs: [delays[payload] ?? 1] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const heard = echo(bob)
    ask(alice, bob.address, 'slow')
    ask(alice, bob.address, 'fast')
    clock.advance(second)
    expect(heard).toEqual(['fast from alice.sim:1', 'slow from alice.sim:1'])
  })

  test('a policy that looks at who talks to whom is a partition', () => {
    const fate: FatePolicy = ({ from, to }) =>
      [from, to].includes('carol.sim:1' as Address) ? lose : { delaysMs: [1] }
    const { clock, network } = networkOf({ fate })
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(name => network.createTransport(name))
    echo(bob!)
    echo(carol!)
    const within = ask(alice!, bob!.address, 'hi')
    const across = ask(alice!, carol!.address, 'hi')
    clock.advance(second)
    expect([within, across]).toEqual([['echo hi'], ['timed_out']])
  })

  test('nobody at the address refuses the connection after one latency', () => {
    const { clock, network } = networkOf({ fate: () => ({ delaysMs: [7] }) })
    const outcomes = ask(network.createTransport('alice'), 'nobody.sim:1' as Address, 'hi')
    clock.advance(6)
    expect(outcomes).toEqual([])
    clock.advance(1)
    expect(outcomes).toEqual(['connection_refused'])
  })

  test('a request that nobody answers is answered by the transport, once', () => {
    const { clock, network } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const kept: IncomingRequest[] = []
    bob.requests$.subscribe(request => kept.push(request))
    const outcomes = ask(alice, bob.address, 'hi', limits.replyMsMax + second)
    clock.advance(limits.replyMsMax + second)
    kept[0]?.reply('too late')
    clock.advance(second)
    expect(outcomes).toEqual(['reply_is_error'])
    expect(clock.pendingTasks).toBe(0)
  })

  test('only the first reply crosses the wire', () => {
    const { clock, network } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    bob.requests$.subscribe(request => {
      request.reply('first')
      request.reply('second')
    })
    const outcomes = ask(alice, bob.address, 'hi')
    clock.advance(second)
    expect([outcomes, network.deliveredMessages]).toEqual([['first'], 2])
  })

  test('a peer that does not listen for requests answers with an error', () => {
    const { clock, network } = networkOf()
    const outcomes = ask(network.createTransport('alice'), network.createTransport('bob').address, 'hi')
    clock.advance(second)
    expect(outcomes).toEqual(['reply_is_error'])
  })

  test('an abandoned request has no outcome and leaves nothing behind', () => {
    const { clock, network } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    echo(bob)
    const outcomes: string[] = []
    alice
      .request(bob.address, 'hi', second)
      .subscribe(reply => outcomes.push(reply))
      .unsubscribe()
    clock.advance(100)
    expect(outcomes).toEqual([])
    expect(clock.pendingTasks).toBe(0)
  })

  test('requests and replies that are too large have their own reasons', () => {
    const { clock, network } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const tooLarge = 'x'.repeat(limits.messageBytesMax)
    bob.requests$.subscribe(request => request.reply(tooLarge))
    const outcomes = [ask(alice, bob.address, tooLarge), ask(alice, bob.address, 'hi')]
    clock.advance(second)
    expect(outcomes).toEqual([['request_too_large'], ['reply_too_large']])
  })

  test('size is what the wire carries: quotes that must be escaped count twice', () => {
    const { clock, network } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    bob.requests$.subscribe(request => request.reply('ok'))
    const length = limits.messageBytesMax * 0.6
    const outcomes = [ask(alice, bob.address, 'x'.repeat(length)), ask(alice, bob.address, '"'.repeat(length))]
    clock.advance(second)
    expect(outcomes).toEqual([['ok'], ['request_too_large']])
  })

  test('more open requests than the limit are not sent', () => {
    const { clock, network } = networkOf({ fate: () => lose })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    for (let n = 0; n < limits.requestsOpenMax; n += 1) ask(alice, bob.address, 'hi')
    const outcomes = ask(alice, bob.address, 'one too many')
    clock.advance(0)
    expect(outcomes).toEqual(['connection_failed'])
  })
})

describe('closing', () => {
  function close(transport: Transport): string[] {
    const seen: string[] = []
    transport.close().subscribe({ next: () => seen.push('closed'), complete: () => seen.push('complete') })
    return seen
  }

  test('a closed transport refuses connections, ends its requests and completes', () => {
    const { clock, network } = networkOf({ fate: () => ({ delaysMs: [5] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    let isComplete = false
    bob.requests$.subscribe({ complete: () => (isComplete = true) })
    const outgoing = ask(bob, alice.address, 'anybody there?')
    const seen = close(bob)
    const incoming = ask(alice, bob.address, 'hi')
    const afterwards = ask(bob, alice.address, 'one more')
    expect([seen, outgoing, afterwards]).toEqual([[], [], []])
    clock.advance(5)
    expect([seen, isComplete]).toEqual([['closed', 'complete'], true])
    expect([outgoing, afterwards, incoming]).toEqual([['closed'], ['closed'], ['connection_refused']])
    expect(close(bob)).toEqual([])
    clock.advance(0)
  })

  test('what a closing peer has not answered is answered with an error', () => {
    const { clock, network } = networkOf({ fate: () => ({ delaysMs: [5] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    bob.requests$.subscribe(() => undefined)
    const outcomes = ask(alice, bob.address, 'hi')
    clock.advance(5)
    close(bob)
    clock.advance(5)
    expect(outcomes).toEqual(['reply_is_error'])
  })

  test('closing wins over a reply that arrives at the same instant', () => {
    const { clock, network } = networkOf({ fate: () => ({ delaysMs: [5] }) })
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    echo(bob)
    clock.setTimeout(() => close(alice), 10)
    const outcomes = ask(alice, bob.address, 'hi')
    clock.advance(second)
    expect(outcomes).toEqual(['closed'])
  })

  test('an address is free again once its transport is closed', () => {
    const { clock, network } = networkOf()
    const first = network.createTransport('alice')
    expect(() => network.createTransport('alice')).toThrow('somebody listens at alice.sim:1 already')
    close(first)
    clock.advance(0)
    expect(network.createTransport('alice').address).toBe('alice.sim:1')
    expect(network.createTransport().address).toBe('peer1.sim:1')
    expect(() => network.createTransport('two words')).toThrow('two words is not a host name')
    expect(() => network.createTransport('dht')).toThrow('somebody listens at dht.sim:1 already')
  })
})

describe('discovery', () => {
  function lookup(transport: Transport, service: string): string[] {
    const seen: string[] = []
    transport.lookup(service).subscribe({
      next: addresses => seen.push([...addresses].sort().join(' ')),
      complete: () => seen.push('complete'),
    })
    return seen
  }

  test('a lookup finds everybody who announces the service, oneself included', () => {
    const { clock, network } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    alice.announce(['peerbook', 'peerbook:BTCUSD']).subscribe()
    bob.announce(['peerbook']).subscribe()
    clock.advance(second)
    const [both, one, none] = ['peerbook', 'peerbook:BTCUSD', 'unheard of'].map(service => lookup(alice, service))
    clock.advance(second)
    expect(both).toEqual(['alice.sim:1 bob.sim:1', 'complete'])
    expect(one).toEqual(['alice.sim:1', 'complete'])
    expect(none).toEqual(['', 'complete'])
  })

  test('an entry outlives its peer until it is too old, and stays for as long as it is announced', () => {
    const { clock, network } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    alice.announce(['peerbook']).subscribe()
    bob.announce(['peerbook']).subscribe()
    clock.advance(10 * limits.entryAgeMsMax)
    bob.close().subscribe()
    clock.advance(limits.entryAgeMsMax / 2)
    const soon = lookup(alice, 'peerbook')
    clock.advance(limits.entryAgeMsMax)
    const late = lookup(alice, 'peerbook')
    clock.advance(second)
    expect(soon).toEqual(['alice.sim:1 bob.sim:1', 'complete'])
    expect(late).toEqual(['alice.sim:1', 'complete'])
  })

  test('a lookup gives at most a hundred addresses', () => {
    const { clock, network } = networkOf()
    const peers = Array.from({ length: 120 }, () => network.createTransport())
    for (const peer of peers) peer.announce(['peerbook']).subscribe()
    clock.advance(second)
    const [addresses] = [lookup(peers[0]!, 'peerbook')]
    clock.advance(second)
    expect(addresses[0]?.split(' ')).toHaveLength(limits.lookupAddressesMax)
  })

  test('a DHT that cannot be reached gives an empty list and shows in the health', () => {
    let isDown = true
    const { clock, network } = networkOf({
      fate: ({ to }) => (isDown && to === 'dht.sim:1' ? lose : { delaysMs: [5] }),
    })
    const alice = network.createTransport('alice')
    const states: (string | undefined)[] = [alice.health().grapes[0]?.state]
    alice.announce(['peerbook']).subscribe(health => states.push(health.grapes[0]?.state))
    const found = lookup(alice, 'peerbook')
    clock.advance(limits.grapeTimeoutMs)
    expect(found).toEqual(['', 'complete'])
    expect(alice.health().counters).toEqual({ announce_unanswered: 1, lookup_unanswered: 1 })
    isDown = false
    clock.advance(limits.announceIntervalMs)
    expect(states).toEqual(['untried', 'unreachable', 'reachable'])
  })

  test('a duplicated answer of the DHT does not make a peer announce twice as often', () => {
    const { clock, network, history } = networkOf({ fate: () => ({ delaysMs: [5, 6] }) })
    network.createTransport('alice').announce(['peerbook']).subscribe()
    clock.advance(10 * limits.announceIntervalMs)
    expect(history.filter(line => line.includes(' announce '))).toHaveLength(10)
  })

  test('a lookup of a closed transport is empty and crosses no wire', () => {
    const { clock, network, history } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    bob.announce(['peerbook']).subscribe()
    alice.close().subscribe()
    clock.advance(second)
    const before = history.length
    const found = lookup(alice, 'peerbook')
    clock.advance(second)
    expect([found, history.length]).toEqual([['', 'complete'], before])
  })

  test('nothing is announced after unsubscribing, or once the transport is closed', () => {
    const { clock, network, history } = networkOf()
    const [alice, bob] = [network.createTransport('alice'), network.createTransport('bob')]
    const announcing = alice.announce(['peerbook']).subscribe()
    let isComplete = false
    bob.announce(['peerbook']).subscribe({ complete: () => (isComplete = true) })
    clock.advance(second)
    announcing.unsubscribe()
    bob.close().subscribe()
    clock.advance(second)
    const before = history.length
    clock.advance(10 * limits.announceIntervalMs)
    expect([history.length, isComplete, clock.pendingTasks]).toEqual([before, true, 0])
  })
})

describe('determinism', () => {
  /** Five peers that talk for a minute over a network that loses, duplicates and reorders. */
  function historyOf(seed: number): string[] {
    const random = new Random(seed)
    const chance = random.fork('faults')
    const latency = randomLatency(random.fork('latency'), { min: 1, max: 300 })
    const fate = (message: Message) => {
      const drawn = chance.real()
      if (drawn < 0.1) return lose
      return drawn < 0.2 ? { delaysMs: [...latency(message).delaysMs, ...latency(message).delaysMs] } : latency(message)
    }
    const { clock, network, history } = networkOf({ seed, fate })
    const peers = ['alice', 'bob', 'carol', 'dave', 'erin'].map(name => network.createTransport(name))
    const outcomes: string[][] = []
    for (const peer of peers) {
      echo(peer)
      peer.announce(['peerbook']).subscribe()
      const chatter = random.fork(peer.address)
      const talk = (): void => {
        peer.lookup('peerbook').subscribe(found => {
          if (found.length > 0) outcomes.push(ask(peer, chatter.pick(found), `${chatter.integer(1, 99)}`))
        })
        clock.setTimeout(talk, chatter.integer(10, 2_000))
      }
      talk()
    }
    clock.advance(60 * second)
    return [...history, ...outcomes.map(each => each.join(', ')), `${network.deliveredMessages} delivered`]
  }

  test('the same seed gives the same history, to the byte', () => {
    const history = historyOf(42)
    expect(history.length).toBeGreaterThan(500)
    expect(historyOf(42).join('\n')).toBe(history.join('\n'))
  })

  test('another seed gives another history', () => {
    expect(historyOf(43).join('\n')).not.toBe(historyOf(42).join('\n'))
  })
})
