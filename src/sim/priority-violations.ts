/**
 * Rule 6 of the design's list: no order is filled or asked for past a better one with an earlier id, unless the decision says why.
 * Pure: reads a taker's book right after a decision and what the decision recorded, and gives the violations in sentences.
 */
import { isOwn, type RestingOwnOrder } from '../book/order-book.ts'
import { availableOf, orderKey, type OrderId, type PeerId, type RestingOrder } from '../book/order.ts'
import { hasPriority } from '../book/priority.ts'
import type { Fact } from '../peer/decide/fact.ts'
import type { BookState } from '../peer/decide/state.ts'
import { foreseenOf } from '../peer/decide/asking.ts'

/** An order that an own order has been filled with, or has asked for, in this decision. */
interface Taken {
  readonly owner: PeerId
  readonly id: OrderId
  readonly price: number
}

export function priorityViolations(state: BookState, facts: readonly Fact[]): string[] {
  return [...takenBy(state.self, facts)].flatMap(([id, taken]) => skippedBy(state, facts, id, taken))
}

function takenBy(self: PeerId, facts: readonly Fact[]): Map<OrderId, Taken[]> {
  const taken = new Map<OrderId, Taken[]>()
  const add = (id: OrderId, one: Taken) => taken.set(id, [...(taken.get(id) ?? []), one])
  for (const fact of facts) {
    if (fact.type === 'intent')
      for (const { orderId, makerOrderId, price } of fact.batch.proposals)
        add(orderId, { owner: fact.batch.maker, id: makerOrderId, price })
    if (fact.type === 'attempt')
      for (const { makerOrderId, price } of fact.own) add(fact.orderId, { owner: self, id: makerOrderId, price })
    if (fact.type === 'entry' && fact.entry.type === 'filled' && fact.entry.liquidity === 'taker') {
      const { orderId, price, counterparty } = fact.entry
      if (counterparty.peer === self) add(orderId, { owner: self, id: counterparty.orderId, price })
    }
  }
  return taken
}

function skippedBy(state: BookState, facts: readonly Fact[], id: OrderId, taken: readonly Taken[]): string[] {
  const order = state.book.own(id)
  if (!order) throw new Error(`the order ${id} has taken, but is not known`)
  const reasons = facts.filter(fact => fact.type === 'passed_over').filter(({ orderId }) => orderId === id)
  const named = new Set(reasons.flatMap(({ orders }) => orders.map(one => orderKey(one.owner, one.id))))
  const unnamedMax = reasons.reduce((sum, { more }) => sum + more, 0)
  const keys = new Set(taken.map(one => orderKey(one.owner, one.id)))
  const skipped: string[] = []
  for (const candidate of state.book.opposite(order.side, order.price)) {
    if (!taken.some(one => hasPriority(candidate.side, candidate, one))) break
    const key = orderKey(candidate.owner, candidate.id)
    if (candidate.id >= id || named.has(key) || (keys.has(key) && isUsedUp(state, candidate))) continue
    skipped.push(`${id} goes past the better order ${key} and does not say why (6)`)
  }
  return skipped.slice(unnamedMax)
}

/** Nothing more of it could be asked for. */
function isUsedUp(state: BookState, candidate: RestingOrder | RestingOwnOrder): boolean {
  if (isOwn(candidate)) return availableOf(candidate) === 0
  const { owner, id, remaining } = candidate
  const proposals = state.takerChannelOf(owner).inFlight?.batch.proposals ?? []
  const asked = proposals.filter(({ makerOrderId }) => makerOrderId === id)
  return asked.reduce((sum, { quantity }) => sum + quantity, foreseenOf(state, owner, id)) >= remaining
}
