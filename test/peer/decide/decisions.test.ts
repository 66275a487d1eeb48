import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OrderId } from '../../../src/book/order.ts'
import { Decisions } from '../../../src/peer/decide/decisions.ts'
import type { Output } from '../../../src/peer/decide/event.ts'
import type { Fact } from '../../../src/peer/decide/fact.ts'

interface Made {
  readonly isStart: boolean
  readonly facts: readonly Fact[]
  readonly outputs: readonly Output[]
}

const fact = (number: number): Fact => ({ type: 'returned', orderId: `order ${number}` as OrderId, quantity: 1 })
const output = (number: number): Output => ({ type: 'look_again', atMs: number })

/** Facts and outputs of one decision, or a time to take so many facts at most. */
const step = fc.oneof(
  fc.record({ isStart: fc.boolean(), facts: fc.nat(4), outputs: fc.nat(3) }),
  fc.record({ factsMax: fc.integer({ min: 1, max: 9 }) }),
)

test('decisions are taken whole, in their order, as many as fit, and none of them twice', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const decisions = new Decisions()
      let waiting: Made[] = []
      let number = 0
      const decide = (isStart: boolean, facts: number, outputs: number) => {
        const made = {
          isStart,
          facts: Array.from({ length: facts }, () => fact((number += 1))),
          outputs: Array.from({ length: outputs }, () => output((number += 1))),
        }
        if (isStart) decisions.markStart()
        for (const one of made.facts) decisions.state(one)
        for (const one of made.outputs) decisions.output(one)
        expect(decisions.factsUnderWay).toBe(facts)
        decisions.conclude()
        if (isStart || facts + outputs > 0) waiting.push(made)
      }
      const take = (factsMax: number) => {
        let facts = 0
        const taken = decisions.take((_, from, to) => (facts += to - from) <= factsMax)
        const fitting = fittingOf(waiting, factsMax)
        waiting = waiting.slice(fitting.length)
        expect(taken.facts).toEqual(fitting.flatMap(made => made.facts))
        expect(taken.outputs).toEqual(fitting.flatMap(made => made.outputs))
      }
      for (const one of steps) {
        if ('factsMax' in one) take(one.factsMax)
        else decide(one.isStart, one.facts, one.outputs)
        expect(decisions.isEmpty).toBe(waiting.length === 0)
        expect(decisions.facts).toEqual(waiting.flatMap(made => made.facts))
        expect(decisions.outputs).toEqual(waiting.flatMap(made => made.outputs))
      }
    }),
  )
})

function fittingOf(waiting: readonly Made[], factsMax: number): readonly Made[] {
  let [count, facts] = [0, 0]
  for (const made of waiting) {
    facts += made.facts.length
    if (count > 0 && (made.isStart || facts > factsMax)) break
    count += 1
  }
  return waiting.slice(0, count)
}
