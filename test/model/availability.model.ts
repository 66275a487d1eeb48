/**
 * What a user may rely on of one neighbour, bob, as `neighbours()` of alice tells it: written from the design and the library's
 * documentation, with no look at how a peer does it. The state says what is told and what follows for bob's orders; what is wrong with
 * bob and with the network is in the state's name, since what comes next depends on it.
 */
import { createMachine } from 'xstate'
import type { NeighbourState } from '../../src/index.ts'

export interface Told {
  /** `rumour`: an address, and nobody has answered there. Several: it goes to and fro between these. */
  readonly shown: readonly (NeighbourState | 'rumour')[]
  /** Whether bob's order is in the book of alice. Not said: it may be, or not. */
  readonly isInView?: boolean
  /** Whether an order of alice trades with it. */
  readonly isMatched: boolean
}

export interface Passing {
  /** What must be told on the way, in this order. */
  readonly via?: readonly NeighbourState[]
  /** What else may be. */
  readonly or?: readonly (NeighbourState | 'rumour')[]
}

const told = (meta: Told): { meta: Told } => ({ meta })
const to = (target: string, meta: Passing = {}): { target: string; meta: Passing } => ({ target, meta })

const rumour = told({ shown: ['rumour'], isInView: false, isMatched: false })
const suspect = told({ shown: ['suspect'], isInView: true, isMatched: false })
const away = told({ shown: ['unavailable', 'greeting'], isInView: true, isMatched: false })
const banned = told({ shown: ['banned'], isMatched: false })
/** Who is suspect for a second without a beat both ways is given up, healed or not: then they meet again. */
const again = ['greeting', 'syncing', 'unavailable'] as const
/** Who meets again reads first, and is believed once both directions are confirmed. */
const meets: Passing = { via: ['syncing'], or: [...again, 'rumour'] }

export const availabilityModel = createMachine({
  id: 'availability',
  initial: 'rumoured',
  states: {
    rumoured: { ...rumour, description: 'Somebody may be there.', on: { 'bob comes': to('live', meets) } },
    live: {
      ...told({ shown: ['live'], isInView: true, isMatched: true }),
      description: 'Both reach each other, and alice has read all that bob has shown.',
      on: {
        'bob is not heard': to('suspectCut'),
        'alice is not heard': to('suspectCut'),
        'both are cut off': to('suspectCut'),
        "bob's answers are lost": to('suspectOneWay'),
        'bob dies': to('suspectDead'),
        'bob leaves': to('awayGone', { via: ['leaving'] }),
        'alice bans bob': to('banned'),
      },
    },
    suspectCut: {
      ...suspect,
      description: 'Too much has been missed: the order stays in view and nobody asks for it.',
      on: {
        'the network heals': to('live', { or: again }),
        'time goes by': to('awayCut'),
        'alice bans bob': to('bannedCut'),
      },
    },
    suspectOneWay: {
      ...suspect,
      description: 'Bob hears and is heard, and nothing that alice asks him is answered.',
      on: {
        'the network heals': to('live', { or: again }),
        'time goes by': to('awayCut'),
        'alice bans bob': to('bannedCut'),
      },
    },
    suspectDead: {
      ...suspect,
      description: 'Bob refuses connections.',
      on: { 'time goes by': to('awayGone'), 'alice bans bob': to('bannedGone') },
    },
    awayCut: {
      ...away,
      description: 'Silent for three seconds; greeted again and again.',
      on: { 'the network heals': to('live', meets), 'alice bans bob': to('bannedCut') },
    },
    awayGone: {
      ...away,
      description: 'Nobody is there any more; greeted again and again.',
      on: { 'bob comes': to('live', meets), 'alice bans bob': to('bannedGone') },
    },
    banned: {
      ...banned,
      description: 'Kept out, though it is there.',
      on: {
        'alice pardons bob': to('live', meets),
        'both are cut off': to('bannedCut'),
        'bob dies': to('bannedGone'),
        'bob leaves': to('bannedGone'),
      },
    },
    bannedCut: {
      ...banned,
      description: 'Kept out, and out of reach.',
      on: {
        'the network heals': to('banned'),
        'alice pardons bob': to('awayCut'),
      },
    },
    bannedGone: {
      ...banned,
      description: 'Kept out, and gone.',
      on: { 'bob comes': to('banned', { or: ['greeting'] }), 'alice pardons bob': to('awayGone') },
    },
  },
})

/** What may be told after what, as the design draws it: each of these happens. */
export const successions: readonly string[] = [
  ...['rumour syncing', 'syncing live', 'live suspect', 'suspect live', 'suspect unavailable'],
  ...['unavailable greeting', 'greeting unavailable', 'greeting syncing', 'live leaving', 'leaving unavailable'],
  ...['live banned', 'suspect banned', 'unavailable banned', 'banned greeting'],
]

/** These may happen, when the moment is the right one. */
export const rareSuccessions: readonly string[] = ['greeting banned', 'syncing unavailable']
