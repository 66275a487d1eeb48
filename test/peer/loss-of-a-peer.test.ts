/** One of five peers on real Grenache is gone in the middle of trading, as after a crash: the others notice, go on and agree. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filter, firstValueFrom, forkJoin, map, timeout } from 'rxjs'
import { formatLots } from '../../src/book/decimals.ts'
import { createMarket, type Market } from '../../src/book/market.ts'
import { millisecondsOf, stampOfId } from '../../src/feed/hybrid-clock.ts'
import { isRefusal, type BookView, type OrderId, type OrderOutcome, type Peer, type Refusal } from '../../src/index.ts'
import { Interrupted } from '../../src/scenario/demonstration-wait.ts'
import { flowOf, type Step } from '../../src/scenario/flow.ts'
import { play } from '../../src/scenario/flow-player.ts'
import { GrenacheStage } from '../../src/scenario/grenache-stage.ts'
import { Tally } from '../../src/scenario/tally.ts'
import { indexed, lotsOf, ticksOf } from '../../src/scenario/verdict-index.ts'
import { rules } from '../../src/scenario/verdict.ts'

const market = createMarket({ symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }) as Market
const names = ['alice', 'bob', 'carol', 'dave', 'erin']
/** Erin is the one who is lost. */
const lost = names.length - 1
const waitMsMax = 30_000
const testMsMax = 120_000
/** What is decided comes out of the journals within this time, or shows that it has not. */
const quietMs = 50
/** Far below everything else, so that nobody reaches it while there is another bid. */
const lowestPrice = '40000.0'

let stage: GrenacheStage
const tallies: Tally[] = []
const { signal } = new AbortController()

beforeAll(async () => {
  stage = await GrenacheStage.set()
  for (const name of names) tallies.push(new Tally(await stage.createPeer(name, [market]), market))
  const wanted = { neighbours: names.length - 1, timeoutMs: waitMsMax }
  await firstValueFrom(forkJoin(tallies.map(({ peer }) => peer.ready$(wanted))))
}, 2 * waitMsMax)

afterAll(async () => {
  await Promise.all(survivors().map(({ peer }) => peer.stop()))
  await stage.close()
}, waitMsMax)

test(
  'when one of five peers is gone, the others trade on without its orders and agree',
  { timeout: testMsMax },
  async () => {
    const steps = flowOf({ seed: 11, market, peers: names.length, orders: 400 })
    const victim = tallies[lost]!.peer
    const bid = await victim.submit({ market: market.id, side: 'buy', price: lowestPrice, quantity: '0.030' })
    const bidId = (bid as OrderOutcome).order.id

    await play(stage, tallies, steps.slice(0, 200), signal, () => undefined)
    const seenGoneMs = await playAndKill(steps.slice(200, 300), victim)
    await play(stage, tallies, steps.slice(300).filter(isOfSurvivor), signal, () => undefined)
    await comeToRest(victim)

    const probe = await takeEveryBid(tallies[0]!.peer)
    await comeToRest(victim)

    expect(isRefusal(probe) ? probe : probe.fills.length).toBeGreaterThan(0)
    for (const { peer } of survivors()) {
      const stale = peer
        .book(market.id)
        .orders('buy')
        .find(({ id }) => id === bidId)
      expect(stale).toMatchObject({ owner: victim.id, remaining: '0.030', isLive: false })
    }
    for (const [index, tally] of survivors().entries()) {
      const late = takenFrom(victim, tally).filter(id => millisecondsOf(stampOfId(id)) > Math.ceil(seenGoneMs[index]!))
      expect(late).toEqual([])
    }
    expect(tradesAfter(Math.max(...seenGoneMs))).toBeGreaterThan(10)
    expect(tapes()).toEqual(survivors().map(() => tapes()[0]))
    expect(violations()).toEqual([])
  },
)

function survivors(): Tally[] {
  return tallies.filter((_, index) => index !== lost)
}

function isOfSurvivor({ peer }: Step): boolean {
  return peer !== lost
}

/**
 * All play on; the victim is killed while its own commands are under way too, and nobody waits for those any longer. Gives when each of the
 * others has seen that it is gone.
 */
async function playAndKill(steps: readonly Step[], victim: Peer): Promise<number[]> {
  const death = new AbortController()
  const last = play(
    stage,
    tallies,
    steps.filter(step => !isOfSurvivor(step)),
    death.signal,
    () => undefined,
  )
  const rest = steps.filter(isOfSurvivor)
  let killed: Promise<void> | undefined
  const seenGoneMs: Promise<number>[] = []
  await play(stage, tallies, rest, signal, played => {
    if (played < rest.length / 4) return
    // Not before: on a busy machine a peer may be suspected for a moment, and trade on.
    if (!killed) seenGoneMs.push(...survivors().map(({ peer }) => whenGone(peer, victim)))
    killed ??= firstValueFrom(victim.kill$())
    death.abort()
  })
  await killed
  await last.catch((error: unknown) => expect(error).toBeInstanceOf(Interrupted))
  expect(seenGoneMs).toHaveLength(survivors().length)
  return Promise.all(seenGoneMs)
}

/** The wall time, in milliseconds since the Unix epoch, at which a peer next says that another is not live. */
function whenGone(peer: Peer, other: Peer): Promise<number> {
  const gone$ = peer.neighbours$.pipe(
    filter(neighbours => neighbours.some(({ peerId, state }) => peerId === other.id && state !== 'live')),
    map(() => performance.timeOrigin + performance.now()),
    timeout({ first: testMsMax }),
  )
  return firstValueFrom(gone$)
}

/** Quiet but for what only the lost peer could decide: what it was asked, and orders that meet nothing but what is held for it. */
async function comeToRest(victim: Peer): Promise<void> {
  const books = survivors().map(({ peer }) => peer.book(market.id))
  const moving = () =>
    books.flatMap(book => book.unrest().filter(sentence => !sentence.includes(victim.id) && !isHeldUp(book, sentence)))
  const isQuiet = () => new Set(books.map(book => book.digest())).size === 1 && moving().length === 0
  let quietSinceMs: number | null = null
  const isAtRest = () => {
    quietSinceMs = isQuiet() ? (quietSinceMs ?? performance.now()) : null
    return quietSinceMs !== null && performance.now() - quietSinceMs >= quietMs
  }
  expect(await stage.until(isAtRest, waitMsMax), moving().join('; ')).toBe(true)
}

/** True of an own order that is crossed, when every live order that it could meet is reserved for the lost peer down to the last lot. */
function isHeldUp(book: BookView, sentence: string): boolean {
  const crossed = book.ownOrders().find(({ order }) => sentence.endsWith(`${order.id} is crossed`))
  if (!crossed) return false
  const { side, price } = crossed.order
  const limit = ticksOf(market, price ?? '0')
  const isMet = (other: string) => (side === 'buy' ? ticksOf(market, other) <= limit : ticksOf(market, other) >= limit)
  const met = book.orders(side === 'buy' ? 'sell' : 'buy').filter(other => other.isLive && isMet(other.price))
  return met.every(({ id, remaining }) => inDoubt().get(id) === remaining)
}

function inDoubt(): Map<OrderId, string> {
  const orders = survivors().flatMap(({ peer }) => peer.book(market.id).ownOrders())
  return new Map(orders.map(outcome => [outcome.order.id, outcome.inDoubt]))
}

/** Sells more than all live bids together want, down to the price of the lost one. */
async function takeEveryBid(peer: Peer): Promise<OrderOutcome | Refusal> {
  const live = peer
    .book(market.id)
    .orders('buy')
    .filter(({ isLive }) => isLive)
  const lots = live.reduce((sum, { remaining }) => sum + lotsOf(market, remaining), 5n)
  const quantity = formatLots(lots, market.lotSize)
  const outcome = await peer.submit({
    market: market.id,
    side: 'sell',
    price: lowestPrice,
    quantity,
    timeInForce: 'ioc',
    account: 'probe',
  })
  expect(outcome).toMatchObject({ inDoubt: '0.000', order: { remaining: '0.000' } })
  return outcome
}

function takenFrom(maker: Peer, { peer }: Tally): string[] {
  const fills = peer
    .book(market.id)
    .ownOrders()
    .flatMap(order => order.fills)
  return fills.flatMap(({ liquidity, counterparty, tradeId }) =>
    liquidity === 'taker' && counterparty.peer === maker.id ? [tradeId] : [],
  )
}

function tradesAfter(ms: number): number {
  return tapes()[0]!.filter(id => millisecondsOf(stampOfId(id)) > ms).length
}

function tapes(): string[][] {
  return survivors().map(tally =>
    tally
      .history()
      .tape.map(({ tradeId }) => tradeId)
      .sort(),
  )
}

/** All that can be said without the other side of the trades with the lost peer. */
function violations(): string[] {
  const facts = indexed({ market, peers: survivors().map(tally => tally.history()) })
  const { nothingFailed, everyCommandHasItsAnswer, booksAgree, booksAreSound } = rules
  const { quantitiesAddUp, nothingGoesBack, pricesAreFair, whatTakesAtOnceNeverRests, accountsNeverMeetThemselves } =
    rules
  const own = [nothingFailed, everyCommandHasItsAnswer, quantitiesAddUp, nothingGoesBack, whatTakesAtOnceNeverRests]
  const shared = [booksAgree, booksAreSound, pricesAreFair, accountsNeverMeetThemselves]
  return [...own, ...shared].flatMap(rule => rule(facts))
}
