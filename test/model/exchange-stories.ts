/** Stories for the model of the exchange: lines of the scenario notation, drawn by fast-check so that it can shrink them. */
import fc from 'fast-check'
import { isRefusal } from '../../src/book/refusal.ts'
import { nothingKnown, type Known } from '../../src/scenario/known.ts'
import { parseCommand } from '../../src/scenario/parse-command.ts'
import { crashPoints } from '../../src/sim/simulated-disk.ts'

export const setting = ['market BTC-USD tick 1 lot 1', 'peers alice bob carol']
const names = ['alice', 'bob', 'carol']

// Mostly two of them, so that what goes wrong between two peers meets a trade.
const name = fc.constantFrom('alice', 'alice', 'alice', 'bob', 'bob', 'bob', 'carol')
const way = fc
  .tuple(name, name)
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => `${from} -> ${to}`)
const order = fc.tuple(name, fc.integer({ min: 1, max: 4 })).map(([owner, number]) => `${owner}/${number}`)
const lots = fc.integer({ min: 1, max: 5 })
const terms = fc.constantFrom('', '', '', ' ioc', ' post-only', ' gtd 400ms')
const message = fc.constantFrom('', ' propose', ' propose reply', ' propose reply', ' withdraw', ' segments')

const line: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc
      .tuple(name, fc.constantFrom('buy', 'sell'), lots, fc.integer({ min: 99, max: 101 }), terms)
      .map(([owner, side, quantity, price, more]) => `${owner} ${side} ${quantity} @ ${price}${more}`),
  },
  { weight: 8, arbitrary: fc.constantFrom(3, 15, 60, 400, 2_500).map(ms => `advance ${ms}ms`) },
  { weight: 3, arbitrary: order.map(one => `cancel ${one}`) },
  { weight: 1, arbitrary: fc.tuple(order, lots).map(([one, quantity]) => `amend ${one} to ${quantity}`) },
  { weight: 5, arbitrary: fc.tuple(way, message).map(([one, type]) => `drop ${one}${type}`) },
  { weight: 1, arbitrary: fc.tuple(way, message).map(([one, type]) => `drop all ${one}${type}`) },
  { weight: 1, arbitrary: fc.tuple(way, message).map(([one, type]) => `duplicate ${one}${type} 1500ms`) },
  { weight: 1, arbitrary: fc.tuple(way, message).map(([one, type]) => `delay ${one}${type} 700ms`) },
  { weight: 1, arbitrary: way.map(one => `deliver ${one}`) },
  { weight: 1, arbitrary: name.map(one => `partition ${one} | ${names.filter(other => other !== one).join(' ')}`) },
  { weight: 1, arbitrary: fc.constant('heal') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(name, fc.constantFrom('', ...crashPoints.map(point => ` ${point}`)), fc.constantFrom('', ' losing tail'))
      .map(([one, point, tail]) => `crash ${one}${point}${tail}`),
  },
  { weight: 2, arbitrary: name.map(one => `restart ${one} without waiting`) },
)

/** Every command is one that can be given: the others are left out, so that a part of a story is a story again. */
export const stories: fc.Arbitrary<readonly string[]> = fc
  .array(line, { maxLength: 40, size: 'max' })
  .map(lines => withEnding(lines))

function withEnding(lines: readonly string[]): readonly string[] {
  const known = nothingKnown()
  for (const text of setting) parseCommand(text, known, 0)
  const story = lines.filter(text => !isRefusal(parseCommand(text, known, 0)))
  return [...story, ...endingOf(known)]
}

/** Everything is right again, all are back, and there is time enough to find each other. */
function endingOf({ members }: Known): string[] {
  const missing = [...members].filter(([, { gone, isDoomed }]) => gone !== null || isDoomed)
  return ['heal', ...missing.map(([one]) => `restart ${one} without waiting`), 'advance 20s', 'settle']
}

/** As it can be pasted into test/scenarios. */
export function storyText(story: readonly string[], seed: number): string {
  const books = names.flatMap(one => [`book ${one}`, '----', '...', ''])
  return [
    `# A story that fast-check has found.`,
    `# seeds: ${seed}`,
    '',
    ...[...setting, '----', 'ok', ''],
    ...[...story, '----', '...', ''],
    ...books,
  ].join('\n')
}
