/** How the orders of one peer stand, as frames: what they are, what has happened to them since they were told of last. */
import type { OrderEvent } from '../../machines/order.machine.ts'
import { formatAmount } from '../book/notation.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import { isOver, type OrderReport } from '../peer/decide/event.ts'
import type { BookState } from '../peer/decide/state.ts'
import type { FrameBody, OrderFrame } from './frame.ts'
import { eventsBetween, type LotsFilled, type ToldOrder } from './order-events.ts'

export interface OrderFramesOptions {
  readonly peer: string
  readonly now: () => number
  readonly show: (frame: FrameBody) => void
}

/** As an order was told of last. */
interface Told extends ToldOrder {
  readonly terms: string
  readonly fills: number
  readonly forced: number
  readonly amended: number
}

export class OrderFrames {
  readonly #options: OrderFramesOptions
  /** Those that are not over: no more than a peer may have open. */
  readonly #told = new Map<OrderId, Told>()

  constructor(options: OrderFramesOptions) {
    this.#options = options
  }

  told(report: OrderReport, { market, self }: BookState): void {
    const { order, status, reason, fills, forced } = report
    const { id, side, price, timeInForce, quantity, filled, lapsed, reserved } = order
    const before = this.#told.get(id) ?? null
    const kept = { isStop: report.conditions.trigger !== undefined, hasParts: report.parts.length > 0 }
    const standing = { status, price, timeInForce, lapsed, reserved, reason, ...kept }
    const events = eventsBetween(before, standing, filledSince(before, report, self))
    const amended = (before?.amended ?? 0) + amendedBy(events)
    const terms = before?.terms ?? `${side} ${formatAmount(quantity, price, market)} ${timeInForce}`
    if (isOver(status)) this.#told.delete(id)
    else this.#told.set(id, { ...standing, terms, amended, fills: fills.length, forced: forced.length })
    this.#show({
      ...{ market: market.id, id, terms, status, events, reason, isOver: isOver(status) },
      context: { quantity, filled, lapsed, amended, reserved, isLate: reason === 'expired' },
    })
  }

  #show(order: Omit<OrderFrame, 'type' | 'atMs' | 'peer'>): void {
    const { peer, now, show } = this.#options
    show({ type: '@peerbook.order', atMs: now(), peer, ...order })
  }
}

/** What its user has forced counts as its maker's word would. */
function filledSince(before: Told | null, { fills, forced }: OrderReport, self: PeerId): LotsFilled[] {
  const traded = fills.slice(before?.fills).map(({ quantity, liquidity, counterparty }): LotsFilled => {
    return { type: 'lots.filled', lots: quantity, wasReserved: liquidity === 'taker' && counterparty.peer !== self }
  })
  const settled = forced.slice(before?.forced).map(({ filled }): LotsFilled => {
    return { type: 'lots.filled', lots: filled, wasReserved: true }
  })
  return [...traded, ...settled.filter(({ lots }) => lots > 0)]
}

function amendedBy(events: readonly OrderEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === 'lots.amended' ? event.lots : 0), 0)
}
