/** How a situation is seen: everything here says whether what has just happened is it. */
import type { HistoryEvent } from '../history.ts'
import type { Onstage } from '../checkers/exchange.ts'
import type { Decision, Proposal } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { BatchFile, Happening, Scene } from './scene.ts'

export interface Spotter {
  /** Of a record that has just been written; the scene does not have it yet. */
  readonly fact?: (fact: Fact, event: Happening<'appended'>, facts: readonly Fact[]) => boolean
  /** A batch has arrived at its maker; it counts already. */
  readonly asked?: (batch: BatchFile, type: 'propose' | 'withdraw', event: Happening<'arrived'>) => boolean
  /** A maker has decided. */
  readonly decided?: (decision: Decision, proposal: Proposal, batch: BatchFile) => boolean
  readonly happened?: { readonly [T in HistoryEvent['type']]?: (event: Happening<T>) => boolean }
  /** Looked at a few times a second. */
  readonly looked?: () => boolean
}

export interface Situation {
  readonly name: string
  readonly sentence: string
}

export interface Surroundings {
  readonly scene: Scene
  readonly onstage: () => readonly Onstage[]
  /** Milliseconds since the Unix epoch, by that peer's clock. */
  readonly wallMs: (name: string) => number
}

export interface SpottedSituation extends Situation {
  /** Made anew for each run. */
  readonly watch: (surroundings: Surroundings) => Spotter
}
