import { expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import type { Address } from '../../src/net/transport.ts'
import { Pauses } from '../../src/peer/pauses.ts'

const [one, other] = ['one.sim:1', 'other.sim:1'] as [Address, Address]

test('an address is left alone for as long as it has asked, and no other with it', () => {
  let ms = 0
  const pauses = new Pauses(() => ms)
  pauses.note(one, 300)
  expect([pauses.of(one), pauses.of(other)]).toEqual([300, 0])
  pauses.note(one, 100)
  ms = 299
  expect(pauses.of(one)).toBe(1)
  ms = 300
  expect(pauses.of(one)).toBe(0)
})

test('no more addresses are remembered than there can be neighbours, the latest of them', () => {
  const pauses = new Pauses(() => 0)
  const addresses = Array.from({ length: limits.neighboursMax + 1 }, (_, index) => `a${index}.sim:1` as Address)
  for (const address of addresses) pauses.note(address, 100)
  expect(addresses.filter(address => pauses.of(address) === 0)).toEqual(['a0.sim:1'])
})
