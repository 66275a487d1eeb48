/** An order that several makers must fill together, and what may happen to it and to them meanwhile. */
import { formatLots, formatTicks } from '../../book/decimals.ts'
import { limits } from '../../limits.ts'
import type { Random } from '../../sim/random.ts'
import { crashPoints } from '../../sim/simulated-disk.ts'
import { campaignMarkets, exponential, priceMax } from './draw-orders.ts'
import type { Timeline } from './timeline.ts'

const makersMax = 3
const makerLots = 9
/** Long enough for everybody to have read of the makers' orders. */
const restMs = 150
/** Makers that answer so late hold for long. */
const slowMs = 400
/** Some of them hold by then, and none has been told what the last one has decided. */
const heldMs = { min: 60, max: 380 }

interface Group {
  readonly makers: readonly string[]
  readonly taker: string
  readonly atMs: number
  /** By which other lines know the orders of the makers. */
  readonly orders: readonly string[]
  readonly symbol: string
  /** What all makers give together, as it is written there. */
  readonly lotsOfAll: string
  readonly oneLot: string
}

type Trouble = (random: Random, group: Group, names: readonly string[], timeline: Timeline) => void

/** Who dies comes back, except who does so for good. */
const troubles: readonly (readonly [weight: number, Trouble])[] = [
  // Nothing but the others.
  [1, () => undefined],
  [5, crashOfTaker],
  [8, crashOfHolder],
  [1, crashAtPoint],
  [2, cutOff],
  [1, messageLostOrTwice],
  [1, answerLate],
  [4, cancelled],
  [4, emptied],
  [7, rivalled],
]

function crashOfTaker(random: Random, group: Group, _: readonly string[], timeline: Timeline): void {
  const diesAtMs = slowed(random, group, timeline)
  timeline.add(diesAtMs, `crash ${group.taker}`)
  timeline.add(diesAtMs + limits.holdMs + exponential(random, 1_500), `restart ${group.taker} without waiting`)
}

function crashOfHolder(random: Random, group: Group, _: readonly string[], timeline: Timeline): void {
  const diesAtMs = slowed(random, group, timeline)
  const maker = random.pick(group.makers)
  timeline.add(diesAtMs, `crash ${maker}`)
  timeline.add(diesAtMs + exponential(random, 1_500), `restart ${maker} without waiting`)
}

function crashAtPoint(random: Random, { makers, atMs }: Group, _: readonly string[], timeline: Timeline): void {
  const maker = random.pick(makers)
  timeline.add(atMs, `crash ${maker} ${random.pick(crashPoints)}`)
  timeline.add(atMs + exponential(random, 1_500), `restart ${maker} without waiting`)
}

function cutOff(random: Random, group: Group, _: readonly string[], timeline: Timeline): void {
  const maker = random.pick(group.makers)
  const way = random.pick([`${maker} -> ${group.taker}`, `${group.taker} -> ${maker}`])
  const cutAtMs = slowed(random, group, timeline)
  timeline.add(cutAtMs, `cut ${way}`)
  timeline.add(cutAtMs + limits.holdMs + exponential(random, 1_500), 'heal')
}

function messageLostOrTwice(random: Random, group: Group, _: readonly string[], timeline: Timeline): void {
  const maker = random.pick(group.makers)
  const what = random.pick([`${group.taker} -> ${maker} propose request`, `${maker} -> ${group.taker} propose reply`])
  timeline.add(group.atMs, `${random.pick(['drop', 'duplicate'])} ${what}`)
}

function answerLate(random: Random, { makers, taker, atMs }: Group, _: readonly string[], timeline: Timeline): void {
  const ms = random.integer(300, 2_500)
  timeline.add(atMs, `delay ${random.pick(makers)} -> ${taker} propose reply ${ms}ms`)
}

function cancelled(random: Random, group: Group, _: readonly string[], timeline: Timeline): void {
  const cancelAtMs = slowed(random, group, timeline)
  for (const order of group.orders) timeline.add(cancelAtMs, `cancel ${order}`)
}

function rivalled(random: Random, group: Group, names: readonly string[], timeline: Timeline): void {
  const rival = random.pick(names.filter(name => name !== group.taker))
  const rivalAtMs = slowed(random, group, timeline)
  const order = `${rival}/rival-${rivalAtMs}`
  timeline.add(rivalAtMs, `${rival} ${group.symbol} buy ${group.lotsOfAll} ioc account rival`, order)
}

/** One of them has nothing left when it is asked, or too little, and nobody has heard of that. */
function emptied(random: Random, { orders, oneLot, atMs }: Group, _: readonly string[], timeline: Timeline): void {
  const order = random.pick(orders)
  timeline.add(atMs, random.pick([`cancel ${order}`, `amend ${order} to ${oneLot}`]))
}

/** Makers answer late, so that lots are held for long. Gives an instant at which they are. */
function slowed(random: Random, { makers, taker, atMs }: Group, timeline: Timeline): number {
  for (const maker of makers) timeline.add(atMs, `delay ${maker} -> ${taker} propose reply ${slowMs}ms`)
  return atMs + random.integer(heldMs.min, heldMs.max)
}

/** Makers, among them now and then the taker's own peer, rest orders, and the taker wants more than one of them has. */
export function drawGroup(random: Random, names: readonly string[], atMs: number, timeline: Timeline): void {
  const group = drawAttempt(random, names, atMs, timeline)
  const weighted = troubles.flatMap(([weight, trouble]) => Array<Trouble>(weight).fill(trouble))
  random.pick(weighted)(random, group, names, timeline)
}

/** The taker leaves for good while others may hold for it. */
export function drawLastGroup(
  random: Random,
  names: readonly string[],
  taker: string,
  atMs: number,
  timeline: Timeline,
): void {
  const group = drawAttempt(random, names, Math.max(0, atMs - heldMs.max), timeline, taker)
  slowed(random, group, timeline)
}

function drawAttempt(
  random: Random,
  names: readonly string[],
  wantedAtMs: number,
  timeline: Timeline,
  wantedTaker?: string,
): Group {
  const atMs = Math.max(restMs, wantedAtMs)
  const { symbol, tickSize, lotSize } = random.pick(campaignMarkets)
  const taker = wantedTaker ?? random.pick(names)
  const makers = random.shuffle(names.filter(name => name !== taker)).slice(0, makersMax)
  const givers = random.real() < 0.3 ? [...makers, taker] : makers
  const price = formatTicks(priceMax, tickSize)
  const orders = givers.map(giver => `${giver}/given-${atMs}`)
  for (const [index, giver] of givers.entries())
    timeline.add(
      atMs - restMs,
      `${giver} ${symbol} sell ${formatLots(makerLots, lotSize)} @ ${price} account giver`,
      orders[index] ?? null,
    )
  const lots = random.integer(makerLots + 1, Math.max(makerLots + 1, givers.length * makerLots))
  const quantity = formatLots(lots, lotSize)
  const terms = random.pick(['fok', 'fok', `ioc min ${quantity}`, `min ${formatLots(makerLots + 1, lotSize)}`])
  timeline.add(atMs, `${taker} ${symbol} buy ${quantity} @ ${price} ${terms} account taker`, `${taker}/group-${atMs}`)
  const [lotsOfAll, oneLot] = [givers.length * makerLots, 1].map(count => formatLots(count, lotSize)) as [
    string,
    string,
  ]
  return { makers, taker, atMs, orders, symbol, lotsOfAll, oneLot }
}
