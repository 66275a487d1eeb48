import { expect, test, vi } from 'vitest'
import { BUY } from '../../../src/book/engine/codes.ts'
import { FactTape } from '../../../src/book/engine/fact-tape.ts'
import { readFacts } from '../../../src/book/engine/facts.ts'
import { MatchingEngine } from '../../../src/book/engine/matching-engine.ts'
import type { Limits } from '../../../src/limits.ts'

vi.mock('../../../src/limits.ts', async load => {
  const { limits } = await load<{ limits: Limits }>()
  return { limits: { ...limits, engineOrdersMax: 2 } }
})

test('an engine that is full refuses new orders until one is gone', () => {
  const tape = new FactTape(10)
  const engine = new MatchingEngine(tape)
  for (const id of [1, 2, 3]) engine.limit(id, BUY, 100, 1)
  engine.cancel(1)
  engine.limit(3, BUY, 100, 1)
  expect([...readFacts(tape)].map(fact => ('reason' in fact ? fact.reason : fact.kind))).toEqual([
    ...['accepted', 'accepted', 'book_is_full', 'cancelled_by_user', 'accepted'],
  ])
})
