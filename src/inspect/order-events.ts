/**
 * What must have happened to an order between two tellings of it, as events of machines/order.machine.ts. A peer tells how its orders
 * stand and keeps no such events; the model tests hold what comes out here against the machine, for every order of every walk.
 */
import type { OrderEvent } from '../../machines/order.machine.ts'
import type { TimeInForce } from '../book/order.ts'
import type { LapseReason, OrderStatus } from '../peer/decide/event.ts'

/** As much of a telling as the next one is held against. Lots. */
export interface ToldOrder {
  readonly status: OrderStatus
  readonly price: unknown
  readonly timeInForce: TimeInForce
  readonly lapsed: number
  readonly reserved: number
  readonly reason: LapseReason | null
  /** Whether it waits, or has waited, for a trade. */
  readonly isStop: boolean
  /** Whether it has entered the book in parts. */
  readonly hasParts: boolean
}

export type LotsFilled = OrderEvent & { readonly type: 'lots.filled' }

/** `before` is null at the first telling; `traded` is what has traded, or been forced, since then. */
export function eventsBetween(before: ToldOrder | null, after: ToldOrder, traded: readonly LotsFilled[]): OrderEvent[] {
  // An order that ends has nothing free: what still trades had been asked for, or was held for somebody.
  const isEnding = before?.status === 'cancel_pending'
  const filled = isEnding ? traded.map(one => ({ ...one, wasReserved: true })) : traded
  const fromReserve = filled.reduce((sum, one) => sum + (one.wasReserved ? one.lots : 0), 0)
  const kept = (before?.reserved ?? 0) - fromReserve
  const grown = after.reserved - Math.max(0, kept)
  const lapsed = lapses(before, after)
  // An amendment decides first what may still trade; whatever else lapses is what nobody has taken.
  const isAmended = lapsed.some(({ type }) => type === 'lots.amended')
  return [
    ...(before ? [] : beginning(after)),
    ...(isAmended ? lapsed : []),
    // A dormant stop can only become less, or end; all else comes after its trigger.
    ...(isTriggered(before, after) ? [{ type: 'stop.triggered' as const }, ...resting(after)] : []),
    // What was asked and decided between two tellings has been reserved for a moment.
    ...reserves(-kept),
    ...filled.filter(one => one.wasReserved),
    ...(grown < 0 ? [{ type: 'lots.released' as const, lots: -grown }] : []),
    ...filled.filter(one => !one.wasReserved),
    ...reserves(grown),
    ...(isAmended ? [] : lapsed),
  ]
}

/** A dormant stop ends with its partner; only one that was triggered loses all that it has to it. */
function isTriggered(before: ToldOrder | null, { isStop, hasParts, status, reason }: ToldOrder): boolean {
  const wasDormant = isStop && (before === null || (before.status === 'dormant' && !before.hasParts))
  const isAwake = hasParts || status === 'accepted' || status === 'resting'
  return wasDormant && (isAwake || (status === 'cancelled' && reason === 'partner_has_traded'))
}

function beginning(after: ToldOrder): OrderEvent[] {
  return [{ type: 'order.accepted' }, ...(after.isStop ? [{ type: 'stop.placed' as const }] : resting(after))]
}

function resting({ price, timeInForce }: ToldOrder): OrderEvent[] {
  const rests = price !== null && (timeInForce === 'gtc' || timeInForce === 'gtd')
  return rests ? [{ type: 'order.rested' }] : []
}

function reserves(lots: number): OrderEvent[] {
  return lots > 0 ? [{ type: 'lots.reserved', lots }] : []
}

/** What an order that ends gets back lapses with `lots.released`; it needs no event of its own. */
function lapses(before: ToldOrder | null, { status, lapsed, reason }: ToldOrder): OrderEvent[] {
  const count = lapsed - (before?.lapsed ?? 0)
  const isEnding = before?.status === 'cancel_pending'
  const begins = status === 'cancel_pending' && !isEnding
  if (begins) return [{ type: reason === 'expired' ? 'order.expired' : 'order.cancelled' }]
  if (count === 0 || isEnding) return []
  if (reason === 'amended') return [{ type: 'lots.amended', lots: count }]
  if (status === 'expired') return [{ type: 'order.expired' }]
  return reason === 'nothing_left_to_match' || reason === 'self_trade_prevented' || reason === 'partner_has_traded'
    ? [{ type: 'lots.lapsed', lots: count }]
    : [{ type: 'order.cancelled' }]
}
