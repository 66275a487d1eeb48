/** What a scenario is once it has been read: steps of commands, each step with the answers it may have. Types only. */
import type { Market } from '../book/market.ts'
import type { OrderTerms } from '../book/notation.ts'
import type { Side } from '../book/order.ts'
import type { CrashPoint } from '../sim/simulated-disk.ts'
import type { Fault } from './faults.ts'
import type { TransportName } from './stage.ts'

export interface Scenario {
  /** As the user named it. */
  readonly file: string
  /** The first sentence of its first comment; empty when there is none. */
  readonly title: string
  /** Where its answers are promised to come true. */
  readonly transports: readonly TransportName[]
  /** The seeds with which the answers are promised; null for any. */
  readonly seeds: readonly number[] | null
  readonly steps: readonly Step[]
  /** The line of the first command that only a simulated network can carry out; null when there is none. */
  readonly simulatedFrom: number | null
}

/** Commands that are carried out without a pause, and what is told after them. */
export interface Step {
  /** The line of the first command, from 1. */
  readonly line: number
  /** Comments above the step, as they are written. */
  readonly comments: readonly string[]
  readonly commands: readonly Command[]
  /** At least one; more than one where time decides. */
  readonly alternatives: readonly Answer[]
  /** The lines of the text that hold all alternatives: from this index, from 0, to before that one. */
  readonly answerFrom: number
  readonly answerTo: number
}

export type Answer = readonly string[]

/** `alice/1`: the first order of alice. */
export type OrderName = `${string}/${number}`

export type Command = Action & {
  /** From 1. */
  readonly line: number
  readonly text: string
}

export type Action =
  | { readonly type: 'market'; readonly market: Market }
  | {
      readonly type: 'peers'
      readonly names: readonly string[]
      readonly markets: readonly Market[]
      readonly known: readonly string[]
    }
  /** `isAwaited`: until everybody has everybody as a live neighbour. */
  | {
      readonly type: 'join'
      readonly name: string
      readonly markets: readonly Market[]
      readonly isAwaited: boolean
      readonly version: number | null
    }
  | { readonly type: 'restart'; readonly name: string; readonly isAwaited: boolean }
  | { readonly type: 'kill' | 'stop' | 'neighbours'; readonly name: string }
  /** At once, or when its journal next gets to that point. */
  | { readonly type: 'crash'; readonly name: string; readonly point: CrashPoint | null; readonly losesTail: boolean }
  | {
      readonly type: 'order'
      readonly name: string
      readonly order: OrderName
      readonly market: Market
      readonly terms: OrderTerms
    }
  /** The same order once more, or one with other terms under its name. */
  | {
      readonly type: 'repeat'
      readonly name: string
      readonly order: OrderName
      readonly market: Market
      readonly terms: OrderTerms
    }
  | { readonly type: 'ban' | 'pardon'; readonly name: string; readonly whom: string }
  /** A new order in place of another of the same peer. */
  | {
      readonly type: 'replace'
      readonly name: string
      readonly replaced: OrderName
      readonly order: OrderName
      readonly market: Market
      readonly terms: OrderTerms
    }
  | { readonly type: 'cancel'; readonly name: string; readonly order: OrderName }
  /** Null: any. */
  | {
      readonly type: 'cancel all'
      readonly name: string
      readonly market: Market
      readonly side: Side | null
      readonly account: string | null
    }
  /** `quantity`: lots that the order is for from then on. */
  | { readonly type: 'amend'; readonly name: string; readonly order: OrderName; readonly quantity: number }
  /** `lots`: so many of what is in doubt count as filled. `towards`: a peer; null for the only one. */
  | {
      readonly type: 'force'
      readonly name: string
      readonly order: OrderName
      readonly lots: number
      readonly towards: string | null
    }
  | { readonly type: 'book'; readonly name: string; readonly market: Market }
  | { readonly type: 'trades'; readonly market: Market }
  /** What is disputed may be left out. */
  | { readonly type: 'check'; readonly hasDisputes: boolean }
  /** Null: as long as the player waits unless it is told otherwise. */
  | { readonly type: 'settle'; readonly limitMs: number | null }
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'fault'; readonly fault: Fault }
