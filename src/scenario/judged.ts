/** Who looks on at a cast in simulation: they see all that happens from the first moment, and who is on stage. */
import { Judge } from '../sim/judge.ts'
import { SituationCounter } from '../sim/situations.ts'
import type { Cast } from './cast.ts'
import type { SimulatedStage } from './simulated-stage.ts'
import type { Stage, Trouble } from './stage.ts'

export function judgeOf(cast: Cast, stage: Stage, { history, networkId, verifier, journal, onStep }: Trouble): Judge {
  const { markets } = cast
  const wallMs = (name: string): number => stage.wallMs(name)
  const judge = new Judge({ history, networkId, verifier, markets, onstage: () => cast.onStage, journal, wallMs })
  onStep(() => judge.stepped())
  return judge
}

export function situationsOf(cast: Cast, stage: SimulatedStage): SituationCounter {
  const { history } = stage
  const counter = new SituationCounter({ history, onstage: () => cast.onStage, wallMs: name => stage.wallMs(name) })
  stage.onStep(() => counter.stepped())
  return counter
}
