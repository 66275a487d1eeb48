/** Plays a scenario with the control in place of peerbook: the same orders, cancels and faults, on the same simulated network. */
import type { Address } from '../../src/net/transport.ts'
import { Faults, type Fault } from '../../src/scenario/faults.ts'
import type { Command, Scenario } from '../../src/scenario/scenario.ts'
import { randomLatency } from '../../src/sim/fate.ts'
import { Random } from '../../src/sim/random.ts'
import { nameAt } from '../../src/sim/said.ts'
import { SimulatedNetwork } from '../../src/sim/simulated-network.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { Transport } from '../../src/net/transport.ts'
import { BookedFills, type Faults as Wrong } from './booked-fills.ts'
import { NaivePeer } from './naive-peer.ts'

/** As on the stage on which peerbook plays. */
const latencyMs = { min: 1, max: 20 }
/** Nothing is under way any more after that: who waits for a reply has given up. */
const restMs = 5_000

interface Running {
  readonly peer: NaivePeer
  readonly transport: Transport
}

export function playControl(scenario: Scenario, seed: number): Wrong {
  const play = new ControlPlay(seed)
  for (const { commands } of scenario.steps) for (const command of commands) play.act(command)
  return play.end()
}

function nobodySigns(): never {
  throw new Error('the control signs nothing, so nothing of it can be forked')
}

class ControlPlay {
  readonly #clock = new VirtualClock()
  readonly #faults: Faults
  readonly #network: SimulatedNetwork
  readonly #running = new Map<string, Running>()
  readonly #addresses = new Map<string, Address>()
  readonly #gone = new Set<string>()
  readonly #pausedUntilMs = new Map<string, number>()
  readonly #booked = new BookedFills()

  constructor(seed: number) {
    const random = new Random(seed).fork('network')
    this.#faults = new Faults(randomLatency(random.fork('latency'), latencyMs), nobodySigns)
    this.#network = new SimulatedNetwork({
      clock: this.#clock,
      random,
      fate: this.#faults.fate,
      pausedUntilMs: address => this.#pausedUntilMs.get(nameAt(address)) ?? Number.NEGATIVE_INFINITY,
    })
  }

  act(command: Command): void {
    switch (command.type) {
      case 'peers':
        return command.names.forEach(name => this.#start(name))
      case 'join':
      case 'restart':
        return this.#start(command.name)
      case 'crash':
      case 'kill':
      case 'stop':
        return this.#end(command.name)
      case 'order': {
        const { name, order, market, terms } = command
        this.#booked.order(order, name, terms.quantity)
        return this.#running.get(name)?.peer.submit(order, market.id, terms)
      }
      case 'cancel':
        return this.#running.get(command.name)?.peer.cancel(command.order)
      case 'amend':
        return this.#running.get(command.name)?.peer.amend(command.order, command.quantity)
      case 'fault':
        return this.#begin(command.fault)
      case 'advance':
        return this.#clock.advance(command.ms)
      case 'settle':
        return this.#clock.advance(restMs)
      // Markets need nothing; it knows no bans; questions are not asked of it.
      default:
        return
    }
  }

  end(): Wrong {
    this.#clock.advance(restMs)
    return this.#booked.faults(this.#gone)
  }

  /** It has no journal: one that comes back begins with an empty book. */
  #start(name: string): void {
    this.#end(name)
    this.#gone.delete(name)
    const transport = this.#network.createTransport(name)
    this.#addresses.set(name, transport.address)
    const peer = new NaivePeer({
      name,
      transport,
      clock: this.#clock,
      others: () => [...this.#addresses.values()].filter(address => address !== transport.address),
      traded: trade => this.#booked.book({ ...trade, party: name }),
    })
    this.#running.set(name, { peer, transport })
  }

  #end(name: string): void {
    this.#gone.add(name)
    this.#running.get(name)?.transport.close().subscribe()
    this.#running.delete(name)
  }

  /** It has one kind of message: what is to touch one of a type touches the next. It has nothing signed to forge or fork, and stamps nothing. */
  #begin(fault: Fault): void {
    switch (fault.type) {
      case 'skew':
      case 'forge':
      case 'fork':
        return
      case 'pause':
        return void this.#pausedUntilMs.set(fault.name, this.#clock.now() + fault.ms)
      case 'deliver':
        return this.#network.hurry(({ from, to }) => nameAt(from) === fault.from && nameAt(to) === fault.to)
      case 'deliver again':
        return this.#network.deliverAgain()
      case 'rumour':
        return this.#network.rumour(fault.name)
      case 'drop':
      case 'duplicate':
      case 'delay':
        return this.#faults.begin({ ...fault, message: null, kind: 'request' })
      default:
        return this.#faults.begin(fault)
    }
  }
}
