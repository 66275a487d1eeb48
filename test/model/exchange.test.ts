/**
 * A whole exchange against a model of what its users were told: three peers, any orders and cancels, any losses, partitions and
 * crashes, as lines of the scenario notation. What fails is shrunk and printed as a scenario.
 *
 * FC_SEED and FC_PATH, as a failure prints them, replay it; FC_RUNS asks for more runs.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storyFaults } from './exchange-property.ts'
import { stories, storyText } from './exchange-stories.ts'

const runsDefault = 12
const stageSeeds = fc.integer({ min: 1, max: 1_000 })

test(
  'an accepted order is for ever: whatever happens, all books end as the model says',
  { timeout: 240_000 },
  async () => {
    const { FC_SEED, FC_PATH, FC_RUNS } = process.env
    const property = fc.asyncProperty(stories, stageSeeds, async (story, seed) => {
      const faults = await storyFaults(storyText(story, seed), seed)
      if (faults.length > 0) throw new Error(faults.join('\n'))
    })
    const result = await fc.check(property, {
      numRuns: Number(FC_RUNS ?? runsDefault),
      ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
      ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
    })
    if (!result.failed) return
    const [story, seed] = result.counterexample ?? [[], 1]
    const faults = await storyFaults(storyText(story, seed), seed)
    const replay = `FC_SEED=${result.seed} FC_PATH=${result.counterexamplePath} npm run test:model -- test/model/exchange.test.ts`
    expect.fail([...faults, '', storyText(story, seed), `See it again: ${replay}`].join('\n'))
  },
)
