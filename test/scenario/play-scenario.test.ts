/** How scenarios are played: what is told when, what `settle` and `check` find, and how a difference reads. */
import { NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { playScenario } from '../../src/scenario/play-scenario.ts'
import { differenceLines, stepLines, verdictLine } from '../../src/scenario/report.ts'
import { rewriteScenario } from '../../src/scenario/rewrite-scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import type { Peer } from '../../src/peer/peer.ts'
import { noColours, played, readScenario } from './played.ts'

const begin = 'market BTC-USD tick 1 lot 1\npeers alice bob\n----\nok\n\n'

async function answersTo(...steps: readonly string[]): Promise<string[]> {
  const { steps: all, failure } = await played(readScenario(begin + steps.map(step => `${step}\n----\n`).join('\n')))
  expect(failure).toBeNull()
  return all.slice(1).map(({ answer }) => answer.join('\n'))
}

describe('time', () => {
  test('only settle and advance move it: an order has told nothing before', async () => {
    expect(await answersTo('alice sell 5 @ 101', 'trades', 'advance 5ms')).toEqual([
      'ok',
      'no trades',
      'alice/1 rests: sell 5 @ 101',
    ])
  })

  test('what happened before a question is told before its answer, and once', async () => {
    expect(await answersTo('alice sell 5 @ 101\nsettle\nbook bob\ntrades', 'settle')).toEqual([
      'alice/1 rests: sell 5 @ 101\nask  101  5  alice/1 5\nno trades',
      'ok',
    ])
  })

  test('settle that does not come to an end says what is still moving', async () => {
    const text = `${begin}alice sell 5 @ 101\nsettle\n----\nalice/1 rests: sell 5 @ 101\n\ndrop all bob -> alice propose\ndrop all bob -> alice withdraw\nbob buy 5 @ 101\nsettle\n----\n`
    const scenario = readScenario(text)
    const performance = await played(scenario)
    expect(verdictLine(scenario, performance, noColours)).toBe(
      'story.txt:14: not settled after 10000 ms: bob: batch 1 to alice is undecided.',
    )
  })

  test('a fault that meets no message is told: the story is not the one that is written', async () => {
    const scenario = readScenario(`${begin}drop alice -> bob propose\nsettle\n----\nok\n`)
    expect(verdictLine(scenario, await played(scenario), noColours)).toBe(
      "story.txt:6: no message came that fits 'drop alice -> bob propose'.",
    )
  })

  test('the same seed tells the same', async () => {
    const scenario = readScenario(
      'market BTC-USD tick 1 lot 1\npeers alice bob carol\n----\n\n' +
        'alice sell 5 @ 101\nsettle\n----\n\nbob buy 5 ioc\ncarol buy 5 ioc\nadvance 9ms\nadvance 9ms\nsettle\n----\n',
    )
    expect(await played(scenario, 7)).toEqual(await played(scenario, 7))
  })
})

describe('answers', () => {
  test('a quantity has the decimals of the lot, a price those of the tick', async () => {
    const scenario = readScenario(
      'market BTC-USD tick 0.5 lot 0.01\npeers alice\n----\n\nalice sell 1.5 @ 101\nalice buy 2 account desk\nsettle\n----\n',
    )
    const { steps } = await played(scenario)
    expect(steps[1]?.answer).toEqual([
      'alice/1 sold 1.50 @ 101.0 to alice/2',
      'alice/2 bought 1.50 @ 101.0 from alice/1',
      'alice/2 cancelled 0.50: nothing left to match',
    ])
  })

  test('a wrong answer makes a difference that a person can read', async () => {
    const scenario = readScenario(
      `${begin}alice sell 5 @ 101\nbob sell 1 @ 102\nsettle\n----\nalice/1 rests: sell 6 @ 101\nbob/1 rests: sell 1 @ 102\n`,
    )
    const performance = await played(scenario)
    expect(performance.steps.map(({ isExpected }) => isExpected)).toEqual([true, false])
    expect(stepLines(performance.steps[1]!, scenario.file, noColours)).toEqual([
      'alice sell 5 @ 101',
      'bob sell 1 @ 102',
      'settle',
      '----',
      'story.txt:6: expected - and actual + differ:',
      '- alice/1 rests: sell 6 @ 101',
      '+ alice/1 rests: sell 5 @ 101',
      '  bob/1 rests: sell 1 @ 102',
      '',
    ])
    expect(verdictLine(scenario, performance, noColours)).toBe('story.txt: 1 of 2 steps not as expected: story.txt:6')
  })

  test('any alternative will do; when none comes, the closest is compared', async () => {
    const scenario = readScenario(
      `${begin}trades\n----\nsome\n---- or\nno trades\n\nbook bob\n----\nfar\naway\n---- or\nnear\n`,
    )
    const { steps } = await played(scenario)
    expect(steps.map(({ isExpected }) => isExpected)).toEqual([true, true, false])
    expect(differenceLines(steps[2]!, scenario.file, noColours)).toEqual([
      'story.txt:12: none of 2 alternatives came, the closest is expected - and actual + differ:',
      '- near',
      '+ the book is empty',
    ])
  })
})

describe('rewriting', () => {
  const rewritten = (text: string, answers: readonly string[][]) => rewriteScenario(text, readScenario(text), answers)
  const head = '# A story.\n\nmarket BTC-USD tick 1 lot 1\npeers alice\n----\n'

  test('answers that came replace those that did not, and nothing else moves', () => {
    expect(rewritten(`${head}no\n\n# Why.\ntrades\n----\n`, [['ok'], ['no trades']])).toBe(
      `${head}ok\n\n# Why.\ntrades\n----\nno trades\n`,
    )
  })

  test('where time decides an answer fills the empty alternative, or becomes one more', () => {
    expect(rewritten(`${head}---- or\nb\n`, [['a']])).toBe(`${head}a\n---- or\nb\n`)
    expect(rewritten(`${head}a\n---- or\nb\n`, [['c']])).toBe(`${head}a\n---- or\nb\n---- or\nc\n`)
    expect(rewritten(`${head}a\n---- or\nb\n`, [['b']])).toBe(`${head}a\n---- or\nb\n`)
  })
})

describe('check', () => {
  /** A stage whose peers are altered before they go on it. */
  function stageWith(alter: (peer: Peer) => Partial<Peer>): SimulatedStage {
    const stage = new SimulatedStage(1)
    const create = stage.createPeer.bind(stage)
    stage.createPeer = async (name, markets) => {
      const peer = await create(name, markets)
      return name === 'bob' ? altered(peer, alter(peer)) : peer
    }
    return stage
  }

  /** The peer, with some of its answers replaced. */
  function altered(peer: Peer, by: Partial<Peer>): Peer {
    return new Proxy(peer, {
      get: (target, key) => {
        const value: unknown = Reflect.get(Object.hasOwn(by, key) ? by : target, key)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  test('a peer that never tells of its trades is found out', async () => {
    const scenario = readScenario(`${begin}alice sell 5 @ 101\nadvance 1s\nbob buy 5 @ 101\nadvance 1s\ncheck\n----\n`)
    const { steps } = await playScenario(
      scenario,
      stageWith(() => ({ orders$: NEVER })),
    )
    expect(steps[1]?.answer.at(-1)).toBe('bob/1 has not told of the trade of 5 @ 101 with alice/1.')
  })

  test('books that have not met are found out', async () => {
    const scenario = readScenario(`${begin}alice sell 5 @ 101\ncheck\n----\n`)
    const { steps } = await played(scenario)
    expect(steps[1]?.answer).toEqual([
      'alice and bob have not read the same of all feeds.',
      'alice and bob hold different books.',
    ])
  })
})
