/**
 * Interesting situations: one for every rule and every failure of which the design speaks. A campaign in which one of them has never
 * come has not tried what it should.
 */
import type { Answer, Decision } from '../net/messages.ts'
import type { Onstage } from './checkers/exchange.ts'
import { eventTypes, type Happened, type History } from './history.ts'
import { contentOf } from './said.ts'
import { situationsOfGroups } from './situations/of-groups.ts'
import { situationsOfFailures } from './situations/of-failures.ts'
import { situationsOfOrders } from './situations/of-orders.ts'
import { situationsOfTrades } from './situations/of-trades.ts'
import { factsIn, Scene, type Happening } from './situations/scene.ts'
import type { Situation, SpottedSituation, Spotter } from './situations/spotter.ts'

export type { Situation } from './situations/spotter.ts'

const spotted: readonly SpottedSituation[] = [
  ...situationsOfTrades,
  ...situationsOfGroups,
  ...situationsOfOrders,
  ...situationsOfFailures,
]

/** Trades first, then those of several makers, orders and their users, then failures. */
export const situations: readonly Situation[] = spotted.map(({ name, sentence }) => ({ name, sentence }))

export interface CounterOptions {
  readonly history: History
  readonly onstage: () => readonly Onstage[]
  /** Milliseconds since the Unix epoch, by that peer's clock. */
  readonly wallMs: (name: string) => number
}

/** One thing that a situation has to say to, and the situation's name. */
interface Watch<Seen> {
  readonly name: string
  readonly isSeen: Seen
}

type Hook<Name extends keyof Spotter> = NonNullable<Spotter[Name]>
type HappenedHook = (event: Happened) => boolean

/** How often peers are looked at for what the history does not tell. */
const lookMs = 250

export class SituationCounter {
  readonly #scene = new Scene()
  readonly #counts = new Map<string, number>(situations.map(({ name }) => [name, 0]))
  // Sorted by what they have to say to, since most have nothing to say to most of what happens.
  readonly #ofEvents: ReadonlyMap<Happened['type'], readonly Watch<HappenedHook>[]>
  readonly #ofFacts: readonly Watch<Hook<'fact'>>[]
  readonly #ofDecisions: readonly Watch<Hook<'decided'>>[]
  readonly #ofRequests: readonly Watch<Hook<'asked'>>[]
  readonly #ofLooks: readonly Watch<Hook<'looked'>>[]
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor({ history, onstage, wallMs }: CounterOptions) {
    const scene = this.#scene
    const watches = spotted.map(({ name, watch }) => ({ name, spotter: watch({ scene, onstage, wallMs }) }))
    const hooks = <Seen>(hookOf: (spotter: Spotter) => Seen | undefined): Watch<Seen>[] =>
      watches.flatMap(({ name, spotter }) => {
        const isSeen = hookOf(spotter)
        return isSeen === undefined ? [] : [{ name, isSeen }]
      })
    this.#ofEvents = new Map(
      eventTypes.map(type => [type, hooks(({ happened }) => happened?.[type] as HappenedHook | undefined)]),
    )
    this.#ofFacts = hooks(({ fact }) => fact)
    this.#ofDecisions = hooks(({ decided }) => decided)
    this.#ofRequests = hooks(({ asked }) => asked)
    this.#ofLooks = hooks(({ looked }) => looked)
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
    for (const { name, isSeen } of this.#ofLooks) if (isSeen()) this.#count(name)
  }

  #hear(event: Happened): void {
    this.#scene.take(event)
    for (const { name, isSeen } of this.#ofEvents.get(event.type) ?? []) if (isSeen(event)) this.#count(name)
    if (event.type === 'appended') this.#readRecord(event)
    if (event.type === 'arrived') this.#readRequest(event)
    this.#scene.leave(event)
  }

  #readRecord(event: Happening<'appended'>): void {
    const facts = factsIn(event.record)
    for (const fact of facts) {
      for (const { name, isSeen } of this.#ofFacts) if (isSeen(fact, event, facts)) this.#count(name)
      if (fact.type === 'answered') this.#readAnswer(contentOf(fact.answer) as Answer)
      this.#scene.add(fact, event)
    }
  }

  #readAnswer(answer: Answer): void {
    const batch = this.#scene.batchOf(answer)
    if (!batch) return
    for (const [index, proposal] of batch.batch.proposals.entries()) {
      const decision: Decision | undefined = answer.decisions[index]
      if (!decision) continue
      for (const { name, isSeen } of this.#ofDecisions) if (isSeen(decision, proposal, batch)) this.#count(name)
    }
  }

  #readRequest(event: Happening<'arrived'>): void {
    const { request } = event.said
    if (request?.type !== 'propose' && request?.type !== 'withdraw') return
    const { type } = request
    const batch = this.#scene.batchIn(request['batch'])
    if (!batch) return
    for (const { name, isSeen } of this.#ofRequests) if (isSeen(batch, type, event)) this.#count(name)
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }
}
