/**
 * A late joiner on real Grenache: four peers with 10,000 open orders between them, then a fifth, which knows nothing. Prints how long
 * it takes from its creation until it is ready and until its book is that of the others, with the conditions; `--json` for scripts.
 * Bounded: three joiners one after another, and two minutes at most.
 */
import { availableParallelism } from 'node:os'
import { createPeer, isRefusal, startGrapes, type Peer } from '../../src/index.ts'
import { countRequests } from '../../src/scenario/tally-requests.ts'

const owners = 4
const ordersOfEach = 2_500
/** Commands of one peer under way at the same time. */
const chunk = 100
const joiners = 3
const runMsMax = 120_000
const readyMsMax = 20_000
const lookMs = 2
const market = { symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }
/** Prices of a thousand levels on each side of a middle that nobody crosses. */
const middle = 50_000
const levels = 1_000

interface Joining {
  readonly readyMs: number
  readonly equalMs: number
  readonly requests: number
}

const endMs = performance.now() + runMsMax
const grapes = await startGrapes()
const peers = await Promise.all(Array.from({ length: owners }, (_, index) => create(`owner-${index + 1}`)))
await Promise.all(peers.map(peer => peer.ready({ neighbours: owners - 1, timeoutMs: readyMsMax })))

const placeStartMs = performance.now()
await Promise.all(peers.map(place))
await until('all owners to hold the same book', () => new Set(peers.map(digestOf)).size === 1)
const placeMs = performance.now() - placeStartMs

const joinings: Joining[] = []
for (let index = 0; index < joiners; index += 1) joinings.push(await join(`joiner-${index + 1}`))
print()
await Promise.all(peers.map(peer => peer.stop()))
await grapes.stop()

function create(name: string): Promise<Peer> {
  return createPeer({ name, markets: [market], grapes: grapes.urls })
}

/** Orders that rest, in chunks: each begins when the one before has been answered. */
async function place(peer: Peer): Promise<void> {
  for (let placed = 0; placed < ordersOfEach; placed += chunk) {
    if (performance.now() > endMs) throw new Error(`${peer.name} has placed ${placed} orders when the time was over`)
    const requests = Array.from({ length: Math.min(chunk, ordersOfEach - placed) }, (_, index) =>
      peer.submit(orderOf(placed + index)),
    )
    const refused = (await Promise.all(requests)).find(isRefusal)
    if (refused) throw new Error(refused.sentence)
  }
}

function orderOf(nth: number): Parameters<Peer['submit']>[0] {
  const [side, sign] = nth % 2 === 0 ? (['buy', -1] as const) : (['sell', 1] as const)
  const price = (middle + sign * (1 + (nth % levels)) * Number(market.tickSize)).toFixed(1)
  return { market: market.symbol, side, price, quantity: market.lotSize }
}

/** The joiner leaves again, so that the next one meets the same. */
async function join(name: string): Promise<Joining> {
  const [first] = peers as [Peer, ...Peer[]]
  const requests = countRequests(new Set(peers.map(({ address }) => address)))
  const startMs = performance.now()
  const joiner = await create(name)
  const ready = joiner.ready({ neighbours: owners, timeoutMs: readyMsMax }).then(() => performance.now() - startMs)
  await until(`${name} to have read all feeds`, () => hasReadAll(joiner))
  const equalMs = performance.now() - startMs
  const [hash, wanted] = [joiner, first].map(peer => peer.book(market.symbol).hash())
  if (hash !== wanted) throw new Error(`${name} has read all feeds, but its book is another`)
  const open = (['buy', 'sell'] as const).flatMap(side => joiner.book(market.symbol).orders(side)).length
  if (open !== owners * ordersOfEach) throw new Error(`${name} sees ${open} open orders`)
  const readyMs = await ready
  requests.stop()
  await joiner.stop()
  return { readyMs, equalMs, requests: requests.count }
}

/** Comparing heads costs little; the hash is taken once, when they are equal. */
function hasReadAll(joiner: Peer): boolean {
  const read = new Map(
    joiner
      .book(market.symbol)
      .heads()
      .map(({ owner, head }) => [owner, head.hash]),
  )
  return peers.every(({ id }) => read.get(id) === ownHeadOf(id))
}

function ownHeadOf(owner: Peer['id']): string | undefined {
  const peer = peers.find(({ id }) => id === owner)
  return peer
    ?.book(market.symbol)
    .heads()
    .find(it => it.owner === owner)?.head.hash
}

function digestOf(peer: Peer): string {
  return peer.book(market.symbol).digest()
}

async function until(what: string, condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited too long for ${what}`)
    await new Promise(resolve => setTimeout(resolve, lookMs))
  }
}

function print(): void {
  const figures = {
    node: process.version,
    cores: availableParallelism(),
    owners,
    openOrders: owners * ordersOfEach,
    placeMs,
    joinings,
  }
  console.log(process.argv.includes('--json') ? JSON.stringify(figures) : inWords())
}

function inWords(): string {
  const each = joinings.map(({ readyMs, equalMs, requests }) => {
    const overMs = Math.max(readyMs, equalMs)
    return `  ${overMs.toFixed(0).padStart(6)} ms: equal after ${equalMs.toFixed(0)} ms, ready after ${readyMs.toFixed(0)} ms; ${requests} requests to the others by all`
  })
  return [
    `Node ${process.version}, ${availableParallelism()} cores, loopback, all in one process`,
    `${owners * ordersOfEach} open orders of ${owners} peers, placed in ${placeMs.toFixed(0)} ms, ${chunk} of each in flight`,
    `${joinings.length} peers that join, one after another, until ready and equal:`,
    ...each,
  ].join('\n')
}
