/** What a book takes for misbehaviour, and what of it is proof: signed by the peer itself, and impossible for a correct one. */
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../src/feed/entry.ts'
import { stampOf } from '../../../src/feed/hybrid-clock.ts'
import { ownSegment, type Segment, type SignedSegment } from '../../../src/feed/segment.ts'
import { signBody, type Signed } from '../../../src/feed/signer.ts'
import type { Answer } from '../../../src/net/messages.ts'
import { Desk, market, trade, twoDesks } from './given.ts'

function faultsOf(desk: Desk): object[] {
  return desk.outputs.flatMap(({ type, ...fault }) => (type === 'fault' ? [fault] : []))
}

/** What the desk's own key signs, though no correct peer would. */
function signedBy({ state }: Desk, segment: Segment): SignedSegment {
  return ownSegment(state.ports.signer, state.ports.networkId, segment)
}

function after({ segment, hash }: SignedSegment, entries: readonly Entry[]): Segment {
  const first = segment.first + segment.entries.length
  const stamp = stampOf(Number.parseInt(segment.stamp.slice(0, 12), 16) + 1, 0)
  return { ...segment, first, previous: hash, stamp, entries, evidence: [] }
}

const unknownCancelled = (order: string): Entry =>
  ({ type: 'cancelled', orderId: order, quantity: 1, remaining: 0, reason: 'cancelled_by_user' }) as Entry

describe('a feed', () => {
  test('that has two segments in one place proves it with both of them', () => {
    const { anna, bob, world } = twoDesks()
    world.ms += 10
    anna.place('sell', 5, 101)
    bob.read(anna)
    const held = anna.segments.at(-1)!
    const forked = signedBy(anna, { ...held.segment, stamp: stampOf(world.ms + 1, 0) })
    const headBefore = bob.state.feedOf(anna.self).head
    bob.read(anna, [forked])
    expect(faultsOf(bob)).toEqual([{ peer: anna.self, reason: 'feed_forked', proof: [held.signed, forked.signed] }])
    expect(bob.state.feedOf(anna.self).head).toEqual(headBefore)
  })

  test('whose next segment follows another one than was read proves it with that and the last one', () => {
    const { anna, bob } = twoDesks()
    const order = anna.place('sell', 5, 101)
    bob.read(anna)
    const held = anna.segments.at(-1)!
    const forked = signedBy(anna, { ...after(held, [unknownCancelled(order)]), previous: 'x'.repeat(43) })
    bob.read(anna, [forked])
    expect(faultsOf(bob)).toEqual([{ peer: anna.self, reason: 'feed_forked', proof: [held.signed, forked.signed] }])
  })

  test('with a segment that cannot be true proves it with that segment', () => {
    const { anna, bob } = twoDesks()
    const held = anna.segments.at(-1)!
    const false_ = signedBy(anna, after(held, [unknownCancelled(anna.place('sell', 5, 101))]))
    bob.read(anna, [false_])
    expect(faultsOf(bob)).toEqual([{ peer: anna.self, reason: 'cancelled_unknown_order', proof: [false_.signed] }])
  })

  test('that goes back in time within an incarnation proves it; one that has lost its memory does not', () => {
    const { anna, bob, world } = twoDesks()
    const held = anna.segments.at(-1)!
    const back = signedBy(anna, {
      ...after(held, [unknownCancelled(anna.place('sell', 5, 101))]),
      stamp: held.segment.stamp,
    })
    bob.read(anna, [back])
    expect(faultsOf(bob)).toMatchObject([{ reason: 'stamp_not_later', proof: [back.signed] }])

    // Its last word was stamped at a later time than the clock shows that it begins with.
    const reborn = new Desk(world, 'anna')
    const opened = reborn.segments[0]!
    const early = signedBy(reborn, { ...opened.segment, stamp: held.segment.stamp })
    bob.read(anna, [early])
    expect(faultsOf(bob).slice(1)).toEqual([{ peer: anna.self, reason: 'stamp_not_later', proof: [] }])
  })
})

describe('an answer', () => {
  /** Bob has asked anna for 3 lots; `answer` is what she says. */
  function asked() {
    const { anna, bob } = twoDesks()
    anna.place('sell', 5, 101)
    bob.read(anna)
    bob.submit('buy', 3, 101)
    const [inFlight] = bob.batches()
    if (!inFlight) throw new Error('bob has asked anna')
    const answer = anna.answer('propose', inFlight.batch, inFlight.signed) as Signed
    const altered = (change: (answer: Answer) => Partial<Answer>): Signed => {
      const said = JSON.parse(answer.body) as Answer
      const domain = { networkId: anna.state.ports.networkId, kind: 'answer', scope: market.id } as const
      return signBody(anna.state.ports.signer, domain, JSON.stringify({ ...said, ...change(said) }))
    }
    return { anna, bob, inFlight, altered }
  }

  test('that fills more than was asked for is proof, together with what was asked', () => {
    const { anna, bob, inFlight, altered } = asked()
    const false_ = altered(({ decisions: [decision] }) => ({ decisions: [{ tradeId: decision!.tradeId, filled: 4 }] }))
    bob.learn(false_)
    expect(faultsOf(bob)).toEqual([
      { peer: anna.self, reason: 'answer_fills_too_much', proof: [inFlight.signed, false_] },
    ])
    expect(bob.batches(), 'the batch is still undecided').toHaveLength(1)
  })

  test('that decides on other proposals of the same batch is proof', () => {
    const { bob, inFlight, altered } = asked()
    const false_ = altered(({ decisions: [decision] }) => ({ decisions: [decision!, decision!] }))
    bob.learn(false_)
    expect(faultsOf(bob)).toMatchObject([{ reason: 'answer_to_other_proposals', proof: [inFlight.signed, false_] }])
  })

  test('to another batch is none: it may be as old as an earlier life of ours', () => {
    const { bob, altered } = asked()
    bob.learn(altered(() => ({ batchHash: 'x'.repeat(43) })))
    expect(faultsOf(bob)).toMatchObject([{ reason: 'answer_to_another_batch', proof: [] }])
  })

  test('in the feed that differs from what was proposed is proof', () => {
    const { anna, bob, inFlight } = asked()
    const honest = anna.segments.at(-1)!
    const [fill] = honest.segment.entries
    if (fill?.type !== 'filled') throw new Error('anna has filled')
    const entries = [{ ...fill, quantity: 4, remaining: 1 }]
    const false_ = signedBy(anna, { ...honest.segment, entries })
    bob.read(anna, [false_])
    expect(faultsOf(bob)).toEqual([
      { peer: anna.self, reason: 'fill_differs_from_proposal', proof: [inFlight.signed, false_.signed] },
    ])
  })

  test('of a correct maker is no fault', () => {
    const { anna, bob } = asked()
    trade(bob, anna)
    bob.read(anna)
    expect(faultsOf(bob)).toEqual([])
  })
})
