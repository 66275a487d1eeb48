/** The stage on the simulated network: virtual time, one seed, no real waiting. */
import type { Observable } from 'rxjs'
import type { Market } from '../book/market.ts'
import { KeyedHashRing } from '../feed/keyed-hash.ts'
import { Peer } from '../peer/peer.ts'
import { randomLatency } from '../sim/fate.ts'
import { Random } from '../sim/random.ts'
import { SimulatedNetwork } from '../sim/simulated-network.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { MemoryJournal } from '../store/memory-journal.ts'
import type { Clock } from '../clock.ts'
import { Faults, type Fault } from './faults.ts'
import type { Stage, Trouble } from './stage.ts'

/** How long a journal's sync takes, in milliseconds of virtual time. */
const syncMs = 0.1
const secretBytes = 32
/** How long a message is under way when nothing is wrong. */
const latencyMs = { min: 1, max: 20 }

/** What of a peer outlives it. */
interface Kept {
  readonly random: Random
  readonly secret: Uint8Array
  readonly journals: Map<string, MemoryJournal>
}

export class SimulatedStage implements Stage {
  readonly transport = 'simulated'
  readonly #clock = new VirtualClock()
  readonly #startMs = this.#clock.now()
  readonly #ring = new KeyedHashRing()
  readonly #random: Random
  readonly #network: SimulatedNetwork
  readonly #faults: Faults
  readonly #kept = new Map<string, Kept>()
  readonly trouble: Trouble

  constructor(seed: number) {
    this.#random = new Random(seed)
    const random = this.#random.fork('network')
    const faults = new Faults(randomLatency(random.fork('latency'), latencyMs))
    this.#faults = faults
    this.#network = new SimulatedNetwork({ clock: this.#clock, random, fate: faults.fate })
    this.trouble = {
      begin: (fault: Fault) => faults.begin(fault),
      get unmet() {
        return faults.unmet
      },
      loseUnsynced: name => this.#keptOf(name).journals.forEach(journal => journal.crash()),
    }
  }

  now(): number {
    return this.#clock.now() - this.#startMs
  }

  wallMs(name: string): number {
    return this.#clock.now() + this.#faults.aheadMs(name)
  }

  createPeer(name: string, markets: readonly Market[]): Promise<Peer> {
    const { random, secret, journals } = this.#keptOf(name)
    const peer = new Peer({
      name,
      networkId: 'scenario',
      markets,
      signer: this.#ring.signer(secret),
      verifier: this.#ring.verifier(),
      transport: this.#network.createTransport(name),
      clock: this.#clockOf(name),
      randomBytes: count => random.bytes(count),
      random: () => random.real(),
      journalOf: market => {
        const journal = journals.get(market) ?? new MemoryJournal(task => this.#clock.setTimeout(task, syncMs))
        journals.set(market, journal)
        return journal
      },
    })
    return this.first(peer.start$(), 1_000)
  }

  first<T>(source: Observable<T>, limitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      let isOver = false
      const over = (end: () => void) => {
        isOver = true
        end()
      }
      source.subscribe({
        next: value => over(() => resolve(value)),
        error: error => over(() => reject(error instanceof Error ? error : new Error(String(error)))),
        complete: () => over(() => reject(new Error('the stream ended without a value'))),
      })
      if (!this.#clock.runUntil(() => isOver, limitMs)) reject(new Error(`nothing came within ${limitMs} ms`))
    })
  }

  until(condition: () => boolean, limitMs: number): Promise<boolean> {
    return Promise.resolve(this.#clock.runUntil(condition, limitMs))
  }

  advance(ms: number): Promise<void> {
    this.#clock.advance(ms)
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** The key and the journals of a name are the same in every life of its peer. */
  #keptOf(name: string): Kept {
    const known = this.#kept.get(name)
    if (known) return known
    const random = this.#random.fork(`peer ${name}`)
    const kept: Kept = { random, secret: random.bytes(secretBytes), journals: new Map() }
    this.#kept.set(name, kept)
    return kept
  }

  #clockOf(name: string): Clock {
    return {
      now: () => this.wallMs(name),
      setTimeout: (task, delayMs) => this.#clock.setTimeout(task, delayMs),
      clearTimeout: handle => this.#clock.clearTimeout(handle),
    }
  }
}
