/**
 * The interleaving of messages, drawn by fast-check's scheduler: of two or three peers every request and every reply arrives when the
 * scheduler says so, among the commands of users and pauses that are long enough for requests to be given up. All that is always true is
 * judged at every step, and what is true at rest when everything has arrived. A failure is shrunk, and prints the order of arrivals.
 *
 * FC_SEED and FC_PATH, as a failure prints them, replay it; FC_RUNS asks for more runs.
 */
import fc from 'fast-check'
import { test } from 'vitest'
import { ScheduledExchange } from '../support/scheduled-exchange.ts'

const runsDefault = 100
const testMsMax = 300_000
const names = ['alice', 'bob', 'carol']

const lots = fc.integer({ min: 1, max: 5 })
const terms = fc.constantFrom('', '', '', ' ioc', ' post-only', ' account desk')
const line = (name: string, orders: number): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom('buy', 'sell'), lots, fc.integer({ min: 100, max: 102 }), terms)
        .map(([side, quantity, price, more]) => `${name} ${side} ${quantity} @ ${price}${more}`),
    },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: orders }).map(number => `cancel ${name}/${number}`) },
    { weight: 1, arbitrary: lots.map(quantity => `amend ${name}/1 to ${quantity}`) },
  )

/** What each of two or three users does, and how time goes by. */
const scripts = fc
  .integer({ min: 2, max: 3 })
  .chain(count =>
    fc.tuple(
      ...names.slice(0, count).map(name => fc.array(line(name, 3), { minLength: 1, maxLength: 5 })),
      fc.array(fc.constantFrom('advance 50ms', 'advance 400ms', 'advance 1100ms'), { maxLength: 4 }),
    ),
  )

test('whatever the order in which messages arrive, nothing happens that must not', { timeout: testMsMax }, async () => {
  const { FC_SEED, FC_PATH, FC_RUNS } = process.env
  const property = fc.asyncProperty(fc.scheduler(), scripts, fc.nat(1_000), async (scheduler, all, seed) => {
    const exchange = await ScheduledExchange.open(scheduler, seed, names.slice(0, all.length - 1))
    for (const script of all) exchange.script(script)
    await exchange.play()
  })
  await fc.assert(property, {
    numRuns: Number(FC_RUNS ?? runsDefault),
    includeErrorInReport: true,
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
  })
})
