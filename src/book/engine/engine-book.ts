/**
 * What the steps of an engine share: the orders, where they wait, and the tape that says what becomes of them. It checks nothing: the
 * commands do, before anything changes.
 */

import type { SideCode } from './codes.ts'
import * as code from './codes.ts'
import type { FactTape } from './fact-tape.ts'
import { IdTable } from './id-table.ts'
import * as field from './order-pool.ts'
import { OrderPool } from './order-pool.ts'
import { PriceQueues } from './price-queues.ts'

const { BUY, IS_DORMANT, IS_SELL, REFUSED, SELL } = code
const { FLAGS, HIDDEN, ID, PRICE, REMAINING } = field

export class EngineBook {
  readonly facts: FactTape
  readonly pool: OrderPool = new OrderPool()
  readonly ids: IdTable = new IdTable()
  readonly bids: PriceQueues = new PriceQueues('buy', this.pool)
  readonly asks: PriceQueues = new PriceQueues('sell', this.pool)
  /** Dormant stops, by trigger. A rising price meets the lowest trigger of the buys first, so that is their best one. */
  readonly buyStops: PriceQueues = new PriceQueues('sell', this.pool)
  readonly sellStops: PriceQueues = new PriceQueues('buy', this.pool)
  dormantCount = 0
  /** 0 before the first trade. */
  lastTradePrice = 0
  /** The highest and the lowest price traded by the command under way, while there are dormant stops; 0: none. */
  highestTraded = 0
  lowestTraded = 0
  /** Lots that the order which is taking has lost to self-trade prevention and that it is therefore no longer for. */
  takerLapsed = 0

  constructor(facts: FactTape) {
    this.facts = facts
  }

  sideOf(order: number): SideCode {
    return ((this.pool.words[order + FLAGS] as number) & IS_SELL) === 0 ? BUY : SELL
  }

  /** Lots that are left of an order, shown or not. */
  leftOf(order: number): number {
    return (this.pool.words[order + REMAINING] as number) + (this.pool.words[order + HIDDEN] as number)
  }

  /** Where a resting order of this side waits. */
  queuesOf(side: SideCode): PriceQueues {
    return side === BUY ? this.bids : this.asks
  }

  stopsOf(side: SideCode): PriceQueues {
    return side === BUY ? this.buyStops : this.sellStops
  }

  /** Ends a resting order. What it was paired with is not looked at. */
  close(queues: PriceQueues, order: number): void {
    queues.remove(order)
    this.ids.remove(this.pool.words[order + ID] as number)
    this.pool.give(order)
  }

  /** Ends an order wherever it waits. */
  closeAnywhere(order: number): void {
    const side = this.sideOf(order)
    const isDormant = ((this.pool.words[order + FLAGS] as number) & IS_DORMANT) !== 0
    if (isDormant) this.dormantCount -= 1
    this.close(isDormant ? this.stopsOf(side) : this.queuesOf(side), order)
  }

  /** Says something of an order as it is now. */
  tell(kind: number, order: number, lots: number, left: number, reason: number): void {
    const { words } = this.pool
    const price = words[order + PRICE] as number
    this.facts.write(kind, words[order + ID] as number, 0, this.sideOf(order), price, lots, left, reason)
  }

  refuse(command: number, id: number, reason: number): void {
    this.facts.write(REFUSED, id, command, 0, 0, 0, 0, reason)
  }

  noteTraded(price: number): void {
    if (this.highestTraded === 0 || price > this.highestTraded) this.highestTraded = price
    if (this.lowestTraded === 0 || price < this.lowestTraded) this.lowestTraded = price
  }
}
