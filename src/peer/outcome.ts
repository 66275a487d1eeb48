/** What users are told, in decimal strings: how an order stands, and what was traded. */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { OrderId, PeerId, SelfTradePrevention, Side, TimeInForce, TradeId } from '../book/order.ts'
import type { Liquidity } from '../feed/entry.ts'
import type { LapseReason, OrderReport, OrderStatus, Trade } from './decide/event.ts'

export interface OrderOutcome {
  readonly status: OrderStatus
  readonly order: {
    readonly id: OrderId
    readonly market: string
    readonly side: Side
    /** Null for a market order. */
    readonly price: string | null
    readonly quantity: string
    readonly filled: string
    /** Cancelled, or left over with nothing to match. */
    readonly lapsed: string
    /** quantity = filled + lapsed + remaining. */
    readonly remaining: string
    readonly timeInForce: TimeInForce
    readonly account: string
    readonly clientOrderId: string | null
    readonly postOnly: boolean
    /** Milliseconds since the Unix epoch, for a gtd order. */
    readonly expiresAtMs: number | null
    readonly selfTradePrevention: SelfTradePrevention
  }
  readonly fills: readonly FillReport[]
  /** Quantity that another peer has been asked to trade and has not decided on: it may still be filled. */
  readonly inDoubt: string
  /** Why something has lapsed; null when nothing has. */
  readonly reason: LapseReason | null
}

export interface FillReport {
  readonly tradeId: TradeId
  readonly price: string
  readonly quantity: string
  readonly liquidity: Liquidity
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
}

/** A trade as everybody sees it. */
export interface TradeReport {
  readonly tradeId: TradeId
  readonly market: string
  readonly price: string
  readonly quantity: string
  readonly maker: { readonly peer: PeerId; readonly orderId: OrderId; readonly side: Side }
  readonly taker: { readonly peer: PeerId; readonly orderId: OrderId }
}

export function outcomeOf(
  market: Market,
  { order, conditions, status, clientOrderId, fills, reason }: OrderReport,
): OrderOutcome {
  const lots = (count: number) => formatLots(count, market.lotSize)
  const ticks = (count: number) => formatTicks(count, market.tickSize)
  const { id, side, price, timeInForce, account } = order
  return {
    status,
    order: {
      id,
      market: market.id,
      side,
      price: price === null ? null : ticks(price),
      quantity: lots(order.quantity),
      filled: lots(order.filled),
      lapsed: lots(order.lapsed),
      remaining: lots(order.remaining),
      timeInForce,
      account,
      clientOrderId,
      ...conditions,
    },
    fills: fills.map(fill => ({ ...fill, price: ticks(fill.price), quantity: lots(fill.quantity) })),
    inDoubt: lots(order.reserved),
    reason,
  }
}

export function tradeReportOf(market: Market, trade: Trade): TradeReport {
  const price = formatTicks(trade.price, market.tickSize)
  const quantity = formatLots(trade.quantity, market.lotSize)
  return { ...trade, market: market.id, price, quantity }
}
