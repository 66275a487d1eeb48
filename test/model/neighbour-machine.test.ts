/** The neighbour machine, walked along paths that are generated from it, against the table below. */
import { fromCallback } from 'xstate'
import { neighbourMachine, type NeighbourContext, type NeighbourInput } from '../../machines/neighbour.machine.ts'
import type { PeerId } from '../../src/book/order.ts'
import type { Address } from '../../src/net/transport.ts'
import { machineSuite } from '../support/machine-suite.ts'
import type { Case, Row } from '../support/machine-walk.ts'

const times: Omit<NeighbourInput, 'address'> = {
  greetDelayMsMin: 100,
  greetDelayMsMax: 350,
  greetAttemptsMax: 3,
  beatIntervalMs: 1_000,
  beatsMissedMax: 2,
  silenceMsMax: 3_000,
}
const start = 'an address'
const [here, claimed] = ['host:1', 'host:2'] as [Address, Address]
const [anna, bob] = ['anna', 'bob'] as [PeerId, PeerId]

type Notes = NonNullable<Row<NeighbourContext>['notes']>
type When = NonNullable<Row<NeighbourContext>['when']>

/** 100 ms, doubled for each attempt, never above 350. */
const greetDelayMs = ({ attempts }: NeighbourContext) => [100, 200][attempts] ?? 350

const cases: readonly Case<NeighbourContext>[] = [
  {
    name: 'greeting.answered',
    words: 'anna proves to be there',
    event: { type: 'greeting.answered', peerId: anna, claimed },
  },
  { name: 'greeting.failed', words: 'nobody answers', event: { type: 'greeting.failed', reason: 'timeout' } },
  { name: 'feeds.read', words: 'its feeds are read', event: { type: 'feeds.read' } },
  { name: 'beat.answered', words: 'it answers a beat', event: { type: 'beat.answered' } },
  { name: 'beat.missed', words: 'it misses a beat', event: { type: 'beat.missed', reason: 'timeout' } },
  { name: 'refused', words: 'it refuses a connection', event: { type: 'beat.missed', reason: 'connection_refused' } },
  { name: 'beat.heard', words: 'its beat is heard', event: { type: 'beat.heard' } },
  { name: 'hello.heard', words: 'it says hello', event: { type: 'hello.heard' } },
  { name: 'goodbye.heard', words: 'it says goodbye', event: { type: 'goodbye.heard' } },
  { name: 'banned', words: 'anna is banned', event: { type: 'banned', peerId: anna, reason: 'feed_forked' } },
  { name: 'other banned', words: 'bob is banned', event: { type: 'banned', peerId: bob, reason: 'feed_forked' } },
  { name: 'pardoned', words: 'anna is pardoned', event: { type: 'pardoned', peerId: anna } },
  { name: 'other pardoned', words: 'bob is pardoned', event: { type: 'pardoned', peerId: bob } },
  timer('candidate wait', 'the wait is over', 'greetDelay.neighbour.candidate', greetDelayMs),
  timer('unavailable wait', 'the wait is over', 'greetDelay.neighbour.unavailable', greetDelayMs),
  timer('unconfirmed', 'it takes too long', 'confirmDelay.neighbour.connected.syncing', () => times.greetDelayMsMax),
  timer('silence', 'it is silent', 'silenceDelay.neighbour.connected.live.hearing', () => 2_500),
  timer('lag', 'no beat was waiting here', 'lagDelay.neighbour.connected.live.listening', () => 100),
  timer('still suspect', 'it stays silent', 'suspectDelay.neighbour.connected.suspect', () => 1_000),
]

function timer(
  name: string,
  words: string,
  type: string,
  afterMs: (before: NeighbourContext) => number,
): Case<NeighbourContext> {
  return { name, words, event: { type: `xstate.after.${type}` }, afterMs }
}

const live = 'connected.live.hearing'
const listening = 'connected.live.listening'
const leaving = 'connected.leaving'
const leave = ['stop beat', 'stop replicate']
const away = 'tell neighbour.away host:1'
const reasonOf: (event: object) => string = event => ('reason' in event ? String(event.reason) : 'silent')

const identified: Notes = () => ({ peerId: anna, claimed, attempts: 0, missed: 0, reason: null })
const failed: Notes = (before, event) => ({ attempts: before.attempts + 1, reason: reasonOf(event) })
const missed: Notes = (before, event) => ({ missed: before.missed + 1, reason: reasonOf(event) })
const answered: Notes = () => ({ missed: 0, reason: null })
const banned: Notes = (_, event) => ({ reason: reasonOf(event) })
const pardoned: Notes = () => ({ attempts: 0, missed: 0, reason: null })
const silent: Notes = () => ({ reason: 'silent' })

const isKnown: When = ({ peerId }) => peerId !== null
const isFirstMiss: When = before => before.missed === 0
const isSecondMiss: When = before => before.missed > 0

/** The rows of a parallel state: each region goes its own way, and the last one to be confirmed makes it live. */
function regions(
  stateOf: (done: readonly boolean[]) => string,
  events: readonly string[],
  notesOf: (event: string) => Notes | undefined,
): Row<NeighbourContext>[] {
  const combinations = [...Array(2 ** events.length - 1).keys()].map(bits =>
    events.map((_, i) => (bits >> i) % 2 === 1),
  )
  return combinations.flatMap(done =>
    events.map((event, index): Row<NeighbourContext> => {
      const next = done.with(index, true)
      const isLive = next.every(Boolean)
      const notes = notesOf(event)
      return {
        from: stateOf(done),
        on: [event],
        to: isLive ? live : stateOf(next),
        restarts: isLive,
        does: isLive ? ['startMatching'] : [],
        ...(notes ? { notes } : {}),
      }
    }),
  )
}

const syncingStates = [...Array(7).keys()].map(bits => syncing([0, 1, 2].map(i => (bits >> i) % 2 === 1)))
const suspectStates = [...Array(3).keys()].map(bits => suspect([0, 1].map(i => (bits >> i) % 2 === 1)))

function syncing([feeds, outward, inward]: readonly (boolean | undefined)[]): string {
  const word = (isConfirmed: boolean | undefined) => (isConfirmed ? 'confirmed' : 'unconfirmed')
  return `connected.syncing[feeds.${feeds ? 'read' : 'behind'}, outward.${word(outward)}, inward.${word(inward)}]`
}

function suspect([outward, inward]: readonly (boolean | undefined)[]): string {
  const word = (isConfirmed: boolean | undefined) => (isConfirmed ? 'confirmed' : 'unconfirmed')
  return `connected.suspect[outward.${word(outward)}, inward.${word(inward)}]`
}

machineSuite<NeighbourContext>('one remote peer as seen from here', {
  machine: neighbourMachine,
  explored: neighbourMachine.provide({ actions: { tellIdentity: () => undefined, tellAway: () => undefined } }),
  variants: [{ words: start, input: { address: here, ...times } }],
  cases,
  digest: ({ peerId, attempts, missed: beats }) => `${String(peerId)} ${Math.min(attempts, 3)} ${Math.min(beats, 2)}`,
  isWayRemembered: true,
  starts: [{ variant: start, to: 'greeting', does: ['start greet'] }],
  table: [
    // A rumour, until somebody answers.
    { from: 'candidate', on: ['candidate wait', 'hello.heard'], to: 'greeting', does: ['start greet'] },
    {
      from: 'greeting',
      on: ['greeting.answered'],
      to: syncing([]),
      does: ['stop greet', 'tell neighbour.identified host:1 anna host:2', 'start beat', 'start replicate'],
      notes: identified,
    },
    {
      from: 'greeting',
      on: ['greeting.failed'],
      when: isKnown,
      to: 'unavailable',
      does: ['stop greet', away],
      notes: failed,
    },
    {
      from: 'greeting',
      on: ['greeting.failed'],
      when: ({ peerId, attempts }) => peerId === null && attempts < 2,
      to: 'candidate',
      does: ['stop greet'],
      notes: failed,
    },
    {
      from: 'greeting',
      on: ['greeting.failed'],
      when: ({ peerId, attempts }) => peerId === null && attempts === 2,
      to: 'forgotten',
      does: ['stop greet', 'tell xstate.done.actor.subject'],
      notes: failed,
    },

    // It is known who it is; three things must be confirmed.
    ...regions(syncing, ['feeds.read', 'beat.answered', 'beat.heard'], event =>
      event === 'beat.answered' ? answered : undefined,
    ),
    ...syncingStates.flatMap((from): Row<NeighbourContext>[] => [
      { from, on: ['beat.missed', 'refused'], when: isFirstMiss, to: from, notes: missed },
      {
        from,
        on: ['beat.missed', 'refused'],
        when: isSecondMiss,
        to: 'unavailable',
        does: [...leave, away],
        notes: failed,
      },
      { from, on: ['unconfirmed'], to: 'unavailable', does: [...leave, away], notes: silent },
    ]),

    // Its orders are matched.
    { from: live, on: ['beat.heard'], to: live, restarts: true },
    { from: live, on: ['silence'], to: listening },
    ...[live, listening].flatMap((from): Row<NeighbourContext>[] => [
      { from, on: ['beat.answered'], to: from, notes: answered },
      { from, on: ['beat.missed'], when: isFirstMiss, to: from, notes: missed },
      { from, on: ['beat.missed'], when: isSecondMiss, to: suspect([]), does: ['stopMatching'], notes: missed },
      { from, on: ['refused'], to: suspect([]), does: ['stopMatching'], notes: missed },
    ]),

    // Silence may be our own lag: what is waiting here gets the time to be heard.
    { from: listening, on: ['beat.heard'], to: live },
    { from: listening, on: ['lag'], to: suspect([]), does: ['stopMatching'], notes: silent },

    // Its orders are in view, and both directions must be confirmed again.
    ...regions(suspect, ['beat.answered', 'beat.heard'], event => (event === 'beat.answered' ? answered : undefined)),
    ...suspectStates.map((from): Row<NeighbourContext> => ({
      from,
      on: ['still suspect'],
      to: 'unavailable',
      does: [...leave, away],
      notes: failed,
    })),

    // It goes, whatever was known of it by then; it may come back before it has gone.
    ...[...syncingStates, ...suspectStates].map((from): Row<NeighbourContext> => ({
      from,
      on: ['goodbye.heard'],
      to: leaving,
    })),
    ...[live, listening].map((from): Row<NeighbourContext> => ({
      from,
      on: ['goodbye.heard'],
      to: leaving,
      does: ['stopMatching'],
    })),
    { from: leaving, on: ['goodbye.heard'], to: leaving },
    { from: leaving, on: ['hello.heard'], to: 'greeting', does: [...leave, 'start greet'] },
    {
      from: leaving,
      on: ['beat.missed', 'refused'],
      to: 'unavailable',
      does: [...leave, away],
      notes: failed,
    },

    // It is kept out, wherever it was, once it is known who it is.
    ...[
      { states: ['unavailable'], does: [] },
      { states: ['greeting'], does: ['stop greet'] },
      { states: [...syncingStates, ...suspectStates, leaving], does: leave },
      { states: [live, listening], does: ['stopMatching', ...leave] },
    ].flatMap(({ states, does }) =>
      states.map((from): Row<NeighbourContext> => ({
        from,
        on: ['banned'],
        when: isKnown,
        to: 'banned',
        does,
        notes: banned,
      })),
    ),
    ...['candidate', 'greeting'].map((from): Row<NeighbourContext> => ({
      from,
      on: ['banned'],
      when: before => !isKnown(before, { type: 'banned' }),
      to: from,
    })),
    { from: live, on: ['other banned'], to: live },
    { from: 'banned', on: ['other banned', 'other pardoned'], to: 'banned' },
    { from: 'banned', on: ['banned'], to: 'banned', restarts: true, notes: banned },
    { from: 'banned', on: ['pardoned'], to: 'greeting', does: ['start greet'], notes: pardoned },
    // Somebody says hello from there: it may be somebody else.
    { from: 'banned', on: ['hello.heard'], to: 'greeting', does: ['start greet'] },

    // It was there. That it beats does not say that it can be reached.
    { from: 'unavailable', on: ['unavailable wait', 'hello.heard'], to: 'greeting', does: ['start greet'] },
  ],
  provide: (machine, record) => {
    const recorded = (name: string) =>
      fromCallback(() => {
        record(`start ${name}`)
        return () => record(`stop ${name}`)
      })
    return machine.provide({
      actors: { greet: recorded('greet'), beat: recorded('beat'), replicate: recorded('replicate') },
      actions: {
        startMatching: () => record('startMatching'),
        stopMatching: () => record('stopMatching'),
      },
    })
  },
  harmless: {
    'connected.leaving on goodbye.heard #0: lost': 'who is leaving already can only begin to leave again',
  },
})
