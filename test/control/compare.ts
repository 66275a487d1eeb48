/**
 * Peerbook and the control side by side: the same stories, drawn from the same seeds, and the same measure.
 * `tsx test/control/compare.ts [--seeds N] [--json]`. Exit code 1 when peerbook has overfilled an order or disputes a trade.
 */
import { parseArgs } from 'node:util'
import { isRefusal } from '../../src/book/refusal.ts'
import { tableOf } from '../../src/cli/table.ts'
import { runCommand } from '../../src/cli/usage.ts'
import { defaultBounds } from '../../src/scenario/campaign/bounds.ts'
import { drawScenario } from '../../src/scenario/campaign/draw-scenario.ts'
import { parseScenario } from '../../src/scenario/parse-scenario.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import type { Faults } from './booked-fills.ts'
import { playControl } from './play-control.ts'
import { playPeerbook } from './play-peerbook.ts'

interface Compared {
  readonly seed: number
  readonly control: Faults
  readonly peerbook: Faults
}

interface Total {
  readonly seeds: number
  readonly seedsWithOverfills: number
  readonly overfilledOrders: number
  readonly seedsWithDisputes: number
  readonly disputedTrades: number
  readonly forcedTrades: number
  readonly trades: number
}

function drawn(seed: number): Scenario {
  const scenario = parseScenario(drawScenario(seed, defaultBounds).text, `seed ${seed}`)
  if (isRefusal(scenario)) throw new Error(scenario.sentence)
  return scenario
}

async function compare(seed: number): Promise<Compared> {
  const scenario = drawn(seed)
  return { seed, control: playControl(scenario, seed), peerbook: await playPeerbook(scenario, seed) }
}

function totalOf(all: readonly Faults[]): Total {
  const sum = (figure: (faults: Faults) => number): number => all.reduce((total, faults) => total + figure(faults), 0)
  return {
    seeds: all.length,
    seedsWithOverfills: sum(({ overfilled }) => Math.min(1, overfilled)),
    overfilledOrders: sum(({ overfilled }) => overfilled),
    seedsWithDisputes: sum(({ disputed }) => Math.min(1, disputed)),
    disputedTrades: sum(({ disputed }) => disputed),
    forcedTrades: sum(({ forced }) => forced),
    trades: sum(({ trades }) => trades),
  }
}

function tableOfTotals(control: Total, peerbook: Total): string {
  const row = (what: string, figure: (total: Total) => number): string[] => [
    what,
    String(figure(control)),
    String(figure(peerbook)),
  ]
  return tableOf(
    ['', 'every peer matches', 'peerbook'],
    [
      row('seeds played', ({ seeds }) => seeds),
      row('seeds in which an order is overfilled', ({ seedsWithOverfills }) => seedsWithOverfills),
      row('orders overfilled', ({ overfilledOrders }) => overfilledOrders),
      row('seeds in which two parties disagree', ({ seedsWithDisputes }) => seedsWithDisputes),
      row('trades that two parties disagree about', ({ disputedTrades }) => disputedTrades),
      row('trades that a user has forced', ({ forcedTrades }) => forcedTrades),
      row('pairs of orders traded between two peers', ({ trades }) => trades),
    ],
  )
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '100' }, json: { type: 'boolean', default: false } },
  })
  const compared: Compared[] = []
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) compared.push(await compare(seed))
  const control = totalOf(compared.map(one => one.control))
  const peerbook = totalOf(compared.map(one => one.peerbook))
  console.log(values.json ? JSON.stringify({ control, peerbook, seeds: compared }) : tableOfTotals(control, peerbook))
  if (peerbook.overfilledOrders + peerbook.disputedTrades > 0) process.exitCode = 1
}

await runCommand(main)
