/** What a checker is: one thing that is always true, looked for in everything that happens. Made anew for each run. */
import type { Segment } from '../../feed/segment.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { Happened, HistoryEvent } from '../history.ts'
import type { Exchange } from './exchange.ts'
import type { Ledger } from './ledger.ts'

/** Sentences about what should not be. */
export type Found = readonly string[]

export const fine: Found = []

export function unless(holds: boolean, sentence: () => string): Found {
  return holds ? fine : [sentence()]
}

export type Happening<T extends HistoryEvent['type']> = Happened & { readonly type: T }

export interface Checker {
  /** Its number in the design's list of what is always true. */
  readonly invariant: number
  readonly name: string
  readonly always: string
  /** A segment has become durable, with the facts beside it; the ledger does not have them yet. */
  readonly segment?: (segment: Segment, hash: string, ledger: Ledger) => Found
  /** A fact has become durable; the ledger does not have it yet. */
  readonly fact?: (fact: Fact, ledger: Ledger) => Found
  /** All facts of a record have become durable, and the ledger has them. */
  readonly recorded?: (ledger: Ledger) => Found
  /** By the kind of event. */
  readonly happened?: { readonly [T in HistoryEvent['type']]?: (event: Happening<T>) => Found }
  /** After every step of the clock. */
  readonly stepped?: () => Found
  /** The core is whole and nothing moves any more. */
  readonly quiet?: () => Found
}

export type MakeChecker = (exchange: Exchange) => Checker
