import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OrderId } from '../../../src/book/order.ts'
import { Touched } from '../../../src/peer/decide/touched.ts'

const step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom('add', 'add', 'add', 'delete'), number: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear'), number: fc.constant(0) }) },
)

test('touched orders are what a Set would hold, in its order, few or many', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), steps => {
      const touched = new Touched()
      const model = new Set<OrderId>()
      for (const { do: what, number } of steps) {
        const id = `order ${number}` as OrderId
        if (what === 'clear') {
          touched.clear()
          model.clear()
        } else for (const one of [touched, model]) one[what](id)
        expect(Array.from({ length: touched.size }, (_, place) => touched.at(place))).toEqual([...model])
      }
      expect(() => touched.at(touched.size)).toThrow('touched')
    }),
  )
})
