/** The stage on the simulated network: virtual time, one seed, no real waiting. */
import type { Observable } from 'rxjs'
import type { Market } from '../book/market.ts'
import { KeyedHashRing } from '../feed/keyed-hash.ts'
import { Peer } from '../peer/peer.ts'
import { Random } from '../sim/random.ts'
import { SimulatedNetwork } from '../sim/simulated-network.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { MemoryJournal } from '../store/memory-journal.ts'
import type { Stage } from './stage.ts'

/** How long a journal's sync takes, in milliseconds of virtual time. */
const syncMs = 0.1
const secretBytes = 32

export class SimulatedStage implements Stage {
  readonly transport = 'simulated'
  readonly #clock = new VirtualClock()
  readonly #startMs = this.#clock.now()
  readonly #ring = new KeyedHashRing()
  readonly #random: Random
  readonly #network: SimulatedNetwork
  readonly #peers: Peer[] = []

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#network = new SimulatedNetwork({ clock: this.#clock, random: this.#random.fork('network') })
  }

  now(): number {
    return this.#clock.now() - this.#startMs
  }

  createPeer(name: string, markets: readonly Market[]): Promise<Peer> {
    const random = this.#random.fork(`peer ${name}`)
    const peer = new Peer({
      name,
      networkId: 'scenario',
      markets,
      signer: this.#ring.signer(random.bytes(secretBytes)),
      verifier: this.#ring.verifier(),
      transport: this.#network.createTransport(name),
      clock: this.#clock,
      randomBytes: count => random.bytes(count),
      random: () => random.real(),
      journalOf: () => new MemoryJournal(task => this.#clock.setTimeout(task, syncMs)),
    })
    this.#peers.push(peer)
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
}
