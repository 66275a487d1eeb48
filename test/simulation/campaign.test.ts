/** A short campaign: what `npm run simulate` plays at length. */
import { describe, expect, test } from 'vitest'
import { isRefusal } from '../../src/book/refusal.ts'
import { defaultBounds } from '../../src/scenario/campaign/bounds.ts'
import { playSeed } from '../../src/scenario/campaign/play-seed.ts'
import type { Happened } from '../../src/sim/history.ts'

const withKeyedHashes = Array.from({ length: 30 }, (_, index) => index + 121)
const withEd25519 = Array.from({ length: 20 }, (_, index) => index + 201)
const seedMsMax = 120_000
/** What the flow must have met over all seeds: otherwise it does not try what it should. */
const mustBeSeen = [
  ...['gtd expired', 'gtc would_take', 'gtc self_trade_prevented', 'ioc self_trade_prevented', 'gtc amended'],
  ...['gtc cancelled_by_user', 'ioc nothing_left_to_match'],
  ...['would_take', 'amend_must_reduce', 'amend_below_filled', 'order_already_closed'],
]
const seen = new Set<string>()

/** Refusals by their reasons, and how orders have ended by time in force and reason. */
function note(event: Happened): void {
  if (event.type === 'answered' && isRefusal(event.answer)) seen.add(event.answer.reason)
  if (event.type === 'told' && event.outcome.reason !== null)
    seen.add(`${event.outcome.order.timeInForce} ${event.outcome.reason}`)
}

async function play(seed: number, hasRealSignatures: boolean): Promise<void> {
  const { violations, failure } = await playSeed(seed, { ...defaultBounds, hasRealSignatures }, note)
  expect({ violations, failure }).toEqual({ violations: [], failure: null })
}

describe(
  'whole exchanges while things go wrong are safe at every step and come to rest',
  { timeout: seedMsMax },
  () => {
    test.each(withKeyedHashes)('seed %i', seed => play(seed, false))

    test.each(withEd25519)('seed %i, with Ed25519', seed => play(seed, true))

    test('they have met every way in which an order ends or a command is refused', () => {
      expect(mustBeSeen.filter(what => !seen.has(what))).toEqual([])
    })
  },
)
