import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdTable } from '../../../src/book/engine/id-table.ts'

const id = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }))

test('an id table finds what a map finds, however ids come and go', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 600, size: 'max' }), turned => {
      const table = new IdTable()
      const map = new Map<number, number>()
      for (const [index, one] of turned.entries()) {
        if (map.delete(one)) table.remove(one)
        else {
          map.set(one, index + 1)
          table.add(one, index + 1)
        }
      }
      for (const one of turned) expect(table.get(one)).toBe(map.get(one) ?? 0)
    }),
    { numRuns: 500 },
  )
})

test('an id table closes the gap that a removed id leaves among ids of the same home', () => {
  const table = new IdTable()
  const homeOf = (one: number): number => Math.imul(one, 0x9e3779b1) >>> 26
  const ids = Array.from({ length: 10_000 }, (_, index) => index + 1)
    .filter(one => homeOf(one) >= 62)
    .slice(0, 12)
  for (const one of ids) table.add(one, one)
  table.remove(ids[0]!)
  table.remove(ids[5]!)
  expect(ids.map(one => table.get(one))).toEqual(ids.map((one, index) => (index === 0 || index === 5 ? 0 : one)))
})
