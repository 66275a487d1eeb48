/**
 * One market's matching engine: limit, market, ioc, fok, post-only, iceberg and stop orders, pairs of which one cancels the other,
 * minimum quantities, and self-trade prevention by account. Prices are ticks and quantities lots, both integers from 1 to 2^31 - 1; ids
 * are integers of the same range, unique among the orders that are open; accounts too, where 0 is none. It knows no time, no chance and
 * no text: who has text ids maps them to numbers first (src/cli/match.ts does).
 *
 * A command never throws: it says on the tape of facts what it has come to, and a command that is refused changes nothing. The order
 * of decisions is the order of calls, and the same calls give the same facts.
 *
 *     const facts = new FactTape(1_000)
 *     const engine = new MatchingEngine(facts)
 *     engine.limit(1, SELL, 101, 5)                   accepted 1
 *     engine.limit(2, BUY, 102, 8)                    accepted 2, trade 5 @ 101 of 2 with 1; 3 lots of 2 rest at 102
 *     engine.limit(3, SELL, 102, 4, 0, IOC)           accepted 3, trade 3 @ 102 of 3 with 2, cancelled 3: nothing_left_to_match
 *     for (const fact of readFacts(facts)) …
 *     facts.clear()
 */

import type { SideCode } from './codes.ts'
import type { Depth } from '../order-book.ts'
import type { Side } from '../order.ts'
import * as code from './codes.ts'
import { EngineBook } from './engine-book.ts'
import { hashEngineOrders } from './engine-hash.ts'
import { depthOf, listOrders, orderAt, type EngineOrder } from './engine-orders.ts'
import { enter, enterLimit, hideAllBut } from './enter.ts'
import type { FactTape } from './fact-tape.ts'
import type { NewEngineOrder } from './new-order.ts'
import * as field from './order-pool.ts'
import { endPartner } from './pair.ts'
import { nothing } from '../price-ladder.ts'
import * as refusal from './refusals.ts'
import { placeStop, triggerStops } from './stops.ts'

const {
  ACCEPTED,
  AMEND,
  AMENDED,
  CANCEL,
  CANCELLED,
  CANCELLED_BY_USER,
  IOC,
  IS_ICEBERG,
  MODIFIED,
  MODIFY,
  NEW,
  ORDER_IS_UNKNOWN,
  allTerms,
} = code
const { ACCOUNT, DISPLAYED, FLAGS, HIDDEN, QUANTITY, REMAINING } = field

export class MatchingEngine {
  readonly #book: EngineBook

  /** @param facts is written, never cleared: its owner reads and clears it between commands. */
  constructor(facts: FactTape) {
    this.#book = new EngineBook(facts)
  }

  /** Open orders, dormant stops included. */
  get size(): number {
    return this.#book.pool.size
  }

  /** Undefined before the first trade. */
  get lastTradePrice(): number | undefined {
    return this.#book.lastTradePrice || undefined
  }

  /**
   * A limit order.
   *
   * @param account 0: it trades with everybody
   * @param terms bits of codes.ts, such as `IOC` or `POST_ONLY + CANCEL_OLDEST`
   */
  limit(id: number, side: SideCode, price: number, quantity: number, account = 0, terms = 0): void {
    const book = this.#book
    const reason = refusal.reasonNotToAccept(book, id, price, quantity, account)
    if (reason !== 0) return book.refuse(NEW, id, reason)
    // Neither needs a look at the book beforehand.
    if (terms !== 0 && terms !== IOC) return this.place({ id, side, price, quantity, account, terms })
    book.facts.write(ACCEPTED, id, 0, side, price, quantity, quantity, 0)
    enterLimit(book, id, side, price, quantity, account, terms)
    if (book.highestTraded !== 0) triggerStops(book)
  }

  /** Trades at any price, and never rests. */
  market(id: number, side: SideCode, quantity: number, account = 0, terms = 0): void {
    this.place({ id, side, price: 0, quantity, account, terms })
  }

  /** An order of any kind. */
  place(order: NewEngineOrder): void {
    const book = this.#book
    const { id, side, price, quantity } = order
    const reason = refusal.reasonNotToPlace(book, order)
    if (reason !== 0) return book.refuse(NEW, id, reason)
    book.facts.write(ACCEPTED, id, 0, side, price, quantity, quantity, 0)
    if (order.trigger !== undefined) return placeStop(book, order, order.trigger)
    enter(book, order)
    if (book.highestTraded !== 0) triggerStops(book)
  }

  /** Ends an order, and with it the one that it is paired with. */
  cancel(id: number): void {
    const book = this.#book
    const order = book.ids.get(id)
    if (order === nothing) return book.refuse(CANCEL, id, ORDER_IS_UNKNOWN)
    cancelOrder(book, order)
  }

  /** Cancels all orders of a side, an account or both: the best bid first, then all bids, asks, buy stops and sell stops. */
  cancelAll(side?: SideCode, account?: number): void {
    const book = this.#book
    for (const { id, ...of } of listOrders(book)) {
      if (side !== undefined && of.side !== side) continue
      if (account !== undefined && of.account !== account) continue
      // It may have gone with its partner.
      if (book.ids.get(id) !== nothing) cancelOrder(book, book.ids.get(id))
    }
  }

  /** Makes an order smaller, where it stands: `quantity` is what it is for in all, what is filled included. */
  amend(id: number, quantity: number): void {
    const book = this.#book
    const order = book.ids.get(id)
    const reason = refusal.reasonNotToAmend(book, order, quantity)
    if (reason !== 0) return book.refuse(AMEND, id, reason)
    const { words } = book.pool
    const lapsed = (words[order + QUANTITY] as number) - quantity
    const hidden = Math.min(lapsed, words[order + HIDDEN] as number)
    words[order + QUANTITY] = quantity
    words[order + HIDDEN] = (words[order + HIDDEN] as number) - hidden
    words[order + REMAINING] = (words[order + REMAINING] as number) - (lapsed - hidden)
    book.tell(AMENDED, order, lapsed, book.leftOf(order), 0)
  }

  /** Cancels an order and enters it anew under its id, behind all others at its new price; `quantity` is what it is for from now on. */
  modify(id: number, price: number, quantity: number): void {
    const book = this.#book
    const order = book.ids.get(id)
    const reason = refusal.reasonNotToModify(book, order, price, quantity)
    if (reason !== 0) return book.refuse(MODIFY, id, reason)
    const { words } = book.pool
    const side = book.sideOf(order)
    const account = words[order + ACCOUNT] as number
    const flags = words[order + FLAGS] as number
    const displayed = words[order + DISPLAYED] as number
    book.facts.write(MODIFIED, id, 0, side, price, quantity, quantity, 0)
    book.close(book.queuesOf(side), order)
    const rested = enterLimit(book, id, side, price, quantity, account, flags & allTerms)
    if ((flags & IS_ICEBERG) !== 0 && rested !== nothing) hideAllBut(book, rested, displayed)
    if (book.highestTraded !== 0) triggerStops(book)
  }

  /** An open order, as it is now. */
  order(id: number): EngineOrder | undefined {
    const order = this.#book.ids.get(id)
    return order === nothing ? undefined : orderAt(this.#book, order)
  }

  /** All open orders: bids, asks, buy stops, sell stops, each in the order in which they would be met; as they are at the call. */
  orders(): EngineOrder[] {
    return listOrders(this.#book)
  }

  /** Ticks; undefined when nobody rests on that side. */
  bestPrice(side: Side): number | undefined {
    return (side === 'buy' ? this.#book.bids : this.#book.asks).ladder.bestPrice
  }

  /** Up to so many price levels of each side, best first, without what icebergs hide. */
  depth(levelsMax: number): Depth {
    return depthOf(this.#book, levelsMax)
  }

  /** Equal for two engines that hold the same orders, of which the same would be met first. */
  hash(): string {
    return hashEngineOrders(this.orders())
  }
}

function cancelOrder(book: EngineBook, order: number): void {
  book.tell(CANCELLED, order, book.leftOf(order), 0, CANCELLED_BY_USER)
  endPartner(book, order)
  book.closeAnywhere(order)
}
