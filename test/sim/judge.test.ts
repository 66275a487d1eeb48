/** The judge looks on while the stories of test/scenarios are played, and finds nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseScenario } from '../../src/scenario/parse-scenario.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { judged } from '../support/judged.ts'

const folder = join(import.meta.dirname, '../scenarios')
const files = readdirSync(folder).filter(file => file.endsWith('.txt'))

/** One story lasts a day. */
const testMsMax = 120_000

test.each(files)('nothing is wrong in %s', { timeout: testMsMax }, async file => {
  const scenario = parseScenario(readFileSync(join(folder, file), 'utf8'), file)
  if (isRefusal(scenario)) throw new Error(scenario.sentence)
  const { violations } = await judged(scenario, scenario.seeds?.[0] ?? 1)
  expect(violations).toEqual([])
})
