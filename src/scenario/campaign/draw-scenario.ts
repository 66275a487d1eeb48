/**
 * A story from a seed: a scenario in which users trade while things go wrong, then everything is right again and all must come to
 * rest. Pure: the same seed and bounds give the same text.
 */
import { Random } from '../../sim/random.ts'
import { peerNames, type Bounds } from './bounds.ts'
import { drawFault, type Plot } from './draw-faults.ts'
import { campaignMarkets, Users } from './draw-orders.ts'
import { mended, type Line } from './line.ts'
import { scenarioText } from './scenario-text.ts'
import { drawSwarm, swarmLine, type SwarmOptions } from './swarm.ts'
import { restLimit, Timeline } from './timeline.ts'

/** Who stays is never less than that: with one there is nothing to agree about. */
const coreMin = 2
/** How often everything is delivered once more at the end: it costs as much as all that went before. */
const againChance = 0.05
/** With fewer copies of old messages it does not pay to wait until they are minutes late. */
const manyReplays = 10
/** What is traded once everything is right again. */
const calm = { orders: 30, burst: 30, pauseMs: 30, isPlain: true }
/** And then one order after the other: what is left undone in a crowd somebody else does. */
const calmer = { orders: 6, burst: 1, pauseMs: 40 }
/** Long enough to be given up by everybody, and for its old words to mean nothing new. */
const goneFor = '7s'

export function drawScenario(seed: number, bounds: Bounds): { readonly options: SwarmOptions; readonly text: string } {
  const random = new Random(`campaign ${seed}`)
  const options = drawSwarm(random.fork('swarm'), bounds)
  const { founders, users, plot } = plotOf(random, options)
  for (const name of Object.keys(options.faults) as (keyof typeof options.faults)[]) {
    const strength = options.faults[name]
    if (strength !== undefined) drawFault[name]({ ...plot, random: random.fork(name) }, strength)
  }
  const opening = [...campaignMarkets.map(marketLine), line(`peers ${founders.join(' ')}`)]
  const { timeline, epilogue, endMs } = plot
  const flow = timeline.until(endMs)
  const after = epilogue.until(epilogue.lastMs + 1)
  const story = after.length > 0 ? [...flow, ...rightAgain(flow, plot), ...after] : flow
  const lines = mended([
    ...opening,
    ...story,
    ...endingOf(story, plot),
    ...calmOf(users, plot, random.fork('again').real() < againChance),
  ])
  return { options, text: scenarioText({ comments: [`Seed ${seed}: ${swarmLine(options)}.`], seed, lines }) }
}

interface Drawn {
  readonly founders: readonly string[]
  readonly users: Users
  readonly plot: Plot
}

/** The flow of orders is drawn first: how long it lasts is how long things go wrong. */
function plotOf(random: Random, options: SwarmOptions): Drawn {
  const names = peerNames.slice(0, options.peers)
  const spare = options.peers - coreMin
  const leavers = shareOf(names.slice(coreMin), options.faults.leave, spare, random.fork('leavers'))
  const joiners = shareOf(names.slice(coreMin), options.faults.join, spare, random.fork('joiners'))
  const timeline = new Timeline()
  const users = new Users(random.fork('orders'))
  const endMs = users.trade(names, options, timeline)
  const founders = names.filter(name => !joiners.includes(name))
  const plot = { random, names, leavers, joiners, endMs, orders: options.orders, timeline, epilogue: new Timeline() }
  return { founders, users, plot }
}

function shareOf(names: readonly string[], strength: number | undefined, max: number, random: Random): string[] {
  if (strength === undefined || names.length === 0) return []
  return random.shuffle(names).slice(0, random.integer(1, Math.max(1, Math.ceil(strength * max))))
}

/** Everything is right again: networks, clocks, and who has crashed but not left for good comes back. */
function rightAgain(story: readonly Line[], { leavers }: Plot): Line[] {
  const texts = story.map(({ text }) => text)
  const mortals = namesBehind(texts, 'crash').filter(name => !leavers.includes(name))
  const back = mortals.filter(name => isMissing(name, texts)).map(name => `restart ${name} without waiting`)
  const skewed = namesBehind(texts, 'skew').map(name => `skew ${name} 0s`)
  return ['heal', ...skewed, ...back].map(line)
}

/** All come to rest, and once more when what was still on its way has come. */
function endingOf(story: readonly Line[], plot: Plot): Line[] {
  const { names, leavers } = plot
  const awake = names.filter(name => !leavers.includes(name))
  const texts = story.map(({ text }) => text)
  const replays = texts.flatMap(text => /^duplicate (\S+ -> \S+) .*\d\ds$/.exec(text)?.[1] ?? [])
  const late = [...new Set(replays)].map(way => `deliver ${way}`)
  const gone = leavers.some(name => late.some(text => text.startsWith(`deliver ${name} `)))
  const wait = gone ? [`advance ${goneFor}`] : []
  const again = late.length > 0 ? [...wait, ...waitOf(replays, awake), ...late, `settle ${restLimit}`] : []
  return [...rightAgain(story, plot), ...[`settle ${restLimit}`, ...again].map(line)]
}

/** Copies come as late as the story is long, and in some stories more than a minute late: everybody sleeps for so long. */
function waitOf(replays: readonly string[], awake: readonly string[]): string[] {
  if (replays.length < manyReplays) return []
  return [...awake.map(name => `pause ${name} 61s`), 'advance 61s', `settle ${restLimit}`]
}

/** Who is left trades as if nothing had ever been wrong, and comes to rest. */
function calmOf(users: Users, { names, leavers }: Plot, repeatsAll: boolean): Line[] {
  const left = names.filter(name => !leavers.includes(name))
  const trading = [calm, calmer].flatMap(flow => {
    const timeline = new Timeline()
    return timeline.until(users.trade(left, flow, timeline))
  })
  const again = repeatsAll ? ['deliver everything again', `settle ${restLimit}`] : []
  return [...trading, ...[`settle ${restLimit}`, ...again, 'check but disputes'].map(line)]
}

/** Its restart would come later than the end of the story. */
function isMissing(name: string, texts: readonly string[]): boolean {
  const last = texts.findLast(text => text.startsWith(`crash ${name}`) || text.startsWith(`restart ${name} `))
  return last?.startsWith('crash') === true
}

function namesBehind(texts: readonly string[], verb: string): string[] {
  return [...new Set(texts.flatMap(text => new RegExp(`^${verb} (\\S+)`).exec(text)?.[1] ?? []))]
}

function marketLine({ symbol, tickSize, lotSize }: (typeof campaignMarkets)[number]): Line {
  return line(`market ${symbol} tick ${tickSize} lot ${lotSize}`)
}

function line(text: string): Line {
  return { text, places: null }
}
