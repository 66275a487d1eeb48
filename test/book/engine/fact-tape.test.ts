import { expect, test } from 'vitest'
import { ACCEPTED, SELL } from '../../../src/book/engine/codes.ts'
import { FactTape } from '../../../src/book/engine/fact-tape.ts'
import { readFacts } from '../../../src/book/engine/facts.ts'

function writeAccepted(tape: FactTape, ...ids: number[]): void {
  for (const id of ids) tape.write(ACCEPTED, id, 0, SELL, 101, 5, 5, 0)
}

function idsOn(tape: FactTape): number[] {
  return [...readFacts(tape)].map(({ order }) => order)
}

test('a tape that is full is read before it is written on, so that nothing is lost', () => {
  const read: number[][] = []
  const tape = new FactTape(2, full => read.push(idsOn(full)))
  writeAccepted(tape, 1, 2, 3, 4, 5)
  expect([...read, idsOn(tape)]).toEqual([[1, 2], [3, 4], [5]])
})

test('a tape without a reader forgets what it has no room for', () => {
  const tape = new FactTape(2)
  writeAccepted(tape, 1, 2, 3)
  expect(idsOn(tape)).toEqual([3])
})

test('a tape that was cleared is empty', () => {
  const tape = new FactTape(2)
  writeAccepted(tape, 1)
  tape.clear()
  expect([tape.length, idsOn(tape)]).toEqual([0, []])
})
