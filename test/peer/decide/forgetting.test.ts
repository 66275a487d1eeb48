/** Owners that nobody has heard of for a day, decided directly: what goes with them, and what brings them back. */
import { expect, test } from 'vitest'
import { CommittedBook } from '../../../src/peer/committed-book.ts'
import { trade, twoDesks } from './given.ts'

test('a forgotten owner leaves the book with its orders, and an old segment of it brings nothing back', () => {
  const { anna, bob } = twoDesks()
  const empty = bob.state.book.hash()
  anna.place('sell', 5, 101)
  bob.read(anna)
  const filled = bob.state.book.hash()
  bob.take({ type: 'neighbour.lost', peer: anna.self })

  bob.take({ type: 'neighbour.forgotten', peer: anna.self })
  expect(filled).not.toBe(empty)
  expect(bob.state.book.hash()).toBe(empty)
  const told = new CommittedBook(bob.state, bob.state.ownHead)
  expect(told.heads()).toMatchObject([{ owner: bob.self }])
  expect(told.forgotten()).toEqual([{ owner: anna.self, head: anna.state.ownHead }])

  bob.read(anna, anna.segments)
  expect(bob.state.book.hash()).toBe(empty)
})

test('a live owner is never forgotten, nor is oneself', () => {
  const { anna, bob } = twoDesks()
  anna.place('sell', 5, 101)
  bob.read(anna)
  bob.place('buy', 5, 99)
  const before = bob.state.book.hash()
  bob.take({ type: 'neighbour.forgotten', peer: anna.self })
  bob.take({ type: 'neighbour.forgotten', peer: bob.self })
  expect(bob.state.book.hash()).toBe(before)
})

test('something new of a forgotten owner brings back all that it has, and its channel was never forgotten', () => {
  const { anna, bob } = twoDesks()
  anna.place('sell', 5, 101)
  bob.read(anna)
  bob.place('buy', 1, 101)
  trade(bob, anna)
  bob.read(anna)
  bob.take({ type: 'neighbour.lost', peer: anna.self })
  bob.take({ type: 'neighbour.forgotten', peer: anna.self })

  anna.place('sell', 2, 102)
  bob.read(anna)
  anna.read(bob)
  expect(bob.state.book.hash()).toBe(anna.state.book.hash())
  bob.meet(anna)
  bob.place('buy', 1, 101)
  expect(trade(bob, anna)).toBe(true)
  expect(bob.batches()).toEqual([])
})
