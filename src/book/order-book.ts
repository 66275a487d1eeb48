/**
 * One market's book at one peer: its own orders, with reservations, and replicas of everybody else's.
 * It keeps orders and never decides anything: it does not match, it does not check users' input (decimals.ts and
 * notation.ts do), and it knows no time, no chance and no I/O. A call that cannot be right throws an Error with a
 * sentence and leaves the book as it was.
 *
 * What it gives are values: an order that has been handed out does not change when the book does. Ask again for the
 * newer one, and compare orders by owner and id, never by identity.
 */

import { limits } from '../limits.ts'
import { hashOrders } from './book-hash.ts'
import { impossible } from './impossible.ts'
import {
  availableOf,
  isMarketable,
  neverRests,
  oppositeOf,
  type NewOrder,
  type OrderId,
  type OwnOrder,
  type PeerId,
  type RestingOrder,
  type Side,
} from './order.ts'
import { OrderIndex } from './order-index.ts'
import { PriceLevels, type Level } from './price-levels.ts'
import { hasPriority } from './priority.ts'

/** An own order that may rest: it has a price, so it is a RestingOrder, too. */
export type RestingOwnOrder = OwnOrder & { readonly price: number }

/** The two views: orders that this peer decides about, and copies of those that others decide about. */
export type View = 'own' | 'replicas'

export interface PriceLevel {
  /** Ticks. */
  readonly price: number
  /** Remaining lots of all orders at this price, reserved ones included; may exceed what one order can have. */
  readonly quantity: number
  /** How many orders there are. */
  readonly orders: number
}

/** Price levels, best first. */
export interface Depth {
  readonly bids: readonly PriceLevel[]
  readonly asks: readonly PriceLevel[]
}

/** True for an order of the peer whose book it came from. */
export function isOwn(order: RestingOrder | RestingOwnOrder): order is RestingOwnOrder {
  return 'account' in order
}

export class OrderBook {
  readonly self: PeerId
  readonly #own = new OrderIndex<OwnOrder>()
  readonly #replicas = new Map<PeerId, OrderIndex<RestingOrder>>()
  // The views are apart because they may cross each other while the owners settle it.
  readonly #ownLevels = bothSides<RestingOwnOrder>()
  readonly #replicaLevels = bothSides<RestingOrder>()
  #ownRestingCount = 0
  #replicaCount = 0

  constructor(self: PeerId) {
    this.self = self
  }

  /** Resting orders, own and replicas. */
  get size(): number {
    return this.#ownRestingCount + this.#replicaCount
  }

  // Replicas: what the feeds of other peers say.

  /** Shows an order of another peer. It may come late: what has an earlier id at its price still goes before it. */
  place(order: RestingOrder): void {
    const { owner, id, side, price, quantity, remaining } = order
    if (owner === this.self) impossible(`The order ${id} is this peer's own and cannot be a replica.`)
    if (this.#replicas.get(owner)?.has(id)) impossible(`The order ${id} of ${owner} is already in the book.`)
    assertInteger('price', price, limits.priceMax)
    assertInteger('quantity', quantity, limits.quantityMax)
    assertInteger('remaining quantity', remaining, quantity)
    const replica = { owner, id, side, price, quantity, remaining }
    this.#replicaLevels[side].insert(replica)
    this.#replicasOf(owner).set(replica)
    this.#replicaCount += 1
  }

  /** What its owner says remains of an order; 0 removes it. Never more than before. */
  setRemaining(owner: PeerId, id: OrderId, remaining: number): void {
    const replica = this.replica(owner, id) ?? impossible(`No order ${id} of ${owner} is in the book.`)
    if (remaining === 0) return this.#remove(replica)
    assertInteger('remaining quantity', remaining, replica.remaining)
    const changed = { ...replica, remaining }
    this.#replicaLevels[replica.side].replace(changed)
    this.#replicasOf(owner).set(changed)
  }

  /** Removes all replicas of an owner and returns how many there were; 0 for an owner that is not known. */
  dropOwner(owner: PeerId): number {
    if (owner === this.self) impossible('The orders of this peer cannot be dropped: they are no replicas.')
    const replicas = [...(this.#replicas.get(owner)?.values() ?? [])]
    for (const replica of replicas) this.#remove(replica)
    return replicas.length
  }

  replica(owner: PeerId, id: OrderId): RestingOrder | undefined {
    return this.#replicas.get(owner)?.get(id)
  }

  // Own orders: every call returns the order as it is then.

  /** Makes an own order known, one that rests from the beginning or one that does not rest yet. */
  accept(order: NewOrder, isResting = false): OwnOrder {
    const { id, side, price, quantity, timeInForce, account } = order
    if (this.#own.has(id)) impossible(`The order ${id} has already been accepted.`)
    if (price === null && !neverRests(timeInForce)) impossible(`The market order ${id} is neither ioc nor fok.`)
    if (price !== null) assertInteger('price', price, limits.priceMax)
    assertInteger('quantity', quantity, limits.quantityMax)
    // Written out: a copy (`...`) that gets properties besides costs V8 ten times as much as all the rest of this method.
    const accepted = {
      owner: this.self,
      id,
      side,
      price,
      quantity,
      timeInForce,
      account,
      filled: 0,
      lapsed: 0,
      remaining: quantity,
      reserved: 0,
      isResting,
    }
    if (isResting) this.#insertOwn(accepted)
    this.#own.set(accepted)
    return accepted
  }

  /** Puts an accepted order into the book for others to see, what is reserved of it included. */
  rest(id: OrderId): OwnOrder {
    const order = this.#known(id)
    if (order.isResting) impossible(`The order ${id} already rests.`)
    if (order.remaining === 0) impossible(`The order ${id} is closed and cannot rest.`)
    const resting = { ...order, isResting: true }
    this.#insertOwn(resting)
    this.#own.set(resting)
    return resting
  }

  /** Lots traded out of what is available. */
  fill(id: OrderId, lots: number): OwnOrder {
    const order = this.#withAvailable(id, lots)
    return this.#change(order, { filled: order.filled + lots, remaining: order.remaining - lots })
  }

  /** Lots traded out of what was reserved for it. */
  fillReserved(id: OrderId, lots: number): OwnOrder {
    const order = this.#withReserved(id, lots)
    const { filled, remaining, reserved } = order
    return this.#change(order, { filled: filled + lots, remaining: remaining - lots, reserved: reserved - lots })
  }

  /** Lots cancelled, expired or amended away, out of what is available. */
  lapse(id: OrderId, lots: number): OwnOrder {
    const order = this.#withAvailable(id, lots)
    return this.#change(order, { lapsed: order.lapsed + lots, remaining: order.remaining - lots })
  }

  /** Holds available lots for a proposal. */
  reserve(id: OrderId, lots: number): OwnOrder {
    const order = this.#withAvailable(id, lots)
    return this.#change(order, { reserved: order.reserved + lots })
  }

  /** Makes reserved lots available again. */
  release(id: OrderId, lots: number): OwnOrder {
    const order = this.#withReserved(id, lots)
    return this.#change(order, { reserved: order.reserved - lots })
  }

  /** Every own order is known from accept to forget, resting or not. */
  own(id: OrderId): OwnOrder | undefined {
    return this.#own.get(id)
  }

  /** Forgets a closed order, so one of which nothing remains. */
  forget(id: OrderId): void {
    const order = this.#known(id)
    if (order.remaining > 0) impossible(`The order ${id} is not closed: ${order.remaining} lots remain.`)
    this.#own.delete(id)
  }

  // Reading

  /**
   * The resting orders, own and replicas, that an order of this side and limit (null: any price) would meet: best
   * price first, at one price by id. Their quantities do not matter: orders of which everything is reserved are there.
   *
   * Lazy, and the book may be changed in any way between two steps: the walk goes on behind the order that it gave
   * last, over the book as it is then. So what has gone since is not given, what has come is given if its place is
   * further on, and an order that is given is of that moment.
   */
  *opposite(side: Side, limit: number | null): Iterable<RestingOrder | RestingOwnOrder> {
    for (const order of this.#resting(oppositeOf(side))) {
      if (!isMarketable(side, limit, order.price)) return
      yield order
    }
  }

  /** Own resting orders, best price first, at one price by id. Lazy, as `opposite` is. */
  *ownResting(side: Side): Iterable<RestingOwnOrder> {
    const levels = this.#ownLevels[side]
    for (let order = levels.after(undefined); order !== undefined; order = levels.after(order)) yield order
  }

  /** Every known own order, resting or not, closed or not, in id order, as they are at the call. */
  ownOrders(): Iterable<OwnOrder> {
    return [...this.#own.values()].sort(byId)
  }

  /** The same in no order, one by one: to be gone through before the book changes. */
  ownUnsorted(): Iterable<OwnOrder> {
    return this.#own.values()
  }

  /** The resting orders of an owner, this peer or another, in id order, as they are at the call. */
  openOrders(owner: PeerId): Iterable<RestingOrder> {
    if (owner === this.self) return [...this.ownResting('buy'), ...this.ownResting('sell')].sort(byId)
    return [...(this.#replicas.get(owner)?.values() ?? [])].sort(byId)
  }

  /** How many `openOrders` gives. */
  openCount(owner: PeerId): number {
    return owner === this.self ? this.#ownRestingCount : (this.#replicas.get(owner)?.size ?? 0)
  }

  /** Everybody who has a resting order here, this peer included, in text order, as they are at the call. */
  owners(): Iterable<PeerId> {
    const others = [...this.#replicas.keys()]
    return (this.#ownRestingCount > 0 ? [this.self, ...others] : others).sort()
  }

  bestPrice(side: Side, whose: View): number | undefined {
    return this.#levelsOf(whose)[side].bestPrice
  }

  /**
   * Up to `levelsMax` price levels of each side, own orders and replicas together, best first. With `counts`, only
   * orders that it says true for are counted (those of live neighbours, say), and a level without any is left out.
   * As the views may cross each other, the best bid may be above the best ask.
   */
  depth(levelsMax: number, counts: (order: RestingOrder) => boolean = () => true): Depth {
    return { bids: this.#depthOf('buy', levelsMax, counts), asks: this.#depthOf('sell', levelsMax, counts) }
  }

  /** The levels of one side of one view, best first, for checkBook to look at. Read it before the book changes. */
  levels(side: Side, whose: View): Iterable<Level> {
    return this.#levelsOf(whose)[side].levels()
  }

  /** Equal at two peers that hold the same resting orders, whoever's they are (book-hash.ts). */
  hash(): string {
    return hashOrders([...this.#resting('buy'), ...this.#resting('sell')])
  }

  toJSON(): { self: PeerId; resting: number; ownKnown: number; owners: number } {
    return { self: this.self, resting: this.size, ownKnown: this.#own.size, owners: [...this.owners()].length }
  }

  #insertOwn(order: OwnOrder): void {
    if (!hasPrice(order)) impossible(`The market order ${order.id} cannot rest.`)
    if (neverRests(order.timeInForce)) impossible(`The ${order.timeInForce} order ${order.id} cannot rest.`)
    this.#ownLevels[order.side].insert(order)
    this.#ownRestingCount += 1
  }

  #known(id: OrderId): OwnOrder {
    return this.#own.get(id) ?? impossible(`No own order ${id} is known.`)
  }

  #withAvailable(id: OrderId, lots: number): OwnOrder {
    const order = this.#known(id)
    assertInteger(`quantity out of what is available of the order ${id}`, lots, availableOf(order))
    return order
  }

  #withReserved(id: OrderId, lots: number): OwnOrder {
    const order = this.#known(id)
    assertInteger(`quantity out of what is reserved of the order ${id}`, lots, order.reserved)
    return order
  }

  /** Replaces an own order by its newer value, which stops resting when nothing remains. */
  #change(order: OwnOrder, change: Partial<Pick<OwnOrder, 'filled' | 'lapsed' | 'remaining' | 'reserved'>>): OwnOrder {
    const {
      filled = order.filled,
      lapsed = order.lapsed,
      remaining = order.remaining,
      reserved = order.reserved,
    } = change
    const isResting = order.isResting && remaining > 0
    const changed = { ...order, filled, lapsed, remaining, reserved, isResting }
    this.#own.set(changed)
    if (order.isResting && hasPrice(changed)) this.#updateLevels(changed)
    return changed
  }

  #updateLevels(order: RestingOwnOrder): void {
    const levels = this.#ownLevels[order.side]
    if (order.isResting) return levels.replace(order)
    levels.remove(order)
    this.#ownRestingCount -= 1
  }

  #replicasOf(owner: PeerId): OrderIndex<RestingOrder> {
    const known = this.#replicas.get(owner)
    if (known) return known
    const replicas = new OrderIndex<RestingOrder>()
    this.#replicas.set(owner, replicas)
    return replicas
  }

  #remove(replica: RestingOrder): void {
    const replicas = this.#replicasOf(replica.owner)
    this.#replicaLevels[replica.side].remove(replica)
    replicas.delete(replica.id)
    if (replicas.size === 0) this.#replicas.delete(replica.owner)
    this.#replicaCount -= 1
  }

  /** One side, both views merged. Each step looks for what is behind the last one, so no change can mislead it. */
  *#resting(side: Side): Iterable<RestingOrder | RestingOwnOrder> {
    let last: RestingOrder | undefined
    for (;;) {
      const own = this.#ownLevels[side].after(last)
      const replica = this.#replicaLevels[side].after(last)
      const next = own !== undefined && (replica === undefined || hasPriority(side, own, replica)) ? own : replica
      if (next === undefined) return
      yield next
      last = next
    }
  }

  #depthOf(side: Side, levelsMax: number, counts: (order: RestingOrder) => boolean): PriceLevel[] {
    const levels: { price: number; quantity: number; orders: number }[] = []
    for (const order of this.#resting(side)) {
      if (!counts(order)) continue
      let level = levels.at(-1)
      if (level?.price !== order.price) {
        if (levels.length >= levelsMax) break
        level = { price: order.price, quantity: 0, orders: 0 }
        levels.push(level)
      }
      level.quantity += order.remaining
      level.orders += 1
    }
    return levels
  }

  #levelsOf(whose: View): Record<Side, PriceLevels<RestingOrder>> {
    return whose === 'own' ? this.#ownLevels : this.#replicaLevels
  }
}

function bothSides<O extends RestingOrder>(): Record<Side, PriceLevels<O>> {
  return { buy: new PriceLevels<O>('buy'), sell: new PriceLevels<O>('sell') }
}

function hasPrice(order: OwnOrder): order is RestingOwnOrder {
  return order.price !== null
}

function byId(a: { readonly id: OrderId }, b: { readonly id: OrderId }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function assertInteger(what: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max)
    impossible(`The ${what} is ${value}; it must be an integer from 1 to ${max}.`)
}
