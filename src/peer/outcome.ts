/** What users are told, in decimal strings: how an order stands, and what was traded. */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { OrderId, PeerId, SelfTradePrevention, Side, TimeInForce, TradeId } from '../book/order.ts'
import type { Liquidity } from '../feed/entry.ts'
import type { Dispute, Forced, LapseReason, OrderReport, OrderStatus, Trade } from './decide/event.ts'

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
    /** What had to trade at once when it entered; null: anything. */
    readonly minimumQuantity: string | null
    /** Of a stop: the price of a trade that triggers it; null for others. */
    readonly trigger: string | null
    /** Of an iceberg: how much of it is shown at a time; null for others. */
    readonly displayed: string | null
    /** Of a stop: the order that it shares its quantity with; null for others. */
    readonly partner: OrderId | null
    /** The order in whose place it was accepted; null for most. */
    readonly replaces: OrderId | null
  }
  /** Ids under which it is or was in the book where that is not its own: of a stop once it is triggered, of an iceberg's slices. */
  readonly parts: readonly OrderId[]
  readonly fills: readonly FillReport[]
  /** Quantity that another peer has been asked to trade and has not decided on: it may still be filled. */
  readonly inDoubt: string
  /** Towards whom, proposal by proposal. What has been undecided for `doubtMs` may be forced. */
  readonly doubts: readonly DoubtReport[]
  /** What has been forced of this order, oldest first. Forced lots are in `filled` and have no fill. */
  readonly forced: readonly ForcedReport[]
  /** Why something has lapsed; null when nothing has. */
  readonly reason: LapseReason | null
}

export interface FillReport {
  /** Under which the order has traded: its own id, or one of its `parts`. */
  readonly orderId: OrderId
  readonly tradeId: TradeId
  readonly price: string
  readonly quantity: string
  readonly liquidity: Liquidity
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
}

export interface DoubtReport {
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
  readonly tradeId: TradeId
  readonly price: string
  readonly quantity: string
  /** When it was proposed, in milliseconds since the Unix epoch. */
  readonly sinceMs: number
}

export interface ForcedReport {
  readonly tradeId: TradeId
  readonly price: string
  readonly quantity: string
  /** How much of the quantity counts as filled; the rest was released. */
  readonly filled: string
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
  /** What the counterparty has filled, once that is known; null until then. */
  readonly decided: string | null
  /** True: the counterparty has decided otherwise. */
  readonly isDisputed: boolean
}

/** A counterparty has decided otherwise than its quantity in doubt had been forced by then. Nothing of that is applied. */
export interface DisputeReport {
  readonly market: string
  readonly orderId: OrderId
  readonly side: Side
  readonly tradeId: TradeId
  readonly price: string
  readonly quantity: string
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
  /** What counts as filled here. */
  readonly filled: string
  /** What the counterparty has filled. */
  readonly decided: string
  /** When it turned up, in milliseconds since the Unix epoch. */
  readonly atMs: number
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
  { order, conditions, status, clientOrderId, replaces, parts, fills, doubts, forced, reason }: OrderReport,
): OrderOutcome {
  const { lotSize, tickSize } = market
  const { id, side, price, timeInForce, account } = order
  const { postOnly, expiresAtMs, selfTradePrevention, minimum, trigger, displayed, partner } = conditions
  const quantity = formatLots(order.quantity, lotSize)
  return {
    status,
    // Written out, with no copy (`...`) and no function made anew: this is told of every order.
    order: {
      id,
      market: market.id,
      side,
      price: price === null ? null : formatTicks(price, tickSize),
      quantity,
      filled: formatLots(order.filled, lotSize),
      lapsed: formatLots(order.lapsed, lotSize),
      remaining: order.remaining === order.quantity ? quantity : formatLots(order.remaining, lotSize),
      timeInForce,
      account,
      clientOrderId,
      postOnly,
      expiresAtMs,
      selfTradePrevention,
      minimumQuantity: minimum === null ? null : formatLots(minimum, lotSize),
      trigger: trigger === undefined ? null : formatTicks(trigger, tickSize),
      displayed: displayed === undefined ? null : formatLots(displayed, lotSize),
      partner: partner ?? null,
      replaces,
    },
    parts,
    fills: fills.length === 0 ? nothing : fills.map(fill => ({ ...fill, ...termsOf(market, fill) })),
    inDoubt: formatLots(order.reserved, lotSize),
    doubts: doubts.length === 0 ? nothing : doubts.map(doubt => ({ ...doubt, ...termsOf(market, doubt) })),
    forced: forced.length === 0 ? nothing : forced.map(one => forcedReportOf(market, one)),
    reason,
  }
}

const nothing: readonly never[] = []

interface Terms {
  readonly price: number
  readonly quantity: number
}

function termsOf({ tickSize, lotSize }: Market, { price, quantity }: Terms): Record<keyof Terms, string> {
  return { price: formatTicks(price, tickSize), quantity: formatLots(quantity, lotSize) }
}

function forcedReportOf(market: Market, { decided, ...forced }: Forced): ForcedReport {
  return {
    ...forced,
    ...termsOf(market, forced),
    filled: formatLots(forced.filled, market.lotSize),
    decided: decided === null ? null : formatLots(decided, market.lotSize),
    isDisputed: decided !== null && decided !== forced.filled,
  }
}

export function disputeReportOf(market: Market, dispute: Dispute): DisputeReport {
  const { id, lotSize } = market
  const [filled, decided] = [formatLots(dispute.filled, lotSize), formatLots(dispute.decided, lotSize)]
  return { ...dispute, ...termsOf(market, dispute), market: id, filled, decided }
}

export function tradeReportOf(market: Market, trade: Trade): TradeReport {
  const { tradeId, maker, taker } = trade
  const { price, quantity } = termsOf(market, trade)
  return { tradeId, market: market.id, price, quantity, maker, taker }
}
