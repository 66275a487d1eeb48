/** The command as a user runs it: what it prints, and its exit codes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { defaultBounds } from '../../src/scenario/campaign/bounds.ts'
import type { SeedReport } from '../../src/scenario/campaign/play-seed.ts'
import { situations } from '../../src/sim/situations.ts'
import { add, isEnough, metCount, missingIn, nothing, type Totals } from '../../src/cli/simulate-totals.ts'
import { situationLines, summaryLines } from '../../src/cli/simulate-print.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'simulate-'))
const commandMsMax = 240_000
const small = ['--peers', '2', '--orders', '3..6']

afterAll(() => rmSync(folder, { recursive: true }))

/** `preload`: a module that the command and its children load first. */
function run(words: readonly string[], preload?: string): { code: number | null; out: string; error: string } {
  const command = ['--import', 'tsx', join(root, 'src/cli/simulate.ts'), ...words]
  const env = { ...process.env, NODE_OPTIONS: preload === undefined ? '' : `--import ${preload}` }
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', env })
  return { code: status, out: stdout, error: stderr }
}

describe('npm run simulate', { timeout: commandMsMax }, () => {
  test('says what is wrong with the call, and plays nothing', () => {
    const calls = [
      [['--seeds', 'many'], 'It must be a whole number from 1 to 10000000'],
      [['--only', 'rain'], 'The kinds of faults are loss, '],
      [['--only', 'loss', '--without', 'crash'], '--only leaves one kind of fault, and --without takes from all kinds'],
      [['--only', 'loss', '--only', 'crash'], 'It may be given once'],
      [['--compare-naive', '--peers', '3'], 'Beside --compare-naive only --seeds and --json may stand.'],
      [['--list-mutants', '--seed', '7'], 'Beside --list-mutants only --json may stand.'],
      [['--mutant', 'nope'], 'There is no mutant "nope"'],
      [['--mutant', '--seed', '7'], 'It needs a name; --list-mutants has them all'],
      [['--seed', '2147483647', '--seeds', '2'], 'The greatest seed is 2147483647'],
      [['--trace'], '--trace tells of one seed: say which, such as --seed 7 --trace.'],
      [['--seed', '7', '--verbose'], '--verbose tells more of a trace: add --trace.'],
    ] as const
    for (const [words, sentence] of calls) {
      const { code, out, error } = run(words)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(error).toContain(sentence)
    }
  })

  test('tells programs everything in one object', () => {
    const { code, out, error } = run([...['--seeds', '2', '--json'], ...small])
    expect({ code, error }).toEqual({ code: 0, error: '' })
    const told = JSON.parse(out) as Totals & { readonly isGood: boolean }
    expect(told).toMatchObject({ isGood: true, seeds: 2, failures: [], defects: [], missing: [], shrunk: null })
    expect(Object.keys(told.situations)).toEqual(situations.map(({ name }) => name))
  })

  test('tells people of one seed as it goes', () => {
    const { code, out, error } = run([...['--seed', '3', '--trace'], ...small])
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toMatch(/^seed 3: 2 peers, \d orders, /)
    expect(out).toMatch(/ alice begins life 1\n/)
    expect(out).toMatch(/ ▣ BTC-USD synced up to record 0\n/)
    expect(out).toMatch(/1 seed, \d+ trades between peers, \d+ events\n.*\nhistory [0-9a-f]{16}: .*\n0 violations\n$/)
  })

  test('the same seeds have the same history, whatever process plays them', () => {
    const [one, other] = [0, 1].map(() => JSON.parse(run([...['--seeds', '3', '--json'], ...small]).out) as Totals)
    const alone = JSON.parse(run([...['--seed', '1', '--json'], ...small]).out) as Totals
    expect(one?.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(other?.hash).toBe(one?.hash)
    expect(alone.hash).not.toBe(one?.hash)
  })

  const interruptions = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const
  test.each(interruptions)('%s, as Ctrl-C, ends a campaign with what it has found so far', (signal, exitCode) => {
    const preload = join(folder, `${signal}-at-seed-2.mjs`)
    // As a terminal does it: the child hears it as well as its parent.
    const group = '[process.pid, process.ppid]'
    const interrupts = `message.seed === 2 && ${group}.forEach(id => process.kill(id, '${signal}')), heard(message)`
    const wrapped = `name === 'message' ? message => (${interrupts}) : heard`
    writeFileSync(preload, `const { on } = process\nprocess.on = (name, heard) => on.call(process, name, ${wrapped})\n`)
    const { code, out, error } = run([...['--seeds', '400'], ...small], preload)
    expect(code).toBe(exitCode)
    expect(error).toMatch(/^Interrupted: \d{1,2} of 400 seeds have been played\.\n$/)
    expect(out).toMatch(/\n\d{1,2} seeds, .*\n.*\nhistory .*\n0 violations\n$/)
  })

  test('a child that dies leaves its seed as one that could not be played, and the others are played', () => {
    const preload = join(folder, 'dies-at-seed-2.mjs')
    const dies = "message.seed === 2 ? process.kill(process.pid, 'SIGKILL') : heard(message)"
    const wrapped = `name === 'message' ? message => (${dies}) : heard`
    writeFileSync(preload, `const { on } = process\nprocess.on = (name, heard) => on.call(process, name, ${wrapped})\n`)
    const { code, out } = run([...['--seeds', '4'], ...small], preload)
    expect(code).toBe(1)
    expect(out).toContain('\n3 seeds (1 more could not be played), ')
    expect(out).toContain('\n1 seed has failed: 2\n')
    expect(out).toContain('\nseed 2 could not be played: the process that played it has ended (SIGKILL).\n')
    expect(out).toContain('  again: npm run simulate -- --seed 2 --peers 2..2 --orders 3..6\n')
  })

  test('is over when ten seeds have failed, says so, and counts the same ones however many were being played', () => {
    const { code, out, error } = run(['--seeds', '40', '--mutant', 'ioc-rests', '--json'])
    expect(code).toBe(1)
    expect(error).toMatch(/\nStopped: \d\d of 40 seeds have been played\.\n/)
    const { seeds, failures } = JSON.parse(out) as Totals
    expect(failures).toHaveLength(10)
    expect(failures.at(-1)?.seed).toBe(seeds)
    expect(error).toContain(`Stopped: ${seeds} of 40`)
  })

  test('a seed in which time stands still has failed like any other, and its story is told', () => {
    const { code, out, error } = run(['--seed', '15', '--mutant', 'gtd-ends-late', '--json'])
    expect({ code, error }).toEqual({ code: 1, error: '' })
    const { defects, failures, shrunk } = JSON.parse(out) as Totals & { readonly shrunk: string }
    expect(defects).toEqual([])
    expect(failures.map(({ failure }) => failure)).toEqual([expect.stringMatching(/look like a livelock$/)])
    expect(shrunk).toMatch(/^# It fails: virtual clock: /)
  })

  test('what has been found counts, also when nobody reads to the end', () => {
    const program = [process.execPath, '--import', 'tsx', 'src/cli/simulate.ts'].join(' ')
    const piped = `set -o pipefail; ${program} --seeds 2 --mutant ioc-rests | head -1`
    const { status } = spawnSync('bash', ['-c', piped], { cwd: root, encoding: 'utf8' })
    expect(status).toBe(1)
  })
})

describe('the totals of a campaign', () => {
  const [first = { name: '', sentence: '' }, second = { name: '', sentence: '' }] = situations
  const violation = { invariant: 1, checker: 'artificial', atMs: 0, sentence: 'something is wrong' }

  function report(seed: number, met: Readonly<Record<string, number>>, violations: SeedReport['violations'] = []) {
    const options = { peers: 2, orders: 1, pauseMs: 1, burst: 1, faults: {} } as SeedReport['options']
    const figures = { trades: 2, events: 10, virtualMs: 5, hash: '', failure: null, text: '' }
    return { report: { seed, options, violations, situations: met, ...figures } }
  }

  function campaign(seeds: number, met: Readonly<Record<string, number>>): Totals {
    return Array.from({ length: seeds }, (_, seed) => report(seed, met)).reduce(add, nothing)
  }

  test('count every situation, and the seeds in which it has come', () => {
    const totals = [report(1, { [first.name]: 3 }), report(2, { [first.name]: 1, [second.name]: 0 })].reduce(
      add,
      nothing,
    )
    expect(totals.situations[first.name]).toEqual({ times: 4, seeds: 2 })
    expect(totals.situations[second.name]).toEqual({ times: 0, seeds: 0 })
    expect(metCount(totals)).toBe(1)
    expect(situationLines(totals).join('\n')).toMatch(new RegExp(`\n${first.name} .* 4 +2\n`))
    expect(summaryLines(totals)[0]).toBe('2 seeds, 4 trades between peers, 20 events')
  })

  test('miss what never came in a long campaign where everything may happen', () => {
    const all = Object.fromEntries(situations.map(({ name }) => [name, 1]))
    const others = { ...all, [first.name]: 0 }
    expect(missingIn(campaign(500, all), defaultBounds)).toEqual([])
    expect(missingIn(campaign(500, others), defaultBounds)).toEqual([first.name])
    expect(missingIn(campaign(499, others), defaultBounds)).toEqual([])
    expect(missingIn(campaign(500, others), { ...defaultBounds, without: ['loss'] })).toEqual([])
    expect(missingIn(campaign(500, others), { ...defaultBounds, peers: [2, 2] })).toEqual([])
  })

  test('a campaign goes on after a failure and ends after ten', () => {
    const failing = Array.from({ length: 10 }, (_, seed) => report(seed, {}, [violation]))
    const nine = failing.slice(0, 9).reduce(add, nothing)
    expect(isEnough(nine)).toBe(false)
    expect(isEnough(failing.reduce(add, nothing))).toBe(true)
    expect(isEnough(add(nine, { seed: 10, defect: 'its process has died' }))).toBe(true)
    expect(summaryLines(nine).at(-1)).toBe('9 seeds have failed: 0, 1, 2, 3, 4, 5, 6, 7, 8; 9 violations')
  })
})
