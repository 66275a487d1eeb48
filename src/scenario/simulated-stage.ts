/** The stage on the simulated network: virtual time, one seed, no real waiting. */
import type { Observable } from 'rxjs'
import type { InspectionEvent, Observer } from 'xstate'
import type { Market, MarketId } from '../book/market.ts'
import { ed25519Signer, ed25519Verifier } from '../feed/ed25519.ts'
import { KeyedHashRing } from '../feed/keyed-hash.ts'
import { segmentDomain } from '../feed/segment.ts'
import { signBody, type Signer, type Verifier } from '../feed/signer.ts'
import { Peer } from '../peer/peer.ts'
import { randomLatency, type FatePolicy, type Message } from '../sim/fate.ts'
import { History } from '../sim/history.ts'
import { Host } from '../sim/host.ts'
import { Random } from '../sim/random.ts'
import { nameAt, saidBy } from '../sim/said.ts'
import type { CrashPoint } from '../sim/simulated-disk.ts'
import { addressOf, SimulatedNetwork } from '../sim/simulated-network.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { atOnce, type Driver } from './driver.ts'
import { Faults, type Fault, type Interference } from './faults.ts'
import type { Stage, Trouble } from './stage.ts'

/** How long a message is under way when nothing is wrong, and a sync at most, in milliseconds of virtual time. */
const latencyMs = { min: 1, max: 20 }
const syncMsMax = 3

export interface SimulatedStageOptions {
  /** Ed25519 instead of keyed hashes: what real peers use, and slower. */
  readonly hasRealSignatures?: boolean
  /** Called after every single step of the clock. */
  readonly stepped?: () => void
  /** How time goes by; at once by default. */
  readonly driverOf?: (clock: VirtualClock) => Driver
  /** What becomes of a message that no fault touches; by default it arrives once, after a random latency. */
  readonly fateOf?: (usual: FatePolicy) => FatePolicy
  /** Who hears of what a peer's actors do; by default nobody. */
  readonly inspectorOf?: (name: string) => Observer<InspectionEvent>
}

interface Signatures {
  signer(secret: Uint8Array): Signer
  verifier(): Verifier
}

export class SimulatedStage implements Stage, Trouble {
  readonly transport = 'simulated'
  readonly networkId = 'scenario'
  readonly history: History
  readonly verifier: Verifier
  readonly #clock: VirtualClock
  readonly #driver: Driver
  readonly #inspectorOf: SimulatedStageOptions['inspectorOf']
  readonly #startMs: number
  readonly #signatures: Signatures
  readonly #random: Random
  readonly #network: SimulatedNetwork
  readonly #faults: Faults
  readonly #hosts = new Map<string, Host>()
  readonly #listeners: (() => void)[] = []

  constructor(seed: number, options: SimulatedStageOptions = {}) {
    const { hasRealSignatures = false, stepped, driverOf = atOnce, inspectorOf } = options
    this.#clock = new VirtualClock({ stepped: () => this.#stepped() })
    this.#driver = driverOf(this.#clock)
    this.#inspectorOf = inspectorOf
    if (stepped) this.onStep(stepped)
    this.#startMs = this.#clock.now()
    this.#random = new Random(seed)
    this.#signatures = hasRealSignatures
      ? { signer: ed25519Signer, verifier: () => ed25519Verifier() }
      : new KeyedHashRing()
    this.verifier = this.#signatures.verifier()
    this.history = new History(() => this.now())
    const random = this.#random.fork('network')
    const usual = randomLatency(random.fork('latency'), latencyMs)
    const fate = options.fateOf?.(usual) ?? usual
    this.#faults = new Faults(fate, (name, market, body) => {
      const signer = this.#signatures.signer(this.#hostOf(name).secret)
      return signBody(signer, segmentDomain(this.networkId, market), body)
    })
    this.#network = new SimulatedNetwork({
      clock: this.#clock,
      random,
      fate: this.#faults.fate,
      pausedUntilMs: address => this.#hosts.get(nameAt(address))?.pausedUntilMs ?? Number.NEGATIVE_INFINITY,
      watch: {
        sent: (id, message, copies) => this.history.add({ type: 'sent', id, message, copies, said: saidBy(message) }),
        arrived: (id, message, copy) => this.history.add({ type: 'arrived', id, message, copy, said: saidBy(message) }),
      },
    })
  }

  get trouble(): Trouble {
    return this
  }

  now(): number {
    return this.#clock.now() - this.#startMs
  }

  wallMs(name: string): number {
    return this.#hostOf(name).now()
  }

  createPeer(name: string, markets: readonly Market[]): Promise<Peer> {
    const host = this.#hostOf(name)
    const process = host.boot()
    const signer = this.#signatures.signer(host.secret)
    const inspect = this.#inspectorOf?.(name)
    const peer = new Peer({
      name,
      networkId: this.networkId,
      markets,
      signer,
      verifier: this.verifier,
      transport: this.#network.createTransport(name),
      clock: process.clock,
      randomBytes: count => host.random.bytes(count),
      random: () => host.random.real(),
      journalOf: market => host.disk(market).open(process),
      knownAddresses: host.known.map(addressOf),
      knownPeers: host.knownPeers,
      ...(host.protocolVersion === null ? {} : { protocolVersion: host.protocolVersion }),
      ...(inspect ? { inspect } : {}),
    })
    this.history.add({ type: 'started', peer: name, peerId: signer.peerId, life: host.lives })
    return this.first(peer.start$(), 1_000)
  }

  begin(fault: Fault): void {
    switch (fault.type) {
      case 'skew':
        return this.#hostOf(fault.name).skew(fault.ms)
      case 'pause':
        return this.#hostOf(fault.name).pause(fault.ms)
      case 'deliver':
        return this.#network.hurry(message => isOnTheWay(fault, message))
      case 'deliver again':
        return this.#network.deliverAgain()
      case 'rumour':
        return this.#network.rumour(fault.name)
      case 'grapes':
        if (fault.areDown) this.#network.forgetAnnounced()
        return this.#faults.begin(fault)
      case 'drop':
      case 'duplicate':
      case 'delay':
      case 'forge':
      case 'fork':
      case 'partition':
      case 'cut':
      case 'heal':
        return this.#faults.begin(fault)
    }
  }

  /** That message arrives now, however late it was to be. */
  deliver(message: Message): void {
    this.#network.hurry(one => one === message)
  }

  get unmet(): readonly Interference[] {
    return this.#faults.unmet
  }

  crash(name: string, losesTail: boolean): void {
    this.#hostOf(name).crash(losesTail)
  }

  crashAt(name: string, point: CrashPoint, losesTail: boolean, died: () => void): void {
    this.#hostOf(name).arm(point, losesTail, died)
  }

  knows(name: string, others: readonly string[]): void {
    this.#hostOf(name).known = others.filter(other => other !== name)
  }

  speaks(name: string, version: number): void {
    this.#hostOf(name).protocolVersion = version
  }

  readonly journal = (name: string, market: MarketId): readonly string[] => this.#hostOf(name).disk(market).durable

  readonly onStep = (listener: () => void): void => void this.#listeners.push(listener)

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
      this.#driver
        .runUntil(() => isOver, limitMs)
        .then(hasCome => {
          if (!hasCome) reject(new Error(`nothing came within ${limitMs} ms`))
        }, reject)
    })
  }

  until(condition: () => boolean, limitMs: number): Promise<boolean> {
    return this.#driver.runUntil(condition, limitMs)
  }

  advance(ms: number): Promise<void> {
    return this.#driver.advance(ms)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #stepped(): void {
    for (const listener of this.#listeners) listener()
  }

  /** The key, the disks and the clock of a name are the same in every life of its peer. */
  #hostOf(name: string): Host {
    const known = this.#hosts.get(name)
    if (known) return known
    const random = this.#random.fork(`peer ${name}`)
    const host = new Host({ name, time: this.#clock, random, history: this.history, syncMsMax })
    this.#hosts.set(name, host)
    return host
  }
}

function isOnTheWay({ from, to }: { readonly from: string; readonly to: string }, message: Message): boolean {
  return from === nameAt(message.from) && to === nameAt(message.to)
}
