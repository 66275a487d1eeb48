/** A history as lines that a person can read. */
import { describe, expect, test } from 'vitest'
import { isRefusal } from '../../src/book/refusal.ts'
import { parseScenario } from '../../src/scenario/parse-scenario.ts'
import { playScenario } from '../../src/scenario/play-scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import { Trace } from '../../src/scenario/trace.ts'

const opening = 'market BTC-USD tick 0.5 lot 0.1\npeers alice bob\n----\n...'

/** What is told of a story, without the times of day. */
async function told(story: string, isVerbose = false): Promise<string[]> {
  const scenario = parseScenario(`${opening}\n\n${story}\n----\n...\n`, 'story')
  if (isRefusal(scenario)) throw new Error(scenario.sentence)
  const stage = new SimulatedStage(1)
  const trace = new Trace({ isVerbose })
  const lines: string[] = []
  stage.history.listen(event => lines.push(...trace.lines(event)))
  await playScenario(scenario, stage)
  expect(lines.filter(line => !/^ {0,8}\d+\.\d {2}\S/.test(line))).toEqual([])
  return lines.map(line => line.trim().replace(/^[\d.]+ {2}/, ''))
}

/** These lines are among them, in this order; numbers of messages are left out. */
function expectInOrder(lines: readonly string[], wanted: readonly string[]): void {
  const plain = lines.map(line => line.replace(/ {2}#\d+/, ''))
  let from = 0
  for (const line of wanted) {
    const at = plain.indexOf(line, from)
    expect(at, `${line}\nis not behind line ${from} of\n${plain.join('\n')}`).toBeGreaterThanOrEqual(0)
    from = at + 1
  }
}

const trade = 'alice sell 0.5 @ 101\nsettle\n'

describe('a trace tells', () => {
  test('of a trade: what is asked, written, made durable, sent, received and answered', async () => {
    const lines = await told(`${trade}bob buy 0.3 @ 101.5\nsettle`)
    expectInOrder(lines, [
      'alice begins life 1',
      'alice ▤ BTC-USD record 0: opened; checkpoint of nothing',
      'alice ◁ alice/1 BTC-USD sell 0.5 @ 101.0',
      'alice ▤ BTC-USD record 1: accepted alice/1: sell 0.5 @ 101.0 gtc; placed alice/1 sell 0.5 @ 101.0',
      'alice ▣ BTC-USD synced up to record 1',
      'alice ▷ alice/1: resting, 0.0 of 0.5 filled',
      'bob ◁ bob/1 BTC-USD buy 0.3 @ 101.5',
      'bob ──propose 1 BTC-USD [trade 1: buy 0.3 @ 101.0 of alice/1 for bob/1]──▶ alice',
      'alice ◀──propose 1 BTC-USD …── bob',
      'alice ──answer 1 BTC-USD [trade 1: filled 0.3]──▶ bob',
      'bob ◀──answer 1 BTC-USD …── alice',
      'bob ▷ news of bob/1: filled, 0.3 of 0.3 filled',
    ])
    expect(lines.join('\n')).toContain('──segments of alice BTC-USD from 3 [placed alice/1 sell 0.5 @ 101.0]──▶ bob')
  })

  test('of what goes wrong: losses, duplicates, forgeries, crashes', async () => {
    const faults =
      'drop alice -> bob propose reply\nduplicate bob -> alice withdraw request\nforge bob -> alice propose'
    const lines = await told(`${trade}${faults}\nbob buy 0.3 @ 101\nsettle\ncrash bob losing tail\nrestart bob`)
    expectInOrder(lines, [
      '⚡ drop alice -> bob propose reply',
      'bob ──propose 1 BTC-USD [trade 1: buy 0.3 @ 101.0 of alice/1 for bob/1]──▶ alice',
      'alice ◀──propose 1 BTC-USD [trade 1: buy 0.4 @ 101.0 of alice/1 for bob/1]── bob, altered on its way',
      '⚡ crash bob losing tail',
      'bob is gone',
      'bob begins life 2',
    ])
    const all = lines.join('\n')
    expect(all).toMatch(/alice ──refused: signature_wrong──▶ bob/)
    expect(all).toMatch(/alice ──answer 2 BTC-USD \[trade 2: filled 0\.3\]──✕ bob, lost/)
    expect(all).toMatch(/bob ──withdraw 1 BTC-USD──▶ alice {2}#\d+, 2 times/)
    expect(all).toMatch(/alice ◀──withdraw 1 BTC-USD── bob {2}#\d+, copy 2/)
  })

  test('of hellos, beats, heads and lookups only when everything is wanted', async () => {
    const [short, long] = [await told('advance 2s'), await told('advance 2s', true)]
    const routine = /──(beat|hello|lookup|announce)\b/
    expect(short.filter(line => routine.test(line))).toEqual([])
    expect(long.filter(line => routine.test(line)).length).toBeGreaterThan(10)
    expect(long.filter(line => short.includes(line))).toEqual(short)
  })
})
