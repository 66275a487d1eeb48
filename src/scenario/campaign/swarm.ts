/**
 * What one seed switches on, and how strongly: swarm testing. A run with a few strong faults finds what a run with a little of
 * everything hides.
 */
import type { Random } from '../../sim/random.ts'
import { faultNames, type Bounds, type FaultName } from './bounds.ts'

export interface SwarmOptions {
  readonly peers: number
  readonly orders: number
  /** Milliseconds between two bursts of commands, on the average. */
  readonly pauseMs: number
  /** Commands given at the same instant, at most. */
  readonly burst: number
  /** Above 0, at most 1; what is missing does not happen. */
  readonly faults: Readonly<Partial<Record<FaultName, number>>>
}

const pauseMsMin = 10
const pauseMsMax = 200
const burstMax = 12

export function drawSwarm(random: Random, { peers, orders, only, without }: Bounds): SwarmOptions {
  const drawn = {
    // Few are quicker, and find most; every number comes.
    peers: Math.min(random.integer(...peers), random.integer(...peers)),
    orders: random.integer(...orders),
    pauseMs: Math.round(pauseMsMin * (pauseMsMax / pauseMsMin) ** random.real()),
    burst: random.integer(1, burstMax),
  }
  // Each kind draws twice whether it is on or not, so that leaving one out changes nothing in the others.
  const faults = faultNames.flatMap(name => {
    const isOn = random.real() < 0.5
    const strength = Math.max(0.01, Math.round(random.real() * 100) / 100)
    return (only === null ? isOn && !without.includes(name) : name === only) ? [[name, strength] as const] : []
  })
  return { ...drawn, faults: Object.fromEntries(faults) }
}

/** On one line: `4 peers, 41 orders, pauses of 35 ms, bursts of 1 to 3; loss 0.42, crash 0.07`. */
export function swarmLine({ peers, orders, pauseMs, burst, faults }: SwarmOptions): string {
  const kinds = Object.entries(faults).map(([name, strength]) => `${name} ${strength}`)
  const flow = `${peers} peers, ${orders} orders, pauses of ${pauseMs} ms, bursts of 1 to ${burst}`
  return `${flow}; ${kinds.length > 0 ? kinds.join(', ') : 'no faults'}`
}
