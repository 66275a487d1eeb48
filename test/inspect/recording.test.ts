/** Recordings: saved and opened again, and what a file that is none is told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isRefusal } from '../../src/book/refusal.ts'
import type { FrameBody } from '../../src/inspect/frame.ts'
import { openRecording, Recording } from '../../src/inspect/recording.ts'
import { limits } from '../../src/limits.ts'
import { actor, Client, news, openHub, snapshot } from './given.ts'

const folder = mkdtempSync(join(tmpdir(), 'recording-'))
afterAll(() => rmSync(folder, { recursive: true }))

function begun(file: string): Recording {
  const recording = Recording.create(join(folder, file))
  if (isRefusal(recording)) throw new Error(recording.sentence)
  return recording
}

function opened(file: string): readonly FrameBody[] {
  const recording = openRecording(join(folder, file))
  if (isRefusal(recording)) throw new Error(recording.sentence)
  return recording.frames
}

function sentenceOf(result: unknown): string {
  return isRefusal(result) ? result.sentence.replaceAll(`${folder}/`, '') : 'it is understood'
}

test('a recording that is opened again shows the same frames', async () => {
  const recording = begun('story')
  const first = await openHub({ kept: text => recording.add(text) })
  for (const frame of [actor('a/x:0', 'alice'), snapshot('a/x:0', 'open'), news('alice sell 5 @ 101', 3.5)])
    first.show(frame)
  const shown = await Client.viewer(first).until(frames => frames.length === 3)
  recording.close()
  await first.close()
  const second = await openHub()
  for (const frame of opened('story')) second.show(frame)
  expect(await Client.viewer(second).until(frames => frames.length === 3)).toEqual(shown)
  await second.close()
})

test('what was being written when the process ended is left out', () => {
  const recording = begun('torn')
  recording.add(JSON.stringify({ seq: 1, ...news('whole') }))
  recording.close()
  writeFileSync(join(folder, 'torn'), `${readFileSync(join(folder, 'torn'), 'utf8')}{"seq":2,"atM`)
  expect(openRecording(join(folder, 'torn'))).toEqual({ frames: [news('whole')], isCutOff: true })
})

test('a recording ends when it is as large as one may be, and can still be opened', () => {
  const recording = begun('large')
  const text = JSON.stringify({ seq: 1, ...news('x'.repeat(1_000_000)) })
  let taken = 0
  while (recording.add(text)) taken += 1
  expect([recording.isRecording, recording.add(text)]).toEqual([false, false])
  expect(taken).toBe(Math.floor((limits.inspectBytesMax - 100) / (text.length + 1)))
  recording.close()
  expect(opened('large')).toHaveLength(taken)
})

test('a file that is there is never written over', () => {
  writeFileSync(join(folder, 'mine'), 'a poem')
  expect(sentenceOf(Recording.create(join(folder, 'mine')))).toBe(
    'mine is there already; remove it or give another name.',
  )
  expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('a poem')
  expect(sentenceOf(Recording.create(join(folder, 'no/where')))).toBe('no/where cannot be written: ENOENT.')
})

test.each([
  ['', 'file is no recording of npm run inspect: its first line does not say so.'],
  ['{"type":"@peerbook.recording","version":9}\n', 'file is a recording of version 9; this program opens version 1.'],
  ['{"type":"@peerbook.recording","version":1}\n{"seq":1}\n', 'file:2: This line is no frame.'],
  [
    '{"type":"@peerbook.recording","version":1}\n{"seq":1,"atMs":0,"type":"@peerbook.forged"}\n',
    'file:2: This line is no frame.',
  ],
])('%j is told what it is not', (text, sentence) => {
  writeFileSync(join(folder, 'file'), text)
  expect(sentenceOf(openRecording(join(folder, 'file')))).toBe(sentence)
})

test('no file is a sentence', () => {
  expect(sentenceOf(openRecording(join(folder, 'none')))).toBe('none cannot be read: there is no such file.')
})
