/**
 * A whole exchange on the simulated network with a drawn set of faults: loss, duplication, delay, partitions, crashes that lose the
 * unsynced tail. Its users place orders of every kind in two markets, cancel and amend them. Peers are the product's own; only time,
 * network and disk are simulated.
 */
import type { Observable } from 'rxjs'
import { formatLots, formatTicks } from '../../src/book/decimals.ts'
import { createMarket, type Market, type MarketId } from '../../src/book/market.ts'
import { selfTradePreventions, type OrderId } from '../../src/book/order.ts'
import { isRefusal, type Refusal } from '../../src/book/refusal.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'
import type { Address } from '../../src/net/transport.ts'
import type { JournalRecord } from '../../src/peer/decide/group.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import type { OrderRequest } from '../../src/peer/parse-order.ts'
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

/** Of different sizes, so that nothing of one can pass for something of the other. */
export const markets = [
  createMarket({ symbol: 'BTC-USD', tickSize: '1', lotSize: '1' }),
  createMarket({ symbol: 'ETH-USD', tickSize: '0.5', lotSize: '0.1' }),
] as readonly Market[]

const lotsMax = 9
const gtdMsMax = 2_000
/** Some ask for more than the order is for, which is refused. */
const amendLotsMax = 5

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
  readonly #journals = new Map<Name, ReadonlyMap<MarketId, MemoryJournal>>()
  readonly #orders = new Map<Name, OrderOutcome['order'][]>()
  readonly #seen = new Map<string, number>()
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
      this.#journals.set(name, new Map(markets.map(({ id }) => [id, this.#newJournal()])))
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
    const books = markets.map(({ id }) => this.peers.map(peer => peer.book(id)))
    const missing = this.peers.flatMap(peer => {
      const live = peer.neighbours().filter(({ state }) => state === 'live').length
      return live === this.names.length - 1 ? [] : [`${peer.name} has ${live} live neighbours`]
    })
    const differs = books.some(ofMarket => new Set(ofMarket.map(book => book.digest())).size > 1)
    return [...missing, ...(differs ? ['the heads differ'] : []), ...books.flat().flatMap(book => book.unrest())]
  }

  /** The journals of one market. */
  subjects(market: MarketId): Subject[] {
    return this.names.map(name => {
      const records: JournalRecord[] = []
      this.#journalOf(name, market)
        .read()
        .subscribe(text => records.push(JSON.parse(text) as JournalRecord))
      return { self: this.#peerOf(name).id, networkId, records }
    })
  }

  /** What users have met so far: refusals and reasons of lapses by name, with how often. */
  get seen(): ReadonlyMap<string, number> {
    return this.#seen
  }

  /** Everything that every peer has ever made durable, as one text. */
  history(): string {
    return JSON.stringify(markets.map(({ id }) => this.subjects(id)))
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
      markets,
      signer: this.#ring.signer(this.#random.fork(`key of ${name}`).bytes(32)),
      verifier: this.#ring.verifier(),
      transport: this.#network.createTransport(name),
      clock: this.clock,
      randomBytes: count => random.bytes(count),
      random: () => random.real(),
      journalOf: market => this.#journalOf(name, market),
    })
    this.#peers.set(name, peer)
    peer.orders$.subscribe(({ order, reason }) => reason !== null && this.#note(`${order.timeInForce} ${reason}`))
    peer.start$().subscribe()
  }

  #act(name: Name): void {
    const chance = this.#chance.real()
    if (chance < 0.65) this.#submit(name)
    else if (chance < 0.82) this.#cancel(name)
    else if (chance < 0.92) this.#amend(name)
    else if (chance < 0.96) this.#crash(name)
    else if (this.faults.partitions) this.#cutOff = this.#cutOff === null ? this.#peerOf(name).address : null
  }

  #submit(name: Name): void {
    const chance = this.#chance
    const { id, lotSize, tickSize } = chance.pick(markets)
    const request = {
      market: id,
      side: chance.pick(['buy', 'sell'] as const),
      quantity: formatLots(chance.integer(1, lotsMax), lotSize),
      account: chance.pick(['fund', 'desk']),
      selfTradePrevention: chance.pick(selfTradePreventions),
    }
    const price = formatTicks(chance.integer(95, 105), tickSize)
    this.#ask(name, this.#peerOf(name).submit$({ ...request, ...this.#terms(price) }))
  }

  /** Without anything it is a market order. What rests may be post-only besides, gtc and gtd alike. */
  #terms(price: string): Partial<OrderRequest> {
    const chance = this.#chance
    const kind = chance.real()
    if (kind < 0.1) return {}
    if (kind < 0.32) return { price, timeInForce: 'ioc' }
    const postOnly = chance.real() < 0.25
    if (kind < 0.6) return { price, postOnly }
    const expiresAt = Math.floor(this.clock.now()) + chance.integer(1, gtdMsMax)
    return { price, postOnly, timeInForce: 'gtd', expiresAt }
  }

  #cancel(name: Name): void {
    const order = this.#orderOf(name)
    if (order) this.#ask(name, this.#peerOf(name).cancel$(order.id))
  }

  #amend(name: Name): void {
    const order = this.#orderOf(name)
    const { lotSize } = markets.find(({ id }) => id === order?.market) ?? {}
    if (!order || lotSize === undefined) return
    const quantity = formatLots(this.#chance.integer(1, amendLotsMax), lotSize)
    this.#ask(name, this.#peerOf(name).amend$(order.id, { quantity }))
  }

  /** One of the last orders, closed ones among them: who cancels is late now and then. */
  #orderOf(name: Name): { readonly id: OrderId; readonly market: string } | undefined {
    const orders = (this.#orders.get(name) ?? []).slice(-12)
    return orders.length > 0 ? this.#chance.pick(orders) : undefined
  }

  #ask(name: Name, answer$: Observable<OrderOutcome | Refusal>): void {
    this.asked += 1
    answer$.subscribe(answer => {
      this.answered += 1
      if (isRefusal(answer)) this.#note(answer.reason)
      else if (!this.#orders.get(name)?.some(({ id }) => id === answer.order.id))
        this.#orders.get(name)?.push(answer.order)
    })
  }

  #note(what: string): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1)
  }

  /** Ends a peer between two steps, loses what it had not synced, and starts it again with its journal. */
  #crash(name: Name): void {
    if (!this.faults.crashes) return
    this.crashes += 1
    this.#peerOf(name).kill$().subscribe()
    for (const { id } of markets) this.#journalOf(name, id).crash()
    this.clock.advance(this.#chance.integer(1, 50))
    this.#start(name)
  }

  #peerOf(name: Name): Peer {
    const peer = this.#peers.get(name)
    if (!peer) throw new Error(`${name} is not in this exchange`)
    return peer
  }

  #journalOf(name: Name, market: MarketId): MemoryJournal {
    const journal = this.#journals.get(name)?.get(market)
    if (!journal) throw new Error(`${name} has no journal of ${market}`)
    return journal
  }

  #newJournal(): MemoryJournal {
    return new MemoryJournal(task => this.clock.setTimeout(task, this.#chance.real() * 3))
  }
}
