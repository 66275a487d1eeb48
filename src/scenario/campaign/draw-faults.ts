/**
 * What goes wrong, as commands of the scenario notation at instants of a story. One small function for each kind of fault; the
 * stronger it is, the more of it. Whatever is begun here and matters to the end is ended by the ending of the story.
 */
import type { RequestType } from '../../net/messages.ts'
import type { Random } from '../../sim/random.ts'
import { crashPoints } from '../../sim/simulated-disk.ts'
import { formatLots, formatTicks } from '../../book/decimals.ts'
import { limits } from '../../limits.ts'
import type { FaultName } from './bounds.ts'
import { campaignMarkets, exponential, priceMax, priceMin } from './draw-orders.ts'
import { drawGroup, drawLastGroup } from './draw-group.ts'
import { drawTrade } from './draw-trade.ts'
import { restLimit, type Timeline } from './timeline.ts'

/** Where faults are drawn into. */
export interface Plot {
  readonly random: Random
  readonly names: readonly string[]
  /** Who leaves for good, and who is there from the beginning: at least two others stay. */
  readonly leavers: readonly string[]
  readonly joiners: readonly string[]
  readonly endMs: number
  readonly orders: number
  readonly timeline: Timeline
  /** What happens when the flow of orders is over, and before everything is right again. */
  readonly epilogue: Timeline
}

type Draw = (plot: Plot, strength: number) => void

export const drawFault: Readonly<Record<FaultName, Draw>> = {
  loss: drawLoss,
  duplication: drawDuplication,
  replay: drawReplay,
  delay: drawDelay,
  forgery: drawForgery,
  'clogged-path': drawCloggedPath,
  'slow-peer': drawSlowPeer,
  partition: drawPartition,
  'one-way': drawOneWay,
  flapping: drawFlapping,
  clock: drawClock,
  pause: drawPause,
  crash: (plot, strength) => drawCrash(plot, strength, false),
  'lost-tail': (plot, strength) => drawCrash(plot, strength, true),
  doubt: drawDoubt,
  group: drawGroups,
  leave: drawLeave,
  join: drawJoin,
  grapes: drawGrapes,
  rumours: drawRumours,
}

/** What trades depend on comes most often. */
const messageTypes: readonly (RequestType | '')[] = [
  ...(['propose', 'propose', 'propose', 'withdraw', 'withdraw', 'segments', 'segments', 'segments'] as const),
  ...(['fetch', 'heads', 'beat', 'hello', '', ''] as const),
]
const kinds = ['request', 'reply', ''] as const
/** Nobody is ever called so. */
const strangers = ['nobody', 'noone', 'nemo'] as const
/** Most orders have been heard of by then, milliseconds. */
const heardOfMs = 25
/** Long enough for who has come back to have read what the others have, and too short for it to be given up. */
const relearningMs = 10 * heardOfMs
const decidingTypes = ['propose', 'propose', 'withdraw', 'segments', 'goodbye'] as const

/** Once, or up to so many times. */
function repeat(random: Random, strength: number, max: number, draw: () => void): void {
  const count = random.integer(1, Math.max(1, Math.ceil(strength * max)))
  for (let one = 0; one < count; one += 1) draw()
}

function instant({ random, endMs }: Plot): number {
  return random.integer(0, Math.max(0, endMs - 1))
}

/** Somebody has just placed an order, and others may be deciding on it. */
function busyInstant({ random, timeline }: Plot): number {
  return random.pick(timeline.orders).atMs + random.integer(1, 18)
}

/** `alice -> bob`. */
function wayOf({ random, names }: Plot): string {
  const from = random.pick(names)
  return `${from} -> ${random.pick(names.filter(name => name !== from))}`
}

function message({ random }: Plot): string {
  return words(random.pick(messageTypes), random.pick(kinds))
}

function words(...all: readonly string[]): string {
  return all.filter(word => word !== '').join(' ')
}

/** Losses and their like come in proportion to what is sent. */
function drawOneShots(plot: Plot, strength: number, text: () => string): void {
  repeat(plot.random, strength, plot.orders / 2, () => plot.timeline.add(instant(plot), text()))
}

function drawLoss(plot: Plot, strength: number): void {
  drawOneShots(plot, strength, () => `drop ${wayOf(plot)} ${message(plot)}`.trimEnd())
}

function drawDuplication(plot: Plot, strength: number): void {
  drawOneShots(plot, strength, () => words('duplicate', wayOf(plot), message(plot), behind(plot)))
}

function behind({ random }: Plot): string {
  return random.pick(['', `${exponential(random, 20)}ms`, `${exponential(random, 400)}ms`])
}

/** Copies that come minutes later, when nobody waits for them. */
function drawReplay(plot: Plot, strength: number): void {
  const { random } = plot
  drawOneShots(plot, strength, () =>
    words('duplicate', wayOf(plot), random.pick(decidingTypes), random.pick(kinds), lateness(plot)),
  )
  repeat(random, strength, 9, () => drawReplayOfWithdrawn(plot))
}

function lateness({ random }: Plot): string {
  return `${random.integer(60, 240)}s`
}

/** Its answer is lost, so that it is withdrawn before its copy comes. */
function drawReplayOfWithdrawn(plot: Plot): void {
  const atMs = instant(plot)
  const { maker, taker } = drawTrade(plot.random, plot.names, atMs, plot.timeline)
  plot.timeline.add(atMs, `duplicate ${taker} -> ${maker} propose request ${lateness(plot)}`)
  plot.timeline.add(atMs, `drop ${maker} -> ${taker} propose reply`)
}

function drawDelay(plot: Plot, strength: number): void {
  const meanMs = 50 + strength * 1_500
  drawOneShots(plot, strength, () =>
    words('delay', wayOf(plot), message(plot), `${exponential(plot.random, meanMs)}ms`),
  )
  repeat(plot.random, strength, 2, () => drawOvertaking(plot))
}

/** A proposal is under way for so long that its taker withdraws it meanwhile. */
function drawOvertaking(plot: Plot): void {
  const atMs = instant(plot)
  const { maker, taker } = drawTrade(plot.random, plot.names, atMs, plot.timeline)
  const ms = limits.requestTimeoutMs + plot.random.integer(200, 1_000)
  plot.timeline.add(atMs, `delay ${taker} -> ${maker} propose request ${ms}ms`)
}

function drawForgery(plot: Plot, strength: number): void {
  drawOneShots(plot, strength, () => words('forge', wayOf(plot), message(plot)))
  repeat(plot.random, strength, 3, () => drawForgedAnswer(plot))
}

function drawForgedAnswer(plot: Plot): void {
  const atMs = instant(plot)
  const { maker, taker } = drawTrade(plot.random, plot.names, atMs, plot.timeline)
  plot.timeline.add(atMs, `forge ${maker} -> ${taker} propose reply`)
}

/** Episodes that end with `heal`, which ends everything else on the network as well. */
function drawEpisodes(plot: Plot, strength: number, lastMs: number, begin: () => readonly string[]): void {
  repeat(plot.random, strength, 3, () => {
    const atMs = instant(plot)
    for (const text of begin()) plot.timeline.add(atMs, text)
    plot.timeline.add(atMs + exponential(plot.random, lastMs), 'heal')
  })
}

function drawCloggedPath(plot: Plot, strength: number): void {
  drawEpisodes(plot, strength, 1_500, () => [`delay all ${wayOf(plot)} ${plot.random.integer(100, 3_000)}ms`])
  drawEpisodes(plot, strength, 3_000, () => unanswered(wayOf(plot), plot.random.integer(1_000, 1_500)))
}

/** Answers get lost, and the feed that tells of the same is late. */
function unanswered(way: string, ms: number): string[] {
  const lost = ['propose reply', 'withdraw reply'].map(what => `drop all ${way} ${what}`)
  return [...lost, ...['segments', 'fetch'].map(what => `delay all ${way} ${what} ${ms}ms`)]
}

function drawSlowPeer(plot: Plot, strength: number): void {
  const { random, names } = plot
  drawEpisodes(plot, strength, 1_500, () => {
    const slow = random.pick(names)
    const ms = random.integer(20, 900)
    const others = names.filter(name => name !== slow)
    return others.flatMap(name => [`delay all ${name} -> ${slow} ${ms}ms`, `delay all ${slow} -> ${name} ${ms}ms`])
  })
}

/** One alone, or two groups. */
function groupsOf({ random, names }: Plot): string {
  const shuffled = random.shuffle(names)
  const size = random.real() < 0.5 ? 1 : random.integer(1, names.length - 1)
  return `partition ${shuffled.slice(0, size).join(' ')} | ${shuffled.slice(size).join(' ')}`
}

function drawPartition(plot: Plot, strength: number): void {
  drawEpisodes(plot, strength, 2_000, () => [groupsOf(plot)])
  if (plot.random.real() < strength / 2) drawOldTrade(plot)
}

/** Somebody waits with a stop for a trade that others make, and reads of it when it is too old to trigger anything. */
function drawOldTrade(plot: Plot): void {
  const { random, epilogue } = plot
  const [waiting, maker, taker, ...others] = random.shuffle(stayersOf(plot))
  if (waiting === undefined || maker === undefined || taker === undefined) return
  const { symbol } = random.pick(campaignMarkets)
  const price = String(priceMax / 2)
  calmDown(epilogue)
  const beginMs = epilogue.lastMs
  for (const name of [waiting, maker, taker, ...others]) epilogue.add(beginMs, `cancel all ${name} ${symbol}`)
  epilogue.add(beginMs + 50, `${waiting} ${symbol} sell 1 stop ${price}`, `${waiting}/waits-${beginMs}`)
  epilogue.add(beginMs + 60, `partition ${waiting} | ${[maker, taker, ...others].join(' ')}`)
  epilogue.add(beginMs + 70, `${maker} ${symbol} sell 1 @ ${price} account giver`, `${maker}/old-${beginMs}`)
  epilogue.add(beginMs + 200, `${taker} ${symbol} buy 1 @ ${price} ioc account taker`, `${taker}/old-${beginMs}`)
  epilogue.add(beginMs + 200 + limits.triggerAgeMsMax + limits.requestTimeoutMs + 500, 'heal')
}

function drawOneWay(plot: Plot, strength: number): void {
  drawEpisodes(plot, strength, 2_000, () => [`cut ${wayOf(plot)}`])
}

/** On and off, faster than anybody notices that somebody is gone. */
function drawFlapping(plot: Plot, strength: number): void {
  const { random, timeline } = plot
  const groups = groupsOf(plot)
  let atMs = instant(plot)
  repeat(random, strength, 10, () => {
    timeline.add(atMs, groups)
    atMs += exponential(random, 300)
    timeline.add(atMs, 'heal')
    atMs += exponential(random, 300)
  })
}

/** Within the second that others bear with, and beyond it; clocks jump, forward and back. */
function drawClock(plot: Plot, strength: number): void {
  const { random, names, timeline } = plot
  repeat(random, strength, 4, () => {
    const ms = random.real() < 0.75 ? random.integer(10, 950) : random.integer(1_050, 4_000)
    timeline.add(instant(plot), `skew ${random.pick(names)} ${random.real() < 0.5 ? '' : '-'}${ms}ms`)
  })
  repeat(random, strength, 3, () => drawOverdue(plot))
  drawSetBack(plot)
}

/** A stop is placed by a clock that is ahead, the peer dies, and comes back by the right time: then it trades, and all that is later. */
function drawSetBack(plot: Plot): void {
  const { random, timeline } = plot
  const name = random.pick(stayersOf(plot))
  const { symbol } = random.pick(campaignMarkets)
  const [low, high] = [priceMin, priceMax].map(ticks => String(ticks / 2))
  const atMs = instant(plot)
  timeline.add(atMs, `skew ${name} ${random.integer(1_000, 3_000)}ms`)
  timeline.add(atMs, `${name} ${symbol} buy 1 stop ${low}`, `${name}/ahead-${atMs}`)
  timeline.add(atMs + 5, `crash ${name}`)
  timeline.add(atMs + 6, `skew ${name} 0s`)
  timeline.add(atMs + 6, `restart ${name} without waiting`)
  timeline.add(atMs + 30, `${name} ${symbol} sell 1 @ ${high} account giver`, `${name}/made-${atMs}`)
  timeline.add(atMs + 30, `${name} ${symbol} buy 1 @ ${high} ioc account taker`, `${name}/took-${atMs}`)
}

/**
 * An order's time is over all at once, while somebody proposes to trade with it: no timer has told its owner. An ioc order asks
 * without telling of itself in its feed, so that nothing else does.
 */
function drawOverdue(plot: Plot): void {
  const { random, names, timeline } = plot
  const atMs = instant(plot)
  const lastsMs = random.integer(300, 800)
  const { maker } = drawTrade(random, names, atMs, timeline, lastsMs)
  timeline.add(atMs + random.integer(2, 14), `skew ${maker} ${lastsMs + random.integer(1, 100)}ms`)
}

/** Shorter than a beat, or longer than it takes to be called unavailable. */
function drawPause(plot: Plot, strength: number): void {
  const { random, names, timeline } = plot
  repeat(random, strength, 4, () => {
    const ms = random.real() < 0.7 ? random.integer(5, 900) : random.integer(3_050, 5_000)
    timeline.add(instant(plot), `pause ${random.pick(names)} ${ms}ms`)
  })
}

function drawCrash(plot: Plot, strength: number, losesTail: boolean): void {
  const { random, timeline } = plot
  const mortals = stayersOf(plot)
  if (!losesTail) drawRelearning(plot, mortals)
  repeat(random, strength, 3, () => drawCrashOfMaker(plot, losesTail ? 'after append losing tail' : 'after sync'))
  repeat(random, strength, 5, () => {
    const name = random.pick(mortals)
    // Its next commit may well be a decision on what has just been placed elsewhere.
    const atMs = random.real() < 0.3 ? instant(plot) : busyInstant(plot)
    timeline.add(
      atMs,
      words(
        'crash',
        name,
        random.pick(['', ...crashPoints, 'after append', 'after sync', 'after sync']),
        losesTail ? 'losing tail' : '',
      ),
    )
    timeline.add(atMs + exponential(random, 700), `restart ${name} without waiting`)
  })
}

/**
 * Who comes back reads of an owner from those who lag behind it, and cannot ask the owner itself, which goes on where it was in the
 * life before: something lies between the two. The owner places one order that only the reader hears of, and another one when the reader
 * has read again and has not been given up.
 */
function drawRelearning({ random, names, endMs, timeline }: Plot, mortals: readonly string[]): void {
  const reader = random.pick(mortals)
  const owner = random.pick(names.filter(name => name !== reader))
  const lagging = names.filter(name => name !== owner && name !== reader)
  if (lagging.length === 0) return
  const { symbol, tickSize, lotSize } = random.pick(campaignMarkets)
  const order = `${owner} ${symbol} sell ${formatLots(1, lotSize)} @ ${formatTicks(priceMax, tickSize)}`
  const atMs = random.integer(1, Math.max(1, endMs - relearningMs))
  const crashMs = atMs + 2 * heardOfMs
  timeline.add(atMs - 1, `partition ${owner} ${reader} | ${lagging.join(' ')}`)
  for (const placedMs of [atMs, atMs + relearningMs]) timeline.add(placedMs, order, `${owner}/on-${placedMs}`)
  timeline.add(crashMs, 'heal')
  for (const name of lagging) timeline.add(crashMs, `cut ${owner} -> ${name}`)
  timeline.add(crashMs, `cut ${reader} -> ${owner}`)
  timeline.add(crashMs, `crash ${reader}`)
  timeline.add(crashMs + 1, `restart ${reader} without waiting`)
  timeline.add(atMs + relearningMs + 2 * heardOfMs, 'heal')
}

/** A maker dies just when it has decided: when that is durable and nobody has heard of it, or when it is not even durable. */
function drawCrashOfMaker(plot: Plot, point: string): void {
  const { random, timeline } = plot
  const atMs = instant(plot)
  const { maker } = drawTrade(random, stayersOf(plot), atMs, timeline)
  timeline.add(atMs, `crash ${maker} ${point}`)
  timeline.add(atMs + exponential(random, 700), `restart ${maker} without waiting`)
}

/**
 * A maker's words do not get through for so long that its taker is in doubt. Others may pass on what it has decided; otherwise the
 * taker's operator forces the trade, rightly or wrongly, before the maker is heard again.
 */
function drawDoubt(plot: Plot): void {
  const { random, epilogue } = plot
  const names = stayersOf(plot)
  calmDown(epilogue)
  const beginMs = epilogue.lastMs + 100
  const { maker, taker, order, lotSize } = drawTrade(random, names, beginMs, epilogue)
  const deaf = random.real() < 0.5 ? [taker] : names.filter(name => name !== maker)
  for (const name of deaf) epilogue.add(beginMs, `cut ${maker} -> ${name}`)
  const forcedMs = beginMs + limits.doubtMs + random.integer(100, 1_000)
  const filled = formatLots(random.integer(1, 3), lotSize)
  const how = random.pick(['released', 'released', `filled ${filled}`])
  epilogue.add(forcedMs, `force ${order} ${how} towards ${maker}`)
  epilogue.add(forcedMs + 100, 'heal')
}

/** Those that do not leave for good. */
function stayersOf({ names, leavers }: Plot): string[] {
  return names.filter(name => !leavers.includes(name))
}

/** Everybody is live again, and has read everything. */
function calmDown(epilogue: Timeline): void {
  epilogue.add(epilogue.lastMs, 'heal')
  epilogue.add(epilogue.lastMs, `settle ${restLimit}`)
}

/** Several makers must give together, and one of them, or who takes, has other things happen to it: in a crowd, and afterwards. */
function drawGroups(plot: Plot, strength: number): void {
  const { random, timeline, epilogue } = plot
  const names = stayersOf(plot)
  drawGroup(random, names, instant(plot), timeline)
  // Two makers besides the taker, or nobody has to hold anything.
  if (names.length < 3) return
  // In a crowd others take what is wanted, or give it.
  repeat(random, strength, 5, () => {
    calmDown(epilogue)
    for (const name of names)
      for (const { symbol } of campaignMarkets) epilogue.add(epilogue.lastMs, `cancel all ${name} ${symbol}`)
    drawGroup(random, names, epilogue.lastMs + 200, epilogue)
  })
}

function drawLeave(plot: Plot): void {
  const { random, names, leavers, timeline } = plot
  const ways = ['stop', 'stop', 'crash', 'kill']
  for (const name of leavers) {
    const atMs = instant(plot)
    const before = random.real()
    if (before < 0.6) drawLastGroup(random, names, name, atMs, timeline)
    else if (before < 0.85) drawLastLife(plot, name, atMs)
    timeline.add(atMs, `${random.pick(ways)} ${name}`)
  }
}

/** Before it leaves it begins anew, and not everybody hears of that from itself. */
function drawLastLife({ random, names, timeline }: Plot, name: string, endMs: number): void {
  const startMs = Math.max(0, endMs - random.integer(100, 600))
  timeline.add(startMs, `crash ${name}`)
  timeline.add(startMs, `cut ${name} -> ${random.pick(names.filter(other => other !== name))}`)
  timeline.add(startMs + 1, `restart ${name} without waiting`)
}

function drawJoin(plot: Plot): void {
  const { joiners, timeline } = plot
  for (const name of joiners) timeline.add(instant(plot), `join ${name} without waiting`)
}

/** Down, and up again with nothing known. */
function drawGrapes({ random, timeline, ...plot }: Plot, strength: number): void {
  repeat(random, strength, 3, () => {
    const atMs = instant({ random, timeline, ...plot })
    timeline.add(atMs, 'grapes down')
    timeline.add(atMs + exponential(random, 500), 'grapes up')
  })
}

function drawRumours(plot: Plot, strength: number): void {
  repeat(plot.random, strength, strangers.length, () =>
    plot.timeline.add(instant(plot), `rumour ${plot.random.pick(strangers)}`),
  )
}
