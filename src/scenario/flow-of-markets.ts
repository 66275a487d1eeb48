/**
 * The flows of several markets as one: each market has its own, and the seed says whose turn it is. Of a single market it is that
 * market's flow, step by step.
 */
import type { Market } from '../book/market.ts'
import { Random } from '../sim/random.ts'
import { flowOf, type FlowOptions, type Step } from './flow.ts'

export interface FlowOfMarketsOptions extends Omit<FlowOptions, 'market' | 'nth'> {
  readonly markets: readonly Market[]
}

/** `orders` are for all markets together; where they cannot be shared out equally, the first markets have one more. */
export function flowOfMarkets({ markets, orders, ...options }: FlowOfMarketsOptions): Step[] {
  const random = new Random(options.seed).fork('turns')
  const shareOf = (nth: number) => Math.floor((orders + markets.length - 1 - nth) / markets.length)
  const flows = markets.map((market, nth) => flowOf({ ...options, market, nth, orders: shareOf(nth) }))
  const steps: Step[] = []
  for (let left = flows.flat().length; left > 0; left -= 1) steps.push(takeTurn(flows, random.integer(1, left)))
  return steps
}

/** The next step of one flow, each having as many chances as it has steps left. Takes it away. */
function takeTurn(flows: readonly Step[][], drawn: number): Step {
  let chances = 0
  for (const flow of flows) {
    chances += flow.length
    if (drawn <= chances) return flow.shift() as Step
  }
  throw new Error(`nobody has the chance ${drawn} of ${chances}`)
}
