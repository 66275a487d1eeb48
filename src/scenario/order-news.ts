/**
 * What is told of an order: the difference between how it stood when it was last told of and how it stands now. Since only the two
 * states count, and not what lay between them, the same lines come whatever the order in which messages arrived.
 */
import { formatLots, parseUnits } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { OrderId } from '../book/order.ts'
import type { FillReport, ForcedReport, OrderOutcome } from '../peer/outcome.ts'

/** How orders and quantities are written, and who is told of first. */
export interface Names {
  readonly market: Market
  orderName(id: OrderId): string
  rankOf(id: OrderId): number
}

/** Lines without the order's own name: what was forced of it, its fills, then how it stands, then what has lapsed. */
export function orderNews(before: OrderOutcome | null, now: OrderOutcome, names: Names): string[] {
  const fills = now.fills.slice(before?.fills.length ?? 0)
  return [
    ...dormantLines(before, now),
    ...forcedLines(before, now, names),
    ...sorted(fills, now, names).map(fill => fillLine(fill, now, names)),
    ...restLines(before, now),
    ...waitLines(before, now),
    ...lapseLines(before, now, names.market),
  ]
}

function fillLine({ price, quantity, counterparty }: FillReport, { order }: OrderOutcome, names: Names): string {
  const other = names.orderName(counterparty.orderId)
  return order.side === 'buy'
    ? `bought ${quantity} @ ${price} from ${other}`
    : `sold ${quantity} @ ${price} to ${other}`
}

/** As a taker walks through the book: best price first, then the earliest maker. A maker's takers at one price stand by their names. */
function sorted(fills: readonly FillReport[], { order }: OrderOutcome, names: Names): FillReport[] {
  const rise = order.side === 'buy' ? 1 : -1
  return [...fills].sort((a, b) => rise * Number(unitsOf(a.price) - unitsOf(b.price)) || compareOthers(a, b, names))
}

function compareOthers(a: FillReport, b: FillReport, names: Names): number {
  const [one, other] = [a.counterparty.orderId, b.counterparty.orderId]
  if (a.liquidity === 'taker' && b.liquidity === 'taker') return one < other ? -1 : 1
  return names.rankOf(one) - names.rankOf(other)
}

/** What was forced since, and what a maker has said of it since that is otherwise. */
function forcedLines(before: OrderOutcome | null, now: OrderOutcome, names: Names): string[] {
  const told = new Map((before?.forced ?? []).map(forced => [forced.tradeId, forced]))
  return now.forced.flatMap(forced => {
    const known = told.get(forced.tradeId)
    const isNewDispute = forced.isDisputed && known?.isDisputed !== true
    return [...(known ? [] : [forcedLine(forced, names)]), ...(isNewDispute ? [disputedLine(forced, names)] : [])]
  })
}

function forcedLine({ filled, quantity, price, counterparty }: ForcedReport, names: Names): string {
  const how = unitsOf(filled) === 0n ? 'released' : `${filled} filled`
  return `forced: of ${quantity} @ ${price} with ${names.orderName(counterparty.orderId)} ${how}`
}

function disputedLine({ filled, decided, quantity, price, counterparty }: ForcedReport, names: Names): string {
  const what = `of ${quantity} @ ${price} with ${names.orderName(counterparty.orderId)}`
  return `disputed: ${what} ${filled} is forced as filled, ${decided ?? ''} is decided`
}

/** A stop waits, and then is triggered. */
function dormantLines(before: OrderOutcome | null, now: OrderOutcome): string[] {
  const { status, order, parts } = now
  const { side, remaining, price, trigger, displayed } = order
  if (trigger === null) return []
  const was = before?.status ?? 'dormant'
  if (status === 'dormant')
    return before?.order.remaining === remaining
      ? []
      : [
          `waits for its trigger: ${side} ${remaining}${price === null ? '' : ` @ ${price}`} stop ${trigger}${shownText(displayed)}`,
        ]
  return was === 'dormant' && (parts.length > 0 || status === 'accepted') ? ['triggered'] : []
}

function restLines(before: OrderOutcome | null, now: OrderOutcome): string[] {
  if (!isResting(now)) return []
  const isKnown = before !== null && isResting(before) && before.order.remaining === now.order.remaining
  const { side, remaining, price, displayed } = now.order
  return isKnown && !isFreed(before, now) ? [] : [`rests: ${side} ${remaining} @ ${price}${shownText(displayed)}`]
}

function shownText(displayed: string | null): string {
  return displayed === null ? '' : ` displayed ${displayed}`
}

/** What was reserved has come back: worth a line even where the order stands as before. */
function isFreed(before: OrderOutcome, now: OrderOutcome): boolean {
  return unitsOf(before.inDoubt) > 0n && unitsOf(now.inDoubt) === 0n
}

function isResting({ status }: OrderOutcome): boolean {
  return status === 'resting' || status === 'partly_filled'
}

function waitLines(before: OrderOutcome | null, now: OrderOutcome): string[] {
  const { status, inDoubt } = now
  if (unitsOf(inDoubt) === 0n || (before?.inDoubt === inDoubt && before.status === status)) return []
  return [status === 'cancel_pending' ? `waits to be cancelled: ${inDoubt} reserved` : `waits: ${inDoubt} reserved`]
}

function lapseLines(before: OrderOutcome | null, now: OrderOutcome, { lotSize }: Market): string[] {
  const lapsed = unitsOf(now.order.lapsed) - (before ? unitsOf(before.order.lapsed) : 0n)
  if (lapsed === 0n) return []
  const quantity = formatLots(lapsed / unitsOf(lotSize), lotSize)
  return [lapseLine(quantity, now)]
}

function lapseLine(quantity: string, { reason }: OrderOutcome): string {
  if (reason === 'expired') return `expired: ${quantity} unfilled`
  if (reason === 'amended') return `amended: ${quantity} less`
  return `cancelled ${quantity}: ${(reason ?? 'no reason given').replaceAll('_', ' ')}`
}

function unitsOf(decimal: string): bigint {
  return parseUnits(decimal) ?? 0n
}
