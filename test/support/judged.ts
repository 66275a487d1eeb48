/** Plays a scenario in simulation with a judge looking on. */
import type { Market } from '../../src/book/market.ts'
import { Judge, type Onstage } from '../../src/sim/judge.ts'
import { SituationCounter } from '../../src/sim/situations.ts'
import { playScenario, type Performance } from '../../src/scenario/play-scenario.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'

export interface Judged {
  readonly judge: Judge
  readonly violations: Judge['violations']
  /** How often each situation has come. */
  readonly counts: SituationCounter['counts']
  readonly performance: Performance
}

/** Gives, besides, who is there: whoever has been started and has not ended. */
export function onstageOf(stage: SimulatedStage): () => readonly Onstage[] {
  const running = new Map<string, Onstage>()
  const create = stage.createPeer.bind(stage)
  stage.createPeer = async (name, markets) => {
    const peer = await create(name, markets)
    running.set(name, { name, peer })
    return peer
  }
  stage.history.listen(event => event.type === 'ended' && running.delete(event.peer))
  return () => [...running.values()]
}

export function marketsOf({ steps }: Scenario): readonly Market[] {
  const commands = steps.flatMap(step => step.commands)
  return commands.flatMap(command => (command.type === 'market' ? [command.market] : []))
}

export async function judged(scenario: Scenario, seed: number): Promise<Judged> {
  const looksOn = (): void => {
    judge.stepped()
    counter.stepped()
  }
  const stage: SimulatedStage = new SimulatedStage(seed, { stepped: looksOn })
  const onstage = onstageOf(stage)
  const wallMs = (name: string): number => stage.wallMs(name)
  const counter: SituationCounter = new SituationCounter({ history: stage.history, onstage, wallMs })
  const judge: Judge = new Judge({
    history: stage.history,
    networkId: stage.networkId,
    verifier: stage.verifier,
    markets: marketsOf(scenario),
    onstage,
    journal: (name, market) => stage.journal(name, market),
    wallMs,
  })
  const performance = await playScenario(scenario, stage)
  return { judge, violations: judge.violations, counts: counter.counts, performance }
}
