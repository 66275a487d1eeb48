/** The machine of a whole peer, walked along paths that are generated from it, against the table below. */
import {
  enqueueActions,
  fromCallback,
  type ActorLogic,
  type AnyActorRef,
  type EventObject,
  type Snapshot,
} from 'xstate'
import { peerMachine, type PeerContext, type PeerInput } from '../../machines/peer.machine.ts'
import type { BookInContext } from '../../machines/book.machine.ts'
import type { MarketId } from '../../src/book/market.ts'
import type { PeerId } from '../../src/book/order.ts'
import type { Address } from '../../src/net/transport.ts'
import { machineSuite } from '../support/machine-suite.ts'
import type { Case, Recorder, Row } from '../support/machine-walk.ts'

const self = 'self' as PeerId
const [anna, bob] = ['anna', 'bob'] as [PeerId, PeerId]
const [here, a, b, c] = ['here:1', 'a:1', 'b:1', 'c:1'] as [Address, Address, Address, Address]
const [first, second] = ['BTCUSD:1:1', 'ETHUSD:1:1'] as [MarketId, MarketId]

const twoMarkets = 'a peer of two markets'
const oneMarket = 'a peer of one market'
const doubled = 'a peer whose key another process uses'
const noMarket = 'a peer that only knows neighbours'

const book: BookInContext = { group: null, hasMore: false, isDrained: true, toJSON: () => ({}) }

function input(...markets: readonly MarketId[]): PeerInput {
  return {
    peerId: self,
    address: here,
    books: Object.fromEntries(markets.map(market => [market, book])),
    neighboursMax: 2,
    banned: {},
    crashesMax: 1,
    neighbourTimes: {
      greetDelayMsMin: 1,
      greetDelayMsMax: 2,
      greetAttemptsMax: 1,
      beatIntervalMs: 1,
      beatsMissedMax: 1,
      silenceMsMax: 1,
    },
    drainDelayMs: 3_000,
    proposalTimes: { retryDelayMsMin: 1, retryDelayMsMax: 2 },
  }
}

// What may happen

const opened = (market: MarketId, words: string): Case<PeerContext> => ({
  name: `opened ${market}`,
  words: `${words} opens`,
  event: { type: 'book.opened', market },
})

const found = (address: Address, words: string): Case<PeerContext> => ({
  name: `found ${address}`,
  words: `${words} is found`,
  event: { type: 'candidate.found', address },
})

const hello = (address: Address): Case<PeerContext> => ({
  name: `hello ${address}`,
  words: `anna says hello from ${address}`,
  event: { type: 'hello.heard', address, peerId: anna },
})

const identified = (address: Address, peerId: PeerId): Case<PeerContext> => ({
  name: `identified ${address} ${peerId}`,
  words: `${peerId} is at ${address}`,
  event: { type: 'neighbour.identified', address, peerId, claimed: address },
  needs: `neighbour ${address}`,
})

/** Somebody who answers at one address and says that it is at another. */
const elsewhere = (address: Address, peerId: PeerId, claimed: Address): Case<PeerContext> => ({
  name: `elsewhere ${address} ${peerId}`,
  words: `${peerId} answers at ${address} and claims ${claimed}`,
  event: { type: 'neighbour.identified', address, peerId, claimed },
  needs: `neighbour ${address}`,
})

const isAway = (address: Address): Case<PeerContext> => ({
  name: `away ${address}`,
  words: `nobody answers at ${address} any more`,
  event: { type: 'neighbour.away', address },
  needs: `neighbour ${address}`,
})

const sent = (maker: PeerId): Case<PeerContext> => ({
  name: `sent ${maker}`,
  words: `a batch goes to ${maker}`,
  event: {
    type: 'batch.sent',
    batch: { market: first, taker: self, maker, n: 1 },
    signed: { body: '', signature: '' },
    mode: 'propose',
    decision: null,
  },
})

/** A child ends by itself, in good order or by a defect. */
function ended(id: string, words: string): [Case<PeerContext>, Case<PeerContext>] {
  const tell = (type: string) => (actor: AnyActorRef) => {
    const { children } = actor.getSnapshot() as { readonly children: { readonly [id: string]: AnyActorRef } }
    children[id]?.send({ type })
  }
  return [
    {
      name: `done ${id}`,
      words: `${words} ends`,
      event: { type: `xstate.done.actor.${id}` },
      perform: tell('test.end'),
      needs: id,
    },
    {
      name: `crash ${id}`,
      words: `${words} breaks`,
      event: { type: `xstate.error.actor.${id}`, error: 'Error: a defect' },
      perform: tell('test.crash'),
      needs: id,
    },
  ]
}

const proposal = (maker: PeerId) => `proposal ${first} ${maker} 1 of ${self}`

const cases: readonly Case<PeerContext>[] = [
  opened(first, 'the first book'),
  opened(second, 'the second book'),
  {
    name: 'halted',
    words: 'the first book halts',
    event: { type: 'book.halted', market: first, sentence: 'no space is left' },
  },
  ...ended(`book ${first}`, 'the first book'),
  ...ended(`book ${second}`, 'the second book'),
  found(here, 'its own address'),
  found(a, 'an address'),
  found(b, 'another address'),
  found(c, 'a third address'),
  hello(here),
  hello(a),
  hello(b),
  { name: 'beat', words: 'anna beats', event: { type: 'beat.heard', peerId: anna } },
  identified(a, anna),
  identified(b, anna),
  identified(a, self),
  elsewhere(b, anna, a),
  isAway(a),
  { name: 'goodbye', words: 'anna says goodbye', event: { type: 'goodbye.heard', peerId: anna } },
  ...ended(`neighbour ${a}`, 'the neighbour'),
  sent(anna),
  sent(bob),
  {
    name: 'settled',
    words: "anna's batch is settled",
    event: { type: 'batch.settled', market: first, taker: self, maker: anna, n: 1 },
  },
  { name: 'live', words: 'anna is back', event: { type: 'maker.live', peerId: anna } },
  { name: 'banned', words: 'anna is banned', event: { type: 'peer.banned', peerId: anna, reason: 'feed_forked' } },
  { name: 'pardoned', words: 'anna is pardoned', event: { type: 'peer.pardoned', peerId: anna } },
  ...ended(proposal(anna), "anna's proposal"),
  {
    name: 'superseded',
    words: 'another process has proved to be this peer',
    event: { type: 'peer.superseded', sentence: 'another process is this peer' },
  },
  { name: 'stop', words: 'it is to stop', event: { type: 'peer.stop' } },
  { name: 'said', words: 'all know that it leaves', event: { type: 'goodbye.said' } },
  {
    name: 'leaveDelay',
    words: 'it has said goodbye for long enough',
    event: { type: 'xstate.after.drainDelay.peer.leaving' },
    afterMs: () => 3_000,
  },
  {
    name: 'drainDelay',
    words: 'it has waited long enough',
    event: { type: 'xstate.after.drainDelay.peer.stopping' },
    afterMs: () => 3_000,
  },
]

// What must happen then

type Does = (before: PeerContext, children: readonly string[]) => readonly string[]
type Notes = NonNullable<Row<PeerContext>['notes']>

const states = ['starting', 'running', 'halted', 'leaving', 'stopping']
const unlessHalted = states.filter(state => state !== 'halted')
const inEvery = (row: Omit<Row<PeerContext>, 'from' | 'to'>, among = states): Row<PeerContext>[] =>
  among.map(state => ({ ...row, from: state, to: state }))

const addressesOf = ({ neighbours }: PeerContext, peerId: PeerId) =>
  (Object.keys(neighbours) as Address[]).filter(address => neighbours[address] === peerId)
const without = ({ neighbours }: PeerContext, ...gone: readonly Address[]) => ({
  neighbours: Object.fromEntries(Object.entries(neighbours).filter(([one]) => !gone.includes(one as Address))),
})
const isKnown =
  (address: Address) =>
  ({ neighbours }: PeerContext) =>
    address in neighbours
const isFull = ({ neighbours }: PeerContext) => Object.keys(neighbours).length === 2

const crashed =
  (id: string): Notes =>
  before => ({ crashes: before.crashes + 1, failure: `xstate.error.actor.${id}: Error: a defect` })
/** The first defect is mended, the second is not. */
const rebuilt =
  (id: string): Does =>
  before =>
    before.crashes < 1 ? [`start ${id}`] : []
const closed =
  (market: MarketId): Notes =>
  before => ({ closed: [...before.closed, market] })
/** The same batch again comes from a book that was built again: one actor asks, never two. */
const replaced =
  (id: string): Does =>
  (_, children) =>
    children.includes(id) ? [`stop ${id}`, `start ${id}`] : [`start ${id}`]
const toAnnasProposal =
  (type: string): Does =>
  (_, children) =>
    children.includes(proposal(anna)) ? [`${type} to ${proposal(anna)}`] : []
const tellAnna =
  (type: string): Does =>
  before =>
    addressesOf(before, anna).map(address => `${type} to neighbour ${address}`)
const tellAll =
  (type: string): Does =>
  (_, children) =>
    children.filter(id => id.startsWith('neighbour ')).map(id => `${type} to ${id}`)
/** Who is banned is listed, and told so at once. */
const tellIfBanned = (address: Address, { banned }: PeerContext, children: readonly string[]) =>
  anna in banned && children.includes(`neighbour ${address}`) ? [`banned to neighbour ${address}`] : []
const over = 'tell xstate.done.actor.subject'

const takesUp = (address: Address, on: string): Row<PeerContext>[] => [
  {
    from: 'running',
    on: [on],
    when: before => !isKnown(address)(before) && !isFull(before),
    to: 'running',
    does: [`start neighbour ${address}`],
    notes: before => ({ neighbours: { ...before.neighbours, [address]: null } }),
  },
  {
    from: 'running',
    on: [on],
    when: before => !isKnown(address)(before) && isFull(before),
    to: 'running',
    notes: before => ({ candidatesDropped: before.candidatesDropped + 1 }),
  },
]

const books = [first, second]
const drained: Does = (_, children) =>
  books.filter(market => children.includes(`book ${market}`)).map(market => `market.drain to book ${market}`)
const halted: Does = (_, children) =>
  books.filter(market => children.includes(`book ${market}`)).map(market => `market.halt to book ${market}`)
const dismissed: Does = (_, children) =>
  children.filter(id => /^(neighbour|proposal) /.test(id)).map(id => `stop ${id}`)
const superseded = () => ({ superseded: 'another process is this peer', neighbours: {} })
const left: Does = (_, children) => [
  ...children.filter(id => !['discover', 'sayGoodbye'].includes(id)).map(id => `stop ${id}`),
  over,
]
const isLast = ({ closed: gone, books: all }: PeerContext) => gone.length + 1 === Object.keys(all).length
const isOver = ({ closed: gone, books: all }: PeerContext) => gone.length === Object.keys(all).length

const bookRows = books.flatMap((market): Row<PeerContext>[] => [
  {
    from: 'starting',
    on: [`opened ${market}`],
    when: before => openedWith(before, market).length < Object.keys(before.books).length,
    to: 'starting',
    notes: before => ({ open: openedWith(before, market) }),
  },
  {
    from: 'starting',
    on: [`opened ${market}`],
    when: before => openedWith(before, market).length === Object.keys(before.books).length,
    to: 'running',
    does: ['start discover'],
    notes: before => ({ open: openedWith(before, market) }),
  },
  ...['starting', 'running', 'leaving', ...(market === first ? ['halted'] : [])].map((state): Row<PeerContext> => ({
    from: state,
    on: [`done book ${market}`],
    to: state,
    notes: closed(market),
  })),
  {
    from: 'stopping',
    on: [`done book ${market}`],
    when: before => !isLast(before),
    to: 'stopping',
    notes: closed(market),
  },
  {
    from: 'stopping',
    on: [`done book ${market}`],
    when: isLast,
    to: 'stopped',
    does: (before, children) =>
      left(
        before,
        children.filter(id => id !== `book ${market}`),
      ),
    notes: closed(market),
  },
])

/** A book that is built again opens again, and counts once. */
function openedWith({ open }: PeerContext, market: MarketId): MarketId[] {
  return open.includes(market) ? [...open] : [...open, market]
}

machineSuite<PeerContext>('a whole peer', {
  machine: peerMachine,
  explored: peerMachine.provide({
    actions: {
      // Which children run is not known in mere exploration; to stop one that does not run does no harm.
      dismissOthers: enqueueActions(({ enqueue }) => {
        for (const id of [...[a, b, c].map(address => `neighbour ${address}`), proposal(anna), proposal(bob)])
          enqueue.stopChild(id)
        enqueue.assign({ neighbours: {} })
      }),
    },
  }),
  variants: [
    {
      words: twoMarkets,
      input: input(first, second),
      cases: [
        ...books.flatMap(market => [`opened ${market}`, `done book ${market}`]),
        ...[`crash book ${first}`, 'halted', 'stop', 'said', 'leaveDelay', 'drainDelay'],
      ],
    },
    {
      words: oneMarket,
      input: input(first),
      cases: [
        ...[
          `opened ${first}`,
          `found ${a}`,
          `identified ${a} anna`,
          'beat',
          'goodbye',
          `away ${a}`,
          'sent anna',
          'sent bob',
          'settled',
          'live',
          'banned',
          'pardoned',
        ],
        ...[`done ${proposal(anna)}`, `crash ${proposal(anna)}`, 'stop', 'said', `done book ${first}`],
      ],
    },
    {
      words: doubled,
      input: input(first),
      cases: [
        ...[`opened ${first}`, `found ${a}`, 'sent anna', 'superseded'],
        ...['halted', `done book ${first}`, 'stop', 'said'],
      ],
    },
    {
      words: noMarket,
      input: input(),
      cases: [
        ...[here, a, b, c].map(address => `found ${address}`),
        ...[here, a, b].map(address => `hello ${address}`),
        ...['beat', 'goodbye', `identified ${a} anna`, `identified ${b} anna`, `identified ${a} self`],
        ...[`elsewhere ${b} anna`, `away ${a}`, 'banned', 'pardoned'],
        ...[`done neighbour ${a}`, `crash neighbour ${a}`],
      ],
    },
  ],
  cases,
  // How often something has broken matters to books alone.
  digest: ({ open, closed: gone, neighbours, banned, crashes, books: all }, children) =>
    JSON.stringify([
      ...[[...open].sort(), [...gone].sort(), Object.entries(neighbours).sort(), children, Object.keys(banned)],
      Object.keys(all).length === 2 ? Math.min(crashes, 2) : 0,
    ]),
  isWayRemembered: false,
  starts: [
    { variant: twoMarkets, to: 'starting', does: books.map(market => `start book ${market}`) },
    { variant: oneMarket, to: 'starting', does: [`start book ${first}`] },
    { variant: doubled, to: 'starting', does: [`start book ${first}`] },
    { variant: noMarket, to: 'running', does: ['start discover'] },
  ],
  table: [
    // Books
    ...bookRows,
    ...inEvery({ on: ['halted'], notes: () => ({ failure: `${first}: no space is left` }) }),
    ...inEvery(
      {
        on: [`crash book ${first}`],
        does: rebuilt(`book ${first}`),
        notes: crashed(`book ${first}`),
      },
      unlessHalted,
    ),

    // Neighbours
    ...[a, b, c].flatMap(address => takesUp(address, `found ${address}`)),
    ...[a, b].flatMap(address => takesUp(address, `hello ${address}`)),
    ...[a, b, c].map((address): Row<PeerContext> => ({
      from: 'running',
      on: [`found ${address}`],
      when: isKnown(address),
      to: 'running',
    })),
    ...[a, b].map((address): Row<PeerContext> => ({
      from: 'running',
      on: [`hello ${address}`],
      when: isKnown(address),
      to: 'running',
      does: before => {
        const known = addressesOf(before, anna)
        return (known.length > 0 ? known : [address]).map(one => `hello.heard to neighbour ${one}`)
      },
    })),
    { from: 'running', on: [`found ${here}`, `hello ${here}`], to: 'running' },
    ...['running', 'leaving', 'stopping'].map((state): Row<PeerContext> => ({
      from: state,
      on: ['beat'],
      to: state,
      does: tellAnna('beat.heard'),
    })),
    ...['running', 'leaving'].flatMap((state): Row<PeerContext>[] => [
      { from: state, on: ['goodbye'], to: state, does: tellAnna('goodbye.heard') },
      {
        from: state,
        on: [`away ${a}`],
        to: state,
        notes: before => ({ neighbours: { ...before.neighbours, [a]: null } }),
      },
    ]),
    ...[a, b].map((address): Row<PeerContext> => ({
      from: 'running',
      on: [`identified ${address} anna`],
      to: 'running',
      does: (before, children) => [
        ...addressesOf(before, anna)
          .filter(former => former !== address)
          .map(former => `stop neighbour ${former}`),
        ...tellIfBanned(address, before, children),
      ],
      notes: before => ({
        neighbours: {
          ...without(before, ...addressesOf(before, anna).filter(former => former !== address)).neighbours,
          [address]: anna,
        },
      }),
    })),
    // Who says that it is elsewhere counts where it was found first, if anywhere.
    {
      from: 'running',
      on: [`elsewhere ${b} anna`],
      when: before => addressesOf(before, anna).some(address => address !== b),
      to: 'running',
      does: [`stop neighbour ${b}`],
      notes: before => without(before, b),
    },
    {
      from: 'running',
      on: [`elsewhere ${b} anna`],
      when: before => addressesOf(before, anna).every(address => address === b),
      to: 'running',
      does: (before, children) => tellIfBanned(b, before, children),
      notes: before => ({ neighbours: { ...before.neighbours, [b]: anna } }),
    },
    {
      from: 'running',
      on: [`identified ${a} self`],
      to: 'running',
      does: before => (isKnown(a)(before) ? [`stop neighbour ${a}`] : []),
      notes: before => without(before, a),
    },
    { from: 'running', on: [`done neighbour ${a}`], to: 'running', notes: before => without(before, a) },
    {
      from: 'running',
      on: [`crash neighbour ${a}`],
      to: 'running',
      notes: (before, event) => ({ ...crashed(`neighbour ${a}`)(before, event), ...without(before, a) }),
    },

    ...inEvery(
      {
        on: ['banned'],
        does: tellAll('banned'),
        notes: before => ({ banned: { ...before.banned, [anna]: 'feed_forked' } }),
      },
      unlessHalted,
    ),
    ...inEvery({ on: ['pardoned'], does: tellAll('pardoned'), notes: () => ({ banned: {} }) }, unlessHalted),

    // Proposals
    ...inEvery({ on: ['sent anna'], does: replaced(proposal(anna)) }, unlessHalted),
    ...inEvery({ on: ['sent bob'], does: replaced(proposal(bob)) }, unlessHalted),
    { from: 'halted', on: ['sent anna'], to: 'halted' },
    ...inEvery({ on: ['settled'], does: toAnnasProposal('batch.settled') }, unlessHalted),
    ...['running', 'leaving', 'stopping'].map((state): Row<PeerContext> => ({
      from: state,
      on: ['live'],
      to: state,
      does: toAnnasProposal('maker.live'),
    })),
    ...inEvery({ on: [`done ${proposal(anna)}`] }, unlessHalted),
    ...inEvery({ on: [`crash ${proposal(anna)}`], notes: crashed(proposal(anna)) }, unlessHalted),

    // Another process of the same key
    {
      from: 'running',
      on: ['superseded'],
      to: 'halted',
      does: (before, children) => ['stop discover', ...halted(before, children), ...dismissed(before, children)],
      notes: superseded,
    },
    {
      from: 'leaving',
      on: ['superseded'],
      when: before => !isOver(before),
      to: 'stopping',
      does: (before, children) => [
        'stop sayGoodbye',
        ...[halted, dismissed, drained].flatMap(does => does(before, children)),
      ],
      notes: superseded,
    },
    {
      from: 'leaving',
      on: ['superseded'],
      when: isOver,
      to: 'stopped',
      does: (before, children) => ['stop sayGoodbye', ...dismissed(before, children), over],
      notes: superseded,
    },
    {
      from: 'stopping',
      on: ['superseded'],
      to: 'stopping',
      restarts: true,
      does: (before, children) => [halted, dismissed, drained].flatMap(does => does(before, children)),
      notes: superseded,
    },
    { from: 'halted', on: ['stop'], when: before => !isOver(before), to: 'stopping', does: drained },
    { from: 'halted', on: ['stop'], when: isOver, to: 'stopped', does: left },

    // The end
    { from: 'starting', on: ['stop'], when: before => !isOver(before), to: 'stopping', does: drained },
    { from: 'starting', on: ['stop'], when: isOver, to: 'stopped', does: left },
    { from: 'running', on: ['stop'], to: 'leaving', does: ['stop discover', 'start sayGoodbye'] },
    {
      from: 'leaving',
      on: ['said', 'leaveDelay'],
      when: before => !isOver(before),
      to: 'stopping',
      does: (before, children) => ['stop sayGoodbye', ...drained(before, children)],
    },
    {
      from: 'leaving',
      on: ['said', 'leaveDelay'],
      when: isOver,
      to: 'stopped',
      does: (before, children) => ['stop sayGoodbye', ...left(before, children)],
    },
    { from: 'stopping', on: ['drainDelay'], to: 'stopped', does: left },
  ],
  provide: (machine, record) =>
    machine.provide({
      actors: {
        book: child(record),
        neighbour: child(record),
        proposal: child(record),
        discover: recording('discover', record),
        sayGoodbye: recording('sayGoodbye', record),
      },
    }),
  harmless: {},
})

function recording(name: string, record: Recorder) {
  return fromCallback(() => {
    record(`start ${name}`)
    return () => record(`stop ${name}`)
  })
}

/** An actor that records what is sent to it, and ends or breaks when it is told to. */
function child(record: Recorder): ActorLogic<Snapshot<unknown>, EventObject> {
  return {
    getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
    getPersistedSnapshot: snapshot => snapshot,
    start: (_, { self: { id } }) => record(`start ${id}`),
    transition: (snapshot, { type }, { self: { id } }) => {
      if (type === 'test.crash') throw new Error('a defect')
      if (type === 'test.end') return { status: 'done', output: undefined, error: undefined }
      record(type === 'xstate.stop' ? `stop ${id}` : `${type} to ${id}`)
      return type === 'xstate.stop' ? { status: 'stopped', output: undefined, error: undefined } : snapshot
    },
  }
}
