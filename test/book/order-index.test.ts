import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OrderIndex } from '../../src/book/order-index.ts'
import type { OrderId } from '../../src/book/order.ts'

interface Known {
  readonly id: OrderId
  readonly value: number
}

const idOf = (number: number) => number.toString(16).padStart(8, '0') as OrderId
const order = (number: number, value = 0): Known => ({ id: idOf(number), value })
/** Several stretches of it. */
const many = 10_000

describe('an index of orders', () => {
  test('gives what was set last under an id, whatever comes and goes in whatever order', () => {
    const steps = fc.array(
      fc.record({
        do: fc.constantFrom('set', 'set', 'late', 'delete'),
        number: fc.nat(3 * many),
        value: fc.nat(5),
      }),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(fc.nat(many), fc.nat(4), steps, (first, hole, all) => {
        const index = new OrderIndex<Known>()
        const model = new Map<OrderId, Known>()
        const set = (one: Known) => {
          index.set(one)
          model.set(one.id, one)
        }
        for (let number = 0; number < first; number += 1) if (number % 5 !== hole) set(order(2 * number))
        let latest = 2 * first
        for (const step of all) {
          if (step.do === 'set') set(order((latest += step.value), step.value))
          else if (step.do === 'late') set(order(step.number, step.value))
          else {
            index.delete(idOf(step.number))
            model.delete(idOf(step.number))
          }
          expect(index.get(idOf(step.number))).toBe(model.get(idOf(step.number)))
          expect(index.has(idOf(step.number))).toBe(model.has(idOf(step.number)))
          expect(index.size).toBe(model.size)
        }
        for (const [id, one] of model) expect(index.get(id)).toBe(one)
        expect(new Set(index.values())).toEqual(new Set(model.values()))
      }),
      { numRuns: 60 },
    )
  })

  test('of orders that have all come in time gives them in the order of their ids', () => {
    const index = new OrderIndex<Known>()
    for (let number = 0; number < many; number += 1) index.set(order(number))
    for (let number = 0; number < many; number += 1) if (number % 7 !== 0) index.delete(idOf(number))
    const left = Array.from({ length: Math.ceil(many / 7) }, (_, place) => idOf(7 * place))
    expect([...index.values()].map(({ id }) => id)).toEqual(left)
    expect(index.size).toBe(left.length)
  })

  test('is empty again when all have gone, the first as well as the last', () => {
    for (const isForward of [true, false]) {
      const index = new OrderIndex<Known>()
      const numbers = Array.from({ length: many }, (_, place) => (isForward ? place : many - 1 - place))
      for (let number = 0; number < many; number += 1) index.set(order(number))
      for (const number of numbers) index.delete(idOf(number))
      expect([index.size, [...index.values()]]).toEqual([0, []])
      expect(index.get(idOf(3))).toBeUndefined()
      index.set(order(3, 1))
      expect(index.get(idOf(3))).toEqual(order(3, 1))
    }
  })
})
