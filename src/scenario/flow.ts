/**
 * The flow of a demonstration: what every peer does, in order, drawn from a seed before anything has happened. Limits around a
 * wandering middle, some of them only for a while or only to make, orders that take at once, cancels and amendments. Never looks at a
 * book: which order a cancel or an amendment means is decided when it is its turn.
 */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { Market, MarketId } from '../book/market.ts'
import type { SelfTradePrevention, Side } from '../book/order.ts'
import type { OrderRequest } from '../peer/parse-order.ts'
import { Random } from '../sim/random.ts'

export interface FlowOptions {
  readonly seed: number
  readonly market: Market
  readonly peers: number
  /** Orders to place. Cancels and amendments come on top of them. */
  readonly orders: number
  /** Which of several markets it is, so that each has a flow of its own. Default: the first, 0. */
  readonly nth?: number
}

export type Step = {
  readonly peer: number
  readonly market: MarketId
  /** The time until the next step, so that news of some steps has travelled and that of others has not. */
  readonly pauseMs: number
} &
  /** `lastsMs`: how long a gtd order lasts from its turn on, in milliseconds; null for every other order. */
  (
    | { readonly type: 'submit'; readonly request: OrderRequest; readonly lastsMs: number | null }
    /** One of the peer's resting orders, `choice` being a number from 0 to below 1; nothing when none rests. */
    | { readonly type: 'cancel'; readonly choice: number }
    /** The same, with the share of what remains that is to be left. */
    | { readonly type: 'amend'; readonly choice: number; readonly share: number }
  )

/** In ticks. */
const firstMiddle = 100_000
/** How far a limit may be on the far side of the middle, where it takes, and on the near side, where it waits. */
const takingTicksMax = 4
const waitingTicksMax = 12
const lotsMax = 50
/** Each account prevents trades with itself in a way of its own. */
const accounts: readonly { readonly account: string; readonly selfTradePrevention: SelfTradePrevention }[] = [
  { account: 'house', selfTradePrevention: 'cancel-newest' },
  { account: 'clients', selfTradePrevention: 'cancel-oldest' },
  { account: 'arbitrage', selfTradePrevention: 'cancel-both' },
  { account: 'treasury', selfTradePrevention: 'decrement-and-cancel' },
]
/** Shares of all orders; the rest are limits that may rest until they are cancelled. */
const marketShare = 0.08
const iocShare = 0.16
const fokShare = 0.05
const gtdShare = 0.16
/** Share of limits that may rest and do not only make of which half must trade at once. */
const minimumShare = 0.08
/** Share of all limits that may rest which only make. */
const postOnlyShare = 0.2
/** Short, so that most end while the others still trade. */
const lastsMsMax = 300
/** Steps that are made at the same moment as the next one. */
const atOnceShare = 0.4
const pauseMsMax = 6
/** Cancels and amendments for each order. */
const cancelShare = 0.15
const amendShare = 0.08

export function flowOf({ seed, market, peers, orders, nth = 0 }: FlowOptions): Step[] {
  const random = new Random(seed).fork(nth === 0 ? 'flow' : `flow ${nth}`)
  const steps: Step[] = []
  let middle = firstMiddle
  for (let placed = 0; placed < orders; placed += 1) {
    middle += random.integer(-1, 1)
    steps.push(submitStep(random, market, peers, middle))
    if (random.real() < cancelShare) steps.push({ type: 'cancel', ...changeOf(random, market, peers) })
    if (random.real() < amendShare)
      steps.push({ type: 'amend', ...changeOf(random, market, peers), share: random.real() })
  }
  return steps
}

function submitStep(random: Random, market: Market, peers: number, middle: number): Step {
  const peer = random.integer(0, peers - 1)
  const side = random.pick<Side>(['buy', 'sell'])
  const lots = random.integer(1, lotsMax)
  const quantity = formatLots(lots, market.lotSize)
  const account = random.pick(accounts)
  const { lastsMs, ...terms } = termsOf(random, random.real())
  const minimum =
    terms.postOnly === false && random.real() < minimumShare ? { minimumQuantity: half(lots, market) } : {}
  const away = random.integer(-takingTicksMax, waitingTicksMax)
  const price = formatTicks(side === 'buy' ? middle - away : middle + away, market.tickSize)
  return {
    type: 'submit',
    peer,
    market: market.id,
    pauseMs: pauseOf(random),
    request: {
      market: market.id,
      side,
      quantity,
      ...account,
      ...(isMarket(terms) ? {} : { price, ...terms, ...minimum }),
    },
    lastsMs,
  }
}

function half(lots: number, { lotSize }: Market): string {
  return formatLots(Math.ceil(lots / 2), lotSize)
}

/** What kind of order it is. */
interface Terms extends Pick<OrderRequest, 'timeInForce' | 'postOnly'> {
  readonly lastsMs: number | null
}

function termsOf(random: Random, chance: number): Terms {
  if (chance < marketShare) return { lastsMs: null }
  if (chance < marketShare + iocShare) return { timeInForce: 'ioc', lastsMs: null }
  if (chance < marketShare + iocShare + fokShare) return { timeInForce: 'fok', lastsMs: null }
  const postOnly = random.real() < postOnlyShare
  if (chance >= marketShare + iocShare + fokShare + gtdShare) return { timeInForce: 'gtc', postOnly, lastsMs: null }
  return { timeInForce: 'gtd', postOnly, lastsMs: random.integer(1, lastsMsMax) }
}

function isMarket({ timeInForce }: Pick<OrderRequest, 'timeInForce'>): boolean {
  return timeInForce === undefined
}

function changeOf(random: Random, market: Market, peers: number) {
  const peer = random.integer(0, peers - 1)
  return { peer, market: market.id, pauseMs: pauseOf(random), choice: random.real() }
}

function pauseOf(random: Random): number {
  return random.real() < atOnceShare ? 0 : random.integer(1, pauseMsMax)
}
