/** Peers that know each other by address only come to know each other's neighbours, and cannot be made to greet the whole world. */
import { firstValueFrom, map } from 'rxjs'
import { expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { limits } from '../../src/limits.ts'
import { createPeer } from '../../src/index.ts'
import { decodeRequest, encodeReply } from '../../src/net/codec.ts'
import type { Introduced } from '../../src/net/messages.ts'
import type { IncomingRequest, Transport } from '../../src/net/transport.ts'
import type { Peer } from '../../src/peer/peer.ts'
import { addressOf, isLive, market, Meeting, networkId } from './meeting.ts'

const otherMarket = createMarket({ symbol: 'ETH-USD', tickSize: '1', lotSize: '1' }) as Market
const second = 1_000

test('two peers that each know only a third become live neighbours within seconds, and trade', () => {
  const meeting = new Meeting()
  const bob = meeting.peer('bob')
  const [alice, carol] = ['alice', 'carol'].map(name => meeting.peer(name, { knownAddresses: [addressOf('bob')] }))
  expect(meeting.haveMet([alice!, bob, carol!], 10 * second)).toBe(true)

  const filled: unknown[] = []
  alice!.orders$.subscribe(({ status }) => filled.push(status))
  alice!.submit$({ market: market.id, side: 'sell', price: '101', quantity: '5' }).subscribe()
  meeting.clock.advance(1 * second)
  carol!.submit$({ market: market.id, side: 'buy', price: '101', quantity: '5' }).subscribe(outcome => {
    if (isRefusal(outcome)) throw new Error(outcome.sentence)
  })
  meeting.clock.advance(1 * second)
  expect(filled.at(-1)).toBe('filled')
})

test('a chain of acquaintances becomes a circle in which everybody knows everybody', () => {
  const meeting = new Meeting()
  const names = ['anna', 'ben', 'cora', 'dirk', 'emma', 'fred']
  const peers = names.map((name, index) =>
    meeting.peer(name, { knownAddresses: names.slice(Math.max(0, index - 1), index).map(addressOf) }),
  )
  expect(meeting.haveMet(peers, 20 * second)).toBe(true)
})

test('only who trades one of the same markets is introduced', () => {
  const meeting = new Meeting()
  const knownAddresses = [addressOf('bob')]
  const bob = meeting.peer('bob', { markets: [market, otherMarket] })
  const alice = meeting.peer('alice', { knownAddresses })
  const carol = meeting.peer('carol', { knownAddresses, markets: [otherMarket] })
  expect(meeting.haveMet([alice, bob], 5 * second) && meeting.haveMet([bob, carol], 5 * second)).toBe(true)
  meeting.clock.advance(20 * second)
  expect(meeting.sent).not.toContain('alice -> carol.sim:1')
  expect(meeting.sent).not.toContain('carol -> alice.sim:1')
})

test('who is no longer live is no longer introduced', () => {
  const meeting = new Meeting()
  const knownAddresses = [addressOf('bob')]
  const bob = meeting.peer('bob')
  const alice = meeting.peer('alice', { knownAddresses })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
  meeting.kill(alice)
  meeting.clock.advance(5 * second)
  const carol = meeting.peer('carol', { knownAddresses })
  expect(meeting.haveMet([bob, carol], 5 * second)).toBe(true)
  meeting.clock.advance(10 * second)
  expect(meeting.sent).not.toContain('carol -> alice.sim:1')
})

test('a neighbour that moves is found at its new address through another one', () => {
  const meeting = new Meeting()
  const knownAddresses = [addressOf('bob')]
  const bob = meeting.peer('bob')
  const alice = meeting.peer('alice', { knownAddresses })
  const carol = meeting.peer('carol', { knownAddresses })
  expect(meeting.haveMet([alice, bob, carol], 10 * second)).toBe(true)
  meeting.kill(carol)
  meeting.clock.advance(5 * second)
  const moved = meeting.peer('elsewhere', { key: 'carol', knownAddresses })
  expect(meeting.haveMet([alice, bob, moved], 15 * second)).toBe(true)
})

/** The transport of a peer that answers `peers` with a list of its own making, and is honest in everything else. */
function inventing(inner: Transport, list: () => readonly Introduced[]): Transport {
  const isAsked = ({ payload }: IncomingRequest) => decodeRequest(networkId, payload).type === 'peers'
  const answer = (request: IncomingRequest): IncomingRequest => ({
    ...request,
    reply: payload => request.reply(isAsked(request) ? encodeReply<'peers'>({ peers: [...list()] }) : payload),
  })
  return {
    address: inner.address,
    requests$: inner.requests$.pipe(map(answer)),
    request: (address, payload, timeoutMs) => inner.request(address, payload, timeoutMs),
    announce: services => inner.announce(services),
    lookup: service => inner.lookup(service),
    health: () => inner.health(),
    close: () => inner.close(),
  }
}

/** So many peers that nobody has ever met, at addresses where nobody is. */
function invented(meeting: Meeting, from: number, count: number): Introduced[] {
  return Array.from({ length: count }, (_, index) => ({
    peer: meeting.ring.signer(Buffer.from(`nobody ${from + index}`)).peerId,
    address: addressOf(`nobody${from + index}`),
  }))
}

function greetedBy(meeting: Meeting, name: string): string[] {
  return meeting.sent.filter(line => line.startsWith(`${name} -> nobody`))
}

function met(meeting: Meeting, name: string, list: () => readonly Introduced[]): { alice: Peer; liar: Peer } {
  const liar = meeting.peer(name, { transport: inventing(meeting.transport(name), list) })
  const alice = meeting.peer('alice', { knownAddresses: [liar.address] })
  expect(meeting.haveMet([alice, liar], 5 * second)).toBe(true)
  return { alice, liar }
}

test('one who names more than can be greeted is heard out up to a bound, and each address a few times only', () => {
  const meeting = new Meeting()
  const { alice } = met(meeting, 'mallory', () => invented(meeting, 0, limits.neighboursMax))
  meeting.clock.advance(limits.introductionMemoryMs - 5 * second)
  const greeted = greetedBy(meeting, 'alice')
  expect(new Set(greeted).size).toBe(limits.introductionsPerPeerMax)
  expect(greeted).toHaveLength(limits.introductionsPerPeerMax * limits.greetAttemptsMax)
  expect(alice.health().counters['introduced_too_many']).toBeGreaterThan(0)
  expect(alice.neighbours().filter(({ state }) => state === 'live')).toHaveLength(1)
})

test('one who names others every time is bounded all the same', () => {
  const meeting = new Meeting()
  let from = 0
  met(meeting, 'mallory', () =>
    invented(meeting, (from += limits.introductionsPerPeerMax), limits.introductionsPerPeerMax),
  )
  meeting.clock.advance(limits.introductionMemoryMs - 5 * second)
  expect(new Set(greetedBy(meeting, 'alice')).size).toBe(limits.introductionsPerPeerMax)
})

test('many of them together do not take the places of all neighbours', () => {
  const meeting = new Meeting()
  const liars = Array.from({ length: 6 }, (_, index) => {
    const name = `mallory${index}`
    const list = () => invented(meeting, index * limits.neighboursMax, limits.neighboursMax)
    return meeting.peer(name, { transport: inventing(meeting.transport(name), list) })
  })
  const alice = meeting.peer('alice', { knownAddresses: liars.map(({ address }) => address) })
  meeting.clock.advance(15 * second)
  expect(liars.every(liar => isLive(alice, liar))).toBe(true)
  expect(new Set(greetedBy(meeting, 'alice')).size).toBe(limits.introductionsMax)

  const bob = meeting.peer('bob', { knownAddresses: [alice.address] })
  expect(meeting.haveMet([alice, bob], 5 * second)).toBe(true)
})

test('an address at which nobody answered may be named again after a while', () => {
  const meeting = new Meeting()
  met(meeting, 'mallory', () => invented(meeting, 0, 1))
  meeting.clock.advance(limits.introductionMemoryMs + 40 * second)
  expect(greetedBy(meeting, 'alice')).toHaveLength(2 * limits.greetAttemptsMax)
})

test('who is introduced under its own address, or is known already, is not greeted', () => {
  const meeting = new Meeting()
  const ids: Introduced[] = []
  const { alice, liar } = met(meeting, 'mallory', () => ids)
  ids.push({ peer: alice.id, address: addressOf('nobody1') }, { peer: liar.id, address: addressOf('nobody2') })
  meeting.clock.advance(10 * second)
  expect(greetedBy(meeting, 'alice')).toEqual([])
})

test('a neighbour that introduces nobody in due form is counted, and stays a neighbour', () => {
  const meeting = new Meeting()
  const { alice, liar } = met(meeting, 'mallory', () => invented(meeting, 0, limits.neighboursMax + 1))
  meeting.clock.advance(5 * second)
  expect(alice.health().counters['introduction_failed.message_malformed']).toBeGreaterThan(0)
  expect(greetedBy(meeting, 'alice')).toEqual([])
  expect(isLive(alice, liar)).toBe(true)
})

test(
  'on real Grenache without any grape, two that know a third trade with each other',
  { timeout: 60_000 },
  async () => {
    const options = { markets: [{ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }], grapes: ['http://127.0.0.1:9'] }
    const bob = await createPeer({ ...options, name: 'bob' })
    const others = { ...options, peers: [bob.address] }
    const [alice, carol] = await Promise.all(['alice', 'carol'].map(name => createPeer({ ...others, name })))
    try {
      const peers = [alice!, bob, carol!]
      await Promise.all(peers.map(peer => peer.ready({ neighbours: 2, timeoutMs: 30_000 })))
      expect(alice!.health().discovery.grapes).toMatchObject([{ state: 'unreachable' }])
      await alice!.submit({ market: 'BTC-USD', side: 'sell', price: '101', quantity: '5' })
      const traded = firstValueFrom(carol!.trades$)
      await carol!.submit({ market: 'BTC-USD', side: 'buy', price: '101', quantity: '5' })
      expect(await traded).toMatchObject({ quantity: '5', maker: { peer: alice!.id }, taker: { peer: carol!.id } })
    } finally {
      await Promise.all([alice!, bob, carol!].map(peer => peer.stop()))
    }
  },
)
