/** Situations between a taker and a maker. */
import type { OrderId } from '../../book/order.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Answer, Decision, DecisionRefusal } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { OrderOutcome } from '../../peer/outcome.ts'
import { limits } from '../../limits.ts'
import { outcomesIn } from '../history.ts'
import { contentOf, nameAt } from '../said.ts'
import { segmentIn, type BatchFile, type Happening, type OrderFile, type Scene } from './scene.ts'
import type { SpottedSituation, Spotter } from './spotter.ts'

const minute = 60_000

function isRefused(decision: Decision, ...reasons: DecisionRefusal[]): boolean {
  return 'refused' in decision && reasons.includes(decision.refused)
}

function answerIn({ said: { reply } }: Happening<'sent'>): Answer | null {
  const signed = reply?.['answer'] as Signed | undefined
  return signed ? (contentOf(signed) as Answer) : null
}

/** Whether a settled batch was learned of from the maker's feed, and not from its answer. */
function isFromFeed(fact: Fact, { record }: Happening<'appended'>): fact is Fact & { type: 'settled' } {
  if (fact.type !== 'settled' || fact.filled.every(lots => lots === 0)) return false
  const segment = segmentIn(record)
  const tellsOf = segment?.entries.find(entry => entry.type === 'filled' && entry.counterparty.peer === fact.maker)
  const evidence = tellsOf?.type === 'filled' ? segment?.evidence[tellsOf.evidence ?? -1] : undefined
  return evidence !== undefined && 'segment' in evidence
}

function bothOf(scene: Scene, taker: OrderId, maker: OrderId): readonly [OrderFile, OrderFile] | null {
  const [taking, making] = [scene.orders.get(taker), scene.orders.get(maker)]
  return taking && making ? [taking, making] : null
}

/** It came up while the batch before was under way. */
function waitedFor(order: OrderFile | undefined, before: BatchFile | null | undefined): boolean {
  if (!order || !before?.settledAtMs) return false
  return order.atMs > before.atMs && order.atMs < before.settledAtMs
}

function watchRefused(): Spotter {
  const refused = new Set<string>()
  return {
    decided: (decision, { orderId, makerOrderId }) => {
      const pair = `${orderId} ${makerOrderId}`
      if ('refused' in decision) refused.add(pair)
      return 'filled' in decision && refused.has(pair)
    },
  }
}

export const situationsOfTrades: readonly SpottedSituation[] = [
  {
    name: 'batch_of_several',
    sentence: 'One message asks for several orders of a maker.',
    watch: () => ({ fact: fact => fact.type === 'intent' && fact.batch.proposals.length > 1 }),
  },
  {
    name: 'makers_in_parallel',
    sentence: 'An order asks several makers at the same time.',
    watch: ({ scene }) => ({
      fact: fact =>
        fact.type === 'intent' &&
        fact.batch.proposals.some(({ orderId }) => {
          const asked = scene.orders.get(orderId)?.asked ?? new Set()
          return asked.size > 0 && !asked.has(fact.batch.maker)
        }),
    }),
  },
  {
    name: 'next_batch',
    sentence: 'An order waits for the batch under way and goes into the next one.',
    watch: ({ scene }) => ({
      fact: (fact, { peer, market }) => {
        if (fact.type !== 'intent') return false
        const before = scene.channelOf(peer, market, fact.batch.maker)
        return fact.batch.proposals.some(({ orderId }) => waitedFor(scene.orders.get(orderId), before))
      },
    }),
  },
  {
    name: 'proposal_partly_filled',
    sentence: 'A maker has less to give than a proposal asks for.',
    watch: () => ({
      decided: (decision, { quantity }) => 'filled' in decision && decision.filled < quantity,
    }),
  },
  {
    name: 'race_of_takers_lost',
    sentence: 'A taker comes too late: another one has what it asks for.',
    watch: ({ scene }) => ({
      decided: (decision, { makerOrderId }, { batch }) =>
        isRefused(decision, 'order_closed', 'nothing_available') &&
        [...(scene.orders.get(makerOrderId)?.takers ?? [])].some(taker => taker !== batch.taker),
    }),
  },
  {
    name: 'refused_while_reserved',
    sentence: 'A maker refuses because its order is itself waiting for a decision.',
    watch: ({ scene }) => ({
      decided: (decision, { makerOrderId }) =>
        isRefused(decision, 'nothing_available') && (scene.orders.get(makerOrderId)?.asked.size ?? 0) > 0,
    }),
  },
  {
    name: 'refused_then_filled',
    sentence: 'An order that has refused is asked again, and fills.',
    watch: watchRefused,
  },
  {
    name: 'crossed_after_partition',
    sentence: 'Two resting orders that were placed apart find that they cross.',
    watch: ({ scene }) => ({
      decided: (decision, { orderId, makerOrderId }) => {
        const both = 'filled' in decision ? bothOf(scene, orderId, makerOrderId) : null
        if (!both?.every(({ isPlaced }) => isPlaced)) return false
        const [taker, maker] = both
        return taker.separatedFrom.has(maker.owner) || maker.separatedFrom.has(taker.owner)
      },
    }),
  },
  {
    name: 'later_order_rested_first',
    sentence: 'The later order takes, though it rested first at its own peer.',
    watch: ({ scene }) => ({
      decided: (decision, { orderId, makerOrderId }) => {
        const both = 'filled' in decision ? bothOf(scene, orderId, makerOrderId) : null
        return both !== null && both[0].isPlaced && both[0].atMs < both[1].atMs
      },
    }),
  },
  {
    name: 'batch_duplicated',
    sentence: 'A proposal arrives twice.',
    watch: () => ({ asked: ({ proposes }, type) => type === 'propose' && proposes > 1 }),
  },
  {
    name: 'withdraw_overtakes_proposal',
    sentence: 'A withdraw arrives before the proposal that it withdraws.',
    watch: () => ({
      asked: ({ proposes, withdraws }, type) => type === 'propose' && proposes === 1 && withdraws > 0,
    }),
  },
  {
    name: 'duplicate_after_withdraw',
    sentence: 'A copy of a proposal arrives after its withdraw.',
    watch: () => ({
      asked: ({ proposes, withdraws }, type) => type === 'propose' && proposes > 1 && withdraws > 0,
    }),
  },
  {
    name: 'proposal_minutes_late',
    sentence: 'A proposal arrives more than a minute after it was made.',
    watch: () => ({ asked: ({ atMs }, type, event) => type === 'propose' && event.atMs - atMs > minute }),
  },
  {
    name: 'unseen_proposal_withdrawn',
    sentence: 'A maker is asked about a proposal that it has never seen, and refuses it for good.',
    watch: () => ({ decided: decision => isRefused(decision, 'withdrawn') }),
  },
  {
    name: 'answer_repeated',
    sentence: 'A maker gives the same answer again.',
    watch: ({ scene }) => ({
      happened: {
        sent: event => {
          const answer = answerIn(event)
          return answer !== null && (scene.batchOf(answer)?.answers ?? 0) > 1
        },
      },
    }),
  },
  {
    name: 'decision_learned_from_feed',
    sentence: 'A taker that is owed an answer for long reads of its trade in the feed of the maker.',
    watch: ({ scene }) => ({
      fact: (fact, event) => {
        if (!isFromFeed(fact, event)) return false
        const askedAtMs = scene.channelOf(event.peer, event.market, fact.maker)?.atMs ?? event.atMs
        return event.atMs - askedAtMs > limits.answerOwedMsMax
      },
    }),
  },
  {
    name: 'decision_learned_through_third',
    sentence: 'A taker reads of its trade in the feed of the maker, which somebody else has passed on.',
    watch: ({ scene }) => ({
      fact: (fact, event) =>
        isFromFeed(fact, event) && scene.sourceOf(event.peer, fact.maker) !== scene.nameOf(fact.maker),
    }),
  },
  {
    name: 'answered_in_doubt',
    sentence: 'A user is answered while a maker owes its decision.',
    watch: () => ({
      happened: { answered: ({ answer }) => outcomesIn(answer).some(isInDoubt) },
    }),
  },
  {
    name: 'maker_restarted_before_answer',
    sentence: 'A maker answers in another life than the one in which it was asked.',
    watch: ({ scene }) => ({
      happened: {
        sent: event => {
          const answer = answerIn(event)
          const file = answer && scene.batchOf(answer)
          return file ? scene.lifeOf(nameAt(event.message.from)) > file.makerLife : false
        },
      },
    }),
  },
  {
    name: 'withdrawn_after_crash_of_taker',
    sentence: 'A taker that has crashed comes back and asks what has become of its proposal.',
    watch: ({ scene }) => ({
      happened: {
        sent: ({ message, said: { request } }) => {
          const file = request?.type === 'withdraw' ? scene.batchIn(request['batch']) : undefined
          return file !== undefined && scene.lifeOf(nameAt(message.from)) > file.takerLife
        },
      },
    }),
  },
  {
    name: 'incarnation_superseded',
    sentence: 'A proposal is refused because one of the two has begun anew since.',
    watch: () => ({ decided: decision => isRefused(decision, 'incarnation_superseded') }),
  },
]

function isInDoubt({ inDoubt }: OrderOutcome): boolean {
  return Number(inDoubt) > 0
}
