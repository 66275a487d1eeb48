/**
 * Stops wait for a trade at their trigger price or beyond it: at or above it for a buy, at or below it for a sell. Only trades after
 * they were placed count. What a command trades is noted while there are stops; when the command is over, those that it has reached are
 * triggered one after another, buys before sells, the first that a moving price meets before the others, and each enters the book as a
 * new order would. What they trade may reach further stops.
 */

import * as code from './codes.ts'
import type { EngineBook } from './engine-book.ts'
import { orderAt } from './engine-orders.ts'
import { enter, record } from './enter.ts'
import type { NewEngineOrder } from './new-order.ts'
import { ACCOUNT, DISPLAYED, FLAGS, MINIMUM, PRICE, REMAINING, TRIGGER } from './order-pool.ts'
import { nothing } from '../price-ladder.ts'
import { endPartner, pairUp } from './pair.ts'
import { reasonNotToEnter } from './refusals.ts'

/** A stop that has been accepted waits for its trigger. */
export function placeStop(book: EngineBook, order: NewEngineOrder, trigger: number): void {
  const { id, side, price, quantity, account = 0, terms = 0, displayed = 0, minimum = 0, partner = 0 } = order
  const kind = (side === code.SELL ? code.IS_SELL : 0) | (displayed > 0 ? code.IS_ICEBERG : 0) | code.IS_DORMANT
  const stop = record(book, id, price, quantity, quantity, account, terms | kind)
  const { words } = book.pool
  words[stop + DISPLAYED] = displayed
  words[stop + MINIMUM] = minimum
  words[stop + TRIGGER] = trigger
  book.dormantCount += 1
  book.stopsOf(side).append(stop, trigger)
  if (partner !== 0) pairUp(book, book.ids.get(partner), stop)
}

/** Triggers all stops that the command has reached, and those that they reach in turn. */
export function triggerStops(book: EngineBook): void {
  for (let stop = nextReached(book); stop !== nothing; stop = nextReached(book)) trigger(book, stop)
  book.highestTraded = 0
  book.lowestTraded = 0
}

function nextReached(book: EngineBook): number {
  const { words } = book.pool
  const buy = book.buyStops.first
  if (buy !== nothing && (words[buy + TRIGGER] as number) <= book.highestTraded) return buy
  const sell = book.sellStops.first
  return sell !== nothing && (words[sell + TRIGGER] as number) >= book.lowestTraded ? sell : nothing
}

function trigger(book: EngineBook, stop: number): void {
  const left = book.leftOf(stop)
  book.tell(code.TRIGGERED, stop, left, left, 0)
  endPartner(book, stop)
  const reason = reasonOfStop(book, stop)
  if (reason === 0) return enterAsNew(book, stop)
  book.tell(code.CANCELLED, stop, left, 0, reason)
  book.closeAnywhere(stop)
}

/** 0, or why a stop must not enter the book: its terms are judged when it is triggered. */
function reasonOfStop(book: EngineBook, stop: number): number {
  const { words } = book.pool
  const [price, quantity] = [words[stop + PRICE] as number, words[stop + REMAINING] as number]
  const [account, flags] = [words[stop + ACCOUNT] as number, words[stop + FLAGS] as number]
  return reasonNotToEnter(book, book.sideOf(stop), price, quantity, account, flags, words[stop + MINIMUM] as number)
}

function enterAsNew(book: EngineBook, stop: number): void {
  const { id, side, price, remaining: quantity, account, terms, displayed } = orderAt(book, stop)
  book.closeAnywhere(stop)
  enter(book, { id, side, price, quantity, account, terms, ...(displayed > 0 ? { displayed } : {}) })
}
