import { describe, expect, test } from 'vitest'
import { alwaysViolations, quietViolations } from '../../src/sim/invariants.ts'
import { FaultyExchange } from '../support/faulty-exchange.ts'

const seeds = Array.from({ length: 30 }, (_, index) => index + 1)
const steps = 150
const lookEvery = 25
const restLimitMs = 60_000

function play(seed: number): FaultyExchange {
  const exchange = new FaultyExchange(seed)
  expect(exchange.becomeReady(), 'everybody finds everybody').toBe(true)
  exchange.trade(steps, step => {
    if (step % lookEvery === 0) expect(alwaysViolations(exchange.subjects()), `seed ${seed}, step ${step}`).toEqual([])
  })
  return exchange
}

describe('an exchange with loss, duplication, delay, partitions and crashes', () => {
  test.each(seeds)('is safe at every step and comes to rest with equal books, seed %i', seed => {
    const exchange = play(seed)
    expect(exchange.comeToRest(restLimitMs), exchange.unrest().join('; ')).toBe(true)
    const subjects = exchange.subjects()
    expect([...alwaysViolations(subjects), ...quietViolations(subjects)]).toEqual([])
    const books = exchange.peers.map(peer => peer.book('BTC-USD'))
    expect(new Set(books.map(book => book.hash())).size).toBe(1)
    expect(books.flatMap(book => book.check())).toEqual([])
    expect(exchange.peers.map(peer => peer.health().failure).filter(failure => failure !== null)).toEqual([])
    if (exchange.crashes === 0) expect(exchange.answered).toBe(exchange.asked)
  })

  test('is the same to the byte for the same seed, and another for another', () => {
    const [first, again, other] = [play(3), play(3), play(4)].map(exchange => exchange.history())
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })
})
