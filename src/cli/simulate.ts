/**
 * `npm run simulate`: whole exchanges, each from one seed, while things go wrong. Exit code 0 when nothing was found that must never
 * be, 1 when something was, 2 when it was called in a wrong way.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { playSeed, type SeedReport } from '../scenario/campaign/play-seed.ts'
import { shrink, signatureOf } from '../scenario/campaign/shrink.ts'
import { swarmLine } from '../scenario/campaign/swarm.ts'
import { drawScenario } from '../scenario/campaign/draw-scenario.ts'
import { progressBar } from './progress.ts'
import { playWithCrew } from './simulate-crew.ts'
import { readSimulateOptions, replayCommand, type Errand, type SimulateOptions } from './simulate-options.ts'
import { failureLines, summaryLines, type Totals } from './simulate-print.ts'
import { runCommand, UsageError } from './usage.ts'

const root = join(import.meta.dirname, '../..')
/** What a failure may take to become small. */
const shrinkMsMax = 60_000
const nothing: Totals = { seeds: 0, trades: 0, events: 0, virtualMs: 0, wallMs: 0, failed: null, defect: null }

await runCommand(simulate)

async function simulate(): Promise<void> {
  const options = readSimulateOptions()
  if ('program' in options) return runErrand(options)
  process.exitCode = await (options.seeds === 1 ? playOne(options) : playCampaign(options))
}

/** The seeded bugs and the naive peer are no part of the product: they are in the project's checkout. */
async function runErrand({ program: [file = '', ...words] }: Errand): Promise<void> {
  const path = join(root, file)
  if (!existsSync(path)) throw new UsageError(`${file} is not there: this needs a checkout of the whole project.`)
  const child = spawn(process.execPath, [...process.execArgv, path, ...words], { cwd: root, stdio: 'inherit' })
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}

async function playOne(options: SimulateOptions): Promise<number> {
  const { seed, bounds, json } = options
  if (!json) say(`seed ${seed}: ${swarmLine(drawScenario(seed, bounds).options)}`)
  const startMs = performance.now()
  const report = await playSeed(seed, bounds)
  const totals = add(nothing, report)
  return tell({ ...totals, wallMs: performance.now() - startMs }, options)
}

async function playCampaign(options: SimulateOptions): Promise<number> {
  const { seed, seeds, bounds, limitMs } = options
  const bar = progressBar(process.stderr)
  const startMs = performance.now()
  let totals: Totals = nothing
  const isFailed = (): boolean => totals.failed !== null || totals.defect !== null
  await playWithCrew({
    ...{ bounds, first: seed, count: seeds },
    goesOn: () => !isFailed() && (limitMs === null || performance.now() - startMs < limitMs),
    delivered: delivery => {
      totals = 'report' in delivery ? add(totals, delivery.report) : { ...totals, defect: totals.defect ?? delivery }
      const rate = (totals.seeds / (performance.now() - startMs)) * 1_000
      bar.show('seeds', totals.seeds, seeds, `${rate.toFixed(1)}/s  ${totals.events} events  ${totals.trades} trades`)
    },
  })
  bar.clear()
  return tell({ ...totals, wallMs: performance.now() - startMs }, options)
}

function add(totals: Totals, report: SeedReport): Totals {
  return {
    ...totals,
    seeds: totals.seeds + 1,
    trades: totals.trades + report.trades,
    events: totals.events + report.events,
    virtualMs: totals.virtualMs + report.virtualMs,
    failed: totals.failed ?? (signatureOf(report) === null ? null : report),
  }
}

async function tell(totals: Totals, options: SimulateOptions): Promise<number> {
  const { failed, defect } = totals
  const replay = failed ? replayCommand(failed.seed, options.bounds) : null
  if (!options.json) for (const line of summaryLines(totals)) say(line)
  if (!options.json && failed && replay) for (const line of failureLines(failed, replay)) say(line)
  const shrunk = failed ? await shrunkOf(failed, options) : null
  if (options.json) say(JSON.stringify({ ...totals, replay, shrunk }))
  else if (shrunk !== null) say(`\nAs a scenario that fails by itself, for test/scenarios:\n\n${shrunk}`)
  if (defect) process.stderr.write(`seed ${defect.seed}: ${defect.defect}\n`)
  return failed || defect ? 1 : 0
}

async function shrunkOf(failed: SeedReport, { bounds }: SimulateOptions): Promise<string> {
  const bar = progressBar(process.stderr)
  const all = failed.text.split('\n').length
  try {
    return await shrink(failed, {
      ...{ hasRealSignatures: bounds.hasRealSignatures, limitMs: shrinkMsMax, now: () => performance.now() },
      progress: (left, played) => bar.show('shrinking', all - left, all, `${left} commands left, ${played} played`),
    })
  } finally {
    bar.clear()
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
