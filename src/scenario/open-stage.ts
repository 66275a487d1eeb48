/** Opens the stage of a name. The caller closes it. */
import { GrenacheStage } from './grenache-stage.ts'
import { SimulatedStage } from './simulated-stage.ts'
import type { Stage, TransportName } from './stage.ts'

/** The seed decides everything on the simulated stage, and nothing on Grenache. */
export async function openStage(transport: TransportName, seed: number): Promise<Stage> {
  return transport === 'grenache' ? GrenacheStage.set() : new SimulatedStage(seed)
}
