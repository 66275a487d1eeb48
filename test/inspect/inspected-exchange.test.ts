/** Whole scenarios under inspection: what is shown is what happens, and it happens as it would without. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Pace } from '../../src/cli/pace.ts'
import { pacedDriver } from '../../src/cli/paced-driver.ts'
import type { Clock } from '../../src/clock.ts'
import type { FrameBody, Level } from '../../src/inspect/frame.ts'
import { Inspector } from '../../src/inspect/inspector.ts'
import { Playback } from '../../src/inspect/playback.ts'
import type { Peer } from '../../src/peer/peer.ts'
import { playScenario } from '../../src/scenario/play-scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import { readScenario } from '../scenario/played.ts'

const scenarios = join(import.meta.dirname, '../scenarios')

/** A clock on which waiting takes no time but a turn of the event loop. */
function impatientClock(): Clock {
  let nowMs = 0
  return {
    now: () => nowMs,
    setTimeout: (task, delayMs) =>
      setImmediate(() => {
        nowMs += delayMs
        task()
      }),
    clearTimeout: handle => clearImmediate(handle as NodeJS.Immediate),
  }
}

function read(file: string) {
  return readScenario(readFileSync(join(scenarios, file), 'utf8'), file)
}

async function inspected(file: string) {
  const frames: FrameBody[] = []
  const sent: number[] = []
  const show = (frame: FrameBody): void => void frames.push(frame)
  const inspector = new Inspector({ now: () => stage.now(), show })
  const playback = new Playback(impatientClock(), () => undefined)
  const stage: SimulatedStage = new SimulatedStage(1, {
    driverOf: clock => pacedDriver(clock, playback, new Pace(), () => frames.length),
    inspectorOf: name => inspector.observerOf(name),
  })
  inspector.watch(stage.history)
  stage.history.listen(event => {
    if (event.type === 'sent' && ['request', 'reply'].includes(event.message.kind)) sent.push(event.id)
  })
  const performance = await playScenario(read(file), stage)
  return { frames, sent, performance, hash: stage.history.hash }
}

async function plain(file: string) {
  const stage = new SimulatedStage(1)
  const performance = await playScenario(read(file), stage)
  return { performance, hash: stage.history.hash }
}

describe.each([
  'two-takers.txt',
  'withdraw-lost-answer.txt',
  'taker-crashes.txt',
  'late-duplicate.txt',
  'stop-while-asked.txt',
])('%s', file => {
  test('is the same to the byte when it is paced and inspected', async () => {
    const [watched, unwatched] = [await inspected(file), await plain(file)]
    expect(watched.performance).toEqual(unwatched.performance)
    expect(watched.hash).toBe(unwatched.hash)
  })

  test('shows every message between peers once as sent', async () => {
    const { frames, sent } = await inspected(file)
    const shown = frames.flatMap(frame =>
      frame.type === '@peerbook.message' && frame.stage === 'sent' ? [frame.id] : [],
    )
    expect(shown).toEqual(sent)
  })
})

test('actors bear the names of peers, and a proposal its trade through all its messages', async () => {
  const { frames } = await inspected('two-takers.txt')
  const names = frames.flatMap(frame => (frame.type === '@xstate.actor' ? [frame.name] : []))
  expect(names).toEqual(
    expect.arrayContaining(['alice', 'alice book BTC-USD:1:1', 'alice neighbour bob', 'bob proposal alice 1']),
  )
  const messages = frames.flatMap(frame => (frame.type === '@peerbook.message' ? [frame] : []))
  const [tradeId = ''] = messages.find(({ name }) => name === 'propose')?.tradeIds ?? []
  const ofTrade = messages.filter(({ tradeIds, stage }) => tradeIds.includes(tradeId) && stage === 'sent')
  expect(ofTrade.slice(0, 2).map(({ name }) => name)).toEqual(['propose', 'answer'])
})

test('every snapshot of a machine follows from its events, and an actor that has ended says so', async () => {
  const { frames } = await inspected('two-takers.txt')
  const snapshots = frames.flatMap(frame => (frame.type === '@xstate.snapshot' ? [frame] : []))
  const lives = ['bob', 'carol'].map(taker => {
    const proposal = frames.find(frame => frame.type === '@xstate.actor' && frame.name === `${taker} proposal alice 1`)
    if (!proposal || !('sessionId' in proposal)) throw new Error(`${taker} proposes to alice`)
    return snapshots.flatMap(frame => (frame.sessionId === proposal.sessionId ? [frame.snapshot.value] : []))
  })
  // A decision may also be read in the maker's feed before its answer comes.
  for (const states of lives) expect([states[0], states.at(-1)]).toEqual(['proposing', 'settled'])
  expect(lives).toContainEqual(['proposing', 'deciding', 'settled'])
})

test('the ladder is that of the book, stale orders told apart', async () => {
  const stage: SimulatedStage = new SimulatedStage(1, { inspectorOf: name => inspector.observerOf(name) })
  const ladders = new Map<string, { readonly bids: readonly Level[]; readonly asks: readonly Level[] }>()
  const inspector = new Inspector({
    now: () => stage.now(),
    show: frame => {
      if (frame.type === '@peerbook.book') ladders.set(frame.peer, { bids: frame.bids, asks: frame.asks })
    },
  })
  const peers: Peer[] = []
  const [market] = read('two-takers.txt').steps.flatMap(({ commands }) =>
    commands.flatMap(command => (command.type === 'market' ? [command.market] : [])),
  )
  for (const name of ['alice', 'bob']) peers.push(await stage.createPeer(name, [market!]))
  const [alice, bob] = peers as [Peer, Peer]
  await stage.first(bob.ready$({ neighbours: 1, timeoutMs: 5_000 }), 10_000)
  await stage.advance(2_000)
  alice.submit$({ market: market!.id, side: 'sell', price: '101', quantity: '5' }).subscribe()
  bob.submit$({ market: market!.id, side: 'sell', price: '101', quantity: '2' }).subscribe()
  bob.submit$({ market: market!.id, side: 'buy', price: '99', quantity: '1' }).subscribe()
  await stage.advance(500)
  const level = (price: string, quantity: string, orders: number, staleQuantity = '0') => ({
    ...{ price, quantity, staleQuantity, orders },
  })
  expect(ladders.get('bob')).toEqual({ asks: [level('101', '7', 2)], bids: [level('99', '1', 1)] })
  stage.crash('alice', false)
  await stage.advance(5_000)
  bob.submit$({ market: market!.id, side: 'buy', price: '98', quantity: '1' }).subscribe()
  await stage.advance(500)
  expect(ladders.get('bob')?.asks).toEqual([level('101', '2', 2, '5')])
})
