/**
 * What is always true of a book, looked at from outside, through its public interface only, so that it holds for any
 * way of storing it. Gives the violations as sentences; never changes a book and never throws at a wrong one.
 */

import { limits } from '../limits.ts'
import type { OrderBook, RestingOwnOrder, View } from './order-book.ts'
import { neverRests, orderKey, type OrderKey, type OwnOrder, type RestingOrder, type Side } from './order.ts'
import type { Level } from './price-levels.ts'
import { hasPriority, isBetterPrice } from './priority.ts'

/** As much of a book as the check reads. */
export type CheckableBook = Pick<OrderBook, 'self' | 'size' | 'own' | 'ownOrders' | 'owners' | 'openOrders' | 'levels'>

const sides: readonly Side[] = ['buy', 'sell']
const views: readonly View[] = ['own', 'replicas']

/** Empty when all is well. */
export function checkBook(book: CheckableBook): string[] {
  const known = restingByIndex(book)
  return [
    ...[...book.ownOrders()].flatMap(order => checkOwnOrder(book, order)),
    ...[...known.values()].flatMap(checkResting),
    ...sides.flatMap(side => views.flatMap(whose => checkLevels(side, whose, [...book.levels(side, whose)]))),
    ...checkPlaces(book, known),
  ]
}

/**
 * Own resting orders of different accounts that cross each other, both with everything available: the matching that
 * should have met has not. Apart from checkBook, since between the steps of one decision it may be so. Orders with
 * something reserved are waiting for an answer, and orders of one account may not meet at all.
 */
export function checkOwnUncrossed(book: Pick<OrderBook, 'ownResting'>): string[] {
  const violations: string[] = []
  for (const buy of book.ownResting('buy'))
    for (const sell of book.ownResting('sell')) {
      if (sell.price > buy.price) break
      if (shouldHaveMet(buy, sell)) violations.push(`The own orders ${buy.id} (buy) and ${sell.id} (sell) cross.`)
    }
  return violations
}

function shouldHaveMet(buy: RestingOwnOrder, sell: RestingOwnOrder): boolean {
  return buy.account !== sell.account && buy.reserved === 0 && sell.reserved === 0
}

function checkOwnOrder(book: CheckableBook, order: OwnOrder): string[] {
  const { quantity, filled, lapsed, remaining, reserved, isResting, price } = order
  const rules: [boolean, string][] = [
    [order.owner === book.self, `is known as own but belongs to ${order.owner}`],
    [isLots(quantity) && quantity > 0, `has the quantity ${quantity}`],
    [isLots(filled), `has ${filled} lots filled`],
    [isLots(lapsed), `has ${lapsed} lots lapsed`],
    [isLots(remaining), `has ${remaining} lots remaining`],
    [
      quantity === filled + lapsed + remaining,
      `has ${quantity} lots but ${filled} + ${lapsed} + ${remaining} filled, lapsed, remaining`,
    ],
    [isLots(reserved) && reserved <= remaining, `has ${reserved} of ${remaining} remaining lots reserved`],
    [price === null || isPrice(price), `has the price ${price}`],
    [price !== null || neverRests(order.timeInForce), 'has no price but is neither ioc nor fok'],
    [!isResting || !neverRests(order.timeInForce), `rests but is ${order.timeInForce}`],
    [!isResting || remaining > 0, 'rests but is closed'],
    [book.own(order.id)?.id === order.id, 'is listed but not found under its id'],
  ]
  return broken(order, rules)
}

function checkResting(order: RestingOrder): string[] {
  return broken(order, [
    [isPrice(order.price), `rests at the price ${order.price}`],
    [isLots(order.quantity) && order.quantity > 0, `rests with the quantity ${order.quantity}`],
    [isLots(order.remaining) && order.remaining > 0, `rests with ${order.remaining} lots remaining`],
    [order.remaining <= order.quantity, `has ${order.remaining} lots remaining of ${order.quantity}`],
  ])
}

function checkLevels(side: Side, whose: View, levels: readonly Level[]): string[] {
  const name = (level: Level): string => `The ${side} level ${level.price} of ${whose}`
  return levels.flatMap((level, index) => {
    const before = levels[index - 1]
    const sorted = before === undefined || isBetterPrice(side, before.price, level.price)
    return [
      ...(level.orders.length === 0 ? [`${name(level)} is empty.`] : []),
      ...(sorted ? [] : [`${name(level)} stands behind ${before.price}.`]),
      ...level.orders.flatMap((order, place) => checkInLevel(side, level, order, level.orders[place - 1])),
    ]
  })
}

function checkInLevel(side: Side, level: Level, order: RestingOrder, before: RestingOrder | undefined): string[] {
  return broken(order, [
    [order.side === side, `is a ${order.side} order in a ${side} level`],
    [order.price === level.price, `has the price ${order.price} in the level ${level.price}`],
    [before === undefined || hasPriority(side, before, order), `stands behind ${before?.id}, which is not earlier`],
  ])
}

/** Every order that is known to rest is in exactly one level of the right view, as it is known, and no other is. */
function checkPlaces(book: CheckableBook, known: ReadonlyMap<OrderKey, RestingOrder>): string[] {
  const placed = new Set<OrderKey>()
  const violations: string[] = []
  for (const { order, whose } of inLevels(book)) {
    const key = orderKey(order.owner, order.id)
    const knownOrder = known.get(key)
    violations.push(
      ...broken(order, [
        [!placed.has(key), 'is in the levels more than once'],
        [knownOrder !== undefined, 'is in a level but not known to rest'],
        [knownOrder === undefined || isSame(knownOrder, order), 'is in a level as it no longer is'],
        [(order.owner === book.self) === (whose === 'own'), `is in the view of ${whose}`],
      ]),
    )
    placed.add(key)
  }
  for (const [key, order] of known)
    if (!placed.has(key)) violations.push(...broken(order, [[false, 'rests in no level']]))
  if (placed.size !== book.size) violations.push(`The book has ${placed.size} resting orders but counts ${book.size}.`)
  return violations
}

function inLevels(book: CheckableBook): { order: RestingOrder; whose: View }[] {
  return sides.flatMap(side =>
    views.flatMap(whose =>
      [...book.levels(side, whose)].flatMap(level => level.orders.map(order => ({ order, whose }))),
    ),
  )
}

/** The orders that are known to rest, found by owner and id and not through the levels. */
function restingByIndex(book: CheckableBook): Map<OrderKey, RestingOrder> {
  const others = [...book.owners()].filter(owner => owner !== book.self)
  const replicas = others.flatMap(owner => [...book.openOrders(owner)])
  const own = [...book.ownOrders()].filter(isRestingOwn)
  return new Map([...own, ...replicas].map(order => [orderKey(order.owner, order.id), order]))
}

function isRestingOwn(order: OwnOrder): order is RestingOwnOrder {
  return order.isResting
}

function isSame(a: RestingOrder, b: RestingOrder): boolean {
  return a.side === b.side && a.price === b.price && a.quantity === b.quantity && a.remaining === b.remaining
}

function isLots(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= limits.quantityMax
}

function isPrice(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= limits.priceMax
}

/** A sentence for each rule that does not hold. */
function broken(order: Pick<RestingOrder, 'owner' | 'id'>, rules: readonly (readonly [boolean, string])[]): string[] {
  return rules.filter(([holds]) => !holds).map(([, what]) => `The order ${order.id} of ${order.owner} ${what}.`)
}
