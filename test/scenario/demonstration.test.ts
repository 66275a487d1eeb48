/** Demonstrations on the simulated stage: whatever the seed, the books agree and the verdict is clean. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import { reportOn, type DemonstrationReport } from '../../src/scenario/demonstration-report.ts'
import { Interrupted } from '../../src/scenario/demonstration-wait.ts'
import { demonstrate, type Demonstration, type Progress } from '../../src/scenario/demonstration.ts'
import { flowOfMarkets } from '../../src/scenario/flow-of-markets.ts'
import { flowOf } from '../../src/scenario/flow.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'

const market = createMarket({ symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }) as Market
const otherMarket = createMarket({ symbol: 'ETHUSD', tickSize: '0.05', lotSize: '0.01' }) as Market
const shape = { peers: 4, orders: 150 }

test.each([1, 2, 3, 4, 5])('seed %i ends with equal books and no violation', async seed => {
  const report = await demonstrated(seed)
  expect(report.violations).toEqual([])
  expect(report.agreed).toBe(true)
  expect(new Set(report.peers.map(({ bookHash }) => bookHash)).size).toBe(1)
  const placed = report.peers.map(peer => peer.placed).reduce((sum, of) => sum + of)
  const { would_take: wouldTake = 0, minimum_not_reached: notReached = 0 } = report.refusals
  expect(placed + wouldTake + notReached).toBe(shape.orders)
  expect(report.tradesBetweenPeers).toBeGreaterThan(20)
})

test('orders end in every way, and each is counted', async () => {
  const { lapses, refusals } = await demonstrated(6)
  const ways = ['amended', 'cancelled_by_user', 'expired', 'nothing_left_to_match', 'self_trade_prevented']
  expect(Object.keys(lapses)).toEqual(expect.arrayContaining(ways))
  expect(refusals['would_take']).toBeGreaterThan(0)
})

test('several markets are each traded and agreed on, and the whole is the sum of them', async () => {
  const report = await demonstrated(3, () => undefined, [market, otherMarket])
  expect(report).toMatchObject({ market: market.id, agreed: true, violations: [] })
  const [first, second] = report.markets
  expect([first?.id, second?.id]).toEqual([market.id, otherMarket.id])
  expect(report.trades).toBe((first?.trades ?? 0) + (second?.trades ?? 0))
  for (const { trades, bookHash, agreed, peers } of report.markets) {
    expect({ agreed, hashes: new Set(peers.map(peer => peer.bookHash)) }).toEqual({
      agreed: true,
      hashes: new Set([bookHash]),
    })
    expect(trades).toBeGreaterThan(10)
  }
  const lines = report.markets.map(({ id, bookHash }) => `${id} ${bookHash}\n`).join('')
  const together = createHash('sha256').update(lines).digest('hex')
  expect(new Set(report.peers.map(({ bookHash }) => bookHash))).toEqual(new Set([together]))
})

test('a history of one market of two that is not in order is told with its market', async () => {
  const shown = await shownOf(4, () => undefined, [market, otherMarket])
  const [first, second] = shown.histories
  const failed = { ...second!, peers: second!.peers.map(peer => ({ ...peer, failure: 'a book has ended' })) }
  const report = reportOn({ ...shown, histories: [first!, failed] }, { seed: 4, transport: 'simulated' })
  expect(report.violations[0]).toBe(`${otherMarket.id}: Something failed in alice: a book has ended`)
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
  expect(requests.filter(({ timeInForce }) => timeInForce === 'gtd').length).toBeGreaterThan(30)
  expect(requests.filter(({ postOnly }) => postOnly).length).toBeGreaterThan(30)
  expect(steps.filter(({ type }) => type === 'amend').length).toBeGreaterThan(20)
  const modes = new Set(requests.map(({ account, selfTradePrevention }) => `${account} ${selfTradePrevention}`))
  expect([...modes].sort()).toEqual([
    'arbitrage cancel-both',
    'clients cancel-oldest',
    'house cancel-newest',
    'treasury decrement-and-cancel',
  ])
})

test('the flow of one market is its own; several share the orders and have different ones', () => {
  const options = { seed: 1, peers: 5, orders: 101 }
  expect(flowOfMarkets({ ...options, markets: [market] })).toEqual(flowOf({ ...options, market }))
  const steps = flowOfMarkets({ ...options, markets: [market, otherMarket] })
  const submitted = (id: string) => steps.filter(step => step.type === 'submit' && step.market === id)
  expect([market, otherMarket].map(({ id }) => submitted(id).length)).toEqual([51, 50])
  expect(steps.filter(step => step.market === market.id)).toEqual(flowOf({ ...options, market, orders: 51 }))
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
  const running = demonstrate(stage, { ...shape, seed: 9, markets: [market], signal: interruption.signal, progress })
  await expect(running).rejects.toThrow(Interrupted)
})

async function demonstrated(seed: number, ...rest: Rest): Promise<DemonstrationReport> {
  return reportOn(await shownOf(seed, ...rest), { seed, transport: 'simulated' })
}

type Rest = [progress?: (progress: Progress) => void, markets?: readonly Market[]]

function shownOf(seed: number, ...[progress = () => undefined, markets = [market]]: Rest): Promise<Demonstration> {
  const { signal } = new AbortController()
  return demonstrate(new SimulatedStage(seed), { ...shape, seed, markets, signal, progress })
}
