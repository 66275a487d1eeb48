/** The command as a user runs it, and the worked example of README.md. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseMatchCommand } from '../../src/cli/match-command.ts'
import { MatchPlayer, type MatchFact } from '../../src/cli/match-player.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { limits } from '../../src/limits.ts'

const root = join(import.meta.dirname, '../..')

function run(input: string, ...words: string[]): { code: number | null; out: string; error: string } {
  const command = ['--import', 'tsx', join(root, 'src/cli/match.ts'), ...words]
  const env = { ...process.env, NODE_OPTIONS: '' }
  const options = { cwd: root, encoding: 'utf8', env, input, maxBuffer: 2 ** 28 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options)
  return { code: status, out: stdout, error: stderr }
}

/** Plays commands without a process; gives the facts without their lines. */
function play(...commands: object[]): { facts: MatchFact[]; player: MatchPlayer } {
  const facts: MatchFact[] = []
  const player = new MatchPlayer(fact => facts.push(fact))
  for (const [index, each] of commands.entries()) {
    const command = parseMatchCommand(JSON.stringify(each))
    if (isRefusal(command)) throw new Error(command.sentence)
    expect(player.play(command, index + 1)).toBeNull()
  }
  return { facts, player }
}

const sell = { do: 'new', id: 'a1', side: 'sell', quantity: 5, price: 101 }
const buy = { do: 'new', id: 'b1', side: 'buy', quantity: 3, price: 101 }

describe('npm run match', () => {
  test('does what the README shows', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const [, input, output] = /```json match\n([\s\S]*?)```\s+```json facts\n([\s\S]*?)```/.exec(readme) ?? []
    expect(run(input!)).toEqual({ code: 0, out: output, error: '' })
  })

  test('tells totals only, when that is wanted, and the same book has the same hash', () => {
    const flow = [sell, buy, { do: 'cancel', id: 'b1' }].map(line => JSON.stringify(line)).join('\n')
    const { code, out, error } = run(`${flow}\n\n`, '--summary')
    expect({ code, error }).toEqual({ code: 0, error: '' })
    const { player } = play({ ...sell, quantity: 2 }, { do: 'new', id: 'x', side: 'buy', quantity: 1, price: 9 })
    player.play({ do: 'cancel', id: 'x' }, 3)
    expect(JSON.parse(out)).toEqual({
      commands: 3,
      trades: 1,
      traded: 3,
      facts: { accepted: 2, trade: 1, refused: 1 },
      refused: { order_is_unknown: 1 },
      open: 1,
      bestBid: null,
      bestAsk: 101,
      lastTradePrice: 101,
      bookHash: player.summary().bookHash,
    })
  })

  test('stops at a line that it does not understand, names it, and has played all before it', () => {
    const { code, out, error } = run(`${JSON.stringify(sell)}\n\n{"do":"new","qty":4}\n${JSON.stringify(buy)}\n`)
    expect({ code, error }).toEqual({ code: 1, error: `line 3: there is no field 'qty' in a "new".\n` })
    expect(out).toBe('{"line":1,"fact":"accepted","order":"a1","side":"sell","price":101,"quantity":5,"left":5}\n')
  })

  test('stops at a line that is too long, wherever it ends', () => {
    const long = 'x'.repeat(limits.matchLineCharactersMax + 1)
    const { code, error } = run(`${JSON.stringify(sell)}\n${long}`)
    expect({ code, error }).toEqual({ code: 1, error: 'line 2: it has more than 4096 characters.\n' })
  })

  test('refuses a call that it does not know', () => {
    const { code, error } = run('', '--sumary')
    expect(code).toBe(2)
    expect(error).toContain('--sumary')
  })

  test('takes a hundred thousand lines through a pipe', () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => {
      const id = `order-${Math.floor(index / 2)}`
      return index % 2 === 0 ? { ...sell, id } : { do: 'cancel', id }
    })
    const { code, out } = run(lines.map(line => JSON.stringify(line)).join('\n'))
    const last = out.trimEnd().split('\n').at(-1)!
    expect(code).toBe(0)
    expect(JSON.parse(last)).toMatchObject({ line: 100_000, fact: 'cancelled', order: 'order-49999' })
  })
})

describe('a flow', () => {
  test('may use an id again when its order is over, and not before', () => {
    const { facts } = play(sell, sell, { do: 'cancel', id: 'a1' }, sell, { ...buy, quantity: 5 }, sell)
    expect(facts.map(({ fact, reason = '' }) => `${fact} ${reason}`.trim())).toEqual([
      ...['accepted', 'refused order_already_exists', 'cancelled cancelled_by_user', 'accepted'],
      ...['accepted', 'trade', 'accepted'],
    ])
  })

  test('gives the number of an order that is over to the next one, and never mixes up their names', () => {
    const orders = Array.from({ length: 500 }, (_, index) => [
      { ...sell, id: `a${index}`, price: 101 + (index % 7) },
      ...(index % 3 === 0 ? [{ do: 'cancel', id: `a${index}` }] : []),
      ...(index % 5 === 0 ? [{ ...buy, id: `b${index}`, price: 104, timeInForce: 'ioc' }] : []),
    ])
    const { facts } = play(...orders.flat())
    const open = new Set<string | number>()
    for (const { fact, order, maker, left, makerLeft } of facts) {
      if (fact === 'accepted') open.add(order!)
      else expect(open).toContain(order)
      if (fact === 'trade') expect(open).toContain(maker)
      if (fact !== 'accepted' && left === 0) open.delete(order!)
      if (makerLeft === 0) open.delete(maker!)
    }
  })

  test('has orders of every kind', () => {
    const { facts } = play(
      { ...sell, account: 'desk', displayed: 2 },
      { ...sell, id: 's1', price: 95, trigger: 100, account: 'desk', partner: 'a1' },
      { ...buy, account: 'desk', selfTradePrevention: 'decrement-and-cancel', quantity: 1 },
      { ...buy, id: 'b2', minimum: 3 },
      { ...buy, id: 'b3', postOnly: true },
      { ...buy, id: 'b4', price: 100, timeInForce: 'gtc' },
      { do: 'new', id: 'a2', side: 'sell', quantity: 1 },
      { do: 'modify', id: 'b4', quantity: 4, price: 99 },
      { do: 'amend', id: 'b4', quantity: 3 },
      { do: 'cancelAll', side: 'buy' },
      { ...sell, id: 'a3', price: 0 },
    )
    expect(facts.map(({ line, fact, order, reason = '' }) => `${line} ${order} ${fact} ${reason}`.trim())).toEqual([
      ...['1 a1 accepted', '2 s1 accepted', '3 b1 accepted', '3 a1 amended self_trade_prevented'],
      ...['3 s1 amended partner_has_traded', '3 b1 cancelled self_trade_prevented'],
      ...['4 b2 accepted', '4 b2 trade', '4 s1 amended partner_has_traded', '4 a1 refilled', '4 b2 trade'],
      ...[
        '4 s1 amended partner_has_traded',
        '4 a1 refilled',
        '5 b3 refused would_take',
        '6 b4 accepted',
        '7 a2 accepted',
        '7 a2 trade',
      ],
      ...['7 s1 triggered', '7 a1 cancelled partner_is_done', '7 s1 trade', '8 b4 modified'],
      ...['9 b4 amended', '10 b4 cancelled cancelled_by_user', '11 a3 refused price_out_of_range'],
    ])
  })
})

describe('a line', () => {
  test.each([
    ['nonsense', "'nonsense' is not a JSON object."],
    ['[1]', "'[1]' is not a JSON object."],
    ['{"id":"a"}', '"do" is missing; it must be one of new, cancel, cancelAll, amend, modify.'],
    ['{"do":"toString"}', `"do" is '"toString"'; it must be one of new, cancel, cancelAll, amend, modify.`],
    ['{"do":"cancel"}', '"id" is missing.'],
    ['{"do":"cancel","id":7}', `"id" is '7'; it must be a text, such as "a1".`],
    ['{"do":"amend","id":"a","quantity":"3"}', `"quantity" is '"3"'; it must be a whole number, such as 101.`],
    ['{"do":"new","id":"a","side":"bid","quantity":1}', `"side" is '"bid"'; it must be one of "buy", "sell".`],
    [
      '{"do":"cancelAll","account":"a b"}',
      `"account" is '"a b"'; it must be the name of an account, such as "desk-1".`,
    ],
    ['{"do":"cancel","id":"a","__proto__":1}', `there is no field '__proto__' in a "cancel".`],
  ])('%s is refused with what is wrong', (line, sentence) => {
    expect(parseMatchCommand(line)).toMatchObject({ refused: true, reason: 'line_is_not_understood', sentence })
  })
})
