/** What the seeds of a campaign have come to, all together, and whether that is good. */
import { hash } from 'node:crypto'
import type { SeedReport } from '../scenario/campaign/play-seed.ts'
import { signatureOf } from '../scenario/campaign/signature.ts'
import { situations } from '../sim/situations.ts'
import { defaultBounds, type Bounds } from '../scenario/campaign/bounds.ts'
import type { Delivery } from './simulate-worker.ts'

export interface Totals {
  /** That were played to their end. */
  readonly seeds: number
  /** Between two peers. */
  readonly trades: number
  readonly events: number
  readonly virtualMs: number
  readonly wallMs: number
  /** SHA-256 over the hashes of their histories, one seed after the other, hexadecimal; empty before the first. */
  readonly hash: string
  /** How often each situation has come, and in how many seeds, 0 included. */
  readonly situations: Readonly<Record<string, Count>>
  /** The seeds that have failed, in their order. */
  readonly failures: readonly SeedReport[]
  /** Those that could not be played: something has thrown, or its process has died. */
  readonly defects: readonly Defect[]
}

export interface Count {
  readonly times: number
  readonly seeds: number
}

export interface Defect {
  readonly seed: number
  readonly defect: string
}

/** More would say nothing new: a campaign in which so many seeds fail is over. */
const failuresMax = 10
/** In so many seeds everything comes, if it comes at all. */
const seedsOfAll = 500

export const nothing: Totals = {
  ...{ seeds: 0, trades: 0, events: 0, virtualMs: 0, wallMs: 0, hash: '' },
  situations: Object.fromEntries(situations.map(({ name }) => [name, { times: 0, seeds: 0 }])),
  failures: [],
  defects: [],
}

export function seedOf(delivery: Delivery): number {
  return 'report' in delivery ? delivery.report.seed : delivery.seed
}

export function add(totals: Totals, delivery: Delivery): Totals {
  if (!('report' in delivery)) return { ...totals, defects: [...totals.defects, delivery] }
  const { report } = delivery
  return {
    ...totals,
    seeds: totals.seeds + 1,
    trades: totals.trades + report.trades,
    events: totals.events + report.events,
    virtualMs: totals.virtualMs + report.virtualMs,
    hash: hash('sha256', totals.hash + report.hash),
    situations: countedWith(totals.situations, report),
    failures: signatureOf(report) === null ? totals.failures : [...totals.failures, report],
  }
}

function countedWith(before: Totals['situations'], report: SeedReport): Totals['situations'] {
  const counted = Object.entries(before).map(([name, { times, seeds }]) => {
    const more = report.situations[name] ?? 0
    return [name, { times: times + more, seeds: seeds + (more > 0 ? 1 : 0) }]
  })
  return Object.fromEntries(counted) as Totals['situations']
}

export function failedCount({ failures, defects }: Totals): number {
  return failures.length + defects.length
}

export function isEnough(totals: Totals): boolean {
  return failedCount(totals) >= failuresMax
}

/**
 * The situations that a campaign should have met and has not. Where it is short, or less may happen than usual, nothing can be
 * expected of it.
 */
export function missingIn({ seeds, situations: counts }: Totals, bounds: Bounds): readonly string[] {
  const { only, without, peers, orders } = bounds
  const isUsual = only === null && without.length === 0
  const isSize = String([peers, orders]) === String([defaultBounds.peers, defaultBounds.orders])
  if (seeds < seedsOfAll || !isUsual || !isSize) return []
  return situations.map(({ name }) => name).filter(name => counts[name]?.times === 0)
}

export function metCount({ situations: counts }: Totals): number {
  return Object.values(counts).filter(({ times }) => times > 0).length
}
