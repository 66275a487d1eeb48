/**
 * What comes into a market's book and what leaves it. Events are plain data and have been validated before they get here; a reply
 * names the request that it answers, so that no function ever travels in an event.
 */
import type { StateValueFrom } from 'xstate'
import type { orderMachine } from '../../../machines/order.machine.ts'
import type { Conditions, OrderId, OwnOrder, PeerId, Side, TimeInForce, TradeId } from '../../book/order.ts'
import type { Refusal } from '../../book/refusal.ts'
import type { CancelReason, Head, Liquidity } from '../../feed/entry.ts'
import type { SegmentFault } from '../../feed/fold.ts'
import type { SignedSegment } from '../../feed/segment.ts'
import type { Signed, SignedLater } from '../../feed/signer.ts'
import type { Answer, Batch, RequestRefusal } from '../../net/messages.ts'

/** Correlates a request with its reply, within one peer. */
export type RequestId = number

export interface OrderCommand {
  readonly side: Side
  /** Ticks; null: at any price. */
  readonly price: number | null
  readonly quantity: number
  readonly timeInForce: TimeInForce
  readonly account: string
  readonly conditions: Conditions
  readonly clientOrderId: string | null
}

/** What comes in place of an order is of its side and its account, and for so much in all, what is filled of the order included. */
export type Replacement = Omit<OrderCommand, 'side' | 'account'>

/** What an order was accepted in place of. */
export interface Replaced {
  readonly orderId: OrderId
  /** Lots that both together are for, as its user asked. */
  readonly quantity: number
}

export type BookEvent =
  /** The local user wants to trade. */
  | { readonly type: 'order.submit'; readonly requestId: RequestId; readonly command: OrderCommand }
  /** The local user wants to trade several times: the replies' ids count up from `requestId`. */
  | { readonly type: 'order.submit_many'; readonly requestId: RequestId; readonly commands: readonly OrderCommand[] }
  /** The local user wants an order out of the market. */
  | { readonly type: 'order.cancel'; readonly requestId: RequestId; readonly orderId: OrderId }
  /** The local user wants an order to be for less. */
  | {
      readonly type: 'order.amend'
      readonly requestId: RequestId
      readonly orderId: OrderId
      readonly quantity: number
    }
  /** The local user wants all orders of a side, of an account or of both out of the market; null: of any. */
  | {
      readonly type: 'order.cancel_all'
      readonly requestId: RequestId
      readonly side: Side | null
      readonly account: string | null
    }
  /** The local user wants another order in place of one. */
  | {
      readonly type: 'order.replace'
      readonly requestId: RequestId
      readonly orderId: OrderId
      readonly replacement: Replacement
    }
  /** The local user settles what is in doubt of an order. */
  | { readonly type: 'order.force'; readonly requestId: RequestId; readonly forcing: Forcing }
  /** The local user has waited for `doubtMs`: answer as things stand. */
  | { readonly type: 'order.report'; readonly requestId: RequestId }
  /** A taker proposes trades, or withdraws what it has proposed. */
  | {
      readonly type: 'batch.propose' | 'batch.withdraw'
      readonly requestId: RequestId
      readonly batch: Batch
      readonly signed: Signed
      readonly hash: string
      /** What the last maker has decided, if the batch is held here until then; its signature is good. */
      readonly decision: Answer | null
    }
  /** A maker has decided on a batch of ours, or on one that ends what is held here. */
  | { readonly type: 'batch.answer'; readonly answer: Answer; readonly signed: Signed }
  /** The next part of somebody's feed, from its owner or from anybody else. */
  | { readonly type: 'feed.segments'; readonly requestId: RequestId; readonly segments: readonly SignedSegment[] }
  /** A peer that leaves wants to know whether we wait for a decision of it. */
  | { readonly type: 'channel.asked'; readonly requestId: RequestId; readonly maker: PeerId }
  /** A neighbour's orders may be matched from now on, or no longer. */
  | { readonly type: 'neighbour.live' | 'neighbour.lost'; readonly peer: PeerId }
  /** Nobody has heard of the owner for a day: it is forgotten, with its orders. */
  | { readonly type: 'neighbour.forgotten'; readonly peer: PeerId }
  /** A backoff has ended. */
  | { readonly type: 'backoff.over' }

/** One side of one trade, as its owner sees it. */
export interface Fill {
  /** Under which the order has traded: its own id, or that of a part. */
  readonly orderId: OrderId
  readonly tradeId: TradeId
  readonly price: number
  readonly quantity: number
  readonly liquidity: Liquidity
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
}

/** What a user states of a quantity in doubt. */
export interface Forcing {
  readonly orderId: OrderId
  /** Towards whom it is in doubt; null: towards the only one. */
  readonly counterparty: PeerId | null
  /** Of which proposal; null: of all to that maker. */
  readonly tradeId: TradeId | null
  /** Lots that count as filled, of the proposals in their order: best price first. The rest is released. */
  readonly filled: number
}

/** Another peer's order that a part of an own order may have been traded with: it has not said. */
export interface Doubt {
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
  readonly tradeId: TradeId
  readonly price: number
  readonly quantity: number
  /** When it was proposed, in milliseconds since the Unix epoch. */
  readonly sinceMs: number
}

/** What a user has settled of a proposal whose maker had not answered. */
export interface Forced {
  readonly tradeId: TradeId
  readonly price: number
  /** Lots proposed. */
  readonly quantity: number
  /** Lots of them that count as filled; the others were released. */
  readonly filled: number
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
  /** Lots that the maker has filled, once that is known; null until then. Other than `filled`: disputed. */
  readonly decided: number | null
}

/** A decision of a maker that contradicts what had been forced by then. It is kept, and nothing of it is applied. */
export interface Dispute {
  readonly orderId: OrderId
  readonly side: Side
  readonly tradeId: TradeId
  readonly price: number
  readonly quantity: number
  readonly counterparty: { readonly peer: PeerId; readonly orderId: OrderId }
  /** Lots that count as filled here. */
  readonly filled: number
  /** Lots that the maker has filled. */
  readonly decided: number
  /** When it turned up, in milliseconds since the Unix epoch. */
  readonly atMs: number
}

/** The states of machines/order.machine.ts in which an order is known to its book. */
export type OrderStatus = Exclude<StateValueFrom<typeof orderMachine>, 'submitted' | 'refused'>

/** Nothing of it can trade any more. */
export function isOver(status: OrderStatus): boolean {
  return status === 'filled' || status === 'cancelled' || status === 'expired'
}

/** How an own order stands. */
export interface OrderReport {
  readonly order: OwnOrder
  readonly conditions: Conditions
  readonly status: OrderStatus
  readonly clientOrderId: string | null
  /** The order in whose place it was accepted; null for most. */
  readonly replaces: OrderId | null
  /** Ids under which it is or was in the book where that is not its own: of a stop once it is triggered, of an iceberg's slices. */
  readonly parts: readonly OrderId[]
  readonly fills: readonly Fill[]
  /** Towards whom its reserved quantity is undecided. */
  readonly doubts: readonly Doubt[]
  readonly forced: readonly Forced[]
  /** Why a part of it has lapsed, or will; null when none does. */
  readonly reason: LapseReason | null
}

/** Why a part of an order will never be filled. */
export type LapseReason = ClosingReason | 'amended' | 'nothing_left_to_match' | 'partner_has_traded'

/** Why an order as a whole leaves the market. */
export type ClosingReason = CancelReason | 'expired' | 'replaced' | 'partner_is_done'

export type CommandRefusal =
  | 'market_not_open'
  | 'order_unknown'
  | 'order_already_closed'
  | 'order_belongs_to_another_peer'
  | 'exists_with_different_side'
  | 'exists_with_different_price'
  | 'exists_with_different_quantity'
  | 'exists_with_different_time_in_force'
  | 'exists_with_different_account'
  | 'exists_with_different_conditions'
  | 'expiry_is_past'
  | 'would_take'
  | 'minimum_not_reached'
  | 'order_is_closing'
  | 'order_is_entering'
  | 'amend_must_reduce'
  | 'amend_below_filled'
  | 'amend_below_reserved'
  | 'too_many_open_orders'
  | 'exists_with_different_replaced_order'
  | 'order_is_paired'
  | 'partner_is_unknown'
  | 'partner_is_paired'
  | 'partner_does_not_fit'
  | 'replacement_has_nothing_left'
  | 'order_not_in_doubt'
  | 'doubt_unknown'
  | 'doubt_is_towards_several'
  | 'doubt_is_too_young'
  | 'forced_beyond_doubt'
  | 'forced_too_often'

/** A trade as everybody sees it: the maker's side, from the maker's feed. */
export interface Trade {
  readonly tradeId: TradeId
  readonly price: number
  readonly quantity: number
  readonly maker: { readonly peer: PeerId; readonly orderId: OrderId; readonly side: Side }
  readonly taker: { readonly peer: PeerId; readonly orderId: OrderId }
}

/** How far an owner's feed has been read. */
export interface OwnerHead {
  readonly owner: PeerId
  readonly head: Head
}

export type BookReply =
  | { readonly type: 'report'; readonly report: OrderReport }
  | { readonly type: 'reports'; readonly reports: readonly OrderReport[] }
  | { readonly type: 'refusal'; readonly refusal: Refusal<CommandRefusal> }
  | { readonly type: 'answer'; readonly answer: Signed }
  | { readonly type: 'undecided'; readonly reason: RequestRefusal; readonly sentence: string }
  | { readonly type: 'cursor'; readonly cursor: Head | null }
  | { readonly type: 'channel'; readonly isUndecided: boolean }

/** What leaves the book once everything decided before it has been synced. */
export type Output =
  | { readonly type: 'reply'; readonly requestId: RequestId; readonly reply: BookReply }
  /** Send this batch to its maker; on recovery only ask what has become of it. */
  | {
      readonly type: 'batch'
      readonly mode: 'propose' | 'withdraw'
      readonly batch: Batch
      readonly signed: Signed
      /** The last maker's answer, for a maker that holds until then. */
      readonly decision: Signed | null
    }
  /** The batch is decided, or held until another one is: no need to ask any longer. */
  | { readonly type: 'settled'; readonly taker: PeerId; readonly maker: PeerId; readonly n: number }
  /** The own feed has grown by these words. */
  | { readonly type: 'published'; readonly head: Head; readonly words: SignedLater }
  | { readonly type: 'order'; readonly report: OrderReport }
  | { readonly type: 'trade'; readonly trade: Trade }
  | { readonly type: 'disputed'; readonly dispute: Dispute }
  /** Part of somebody's feed is missing here. */
  | { readonly type: 'behind'; readonly owner: PeerId }
  /** Look again at this time (milliseconds): an order may be asked again then. */
  | { readonly type: 'look_again'; readonly atMs: number }
  /** Another peer is said to have done something that no correct peer does. */
  | {
      readonly type: 'fault'
      readonly peer: PeerId
      readonly reason: FaultReason
      /** The signed words that prove it against this peer; empty where they prove nothing, and the fault is only counted. */
      readonly proof: readonly Signed[]
    }

/** What may be wrong with what another peer has signed, or is said to have done. */
export type FaultReason =
  | SegmentFault
  | 'feed_forked'
  | 'too_many_owners'
  | 'answer_to_another_batch'
  | 'answer_to_other_proposals'
  | 'answer_fills_too_much'
  | 'answer_below_minimum'
  | 'fill_differs_from_proposal'
