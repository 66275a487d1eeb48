/**
 * A transport's way into the simulated DHT. Announcements and lookups cross the wire like anything else, so that a fate
 * can lose them; then the lookup is empty and the health says why. Never fails.
 */
import { Observable, Subject } from 'rxjs'
import { limits } from '../limits.ts'
import type { Address, DiscoveryHealth } from '../net/transport.ts'
import type { Message } from './fate.ts'
import type { Wire } from './wire.ts'

export const dhtAddress = 'dht.sim:1' as Address

/** A message to the DHT, and what happens there when it arrives. */
interface Question {
  readonly kind: 'announce' | 'lookup'
  readonly payload: string
  readonly act: () => readonly Address[]
}

/** Null when none came in time. */
type Answer = readonly Address[] | null
type DhtState = DiscoveryHealth['grapes'][number]['state']
type Counter = 'announce_unanswered' | 'lookup_unanswered'

export class DhtClient {
  readonly #wire: Wire
  readonly #address: Address
  readonly #changes$ = new Subject<DiscoveryHealth>()
  readonly #counters: Record<Counter, number> = { announce_unanswered: 0, lookup_unanswered: 0 }
  #state: DhtState = 'untried'
  #isClosed = false

  constructor(wire: Wire, address: Address) {
    this.#wire = wire
    this.#address = address
  }

  announce(services: readonly string[]): Observable<DiscoveryHealth> {
    return new Observable(subscriber => {
      subscriber.add(this.#changes$.subscribe(subscriber))
      if (!this.#isClosed) subscriber.add(this.#keepAnnouncing(services))
    })
  }

  lookup(service: string): Observable<readonly Address[]> {
    const question: Question = { kind: 'lookup', payload: service, act: () => this.#wire.dht.lookup(service) }
    return new Observable(subscriber => {
      const give = (answer: Answer): void => {
        subscriber.next(answer ?? [])
        subscriber.complete()
      }
      return this.#isClosed ? this.#soon(() => give(null)) : this.#ask(question, give)
    })
  }

  health(): DiscoveryHealth {
    const sentence = sentences[this.#state]
    return { grapes: [{ url: dhtAddress, state: this.#state, sentence }], counters: { ...this.#counters } }
  }

  /** Nothing is announced any more. Entries stay in the DHT until they are too old. */
  close(): void {
    this.#isClosed = true
    this.#changes$.complete()
  }

  #keepAnnouncing(services: readonly string[]): () => void {
    const { clock, dht } = this.#wire
    const act = (): Address[] => {
      for (const service of services) dht.announce(service, this.#address)
      return []
    }
    let abandon: (() => void) | undefined
    let timer: unknown
    const announce = (): void => {
      abandon = this.#ask({ kind: 'announce', payload: services.join(' '), act }, again)
    }
    const again = (answer: Answer): void => {
      timer = clock.setTimeout(announce, answer === null ? limits.announceRetryMs : limits.announceIntervalMs)
    }
    announce()
    return () => {
      abandon?.()
      clock.clearTimeout(timer)
    }
  }

  /** Calls `settle` once, when the answer comes or when it is late. Gives a way to abandon the question. */
  #ask(question: Question, settle: (answer: Answer) => void): () => void {
    const { clock } = this.#wire
    let isOpen = true
    const abandon = (): void => {
      isOpen = false
      clock.clearTimeout(timer)
    }
    const end = (answer: Answer): void => {
      if (!isOpen) return
      abandon()
      this.#learn(question.kind, answer)
      settle(answer)
    }
    const timer = clock.setTimeout(() => end(null), limits.grapeTimeoutMs)
    this.#cross(question, end)
    return abandon
  }

  #soon(task: () => void): () => void {
    const timer = this.#wire.clock.setTimeout(task, 0)
    return () => this.#wire.clock.clearTimeout(timer)
  }

  /** To the DHT and back. The question has its effect when it arrives, whether the answer does or not. */
  #cross({ kind, payload, act }: Question, end: (answer: Answer) => void): void {
    const address = this.#address
    this.#wire.send({ kind, from: address, to: dhtAddress, payload }, () => {
      const addresses = act()
      const answer = { kind: answers[kind], from: dhtAddress, to: address, payload: addresses.join(' ') }
      this.#wire.send(answer, () => end(addresses))
    })
  }

  #learn(kind: Question['kind'], answer: Answer): void {
    const state = answer === null ? 'unreachable' : 'reachable'
    if (answer === null) this.#counters[unanswered[kind]] += 1
    if (state === this.#state) return
    this.#state = state
    this.#changes$.next(this.health())
  }
}

const answers: Record<Question['kind'], Message['kind']> = { announce: 'announced', lookup: 'found' }
const unanswered: Record<Question['kind'], Counter> = { announce: 'announce_unanswered', lookup: 'lookup_unanswered' }
const sentences: Record<DhtState, string> = {
  untried: 'The DHT has not been asked yet.',
  reachable: 'The DHT has answered.',
  unreachable: 'The DHT has not answered in time.',
}
