/**
 * Facts: everything that ever changes what a book decides, as it is journalled. Recovery applies the same facts in the same order,
 * so a book is always the fold of its journal. Entries of the own feed are facts like the others, only public.
 */
import type { Conditions, NewOrder, OrderId, PeerId, Side, TradeId } from '../../book/order.ts'
import type { Entry } from '../../feed/entry.ts'
import type { Evidence } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Batch } from '../../net/messages.ts'
import type { ClosingReason, Dispute, LapseReason, OrderReport, Replaced } from './event.ts'
import type { PassedOver } from './passed-over.ts'
import type { Attempt } from './state.ts'

export type Fact =
  /** Public: goes into the own feed. `evidence` becomes an index when the segment is made. */
  | { readonly type: 'entry'; readonly entry: Entry; readonly evidence: Evidence | null }
  | {
      readonly type: 'accepted'
      readonly order: NewOrder
      readonly conditions: Conditions
      readonly clientOrderId: string | null
      /** Absent for most. */
      readonly replaces?: Replaced
    }
  /** Nothing of all these orders that are open now may be matched any more: they lapse from here on, in as many decisions as it takes. */
  | { readonly type: 'closing_all'; readonly side: Side | null; readonly account: string | null }
  /** A trade has reached these stops: they enter the book from now on, in this order. */
  | {
      readonly type: 'triggered'
      readonly orderIds: readonly OrderId[]
      readonly trade: { readonly maker: PeerId; readonly tradeId: TradeId; readonly price: number }
    }
  /** A part of an order that is kept whole enters the book, as an order of its own. */
  | { readonly type: 'entered'; readonly order: NewOrder; readonly wholeId: OrderId }
  /** What a part could not trade is hidden again. */
  | { readonly type: 'returned'; readonly orderId: OrderId; readonly quantity: number }
  /** A part of an order that was never placed has lapsed. */
  | { readonly type: 'lapsed'; readonly orderId: OrderId; readonly quantity: number; readonly reason: LapseReason }
  /** Nothing more of this order may be matched; what is reserved will lapse when it comes back. */
  | { readonly type: 'closing'; readonly orderId: OrderId; readonly reason: ClosingReason }
  /** A batch is about to be sent: its quantities are reserved. */
  | { readonly type: 'intent'; readonly batch: Batch; readonly signed: Signed; readonly hash: string }
  /** The batch's outcome is known: lots filled for each proposal, in the batch's order; the rest is released. */
  | { readonly type: 'settled'; readonly maker: PeerId; readonly n: number; readonly filled: readonly number[] }
  /**
   * The operator has settled what is in doubt of one proposal: so many lots count as filled, the rest is released. The batch stays in
   * flight: its number is the maker's to decide. An entry `forced` behind it only tells the others.
   */
  | {
      readonly type: 'forced'
      readonly maker: PeerId
      readonly n: number
      readonly tradeId: TradeId
      readonly filled: number
    }
  /** The maker has decided otherwise than the operator had forced. Nothing of it is applied. */
  | { readonly type: 'disputed'; readonly dispute: Dispute }
  /** Why an own order traded, or proposed to, past better earlier orders in this decision. Changes nothing; for those who check. */
  | ({ readonly type: 'passed_over'; readonly orderId: OrderId } & PassedOver)
  /** An order is about to take its minimum: the lots that are to come from own orders are held on both sides. */
  | ({ readonly type: 'attempt' } & Attempt)
  /** The last maker has decided. Fills are entries and have come before; what is still held is released. */
  | { readonly type: 'attempt_decided'; readonly orderId: OrderId; readonly isFilled: boolean }
  /** Lots of own orders are held for a batch of somebody else, until the maker of another one has decided. */
  | { readonly type: 'held'; readonly batch: Batch; readonly signed: Signed; readonly hash: string }
  /** It has. Fills are entries and have come before; what is still held is released. */
  | { readonly type: 'hold_ended'; readonly hash: string }
  /** A batch of somebody else has been decided, or its lots are held: then it is answered once more when they no longer are. */
  | { readonly type: 'answered'; readonly batch: AnsweredBatch; readonly answer: Signed }
  /** The first answer to a command with a client order id, to be repeated. */
  | { readonly type: 'reported'; readonly report: OrderReport }

/** What a maker remembers of the last batch of a channel. */
export type AnsweredBatch = Pick<Batch, 'taker' | 'n' | 'takerIncarnation'> & {
  /** Others than its taker may ask for the answer, even when the channel has gone on. */
  readonly isGroup: boolean
  readonly hash: string
  /** The latest trade id that was ever proposed in the channel: a later batch must go on above it. */
  readonly lastTradeId: string
}

/**
 * Whether a batch stands before another of its channel: by its taker's incarnation, then by its number. A taker goes on counting over
 * its restarts; one that has lost its memory begins again at 1, in a new incarnation, and what it said before is passed.
 */
export function isEarlier(
  { takerIncarnation, n }: Pick<Batch, 'takerIncarnation' | 'n'>,
  other: Pick<Batch, 'takerIncarnation' | 'n'>,
): boolean {
  return takerIncarnation === other.takerIncarnation ? n < other.n : takerIncarnation < other.takerIncarnation
}
