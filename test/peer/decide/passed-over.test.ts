/** Better orders that are passed over: each with its reason in the journal, and a check that misses none. Desk makes it in every test. */
import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/limits.ts'
import type { Fact } from '../../../src/peer/decide/fact.ts'
import { priorityViolations } from '../../../src/sim/priority-violations.ts'
import type { World } from './given.ts'
import { Desk, trade, twoDesks } from './given.ts'

const passedIn = (desk: Desk) => desk.records.flatMap(({ facts }) => facts.filter(fact => fact.type === 'passed_over'))
const reasonsIn = (desk: Desk) => passedIn(desk).flatMap(({ orders }) => orders.map(({ reason }) => reason))

/** Bob sees anna's sell order at 101 and carol's at 102; both are live. */
function threeDesks(): { world: World; anna: Desk; bob: Desk; carol: Desk } {
  const { world, anna, bob } = twoDesks()
  const carol = new Desk(world, 'carol')
  anna.place('sell', 5, 101)
  carol.place('sell', 5, 102)
  for (const maker of [anna, carol]) bob.read(maker)
  bob.meet(carol)
  world.ms += 1
  return { world, anna, bob, carol }
}

describe('an order that takes', () => {
  test('what is best writes no reason', () => {
    const { bob } = threeDesks()
    bob.place('buy', 7, 102)
    expect(passedIn(bob)).toEqual([])
  })

  test('past the order of a neighbour that is not live says so', () => {
    const { anna, bob } = threeDesks()
    bob.take({ type: 'neighbour.lost', peer: anna.self })
    const id = bob.place('buy', 5, 102)
    expect(passedIn(bob)).toMatchObject([{ orderId: id, orders: [{ owner: anna.self, reason: 'not_live' }], more: 0 }])
  })

  test('past an order that has refused says so', () => {
    const { anna, bob } = threeDesks()
    bob.place('buy', 5, 101)
    trade(bob, anna, 'withdraw')
    bob.place('buy', 5, 102)
    expect(reasonsIn(bob)).toContain('refused_before')
  })

  test('past an order that is asked already, or whose channel is busy or owes an answer, says so', () => {
    const { world, bob, carol } = threeDesks()
    bob.place('buy', 3, 101)
    bob.place('buy', 4, 102)
    expect(reasonsIn(bob)).toEqual(['channel_busy'])
    world.ms += limits.answerOwedMsMax
    trade(bob, carol)
    expect(new Set(reasonsIn(bob))).toEqual(new Set(['channel_busy', 'answer_owed']))
    const { bob: other } = threeDesks()
    other.place('buy', 5, 101)
    other.place('buy', 5, 102)
    expect(reasonsIn(other)).toEqual(['asked_already'])
  })

  test('an own order past a better one of somebody else says so', () => {
    const { anna, bob } = threeDesks()
    bob.place('sell', 5, 103, { account: 'other' })
    bob.take({ type: 'neighbour.lost', peer: anna.self })
    bob.place('buy', 10, 103)
    expect(bob.state.book.openCount(bob.self)).toBeLessThan(2)
    expect(reasonsIn(bob)).toEqual(['not_live'])
  })

  test('past an order of its own account says so', () => {
    const { bob } = threeDesks()
    bob.place('sell', 5, 100)
    bob.world.ms += 1
    bob.place('buy', 5, 102, { selfTradePrevention: 'cancel-oldest' })
    expect(reasonsIn(bob)).toEqual(['self_trade_prevented'])
  })

  test('past very many names the first and counts the others', () => {
    const { world, anna, bob } = twoDesks()
    const carol = new Desk(world, 'carol')
    for (let count = 0; count < limits.passedOverMax + 3; count += 1) anna.place('sell', 1, 101)
    carol.place('sell', 1, 102)
    for (const maker of [anna, carol]) bob.read(maker)
    bob.meet(carol)
    bob.take({ type: 'neighbour.lost', peer: anna.self })
    world.ms += 1
    bob.place('buy', 1, 102)
    const [passed, ...others] = passedIn(bob)
    expect(others).toEqual([])
    expect([passed!.orders.length, passed!.more]).toEqual([limits.passedOverMax, 3])
  })
})

test('the check misses a reason that is not there, and one that is about another order', () => {
  const { anna, bob } = threeDesks()
  bob.take({ type: 'neighbour.lost', peer: anna.self })
  const id = bob.place('buy', 5, 102)
  const facts = bob.records
    .at(-1)!
    .facts.filter((fact): fact is Exclude<typeof fact, { type: 'entry' }> => fact.type !== 'entry')
  expect(priorityViolations(bob.state, facts)).toEqual([])
  const [better] = [...anna.state.book.ownOrders()]
  const sentence = `${id} goes past the better order ${anna.self}/${better!.id} and does not say why (6)`
  const silent: Fact[] = facts.filter(({ type }) => type !== 'passed_over')
  expect(priorityViolations(bob.state, silent)).toEqual([sentence])
  const other = facts.map(fact => (fact.type === 'passed_over' ? { ...fact, orders: [] } : fact))
  expect(priorityViolations(bob.state, other)).toEqual([sentence])
})
