/**
 * The life of one order at its owner, as its user may rely on it: what it can become, and what is never undone. The names of its
 * states are those that the library, the commands and the documents use. No peer runs it: it is the measure that peers are held
 * against, and what an inspector shows of the order that one picks.
 */
import { assign, setup } from 'xstate'

export interface OrderInput {
  /** What the order is for, in lots. */
  readonly quantity: number
}

/** Lots: quantity = filled + lapsed + remaining; some of the remaining ones are reserved. */
export interface OrderContext extends OrderInput {
  readonly filled: number
  readonly lapsed: number
  /** Of those that have lapsed: taken off by its user, so that what is left is the whole order. */
  readonly amended: number
  /** Another peer has been asked to trade them and has not decided. */
  readonly reserved: number
  /** Its time is over. */
  readonly isLate: boolean
}

/** What each of them means stands in `meta` of the machine. `wasReserved`: the trade is with a peer that had been asked. */
export type OrderEvent =
  | { readonly type: 'order.refused' }
  | { readonly type: 'order.accepted' }
  | { readonly type: 'order.rested' }
  | { readonly type: 'stop.placed' }
  | { readonly type: 'stop.triggered' }
  | { readonly type: 'lots.reserved'; readonly lots: number }
  | { readonly type: 'lots.released'; readonly lots: number }
  | { readonly type: 'lots.filled'; readonly lots: number; readonly wasReserved: boolean }
  | { readonly type: 'lots.lapsed'; readonly lots: number }
  | { readonly type: 'lots.amended'; readonly lots: number }
  | { readonly type: 'order.cancelled' }
  | { readonly type: 'order.expired' }

export const orderMachine = setup({
  types: {
    context: {} as OrderContext,
    events: {} as OrderEvent,
    input: {} as OrderInput,
  },
  actions: {
    reserve: assign({ reserved: ({ context, event }) => context.reserved + lotsOf(event) }),
    release: assign({ reserved: ({ context, event }) => context.reserved - lotsOf(event) }),
    fill: assign({
      filled: ({ context, event }) => context.filled + lotsOf(event),
      reserved: ({ context, event }) => context.reserved - (wasReserved(event) ? lotsOf(event) : 0),
    }),
    lapse: assign({ lapsed: ({ context, event }) => context.lapsed + lotsOf(event) }),
    /** Lots that come back to an order that ends lapse before anybody can match them. */
    lapseReturned: assign({
      reserved: ({ context, event }) => context.reserved - lotsOf(event),
      lapsed: ({ context, event }) => context.lapsed + lotsOf(event),
    }),
    amend: assign({
      lapsed: ({ context, event }) => context.lapsed + lotsOf(event),
      amended: ({ context, event }) => context.amended + lotsOf(event),
    }),
    lapseFree: assign({ lapsed: ({ context }) => context.lapsed + freeOf(context) }),
    noteLate: assign({ isLate: true }),
  },
  guards: {
    isFree: ({ context, event }) => lotsOf(event) > 0 && lotsOf(event) <= freeOf(context),
    isReserved: ({ context, event }) => lotsOf(event) > 0 && lotsOf(event) <= context.reserved,
    isTradable: ({ context, event }) => isTradable(context, event),
    isWholeThen: ({ context, event }) =>
      isTradable(context, event) && lotsOf(event) === remainingOf(context) && context.lapsed === context.amended,
    isOverThen: ({ context, event }) => isTradable(context, event) && lotsOf(event) === remainingOf(context),
    isLastFree: ({ context, event }) =>
      lotsOf(event) > 0 && lotsOf(event) === remainingOf(context) && context.reserved === 0,
    isLastReserved: ({ context, event }) => isLastReserved(context, event),
    isLastReservedAndLate: ({ context, event }) => isLastReserved(context, event) && context.isLate,
    isLastTradedAndLate: ({ context, event }) => isLastReserved(context, event) && wasReserved(event) && context.isLate,
    isLastTraded: ({ context, event }) => isLastReserved(context, event) && wasReserved(event),
    isTradedFromReserve: ({ context, event }) => wasReserved(event) && lotsOf(event) <= context.reserved,
    hasReserved: ({ context }) => context.reserved > 0,
    isLess: ({ context, event }) =>
      lotsOf(event) > 0 && lotsOf(event) <= freeOf(context) && lotsOf(event) < remainingOf(context),
  },
}).createMachine({
  id: 'order',
  description: 'One order, from the moment it is handed in to the moment when nothing of it can trade any more.',
  meta: {
    events: {
      'order.refused': 'It breaks a rule: nothing of it will ever trade.',
      'order.accepted': 'It is journalled, and at work.',
      'order.rested': 'Everybody can see it, or of an iceberg a slice of it, and trade with it.',
      'stop.placed': 'It is a stop: it waits for a trade at its trigger price or beyond.',
      'stop.triggered': 'Such a trade has been made after it was placed, and a moment ago.',
      'lots.reserved': 'Another peer is asked to trade so many lots.',
      'lots.released': 'The other peer has refused so many: they are free again.',
      'lots.filled': 'A trade of so many lots, with a peer that had been asked or with anybody else.',
      'lots.lapsed': 'So many free lots will never trade: nothing is left to match them, or a rule forbids it.',
      'lots.amended': 'Its user wants it to be for so many lots less.',
      'order.cancelled':
        "It is to end before it is filled, by its user's wish or by a rule. What is free lapses with it.",
      'order.expired': 'Its time is over. What is free lapses with it.',
    },
  },
  context: ({ input }) => ({ ...input, filled: 0, lapsed: 0, amended: 0, reserved: 0, isLate: false }),
  initial: 'submitted',
  states: {
    submitted: {
      description: 'It has been handed in, and nothing has been decided about it.',
      on: { 'order.refused': 'refused', 'order.accepted': 'accepted' },
    },
    accepted: {
      description:
        'It is at work and does not rest: it trades with what is there, and the remainder lapses, unless it is a stop.',
      on: {
        'order.rested': 'resting',
        'stop.placed': 'dormant',
        'lots.reserved': { guard: 'isFree', actions: 'reserve' },
        'lots.released': { guard: 'isReserved', actions: 'release' },
        'lots.filled': [
          { guard: 'isWholeThen', target: 'filled', actions: 'fill' },
          { guard: 'isOverThen', target: 'cancelled', actions: 'fill' },
          { guard: 'isTradable', actions: 'fill' },
        ],
        'lots.lapsed': [
          { guard: 'isLastFree', target: 'cancelled', actions: 'lapse' },
          { guard: 'isFree', actions: 'lapse' },
        ],
        'order.cancelled': [
          { guard: 'hasReserved', target: 'cancel_pending', actions: 'lapseFree' },
          { target: 'cancelled', actions: 'lapseFree' },
        ],
      },
    },
    dormant: {
      description: 'It waits for its trigger at its owner: nobody else knows of it, and nobody can trade with it.',
      on: {
        'stop.triggered': 'accepted',
        'lots.amended': { guard: 'isLess', actions: 'amend' },
        'lots.lapsed': { guard: 'isFree', actions: 'lapse' },
        'order.cancelled': { target: 'cancelled', actions: 'lapseFree' },
        'order.expired': { target: 'expired', actions: ['lapseFree', 'noteLate'] },
      },
    },
    resting: {
      description: 'It is in the book, none of it has traded, and everybody can trade with it.',
      on: {
        'lots.reserved': { guard: 'isFree', actions: 'reserve' },
        'lots.released': { guard: 'isReserved', actions: 'release' },
        'lots.filled': [
          { guard: 'isWholeThen', target: 'filled', actions: 'fill' },
          { guard: 'isOverThen', target: 'cancelled', actions: 'fill' },
          { guard: 'isTradable', target: 'partly_filled', actions: 'fill' },
        ],
        'lots.lapsed': [
          { guard: 'isLastFree', target: 'cancelled', actions: 'lapse' },
          { guard: 'isFree', actions: 'lapse' },
        ],
        'lots.amended': { guard: 'isLess', actions: 'amend' },
        'order.cancelled': [
          { guard: 'hasReserved', target: 'cancel_pending', actions: 'lapseFree' },
          { target: 'cancelled', actions: 'lapseFree' },
        ],
        'order.expired': [
          { guard: 'hasReserved', target: 'cancel_pending', actions: ['lapseFree', 'noteLate'] },
          { target: 'expired', actions: ['lapseFree', 'noteLate'] },
        ],
      },
    },
    partly_filled: {
      description: 'It is in the book, and some of it has traded.',
      on: {
        'lots.reserved': { guard: 'isFree', actions: 'reserve' },
        'lots.released': { guard: 'isReserved', actions: 'release' },
        'lots.filled': [
          { guard: 'isWholeThen', target: 'filled', actions: 'fill' },
          { guard: 'isOverThen', target: 'cancelled', actions: 'fill' },
          { guard: 'isTradable', actions: 'fill' },
        ],
        'lots.lapsed': [
          { guard: 'isLastFree', target: 'cancelled', actions: 'lapse' },
          { guard: 'isFree', actions: 'lapse' },
        ],
        'lots.amended': { guard: 'isLess', actions: 'amend' },
        'order.cancelled': [
          { guard: 'hasReserved', target: 'cancel_pending', actions: 'lapseFree' },
          { target: 'cancelled', actions: 'lapseFree' },
        ],
        'order.expired': [
          { guard: 'hasReserved', target: 'cancel_pending', actions: ['lapseFree', 'noteLate'] },
          { target: 'expired', actions: ['lapseFree', 'noteLate'] },
        ],
      },
    },
    cancel_pending: {
      description:
        'It is to end, but somebody has been asked to trade what remains, and what they decide still counts.',
      on: {
        'lots.filled': [
          { guard: 'isWholeThen', target: 'filled', actions: 'fill' },
          { guard: 'isLastTradedAndLate', target: 'expired', actions: 'fill' },
          { guard: 'isLastTraded', target: 'cancelled', actions: 'fill' },
          { guard: 'isTradedFromReserve', actions: 'fill' },
        ],
        'lots.released': [
          { guard: 'isLastReservedAndLate', target: 'expired', actions: 'lapseReturned' },
          { guard: 'isLastReserved', target: 'cancelled', actions: 'lapseReturned' },
          { guard: 'isReserved', actions: 'lapseReturned' },
        ],
      },
    },
    filled: { description: 'All of it has traded, or all that an amendment has left of it.', type: 'final' },
    cancelled: { description: 'It has ended, and what was not traded by then has lapsed.', type: 'final' },
    expired: { description: 'Its time was over, and what was not traded by then has lapsed.', type: 'final' },
    refused: { description: 'It broke a rule. Nobody but its user has ever heard of it.', type: 'final' },
  },
})

function lotsOf(event: OrderEvent): number {
  return 'lots' in event ? event.lots : 0
}

function wasReserved(event: OrderEvent): boolean {
  return event.type === 'lots.filled' && event.wasReserved
}

function remainingOf({ quantity, filled, lapsed }: OrderContext): number {
  return quantity - filled - lapsed
}

function freeOf(context: OrderContext): number {
  return remainingOf(context) - context.reserved
}

function isTradable(context: OrderContext, event: OrderEvent): boolean {
  return lotsOf(event) > 0 && lotsOf(event) <= (wasReserved(event) ? context.reserved : freeOf(context))
}

function isLastReserved(context: OrderContext, event: OrderEvent): boolean {
  return lotsOf(event) > 0 && lotsOf(event) === context.reserved && context.reserved === remainingOf(context)
}
