/** Plays a scenario with peerbook, and measures it as the control is measured: by what peers have told their users of their orders. */
import { parseUnits } from '../../src/book/decimals.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'
import { playScenario } from '../../src/scenario/play-scenario.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import { BookedFills, type Faults } from './booked-fills.ts'

export async function playPeerbook(scenario: Scenario, seed: number): Promise<Faults> {
  const stage = new SimulatedStage(seed)
  /** The last that was told of each order, and by whom. */
  const told = new Map<string, { readonly peer: string; readonly outcome: OrderOutcome }>()
  const gone = new Set<string>()
  stage.history.listen(event => {
    if (event.type === 'told') told.set(event.outcome.order.id, event)
    if (event.type === 'started') gone.delete(event.peer)
    if (event.type === 'ended') gone.add(event.peer)
  })
  const atTheEnd = await goneAtTheEnd(scenario, stage, gone)
  return bookedIn(told).faults(atTheEnd)
}

/** When the story is over everybody leaves. */
async function goneAtTheEnd(
  scenario: Scenario,
  stage: SimulatedStage,
  gone: Set<string>,
): Promise<ReadonlySet<string>> {
  let missing: ReadonlySet<string> = new Set()
  await playScenario(scenario, stage, { played: () => (missing = new Set(gone)) })
  return missing
}

function bookedIn(told: ReadonlyMap<string, { readonly peer: string; readonly outcome: OrderOutcome }>): BookedFills {
  const booked = new BookedFills()
  // Others know of a stop or an iceberg by the ids of its parts, and its own user by the one that it was accepted under.
  const wholes = new Map<string, string>()
  for (const [id, { outcome }] of told) for (const part of outcome.parts) wholes.set(part, id)
  const wholeOf = (id: string): string => wholes.get(id) ?? id
  for (const [id, { peer, outcome }] of told) booked.order(id, peer, units(outcome.order.quantity))
  for (const [id, { outcome }] of told)
    for (const { counterparty } of outcome.forced) booked.force(wholeOf(counterparty.orderId), id)
  for (const [id, { peer, outcome }] of told)
    for (const { liquidity, counterparty, quantity } of outcome.fills) {
      const other = wholeOf(counterparty.orderId)
      // Both sides of a trade between two of its own orders are told by the same peer: once is enough.
      if (liquidity === 'taker' && told.get(other)?.peer === peer) continue
      const [maker, taker] = liquidity === 'maker' ? [id, other] : [other, id]
      booked.book({ party: peer, maker, taker, lots: units(quantity) })
    }
  return booked
}

/** Any unit does, as long as it is the same for the quantity and the fills of an order. */
function units(decimal: string): number {
  return Number(parseUnits(decimal) ?? 0n)
}
