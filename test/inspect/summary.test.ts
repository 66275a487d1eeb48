/** Summaries: short whatever they are of. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { summaryOf } from '../../src/inspect/summary.ts'
import { limits } from '../../src/limits.ts'

test('what is short and plain stays as it is', () => {
  const plain = { type: 'order.submit', command: { side: 'buy', lots: [1, 2, null, true] } }
  expect(summaryOf(plain)).toEqual(plain)
})

test('what is long is cut and says so', () => {
  const most = limits.inspectTextCharactersMax
  expect(summaryOf('x'.repeat(most + 1))).toBe(`${'x'.repeat(most)}…`)
  const list = Array.from({ length: limits.inspectItemsMax + 2 }, () => 1)
  expect((summaryOf(list) as unknown[]).at(-1)).toBe('… 2 more')
  const object = Object.fromEntries(list.map((one, index) => [`p${index}`, one]))
  expect((summaryOf(object) as Record<string, unknown>)['…']).toBe('2 more')
})

test('what knows its own summary gives that', () => {
  expect(summaryOf({ book: { orders: new Map(), toJSON: () => ({ resting: 3 }) } })).toEqual({ book: { resting: 3 } })
})

test('what contains itself ends', () => {
  const circle: Record<string, unknown> = {}
  circle['inner'] = circle
  expect(JSON.stringify(summaryOf(circle))).toContain('…')
})

test('what is deep ends at the limit', () => {
  let deep: unknown = 1
  for (let depth = 0; depth < 40; depth += 1) deep = [deep]
  expect(JSON.stringify(summaryOf(deep))).toBe(
    `${'['.repeat(limits.inspectDepthMax)}"…"${']'.repeat(limits.inspectDepthMax)}`,
  )
})

test('no value makes a long summary, and none throws', () => {
  fc.assert(
    fc.property(
      fc.anything({ maxDepth: 6, withBigInt: true, withMap: true, withSet: true, withDate: false }),
      value => {
        const text = JSON.stringify(summaryOf([value, value, value, value], 1_000)) as string | undefined
        expect((text ?? '').length).toBeLessThan(1_000 * 6 + 5_000)
      },
    ),
    { seed: 1, numRuns: 300 },
  )
})
