/**
 * A computer in a simulation: what outlives the processes of a peer that run on it one after another (key, disks, clock), and the
 * ways in which such a process can fare badly.
 */
import type { Clock } from '../clock.ts'
import type { MarketId } from '../book/market.ts'
import { MemoryKnownPeers } from '../store/memory-known-peers.ts'
import type { History } from './history.ts'
import { Process } from './process.ts'
import type { Random } from './random.ts'
import { SimulatedDisk, type CrashPoint } from './simulated-disk.ts'

const secretBytes = 32

export interface HostOptions {
  readonly name: string
  readonly time: Clock
  readonly random: Random
  readonly history: History
  readonly syncMsMax: number
}

export class Host {
  readonly name: string
  /** The peer's key. */
  readonly secret: Uint8Array
  /** Goes on from process to process: two lives of a peer do not draw the same. */
  readonly random: Random
  readonly #options: HostOptions
  readonly #disks = new Map<MarketId, SimulatedDisk>()
  #process: Process | null = null
  /** Where others are known to be, without a DHT. */
  known: readonly string[] = []
  /** The peers that its peer remembers from life to life. */
  readonly knownPeers: MemoryKnownPeers
  /** Which version of the protocol its software speaks; null: the present one. */
  protocolVersion: number | null = null
  #aheadMs = 0
  #pausedUntilMs = Number.NEGATIVE_INFINITY
  #lives = 0

  constructor(options: HostOptions) {
    this.name = options.name
    this.#options = options
    this.random = options.random
    this.secret = options.random.bytes(secretBytes)
    this.knownPeers = new MemoryKnownPeers(task => options.time.setTimeout(task, 0))
  }

  /** How often a process has been started here. */
  get lives(): number {
    return this.#lives
  }

  /** The time of day that the host shows. */
  now(): number {
    return this.#options.time.now() + this.#aheadMs
  }

  get pausedUntilMs(): number {
    return this.#pausedUntilMs
  }

  /** Its clock is so far ahead from now on; behind when negative. */
  skew(aheadMs: number): void {
    this.#aheadMs = aheadMs
  }

  /** Nothing runs here for so long, and nothing is received; what was due and what was sent then comes in its order. */
  pause(ms: number): void {
    this.#pausedUntilMs = this.#options.time.now() + ms
  }

  /** A new process; the one before is dead. */
  boot(): Process {
    this.#process?.end()
    this.#lives += 1
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY
    const { time } = this.#options
    this.#process = new Process({ time, now: () => this.now(), pausedUntilMs: () => this.#pausedUntilMs })
    return this.#process
  }

  /** The process dies at that point of its next commit, in any market; then `died` is called. */
  arm(point: CrashPoint, losesTail: boolean, died: () => void): void {
    this.#process?.arm(point, () => {
      this.crash(losesTail)
      died()
    })
  }

  /** The process is dead. What its disks had not made durable is lost, or has been written in time. */
  crash(losesTail: boolean): void {
    this.#process?.end()
    this.#process = null
    if (losesTail) for (const disk of this.#disks.values()) disk.loseTail()
  }

  disk(market: MarketId): SimulatedDisk {
    const known = this.#disks.get(market)
    if (known) return known
    const { name, history, random, syncMsMax } = this.#options
    const disk = new SimulatedDisk({ peer: name, market, history, random: random.fork(`disk ${market}`), syncMsMax })
    this.#disks.set(market, disk)
    return disk
  }
}
