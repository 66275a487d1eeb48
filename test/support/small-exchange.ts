/**
 * A few correct peers on a simulated network with no faults, and the means to do what no correct peer does: a stranger's transport,
 * and every peer's key.
 */
import { createMarket, type Market, type MarketId } from '../../src/book/market.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'
import type { Signer } from '../../src/feed/signer.ts'
import { encodeRequest } from '../../src/net/codec.ts'
import type { Request } from '../../src/net/messages.ts'
import type { Address, Transport } from '../../src/net/transport.ts'
import type { JournalRecord } from '../../src/peer/decide/group.ts'
import { recordOf } from '../../src/peer/decide/record-text.ts'
import { Peer } from '../../src/peer/peer.ts'
import type { Subject } from '../../src/sim/invariants.ts'
import { Random } from '../../src/sim/random.ts'
import { SimulatedNetwork } from '../../src/sim/simulated-network.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { MemoryJournal } from '../../src/store/memory-journal.ts'

export const networkId = 'small'
export const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market

export class SmallExchange {
  readonly clock = new VirtualClock()
  readonly ring = new KeyedHashRing()
  readonly #random = new Random(1)
  readonly #network: SimulatedNetwork
  readonly #journals = new Map<string, MemoryJournal>()
  readonly peers: readonly Peer[]

  constructor(...names: readonly string[]) {
    this.#network = new SimulatedNetwork({ clock: this.clock, random: this.#random.fork('network') })
    this.peers = names.map(name => this.#start(name))
    const isMet = (peer: Peer) =>
      peer.neighbours().filter(({ state }) => state === 'live').length === this.peers.length - 1
    if (!this.clock.runUntil(() => this.peers.every(isMet), 30_000)) throw new Error('not everybody has met everybody')
  }

  /** The key of a peer, to sign what no correct peer would. */
  signerOf(name: string): Signer {
    return this.ring.signer(Buffer.from(name))
  }

  stranger(name: string): Transport {
    return this.#network.createTransport(name)
  }

  /** What comes in reply to a request, once it has come. */
  ask(from: Transport, to: Address, request: Request): unknown {
    const replies: unknown[] = []
    from.request(to, encodeRequest(networkId, request), 1_000).subscribe(reply => replies.push(JSON.parse(reply)))
    this.clock.runUntil(() => replies.length > 0, 2_000)
    return replies[0]
  }

  subjects(): Subject[] {
    return this.peers.map(peer => {
      const records: JournalRecord[] = []
      this.#journalOf(peer.name)
        .read()
        .subscribe(text => records.push(recordOf(text)))
      return { self: peer.id, networkId, records }
    })
  }

  #start(name: string): Peer {
    const random = this.#random.fork(name)
    const peer = new Peer({
      name,
      networkId,
      markets: [market],
      signer: this.signerOf(name),
      verifier: this.ring.verifier(),
      transport: this.#network.createTransport(name),
      clock: this.clock,
      randomBytes: count => random.bytes(count),
      random: () => random.real(),
      journalOf: (_: MarketId) => this.#journalOf(name),
    })
    peer.start$().subscribe()
    return peer
  }

  #journalOf(name: string): MemoryJournal {
    const journal = this.#journals.get(name) ?? new MemoryJournal(task => this.clock.setTimeout(task, 1))
    this.#journals.set(name, journal)
    return journal
  }
}
