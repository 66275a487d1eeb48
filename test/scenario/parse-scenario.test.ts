/** What a scenario may say, and the sentences by which it is refused: file, line, what is wrong, what would be right. */
import { describe, expect, test } from 'vitest'
import { readScenario, refusalOf } from './played.ts'

const begin = 'market BTC-USD tick 1 lot 1\npeers alice bob\n----\nok\n\n'

describe('what is read', () => {
  test('comments, commands and answers are steps, each with its line', () => {
    const { title, transports, steps } = readScenario(
      '# A story. It goes on.\n# transports: simulated grenache\n\nmarket BTC-USD tick 1 lot 1\npeers alice\n----\nok\n\n' +
        '# Why.\nalice sell 5 @ 101\n# And then.\nsettle\n----\none\n---- or\ntwo\n',
    )
    expect({ title, transports }).toEqual({ title: 'A story.', transports: ['simulated', 'grenache'] })
    expect(steps.map(({ line, comments, alternatives }) => ({ line, comments, alternatives }))).toEqual([
      { line: 4, comments: ['# A story. It goes on.', '# transports: simulated grenache'], alternatives: [['ok']] },
      { line: 10, comments: ['# Why.', '# And then.'], alternatives: [['one'], ['two']] },
    ])
    expect(steps[1]?.commands).toEqual([
      {
        type: 'order',
        name: 'alice',
        order: 'alice/1',
        market: { id: 'BTC-USD:1:1', symbol: 'BTC-USD', tickSize: '1', lotSize: '1' },
        terms: {
          side: 'sell',
          quantity: 5,
          price: 101,
          timeInForce: 'gtc',
          account: 'main',
          postOnly: false,
          lastsMs: null,
          selfTradePrevention: 'cancel-newest',
          minimum: null,
        },
        line: 10,
        text: 'alice sell 5 @ 101',
      },
      { type: 'settle', limitMs: null, line: 12, text: 'settle' },
    ])
  })

  test('orders of a peer are numbered, whoever else places some in between', () => {
    const { steps } = readScenario(`${begin}alice buy 1\nbob buy 1\nalice buy 1\n----\n`)
    const orders = steps[1]?.commands.map(command => (command.type === 'order' ? command.order : null))
    expect(orders).toEqual(['alice/1', 'bob/1', 'alice/2'])
  })

  test('an order names its market, or goes to the first that its peer trades', () => {
    const { steps } = readScenario(
      'market BTC-USD tick 1 lot 1\nmarket ETH-USD tick 0.1 lot 1\npeers alice\njoin bob in ETH-USD\n----\n\n' +
        'alice buy 1\nalice ETH-USD buy 1\nbob buy 1 @ 0.1\namend bob/1 to 1\nbook bob\ntrades ETH-USD\n----\n',
    )
    const markets = steps[1]?.commands.map(command => ('market' in command ? command.market.symbol : command.type))
    expect(markets).toEqual(['BTC-USD', 'ETH-USD', 'ETH-USD', 'amend', 'ETH-USD', 'ETH-USD'])
  })

  test('faults are read, and make the scenario one for simulation', () => {
    const lines = [
      'drop alice -> bob propose reply',
      'duplicate bob -> alice 2s',
      'delay all bob -> alice beat 500ms',
      'partition alice | bob',
      'cut alice -> bob',
      'heal',
      'skew bob 2s',
    ]
    const { steps, simulatedFrom } = readScenario(`${begin}${lines.join('\n')}\n----\n`)
    const way = { from: 'bob', to: 'alice', kind: null }
    expect(simulatedFrom).toBe(6)
    expect(steps[1]?.commands.map(command => (command.type === 'fault' ? command.fault : null))).toEqual([
      { type: 'drop', from: 'alice', to: 'bob', message: 'propose', kind: 'reply', isForAll: false, ms: 0 },
      { type: 'duplicate', ...way, message: null, isForAll: false, ms: 2_000 },
      { type: 'delay', ...way, message: 'beat', isForAll: true, ms: 500 },
      { type: 'partition', groups: [['alice'], ['bob']] },
      { type: 'cut', from: 'alice', to: 'bob' },
      { type: 'heal' },
      { type: 'skew', name: 'bob', ms: 2_000 },
    ])
  })

  test('a text with line ends of another system, or without a last one, is read alike', () => {
    const text = `${begin}settle\n----\nok`
    expect(readScenario(text.replaceAll('\n', '\r\n'))).toEqual(readScenario(text))
    expect(readScenario(`${text}\n`).steps).toEqual(readScenario(text).steps)
  })
})

describe('what is refused', () => {
  /** Text, and the sentence behind the file's name. */
  const cases: readonly (readonly [text: string, sentence: string])[] = [
    [
      '',
      '1: There is no command here. Write commands, then ----, then the answer; with --rewrite the answer is filled in.',
    ],
    ['# transports: pigeon\n', "1: The transports are 'simulated', 'grenache' or both, not 'pigeon'."],
    ['# transports:\n', "1: The transports are 'simulated', 'grenache' or both, not ''."],
    ['settle\n', "1: Nobody is on stage yet; write 'peers NAME...' above."],
    ['----\n', '1: There is no command above the ----.'],
    ['peers alice\n', "1: Peers need a market; write 'market SYMBOL tick SIZE lot SIZE' above."],
    [
      'market BTC-USD\n',
      "1: A market is written 'market SYMBOL tick SIZE lot SIZE', such as 'market BTC-USD tick 1 lot 1'.",
    ],
    ['market BTC-USD tick 0 lot 1\n', '1: The tick size is 0; it must be positive, such as 1 or 0.01.'],
    ['advance soon\n', "1: 'soon' is not a time to advance; write 'advance 50ms' or 'advance 3s'."],
    [
      `${begin}market ETH-USD tick 1 lot 1\n`,
      '6: Markets stand above the peers, which trade them from their first moment on.',
    ],
    ['market BTC-USD tick 1 lot 1\nmarket BTC-USD tick 1 lot 1\n----\n', '2: There is a market BTC-USD:1:1 already.'],
    [`${begin}join carol in\n`, "6: The markets are missing behind 'in'."],
    [`${begin}join carol in ETH-USD\n`, "6: 'ETH-USD' is not one market; there are BTC-USD:1:1."],
    [`${begin}alice ETH-USD sell 5 @ 101\n`, "6: 'ETH-USD' is not one market; there are BTC-USD:1:1."],
    [`${begin}book alice ETH-USD\n`, "6: 'ETH-USD' is not one market; there are BTC-USD:1:1."],
    [
      `${begin}alice buy 1 @ 1\namend alice/1 3\n`,
      "7: An amendment is written 'amend NAME/NUMBER to QUANTITY', such as 'amend alice/1 to 3'.",
    ],
    [`${begin}amend alice/1 to 3\n`, '6: There is no order alice/1; alice has not placed any.'],
    [
      `${begin}alice buy 1 @ 1\nforce alice/1 filled\n`,
      "7: Forcing is written 'force NAME/NUMBER filled QUANTITY' or '… released'; 'towards NAME' may follow.",
    ],
    [
      `${begin}alice buy 1 @ 1\nforce alice/1 released bob\n`,
      "7: Forcing is written 'force NAME/NUMBER filled QUANTITY' or '… released'; 'towards NAME' may follow.",
    ],
    [`${begin}alice buy 1 @ 1\nforce alice/1 filled 0\n`, '7: The quantity is 0; the smallest one is 1.'],
    [
      `${begin}alice buy 1 @ 1\nforce alice/1 released towards zoe\n`,
      "7: There is no peer 'zoe'; on stage: alice, bob.",
    ],
    [`${begin}alice buy 5 @ 1\namend alice/1 to 0\n`, '7: The quantity is 0; the smallest one is 1.'],
    [`${begin}restart\n`, "6: One peer belongs behind restart, such as 'restart alice'."],
    [`${begin}restart carol\n`, "6: There is no peer 'carol'; on stage: alice, bob."],
    [`${begin}restart bob\n`, '6: bob is there; only who has gone can be restarted.'],
    [`${begin}crash bob\nbob buy 1\n`, '7: bob is no longer there: it was crashed in line 6.'],
    [
      `${begin}drop alice bob\n`,
      "6: Two peers belong here, with -> between them, such as 'drop alice -> bob propose'.",
    ],
    [`${begin}drop alice -> carol\n`, "6: There is no peer 'carol'; on stage: alice, bob."],
    [
      `${begin}drop alice -> bob whisper\n`,
      "6: 'whisper' is not understood; behind the peers may stand hello, beat, goodbye, segments, fetch, heads, peers, propose, withdraw, then request or reply.",
    ],
    [`${begin}delay alice -> bob propose\n`, "6: How long is missing, such as 'delay alice -> bob propose 500ms'."],
    [
      `${begin}partition alice bob\n`,
      "6: A partition names each peer once, with | between the groups, such as 'partition alice | bob carol'.",
    ],
    [`${begin}cut alice -> bob beat\n`, "6: Nothing belongs behind 'cut alice -> bob'."],
    [`${begin}heal bob\n`, '6: Nothing belongs behind heal.'],
    [
      `${begin}skew bob\n`,
      "6: A skew names a peer, and how far its clock is ahead, such as 'skew bob 2s', 'skew bob -2s' behind, or 'skew bob 0s' when it is right again.",
    ],
    [
      `# transports: grenache\n${begin}crash bob\n----\n`,
      "7: 'crash bob' can only be simulated, and '# transports:' above promises Grenache.",
    ],
    [`${begin}peers carol\n`, "6: The peers are on stage already; write 'join NAME' for one more."],
    [`${begin}join\n`, "6: One name belongs behind join, such as 'join dave'."],
    [`${begin}join bob\n`, '6: There is a bob already; each peer has a name of its own.'],
    [`${begin}join Carol\n`, "6: 'Carol' is not a name: small letters, digits and hyphens, beginning with a letter."],
    [`${begin}join settle\n`, "6: 'settle' is a word of its own here; give the peer another name."],
    [`${begin}book\n`, "6: One peer belongs behind book, such as 'book alice'."],
    [`${begin}book carol\n`, "6: There is no peer 'carol'; on stage: alice, bob."],
    [`${begin}carol buy 1\n`, "6: There is no peer 'carol'; on stage: alice, bob."],
    [`${begin}kill bob\nbob buy 1\n`, '7: bob is no longer there: it was killed in line 6.'],
    [`${begin}stop bob\nneighbours bob\n`, '7: bob is no longer there: it was stopped in line 6.'],
    [`${begin}kill bob\njoin bob\n`, '7: There was a bob already; each peer has a name of its own.'],
    [
      `${begin}wait 5\n`,
      "6: 'wait' is neither a command nor a peer; commands are NAME buy, NAME sell, NAME bans, NAME pardons, market, peers, join, kill, stop, " +
        'crash, restart, cancel, amend, replace, repeat, force, book, neighbours, trades, check, settle, advance, drop, duplicate, delay, forge, fork, deliver, partition, cut, heal, skew, pause, grapes, rumour.',
    ],
    [
      `${begin}constructor\n`,
      "6: 'constructor' is neither a command nor a peer; commands are NAME buy, NAME sell, NAME bans, NAME pardons, market, peers, join, kill, stop, crash, restart, cancel, amend, replace, repeat, force, book, neighbours, trades, check, settle, advance, drop, duplicate, delay, forge, fork, deliver, partition, cut, heal, skew, pause, grapes, rumour.",
    ],
    [`${begin}alice bans\n`, "6: One peer belongs behind bans, such as 'alice bans bob'."],
    [`${begin}alice pardons carol\n`, "6: There is no peer 'carol'; on stage: alice, bob."],
    [`${begin}alice bans alice\n`, '6: alice cannot do that to itself.'],
    [`${begin}carol bans alice\n`, "6: There is no peer 'carol'; on stage: alice, bob."],
    [`${begin}settle now\n`, "6: Behind settle may stand how long it waits, such as 'settle 60s', and nothing else."],
    [`${begin}cancel bob\n`, "6: 'bob' is not an order; write 'cancel NAME/NUMBER', such as 'cancel alice/1'."],
    [`${begin}cancel bob/1\n`, '6: There is no order bob/1; bob has not placed any.'],
    [`${begin}bob buy 1\ncancel bob/2\n`, '7: There is no order bob/2; bob has placed one, bob/1.'],
    [`${begin}cancel carol/1\n`, "6: There is no peer 'carol'; on stage: alice, bob."],
    [
      `${begin}alice bid 5\n`,
      "6: 'bid' is not a side. An order begins with buy or sell, such as 'buy 5 @ 101' or 'sell 3 ioc'.",
    ],
    [
      `${begin}alice sell 5 @ 101.5\n`,
      '6: The price 101.5 is not a multiple of the tick size 1; nearest: 101 and 102.',
    ],
    [`${begin}alice sell 0\n`, '6: The quantity is 0; the smallest one is 1.'],
    [
      `${begin}settle\n\nsettle\n----\nok\n`,
      "6: The command 'settle' has no answer. Write commands, then ----, then the answer; with --rewrite the answer is filled in.",
    ],
    [
      `${begin}settle\n---\n`,
      "7: '---' does not belong here: ---- stands between commands and answer, '---- or' between alternative answers, and an empty line ends a step.",
    ],
    [
      `${begin}settle\n----\nok\n----\n`,
      "9: '----' does not belong here: ---- stands between commands and answer, '---- or' between alternative answers, and an empty line ends a step.",
    ],
  ]

  test.each(cases)('%j: %s', (text, sentence) => {
    expect(refusalOf(text)).toBe(`story.txt:${sentence}`)
  })
})
