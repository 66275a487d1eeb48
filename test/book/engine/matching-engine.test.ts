/** One example of each kind of order. That all of them are right together is shown against the naive engine (test/model). */
import { describe, expect, test } from 'vitest'
import * as code from '../../../src/book/engine/codes.ts'
import { FactTape } from '../../../src/book/engine/fact-tape.ts'
import { readFacts, type EngineFact } from '../../../src/book/engine/facts.ts'
import { MatchingEngine } from '../../../src/book/engine/matching-engine.ts'

const { BUY, SELL } = code

function started(): { engine: MatchingEngine; told: () => string[] } {
  const tape = new FactTape(1_000)
  const engine = new MatchingEngine(tape)
  const told = (): string[] => {
    const lines = [...readFacts(tape)].map(written)
    tape.clear()
    return lines
  }
  return { engine, told }
}

function written(fact: EngineFact): string {
  switch (fact.kind) {
    case 'refused':
      return `${fact.command} ${fact.order} refused: ${fact.reason}`
    case 'trade':
      return `${fact.order} trades ${fact.lots} @ ${fact.price} with ${fact.maker}`
    case 'cancelled':
      return `${fact.order} cancelled ${fact.lots}: ${fact.reason}`
    case 'amended':
      return `${fact.order} smaller by ${fact.lots}, ${fact.left} left${fact.reason === null ? '' : `: ${fact.reason}`}`
    default:
      return `${fact.order} ${fact.kind} ${fact.lots}`
  }
}

describe('the matching engine', () => {
  test('does what its worked example says', () => {
    const { engine, told } = started()
    engine.limit(1, SELL, 101, 5)
    engine.limit(2, BUY, 102, 8)
    engine.limit(3, SELL, 102, 4, 0, code.IOC)
    expect(told()).toEqual([
      ...['1 accepted 5', '2 accepted 8', '2 trades 5 @ 101 with 1'],
      ...['3 accepted 4', '3 trades 3 @ 102 with 2', '3 cancelled 1: nothing_left_to_match'],
    ])
    expect([engine.size, engine.lastTradePrice, engine.bestPrice('buy')]).toEqual([0, 102, undefined])
  })

  test('meets the best price first, at one price who came first, and shows the depth', () => {
    const { engine, told } = started()
    for (const [id, price] of [
      [1, 102],
      [2, 101],
      [3, 101],
      [4, 103],
    ] as const)
      engine.limit(id, SELL, price, 2)
    expect(engine.depth(2).asks).toEqual([
      { price: 101, quantity: 4, orders: 2 },
      { price: 102, quantity: 2, orders: 1 },
    ])
    told()
    engine.limit(5, BUY, 102, 5)
    expect(told().slice(1)).toEqual(['5 trades 2 @ 101 with 2', '5 trades 2 @ 101 with 3', '5 trades 1 @ 102 with 1'])
  })

  test('fills a fok order wholly or refuses it', () => {
    const { engine, told } = started()
    engine.limit(1, SELL, 101, 5)
    engine.limit(2, BUY, 101, 6, 0, code.FOK)
    engine.limit(3, BUY, 101, 5, 0, code.FOK)
    expect(told()).toEqual([
      ...['1 accepted 5', 'new 2 refused: minimum_not_reached', '3 accepted 5', '3 trades 5 @ 101 with 1'],
    ])
  })

  test('refuses a post-only order that would take', () => {
    const { engine, told } = started()
    engine.limit(1, SELL, 101, 5)
    engine.limit(2, BUY, 101, 5, 0, code.POST_ONLY)
    engine.limit(3, BUY, 100, 5, 0, code.POST_ONLY)
    engine.modify(3, 101, 5)
    expect(told()).toEqual([
      ...['1 accepted 5', 'new 2 refused: would_take', '3 accepted 5', 'modify 3 refused: would_take'],
    ])
  })

  test('lets what a market order finds nobody for lapse', () => {
    const { engine, told } = started()
    engine.limit(1, SELL, 2 ** 31 - 1, 5)
    engine.market(2, BUY, 7)
    expect(told().slice(1)).toEqual([
      ...['2 accepted 7', `2 trades 5 @ ${2 ** 31 - 1} with 1`, '2 cancelled 2: nothing_left_to_match'],
    ])
  })

  test('keeps the place of an order that is amended, and not of one that is modified', () => {
    const { engine, told } = started()
    for (const id of [1, 2, 3]) engine.limit(id, SELL, 101, 4)
    engine.amend(1, 3)
    engine.modify(2, 101, 3)
    told()
    engine.limit(4, BUY, 101, 9)
    expect(told().slice(1)).toEqual(['4 trades 3 @ 101 with 1', '4 trades 4 @ 101 with 3', '4 trades 2 @ 101 with 2'])
  })

  test('shows an iceberg slice by slice, each behind everybody else', () => {
    const { engine, told } = started()
    engine.place({ id: 1, side: SELL, price: 101, quantity: 5, displayed: 2 })
    engine.limit(2, SELL, 101, 2)
    expect(engine.depth(1).asks).toEqual([{ price: 101, quantity: 4, orders: 2 }])
    told()
    engine.limit(3, BUY, 101, 6)
    expect(told().slice(1)).toEqual([
      ...['3 trades 2 @ 101 with 1', '1 refilled 2', '3 trades 2 @ 101 with 2', '3 trades 2 @ 101 with 1'],
      '1 refilled 1',
    ])
  })

  test('triggers stops by trades after they were placed, and these may trigger others', () => {
    const { engine, told } = started()
    engine.limit(1, SELL, 100, 1)
    engine.limit(2, BUY, 100, 1)
    engine.place({ id: 3, side: SELL, price: 0, quantity: 2, trigger: 100 })
    engine.place({ id: 4, side: SELL, price: 95, quantity: 1, trigger: 98 })
    for (const [id, price] of [
      [5, 100],
      [6, 98],
      [7, 96],
    ] as const)
      engine.limit(id, BUY, price, 2)
    told()
    engine.limit(8, SELL, 100, 1)
    expect(told().slice(1)).toEqual([
      ...['8 trades 1 @ 100 with 5', '3 triggered 2', '3 trades 1 @ 100 with 5', '3 trades 1 @ 98 with 6'],
      ...['4 triggered 1', '4 trades 1 @ 98 with 6'],
    ])
  })

  test('pairs a resting order with a stop: they share one quantity, and one cancels the other', () => {
    const { engine, told } = started()
    engine.limit(1, SELL, 110, 5, 7)
    engine.place({ id: 2, side: SELL, price: 90, quantity: 5, account: 7, trigger: 95, partner: 1 })
    engine.limit(3, BUY, 110, 2)
    engine.limit(4, BUY, 95, 1)
    engine.limit(5, BUY, 94, 9)
    engine.limit(6, SELL, 95, 1)
    expect(told()).toEqual([
      ...['1 accepted 5', '2 accepted 5', '3 accepted 2', '3 trades 2 @ 110 with 1'],
      ...['2 smaller by 2, 3 left: partner_has_traded', '4 accepted 1', '5 accepted 9', '6 accepted 1'],
      ...['6 trades 1 @ 95 with 4', '2 triggered 3', '1 cancelled 3: partner_is_done', '2 trades 3 @ 94 with 5'],
    ])
  })

  test.each([
    [code.CANCEL_NEWEST, ['3 cancelled 4: self_trade_prevented'], [1, 2]],
    [code.CANCEL_OLDEST, ['1 cancelled 3: self_trade_prevented', '3 trades 2 @ 101 with 2'], [3]],
    [code.CANCEL_BOTH, ['1 cancelled 3: self_trade_prevented', '3 cancelled 4: self_trade_prevented'], [2]],
    [
      code.DECREMENT,
      [
        ...['1 cancelled 3: self_trade_prevented', '3 smaller by 3, 1 left: self_trade_prevented'],
        '3 trades 1 @ 101 with 2',
      ],
      [2],
    ],
  ])('keeps an account from trading with itself, in the way that the newer order says (%i)', (mode, facts, open) => {
    const { engine, told } = started()
    engine.limit(1, SELL, 101, 3, 7)
    engine.limit(2, SELL, 101, 2, 8)
    told()
    engine.limit(3, BUY, 101, 4, 7, mode)
    expect(told().slice(1)).toEqual(facts)
    expect(engine.orders().map(({ id }) => id)).toEqual(open)
  })

  test('trades at least the minimum at once, or nothing', () => {
    const { engine, told } = started()
    engine.limit(1, SELL, 101, 3)
    engine.place({ id: 2, side: BUY, price: 101, quantity: 9, minimum: 4 })
    engine.place({ id: 3, side: BUY, price: 101, quantity: 9, minimum: 3 })
    expect(told().slice(1)).toEqual(['new 2 refused: minimum_not_reached', '3 accepted 9', '3 trades 3 @ 101 with 1'])
    expect(engine.order(3)?.remaining).toBe(6)
  })

  test('cancels all of one side and account', () => {
    const { engine, told } = started()
    for (const [id, side, account] of [
      [1, BUY, 1],
      [2, BUY, 2],
      [3, SELL, 1],
      [4, BUY, 1],
    ] as const)
      engine.limit(id, side, side === BUY ? 90 + id : 101, 1, account)
    told()
    engine.cancelAll(BUY, 1)
    expect(told()).toEqual(['4 cancelled 1: cancelled_by_user', '1 cancelled 1: cancelled_by_user'])
    engine.cancelAll()
    expect(engine.size).toBe(0)
  })

  test('keeps the place of millions of prices and ids in memory that does not grow with time', () => {
    const { engine, told } = started()
    for (let id = 1; id <= 20_000; id += 1) {
      engine.limit(id, BUY, 1 + ((id * 7_919) % 1_000_000_007), 1)
      if (id > 10) engine.cancel(id - 10)
    }
    told()
    expect(
      engine
        .orders()
        .map(({ id }) => id)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 10 }, (_, index) => 19_991 + index))
  })
})
