/** What a campaign has found, for people. Gives lines, prints none. */
import type { SeedReport } from '../scenario/campaign/play-seed.ts'
import { swarmLine } from '../scenario/campaign/swarm.ts'

export interface Totals {
  readonly seeds: number
  /** Between two peers. */
  readonly trades: number
  readonly events: number
  readonly virtualMs: number
  readonly wallMs: number
  /** The first seed that has failed. */
  readonly failed: SeedReport | null
  /** The first that could not be played. */
  readonly defect: { readonly seed: number; readonly defect: string } | null
}

/** One defect breaks many things; the first ones tell what it is. */
const violationsShownMax = 5

export function summaryLines({ seeds, trades, events, virtualMs, wallMs, failed, defect }: Totals): string[] {
  const seconds = wallMs / 1_000
  const rates = `${(seeds / seconds).toFixed(1)} seeds/s, ${Math.round(events / seconds)} events/s`
  const found = failed?.violations.length ?? 0
  return [
    `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${trades} trades between peers, ${events} events`,
    `${Math.round(virtualMs / 1_000)} s of virtual time in ${seconds.toFixed(1)} s: ${rates}`,
    ...(failed || defect ? [] : ['0 violations']),
    ...(found > 0 ? [`${found} ${found === 1 ? 'violation' : 'violations'}`] : []),
  ]
}

export function failureLines({ seed, options, violations, failure }: SeedReport, replay: string): string[] {
  const shown = violations.slice(0, violationsShownMax)
  const said = shown.map(({ invariant, checker, sentence }) => `  invariant ${invariant}, ${checker}: ${sentence}`)
  return [
    '',
    `seed ${seed} has failed: ${swarmLine(options)}`,
    ...said,
    ...(failure !== null && said.length === 0 ? [`  ${failure.split('\n')[0] ?? ''}`] : []),
    `  again: ${replay}`,
  ]
}
