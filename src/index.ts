/**
 * The library: peers on real Grenache, in real time. `createPeer` gives a peer whose books are open; `startGrapes` gives a DHT on
 * this machine for those who have none.
 */
import { randomBytes } from 'node:crypto'
import type { InspectionEvent, Observer } from 'xstate'
import * as z from 'zod'
import { createMarket, type Market } from './book/market.ts'
import type { PeerId } from './book/order.ts'
import { isRefusal } from './book/refusal.ts'
import type { Clock } from './clock.ts'
import { ed25519Signer, ed25519Verifier } from './feed/ed25519.ts'
import { limits } from './limits.ts'
import { isAddress } from './net/grenache/address.ts'
import { createGrenacheTransport } from './net/grenache/grenache-transport.ts'
import { namePattern } from './net/messages.ts'
import type { Address, Transport } from './net/transport.ts'
import { refusalOfForm } from './peer/parse-order.ts'
import { Peer, type BanOrder } from './peer/peer.ts'
import type { KnownPeers } from './store/known-peers.ts'
import { MemoryJournal } from './store/memory-journal.ts'

export { isRefusal, type Refusal } from './book/refusal.ts'
export type { Market } from './book/market.ts'
export type { OrderId, PeerId, Side, TimeInForce, TradeId } from './book/order.ts'
export { startGrapes, type Grapes } from './net/grenache/grapes.ts'
export type { Address } from './net/transport.ts'
export { BookView, type LevelView, type RestingView } from './peer/book-view.ts'
export type { NeighbourState, NeighbourView, ReadyOptions } from './peer/neighbourhood.ts'
export type { DisputeReport, DoubtReport, FillReport, ForcedReport, OrderOutcome, TradeReport } from './peer/outcome.ts'
export type { CancelAllRequest, OrderRequest, ReplaceRequest } from './peer/parse-order.ts'
export type { Ban, BanSummary } from './peer/bans.ts'
export { Peer, type BanOrder, type ForceRequest, type PeerHealth } from './peer/peer.ts'
export { KnownPeersFile } from './store/known-peers-file.ts'
export type { KnownPeer, KnownPeers } from './store/known-peers.ts'

export interface CreatePeerOptions {
  readonly markets: readonly { readonly symbol: string; readonly tickSize: string; readonly lotSize: string }[]
  /** URLs of grapes, such as `http://127.0.0.1:30001`, to be found by others and to find them. */
  readonly grapes?: readonly string[]
  /** Addresses of peers known beforehand, `host:port`: with these the DHT may be absent. */
  readonly peers?: readonly string[]
  /** Who is kept out from the start, as `bans()` of an earlier life gave it: bans last no longer than a peer does. */
  readonly banned?: readonly BanOrder[]
  /** Where live neighbours are written down, to be found again at the next start, such as a `KnownPeersFile`. Left out, nowhere. */
  readonly knownPeers?: KnownPeers
  /** 32 secret bytes: the peer's identity. Left out, the peer is a new one at each start. */
  readonly key?: Uint8Array
  /** What people call it. Default: `peer-` and the first characters of its id. */
  readonly name?: string
  /** Peers of different networks never meet. Default: `main`. */
  readonly networkId?: string
  /** The address to listen on. Others reach the peer there: a grape should run on the same host. Default: 127.0.0.1. */
  readonly host?: string
  /** Default: any free one. */
  readonly port?: number
  /** Hears of every event and every snapshot of the peer's actors, as XState's option of that name does. It must not throw. */
  readonly inspect?: Observer<InspectionEvent>
  /** Puts something between the peer and its network that sees what passes. */
  readonly tap?: (transport: Transport) => Transport
}

const keyBytes = 32
const randomPoolBytes = 65_536
/** A market of this library has an id besides, which follows from the rest. */
const market = z.object({ symbol: z.string(), tickSize: z.string(), lotSize: z.string() })
const optionsForm = z.strictObject({
  markets: z
    .array(market)
    .min(1)
    .max(limits.marketsMax)
    .refine(
      markets => new Set(markets.map(one => JSON.stringify(one))).size === markets.length,
      'a market is there twice',
    ),
  grapes: z.array(z.string()).optional(),
  peers: z.array(z.string().refine(isAddress, 'must be an address such as 127.0.0.1:4000')).optional(),
  banned: z
    .array(z.object({ peerId: z.string().refine(id => ed25519Verifier().isPeerId(id), 'must be a peer id') }))
    .max(limits.bansMax)
    .optional(),
  knownPeers: z.custom<KnownPeers>(isKnownPeers, 'must have read() and write(), as a KnownPeersFile has').optional(),
  key: z
    .instanceof(Uint8Array)
    .refine(key => key.length === keyBytes, `must have ${keyBytes} bytes`)
    .optional(),
  name: z.string().regex(namePattern, 'must be a name of 1 to 64 letters and digits').optional(),
  networkId: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, points, hyphens or underscores')
    .optional(),
  host: z.string().optional(),
  port: z.int().min(0).max(65_535).optional(),
  inspect: z.custom<Observer<InspectionEvent>>(isObserver, 'must be an observer: { next(event) }').optional(),
  tap: z
    .custom<CreatePeerOptions['tap']>(value => typeof value === 'function', 'must be a function of a transport')
    .optional(),
})
const nameCharacters = 8

/** A peer that listens, is announced and has its books open. Rejects with a sentence when an option is wrong or the port is in use. */
export async function createPeer(options: CreatePeerOptions): Promise<Peer> {
  const malformed = refusalOfForm(optionsForm, options)
  if (malformed) throw new Error(`createPeer: ${malformed.sentence}`)
  const { networkId = 'main', key = randomBytes(keyBytes), host, port } = options
  const markets = options.markets.map(validMarket)
  const signer = ed25519Signer(key)
  const transport = await createGrenacheTransport({
    grapes: options.grapes ?? [],
    networkId,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  })
  const peer = new Peer({
    name: options.name ?? defaultName(signer.peerId),
    networkId,
    markets,
    signer,
    verifier: ed25519Verifier(),
    transport: options.tap?.(transport) ?? transport,
    clock: realClock(),
    randomBytes: pooledRandomBytes(),
    random: Math.random,
    journalOf: () => new MemoryJournal(task => setImmediate(task)),
    banned: options.banned ?? [],
    knownAddresses: (options.peers ?? []) as Address[],
    ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    ...(options.knownPeers === undefined ? {} : { knownPeers: options.knownPeers }),
  })
  return peer.start()
}

/** What people call a peer that has been given no name. */
export function defaultName(peerId: PeerId): string {
  return `peer-${peerId.slice(0, nameCharacters)}`
}

function isObserver(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function'
}

function isKnownPeers(given: unknown): boolean {
  const { read, write } = Object(given) as Partial<KnownPeers>
  return typeof read === 'function' && typeof write === 'function'
}

function validMarket(wanted: CreatePeerOptions['markets'][number]): Market {
  const market = createMarket(wanted)
  if (isRefusal(market)) throw new Error(market.sentence)
  return market
}

/** A call of `randomBytes` costs as much for a few bytes as for many: every order and every trade needs some. */
function pooledRandomBytes(): (count: number) => Uint8Array {
  let pool = new Uint8Array(0)
  let taken = 0
  return count => {
    if (pool.length - taken < count) {
      pool = randomBytes(Math.max(count, randomPoolBytes))
      taken = 0
    }
    taken += count
    return pool.subarray(taken - count, taken)
  }
}

/** Wall time at start plus monotonic time since, so that it never runs backwards. */
export function realClock(): Clock {
  const { timeOrigin } = performance
  return {
    now: () => timeOrigin + performance.now(),
    setTimeout: (task, delayMs) => setTimeout(task, delayMs),
    clearTimeout: handle => {
      clearTimeout(handle as NodeJS.Timeout)
    },
  }
}
