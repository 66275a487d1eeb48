/**
 * `npm run simulate`: whole exchanges, each from one seed, while things go wrong. Exit code 0 when nothing was found that must never
 * be, 1 when something was, 2 when it was called in a wrong way.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SeedReport } from '../scenario/campaign/play-seed.ts'
import { swarmLine } from '../scenario/campaign/swarm.ts'
import { situations } from '../sim/situations.ts'
import type { Happened } from '../sim/history.ts'
import { endingSignals } from './ending-signals.ts'
import { progressBar } from './progress.ts'
import { playWithCrew } from './simulate-crew.ts'
import {
  mutantName,
  readSimulateOptions,
  replayCommand,
  storyHeading,
  type Errand,
  type SimulateOptions,
} from './simulate-options.ts'
import { defectLines, failureLines, missingLines, situationLines, summaryLines } from './simulate-print.ts'
import { add, failedCount, isEnough, metCount, missingIn, nothing, seedOf, type Totals } from './simulate-totals.ts'
import { runCommand, UsageError } from './usage.ts'

const root = join(import.meta.dirname, '../..')
/** What a failure may take to become small. */
const shrinkMsMax = 60_000
/** As a shell tells it of a process that a signal has ended: 128 and the signal's number. */
const exitCodes: Readonly<Record<(typeof endingSignals)[number], number>> = { SIGINT: 130, SIGTERM: 143 }
/** A terminal signals all processes at once, and those that have started this one pass it on: what comes so soon is the same signal. */
const sameSignalMs = 500

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
  for (const signal of endingSignals) process.on(signal, () => child.kill(signal))
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}

async function playOne(options: SimulateOptions): Promise<number> {
  const { seed, bounds, json } = options
  // The whole exchange: loaded only here, since the children of a campaign load it for themselves.
  const { drawScenario } = await import('../scenario/campaign/draw-scenario.ts')
  const { playSeed } = await import('../scenario/campaign/play-seed.ts')
  if (!json) say(`seed ${seed}: ${swarmLine(drawScenario(seed, bounds).options)}`)
  const hear = await tracer(options)
  const startMs = performance.now()
  const totals = add(nothing, { report: await playSeed(seed, bounds, hear) })
  return tell({ ...totals, wallMs: performance.now() - startMs }, options)
}

async function tracer({ trace }: SimulateOptions): Promise<((happened: Happened) => void) | undefined> {
  if (trace === null) return undefined
  const { Trace } = await import('../scenario/trace.ts')
  const lines = new Trace(trace)
  return happened => lines.lines(happened).forEach(say)
}

/** A seed that fails does not stop it: the others may fail in other ways. */
async function playCampaign(options: SimulateOptions): Promise<number> {
  const { seed, seeds, bounds, limitMs } = options
  const bar = progressBar(process.stderr)
  const startMs = performance.now()
  const interruption = interrupted()
  let totals: Totals = nothing
  await playWithCrew({
    ...{ bounds, first: seed, count: seeds, loadsAsHere: mutantName() !== null },
    goesOn: () =>
      !interruption.aborted && !isEnough(totals) && (limitMs === null || performance.now() - startMs < limitMs),
    delivered: delivery => {
      // Seeds come in their order: however many are played at once, the same ones count.
      if (isEnough(totals)) return
      const before = failedCount(totals)
      totals = add(totals, delivery)
      if (failedCount(totals) > before) {
        bar.clear()
        tellFailed(seedOf(delivery), bounds)
      }
      bar.show('seeds', totals.seeds, seeds, remarkOf(totals, performance.now() - startMs))
    },
  })
  bar.clear()
  if (interruption.aborted) tellEnd('Interrupted', totals, seeds)
  else if (isEnough(totals)) tellEnd('Stopped', totals, seeds)
  const exitCode = await tell({ ...totals, wallMs: performance.now() - startMs }, options)
  return interruption.aborted ? exitCodes[interruption.reason as keyof typeof exitCodes] : exitCode
}

function tellEnd(how: string, { seeds, defects }: Totals, all: number): void {
  process.stderr.write(`${how}: ${seeds + defects.length} of ${all} seeds have been played.\n`)
}

/** At once, since a campaign may be long: what follows it, and what it is, is told at the end. */
function tellFailed(seed: number, bounds: SimulateOptions['bounds']): void {
  process.stderr.write(`seed ${seed} has failed: ${replayCommand(seed, bounds)}\n`)
}

/** Aborted, with its name, by the first signal (Ctrl-C), which lets the seeds that are being played end; a later one ends the process. */
function interrupted(): AbortSignal {
  const interruption = new AbortController()
  let firstMs = 0
  for (const signal of endingSignals)
    process.on(signal, () => {
      if (interruption.signal.aborted && performance.now() > firstMs + sameSignalMs) process.exit(exitCodes[signal])
      if (interruption.signal.aborted) return
      firstMs = performance.now()
      interruption.abort(signal)
    })
  return interruption.signal
}

function remarkOf(totals: Totals, ms: number): string {
  const { seeds, events, trades } = totals
  const failed = failedCount(totals)
  return [
    `${((seeds / ms) * 1_000).toFixed(1)}/s`,
    ...[`${events} events`, `${trades} trades`, `${metCount(totals)}/${situations.length} situations`],
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join('  ')
}

async function tell(totals: Totals, options: SimulateOptions): Promise<number> {
  const missing = missingIn(totals, options.bounds)
  const isGood = failedCount(totals) === 0 && missing.length === 0
  // Before anything is told: who reads may leave in the middle of it.
  process.exitCode = isGood ? 0 : 1
  if (options.json) await tellPrograms(totals, missing, isGood, options)
  else await tellPeople(totals, missing, options)
  return isGood ? 0 : 1
}

async function tellPeople(totals: Totals, missing: readonly string[], options: SimulateOptions): Promise<void> {
  const { failures, defects } = totals
  const [first] = failures
  const replay = (seed: number): string => replayCommand(seed, options.bounds)
  const lines = [
    ...(options.seeds > 1 ? situationLines(totals) : []),
    ...summaryLines(totals),
    ...missingLines(missing),
    ...failures.flatMap(failed => failureLines(failed, replay(failed.seed))),
    ...defects.flatMap(defect => defectLines(defect, replay(defect.seed))),
  ]
  for (const line of lines) say(line)
  if (first) say(`\n${storyHeading()}\n\n${await shrunkOf(first, options)}`)
}

async function tellPrograms(
  totals: Totals,
  missing: readonly string[],
  isGood: boolean,
  options: SimulateOptions,
): Promise<void> {
  const [first] = totals.failures
  const replay = first ? replayCommand(first.seed, options.bounds) : null
  const shrunk = first ? await shrunkOf(first, options) : null
  say(JSON.stringify({ isGood, ...totals, missing, replay, shrunk }))
}

async function shrunkOf(failed: SeedReport, { bounds }: SimulateOptions): Promise<string> {
  const bar = progressBar(process.stderr)
  const all = failed.text.split('\n').length
  try {
    const { shrink } = await import('../scenario/campaign/shrink.ts')
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
