import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAmount, formatOrder, parseOrder, parseSide } from '../../src/book/notation.ts'
import { neverRests, selfTradePreventions } from '../../src/book/order.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { market } from './given.ts'

const whole = market('1', '1')
const fine = market('0.01', '0.5')

describe('an order in words', () => {
  const plain = { account: 'main', postOnly: false, lastsMs: null, selfTradePrevention: 'cancel-newest', minimum: null }

  test.each([
    ['buy 5 @ 101', { side: 'buy', quantity: 5, price: 101, timeInForce: 'gtc' }],
    ['sell 5 @ 101 ioc', { side: 'sell', quantity: 5, price: 101, timeInForce: 'ioc' }],
    ['sell 3 ioc', { side: 'sell', quantity: 3, price: null, timeInForce: 'ioc' }],
    ['sell 3', { side: 'sell', quantity: 3, price: null, timeInForce: 'ioc' }],
    ['buy 3 account desk', { side: 'buy', quantity: 3, price: null, timeInForce: 'ioc', account: 'desk' }],
    ['buy 1 @ 7 account desk gtc', { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtc', account: 'desk' }],
    ['  buy   1 @ 7\tioc ', { side: 'buy', quantity: 1, price: 7, timeInForce: 'ioc' }],
    ['buy 1 @ 7 gtd 500ms', { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtd', lastsMs: 500 }],
    ['buy 1 @ 7 gtd 2s', { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtd', lastsMs: 2_000 }],
    ['buy 1 @ 7 gtd 10m', { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtd', lastsMs: 600_000 }],
    ['buy 1 @ 7 gtd 1h', { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtd', lastsMs: 3_600_000 }],
    ['buy 3 fok', { side: 'buy', quantity: 3, price: null, timeInForce: 'fok' }],
    ['buy 3 @ 7 fok', { side: 'buy', quantity: 3, price: 7, timeInForce: 'fok' }],
    ['buy 3 @ 7 min 2', { side: 'buy', quantity: 3, price: 7, timeInForce: 'gtc', minimum: 2 }],
    ['buy 3 ioc min 3', { side: 'buy', quantity: 3, price: null, timeInForce: 'ioc', minimum: 3 }],
    ['buy 1 @ 7 post-only', { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtc', postOnly: true }],
    [
      'buy 1 @ 7 stp cancel-both',
      { side: 'buy', quantity: 1, price: 7, timeInForce: 'gtc', selfTradePrevention: 'cancel-both' },
    ],
  ])('%j is read', (text, terms) => {
    expect(parseOrder(text, whole)).toEqual({ ...plain, ...terms })
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
    [
      'buy 5 @ 101 aon',
      'order_has_an_unknown_word',
      /'aon'.*gtc, gtd TIME, ioc, fok, min QUANTITY, post-only, stp MODE, stop PRICE, displayed QUANTITY, partner ORDER or account NAME/,
    ],
    ['buy 5 @ 101 IOC', 'order_has_an_unknown_word', /'IOC'/],
    ['buy 5 @ 101 @ 102', 'order_has_an_unknown_word', /'@'/],
    ['buy 5 gtc', 'market_order_must_be_ioc', /always ioc or fok, not gtc/],
    ['buy 5 @ 101 ioc gtc', 'order_says_something_twice', /time in force is given twice, the second time as 'gtc'/],
    ['buy 5 @ 101 account a account b', 'order_says_something_twice', /account is given twice/],
    ['buy 5 @ 101 gtd', 'order_has_no_duration', /Nothing stands behind gtd. Say how long the order lasts/],
    ['buy 5 @ 101 gtd 5', 'order_has_no_duration', /such as 500ms/],
    ['buy 5 @ 101 gtd 0s', 'order_has_no_duration', /such as 500ms/],
    ['buy 5 gtd 5s', 'market_order_must_be_ioc', /always ioc or fok, not gtd/],
    ['buy 5 @ 101 gtd 5s gtc', 'order_says_something_twice', /time in force/],
    ['buy 5 @ 101 ioc post-only', 'post_only_must_rest', /an ioc order never does/],
    ['buy 5 @ 101 fok post-only', 'post_only_must_rest', /an fok order never does/],
    ['buy 5 @ 101 min 2 post-only', 'post_only_must_rest', /one with a minimum trades at once/],
    ['buy 5 @ 101 fok min 2', 'minimum_of_fok_is_all', /leave its minimum out/],
    ['buy 5 @ 101 min 6', 'minimum_beyond_quantity', /no more than its quantity/],
    ['buy 5 @ 101 min', 'order_has_no_minimum', /quantity is missing behind 'min'/],
    ['buy 5 @ 101 min 0', 'quantity_must_be_positive', /quantity is 0/],
    ['buy 5 @ 101 min 2 min 2', 'order_says_something_twice', /minimum is given twice/],
    ['buy 5 @ 101 post-only post-only', 'order_says_something_twice', /post-only/],
    ['buy 5 @ 101 stp', 'order_has_no_self_trade_prevention', /Nothing stands behind stp. Say one of cancel-newest/],
    ['buy 5 @ 101 stp none', 'order_has_no_self_trade_prevention', /'none' makes no sense behind stp/],
    ['buy 5 @ 101 stp cancel-both stp cancel-both', 'order_says_something_twice', /self-trade prevention/],
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
        timeInForce: fc.constantFrom('gtc', 'gtd', 'ioc', 'fok'),
        account: fc.constantFrom('main', 'desk', 'ioc', 'account'),
        postOnly: fc.boolean(),
        lastsMs: fc.option(fc.integer({ min: 1, max: 999_999_999 })),
        selfTradePrevention: fc.constantFrom(...selfTradePreventions),
        minimum: fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
      })
      .filter(({ price, timeInForce }) => price !== null || neverRests(timeInForce))
      .filter(({ postOnly, timeInForce }) => !postOnly || !neverRests(timeInForce))
      .filter(({ minimum, quantity, postOnly, timeInForce }) => {
        return minimum === null || (minimum <= quantity && !postOnly && timeInForce !== 'fok')
      })
      .filter(({ lastsMs, timeInForce }) => (lastsMs !== null) === (timeInForce === 'gtd'))
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
