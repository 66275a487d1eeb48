/**
 * What both users may rely on of one trade, from the moment at which bob wants what alice offers: written from the design and the
 * library's documentation, with no look at how a peer does it. Bob's order is ioc and for all five lots that alice sells. What bob is told
 * of a proposal without an answer is the same whether alice has decided or has never heard of it; the model knows which.
 */
import { createMachine } from 'xstate'
import type { OrderOutcome } from '../../src/index.ts'

/** How an order stands, in lots. */
export interface Standing {
  readonly status: OrderOutcome['status']
  readonly filled: number
  readonly lapsed: number
  /** Asked for, and not decided. */
  readonly inDoubt: number
  /** Lots of its trades, as its owner tells them: forced lots are in `filled` and in no trade. */
  readonly traded: number
}

/** What bob has stated of his quantity in doubt, and what alice had decided once that is known. */
export interface Stated {
  readonly filled: number
  readonly decided: number | null
}

export interface TradeTold {
  readonly alice: Standing
  /** Null: he has not asked for anything. */
  readonly bob: Standing | null
  readonly stated?: Stated
  /** Whether bob has been answered. Not said: he has. */
  readonly isAnswered?: boolean
}

export const lots = 5
/** When only a part of it is there, or forced. */
export const part = 2

const standing = (status: Standing['status'], filled: number, lapsed: number, traded = filled): Standing => ({
  ...{ status, filled, lapsed, traded },
  inDoubt: status === 'accepted' ? lots : 0,
})
const told = (meta: TradeTold): { meta: TradeTold } => ({ meta })

const offered = standing('resting', 0, 0)
const sold = standing('filled', lots, 0)
const bought = sold
const withoutAny = standing('cancelled', 0, lots)
const undecided = standing('accepted', 0, 0)

const over = { 'the next trade': 'open' }
const forcing = (truth: 'Unheard' | 'Unanswered'): Readonly<Record<string, string>> => ({
  'bob forces it as filled': `filledBy${truth}`,
  'bob forces it as released': `releasedBy${truth}`,
  'bob forces a part as filled': `partBy${truth}`,
})

export const tradeModel = createMachine({
  id: 'trade',
  initial: 'open',
  states: {
    open: {
      ...told({ alice: offered, bob: null }),
      description: 'Alice sells, and bob sees it.',
      on: {
        'bob takes it': 'traded',
        'bob takes it as alice cancels': 'refused',
        'bob takes it as alice reduces it': 'partTraded',
        'bob takes it and nothing reaches alice': 'unheard',
        'bob takes it and nothing comes back': 'unanswered',
      },
    },
    traded: {
      ...told({ alice: sold, bob: bought }),
      description: 'Both tell of one and the same trade, for ever.',
      on: over,
    },
    partTraded: {
      ...told({ alice: standing('filled', part, lots - part), bob: standing('cancelled', part, lots - part) }),
      description: 'What was there is traded, and the rest lapses.',
      on: over,
    },
    refused: {
      ...told({ alice: withoutAny, bob: withoutAny }),
      description: 'Alice decided first: her order is gone, and nothing is traded.',
      on: over,
    },
    unheard: {
      ...told({ alice: offered, bob: undecided, isAnswered: false }),
      description: 'Silence is no answer, though alice has never heard of it.',
      on: {
        'the network heals': 'withdrawn',
        'bob forces it too early': 'unheard',
        'time goes by': 'doubtedUnheard',
      },
    },
    unanswered: {
      ...told({ alice: sold, bob: undecided, isAnswered: false }),
      description: 'Silence is no answer, though alice has sold.',
      on: {
        'the network heals': 'traded',
        'bob forces it too early': 'unanswered',
        'time goes by': 'doubtedUnanswered',
      },
    },
    withdrawn: {
      ...told({ alice: offered, bob: withoutAny }),
      description: 'Bob asked what had become of it, and with that it is off: alice has all that she had.',
      on: over,
    },
    doubtedUnheard: {
      ...told({ alice: offered, bob: undecided }),
      description: 'Bob is answered that he must wait, or state how it counts.',
      on: { 'the network heals': 'withdrawn', ...forcing('Unheard') },
    },
    doubtedUnanswered: {
      ...told({ alice: sold, bob: undecided }),
      description: 'Bob is answered that he must wait, or state how it counts.',
      on: { 'the network heals': 'traded', ...forcing('Unanswered') },
    },
    filledByUnheard: {
      ...told({ alice: offered, bob: standing('filled', lots, 0, 0), stated: { filled: lots, decided: null } }),
      description: 'It counts as filled, and alice knows of nothing.',
      on: { 'the network heals': 'filledDisputed' },
    },
    filledByUnanswered: {
      ...told({ alice: sold, bob: standing('filled', lots, 0, 0), stated: { filled: lots, decided: null } }),
      description: 'It counts as filled, and so it is.',
      on: { 'the network heals': 'filledAgreed' },
    },
    releasedByUnheard: {
      ...told({ alice: offered, bob: withoutAny, stated: { filled: 0, decided: null } }),
      description: 'It counts for nothing, and so it is.',
      on: { 'the network heals': 'releasedAgreed' },
    },
    releasedByUnanswered: {
      ...told({ alice: sold, bob: withoutAny, stated: { filled: 0, decided: null } }),
      description: 'It counts for nothing, and alice has sold.',
      on: { 'the network heals': 'releasedDisputed' },
    },
    partByUnheard: {
      ...told({
        alice: offered,
        bob: standing('cancelled', part, lots - part, 0),
        stated: { filled: part, decided: null },
      }),
      description: 'A part counts as filled, and alice knows of nothing.',
      on: { 'the network heals': 'partDisputedUnheard' },
    },
    partByUnanswered: {
      ...told({
        alice: sold,
        bob: standing('cancelled', part, lots - part, 0),
        stated: { filled: part, decided: null },
      }),
      description: 'A part counts as filled, and alice has sold all.',
      on: { 'the network heals': 'partDisputedUnanswered' },
    },
    filledAgreed: {
      ...told({ alice: sold, bob: standing('filled', lots, 0, 0), stated: { filled: lots, decided: lots } }),
      description: 'What was stated is what alice has decided.',
      on: over,
    },
    releasedAgreed: {
      ...told({ alice: offered, bob: withoutAny, stated: { filled: 0, decided: 0 } }),
      description: 'What was stated is what alice has decided.',
      on: over,
    },
    filledDisputed: {
      ...told({ alice: offered, bob: standing('filled', lots, 0, 0), stated: { filled: lots, decided: 0 } }),
      description: 'Alice says otherwise: that is told, and nothing of it is applied.',
      on: over,
    },
    releasedDisputed: {
      ...told({ alice: sold, bob: withoutAny, stated: { filled: 0, decided: lots } }),
      description: 'Alice says otherwise: that is told, and nothing of it is applied.',
      on: over,
    },
    partDisputedUnheard: {
      ...told({
        alice: offered,
        bob: standing('cancelled', part, lots - part, 0),
        stated: { filled: part, decided: 0 },
      }),
      description: 'Alice says otherwise: that is told, and nothing of it is applied.',
      on: over,
    },
    partDisputedUnanswered: {
      ...told({
        alice: sold,
        bob: standing('cancelled', part, lots - part, 0),
        stated: { filled: part, decided: lots },
      }),
      description: 'Alice says otherwise: that is told, and nothing of it is applied.',
      on: over,
    },
  },
})
