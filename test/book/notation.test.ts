import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAmount, formatOrder, parseOrder, parseSide } from '../../src/book/notation.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { market } from './given.ts'

const whole = market('1', '1')
const fine = market('0.01', '0.5')

describe('an order in words', () => {
  test.each([
    ['buy 5 @ 101', { side: 'buy', quantity: 5, price: 101, timeInForce: 'gtc', account: 'main' }],
    ['sell 5 @ 101 ioc', { side: 'sell', quantity: 5, price: 101, timeInForce: 'ioc', account: 'main' }],
    ['sell 3 ioc', { side: 'sell', quantity: 3, price: null, timeInForce: 'ioc', account: 'main' }],
    ['sell 3', { side: 'sell', quantity: 3, price: null, timeInForce: 'ioc', account: 'main' }],
    ['buy 3 account desk', { side: 'buy', quantity: 3, price: null, timeInForce: 'ioc', account: 'desk' }],
    ['buy 1 @ 7 account desk gtc', { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtc', account: 'desk' }],
    ['  buy   1 @ 7\tioc ', { side: 'buy', quantity: 1, price: 7, timeInForce: 'ioc', account: 'main' }],
  ])('%j is read', (text, terms) => {
    expect(parseOrder(text, whole)).toEqual(terms)
  })

  test('has the decimals of its market', () => {
    expect(parseOrder('buy 0.5 @ 64000.01', fine)).toMatchObject({ quantity: 1, price: 6_400_001 })
    expect(formatOrder({ side: 'buy', quantity: 1, price: 6_400_000 }, fine)).toBe('buy 0.5 @ 64000.00')
  })

  test.each([
    ['', 'order_has_no_side', /The order is empty/],
    ['bid 5 @ 101', 'order_has_no_side', /'bid' is not a side.*buy or sell/],
    ['buy', 'order_has_no_quantity', /The quantity is missing/],
    ['buy 5@101', 'quantity_is_not_a_decimal', /'5@101'/],
    ['buy 0 @ 101', 'quantity_must_be_positive', /quantity is 0/],
    ['buy 1.5 @ 101', 'quantity_must_be_on_lot', /nearest: 1 and 2/],
    ['buy 5 @', 'order_has_no_price', /The price is missing/],
    ['buy 5 @ much', 'price_is_not_a_decimal', /'much'/],
    ['buy 5 @ 1.5', 'price_must_be_on_tick', /nearest: 1 and 2/],
    ['buy 5 101', 'order_has_an_unknown_word', /'101'.*@ PRICE/],
    ['buy 5 @ 101 fok', 'order_has_an_unknown_word', /'fok'.*gtc, ioc or account NAME/],
    ['buy 5 @ 101 IOC', 'order_has_an_unknown_word', /'IOC'/],
    ['buy 5 @ 101 @ 102', 'order_has_an_unknown_word', /'@'/],
    ['buy 5 gtc', 'market_order_must_be_ioc', /always ioc, not gtc/],
    ['buy 5 @ 101 ioc gtc', 'order_says_something_twice', /time in force is given twice, the second time as 'gtc'/],
    ['buy 5 @ 101 account a account b', 'order_says_something_twice', /account is given twice/],
    ['buy 5 @ 101 account', 'order_has_no_account_name', /name is missing/],
    ['buy 5 @ 101 account /etc', 'account_is_not_a_name', /'\/etc'/],
  ])('%j is refused: %s', (text, reason, sentence) => {
    const refusal = parseOrder(text, whole)
    expect(refusal).toMatchObject({ refused: true, reason })
    expect(isRefusal(refusal) && refusal.sentence).toMatch(sentence)
  })

  test('is written in the shortest way', () => {
    const order = { side: 'sell', quantity: 5, price: 101 } as const
    expect(formatOrder(order, whole)).toBe('sell 5 @ 101')
    expect(formatOrder({ ...order, timeInForce: 'gtc', account: 'main' }, whole)).toBe('sell 5 @ 101')
    expect(formatOrder({ ...order, timeInForce: 'ioc', account: 'desk' }, whole)).toBe('sell 5 @ 101 ioc account desk')
    expect(formatOrder({ ...order, price: null }, whole)).toBe('sell 5 ioc')
  })

  test('is read as what was written', () => {
    const terms = fc
      .record({
        side: fc.constantFrom('buy', 'sell'),
        quantity: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        price: fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
        timeInForce: fc.constantFrom('gtc', 'ioc'),
        account: fc.constantFrom('main', 'desk', 'ioc', 'account'),
      })
      .filter(({ price, timeInForce }) => price !== null || timeInForce === 'ioc')
    fc.assert(
      fc.property(terms, fc.constantFrom(whole, fine), (each, where) => {
        expect(parseOrder(formatOrder(each, where), where)).toEqual(each)
      }),
    )
  })

  test('never throws, whatever the words are', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('buy', 'sell', '@', '5', '101', 'ioc', 'gtc', 'account', 'main'))
    fc.assert(fc.property(fc.array(word), words => typeof parseOrder(words.join(' '), fine) === 'object'))
  })
})

describe('an amount in words', () => {
  test('is a quantity at a price, or a quantity', () => {
    expect(formatAmount(1, 6_400_000, fine)).toBe('0.5 @ 64000.00')
    expect(formatAmount(3, null, whole)).toBe('3')
  })
})

describe('a side in words', () => {
  test('is buy or sell', () => {
    expect([parseSide('buy'), parseSide('sell')]).toEqual(['buy', 'sell'])
    expect(parseSide('Buy')).toMatchObject({ sentence: `'Buy' is not a side; write buy or sell.` })
  })
})
