/** Any moment of a recording is the fold of all frames up to it, however many have been dropped since. */
import { expect, test } from 'vitest'
import type { Frame } from '../../../src/inspect/frame.ts'
import { apply, emptyScene, type Scene } from '../../../src/inspect/web/scene.ts'
import { Timeline } from '../../../src/inspect/web/timeline.ts'
import { limits } from '../../../src/limits.ts'

const official = { rootId: undefined, createdAt: '0', id: null, _version: '0.7.2' }

/** An actor every tenth frame, snapshots of the latest ones between; every third number is left out. */
function frames(count: number): Frame[] {
  return Array.from({ length: count }, (_, index): Frame => {
    const seq = index + Math.floor(index / 3) + 1
    const timed = { ...official, seq, atMs: index, sessionId: `x:${index - (index % 10)}` }
    if (index % 10 === 0)
      return {
        ...timed,
        type: '@xstate.actor',
        name: `actor ${index % 70}`,
        parentId: undefined,
        definition: '{}',
        snapshot: {},
      }
    const status = index % 10 === 9 ? 'done' : 'active'
    return { ...timed, type: '@xstate.snapshot', event: { type: `e${index}` }, snapshot: { status, value: index } }
  })
}

function folded(all: readonly Frame[]): Scene {
  const scene = emptyScene()
  for (const frame of all) apply(scene, frame)
  return scene
}

test('every moment is the fold of the frames up to it', () => {
  const all = frames(1_000)
  const timeline = new Timeline()
  for (const frame of all) timeline.add(frame)
  for (const count of [1, 2, 255, 256, 257, 511, 512, 513, 999, 1_000])
    expect(timeline.at(all[count - 1]!.seq), `after ${count}`).toEqual(folded(all.slice(0, count)))
})

test('a moment between two numbers is that of the one before', () => {
  const timeline = new Timeline()
  for (const frame of frames(600)) timeline.add(frame)
  expect(timeline.at(4)).toEqual(timeline.at(3))
  expect(timeline.at(0)).toEqual(emptyScene())
})

test('what is replayed is known already', () => {
  const timeline = new Timeline()
  const all = frames(10)
  expect(all.map(frame => timeline.add(frame))).toEqual(all.map(() => true))
  expect(all.map(frame => timeline.add(frame))).toEqual(all.map(() => false))
  expect(timeline.length).toBe(10)
})

test('beyond the limit the oldest moments go, and the others stay as they were', () => {
  const framesMax = 2_000
  const all = frames(framesMax + 1)
  const timeline = new Timeline(framesMax)
  for (const frame of all) timeline.add(frame)
  expect(timeline.length).toBeLessThan(framesMax)
  const first = all.findIndex(({ seq }) => seq === timeline.firstSeq)
  expect(first).toBeGreaterThan(0)
  for (const index of [first, first + 300, all.length - 2])
    expect(timeline.at(all[index]!.seq)).toEqual(folded(all.slice(0, index + 1)))
})

test('actors beyond the limit: finished ones go first', () => {
  const scene = emptyScene()
  const actor = (index: number, status: 'active' | 'done'): Frame => ({
    ...{ ...official, type: '@xstate.actor', seq: index, atMs: 0, sessionId: `x:${index}`, name: `actor ${index}` },
    ...{ parentId: undefined, definition: undefined, snapshot: { status } },
  })
  apply(scene, actor(1, 'active'))
  apply(scene, actor(2, 'done'))
  for (let index = 3; index <= limits.inspectPageActorsMax + 1; index++) apply(scene, actor(index, 'active'))
  expect(scene.actors.size).toBe(limits.inspectPageActorsMax)
  expect([scene.actors.has('x:1'), scene.actors.has('x:2')]).toEqual([true, false])
})
