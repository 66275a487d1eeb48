import { describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { Rates } from '../../src/peer/rates.ts'

/** Ten units a second, twenty at once. */
function given() {
  const time = { ms: 1_000 }
  return { time, rates: new Rates({ perSecond: 10, burst: 20 }, () => time.ms) }
}

function takeAll(rates: Rates, sender: string): number {
  let taken = 0
  while (rates.take(sender, 1) === 0) taken += 1
  return taken
}

describe('the rate of a sender', () => {
  test('admits so much at once, then so much a second, and says when to come back', () => {
    const { time, rates } = given()
    expect(takeAll(rates, 'anna')).toBe(20)
    expect(rates.take('anna', 1)).toBe(100)
    time.ms += 50
    expect(rates.take('anna', 1)).toBe(50)
    time.ms += 50
    expect(rates.take('anna', 1)).toBe(0)
    time.ms += 1_000
    expect(takeAll(rates, 'anna')).toBe(10)
  })

  test('never holds more than the burst, however long the pause', () => {
    const { time, rates } = given()
    takeAll(rates, 'anna')
    time.ms += 1_000_000
    expect(takeAll(rates, 'anna')).toBe(20)
  })

  test('has no effect on anybody else', () => {
    const { rates } = given()
    takeAll(rates, 'anna')
    expect(takeAll(rates, 'bob')).toBe(20)
  })

  test('admits what is larger than the burst, and is paid afterwards', () => {
    const { time, rates } = given()
    expect(rates.take('anna', 30)).toBe(0)
    expect(rates.take('anna', 1)).toBe(1_100)
    time.ms += 1_100
    expect(rates.take('anna', 1)).toBe(0)
  })

  test('counts what an admitted request has cost besides', () => {
    const { rates } = given()
    rates.take('anna', 1)
    rates.charge('anna', 19)
    expect(rates.take('anna', 1)).toBe(100)
  })

  test('shuts nobody out for longer than a refusal may say', () => {
    const { rates } = given()
    rates.charge('anna', 1_000_000)
    expect(rates.take('anna', 1)).toBe(limits.retryAfterMsMax)
  })
})

describe('the senders whose rates are kept', () => {
  function crowd(rates: Rates, count: number): void {
    for (let stranger = 0; stranger < count; stranger += 1) rates.take(`stranger ${stranger}`, 1)
  }

  test('are never more than the limit; those beyond share one rate', () => {
    const { rates } = given()
    crowd(rates, limits.rateSendersMax + 5)
    expect(rates.size).toBe(limits.rateSendersMax)
    expect(takeAll(rates, 'one more')).toBe(15)
    expect(takeAll(rates, 'and another')).toBe(0)
  })

  test('keep their rate as long as they say something, however many strangers come', () => {
    const { time, rates } = given()
    rates.take('neighbour', 1)
    for (let beat = 0; beat < 30; beat += 1) {
      time.ms += limits.beatIntervalMs
      crowd(rates, limits.rateSendersMax)
      expect(rates.take('neighbour', 1)).toBe(0)
    }
    crowd(rates, limits.rateSendersMax * 2)
    expect(takeAll(rates, 'neighbour')).toBe(19)
  })

  test('leave their place once they have been silent for long enough to owe nothing', () => {
    const { time, rates } = given()
    rates.take('neighbour', 1)
    crowd(rates, limits.rateSendersMax - 1)
    time.ms += limits.rateMemoryMs - 1
    rates.take('neighbour', 1)
    takeAll(rates, 'too early')
    expect(rates.take('also too early', 1)).toBeGreaterThan(0)
    time.ms += 1
    expect(takeAll(rates, 'in time')).toBe(20)
    expect(takeAll(rates, 'in time, too')).toBe(20)
    expect(rates.size).toBe(limits.rateSendersMax)
  })
})
