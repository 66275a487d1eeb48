/** Pause, single steps and speed, on a virtual clock that stands for the real one. */
import { expect, test } from 'vitest'
import { Playback } from '../../src/inspect/playback.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

function given(speed = 1) {
  const clock = new VirtualClock()
  const playback = new Playback(clock, () => undefined, speed)
  let turns = 0
  const take = (ms: number): void => void playback.turn(ms).then(() => (turns += 1))
  /** What promises lead to happens between two looks at the clock. */
  const after = async (ms: number): Promise<number> => {
    await settled()
    clock.advance(ms)
    await settled()
    return turns
  }
  return { clock, playback, take, after }
}

async function settled(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await Promise.resolve()
}

test('a turn takes as long as it says at speed 1, and half of it at speed 2', async () => {
  const slow = given()
  slow.take(100)
  expect([await slow.after(99), await slow.after(1)]).toEqual([0, 1])
  const quick = given(2)
  quick.take(100)
  expect([await quick.after(49), await quick.after(1)]).toEqual([0, 1])
})

test('a new speed counts for what is left of a turn', async () => {
  const { playback, take, after } = given()
  take(100)
  await after(50)
  playback.obey({ type: 'speed', speed: 0.5 })
  expect([await after(99), await after(1)]).toEqual([0, 1])
})

test('nothing goes on while it is paused, and what is left of a turn is left when it goes on', async () => {
  const { playback, take, after } = given()
  take(100)
  await after(60)
  playback.obey({ type: 'pause' })
  expect(await after(10_000)).toBe(0)
  playback.obey({ type: 'resume' })
  expect([await after(39), await after(1)]).toEqual([0, 1])
})

test('a step gives turns until something can be seen, then it is paused', async () => {
  const { playback, take, after } = given()
  playback.obey({ type: 'pause' })
  take(500)
  playback.obey({ type: 'step' })
  expect(await after(0)).toBe(1)
  take(500)
  expect(await after(0)).toBe(2)
  playback.seen()
  take(500)
  expect(await after(10_000)).toBe(2)
  expect(playback.state).toEqual({ isPaused: true, speed: 1 })
})

test('a step while it plays ends the playing', async () => {
  const { playback, take, after } = given()
  playback.obey({ type: 'step' })
  take(500)
  expect(await after(0)).toBe(1)
  playback.seen()
  take(500)
  expect(await after(10_000)).toBe(1)
})

test('short waits add up', async () => {
  const { take, after, clock } = given()
  for (let number = 0; number < 3; number += 1) take(1)
  expect(await after(0)).toBe(3)
  expect(clock.pendingTasks).toBe(0)
  take(1)
  expect([await after(3), await after(1)]).toEqual([3, 4])
})

test('speeds beyond the limits are the limits', () => {
  const { playback } = given()
  playback.obey({ type: 'speed', speed: 1e9 })
  expect(playback.state.speed).toBe(1_000)
})
