/**
 * `npm start`: grapes, peers and a flow of orders in one process, and the proof that all books agree in the end. Exit code 0 only when
 * every check holds, 1 when one does not, 2 when it was called in a wrong way.
 */
import { randomBytes } from 'node:crypto'
import { createMarket, type Market } from '../book/market.ts'
import { isRefusal } from '../book/refusal.ts'
import { Interrupted } from '../scenario/demonstration-wait.ts'
import { reportOn, type DemonstrationReport } from '../scenario/demonstration-report.ts'
import { demonstrate, type Demonstration } from '../scenario/demonstration.ts'
import { GrenacheStage } from '../scenario/grenache-stage.ts'
import { SimulatedStage } from '../scenario/simulated-stage.ts'
import type { Stage } from '../scenario/stage.ts'
import { endingSignals } from './ending-signals.ts'
import { progressBar } from './progress.ts'
import { readStartOptions, type StartOptions } from './start-options.ts'
import { printed } from './start-print.ts'
import { runCommand } from './usage.ts'

/** What shells give for a process that was interrupted. */
const interruptedExitCode = 130

/** As many as one may ask for, with sizes of their own. */
const marketsToTrade = [
  { symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' },
  { symbol: 'ETHUSD', tickSize: '0.05', lotSize: '0.01' },
  { symbol: 'SOLUSD', tickSize: '0.01', lotSize: '0.1' },
  { symbol: 'XRPUSD', tickSize: '0.0001', lotSize: '10' },
  { symbol: 'EURUSD', tickSize: '0.00001', lotSize: '100' },
  { symbol: 'USDJPY', tickSize: '0.001', lotSize: '1000' },
  { symbol: 'XAUUSD', tickSize: '0.1', lotSize: '0.25' },
  { symbol: 'ES-2026.12', tickSize: '0.25', lotSize: '1' },
] as const

await runCommand(start)

async function start(): Promise<void> {
  const options = readStartOptions()
  const stage = await setStage(options)
  try {
    const shown = await show(stage, options)
    const report = reportOn(shown, options)
    tell(report, options)
    process.exitCode = report.agreed && report.violations.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.exitCode = interruptedExitCode
  } finally {
    await stage.close()
  }
}

async function setStage({ transport, seed, grape }: StartOptions): Promise<Stage> {
  return transport === 'simulated' ? new SimulatedStage(seed) : GrenacheStage.set(grape)
}

async function show(stage: Stage, options: StartOptions): Promise<Demonstration> {
  const { seed, peers, orders } = options
  const bar = progressBar(process.stderr)
  try {
    const shown = await demonstrate(stage, {
      ...{ seed, peers, orders, markets: marketsFor(options), signal: interruption() },
      progress: ({ part, done, total, trades }) => bar.show(part, done, total, trades > 0 ? `${trades} trades` : ''),
    })
    bar.clear()
    for (const remark of shown.remarks) process.stderr.write(`${remark}\n`)
    return shown
  } finally {
    bar.clear()
  }
}

/** Aborts at the first Ctrl-C; a second one ends the process as usual. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const name of endingSignals) process.once(name, () => controller.abort())
  return controller.signal
}

/** On grapes of somebody else, others may be demonstrating too, or a moment ago: markets of one's own keep strangers out. */
function marketsFor({ grape, markets }: StartOptions): Market[] {
  const own = grape.length === 0 ? '' : `-${randomBytes(4).toString('hex').toUpperCase()}`
  return marketsToTrade.slice(0, markets).map(({ symbol, ...sizes }) => {
    const market = createMarket({ symbol: `${symbol}${own}`, ...sizes })
    if (isRefusal(market)) throw new Error(market.sentence)
    return market
  })
}

function tell(report: DemonstrationReport, { json }: StartOptions): void {
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : printed(report))
}
