/** Who looks on at a cast in simulation: they see all that happens from the first moment, and who is on stage. */
import { Judge } from '../sim/judge.ts'
import { SituationCounter } from '../sim/situations.ts'
import type { Cast } from './cast.ts'
import type { SimulatedStage } from './simulated-stage.ts'
import type { Trouble } from './stage.ts'

export function judgeOf(cast: Cast, { history, networkId, journal, onStep }: Trouble): Judge {
  const judge = new Judge({ history, networkId, markets: cast.markets, onstage: () => cast.onStage, journal })
  onStep(() => judge.stepped())
  return judge
}

export function situationsOf(cast: Cast, stage: SimulatedStage): SituationCounter {
  const { history } = stage
  const counter = new SituationCounter({ history, onstage: () => cast.onStage, wallMs: name => stage.wallMs(name) })
  stage.onStep(() => counter.stepped())
  return counter
}
