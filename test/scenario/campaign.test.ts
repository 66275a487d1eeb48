/** What a campaign draws, plays and makes small. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isRefusal } from '../../src/book/refusal.ts'
import { defaultBounds, faultNames } from '../../src/scenario/campaign/bounds.ts'
import { drawScenario } from '../../src/scenario/campaign/draw-scenario.ts'
import { linesOf, mended } from '../../src/scenario/campaign/line.ts'
import { playSeed, type Played } from '../../src/scenario/campaign/play-seed.ts'
import { shrink } from '../../src/scenario/campaign/shrink.ts'
import { situations } from '../../src/sim/situations.ts'
import { parseScenario } from '../../src/scenario/parse-scenario.ts'

const many = Array.from({ length: 200 }, (_, index) => index + 1)
const few = Array.from({ length: 12 }, (_, index) => index + 1)
const seedMsMax = 60_000

describe('drawing', () => {
  test('the same seed gives the same text, another seed another', () => {
    expect(drawScenario(7, defaultBounds)).toEqual(drawScenario(7, defaultBounds))
    expect(drawScenario(8, defaultBounds).text).not.toBe(drawScenario(7, defaultBounds).text)
  })

  test('every kind of fault comes, each in about half of the seeds, and as commands', () => {
    const drawn = many.map(seed => drawScenario(seed, defaultBounds))
    const counts = faultNames.map(name => drawn.filter(({ options }) => options.faults[name] !== undefined).length)
    expect(Math.min(...counts)).toBeGreaterThan(70)
    expect(Math.max(...counts)).toBeLessThan(130)
    const all = drawn.map(({ text }) => text).join('')
    const commands = [
      ...['drop', 'duplicate', 'delay', 'delay all', 'forge', 'partition', 'cut', 'heal', 'skew', 'pause'],
      ...['crash', 'restart', 'stop', 'kill', 'join', 'cancel', 'amend', 'deliver', 'grapes', 'rumour'],
    ]
    expect(commands.filter(command => !all.includes(`\n${command}`))).toEqual([])
  })

  test('every text is understood, and ends in a check', () => {
    const scenarios = many.map(seed => parseScenario(drawScenario(seed, defaultBounds).text, `${seed}`))
    expect(scenarios.filter(isRefusal)).toEqual([])
  })

  test('only one kind, or all but one', () => {
    const { options } = drawScenario(3, { ...defaultBounds, only: 'crash' })
    expect(Object.keys(options.faults)).toEqual(['crash'])
    const without = many.map(seed => drawScenario(seed, { ...defaultBounds, without: ['forgery'] }).text).join('')
    expect(without).not.toContain('\nforge ')
  })
})

describe('lines that have lost others', () => {
  test('orders are numbered anew, and what speaks of one that is gone goes, too', () => {
    const setup = ['market BTC-USD tick 1 lot 1', 'peers alice bob']
    const story = [
      'alice buy 1 @ 9',
      'alice buy 2 @ 9',
      'advance 5ms',
      'cancel alice/1',
      'advance 6ms',
      'cancel alice/2',
    ]
    const lines = linesOf([...setup, ...story]).filter(({ text }) => text !== 'alice buy 1 @ 9')
    expect(mended(lines).map(({ text }) => text)).toEqual([
      ...setup,
      'alice buy 2 @ 9',
      'advance 11ms',
      'cancel alice/1',
    ])
  })
})

describe('playing', () => {
  test.each(few)('nothing is wrong with seed %i', { timeout: seedMsMax }, async seed => {
    const bounds = { ...defaultBounds, hasRealSignatures: seed % 2 === 0 }
    const { violations, failure, situations: met } = await playSeed(seed, bounds)
    expect({ violations, failure }).toEqual({ violations: [], failure: null })
    expect(Object.keys(met)).toEqual(situations.map(({ name }) => name))
    expect(Object.values(met).some(times => times > 0)).toBe(true)
  })

  test('the same seed is the same to the byte, in another process as well', { timeout: seedMsMax }, async () => {
    const first = await playSeed(4, defaultBounds)
    expect(await playSeed(4, defaultBounds)).toEqual(first)
    const play = join(import.meta.dirname, '../../src/scenario/campaign/play-seed.ts')
    const bounds = JSON.stringify(defaultBounds)
    const program = `import(${JSON.stringify(play)}).then(m => m.playSeed(4, ${bounds})).then(r => console.log(r.hash))`
    const hash = execFileSync(process.execPath, ['--conditions=development', '--import', 'tsx', '-e', program])
    expect(hash.toString().trim()).toBe(first.hash)
  })
})

describe('making small', () => {
  const fine: Played = { violations: [], failure: null, trades: 0, events: 0, virtualMs: 0, situations: {}, hash: '' }
  const rule = { invariant: 1, checker: 'artificial', atMs: 0, sentence: 'a forged message and a late cancel' }

  test('what does not matter goes, and what is left is a scenario that fails in the same way', async () => {
    const seed = many.find(one => {
      const { text } = drawScenario(one, defaultBounds)
      return /^forge /m.test(text) && /^cancel /m.test(text)
    })
    const { text } = drawScenario(seed ?? 0, defaultBounds)
    const play = (story: string): Promise<Played> =>
      Promise.resolve(/^forge .*[^]*^cancel /m.test(story) ? { ...fine, violations: [rule] } : fine)
    const failed = { ...(await play(text)), seed: seed ?? 0, text }
    const small = await shrink(failed, { hasRealSignatures: false, limitMs: 1, now: () => 0, play })
    expect((await play(small)).violations).toEqual([rule])
    expect(isRefusal(parseScenario(small, 'small'))).toBe(false)
    const commands = small.split('\n').filter(line => /^[a-z]/.test(line) && line !== 'ok')
    expect(commands.map(command => command.split(' ')[0]).sort()).toEqual(
      [
        'cancel',
        'check',
        'forge',
        'market',
        'peers',
        ...commands.filter(one => / (buy|sell) /.test(one)).map(one => one.split(' ')[0]),
      ].sort(),
    )
    expect(commands.length).toBeLessThanOrEqual(7)
  })

  test('what has not failed cannot be made small', async () => {
    const options = { hasRealSignatures: false, limitMs: 1, now: () => 0 }
    await expect(shrink({ ...fine, seed: 1, text: '' }, options)).rejects.toThrow('seed 1 has not failed')
  })
})
