/**
 * One market's book at one peer. Its mailbox is the lock: every event that may change an order goes through it, one at a time, and
 * each is one decision. Decisions are grouped, journalled and only then released, by the streams of the invoked `bridge`.
 */
import { assign, emit, fromCallback, setup, type AnyActorRef } from 'xstate'
import type { BookEvent } from '../src/peer/decide/event.ts'
import type { Group, JournalRecord } from '../src/peer/decide/group.ts'

/** The mutable book as the machine sees it. Only the actions that `provide` supplies know more. */
export interface BookInContext {
  /** The group that is on its way into the journal and out; null when none is. */
  readonly group: Group | null
  /** Some decisions are in no group yet. */
  readonly hasMore: boolean
  /** Nothing of ours is undecided, nobody waits for a reply. */
  readonly isDrained: boolean
  /** A short summary: the book itself is too large for snapshots. */
  toJSON(): object
}

export interface BookContext {
  readonly book: BookInContext
  /** Why the market is halted. */
  readonly halted: string | null
}

export type BookMachineEvent =
  | BookEvent
  | { readonly type: 'journal.read'; readonly records: readonly JournalRecord[] }
  | { readonly type: 'journal.failed'; readonly sentence: string }
  /** Something outside the book forbids it to decide anything more. */
  | { readonly type: 'market.halt'; readonly sentence: string }
  | { readonly type: 'group.released' }
  | { readonly type: 'market.drain' }

export type BookEmitted =
  /** A group is closed and wants to be journalled, then released: the only one until it has been. */
  | { readonly type: 'group'; readonly group: Group }
  /** Nothing leaves any more, what was decided and not released included. */
  | { readonly type: 'halted'; readonly sentence: string }
  /** The event came at a time when the book decides nothing. */
  | { readonly type: 'unserved'; readonly event: BookMachineEvent }

function mustBeProvided(name: string): never {
  throw new Error(`${name} must be provided`)
}

/** A decision begins a group of its own, or waits for the next one while a group is on its way. */
const decision = [
  { guard: 'isCommitting', actions: 'decide' },
  { actions: ['decide', 'closeGroup', 'tellGroup'] },
] as const

const decisions = {
  'order.*': decision,
  'batch.*': decision,
  'feed.*': decision,
  'neighbour.*': decision,
  'channel.asked': decision,
  'backoff.over': decision,
} as const

export const bookMachine = setup({
  types: {
    context: {} as BookContext,
    events: {} as BookMachineEvent,
    emitted: {} as BookEmitted,
    input: {} as { readonly book: BookInContext },
  },
  actors: {
    /** The streams that read the journal, commit groups and release what they hold. */
    bridge: fromCallback<BookMachineEvent, { readonly actor: AnyActorRef; readonly book: BookInContext }>(() =>
      mustBeProvided('bridge'),
    ),
  },
  actions: {
    decideToOpen: () => mustBeProvided('decideToOpen'),
    decide: () => mustBeProvided('decide'),
    decideToDrain: () => mustBeProvided('decideToDrain'),
    closeGroup: () => mustBeProvided('closeGroup'),
    letGo: () => mustBeProvided('letGo'),
    noteReason: assign({ halted: ({ event }) => ('sentence' in event ? event.sentence : null) }),
    tellGroup: emit(({ context }) => ({
      type: 'group',
      group: context.book.group ?? { record: null, outputs: [], head: null },
    })),
    tellHalted: emit(({ context }) => ({ type: 'halted', sentence: context.halted ?? '' })),
    tellUnserved: emit(({ event }) => ({ type: 'unserved', event })),
  },
  guards: {
    isCommitting: ({ context }) => context.book.group !== null,
    hasMore: ({ context }) => context.book.hasMore,
    isDrained: ({ context }) => context.book.isDrained,
  },
}).createMachine({
  id: 'book',
  description: 'One market at one peer: recovers from its journal, decides one event at a time, drains and closes.',
  meta: {
    events: {
      'journal.read': 'All that the journal holds has been read.',
      'journal.failed': 'The journal cannot be read or written.',
      'market.halt': 'Something outside the book forbids it to decide anything more.',
      'market.drain': 'The peer leaves: nothing new is to be begun.',
      'group.released': 'The journal has a group, and what it held back has left: the next one may follow.',
      'order.*':
        'The local user submits, cancels, amends or settles an order, or has waited long enough for its answer.',
      'batch.*': 'A taker proposes trades or withdraws them, or a maker answers.',
      'feed.*': 'Segments of a feed arrive, from its owner or from anybody else.',
      'neighbour.*': 'A neighbour may be matched from now on, or no longer, or is forgotten after a long silence.',
      'channel.asked': 'A peer that leaves wants to know whether we wait for a decision of it.',
      'backoff.over': 'An order that had refused may be asked again.',
    },
  },
  context: ({ input }) => ({ book: input.book, halted: null }),
  invoke: { id: 'bridge', src: 'bridge', input: ({ self, context }) => ({ actor: self, book: context.book }) },
  on: {
    'journal.failed': { target: '.halted', actions: 'noteReason' },
    'market.halt': { target: '.halted', actions: 'noteReason' },
  },
  initial: 'recovering',
  states: {
    recovering: {
      description: 'The journal is being read. Nothing is decided yet.',
      on: {
        'market.drain': 'closed',
        'journal.read': { target: 'open', actions: ['decideToOpen', 'closeGroup', 'tellGroup'] },
        'order.*': { actions: 'tellUnserved' },
        'batch.*': { actions: 'tellUnserved' },
        'feed.*': { actions: 'tellUnserved' },
        'channel.asked': { actions: 'tellUnserved' },
      },
    },
    open: {
      description: 'Every event is one decision; decisions leave in groups, after the journal has them.',
      on: {
        'group.released': [{ guard: 'hasMore', actions: ['letGo', 'closeGroup', 'tellGroup'] }, { actions: 'letGo' }],
        'market.drain': [
          { target: 'draining', guard: 'isCommitting', actions: 'decideToDrain' },
          { target: 'draining', actions: ['decideToDrain', 'closeGroup', 'tellGroup'] },
        ],
        ...decisions,
      },
    },
    draining: {
      description: 'Nothing new is begun; what is undecided is still being decided, and answers are still given.',
      on: {
        'group.released': [
          { guard: 'hasMore', actions: ['letGo', 'closeGroup', 'tellGroup'] },
          { target: 'closed', guard: 'isDrained', actions: 'letGo' },
          { actions: 'letGo' },
        ],
        'market.drain': {},
        ...decisions,
      },
    },
    halted: {
      description:
        'The journal failed, or it was told to: nothing that has not left yet may leave, and nothing more is decided.',
      entry: 'tellHalted',
      on: {
        'journal.failed': {},
        'market.halt': {},
        'market.drain': 'closed',
        'order.*': { actions: 'tellUnserved' },
        'batch.*': { actions: 'tellUnserved' },
        'feed.*': { actions: 'tellUnserved' },
        'channel.asked': { actions: 'tellUnserved' },
      },
    },
    closed: {
      description: 'Everything that may leave has left.',
      type: 'final',
    },
  },
})
