/** Demonstrations on the simulated stage: whatever the seed, the books agree and the verdict is clean. */
import { expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import { reportOn, type DemonstrationReport } from '../../src/scenario/demonstration-report.ts'
import { Interrupted } from '../../src/scenario/demonstration-wait.ts'
import { demonstrate, type Progress } from '../../src/scenario/demonstration.ts'
import { flowOf } from '../../src/scenario/flow.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'

const market = createMarket({ symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }) as Market
const shape = { peers: 4, orders: 150 }

test.each([1, 2, 3, 4, 5])('seed %i ends with equal books and no violation', async seed => {
  const report = await demonstrated(seed)
  expect(report.violations).toEqual([])
  expect(report.agreed).toBe(true)
  expect(new Set(report.peers.map(({ bookHash }) => bookHash)).size).toBe(1)
  expect(report.peers.map(({ placed }) => placed).reduce((sum, placed) => sum + placed)).toBe(shape.orders)
  expect(report.tradesBetweenPeers).toBeGreaterThan(20)
})

test('the same seed gives the same report, to the byte, and another seed another one', async () => {
  const [first, again, other] = [await demonstrated(6), await demonstrated(6), await demonstrated(7)]
  expect(JSON.stringify(again)).toBe(JSON.stringify(first))
  expect(other.peers[0]?.bookHash).not.toBe(first.peers[0]?.bookHash)
})

test('the flow is a function of its seed, and has orders of every kind and cancels', () => {
  const steps = flowOf({ seed: 1, market, peers: 5, orders: 500 })
  expect(flowOf({ seed: 1, market, peers: 5, orders: 500 })).toEqual(steps)
  const requests = steps.flatMap(step => (step.type === 'submit' ? [step.request] : []))
  expect(requests).toHaveLength(500)
  expect(requests.filter(({ price }) => price === undefined).length).toBeGreaterThan(10)
  expect(requests.filter(({ timeInForce }) => timeInForce === 'ioc').length).toBeGreaterThan(30)
  expect(steps.filter(({ type }) => type === 'cancel').length).toBeGreaterThan(30)
  expect(new Set(requests.map(({ account }) => account)).size).toBe(3)
})

test('progress is told part by part, up to the last step', async () => {
  const told: Progress[] = []
  await demonstrated(8, progress => told.push(progress))
  expect([...new Set(told.map(({ part }) => part))]).toEqual(['meeting', 'trading', 'coming to rest'])
  const trading = told.filter(({ part }) => part === 'trading').at(-1)
  expect(trading?.done).toBe(trading?.total)
})

test('somebody who interrupts is heard, and the peers are stopped', async () => {
  const interruption = new AbortController()
  const stage = new SimulatedStage(9)
  const progress = ({ part, done }: Progress) => {
    if (part === 'trading' && done === 30) interruption.abort()
  }
  const running = demonstrate(stage, { ...shape, seed: 9, market, signal: interruption.signal, progress })
  await expect(running).rejects.toThrow(Interrupted)
})

async function demonstrated(seed: number, progress = (_: Progress): void => undefined): Promise<DemonstrationReport> {
  const { signal } = new AbortController()
  const shown = await demonstrate(new SimulatedStage(seed), { ...shape, seed, market, signal, progress })
  return reportOn(shown, { seed, transport: 'simulated' })
}
