/** What messages say, in a line, as a person reads it under an arrow. */
import { expect, test } from 'vitest'
import { readMessage } from '../../src/inspect/read-message.ts'
import type { RequestType } from '../../src/net/messages.ts'

const market = 'BTC-USD:0.5:0.001'
const signed = (body: unknown) => ({ body: JSON.stringify(body), signature: 'abc' })
const request = (one: unknown) => read('request', JSON.stringify({ version: 1, network: 'main', request: one }))
const reply = (one: unknown) => read('reply', JSON.stringify({ reply: one }))
const read = (kind: 'request' | 'reply', text: string) => readMessage(kind, text, id => (id === 'A' ? 'alice' : id))

test('a proposal, by its batch, and the trades that it is about', () => {
  const proposals = [1, 2, 3, 4].map(n => ({ tradeId: `t${n}`, side: 'buy', quantity: n, price: 101 }))
  const message = request({ type: 'propose', market, batch: signed({ n: 7, proposals }) })
  expect(message).toMatchObject({
    name: 'propose',
    tradeIds: ['t1', 't2', 't3', 't4'],
    summary: 'batch 7: buy 0.001 @ 50.5, buy 0.002 @ 50.5, buy 0.003 @ 50.5, 1 more',
  })
  expect(message.payload).toMatchObject({ batch: { body: { n: 7 }, signature: 'abc' } })
})

test('an answer, by what is decided', () => {
  const decisions = [
    { tradeId: 't1', filled: 5 },
    { tradeId: 't2', refused: 'nothing_available' },
  ]
  expect(reply({ answer: signed({ n: 7, market, decisions }) })).toMatchObject({
    name: 'answer',
    tradeIds: ['t1', 't2'],
    summary: 'batch 7: filled 0.005, refused, nothing_available',
  })
})

test('segments, by whose they are and what happened', () => {
  const entries = [['o1', 'sell', 3, 2, 2], { type: 'filled', tradeId: 't9', quantity: 1, price: 3 }]
  expect(request({ type: 'segments', market, owner: 'A', segments: [signed({ entries })] })).toMatchObject({
    tradeIds: ['t9'],
    summary: 'alice: placed sell 0.002 @ 1.5, filled 0.001 @ 1.5',
  })
})

test('an order that is malformed, as far as it can be read', () => {
  const line = (entry: unknown) =>
    request({ type: 'segments', market, owner: 'A', segments: [signed({ entries: [entry] })] }).summary
  expect([line([]), line([null, {}, [], 'x'])]).toEqual(['alice: placed ? ? @ ?', 'alice: placed ? x @ ?'])
})

test('a refusal, by its reason', () => {
  const text = JSON.stringify({ refused: { reason: 'busy', sentence: 'try later' } })
  expect(read('reply', text)).toMatchObject({ name: 'refused', summary: 'busy: try later' })
})

/** One of each kind that there is. */
const replies: { readonly [T in RequestType]: readonly [name: string, said: object] } = {
  hello: ['hello', { hello: signed({}) }],
  beat: ['beat', { beat: signed({}) }],
  goodbye: ['goodbye', { undecided: 0 }],
  segments: ['segments', { cursor: null }],
  fetch: ['fetch', { segments: [], head: null }],
  heads: ['heads', { heads: [] }],
  peers: ['peers', { peers: [{ peer: 'A', address: 'a:1' }] }],
  propose: ['answer', { answer: signed({}) }],
  withdraw: ['answer', { answer: signed({}) }],
}

test.each(Object.values(replies))('the reply to %s bears its name', (name, said) => {
  expect(reply(said).name).toBe(name)
})

test('no reply has failed; what is no message cannot be read', () => {
  expect(read('reply', '')).toMatchObject({ name: 'failed', payload: null })
  for (const text of [
    '?',
    '[]',
    'null',
    '{"request":{"type":5}}',
    '{"request":null}',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  ])
    expect([text.slice(0, 9), read('request', text).name]).toEqual([text.slice(0, 9), 'unreadable'])
})
