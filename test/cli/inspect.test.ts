/** `npm run inspect` and `peer --inspect` as a user runs them: processes, the URL that they print, what a viewer is sent there. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Frame } from '../../src/inspect/frame.ts'
import { Client } from '../inspect/given.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'inspect-'))
const testMsMax = 120_000
const running = new Set<ChildProcess>()

afterEach(async () => {
  await Promise.all([...running].map(ended))
})
afterAll(() => rmSync(folder, { recursive: true }))

function begun(command: 'inspect' | 'peer', ...args: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const words = ['--import', 'tsx', join(root, `src/cli/${command}.ts`), ...args]
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  return child
}

async function ended(child: ChildProcess): Promise<number | null> {
  running.delete(child)
  if (child.exitCode !== null) return child.exitCode
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}

/** The first URL that it prints. */
async function urlOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0]
    if (url !== undefined) {
      child.stdout?.resume()
      return url
    }
  }
  throw new Error('it has printed no URL')
}

async function refused(...args: readonly string[]): Promise<readonly [code: number, sentence: string]> {
  const child = begun('inspect', '--no-open', ...args)
  let sentence = ''
  child.stderr?.on('data', (text: Buffer) => (sentence += text.toString()))
  const [code] = (await once(child, 'close')) as [number]
  running.delete(child)
  return [code, sentence.trim()]
}

function isOver(frames: readonly Frame[]): boolean {
  return frames.some(frame => frame.type === '@peerbook.playback' && frame.isOver)
}

function newsOf(frames: readonly Frame[]): string[] {
  return frames.flatMap(frame => (frame.type === '@peerbook.news' ? [frame.text] : []))
}

describe('npm run inspect', { timeout: testMsMax }, () => {
  test('plays a scenario, records it, and shows the recording again', async () => {
    const file = join(folder, 'two-takers.jsonl')
    const args = ['--no-open', '--speed', '1000', '--record', file]
    const playing = begun('inspect', 'test/scenarios/two-takers.txt', ...args)
    const shown = await Client.viewer({ url: await urlOf(playing) }).until(isOver)
    expect(newsOf(shown)).toContain('alice/1 rests: sell 5 @ 101')
    expect(await ended(playing)).toBe(0)
    const opening = begun('inspect', '--no-open', '--open', file)
    const again = await Client.viewer({ url: await urlOf(opening) }).until(frames => frames.length >= shown.length)
    expect(again.slice(0, shown.length - 1)).toEqual(shown.slice(0, -1))
    expect(isOver(again)).toBe(true)
  })

  test('steps, while it is paused, from one thing that can be seen to the next', async () => {
    const viewer = Client.viewer({ url: await urlOf(begun('inspect', '--no-open', '--paused')) })
    await viewer.until(frames => frames.some(frame => frame.type === '@peerbook.playback' && frame.isPaused))
    expect(newsOf(viewer.frames)).toEqual([])
    viewer.socket.send('{"type":"step"}')
    await viewer.until(frames => newsOf(frames).includes('peers alice bob carol'))
    const before = viewer.frames.length
    viewer.socket.send('{"type":"step"}')
    await viewer.until(frames => frames.slice(before).some(({ type }) => type !== '@peerbook.playback'))
    expect(isOver(viewer.frames)).toBe(false)
  })

  test('plays on real Grenache, and sees every message at both ends', async () => {
    const child = begun('inspect', 'test/scenarios/first-trade.txt', '--live', '--no-open', '--speed', '1000')
    const frames = await Client.viewer({ url: await urlOf(child) }).until(isOver)
    const ofProposal = frames.flatMap(frame =>
      frame.type === '@peerbook.message' && frame.name === 'propose'
        ? [`${frame.stage} ${frame.from} → ${frame.to}`]
        : [],
    )
    expect(new Set(ofProposal)).toEqual(new Set(['sent bob → alice', 'arrived bob → alice']))
  })

  test('exits with 1 when the answers are not those of the file', async () => {
    const file = join(folder, 'wrong.txt')
    writeFileSync(file, 'market BTC-USD tick 1 lot 1\npeers alice\n----\nnot so\n')
    const child = begun('inspect', file, '--no-open', '--speed', '1000')
    await Client.viewer({ url: await urlOf(child) }).until(isOver)
    expect(await ended(child)).toBe(1)
  })

  test('says in a sentence how it was called wrongly', async () => {
    const [bans, both, slowly, speed, none, reversed] = await Promise.all([
      refused('--live', 'test/scenarios/taker-crashes.txt'),
      refused('--open', 'x', '--live'),
      refused('--open', 'x', '--speed', '2'),
      refused('--speed', '0'),
      refused('--no-open', '--open', join(folder, 'none')),
      refused('--open', join(folder, 'none'), '--no-open'),
    ])
    expect(bans[0]).toBe(2)
    expect(bans[1]).toMatch(/Faults, crash and restart can only be simulated; leave --live out\.$/)
    const asItIs = 'A recording is shown as it is: give either --open FILE or what is to be played, and how.'
    expect([both, slowly]).toEqual([
      [2, asItIs],
      [2, asItIs],
    ])
    expect(speed).toEqual([2, expect.stringContaining('It is a number from 0.05 to 1000')])
    const noFile = [2, expect.stringContaining('there is no such file')]
    expect([none, reversed]).toEqual([noFile, noFile])
  })
})

describe('npm run peer -- --inspect', { timeout: testMsMax }, () => {
  test('shows a running peer under its name, and its book', async () => {
    const args = ['--name', 'alice', '--market', 'BTC-USD:0.01:0.0001', '--inspect']
    const child = begun('peer', ...args)
    const viewer = Client.viewer({ url: await urlOf(child) })
    child.stdin?.write('sell 0.5 @ 64000\n')
    const hasAsk = (frame: Frame): boolean => frame.type === '@peerbook.book' && frame.asks.length > 0
    const frames = await viewer.until(all => all.some(hasAsk))
    const names = frames.flatMap(frame => (frame.type === '@xstate.actor' ? [frame.name] : []))
    expect(names.slice(0, 2)).toEqual(['alice', 'alice book BTC-USD:0.01:0.0001'])
    expect(frames.find(hasAsk)).toMatchObject({
      peer: 'alice',
      asks: [{ price: '64000.00', quantity: '0.5000', orders: 1 }],
    })
  })
})
