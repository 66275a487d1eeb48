/** What a campaign has found, for people. Gives lines, prints none. */
import type { SeedReport } from '../scenario/campaign/play-seed.ts'
import { swarmLine } from '../scenario/campaign/swarm.ts'
import { situations } from '../sim/situations.ts'
import { failedCount, type Defect, type Totals } from './simulate-totals.ts'
import { tableOf } from './table.ts'

/** One defect breaks many things; the first ones tell what it is. */
const violationsShownMax = 5
/** Hexadecimal digits. */
const hashShown = 16

export function summaryLines(totals: Totals): string[] {
  const { seeds, trades, events, virtualMs, wallMs, hash, defects } = totals
  const seconds = wallMs / 1_000
  const unplayed = defects.length > 0 ? ` (${defects.length} more could not be played)` : ''
  const rates = `${(seeds / seconds).toFixed(1)} seeds/s, ${Math.round(events / seconds)} events/s`
  return [
    `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}${unplayed}, ${trades} trades between peers, ${events} events`,
    `${Math.round(virtualMs / 1_000)} s of virtual time in ${seconds.toFixed(1)} s: ${rates}`,
    ...(seeds > 0
      ? [`history ${hash.slice(0, hashShown)}: the same for the same seeds, wherever they are played`]
      : []),
    verdictLine(totals),
  ]
}

function verdictLine(totals: Totals): string {
  const failed = failedCount(totals)
  if (failed === 0) return '0 violations'
  const violations = totals.failures.reduce((sum, one) => sum + one.violations.length, 0)
  const found = violations > 0 ? `; ${violations} ${violations === 1 ? 'violation' : 'violations'}` : ''
  return `${failed} ${failed === 1 ? 'seed has' : 'seeds have'} failed: ${[...totals.failures, ...totals.defects]
    .map(({ seed }) => seed)
    .sort((one, other) => one - other)
    .join(', ')}${found}`
}

/** Every situation with what it is, how often it has come, and in how many seeds. */
export function situationLines({ situations: counts }: Totals): string[] {
  const rows = situations.map(({ name, sentence }) => {
    const { times = 0, seeds = 0 } = counts[name] ?? {}
    return [name, sentence, `${times}`, `${seeds}`]
  })
  return ['', ...tableOf(['situation', '', 'times', 'seeds'], rows, 2).split('\n'), '']
}

export function missingLines(missing: readonly string[]): string[] {
  return situations
    .filter(({ name }) => missing.includes(name))
    .map(({ name, sentence }) => `never happened: ${name}: ${sentence}`)
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

export function defectLines({ seed, defect }: Defect, replay: string): string[] {
  return ['', `seed ${seed} could not be played: ${defect}`, `  again: ${replay}`]
}
