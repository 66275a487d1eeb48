/**
 * A network of any number of peers in one process. Everything that happens in it is a task of the clock it is given and
 * follows from the seed it is given. It never waits for real, and uses no promises.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { Address, Transport } from '../net/transport.ts'
import { dhtAddress, DhtClient } from './dht-client.ts'
import { randomLatency } from './fate.ts'
import type { FatePolicy, LatencyMs, Message } from './fate.ts'
import type { Random } from './random.ts'
import { SimulatedDht } from './simulated-dht.ts'
import { SimulatedTransport } from './simulated-transport.ts'
import type { Listener, Wire } from './wire.ts'

export interface SimulatedNetworkOptions {
  readonly clock: Clock
  readonly random: Random
  /** How long a message is under way, whole milliseconds. Has no effect when `fate` is given. */
  readonly latencyMs?: LatencyMs
  /** What becomes of each message; by default it arrives once after a random latency. */
  readonly fate?: FatePolicy
  /** How long the DHT keeps an entry that nobody announces again. */
  readonly entryAgeMsMax?: number
  /** Hears of every message. */
  readonly watch?: NetworkWatch
  /** Until when whoever listens at an address takes nothing in; a time that has passed when it does. */
  readonly pausedUntilMs?: (address: Address) => number
}

export interface NetworkWatch {
  /** A message has been sent and will arrive so many times. */
  sent(id: number, message: Message, copies: number): void
  arrived(id: number, message: Message, copy: number): void
}

/** A copy of a message on its way. */
interface UnderWay {
  readonly id: number
  readonly copy: number
  readonly message: Message
  readonly arrive: (arrived: Message) => void
  timer: unknown
}

interface Arrived {
  readonly id: number
  readonly message: Message
}

/** Requests that can be delivered again: some minutes of a few peers. */
const arrivedMax = 2_000
/** What comes again is no copy of those that its sender's network has made. */
const copyAgain = 0
const firstCopy = 1

export class SimulatedNetwork {
  readonly #clock: Clock
  readonly #fate: FatePolicy
  readonly #dht: SimulatedDht
  readonly #listeners = new Map<Address, Listener>()
  readonly #watch: NetworkWatch | undefined
  readonly #pausedUntilMs: (address: Address) => number
  readonly #underWay = new Set<UnderWay>()
  /** Requests as they arrived first, oldest first. */
  readonly #arrived: Arrived[] = []
  #sentMessages = 0
  #deliveredMessages = 0
  #namelessTransports = 0

  constructor(options: SimulatedNetworkOptions) {
    const { clock, random, latencyMs = { min: 1, max: 20 }, entryAgeMsMax = limits.entryAgeMsMax } = options
    this.#clock = clock
    this.#fate = options.fate ?? randomLatency(random.fork('latency'), latencyMs)
    this.#dht = new SimulatedDht(clock, random.fork('dht'), entryAgeMsMax)
    this.#watch = options.watch
    this.#pausedUntilMs = options.pausedUntilMs ?? (() => Number.NEGATIVE_INFINITY)
  }

  /** Everything under way that fits arrives at once, in the order in which it was sent. */
  hurry(fits: (message: Message) => boolean): void {
    for (const one of [...this.#underWay]) {
      if (!fits(one.message)) continue
      this.#clock.clearTimeout(one.timer)
      this.#arriveIn(one, 0)
    }
  }

  /**
   * The last requests that have arrived, of whoever still listens, arrive once more: a millisecond apart, in their order. What is
   * replied to them nobody hears.
   */
  deliverAgain(): void {
    const again = this.#arrived.filter(({ message }) => this.#listeners.has(message.from))
    for (const [index, arrived] of again.entries())
      this.#arriveIn(
        { ...arrived, copy: copyAgain, arrive: message => this.#receiveAgain(message), timer: undefined },
        index,
      )
  }

  /** The DHT names an address at which nobody listens, or will. */
  rumour(name: string): void {
    this.#dht.rumour(addressOf(name))
  }

  /** The DHT is empty, as one that has been started again. */
  forgetAnnounced(): void {
    this.#dht.forget()
  }

  /** Messages that have arrived, each copy of a duplicate counted. */
  get deliveredMessages(): number {
    return this.#deliveredMessages
  }

  /** A transport that listens at `NAME.sim:1`. A name may be used again once its transport is closed. */
  createTransport(name = this.#nextName()): Transport {
    const address = addressOf(name)
    if (this.#listeners.has(address) || address === dhtAddress)
      throw new Error(`simulated network: somebody listens at ${address} already`)
    const wire = this.#wire()
    const transport = new SimulatedTransport(wire, address, new DhtClient(wire, address))
    this.#listeners.set(address, transport)
    return transport
  }

  #nextName(): string {
    this.#namelessTransports += 1
    return `peer${this.#namelessTransports}`
  }

  #wire(): Wire {
    return {
      clock: this.#clock,
      dht: this.#dht,
      send: (message, arrive) => this.#send(message, arrive),
      listenerAt: address => this.#listeners.get(address),
      release: address => void this.#listeners.delete(address),
    }
  }

  #send(sent: Message, arrive: (arrived: Message) => void): void {
    const { delaysMs, payload } = this.#fate(sent)
    this.#sentMessages += 1
    const id = this.#sentMessages
    this.#watch?.sent(id, sent, delaysMs.length)
    const message = payload === undefined ? sent : { ...sent, payload }
    for (const [index, delayMs] of delaysMs.entries())
      this.#arriveIn({ id, copy: firstCopy + index, message, arrive, timer: undefined }, delayMs)
  }

  #keep(arrived: Arrived): void {
    this.#arrived.push(arrived)
    if (this.#arrived.length > arrivedMax) this.#arrived.shift()
  }

  /** Who is paused takes it in later, in the order of arrival. */
  #arriveIn(one: UnderWay, delayMs: number): void {
    this.#underWay.add(one)
    one.timer = this.#clock.setTimeout(() => {
      const waitMs = this.#pausedUntilMs(one.message.to) - this.#clock.now()
      if (waitMs > 0) return this.#arriveIn(one, waitMs)
      this.#underWay.delete(one)
      this.#arrive(one)
    }, delayMs)
  }

  #arrive({ id, copy, message, arrive }: UnderWay): void {
    this.#deliveredMessages += 1
    this.#watch?.arrived(id, message, copy)
    if (message.kind === 'request' && copy === firstCopy) this.#keep({ id, message })
    arrive(message)
  }

  #receiveAgain(message: Message): void {
    this.#listeners.get(message.to)?.receive(message, () => undefined)
  }
}

export function addressOf(name: string): Address {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(name)) throw new Error(`simulated network: ${name} is not a host name`)
  return `${name}.sim:1` as Address
}
