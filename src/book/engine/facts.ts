/** What is on a tape, as values with words instead of numbers. */

import type { Side } from '../order.ts'
import { commandNames, factKinds, reasons, SELL } from './codes.ts'
import type { CommandName, FactKind, Reason } from './codes.ts'
import * as at from './fact-tape.ts'
import type { FactTape } from './fact-tape.ts'

interface AboutOrder {
  readonly order: number
  readonly side: Side
  /** Ticks; 0 of an order without a limit, or when a taker lapses since it would have traded with its own account. */
  readonly price: number
  readonly lots: number
  /** Lots that are left of it. */
  readonly left: number
}

export type EngineFact =
  /** A new order enters the book, or waits for its trigger. What is not told below of its lots rests. */
  | ({ readonly kind: 'accepted' } & AboutOrder)
  /** `lots` of the taker (`order`, of this side) and the maker have been traded at the maker's price. */
  | ({ readonly kind: 'trade'; readonly maker: number; readonly makerLeft: number } & AboutOrder)
  /** The order is over: `lots` of it will not be traded. */
  | ({ readonly kind: 'cancelled'; readonly reason: Reason } & AboutOrder)
  /** The order is for `lots` less than before and keeps its place. Without a reason its owner wanted it. */
  | ({ readonly kind: 'amended'; readonly reason: Reason | null } & AboutOrder)
  /** The order enters anew, for `lots` in all. */
  | ({ readonly kind: 'modified' } & AboutOrder)
  /** A stop has been reached, and enters the book now. */
  | ({ readonly kind: 'triggered' } & AboutOrder)
  /** An iceberg shows its next slice of `lots`, behind everybody else at its price. */
  | ({ readonly kind: 'refilled' } & AboutOrder)
  /** Nothing has changed. */
  | {
      readonly kind: 'refused'
      readonly command: CommandName
      readonly order: number
      readonly reason: Reason
    }

/** The facts on a tape, oldest first, until it is cleared. */
export function* readFacts(tape: FactTape): Iterable<EngineFact> {
  const { words } = tape
  for (let from = 0; from < tape.length * at.factSize; from += at.factSize) yield factOf(words, from)
}

function factOf(words: Int32Array, from: number): EngineFact {
  const read = (field: number): number => words[from + field] as number
  const kind = factKinds[read(at.KIND)] as FactKind
  const [order, reason] = [read(at.ORDER), reasons[read(at.WHY)] as Reason]
  if (kind === 'refused') return { kind, command: commandNames[read(at.OTHER)] as CommandName, order, reason }
  const side = read(at.SIDE) === SELL ? 'sell' : 'buy'
  const about = { order, side, price: read(at.FACT_PRICE), lots: read(at.LOTS), left: read(at.LEFT) } as const
  if (kind === 'trade') return { kind, ...about, maker: read(at.OTHER), makerLeft: read(at.WHY) }
  if (kind === 'cancelled') return { kind, ...about, reason }
  if (kind === 'amended') return { kind, ...about, reason: read(at.WHY) === 0 ? null : reason }
  return { kind, ...about }
}
