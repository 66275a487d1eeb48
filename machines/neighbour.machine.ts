/**
 * One remote peer as seen from here: from a rumour of an address to a neighbour whose orders may be matched, and back. What it
 * decides is whom to propose to, never who is right.
 */
import { assign, fromCallback, sendParent, setup } from 'xstate'
import type { PeerId } from '../src/book/order.ts'
import type { Address } from '../src/net/transport.ts'

export interface NeighbourInput {
  readonly address: Address
  readonly greetDelayMsMin: number
  readonly greetDelayMsMax: number
  readonly greetAttemptsMax: number
  readonly beatIntervalMs: number
  readonly beatsMissedMax: number
  readonly silenceMsMax: number
}

export interface NeighbourContext extends NeighbourInput {
  /** Who answered at the address; null as long as it is a rumour. */
  readonly peerId: PeerId | null
  /** Where it says that it is; null while nobody has answered. */
  readonly claimed: Address | null
  /** Greetings in a row without success. */
  readonly attempts: number
  /** Own beats in a row without an answer. */
  readonly missed: number
  /** Why it is not live, when something went wrong. */
  readonly reason: string | null
}

/** What each of them means stands in `meta` of the machine. */
export type NeighbourEvent =
  | { readonly type: 'greeting.answered'; readonly peerId: PeerId; readonly claimed: Address }
  | { readonly type: 'greeting.failed'; readonly reason: string }
  | { readonly type: 'feeds.read' }
  | { readonly type: 'beat.answered' }
  | { readonly type: 'beat.missed'; readonly reason: string }
  | { readonly type: 'beat.heard' }
  | { readonly type: 'hello.heard' }
  | { readonly type: 'goodbye.heard' }
  | { readonly type: 'banned'; readonly peerId: PeerId; readonly reason: string }
  | { readonly type: 'pardoned'; readonly peerId: PeerId }

/** What it tells the peer that supervises it. */
export type NeighbourTold =
  | {
      readonly type: 'neighbour.identified'
      readonly address: Address
      readonly peerId: PeerId
      /** Where it says that it is: a peer may be found under several addresses. */
      readonly claimed: Address
    }
  /** It cannot be reached: the address is no more than a rumour again. */
  | { readonly type: 'neighbour.away'; readonly address: Address }

interface Reached {
  readonly address: Address
  readonly peerId: PeerId | null
}

function mustBeProvided(name: string): never {
  throw new Error(`${name} must be provided`)
}

export const neighbourMachine = setup({
  types: {
    context: {} as NeighbourContext,
    events: {} as NeighbourEvent,
    input: {} as NeighbourInput,
  },
  actors: {
    /** One hello with a challenge; reports `greeting.answered` or `greeting.failed`. */
    greet: fromCallback<NeighbourEvent, Reached>(() => mustBeProvided('greet')),
    /** Beats at an interval; reports `beat.answered` and `beat.missed`. */
    beat: fromCallback<NeighbourEvent, Reached>(() => mustBeProvided('beat')),
    /** Sends what comes next in the own feed, fetches what is missing here; reports `feeds.read`. */
    replicate: fromCallback<NeighbourEvent, Reached>(() => mustBeProvided('replicate')),
  },
  actions: {
    startMatching: () => mustBeProvided('startMatching'),
    stopMatching: () => mustBeProvided('stopMatching'),
    noteIdentity: assign({
      peerId: ({ context, event }) => (event.type === 'greeting.answered' ? event.peerId : context.peerId),
      claimed: ({ context, event }) => (event.type === 'greeting.answered' ? event.claimed : context.claimed),
      attempts: 0,
      missed: 0,
      reason: null,
    }),
    noteFailure: assign({
      attempts: ({ context }) => context.attempts + 1,
      reason: ({ event }) => ('reason' in event ? event.reason : 'silent'),
    }),
    noteMissed: assign({
      missed: ({ context }) => context.missed + 1,
      reason: ({ event }) => ('reason' in event ? event.reason : 'silent'),
    }),
    noteSilence: assign({ reason: 'silent' }),
    noteAnswered: assign({ missed: 0, reason: null }),
    noteBan: assign({ reason: ({ event, context }) => (event.type === 'banned' ? event.reason : context.reason) }),
    notePardon: assign({ attempts: 0, missed: 0, reason: null }),
    tellIdentity: sendParent(({ context }: { context: NeighbourContext }) => ({
      type: 'neighbour.identified',
      address: context.address,
      peerId: context.peerId,
      claimed: context.claimed,
    })),
    tellAway: sendParent(({ context }: { context: NeighbourContext }) => ({
      type: 'neighbour.away',
      address: context.address,
    })),
  },
  guards: {
    isIdentified: ({ context }) => context.peerId !== null,
    isMeant: ({ context, event }) => 'peerId' in event && event.peerId === context.peerId,
    isGivenUp: ({ context }) => context.attempts + 1 >= context.greetAttemptsMax,
    isMissedTooOften: ({ context }) => context.missed + 1 >= context.beatsMissedMax,
    isRefusedConnection: ({ event }) => event.type === 'beat.missed' && event.reason === 'connection_refused',
  },
  delays: {
    greetDelay: ({ context }) => Math.min(context.greetDelayMsMin * 2 ** context.attempts, context.greetDelayMsMax),
    silenceDelay: ({ context }) => context.beatIntervalMs * (context.beatsMissedMax + 0.5),
    lagDelay: ({ context }) => context.beatIntervalMs / 10,
    suspectDelay: ({ context }) => Math.max(0, context.silenceMsMax - context.beatIntervalMs * context.beatsMissedMax),
    confirmDelay: ({ context }) => context.greetDelayMsMax,
  },
}).createMachine({
  id: 'neighbour',
  description: 'A remote peer: rumour, greeting, syncing, live, suspect, unavailable, banned.',
  meta: {
    events: {
      'greeting.answered': 'Somebody at the address has proved to hold a key.',
      'greeting.failed': 'Nobody has, or what was said does not fit.',
      'feeds.read': 'All feeds that it showed in its hello have been read.',
      'beat.answered': 'It has answered a beat of ours.',
      'beat.missed': 'It has not, or has refused the connection.',
      'beat.heard': 'Its own beat has arrived here.',
      'hello.heard': 'It has said hello, so it is there.',
      'goodbye.heard': 'It has said goodbye.',
      banned: 'Somebody is kept out from now on; it is meant when it is this one.',
      pardoned: 'Somebody is no longer kept out.',
    },
    delays: {
      greetDelay: 'It is time to greet again: longer after each failure, up to a limit.',
      confirmDelay: 'The directions have not been confirmed, or the feeds not been read, in time.',
      silenceDelay: 'No beat of it has been heard for longer than may be missed.',
      lagDelay: 'Nor was one waiting here already, so the silence is not our own lag.',
      suspectDelay: 'It has been silent for so long that it counts as gone.',
    },
  },
  context: ({ input }) => ({ ...input, peerId: null, claimed: null, attempts: 0, missed: 0, reason: null }),
  initial: 'greeting',
  on: { banned: { target: '.banned', guard: 'isMeant', actions: 'noteBan' } },
  states: {
    candidate: {
      description: 'Only a rumour: nobody has answered at this address yet. It is tried again, less and less often.',
      after: { greetDelay: 'greeting' },
      on: { 'hello.heard': 'greeting' },
    },
    greeting: {
      description: 'Somebody is challenged to prove who answers at this address.',
      invoke: {
        id: 'greet',
        src: 'greet',
        input: ({ context }) => ({ address: context.address, peerId: context.peerId }),
      },
      on: {
        'greeting.answered': { target: 'connected', actions: ['noteIdentity', 'tellIdentity'] },
        'greeting.failed': [
          { target: 'unavailable', guard: 'isIdentified', actions: 'noteFailure' },
          { target: 'forgotten', guard: 'isGivenUp', actions: 'noteFailure' },
          { target: 'candidate', actions: 'noteFailure' },
        ],
      },
    },
    connected: {
      description: 'It is known who it is; beats and feeds go both ways.',
      invoke: [
        { id: 'beat', src: 'beat', input: ({ context }) => ({ address: context.address, peerId: context.peerId }) },
        {
          id: 'replicate',
          src: 'replicate',
          input: ({ context }) => ({ address: context.address, peerId: context.peerId }),
        },
      ],
      on: { 'goodbye.heard': '.leaving' },
      initial: 'syncing',
      states: {
        syncing: {
          description: 'Its feeds are being read, and both directions are waiting to be confirmed.',
          type: 'parallel',
          states: {
            feeds: {
              description: 'Whether all that it showed has been read.',
              initial: 'behind',
              states: {
                behind: { description: 'Something is still missing here.', on: { 'feeds.read': 'read' } },
                read: { description: 'All that it showed has been read.', type: 'final' },
              },
            },
            outward: {
              description: 'Whether our beats arrive there.',
              initial: 'unconfirmed',
              states: {
                unconfirmed: {
                  description: 'No beat of ours has been answered.',
                  on: { 'beat.answered': { target: 'confirmed', actions: 'noteAnswered' } },
                },
                confirmed: { description: 'A beat of ours has been answered.', type: 'final' },
              },
            },
            inward: {
              description: 'Whether its beats arrive here.',
              initial: 'unconfirmed',
              states: {
                unconfirmed: { description: 'No beat of it has been heard.', on: { 'beat.heard': 'confirmed' } },
                confirmed: { description: 'A beat of it has been heard.', type: 'final' },
              },
            },
          },
          onDone: 'live',
          on: {
            'beat.answered': { actions: 'noteAnswered' },
            'beat.missed': [
              { target: '#neighbour.unavailable', guard: 'isMissedTooOften', actions: 'noteFailure' },
              { actions: 'noteMissed' },
            ],
          },
          after: { confirmDelay: { target: '#neighbour.unavailable', actions: 'noteSilence' } },
        },
        live: {
          description: 'Both directions are confirmed and its feeds are read: its orders may be matched.',
          entry: 'startMatching',
          exit: 'stopMatching',
          initial: 'hearing',
          states: {
            hearing: {
              description: 'Its beats arrive.',
              after: { silenceDelay: 'listening' },
              on: { 'beat.heard': { target: 'hearing', reenter: true } },
            },
            listening: {
              description:
                'Silence, or only our own lag: beats that are waiting here already get the time to be heard.',
              after: { lagDelay: { target: '#neighbour.connected.suspect', actions: 'noteSilence' } },
              on: { 'beat.heard': 'hearing' },
            },
          },
          on: {
            'beat.answered': { actions: 'noteAnswered' },
            'beat.missed': [
              { target: 'suspect', guard: 'isRefusedConnection', actions: 'noteMissed' },
              { target: 'suspect', guard: 'isMissedTooOften', actions: 'noteMissed' },
              { actions: 'noteMissed' },
            ],
          },
        },
        suspect: {
          description: 'It has missed beats or refused a connection: its orders stay in view and are not matched.',
          type: 'parallel',
          states: {
            outward: {
              description: 'Whether our beats arrive there again.',
              initial: 'unconfirmed',
              states: {
                unconfirmed: {
                  description: 'No beat of ours has been answered since.',
                  on: { 'beat.answered': { target: 'confirmed', actions: 'noteAnswered' } },
                },
                confirmed: { description: 'A beat of ours has been answered since.', type: 'final' },
              },
            },
            inward: {
              description: 'Whether its beats arrive here again.',
              initial: 'unconfirmed',
              states: {
                unconfirmed: { description: 'No beat of it has been heard since.', on: { 'beat.heard': 'confirmed' } },
                confirmed: { description: 'A beat of it has been heard since.', type: 'final' },
              },
            },
          },
          onDone: 'live',
          after: { suspectDelay: { target: '#neighbour.unavailable', actions: 'noteFailure' } },
        },
        leaving: {
          description: 'It has said goodbye: its orders are no longer matched, and soon it will be gone.',
          on: {
            'hello.heard': '#neighbour.greeting',
            'goodbye.heard': {},
            'beat.missed': { target: '#neighbour.unavailable', actions: 'noteFailure' },
          },
        },
      },
    },
    unavailable: {
      description: 'It was known and cannot be reached. It is greeted again, less and less often.',
      entry: 'tellAway',
      after: { greetDelay: 'greeting' },
      on: { 'hello.heard': 'greeting' },
    },
    banned: {
      description:
        'It is kept out, by the operator or because it has misbehaved provably: it is neither greeted nor matched. Its withdraws are answered all the same.',
      on: {
        pardoned: { target: 'greeting', guard: 'isMeant', actions: 'notePardon' },
        'hello.heard': 'greeting',
      },
    },
    forgotten: {
      description: 'Nobody has ever answered at this address.',
      type: 'final',
    },
  },
})
