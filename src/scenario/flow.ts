/**
 * The flow of a demonstration: what every peer does, in order, drawn from a seed before anything has happened. Limits around a
 * wandering middle, orders that take at once, and cancels. Never looks at a book: which order a cancel means is decided when it is its turn.
 */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { Side } from '../book/order.ts'
import type { OrderRequest } from '../peer/parse-order.ts'
import { Random } from '../sim/random.ts'

export interface FlowOptions {
  readonly seed: number
  readonly market: Market
  readonly peers: number
  /** Orders to place. Cancels come on top of them. */
  readonly orders: number
}

export type Step = {
  readonly peer: number
  /** The time until the next step, so that news of some steps has travelled and that of others has not. */
  readonly pauseMs: number
} & (
  | { readonly type: 'submit'; readonly request: OrderRequest }
  /** One of the peer's resting orders, `choice` being a number from 0 to below 1; nothing when none rests. */
  | { readonly type: 'cancel'; readonly choice: number }
)

/** In ticks. */
const firstMiddle = 100_000
/** How far a limit may be on the far side of the middle, where it takes, and on the near side, where it waits. */
const takingTicksMax = 4
const waitingTicksMax = 12
const lotsMax = 50
const accounts = ['house', 'clients', 'arbitrage'] as const
/** Shares of all orders; the rest are limits that may rest. */
const iocShare = 0.16
const marketShare = 0.08
/** Steps that are made at the same moment as the next one. */
const atOnceShare = 0.4
const pauseMsMax = 6
/** Cancels for each order. */
const cancelShare = 0.15

export function flowOf({ seed, market, peers, orders }: FlowOptions): Step[] {
  const random = new Random(seed).fork('flow')
  const steps: Step[] = []
  let middle = firstMiddle
  for (let placed = 0; placed < orders; placed += 1) {
    middle += random.integer(-1, 1)
    steps.push(submitStep(random, market, peers, middle))
    if (random.real() < cancelShare) steps.push(cancelStep(random, peers))
  }
  return steps
}

function submitStep(random: Random, market: Market, peers: number, middle: number): Step {
  const peer = random.integer(0, peers - 1)
  const side = random.pick<Side>(['buy', 'sell'])
  const quantity = formatLots(random.integer(1, lotsMax), market.lotSize)
  const account = random.pick(accounts)
  const away = random.integer(-takingTicksMax, waitingTicksMax)
  const price = formatTicks(side === 'buy' ? middle - away : middle + away, market.tickSize)
  return {
    type: 'submit',
    peer,
    pauseMs: pauseOf(random),
    request: { market: market.id, side, quantity, account, ...termsOf(random.real(), price) },
  }
}

function termsOf(chance: number, price: string): Pick<OrderRequest, 'price' | 'timeInForce'> {
  if (chance < marketShare) return {}
  return chance < marketShare + iocShare ? { price, timeInForce: 'ioc' } : { price, timeInForce: 'gtc' }
}

function cancelStep(random: Random, peers: number): Step {
  return { type: 'cancel', peer: random.integer(0, peers - 1), pauseMs: pauseOf(random), choice: random.real() }
}

function pauseOf(random: Random): number {
  return random.real() < atOnceShare ? 0 : random.integer(1, pauseMsMax)
}
