/** The official ends of @statelyai/inspect 0.7.2 and ours: each understands the other. */
import { once } from 'node:events'
import {
  createInspector,
  createWebSocketInspector,
  createWebSocketReceiver,
  type StatelyInspectionEvent,
} from '@statelyai/inspect'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { assign, createActor, setup, type InspectionEvent, type Observer } from 'xstate'
import type { FrameBody, OfficialFrame } from '../../src/inspect/frame.ts'
import type { Hub } from '../../src/inspect/hub.ts'
import { Inspector } from '../../src/inspect/inspector.ts'
import { limits } from '../../src/limits.ts'
import { actor, Client, openHub } from './given.ts'

let hub: Hub | undefined
afterEach(async () => {
  await hub?.close()
  hub = undefined
})

const child = setup({}).createMachine({
  id: 'child',
  initial: 'working',
  states: { working: { on: { finish: 'finished' } }, finished: { type: 'final' } },
})
const lamp = setup({
  types: { context: {} as { readonly pressed: number }, events: {} as { readonly type: 'press' | 'smash' } },
  actors: { child },
  actions: { count: assign({ pressed: ({ context }) => context.pressed + 1 }) },
  guards: { isNew: ({ context }) => context.pressed === 0 },
}).createMachine({
  id: 'lamp',
  context: () => ({ pressed: 0 }),
  initial: 'off',
  invoke: { id: 'child', src: 'child' },
  states: {
    off: { on: { press: { target: 'on', guard: 'isNew', actions: 'count' } }, tags: 'dark' },
    on: { on: { press: 'off', smash: 'broken' } },
    broken: { type: 'final' },
  },
})

function play(inspect: Observer<InspectionEvent>): void {
  const lit = createActor(lamp, { inspect })
  lit.start()
  lit.send({ type: 'press' })
  lit.send({ type: 'smash' })
}

/**
 * Without what may differ: who counts sessions and when, the order in which a definition is written, an empty history. The official
 * inspector waits before it asks an actor how it stands, so that it may be over by then; ours has it in the frames that follow.
 */
function comparable(frames: readonly (StatelyInspectionEvent | OfficialFrame)[]): unknown[] {
  const sessions = [...new Set(frames.map(({ sessionId }) => sessionId))]
  const inOrder = (id: unknown): string => (typeof id === 'string' ? `session ${sessions.indexOf(id)}` : 'nobody')
  return frames.map(frame => {
    const one = JSON.parse(JSON.stringify(frame)) as Record<string, unknown>
    for (const ours of ['fired', 'atMs', 'name']) Reflect.deleteProperty(one, ours)
    for (const id of ['sessionId', 'rootId', 'parentId', 'sourceId']) one[id] = inOrder(one[id])
    one['createdAt'] = /^\d+$/.test(String(one['createdAt']))
    if (one['type'] === '@xstate.actor')
      return { ...one, snapshot: {}, definition: JSON.parse(String(one['definition'])) }
    const snapshot = one['snapshot'] as Record<string, unknown> | undefined
    if (snapshot) Reflect.deleteProperty(snapshot, 'historyValue')
    return one
  })
}

test('our frames of a machine are those of the official inspector', async () => {
  const official: StatelyInspectionEvent[] = []
  const theirs = createInspector({ send: event => official.push(event) })
  play(theirs.inspect)
  const ours: FrameBody[] = []
  play(new Inspector({ now: () => 0, show: frame => ours.push(frame) }).observerOf('lamp'))
  await expect.poll(() => official.length).toBe(ours.length)
  const [expected, actual] = [official, ours as OfficialFrame[]].map(frames => comparable(frames))
  expect(actual).toEqual(expected)
  expect(ours.flatMap(frame => ('fired' in frame ? frame.fired : []))).toContainEqual({
    source: 'lamp.off',
    eventType: 'press',
    targets: ['lamp.on'],
  })
})

test('the official inspector feeds the hub: viewers and official receivers see its actors, events and snapshots', async () => {
  hub = await openHub({ now: () => 7 })
  const url = hub.url.replace('http', 'ws')
  const receiver = createWebSocketReceiver({ server: url })
  const received: StatelyInspectionEvent[] = []
  receiver.subscribe(event => received.push(event))
  const viewer = await Client.viewer(hub).opened()
  const inspector = createWebSocketInspector({ url })
  play(inspector.inspect)
  const isOver = (frame: { readonly type: string; readonly snapshot?: { readonly status?: string } }): boolean =>
    frame.type === '@xstate.snapshot' && frame.snapshot?.status === 'done'
  const seen = await viewer.until(frames => frames.some(isOver))
  await expect.poll(() => received.some(isOver)).toBe(true)
  expect(new Set(received.map(({ type }) => type))).toEqual(
    new Set(['@xstate.actor', '@xstate.event', '@xstate.snapshot']),
  )
  expect(seen.map(({ atMs }) => atMs)).toEqual(seen.map(() => 7))
  expect(seen.flatMap(frame => (frame.type === '@xstate.actor' ? [frame.name] : []))).toEqual(['lamp', 'child'])
  inspector.stop()
})

test('an official receiver that comes late is told of the actors that are there', async () => {
  hub = await openHub()
  hub.show(actor('alice/x:0', 'alice'))
  const received: StatelyInspectionEvent[] = []
  createWebSocketReceiver({ server: hub.url.replace('http', 'ws') }).subscribe(event => received.push(event))
  await expect.poll(() => received.length).toBe(1)
  expect(received[0]).toMatchObject({ type: '@xstate.actor', name: 'alice', sessionId: 'alice/x:0', _version: '0.7.2' })
})

test('two feeders that count their sessions alike are told apart', async () => {
  hub = await openHub()
  const viewer = await Client.viewer(hub).opened()
  for (const name of ['one', 'other']) {
    const feeder = await new Client(hub, '').opened()
    feeder.socket.send(JSON.stringify(actor('x:0', name)))
    await viewer.until(frames => frames.some(frame => frame.type === '@xstate.actor' && frame.name === name))
  }
  expect(viewer.frames.map(frame => 'sessionId' in frame && frame.sessionId)).toEqual(['x:0', 'x:0 of feeder 2'])
})

test.each([
  ['no JSON', 'hello'],
  ['a frame of ours', JSON.stringify({ type: '@peerbook.news', atMs: 0, text: 'forged' })],
  ['an actor without a session', JSON.stringify({ ...actor('x:0', 'a'), sessionId: 5 })],
])('a feeder that sends %s is cut off, and nothing is shown', async (_what, text) => {
  hub = await openHub()
  const feeder = await new Client(hub, '').opened()
  feeder.socket.send(text)
  expect(await feeder.closed()).toEqual({ code: 1008, reason: 'frame_malformed' })
  expect([hub.shown, hub.counters]).toEqual([0, { frame_malformed: 1 }])
})

test('a feeder with too many actors is cut off; when it has gone there is room for others', async () => {
  hub = await openHub()
  const feeder = await new Client(hub, '').opened()
  for (let number = 0; number <= limits.inspectFedActorsMax; number += 1)
    feeder.socket.send(JSON.stringify(actor(`x:${number}`, 'a')))
  expect(await feeder.closed()).toEqual({ code: 1013, reason: 'too_many_actors' })
  expect(hub.shown).toBe(limits.inspectFedActorsMax)
  const next = new WebSocket(hub.url.replace('http', 'ws'))
  await once(next, 'open')
  next.send(JSON.stringify(actor('y:0', 'b')))
  await expect.poll(() => hub?.shown).toBe(limits.inspectFedActorsMax + 1)
})
