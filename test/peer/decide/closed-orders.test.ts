import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OrderId } from '../../../src/book/order.ts'
import { ClosedOrders } from '../../../src/peer/decide/closed-orders.ts'

const steps = fc.array(fc.constantFrom('add', 'add', 'take'), { maxLength: 300, size: 'max' })

test('closed orders are taken in the order in which they were closed, however often there were none', () => {
  fc.assert(
    fc.property(steps, all => {
      const closed = new ClosedOrders()
      const model: OrderId[] = []
      let next = 0
      for (const what of all) {
        if (what === 'take') {
          const oldest = model.shift()
          expect(closed.takeOldest()).toBe(oldest)
          if (oldest !== undefined) expect(closed.has(oldest)).toBe(false)
        } else {
          const id = `order ${next++}` as OrderId
          closed.add(id)
          model.push(id)
        }
        expect(closed.size).toBe(model.length)
        expect(model.every(id => closed.has(id))).toBe(true)
        expect([...closed]).toEqual(model)
      }
    }),
  )
})
