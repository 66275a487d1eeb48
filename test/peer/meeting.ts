/** Peers on a simulated network without any DHT: each knows what it is told, and what it has kept. */
import type { Subscription } from 'rxjs'
import { createMarket, type Market } from '../../src/book/market.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'
import type { Address, Transport } from '../../src/net/transport.ts'
import { Peer, type PeerOptions } from '../../src/peer/peer.ts'
import { Random } from '../../src/sim/random.ts'
import { SimulatedNetwork } from '../../src/sim/simulated-network.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { MemoryJournal } from '../../src/store/memory-journal.ts'
import { MemoryKnownPeers } from '../../src/store/memory-known-peers.ts'

export const networkId = 'meeting'
export const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market

export class Meeting {
  readonly clock = new VirtualClock()
  readonly ring = new KeyedHashRing()
  /** Every request that was sent, as `alice -> bob.sim:1`. */
  readonly sent: string[] = []
  /** Addresses at which nothing arrives. */
  readonly deaf = new Set<string>()
  /** Of every message. */
  readonly latencyMs: number
  readonly #random = new Random(1)
  #stranger: Transport | undefined
  readonly #network = new SimulatedNetwork({
    clock: this.clock,
    random: this.#random.fork('network'),
    fate: ({ kind, from, to }) => {
      if (kind === 'request') this.sent.push(`${from.split('.')[0]!} -> ${to}`)
      if (this.deaf.has(to)) return { delaysMs: [] }
      return { delaysMs: kind === 'request' || kind === 'reply' ? [this.latencyMs] : [] }
    },
  })

  constructor({ latencyMs = 2 } = {}) {
    this.latencyMs = latencyMs
  }

  /** A peer that is started. One of a `key` of another's name is the same peer to all others. */
  peer(name: string, { key = name, ...options }: Partial<PeerOptions> & { readonly key?: string } = {}): Peer {
    const random = this.#random.fork(`${name} ${this.clock.now()}`)
    const peer = new Peer({
      name,
      networkId,
      markets: [market],
      signer: this.ring.signer(Buffer.from(key)),
      verifier: this.ring.verifier(),
      transport: options.transport ?? this.transport(name),
      clock: this.clock,
      randomBytes: count => random.bytes(count),
      random: () => random.real(),
      journalOf: () => this.journal(),
      ...options,
    })
    peer.start$().subscribe()
    this.clock.advance(10)
    return peer
  }

  /** A journal whose sync takes so long. */
  journal(syncMs = 1): MemoryJournal {
    return new MemoryJournal(task => this.clock.setTimeout(task, syncMs))
  }

  knownPeers(): MemoryKnownPeers {
    return new MemoryKnownPeers(task => this.clock.setTimeout(task, 1))
  }

  /** Somebody who is no peer. */
  get stranger(): Transport {
    this.#stranger ??= this.transport('stranger')
    return this.#stranger
  }

  transport(name: string): Transport {
    return this.#network.createTransport(name)
  }

  /** Everybody has everybody as a live neighbour within so much time. */
  haveMet(peers: readonly Peer[], limitMs: number): boolean {
    const isMet = () => peers.every(peer => peers.every(other => other === peer || isLive(peer, other)))
    return this.clock.runUntil(isMet, limitMs)
  }

  /** Ends a peer without a word. */
  kill(peer: Peer): Subscription {
    const killing = peer.kill$().subscribe()
    this.clock.advance(1)
    return killing
  }
}

export function addressOf(name: string): Address {
  return `${name}.sim:1` as Address
}

export function isLive(peer: Peer, other: Peer): boolean {
  return peer.neighbours().some(({ peerId, state }) => peerId === other.id && state === 'live')
}
