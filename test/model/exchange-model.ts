/**
 * What must be so, from the outside: the orders that peers have accepted, kept in a list that knows nothing of books, feeds or
 * channels. An order that its owner has told of is for ever, crashes or not; what a user has been told only ever goes on.
 */
import type { OrderTerms } from '../../src/book/notation.ts'
import type { OrderName } from '../../src/scenario/scenario.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import { outcomesIn, type Happened } from '../../src/sim/history.ts'

/** An open order, as every book must show it in the end. */
export interface OpenOrder {
  readonly name: string
  readonly side: string
  readonly price: number
  readonly remaining: number
}

interface Accepted {
  readonly name: string
  readonly terms: OrderTerms
  lapsed: number
  /** What its owner has told last. */
  filledTold: number
  remainingTold: number
  /** Its owner has said that a cancel is done: what is filled stays as it was. */
  isCancelled: boolean
}

/** One trade between two orders, as either of them tells it. */
interface Traded {
  readonly lots: number
  readonly price: number
  readonly orders: Set<string>
}

type Told = Extract<Happened, { type: 'told' }>['outcome']

export class ExchangeModel {
  readonly violations: string[] = []
  readonly #placed = new Map<string, OrderTerms>()
  readonly #accepted = new Map<string, Accepted>()
  readonly #trades = new Map<string, Traded>()

  placed(name: OrderName, terms: OrderTerms): void {
    this.#placed.set(name, terms)
  }

  hear(happened: Happened): void {
    if (happened.type === 'told') this.#told(happened.outcome)
    if (happened.type !== 'answered') return
    const { request } = happened
    for (const answer of outcomesIn(happened.answer)) this.#answered(request, answer)
  }

  #answered(request: string, answer: OrderOutcome): void {
    this.#told(answer)
    const order = this.#orderOf(answer)
    if (!order) return
    if (request.startsWith('the answer to cancel ') && answer.order.remaining === '0') order.isCancelled = true
  }

  /** All orders of which something remains, by what they are for, what was traded of them and what has lapsed. */
  openOrders(): OpenOrder[] {
    return [...this.#accepted.values()].flatMap(order => {
      const { name, terms } = order
      const remaining = terms.quantity - this.#filled(name) - order.lapsed
      return remaining > 0 ? [{ name, side: terms.side, price: terms.price ?? 0, remaining }] : []
    })
  }

  /** Once all have come to rest: both orders of each trade tell of it, and nothing is filled beyond its quantity. */
  finish(): readonly string[] {
    for (const [id, { orders }] of this.#trades)
      this.#expect(orders.size === 2, `of the trade ${id} only ${[...orders].join()} tells`)
    for (const { name, terms, lapsed } of this.#accepted.values())
      this.#expect(
        this.#filled(name) + lapsed <= terms.quantity,
        `${name} is filled or lapsed for more than ${terms.quantity}`,
      )
    for (const { name } of this.openOrders())
      this.#expect(this.#placed.get(name)?.timeInForce !== 'ioc', `${name} is ioc and rests`)
    return this.violations
  }

  #told(outcome: Told): void {
    const order = this.#orderOf(outcome)
    if (!order) return
    const { name, terms } = order
    const [quantity, filled, lapsed, remaining] = numbersOf(outcome)
    this.#expect(quantity === terms.quantity, `${name} is for ${quantity} and was placed for ${terms.quantity}`)
    this.#expect(quantity === filled + lapsed + remaining, `${name}: quantity is not filled + lapsed + remaining`)
    this.#expect(filled >= order.filledTold, `${name} was filled ${order.filledTold} and now only ${filled}`)
    this.#expect(remaining <= order.remainingTold, `${name} had ${order.remainingTold} remaining and now ${remaining}`)
    this.#expect(
      !order.isCancelled || filled === order.filledTold,
      `${name} is filled after its cancel was acknowledged`,
    )
    Object.assign(order, { filledTold: filled, lapsed, remainingTold: remaining })
    for (const { tradeId, quantity: lots, price } of outcome.fills)
      this.#traded(tradeId, name, Number(lots), Number(price))
  }

  #traded(id: string, name: string, lots: number, price: number): void {
    const trade = this.#trades.get(id) ?? { lots, price, orders: new Set<string>() }
    this.#trades.set(id, trade)
    trade.orders.add(name)
    this.#expect(trade.lots === lots && trade.price === price, `the trade ${id} is told in two ways`)
    this.#expect(trade.orders.size <= 2, `the trade ${id} belongs to ${[...trade.orders].join()}`)
  }

  #filled(name: string): number {
    const lots = [...this.#trades.values()].filter(({ orders }) => orders.has(name)).map(trade => trade.lots)
    return lots.reduce((sum, one) => sum + one, 0)
  }

  #orderOf({ order: { clientOrderId } }: Told): Accepted | undefined {
    if (clientOrderId === null) return undefined
    const terms = this.#placed.get(clientOrderId)
    if (!terms) return undefined
    const known = this.#accepted.get(clientOrderId) ?? {
      ...{ name: clientOrderId, terms, lapsed: 0, filledTold: 0, remainingTold: terms.quantity },
      ...{ isCancelled: false },
    }
    this.#accepted.set(clientOrderId, known)
    return known
  }

  #expect(holds: boolean, sentence: string): void {
    if (!holds && !this.violations.includes(sentence)) this.violations.push(sentence)
  }
}

function numbersOf({ order }: Told): [quantity: number, filled: number, lapsed: number, remaining: number] {
  const { quantity, filled, lapsed, remaining } = order
  return [Number(quantity), Number(filled), Number(lapsed), Number(remaining)]
}
