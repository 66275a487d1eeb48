/**
 * The book as it is obviously right: two lists, sorted and filtered anew at every question. It is the oracle of the
 * order book and shares nothing with it but the types and what order.ts says; it is never used outside tests.
 */

import { createHash } from 'node:crypto'
import type { Depth, OrderBook, PriceLevel, RestingOwnOrder, View } from '../../src/book/order-book.ts'
import { availableOf, isMarketable, neverRests, oppositeOf } from '../../src/book/order.ts'
import type { NewOrder, OrderId, OwnOrder, PeerId, RestingOrder, Side } from '../../src/book/order.ts'
import type { Level } from '../../src/book/price-levels.ts'

const max = 2 ** 31 - 1

/** What an order book offers to everybody, and so what both books must agree on. */
export type AnyBook = Pick<OrderBook, keyof OrderBook>

export class NaiveBook implements AnyBook {
  readonly self: PeerId
  #own: OwnOrder[] = []
  #replicas: RestingOrder[] = []

  constructor(self: PeerId) {
    this.self = self
  }

  get size(): number {
    return this.#resting('own').length + this.#resting('replicas').length
  }

  place(order: RestingOrder): void {
    must(order.owner !== this.self, 'a replica is not own')
    must(this.replica(order.owner, order.id) === undefined, 'a replica is placed once')
    must(isWhole(order.price, max) && isWhole(order.quantity, max), 'price and quantity are in range')
    must(isWhole(order.remaining, order.quantity), 'something remains, and not more than there was')
    const { owner, id, side, price, quantity, remaining } = order
    this.#replicas.push({ owner, id, side, price, quantity, remaining })
  }

  setRemaining(owner: PeerId, id: OrderId, remaining: number): void {
    const order = found(this.replica(owner, id))
    must(remaining === 0 || isWhole(remaining, order.remaining), 'what remains never rises')
    this.#replicas = this.#replicas
      .map(each => (each === order ? { ...order, remaining } : each))
      .filter(each => each.remaining > 0)
  }

  dropOwner(owner: PeerId): number {
    must(owner !== this.self, 'own orders are not dropped')
    const dropped = this.#replicas.filter(order => order.owner === owner)
    this.#replicas = this.#replicas.filter(order => order.owner !== owner)
    return dropped.length
  }

  replica(owner: PeerId, id: OrderId): RestingOrder | undefined {
    return this.#replicas.find(order => order.owner === owner && order.id === id)
  }

  accept(order: NewOrder): OwnOrder {
    must(this.own(order.id) === undefined, 'an order is accepted once')
    must(isWhole(order.quantity, max), 'the quantity is in range')
    must(order.price === null ? neverRests(order.timeInForce) : isWhole(order.price, max), 'the price is in range')
    const { id, side, price, quantity, timeInForce, account } = order
    const nothingYet = { filled: 0, lapsed: 0, remaining: quantity, reserved: 0, isResting: false }
    const accepted = { owner: this.self, id, side, price, quantity, timeInForce, account, ...nothingYet }
    this.#own.push(accepted)
    return accepted
  }

  rest(id: OrderId): OwnOrder {
    const order = found(this.own(id))
    must(order.price !== null && !neverRests(order.timeInForce), 'an ioc or fok order never rests')
    must(order.remaining > 0 && !order.isResting, 'only an open order begins to rest, and once')
    return this.#become(order, { isResting: true })
  }

  fill(id: OrderId, lots: number): OwnOrder {
    const order = this.#withAvailable(id, lots)
    return this.#become(order, { filled: order.filled + lots, remaining: order.remaining - lots })
  }

  fillReserved(id: OrderId, lots: number): OwnOrder {
    this.release(id, lots)
    return this.fill(id, lots)
  }

  lapse(id: OrderId, lots: number): OwnOrder {
    const order = this.#withAvailable(id, lots)
    return this.#become(order, { lapsed: order.lapsed + lots, remaining: order.remaining - lots })
  }

  reserve(id: OrderId, lots: number): OwnOrder {
    const order = this.#withAvailable(id, lots)
    return this.#become(order, { reserved: order.reserved + lots })
  }

  release(id: OrderId, lots: number): OwnOrder {
    const order = found(this.own(id))
    must(isWhole(lots, order.reserved), 'that much is reserved')
    return this.#become(order, { reserved: order.reserved - lots })
  }

  own(id: OrderId): OwnOrder | undefined {
    return this.#own.find(order => order.id === id)
  }

  forget(id: OrderId): void {
    const order = found(this.own(id))
    must(order.remaining === 0, 'only a closed order is forgotten')
    this.#own = this.#own.filter(each => each !== order)
  }

  *opposite(side: Side, limit: number | null): Iterable<RestingOrder | RestingOwnOrder> {
    const given: RestingOrder[] = []
    for (;;) {
      const last = given.at(-1)
      const next = this.#bestFirst(oppositeOf(side))
        .filter(order => isMarketable(side, limit, order.price))
        .find(order => last === undefined || byPriority(last, order) < 0)
      if (next === undefined) return
      given.push(next)
      yield next
    }
  }

  ownResting(side: Side): RestingOwnOrder[] {
    return this.#own.filter(isRestingOwn).filter(isOf(side)).sort(byPriority)
  }

  ownOrders(): OwnOrder[] {
    return [...this.#own].sort((a, b) => compare(a.id, b.id))
  }

  ownUnsorted(): OwnOrder[] {
    return [...this.#own]
  }

  openOrders(owner: PeerId): RestingOrder[] {
    const all = [...this.#resting('own'), ...this.#resting('replicas')]
    return all.filter(order => order.owner === owner).sort((a, b) => compare(a.id, b.id))
  }

  openCount(owner: PeerId): number {
    return this.openOrders(owner).length
  }

  owners(): PeerId[] {
    const all = [...this.#resting('own'), ...this.#resting('replicas')]
    return [...new Set(all.map(order => order.owner))].sort()
  }

  bestPrice(side: Side, whose: View): number | undefined {
    return this.#resting(whose).filter(isOf(side)).sort(byPriority)[0]?.price
  }

  depth(levelsMax: number, counts: (order: RestingOrder) => boolean = () => true): Depth {
    const levelsOf = (side: Side): PriceLevel[] =>
      byPrice(this.#bestFirst(side).filter(counts))
        .slice(0, levelsMax)
        .map(({ price, orders }) => ({ price, quantity: sumOf(orders), orders: orders.length }))
    return { bids: levelsOf('buy'), asks: levelsOf('sell') }
  }

  levels(side: Side, whose: View): Level[] {
    return byPrice(this.#resting(whose).filter(isOf(side)).sort(byPriority))
  }

  hash(): string {
    const orders = [...this.#resting('own'), ...this.#resting('replicas')]
    const lines = orders
      .sort((a, b) => compare(a.owner, b.owner) || compare(a.id, b.id))
      .map(order => `${order.owner} ${order.id} ${order.side} ${order.price} ${order.remaining}\n`)
    return createHash('sha256').update(lines.join('')).digest('hex')
  }

  toJSON(): ReturnType<OrderBook['toJSON']> {
    return { self: this.self, resting: this.size, ownKnown: this.#own.length, owners: this.owners().length }
  }

  #withAvailable(id: OrderId, lots: number): OwnOrder {
    const order = found(this.own(id))
    must(isWhole(lots, availableOf(order)), 'that much is available')
    return order
  }

  #become(order: OwnOrder, change: Partial<OwnOrder>): OwnOrder {
    const changed = { ...order, ...change }
    const next = changed.remaining === 0 ? { ...changed, isResting: false } : changed
    this.#own = this.#own.map(each => (each === order ? next : each))
    return next
  }

  #resting(whose: View): RestingOrder[] {
    return whose === 'own' ? this.#own.filter(isRestingOwn) : [...this.#replicas]
  }

  #bestFirst(side: Side): RestingOrder[] {
    return [...this.#resting('own'), ...this.#resting('replicas')].filter(isOf(side)).sort(byPriority)
  }
}

function byPriority(a: RestingOrder, b: RestingOrder): number {
  const byPrice = a.side === 'buy' ? b.price - a.price : a.price - b.price
  return byPrice || compare(a.id, b.id) || compare(a.owner, b.owner)
}

/** Groups orders that are already sorted. */
function byPrice(orders: RestingOrder[]): { price: number; orders: RestingOrder[] }[] {
  const prices = [...new Set(orders.map(order => order.price))]
  return prices.map(price => ({ price, orders: orders.filter(order => order.price === price) }))
}

function isOf(side: Side): (order: RestingOrder) => boolean {
  return order => order.side === side
}

function isRestingOwn(order: OwnOrder): order is RestingOwnOrder {
  return order.isResting
}

function sumOf(orders: RestingOrder[]): number {
  return orders.reduce((sum, order) => sum + order.remaining, 0)
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('naive book: there is such an order')
  return value
}

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`naive book: ${sentence}`)
}
