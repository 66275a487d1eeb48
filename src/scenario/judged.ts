/** A judge for a cast in simulation: it sees all that happens from the first moment, and who is on stage. */
import { Judge } from '../sim/judge.ts'
import type { Cast } from './cast.ts'
import type { Trouble } from './stage.ts'

export function judgeOf(cast: Cast, { history, networkId, journal, onStep }: Trouble): Judge {
  const judge = new Judge({ history, networkId, markets: cast.markets, onstage: () => cast.onStage, journal })
  onStep(() => judge.stepped())
  return judge
}
