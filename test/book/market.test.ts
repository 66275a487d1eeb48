import { describe, expect, test } from 'vitest'
import { createMarket, parseMarketId } from '../../src/book/market.ts'

const wanted = { symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }

describe('a market', () => {
  test('is its symbol, its tick size and its lot size', () => {
    expect(createMarket(wanted)).toEqual({ id: 'BTCUSD:0.5:0.001', ...wanted })
  })

  test('is the same however its sizes were written', () => {
    expect(createMarket({ ...wanted, tickSize: '0.50', lotSize: '0.00100000' })).toEqual(createMarket(wanted))
    expect(createMarket({ ...wanted, tickSize: '10', lotSize: '1.0' })).toMatchObject({ id: 'BTCUSD:10:1' })
  })

  test.each(['7', 'ES-2025.12', 'A_B', 'X'.repeat(32)])('may be called %s', symbol => {
    expect(createMarket({ ...wanted, symbol })).toMatchObject({ symbol })
  })

  test.each(['', 'btcusd', '-A', '.', 'A:B', 'A/B', 'A B', 'É', 'A\n'])('may not be called %j', symbol => {
    expect(createMarket({ ...wanted, symbol })).toMatchObject({ refused: true, reason: 'symbol_is_not_valid' })
  })

  test.each([
    [{ symbol: 'X'.repeat(33) }, 'symbol_too_long'],
    [{ tickSize: 'small' }, 'tick_size_is_not_a_decimal'],
    [{ tickSize: '0.0' }, 'tick_size_must_be_positive'],
    [{ lotSize: '1e-3' }, 'lot_size_is_not_a_decimal'],
    [{ lotSize: '0' }, 'lot_size_must_be_positive'],
  ])('with %j is refused: %s', (change, reason) => {
    expect(createMarket({ ...wanted, ...change })).toMatchObject({ refused: true, reason })
  })
})

describe('a market id', () => {
  test('is read as the market that has it', () => {
    expect(parseMarketId('BTCUSD:0.5:0.001')).toEqual(createMarket(wanted))
  })

  test.each(['', 'BTCUSD', 'BTCUSD:0.5', 'BTCUSD:0.5:0.001:1'])('may not be %j', text => {
    expect(parseMarketId(text)).toMatchObject({ refused: true, reason: 'market_id_is_not_valid' })
  })

  test('is refused in another form, with the right one', () => {
    expect(parseMarketId('BTCUSD:0.50:0.001')).toMatchObject({
      reason: 'market_id_is_not_canonical',
      sentence: `The market 'BTCUSD:0.50:0.001' is written BTCUSD:0.5:0.001.`,
    })
  })

  test('is refused for what is wrong with its market', () => {
    expect(parseMarketId('btc:0.5:1')).toMatchObject({ reason: 'symbol_is_not_valid' })
    expect(parseMarketId('BTC:0:1')).toMatchObject({ reason: 'tick_size_must_be_positive' })
  })
})
