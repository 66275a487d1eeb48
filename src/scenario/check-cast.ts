/**
 * What must be true of everybody together once nothing moves: each book in itself, all books and feeds equal, both sides of each
 * trade alike, no order overfilled, every trade at its maker's price. Looks from outside, at what peers have told; gives the violations.
 */
import { isDeepStrictEqual } from 'node:util'
import { parseUnits } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import type { FillReport, OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { Cast, Member } from './cast.ts'
import { tapeOf } from './show.ts'

/** One side of a trade: whose order, and what its owner should have told of it. */
interface Expected {
  readonly peer: PeerId
  readonly orderId: OrderId
  readonly fill: FillReport
}

export function violationsOf(cast: Cast): string[] {
  const tape = tapeOf(cast)
  const told = toldOf(cast)
  return [
    ...cast.defects,
    ...cast.onStage.flatMap(member => booksWrong(cast, member)),
    ...cast.markets.flatMap(market => cast.tradersOf(market).flatMap(traders => differences(cast, market, traders))),
    ...outcomesOf(cast).flatMap(amountsWrong),
    ...tape.flatMap(trade => tradeWrong(cast, told, trade)),
    ...fillsWithoutTrade(cast, tape),
    ...cast.members.flatMap(member => toldWrong(cast, member, tape)),
  ]
}

/** What makers have decided otherwise than it was forced: nobody's fault, and for people to settle. */
export function disputesOf(cast: Cast): string[] {
  return outcomesOf(cast).flatMap(outcome => disputed(cast, outcome))
}

function booksWrong(cast: Cast, member: Member): string[] {
  const sentences = cast.booksOf(member).flatMap(book => book.check())
  return sentences.map(sentence => `${member.name}: ${cast.inNames(sentence)}`)
}

function differences(cast: Cast, market: Market, [first, ...others]: readonly Member[]): string[] {
  const { id } = market
  if (!first) return []
  const one = first.peer.book(id)
  const where = cast.markets.length > 1 ? ` of ${market.symbol}` : ''
  return others.flatMap(({ name, peer }) => {
    const other = peer.book(id)
    const names = `${first.name} and ${name}`
    return broken([
      [other.digest() === one.digest(), `${names} have not read the same of all feeds${where}.`],
      [other.hash() === one.hash(), `${names} hold different books${where}.`],
    ])
  })
}

function outcomesOf(cast: Cast): OrderOutcome[] {
  return cast.members.flatMap(({ orders }) => orders.flatMap(({ outcome }) => outcome ?? []))
}

/** What has been told of each order last, under its own id and those of its parts. */
type Told = ReadonlyMap<OrderId, OrderOutcome>

function toldOf(cast: Cast): Told {
  return new Map(
    outcomesOf(cast).flatMap(outcome => [outcome.order.id, ...outcome.parts].map(id => [id, outcome] as const)),
  )
}

function amountsWrong({ order, fills, forced }: OrderOutcome): string[] {
  const name = order.clientOrderId ?? order.id
  const [quantity, filled, lapsed, remaining] = [order.quantity, order.filled, order.lapsed, order.remaining].map(units)
  const traded = fills.reduce((sum, fill) => sum + units(fill.quantity), 0n)
  const stated = forced.reduce((sum, one) => sum + units(one.filled), 0n)
  const { filled: told } = order
  return broken([
    [traded <= (quantity ?? 0n), `${name} is overfilled: its quantity is ${order.quantity}.`],
    [traded + stated === filled, `${name} says ${told} filled, but its fills do not add up to it.`],
    [
      quantity === (filled ?? 0n) + (lapsed ?? 0n) + (remaining ?? 0n),
      `${name}: ${order.quantity} is not ${told} filled + ${order.lapsed} lapsed + ${order.remaining} remaining.`,
    ],
  ])
}

function tradeWrong(cast: Cast, told: Told, trade: TradeReport): string[] {
  const { tradeId, price, quantity, maker, taker } = trade
  const shared = { tradeId, price, quantity }
  const made: Expected = {
    ...maker,
    fill: { ...shared, orderId: maker.orderId, liquidity: 'maker', counterparty: reference(taker) },
  }
  const taken: Expected = {
    ...taker,
    fill: { ...shared, orderId: taker.orderId, liquidity: 'taker', counterparty: reference(maker) },
  }
  return [...sideWrong(cast, told, made), ...sideWrong(cast, told, taken), ...termsWrong(cast, told, trade)]
}

function reference({ peer, orderId }: { peer: PeerId; orderId: OrderId }): FillReport['counterparty'] {
  return { peer, orderId }
}

/** Who has left may not have told of it; whoever tells of it tells the same. */
function sideWrong(cast: Cast, told: Told, { peer, orderId, fill }: Expected): string[] {
  const owner = cast.members.find(member => member.peer.id === peer)
  const outcome = told.get(orderId)
  const fills = (outcome?.fills ?? []).filter(({ tradeId }) => tradeId === fill.tradeId)
  if (fills.length === 0 && owner?.isOnStage === false) return []
  // A maker that has gone may have died before anybody heard of its decision: its taker is in doubt.
  const other = cast.members.find(member => member.peer.id === fill.counterparty.peer)
  if (fills.length === 0 && fill.liquidity === 'taker' && other?.isOnStage === false) return []
  // What was forced is no fill: it claims nothing, and where it is otherwise that is told as a dispute.
  if (outcome?.forced.some(({ tradeId }) => tradeId === fill.tradeId) === true) return []
  const name = cast.orderName(orderId)
  const what = `the trade of ${fill.quantity} @ ${fill.price} with ${cast.orderName(fill.counterparty.orderId)}`
  const [only] = fills
  if (!only) return [`${name} has not told of ${what}.`]
  if (fills.length > 1) return [`${name} has told of ${what} ${fills.length} times.`]
  return isSameFill(only, fill) ? [] : [`${name} tells of ${what} as ${only.quantity} @ ${only.price}.`]
}

function isSameFill(one: FillReport, other: FillReport): boolean {
  return (
    one.orderId === other.orderId &&
    one.price === other.price &&
    one.quantity === other.quantity &&
    one.liquidity === other.liquidity &&
    one.counterparty.peer === other.counterparty.peer &&
    one.counterparty.orderId === other.counterparty.orderId
  )
}

/** The earlier order is the maker, the price is its own, the taker's limit allows it, and an account has two sides of no trade. */
function termsWrong(cast: Cast, told: Told, { price, maker, taker }: TradeReport): string[] {
  const [makers, takers] = [maker, taker].map(({ orderId }) => told.get(orderId))
  const [made, taken] = [cast.orderName(maker.orderId), cast.orderName(taker.orderId)]
  const limit = takers?.order.price
  const isAllowed = !limit || (maker.side === 'sell' ? units(price) <= units(limit) : units(price) >= units(limit))
  const isOneAccount = maker.peer === taker.peer && makers && makers.order.account === takers?.order.account
  return broken([
    [maker.orderId < taker.orderId, `${made} is the maker of a trade with ${taken}, which is earlier.`],
    [!makers || makers.order.price === price, `${made} made a trade at ${price}, which is not its price.`],
    [isAllowed, `${taken} took at ${price}, beyond its limit of ${limit}.`],
    [!isOneAccount, `${made} and ${taken} have traded, but belong to one account.`],
  ])
}

function disputed(cast: Cast, { order, forced }: OrderOutcome): string[] {
  return forced
    .filter(({ isDisputed }) => isDisputed)
    .map(({ filled, decided, quantity, price, counterparty }) => {
      const what = `${order.clientOrderId} has ${filled} of ${quantity} @ ${price} forced as filled`
      return `${what}, of which ${cast.orderName(counterparty.orderId)} has ${decided}: disputed.`
    })
}

/** A maker that has gone may not have told of its last trades. */
function fillsWithoutTrade(cast: Cast, tape: readonly TradeReport[]): string[] {
  const known = new Set(tape.map(({ tradeId }) => tradeId))
  const present = new Set(cast.onStage.map(({ peer }) => peer.id))
  const isMissing = ({ tradeId, liquidity, counterparty }: FillReport): boolean =>
    !known.has(tradeId) && (liquidity === 'maker' || present.has(counterparty.peer))
  return outcomesOf(cast).flatMap(({ order, fills }) =>
    fills
      .filter(isMissing)
      .map(
        ({ quantity, price }) =>
          `${order.clientOrderId} has told of ${quantity} @ ${price}, which is no trade of its maker.`,
      ),
  )
}

/** Everybody tells of each trade once, and as everybody else does. */
function toldWrong(cast: Cast, { name, trades }: Member, tape: readonly TradeReport[]): string[] {
  return tape.flatMap(trade => {
    const copies = trades.filter(({ tradeId }) => tradeId === trade.tradeId)
    const what = `the trade of ${cast.orderName(trade.maker.orderId)} and ${cast.orderName(trade.taker.orderId)}`
    return broken([
      [copies.length <= 1, `${name} has told of ${what} ${copies.length} times.`],
      [copies.every(copy => isDeepStrictEqual(copy, trade)), `${name} tells of ${what} otherwise.`],
    ])
  })
}

/** The sentences of the rules that do not hold. */
function broken(rules: readonly (readonly [holds: boolean, sentence: string])[]): string[] {
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence)
}

function units(decimal: string): bigint {
  return parseUnits(decimal) ?? 0n
}
