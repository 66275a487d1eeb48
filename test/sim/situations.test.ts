/** Each situation is seen in a story that is about it, and not where two peers meet and trade. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { PeerId } from '../../src/book/order.ts'
import type { Address } from '../../src/net/transport.ts'
import { dhtAddress } from '../../src/sim/dht-client.ts'
import { History } from '../../src/sim/history.ts'
import { SituationCounter, situations } from '../../src/sim/situations.ts'
import { judged } from '../support/judged.ts'
import { readScenario } from '../scenario/played.ts'

const folder = join(import.meta.dirname, '../scenarios')

/** By situation: the stories of test/scenarios in which it must be seen. */
const told: Readonly<Record<string, string>> = {
  batch_of_several: 'batch',
  makers_in_parallel: 'makers-in-parallel',
  next_batch: 'next-batch',
  proposal_partly_filled: 'shared-maker',
  race_of_takers_lost: 'two-takers',
  refused_while_reserved: 'refused-then-again',
  refused_then_filled: 'refused-then-again',
  crossed_after_partition: 'partition-crossed',
  batch_duplicated: 'late-duplicate',
  unseen_proposal_withdrawn: 'withdraw-lost-proposal',
  answer_repeated: 'withdraw-lost-answer',
  decision_learned_from_feed: 'through-a-third',
  decision_learned_through_third: 'through-a-third',
  group_filled_by_one: 'fok',
  group_filled_by_several: 'fok',
  group_refused_by_holder: 'fok-one-cannot',
  group_refused_by_last: 'fok-one-cannot',
  group_given_up: 'fok-one-cannot',
  group_given_up_after_crash: 'fok-taker-crashes',
  holder_asks_last_maker: 'fok-taker-gone',
  hold_repeated: 'fok-duplicates',
  hold_ended_after_restart: 'fok-holder-crashes',
  hold_ended_without_taker: 'fok-taker-gone',
  refused_while_held: 'fok-held',
  ended_while_held: 'fok-held',
  rests_after_its_minimum: 'minimum',
  answered_in_doubt: 'maker-gone-at-once',
  withdrawn_after_crash_of_taker: 'taker-crashes-early',
  cancelled_while_reserved: 'cancel-while-reserved',
  cancel_lost_to_fill: 'cancel-while-reserved',
  cancelled_too_late: 'cancel',
  order_amended: 'amend',
  order_replaced: 'replace',
  stop_placed: 'stop',
  stop_triggered: 'stop',
  stop_triggered_by_feed: 'stop',
  stop_ended_dormant: 'stop-changed',
  iceberg_shown_again: 'iceberg',
  iceberg_took: 'iceberg-takes',
  pair_traded: 'pair',
  pair_ended: 'pair',
  replaced_while_reserved: 'replace-while-reserved',
  replacement_refused: 'replace-while-reserved',
  expired: 'gtd',
  post_only_refused: 'post-only',
  post_only_cancelled: 'post-only-crossed',
  self_trade_cancel_newest: 'self-trade-modes',
  self_trade_cancel_oldest: 'self-trade-modes',
  self_trade_cancel_both: 'self-trade-modes',
  self_trade_decrement_and_cancel: 'self-trade-modes',
  forced: 'force-disputed',
  disputed: 'force-disputed',
  ioc_lapsed_on_recovery: 'taker-crashes-early',
  gap_read_from_third: 'gap-through-a-third',
  newcomer_read_checkpoint: 'joiner-after-restart',
  segment_from_the_future: 'clock-ahead',
}

const start = `# A story.

market BTC-USD tick 1 lot 1
peers alice bob
----
ok

alice sell 5 @ 101
settle
----
...
`

/** By situation: what happens behind an offer of alice's. */
const happens: Readonly<Record<string, string>> = {
  withdraw_overtakes_proposal: 'delay bob -> alice propose request 3s\nbob buy 3 @ 101\nadvance 5s',
  duplicate_after_withdraw:
    'duplicate bob -> alice propose request 3s\ndrop all alice -> bob propose\ndrop all alice -> bob segments\ndrop all alice -> bob fetch\nbob buy 3 @ 101\nadvance 5s',
  group_filled_with_own: 'bob sell 1 @ 101 account desk\nbob buy 6 @ 101 fok\nsettle',
  below_minimum: 'amend alice/1 to 4\nbob buy 5 @ 101 fok\nsettle',
  proposal_minutes_late: 'duplicate bob -> alice propose request 90s\nbob buy 3 @ 101\nadvance 95s',
  maker_restarted_before_answer:
    'drop bob -> alice propose request\nbob buy 3 @ 101\nadvance 50ms\ncrash alice\nrestart alice\nsettle',
  incarnation_superseded:
    'delay bob -> alice propose request 4s\ndrop all bob -> alice withdraw\nbob buy 3 @ 101\nadvance 50ms\ncrash alice\nrestart alice\nadvance 6s',
  later_order_rested_first:
    'cancel alice/1\nadvance 1300ms\nskew bob 500ms\nbob buy 5 @ 103\nadvance 1ms\nalice sell 5 @ 100\nadvance 5s',
  amend_below_reserved:
    'cut alice -> bob\nbob buy 5 @ 101\nadvance 50ms\namend bob/1 to 1\nadvance 100ms\nheal\nsettle',
  expired_while_reserved: 'cut alice -> bob\nbob buy 5 @ 101 gtd 500ms\nadvance 1s\nheal\nsettle',
  all_cancelled: 'alice sell 1 @ 110\nalice sell 1 @ 110\nadvance 50ms\ncancel all alice\nadvance 50ms',
  all_cancelled_while_reserved: 'cut alice -> bob\nbob buy 5 @ 101\nadvance 50ms\ncancel all bob\nadvance 100ms',
  clock_skewed_refused: 'join carol\nskew bob 5s\nadvance 5s\nbob buy 1 @ 90\nadvance 1s',
  maker_crashed_before_reply: 'crash alice after sync\nbob buy 3 @ 101\nadvance 1s',
  decision_lost_with_tail: 'crash alice after append losing tail\nbob buy 3 @ 101\nadvance 1s',
  order_lost_with_tail: 'crash bob after append losing tail\nbob buy 3 @ 101\nadvance 1s',
  intent_lost_with_tail: 'crash bob after append losing tail\nbob buy 3 @ 101\nadvance 1s',
  forgery_refused: 'forge bob -> alice propose request\nbob buy 3 @ 101\nadvance 1s',
  suspect_came_back: 'advance 1s\ndrop all alice -> bob beat\nadvance 2800ms\nheal\nadvance 5s',
  paused_longer_than_silence: 'pause bob 4s\nadvance 5s',
  lookup_found_the_dead: 'kill bob\nadvance 5s',
}

test.each(Object.entries(told))('%s is seen in %s.txt', async (name, file) => {
  expect(await seenIn(readFileSync(join(folder, `${file}.txt`), 'utf8'))).toContain(name)
})

test.each(Object.entries(happens))('%s is seen when it happens', async (name, commands) => {
  expect(await seenIn(`${start}\n${commands}\n----\n...\n`)).toContain(name)
})

test('nothing of all this is seen when two peers meet and trade', async () => {
  expect(await seenIn(readFileSync(join(folder, 'first-trade.txt'), 'utf8'))).toEqual([])
})

test('every situation has a story and a sentence of its own', () => {
  const withStory = [...Object.keys(told), ...Object.keys(happens), ...unplayable]
  expect(situations.map(({ name }) => name).sort()).toEqual([...withStory].sort())
  expect(new Set(situations.map(({ sentence }) => sentence)).size).toBe(situations.length)
})

/** Lookups cannot be falsified in a story: further down they are made by hand. */
const unplayable = ['lookup_found_nobody', 'lookup_found_stranger']

test.each([
  ['lookup_found_nobody', ''],
  ['lookup_found_nobody', 'alice.sim:1'],
  ['lookup_found_stranger', 'alice.sim:1 mallory.sim:1'],
])('%s is seen when a lookup gives "%s"', (name, payload) => {
  let nowMs = 0
  const history = new History(() => nowMs)
  const { counts } = new SituationCounter({ history, onstage: () => [], wallMs: () => nowMs })
  for (const peer of ['alice', 'bob']) history.add({ type: 'started', peer, peerId: `${peer}-key` as PeerId, life: 1 })
  nowMs = 5_000
  const find = (found: string) => {
    const message = { kind: 'found', from: dhtAddress, to: 'alice.sim:1' as Address, payload: found } as const
    history.add({ type: 'arrived', id: 1, message, copy: 1, said: {} })
  }
  find('alice.sim:1 bob.sim:1')
  expect(counts.get(name)).toBe(0)
  find(payload)
  expect(counts.get(name)).toBe(1)
})

async function seenIn(text: string): Promise<string[]> {
  const { counts, performance } = await judged(readScenario(text), 1)
  expect(performance.failure).toBeNull()
  return [...counts].filter(([, count]) => count > 0).map(([name]) => name)
}
