/** Remembers what has been told, so that each thing is told once. Gives lines, sorted by entrance of the peers and number of the order. */
import type { OrderOutcome } from '../peer/outcome.ts'
import type { Cast, PlayedOrder } from './cast.ts'
import { orderNews } from './order-news.ts'

export class Reporter {
  readonly #cast: Cast
  readonly #told = new Map<PlayedOrder, OrderOutcome>()

  constructor(cast: Cast) {
    this.#cast = cast
  }

  /** Everything that peers have told since the last call. */
  news(): string[] {
    return this.#cast.members.flatMap(member => [
      ...member.orders.flatMap(order => this.#newsOf(order)),
      ...member.refusals.splice(0).map(line => `${member.name} ${this.#cast.inNames(line)}`),
    ])
  }

  #newsOf(order: PlayedOrder): string[] {
    const { name, outcome, refusals } = order
    const lines = outcome
      ? orderNews(this.#told.get(order) ?? null, outcome, this.#cast.namesIn(outcome.order.market))
      : []
    if (outcome) this.#told.set(order, outcome)
    order.refusals = []
    return [...lines, ...refusals].map(line => `${name} ${this.#cast.inNames(line)}`)
  }
}
