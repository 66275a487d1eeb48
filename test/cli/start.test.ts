/** `npm start` as a process of its own: what it prints, and how it ends. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { startGrapes } from '../../src/net/grenache/grapes.ts'
import type { DemonstrationReport } from '../../src/scenario/demonstration-report.ts'

const root = join(import.meta.dirname, '../..')
/** Of one run, with everything else that this machine does. */
const runMsMax = 60_000

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

test('on Grenache it trades, agrees, and prints one JSON object', { timeout: runMsMax }, async () => {
  const { code, stdout, stderr } = await run('--peers', '3', '--orders', '160', '--seed', '2', '--json')
  const report = JSON.parse(stdout) as DemonstrationReport
  expect({ code, stderr, violations: report.violations }).toEqual({ code: 0, stderr: '', violations: [] })
  expect(report).toMatchObject({ seed: 2, transport: 'grenache', agreed: true })
  expect(report.peers.map(({ name }) => name)).toEqual(['alice', 'bob', 'carol'])
  expect(report.trades).toBeGreaterThan(10)
  expect(report.requestsPerTrade).toBeGreaterThan(1)
})

test('on grapes that somebody has started it leaves them alone', { timeout: runMsMax }, async () => {
  const grapes = await startGrapes()
  try {
    const args = grapes.urls.flatMap(url => ['--grape', url])
    const { code, stdout } = await run('--peers', '2', '--orders', '20', '--json', ...args)
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as DemonstrationReport).market).toMatch(/^BTCUSD-[0-9A-F]{8}:/)
    const answer = await fetch(`${grapes.urls[0] ?? ''}/lookup`, {
      method: 'POST',
      body: JSON.stringify({ rid: '1', data: 'nobody' }),
    })
    expect(answer.status).toBe(200)
  } finally {
    await grapes.stop()
  }
})

test('several markets on Grenache are each agreed on', { timeout: runMsMax }, async () => {
  const { code, stdout } = await run('--peers', '3', '--orders', '90', '--markets', '2', '--json')
  const report = JSON.parse(stdout) as DemonstrationReport
  expect({ code, violations: report.violations }).toEqual({ code: 0, violations: [] })
  expect(report.markets.map(({ id, agreed }) => ({ id, agreed }))).toEqual([
    { id: 'BTCUSD:0.5:0.001', agreed: true },
    { id: 'ETHUSD:0.05:0.01', agreed: true },
  ])
  expect(report.markets.every(({ trades, bookHash }) => trades > 5 && bookHash.length === 64)).toBe(true)
})

test('for people each of several markets has its tables and its verdict', { timeout: runMsMax }, async () => {
  const { code, stdout } = await run('--transport', 'simulated', '--orders', '100', '--markets', '8')
  expect(code).toBe(0)
  for (const words of ['Peers, BTCUSD:0.5:0.001', 'Book, ES-2026.12:0.25:1', 'refused commands:', '0 violations'])
    expect(stdout).toContain(words)
  expect(stdout.match(/all 5 books agree/g)).toHaveLength(8)
})

test('in simulation the same seed prints the same JSON, to the byte', { timeout: runMsMax }, async () => {
  const args = ['--transport', 'simulated', '--orders', '100', '--seed', '5', '--json']
  const [first, again] = [await run(...args), await run(...args)]
  expect(first.code).toBe(0)
  expect(again.stdout).toBe(first.stdout)
})

test('for people it prints the peers, the tape, the book and the verdict', { timeout: runMsMax }, async () => {
  const { code, stdout, stderr } = await run('--transport', 'simulated', '--orders', '100')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const words of ['Peers', 'alice', 'Last trades', 'Book', 'all 5 books agree', '0 violations'])
    expect(stdout).toContain(words)
})

test('a grape that nobody runs is named, and nothing hangs', { timeout: runMsMax }, async () => {
  const { code, stdout, stderr } = await run('--grape', 'http://127.0.0.1:9')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('The grape at http://127.0.0.1:9 cannot be used')
})

test('a dead grape beside a living one is named as well', { timeout: runMsMax }, async () => {
  const grapes = await startGrapes()
  try {
    const args = [...grapes.urls, 'http://127.0.0.1:9'].flatMap(url => ['--grape', url])
    const { code, stderr } = await run('--peers', '2', ...args)
    expect(code).toBe(1)
    expect(stderr).toContain('The grape at http://127.0.0.1:9 cannot be used')
  } finally {
    await grapes.stop()
  }
})

test.each([
  [['--peers', 'x'], 'a whole number from 2 to 32'],
  [['--peers', '1'], 'a whole number from 2 to 32'],
  [['--peers', '33'], 'a whole number from 2 to 32'],
  [['--orders', '0'], 'a whole number from 1 to 100000'],
  [['--markets', '0'], 'a whole number from 1 to 8'],
  [['--markets', '9'], 'a whole number from 1 to 8'],
  [['--seed', '1.5'], 'a whole number from 0'],
  [['--grape', 'https://127.0.0.1:30001'], "the URL of a grape's HTTP port"],
  [['--grape', '127.0.0.1:30001'], "the URL of a grape's HTTP port"],
  [['--grape', 'http://127.0.0.1'], "the URL of a grape's HTTP port"],
  [['--grape', 'http://127.0.0.1:99999'], "the URL of a grape's HTTP port"],
  [['--transport', 'pigeon'], 'grenache or simulated'],
  [['--transport', 'simulated', '--grape', 'http://127.0.0.1:30001'], 'has no grapes'],
  [['--nonsense'], 'unknown option'],
  [['nonsense'], 'too many arguments'],
])('%j is a usage error', { timeout: runMsMax }, async (args, sentence) => {
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(sentence)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
})

test('Ctrl-C ends it cleanly', { timeout: runMsMax }, async () => {
  const grape = http.createServer()
  await once(grape.listen(0, '127.0.0.1'), 'listening')
  const asked = once(grape, 'request')
  const child = start(['--grape', `http://127.0.0.1:${(grape.address() as AddressInfo).port}`])
  const end = ended(child)
  // Who asks a grape is under way; this one never answers.
  await asked
  child.kill('SIGINT')
  expect(await end).toEqual({ code: 130, stdout: '', stderr: '' })
  grape.closeAllConnections()
  grape.close()
})

function run(...args: string[]): Promise<Ended> {
  return ended(start(args))
}

function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' }
  return spawn(process.execPath, ['--import', 'tsx', join(root, 'src/cli/start.ts'), ...args], { cwd: root, env })
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: await stdout, stderr: await stderr }
}
