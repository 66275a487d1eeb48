/**
 * Where a model of what users may rely on is walked: a few peers, known to each other by address, and what can go wrong between
 * them. The same on the simulated network, where time is virtual, and on real Grenache.
 */
import { createServer, type AddressInfo } from 'node:net'
import { filter, merge, NEVER, raceWith, take, throwError, timer, mergeMap, type Observable } from 'rxjs'
import { createMarket, type Market } from '../../src/book/market.ts'
import { createPeer, startGrapes, type Grapes } from '../../src/index.ts'
import { TransportError, type Address, type Transport } from '../../src/net/transport.ts'
import type { Peer } from '../../src/peer/peer.ts'
import { GrenacheStage } from '../../src/scenario/grenache-stage.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import type { Stage } from '../../src/scenario/stage.ts'
import { addressOf } from '../../src/sim/simulated-network.ts'

export const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market

/** What does not arrive: requests on the way `from -> to`, or replies on it. */
export type Kind = 'request' | 'reply'

export interface Ground {
  /** Starts a peer, or brings it back: the same key, the same address. Others know its address before it is there. */
  begin(name: string): Promise<Peer>
  addressOf(name: string): Address
  /** It dies without a word. */
  kill(peer: Peer): Promise<void>
  /** It leaves in good order. */
  leave(peer: Peer): Promise<void>
  /** From now on none of these arrive. */
  lose(kind: Kind, from: string, to: string): void
  /** Everything arrives again. */
  heal(): void
  /** What it emits first; time moves until it comes. */
  first<T>(source: Observable<T>): Promise<T>
  until(condition: () => boolean, limitMs: number): Promise<boolean>
  advance(ms: number): Promise<void>
  close(): Promise<void>
}

const answerMsMax = 15_000

export class SimulatedGround implements Ground {
  readonly #stage: SimulatedStage
  readonly #names: readonly string[]

  /** `names` are all that will ever be there. */
  constructor(names: readonly string[], seed: number) {
    this.#names = names
    this.#stage = new SimulatedStage(seed)
  }

  begin(name: string): Promise<Peer> {
    this.#stage.knows(name, this.#names)
    return this.#stage.createPeer(name, [market])
  }

  addressOf(name: string): Address {
    return addressOf(name)
  }

  async kill(peer: Peer): Promise<void> {
    this.#stage.crash(peer.name, false)
    await this.first(peer.kill$())
  }

  leave(peer: Peer): Promise<void> {
    return this.first(peer.stop$())
  }

  lose(kind: Kind, from: string, to: string): void {
    this.#stage.begin({ type: 'drop', from, to, message: null, kind, isForAll: true, ms: 0 })
  }

  heal(): void {
    this.#stage.begin({ type: 'heal' })
  }

  first<T>(source: Observable<T>): Promise<T> {
    return this.#stage.first(source, answerMsMax)
  }

  until(condition: () => boolean, limitMs: number): Promise<boolean> {
    return this.#stage.until(condition, limitMs)
  }

  advance(ms: number): Promise<void> {
    return this.#stage.advance(ms)
  }

  close(): Promise<void> {
    return this.#stage.close()
  }
}

export class GrenacheGround implements Ground {
  readonly #grapes: Grapes
  readonly #stage: Stage
  /** By name: where it listens in every life. */
  readonly #ports: ReadonlyMap<string, number>
  readonly #keys: ReadonlyMap<string, Uint8Array>
  readonly #lost = new Set<string>()

  private constructor(grapes: Grapes, stage: Stage, ports: ReadonlyMap<string, number>) {
    this.#grapes = grapes
    this.#stage = stage
    this.#ports = ports
    this.#keys = new Map([...ports.keys()].map((name, index) => [name, new Uint8Array(32).fill(index + 1)]))
  }

  /** `names` are all that will ever be there. */
  static async open(names: readonly string[]): Promise<GrenacheGround> {
    const grapes = await startGrapes({ count: 2 })
    const ports = new Map<string, number>()
    for (const name of names) ports.set(name, await freePort())
    return new GrenacheGround(grapes, await GrenacheStage.set(grapes.urls), ports)
  }

  begin(name: string): Promise<Peer> {
    const others = [...this.#ports.keys()].filter(other => other !== name)
    return createPeer({
      ...{ name, markets: [market], grapes: this.#grapes.urls, networkId: 'ground', key: this.#keys.get(name)! },
      ...{ port: this.#ports.get(name)!, peers: others.map(other => this.addressOf(other)) },
      tap: transport => lossy(transport, (kind, to) => this.#isLost(kind, name, to)),
    })
  }

  addressOf(name: string): Address {
    return `127.0.0.1:${this.#ports.get(name)!}` as Address
  }

  kill(peer: Peer): Promise<void> {
    return this.first(peer.kill$())
  }

  leave(peer: Peer): Promise<void> {
    return this.first(peer.stop$())
  }

  lose(kind: Kind, from: string, to: string): void {
    this.#lost.add(`${kind} ${this.addressOf(from)} ${this.addressOf(to)}`)
  }

  heal(): void {
    this.#lost.clear()
  }

  first<T>(source: Observable<T>): Promise<T> {
    return this.#stage.first(source, answerMsMax)
  }

  until(condition: () => boolean, limitMs: number): Promise<boolean> {
    return this.#stage.until(condition, limitMs)
  }

  advance(ms: number): Promise<void> {
    return this.#stage.advance(ms)
  }

  async close(): Promise<void> {
    await this.#stage.close()
    await this.#grapes.stop()
  }

  /** Of an exchange that `name` begins with whoever is at `to`. */
  #isLost(kind: Kind, name: string, to: Address): boolean {
    const own = this.addressOf(name)
    return this.#lost.has(kind === 'request' ? `request ${own} ${to}` : `reply ${to} ${own}`)
  }
}

/** The transport of one peer over a network that loses something: a request never leaves then, or its reply is never heard. */
function lossy(transport: Transport, isLost: (kind: Kind, to: Address) => boolean): Transport {
  return {
    address: transport.address,
    requests$: transport.requests$,
    request: (to, payload, timeoutMs) => {
      const asked$ = isLost('request', to) ? NEVER : transport.request(to, payload, timeoutMs)
      const heard$ = merge(asked$, NEVER).pipe(filter(() => !isLost('reply', to)))
      return heard$.pipe(take(1), raceWith(late(timeoutMs)))
    },
    announce: services => transport.announce(services),
    lookup: service => transport.lookup(service),
    health: () => transport.health(),
    close: () => transport.close(),
  }
}

function late(timeoutMs: number): Observable<never> {
  const error = new TransportError('timed_out', `no reply within ${timeoutMs} ms`)
  return timer(timeoutMs).pipe(mergeMap(() => throwError(() => error)))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
