/**
 * Interesting situations: one for every rule and every failure of which the design speaks. A campaign in which one of them has never
 * come has not tried what it should.
 */
import type { Answer, Decision } from '../net/messages.ts'
import type { Onstage } from './checkers/exchange.ts'
import type { Happened, History } from './history.ts'
import { situationsOfFailures } from './situations/of-failures.ts'
import { situationsOfOrders } from './situations/of-orders.ts'
import { situationsOfTrades } from './situations/of-trades.ts'
import { factsIn, Scene, type Happening } from './situations/scene.ts'
import type { Situation, SpottedSituation, Spotter } from './situations/spotter.ts'

export type { Situation } from './situations/spotter.ts'

const spotted: readonly SpottedSituation[] = [...situationsOfTrades, ...situationsOfOrders, ...situationsOfFailures]

/** Trades first, then orders and their users, then failures. */
export const situations: readonly Situation[] = spotted.map(({ name, sentence }) => ({ name, sentence }))

export interface CounterOptions {
  readonly history: History
  readonly onstage: () => readonly Onstage[]
  /** Milliseconds since the Unix epoch, by that peer's clock. */
  readonly wallMs: (name: string) => number
}

interface Watch {
  readonly name: string
  readonly spotter: Spotter
}

/** How often peers are looked at for what the history does not tell. */
const lookMs = 250

export class SituationCounter {
  readonly #scene = new Scene()
  readonly #watches: readonly Watch[]
  readonly #counts = new Map<string, number>(situations.map(({ name }) => [name, 0]))
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor({ history, onstage, wallMs }: CounterOptions) {
    this.#watches = spotted.map(({ name, watch }) => ({
      name,
      spotter: watch({ scene: this.#scene, onstage, wallMs }),
    }))
    history.listen(event => this.#hear(event))
  }

  /** How often each situation has come, 0 included. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** To be called after every step of the clock. */
  stepped(): void {
    if (this.#scene.atMs - this.#lookedAtMs < lookMs) return
    this.#lookedAtMs = this.#scene.atMs
    this.#count(({ looked }) => looked?.() ?? false)
  }

  #hear(event: Happened): void {
    this.#scene.take(event)
    this.#count(spotter => hookOf(spotter, event)?.(event) ?? false)
    if (event.type === 'appended') this.#readRecord(event)
    if (event.type === 'arrived') this.#readRequest(event)
    this.#scene.leave(event)
  }

  #readRecord(event: Happening<'appended'>): void {
    const facts = factsIn(event.record)
    for (const fact of facts) {
      this.#count(spotter => spotter.fact?.(fact, event, facts) ?? false)
      if (fact.type === 'answered') this.#readAnswer(JSON.parse(fact.answer.body) as Answer)
      this.#scene.add(fact, event)
    }
  }

  #readAnswer(answer: Answer): void {
    const batch = this.#scene.batchOf(answer)
    if (!batch) return
    for (const [index, proposal] of batch.batch.proposals.entries()) {
      const decision: Decision | undefined = answer.decisions[index]
      if (decision) this.#count(({ decided }) => decided?.(decision, proposal, batch) ?? false)
    }
  }

  #readRequest(event: Happening<'arrived'>): void {
    const { request } = event.said
    if (request?.type !== 'propose' && request?.type !== 'withdraw') return
    const { type } = request
    const batch = this.#scene.batchIn(request['batch'])
    if (batch) this.#count(({ asked }) => asked?.(batch, type, event) ?? false)
  }

  #count(isSeen: (spotter: Spotter) => boolean): void {
    for (const { name, spotter } of this.#watches)
      if (isSeen(spotter)) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }
}

function hookOf({ happened }: Spotter, event: Happened): ((event: Happened) => boolean) | undefined {
  return happened?.[event.type] as ((event: Happened) => boolean) | undefined
}
