/** What peers and orders are called in one terminal: clean, never the same for two, and the same for one from then on. */
import { expect, test } from 'vitest'
import type { OrderId, PeerId } from '../../src/book/order.ts'
import { PeerNames } from '../../src/cli/peer-names.ts'

const [alice, bob, other] = ['AAAAaaaa0', 'BBBBbbbb0', 'CCCCcccc0'] as PeerId[] as [PeerId, PeerId, PeerId]
const id = (end: string) => `0197a000-0000-7000-8000-${end.padStart(12, '0')}` as OrderId

function givenNames(): PeerNames {
  return new PeerNames({ id: alice, name: 'alice' })
}

test('the first with a name keeps it, and nobody takes the own one', () => {
  const names = givenNames()
  names.meet(bob, 'bob')
  names.meet(other, 'bob')
  expect([names.peer(bob), names.peer(other)]).toEqual(['bob', 'bob~CCCC'])
  const spoofed = givenNames()
  spoofed.meet(bob, 'alice')
  expect(spoofed.peer(bob)).toBe('alice~BBBB')
})

test('what a peer calls itself later changes nothing', () => {
  const names = givenNames()
  names.meet(bob, 'bob')
  names.meet(bob, 'the bank')
  expect(names.peer(bob)).toBe('bob')
})

test('who has not said its name is a piece of its id', () => {
  expect(givenNames().peer(bob)).toBe('~BBBBbbbb')
})

test.each([
  ['\u001b[2Jbob', '?[2Jbob'.replace('[', '?')],
  ['bob/1', 'bob?1'],
  ['b\u043eb', 'b?b'],
  ['', '?'],
  ['b'.repeat(64), 'b'.repeat(24)],
])('a name like %j neither steers the terminal nor looks like another', (name, shown) => {
  const names = givenNames()
  names.meet(bob, name)
  expect(names.peer(bob)).toBe(shown)
})

test('an order is its owner and the end of its id, longer only where two end alike', () => {
  const names = givenNames()
  names.meet(bob, 'bob')
  names.meet(other, 'carol')
  expect(names.order(bob, id('9f3a1c'))).toBe('bob/9f3a1c')
  expect(names.order(bob, id('19f3a1c'))).toBe('bob/19f3a1c')
  expect(names.order(other, id('9f3a1c'))).toBe('carol/9f3a1c')
  expect(names.order(bob, id('9f3a1c'))).toBe('bob/9f3a1c')
  expect(names.elsewhere(id('9f3a1c'))).toBe('alice/9f3a1c')
})

test('an order whose owner was unknown gets its name when the owner has one', () => {
  const names = givenNames()
  expect(names.order(bob, id('9f3a1c'))).toBe('~BBBBbbbb/9f3a1c')
  names.meet(bob, 'bob')
  expect(names.order(bob, id('9f3a1c'))).toBe('bob/9f3a1c')
})
