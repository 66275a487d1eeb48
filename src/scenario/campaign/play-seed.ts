/** Plays what is drawn from a seed, or any such text, and reports what came of it. The same seed and bounds give the same report. */
import type { History, Happened } from '../../sim/history.ts'
import type { Segment } from '../../feed/segment.ts'
import { isRefusal } from '../../book/refusal.ts'
import type { Violation } from '../../sim/judge.ts'
import { contentOf } from '../../sim/said.ts'
import type { SituationCounter } from '../../sim/situations.ts'
import type { Cast } from '../cast.ts'
import { situationsOf } from '../judged.ts'
import { parseScenario } from '../parse-scenario.ts'
import { playScenario, type Performance } from '../play-scenario.ts'
import type { Scenario } from '../scenario.ts'
import { SimulatedStage } from '../simulated-stage.ts'
import type { Bounds } from './bounds.ts'
import { drawScenario } from './draw-scenario.ts'
import type { SwarmOptions } from './swarm.ts'

export interface SeedReport {
  readonly seed: number
  readonly options: SwarmOptions
  /** The scenario that was played. */
  readonly text: string
  readonly violations: readonly Violation[]
  /** Why it could not be played to its end, or what its check has found; null when nothing. */
  readonly failure: string | null
  /** Trades between two peers. */
  readonly trades: number
  /** How much has happened. */
  readonly events: number
  readonly virtualMs: number
  /** How often each situation of src/sim/situations.ts has come, 0 included. */
  readonly situations: Readonly<Record<string, number>>
  /** SHA-256 over everything that has happened. */
  readonly hash: string
}

/** What came of one text. */
export type Played = Omit<SeedReport, 'seed' | 'options' | 'text'>

/** `hear` is told of everything that happens. */
export async function playSeed(seed: number, bounds: Bounds, hear?: (happened: Happened) => void): Promise<SeedReport> {
  const { options, text } = drawScenario(seed, bounds)
  return { seed, options, text, ...(await playText(text, seed, bounds.hasRealSignatures, hear)) }
}

export async function playText(
  text: string,
  seed: number,
  hasRealSignatures: boolean,
  hear?: (happened: Happened) => void,
): Promise<Played> {
  const stage = new SimulatedStage(seed, { hasRealSignatures })
  if (hear) stage.history.listen(hear)
  const trades = new TradeCounter(stage.history)
  const scenario = read(text, seed)
  let situations: SituationCounter['counts'] = new Map()
  let inNames = (sentence: string): string => sentence
  const looksOn = (cast: Cast): void => {
    situations = situationsOf(cast, stage).counts
    inNames = sentence => cast.inNames(sentence)
  }
  const performance = await playScenario(scenario, stage, { looksOn })
  return {
    violations: performance.violations.map(one => ({ ...one, sentence: inNames(one.sentence) })),
    failure: failureOf(scenario, performance),
    trades: trades.count,
    events: stage.history.length,
    virtualMs: stage.now(),
    situations: Object.fromEntries(situations),
    hash: stage.history.hash,
  }
}

function read(text: string, seed: number): Scenario {
  const scenario = parseScenario(text, `seed ${seed}`)
  if (isRefusal(scenario)) throw new Error(`a drawn scenario is not understood: ${scenario.sentence}`)
  return scenario
}

/** Faults that have met no message are no failure: they were drawn before anybody knew what would be sent. */
function failureOf(scenario: Scenario, { failure, steps }: Performance): string | null {
  if (failure && steps.length < scenario.steps.length) return failure.sentence
  const different = steps.find(({ isExpected }) => !isExpected)
  return different ? different.answer.join('\n') : null
}

/** Counts what makers have filled for other peers. */
class TradeCounter {
  count = 0

  constructor(history: History) {
    history.listen(happened => this.#hear(happened))
  }

  #hear(happened: Happened): void {
    if (happened.type !== 'appended' || !happened.record.segment?.body.includes('"maker"')) return
    const { owner, entries } = contentOf(happened.record.segment) as Segment
    for (const entry of entries)
      if (entry.type === 'filled' && entry.liquidity === 'maker' && entry.counterparty.peer !== owner) this.count += 1
  }
}
