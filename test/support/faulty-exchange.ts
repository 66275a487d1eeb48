/**
 * A whole exchange on the simulated network with a drawn set of faults: loss, duplication, delay, partitions, crashes that lose the
 * unsynced tail. Peers are the product's own; only time, network and disk are simulated.
 */
import { createMarket, type Market } from '../../src/book/market.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'
import type { Address } from '../../src/net/transport.ts'
import type { JournalRecord } from '../../src/peer/decide/group.ts'
import { Peer } from '../../src/peer/peer.ts'
import type { Fate, Message } from '../../src/sim/fate.ts'
import type { Subject } from '../../src/sim/invariants.ts'
import { Random } from '../../src/sim/random.ts'
import { SimulatedNetwork } from '../../src/sim/simulated-network.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { MemoryJournal } from '../../src/store/memory-journal.ts'

const networkId = 'faulty'
const names = ['alice', 'bob', 'carol', 'dave'] as const
type Name = (typeof names)[number]

const market = createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }) as Market

/** What goes wrong, and how much of it; each kind is switched on with probability one half. */
interface Faults {
  readonly loss: number
  readonly duplication: number
  readonly delay: number
  readonly crashes: boolean
  readonly partitions: boolean
}

export class FaultyExchange {
  readonly clock = new VirtualClock()
  readonly names: readonly Name[]
  readonly faults: Faults
  readonly #random: Random
  readonly #chance: Random
  readonly #ring = new KeyedHashRing()
  readonly #network: SimulatedNetwork
  readonly #peers = new Map<Name, Peer>()
  readonly #journals = new Map<Name, MemoryJournal>()
  readonly #orders = new Map<Name, Parameters<Peer['cancel$']>[0][]>()
  #isFaulty = false
  #cutOff: Address | null = null
  #lives = 0
  asked = 0
  answered = 0
  crashes = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#chance = this.#random.fork('chance')
    const draw = this.#random.fork('faults')
    const strength = (max: number) => (draw.real() < 0.5 ? draw.real() * max : 0)
    this.names = names.slice(0, draw.integer(2, names.length))
    this.faults = {
      loss: strength(0.3),
      duplication: strength(0.3),
      delay: strength(0.2),
      crashes: draw.real() < 0.5,
      partitions: draw.real() < 0.5,
    }
    this.#network = new SimulatedNetwork({
      clock: this.clock,
      random: this.#random.fork('network'),
      fate: message => this.#fateOf(message),
    })
    for (const name of this.names) {
      this.#journals.set(name, new MemoryJournal(task => this.clock.setTimeout(task, this.#chance.real() * 3)))
      this.#orders.set(name, [])
      this.#start(name)
    }
  }

  get peers(): Peer[] {
    return [...this.#peers.values()]
  }

  /** Lets everybody find each other while nothing goes wrong. */
  becomeReady(): boolean {
    let ready = 0
    for (const peer of this.peers)
      peer.ready$({ neighbours: this.names.length - 1, timeoutMs: 20_000 }).subscribe(() => (ready += 1))
    return this.clock.runUntil(() => ready === this.names.length, 30_000)
  }

  /** So many random commands and faults, with `each` looking on after each of them. */
  trade(steps: number, each: (step: number) => void): void {
    this.#isFaulty = true
    for (let step = 0; step < steps; step += 1) {
      this.#act(this.#chance.pick(this.names))
      this.clock.advance(this.#chance.integer(0, 60))
      each(step)
    }
    this.#isFaulty = false
    this.#cutOff = null
  }

  /** Faults are over: true when the exchange comes to rest within the limit. */
  comeToRest(limitMs: number): boolean {
    const endMs = this.clock.now() + limitMs
    while (this.clock.now() < endMs) {
      this.clock.advance(100)
      if (this.unrest().length === 0) return true
    }
    return false
  }

  /** What is still moving, in sentences. */
  unrest(): string[] {
    const books = this.peers.map(peer => peer.book(market.symbol))
    const missing = this.peers.flatMap(peer => {
      const live = peer.neighbours().filter(({ state }) => state === 'live').length
      return live === this.names.length - 1 ? [] : [`${peer.name} has ${live} live neighbours`]
    })
    const differing = new Set(books.map(book => book.digest())).size > 1 ? ['the heads differ'] : []
    return [...missing, ...differing, ...books.flatMap(book => book.unrest())]
  }

  subjects(): Subject[] {
    return this.names.map(name => {
      const records: JournalRecord[] = []
      this.#journals
        .get(name)
        ?.read()
        .subscribe(text => records.push(JSON.parse(text) as JournalRecord))
      return { self: this.#peerOf(name).id, networkId, records }
    })
  }

  /** Everything that every peer has ever made durable, as one text. */
  history(): string {
    return JSON.stringify(this.subjects())
  }

  #fateOf({ from, to }: Message): Fate {
    const chance = this.#chance
    if (!this.#isFaulty) return { delaysMs: [chance.integer(1, 10)] }
    if (this.#cutOff !== null && (from === this.#cutOff) !== (to === this.#cutOff)) return { delaysMs: [] }
    const { loss, duplication, delay } = this.faults
    if (chance.real() < loss) return { delaysMs: [] }
    const oneDelay = () => (chance.real() < delay ? chance.integer(10, 3_000) : chance.integer(1, 20))
    return { delaysMs: chance.real() < duplication ? [oneDelay(), oneDelay()] : [oneDelay()] }
  }

  #start(name: Name): void {
    this.#lives += 1
    const random = this.#random.fork(`${name} ${this.#lives}`)
    const peer = new Peer({
      name,
      networkId,
      markets: [market],
      signer: this.#ring.signer(this.#random.fork(`key of ${name}`).bytes(32)),
      verifier: this.#ring.verifier(),
      transport: this.#network.createTransport(name),
      clock: this.clock,
      randomBytes: count => random.bytes(count),
      random: () => random.real(),
      journalOf: () => this.#journalOf(name),
    })
    this.#peers.set(name, peer)
    peer.start$().subscribe()
  }

  #act(name: Name): void {
    const chance = this.#chance.real()
    if (chance < 0.7) this.#submit(name)
    else if (chance < 0.92) this.#cancel(name)
    else if (chance < 0.96) this.#crash(name)
    else if (this.faults.partitions) this.#cutOff = this.#cutOff === null ? this.#peerOf(name).address : null
  }

  #submit(name: Name): void {
    const chance = this.#chance
    this.asked += 1
    const isMarket = chance.real() < 0.1
    const order = {
      market: market.symbol,
      side: chance.pick(['buy', 'sell'] as const),
      quantity: `${chance.integer(1, 9)}`,
      account: chance.pick(['fund', 'desk']),
      ...(isMarket ? {} : { price: `${chance.integer(95, 105)}` }),
      ...(chance.real() < 0.3 ? { timeInForce: 'ioc' as const } : {}),
    }
    this.#peerOf(name)
      .submit$(order)
      .subscribe(outcome => {
        this.answered += 1
        if (!isRefusal(outcome)) this.#orders.get(name)?.push(outcome.order.id)
      })
  }

  #cancel(name: Name): void {
    const orders = this.#orders.get(name) ?? []
    if (orders.length === 0) return
    this.asked += 1
    this.#peerOf(name)
      .cancel$(this.#chance.pick(orders))
      .subscribe(() => (this.answered += 1))
  }

  /** Ends a peer between two steps, loses what it had not synced, and starts it again with its journal. */
  #crash(name: Name): void {
    if (!this.faults.crashes) return
    this.crashes += 1
    this.#peerOf(name).kill$().subscribe()
    this.#journalOf(name).crash()
    this.clock.advance(this.#chance.integer(1, 50))
    this.#start(name)
  }

  #peerOf(name: Name): Peer {
    const peer = this.#peers.get(name)
    if (!peer) throw new Error(`${name} is not in this exchange`)
    return peer
  }

  #journalOf(name: Name): MemoryJournal {
    const journal = this.#journals.get(name)
    if (!journal) throw new Error(`${name} has no journal`)
    return journal
  }
}
