/**
 * What inspecting costs an event of a peer with 1,000 orders in its book: the same seeded commands to two simulated peers as they are,
 * with an observer that only counts, with ours (frames written down and kept, no viewer), and with the official one of @statelyai/inspect,
 * in turn, in one run. Prints its conditions, the best rounds and the differences; `--json` for scripts. Bounded: 40 rounds of 200
 * commands of each.
 */
import { availableParallelism } from 'node:os'
import { createInspector } from '@statelyai/inspect'
import type { InspectionEvent, Observer } from 'xstate'
import { createMarket, type Market } from '../../src/book/market.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { Inspector } from '../../src/inspect/inspector.ts'
import { KeptFrames } from '../../src/inspect/kept-frames.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import type { Peer } from '../../src/peer/peer.ts'

const resting = 1_000
const commands = 200
const rounds = 40
const costMax = 50

type InspectorOf = (name: string, now: () => number) => Observer<InspectionEvent>

interface Round {
  /** Of the processor, so that others on the machine do not count. */
  readonly ms: number
  readonly events: number
}

const market = createMarket({ symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' })
if (isRefusal(market)) throw new Error(market.sentence)

/** Two peers; one has all the orders, the other places and cancels. What is inspected is counted from then on. */
async function round(inspectorOf: InspectorOf | null, drained: () => Promise<void> = nothing): Promise<Round> {
  let events = 0
  const stage: SimulatedStage = new SimulatedStage(1, {
    ...(inspectorOf && {
      inspectorOf: (name: string) => {
        const inspector = inspectorOf(name, () => stage.now())
        return {
          next: (event: InspectionEvent) => {
            if (event.type === '@xstate.event') events += 1
            inspector.next?.(event)
          },
        }
      },
    }),
  })
  const [owner, other] = [await stage.createPeer('owner', [trading]), await stage.createPeer('other', [trading])]
  await stage.first(other.ready$({ neighbours: 1, timeoutMs: 10_000 }), 20_000)
  await fill(stage, owner)
  await drained()
  events = 0
  const before = process.cpuUsage()
  for (let number = 0; number < commands; number += 1) await placeAndCancel(stage, other)
  await drained()
  const { user, system } = process.cpuUsage(before)
  return { ms: (user + system) / 1_000, events }
}

const trading: Market = market

/** Ten levels of fifty orders on each side, which nobody crosses. */
async function fill(stage: SimulatedStage, owner: Peer): Promise<void> {
  for (let number = 0; number < resting; number += 1) {
    const isBuy = number % 2 === 0
    const price = String(isBuy ? 49_000 - (number % 20) : 51_000 + (number % 20))
    owner.submit$({ market: trading.id, side: isBuy ? 'buy' : 'sell', price, quantity: '0.5' }).subscribe()
    if (number % 100 === 99) await stage.advance(100)
  }
  await stage.advance(3_000)
}

async function placeAndCancel(stage: SimulatedStage, peer: Peer): Promise<void> {
  const order = { market: trading.id, side: 'buy', price: '48000', quantity: '0.1' } as const
  const outcome = await stage.first(peer.submit$(order), 1_000)
  if (isRefusal(outcome)) throw new Error(outcome.sentence)
  await stage.first(peer.cancel$(outcome.order.id), 1_000)
}

const nothing = (): Promise<void> => Promise.resolve()

function withOurs(): Promise<Round> {
  const kept = new KeptFrames()
  let inspector: Inspector | undefined
  return round((name, now) => {
    inspector ??= new Inspector({ now, show: frame => void kept.add(frame) })
    return inspector.observerOf(name)
  })
}

/** It works in timers of its own: the round is over when it has shown what it was told. */
function withOfficial(): Promise<Round> {
  const kept: string[] = []
  const official = createInspector({ send: event => kept.push(JSON.stringify(event)) })
  const drained = async (): Promise<void> => {
    for (let before = -1; before !== kept.length;) {
      before = kept.length
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  return round(() => official.inspect, drained)
}

const ways = {
  off: () => round(null),
  counted: () => round(() => ({})),
  ours: withOurs,
  official: withOfficial,
}
type Way = keyof typeof ways

const names = Object.keys(ways) as readonly Way[]
const best = { off: Infinity, counted: Infinity, ours: Infinity, official: Infinity } satisfies Record<Way, number>
let events = 0
for (const name of names) await ways[name]()
for (let number = 0; number < rounds; number += 1)
  for (const name of names) {
    const one = await ways[name]()
    if (name !== 'off' && events > 0 && one.events !== events) throw new Error(`${name} has had other events`)
    events = Math.max(events, one.events)
    // Whatever else runs on the machine makes a round slower, never quicker.
    best[name] = Math.min(best[name], one.ms)
  }
/** All ways have the same events. */
const microseconds = (name: Way): number => (best[name] * 1_000) / events
const costOf = (name: Way): number => microseconds(name) - microseconds('off')

if (process.argv.includes('--json'))
  process.stdout.write(
    `${JSON.stringify({ resting, rounds, events, microsecondsAnEvent: Object.fromEntries(names.map(name => [name, microseconds(name)])) })}\n`,
  )
else
  process.stdout.write(
    [
      `Node ${process.version}, ${availableParallelism()} cores, ${resting} orders in the book, two simulated peers, ${rounds} rounds of ${commands} orders placed and cancelled`,
      `processor microseconds for each of ${events} events, all that it leads to included (best rounds)`,
      `  off                   ${microseconds('off').toFixed(1)}`,
      `  hooked, shows nothing ${microseconds('counted').toFixed(1)}`,
      `  inspected             ${microseconds('ours').toFixed(1)}, so inspecting costs ${costOf('ours').toFixed(1)} (wanted: at most ${costMax})`,
      `  officially            ${microseconds('official').toFixed(1)}, so inspecting costs ${costOf('official').toFixed(1)}`,
      '',
    ].join('\n'),
  )
