/** What is kept of many frames, and what of those that are forgotten. */
import { expect, test } from 'vitest'
import { KeptFrames } from '../../src/inspect/kept-frames.ts'
import { limits } from '../../src/limits.ts'
import { actor, news, snapshot } from './given.ts'

function filled(frames: KeptFrames, count: number): void {
  for (let number = 0; number < count; number += 1) frames.add(news('.'))
}

test('numbers rise by one, and the newest are kept', () => {
  const frames = new KeptFrames()
  filled(frames, limits.inspectFramesMax + 5)
  expect([frames.firstSeq, frames.lastSeq]).toEqual([6, limits.inspectFramesMax + 5])
  expect(frames.at(5)).toBeUndefined()
  expect(frames.at(6)?.seq).toBe(6)
  expect(frames.at(frames.lastSeq)?.seq).toBe(frames.lastSeq)
  expect(frames.at(frames.lastSeq + 1)).toBeUndefined()
})

test('of what is forgotten, the actors that are there and how they stand remain', () => {
  const frames = new KeptFrames()
  frames.add(actor('x:0', 'alice'))
  frames.add(snapshot('x:0', 'starting'))
  frames.add(snapshot('x:0', 'running'))
  frames.add(actor('x:1', 'bob'))
  frames.add(snapshot('x:1', 'over', 'done'))
  filled(frames, limits.inspectFramesMax)
  expect(frames.remains().map(({ seq, stands }) => [seq, stands])).toEqual([
    [1, 'actor x:0'],
    [3, 'snapshot x:0'],
  ])
})

test('what remains is bounded: who came first is forgotten', () => {
  const frames = new KeptFrames()
  for (let number = 0; number <= limits.inspectRemainsMax; number += 1) frames.add(actor(`x:${number}`, 'a'))
  filled(frames, limits.inspectFramesMax)
  expect(frames.remains()).toHaveLength(limits.inspectRemainsMax)
  expect(frames.remains()[0]?.stands).toBe('actor x:1')
})
