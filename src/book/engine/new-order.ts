/** An order of any kind, as an engine is given it: codes of codes.ts, and integers from 1 to 2^31 - 1. */

import type { SideCode } from './codes.ts'

export interface NewEngineOrder {
  readonly id: number
  /** BUY or SELL. */
  readonly side: SideCode
  /** Ticks; 0: at any price, and it never rests. */
  readonly price: number
  /** Lots. */
  readonly quantity: number
  /** 0 or absent: it trades with everybody. */
  readonly account?: number
  readonly terms?: number
  /** An iceberg: lots that it shows at a time, each slice behind everybody else at its price. */
  readonly displayed?: number
  /** Lots that it must trade at once when it enters the book, or not at all. */
  readonly minimum?: number
  /** A stop: it enters the book once a trade reaches this price, at or above it for a buy, at or below it for a sell. */
  readonly trigger?: number
  /** Of a stop: the resting order that it is paired with; when one of them ends, so does the other. */
  readonly partner?: number
}
