/**
 * The peer: root supervisor of its books, of its neighbours and of the proposals under way. It spawns, routes by id and reaps; what
 * the children do with the world comes in by `provide`.
 */
import { assign, createMachine, enqueueActions, fromCallback, setup } from 'xstate'
import type { MarketId } from '../src/book/market.ts'
import type { PeerId } from '../src/book/order.ts'
import type { Signed } from '../src/feed/signer.ts'
import type { Batch } from '../src/net/messages.ts'
import type { Address } from '../src/net/transport.ts'
import type { BookInContext, bookMachine } from './book.machine.ts'
import type { NeighbourEvent, NeighbourInput, NeighbourTold, neighbourMachine } from './neighbour.machine.ts'
import type { ProposalInput, proposalMachine } from './proposal.machine.ts'

export interface PeerInput {
  readonly peerId: PeerId
  readonly address: Address
  /** One book for each market; only the book actors change them. */
  readonly books: Readonly<Record<MarketId, BookInContext>>
  readonly neighboursMax: number
  /** Who is kept out, and why. */
  readonly banned: Readonly<Record<PeerId, string>>
  /** How many ended books are rebuilt from their journals. */
  readonly crashesMax: number
  readonly neighbourTimes: Omit<NeighbourInput, 'address'>
  /** How long the peer waits for undecided quantity when it stops. */
  readonly drainDelayMs: number
  readonly proposalTimes: Pick<ProposalInput, 'retryDelayMsMin' | 'retryDelayMsMax'>
}

export interface PeerContext extends PeerInput {
  /** Markets whose book has recovered. */
  readonly open: readonly MarketId[]
  /** Markets whose book has drained. */
  readonly closed: readonly MarketId[]
  /** Every address under supervision, and who answers there; null while nobody has. */
  readonly neighbours: Readonly<Record<Address, PeerId | null>>
  /** Addresses that were not taken up because there are too many. */
  readonly candidatesDropped: number
  /** Children that a defect has ended. */
  readonly crashes: number
  /** What went wrong last, for the operator. */
  readonly failure: string | null
  /** Why nothing may be said any more: another process has begun later with the same key. Null as long as none is known. */
  readonly superseded: string | null
}

export interface BatchId {
  readonly market: MarketId
  readonly taker: PeerId
  readonly maker: PeerId
  readonly n: number
}

/** What each of them means stands in `meta` of the machine. */
export type PeerEvent =
  | { readonly type: 'book.opened'; readonly market: MarketId }
  | { readonly type: 'book.halted'; readonly market: MarketId; readonly sentence: string }
  | { readonly type: 'candidate.found'; readonly address: Address }
  | { readonly type: 'hello.heard'; readonly address: Address; readonly peerId: PeerId }
  | { readonly type: 'beat.heard' | 'goodbye.heard'; readonly peerId: PeerId }
  | { readonly type: 'goodbye.said' }
  | NeighbourTold
  | { readonly type: 'maker.live'; readonly peerId: PeerId }
  | { readonly type: 'peer.banned'; readonly peerId: PeerId; readonly reason: string }
  | { readonly type: 'peer.pardoned'; readonly peerId: PeerId }
  | {
      readonly type: 'batch.sent'
      readonly batch: Batch
      readonly signed: Signed
      readonly mode: ProposalInput['mode']
      readonly decision: ProposalInput['decision']
    }
  | ({ readonly type: 'batch.settled' } & BatchId)
  | { readonly type: 'peer.superseded'; readonly sentence: string }
  | { readonly type: 'peer.stop' }

function mustBeProvided(name: string): never {
  throw new Error(`${name} must be provided`)
}

/** Stands for a child machine that `provide` must supply. */
function placeholder(name: string): unknown {
  return createMachine({ id: name, entry: () => mustBeProvided(name) })
}

export const peerMachine = setup({
  types: {
    context: {} as PeerContext,
    events: {} as PeerEvent,
    input: {} as PeerInput,
  },
  actors: {
    book: placeholder('book') as typeof bookMachine,
    neighbour: placeholder('neighbour') as typeof neighbourMachine,
    proposal: placeholder('proposal') as typeof proposalMachine,
    /** Turns lookups and static addresses into candidates. */
    discover: fromCallback<PeerEvent>(() => mustBeProvided('discover')),
    /** Tells every neighbour goodbye; reports `goodbye.said`. */
    sayGoodbye: fromCallback<PeerEvent>(() => mustBeProvided('sayGoodbye')),
  },
  actions: {
    spawnBooks: enqueueActions(({ context, enqueue }) => {
      for (const [market, book] of Object.entries(context.books))
        enqueue.spawnChild('book', { id: `book ${market}`, input: { book } })
    }),
    noteOpen: assign({
      open: ({ context, event }) =>
        event.type === 'book.opened' && !context.open.includes(event.market)
          ? [...context.open, event.market]
          : context.open,
    }),
    noteClosed: assign({
      closed: ({ context, event }) => {
        const market = marketsOf(context).find(id => event.type === `xstate.done.actor.book ${id}`)
        return market ? [...context.closed, market] : context.closed
      },
    }),
    noteFailure: assign({
      failure: ({ event }) => (event.type === 'book.halted' ? `${event.market}: ${event.sentence}` : null),
    }),
    noteCrash: assign({
      crashes: ({ context }) => context.crashes + 1,
      failure: ({ event }) => `${event.type}: ${String('error' in event ? event.error : '')}`,
    }),
    /**
     * A book that a defect has ended is rebuilt from its journal; one that ends again and again stays ended. A neighbour that a
     * defect has ended is forgotten, to be taken up again when it is heard of.
     */
    respawnBook: enqueueActions(({ context, event, enqueue }) => {
      const id = event.type.slice('xstate.error.actor.'.length)
      const [market, book] = Object.entries(context.books).find(([candidate]) => id === `book ${candidate}`) ?? []
      enqueue.stopChild(id)
      if (id.startsWith('neighbour '))
        enqueue.assign({ neighbours: without(context.neighbours, id.slice('neighbour '.length) as Address) })
      if (market && book && context.crashes <= context.crashesMax)
        enqueue.spawnChild('book', { id: `book ${market}`, input: { book } })
    }),
    spawnNeighbour: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'candidate.found' && event.type !== 'hello.heard') return
      const { address } = event
      const input = { address, ...context.neighbourTimes }
      enqueue.assign({ neighbours: { ...context.neighbours, [address]: null } })
      enqueue.spawnChild('neighbour', { id: `neighbour ${address}`, input })
    }),
    countDropped: assign({ candidatesDropped: ({ context }) => context.candidatesDropped + 1 }),
    noteIdentity: assign({
      neighbours: ({ context, event }) =>
        event.type === 'neighbour.identified'
          ? { ...context.neighbours, [event.address]: event.peerId }
          : context.neighbours,
    }),
    noteAway: assign({
      neighbours: ({ context, event }) =>
        event.type === 'neighbour.away' && event.address in context.neighbours
          ? { ...context.neighbours, [event.address]: null }
          : context.neighbours,
    }),
    dropAddress: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'neighbour.identified') return
      enqueue.stopChild(`neighbour ${event.address}`)
      enqueue.assign({ neighbours: without(context.neighbours, event.address) })
    }),
    dropFormerAddresses: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'neighbour.identified') return
      const former = addressesOf(context, event.peerId).filter(address => address !== event.address)
      for (const address of former) enqueue.stopChild(`neighbour ${address}`)
      enqueue.assign({ neighbours: without(context.neighbours, ...former) })
    }),
    tellNeighbour: enqueueActions(({ context, event, enqueue, self }) => {
      if (event.type !== 'beat.heard' && event.type !== 'hello.heard' && event.type !== 'goodbye.heard') return
      const known = addressesOf(context, event.peerId)
      const addresses = event.type === 'hello.heard' && known.length === 0 ? [event.address] : known
      const children = childrenOf(self)
      for (const address of addresses)
        if (children[`neighbour ${address}`]) enqueue.sendTo(`neighbour ${address}`, { type: event.type })
    }),
    noteBan: assign({
      banned: ({ context, event }) =>
        event.type === 'peer.banned' ? { ...context.banned, [event.peerId]: event.reason } : context.banned,
    }),
    notePardon: assign({
      banned: ({ context, event }) =>
        event.type === 'peer.pardoned'
          ? Object.fromEntries(Object.entries(context.banned).filter(([peerId]) => peerId !== event.peerId))
          : context.banned,
    }),
    /** Every neighbour hears it and knows whether it is meant: who cannot be reached at the moment is listed here without its name. */
    tellNeighbours: enqueueActions(({ event, enqueue, self }) => {
      if (event.type !== 'peer.banned' && event.type !== 'peer.pardoned') return
      const { peerId } = event
      const told: NeighbourEvent =
        event.type === 'peer.banned' ? { type: 'banned', peerId, reason: event.reason } : { type: 'pardoned', peerId }
      for (const id of Object.keys(childrenOf(self))) if (id.startsWith('neighbour ')) enqueue.sendTo(id, told)
    }),
    tellBanned: enqueueActions(({ context, event, enqueue, self }) => {
      if (event.type !== 'neighbour.identified') return
      const { address, peerId } = event
      const told: NeighbourEvent = { type: 'banned', peerId, reason: context.banned[peerId] ?? '' }
      if (childrenOf(self)[`neighbour ${address}`]) enqueue.sendTo(`neighbour ${address}`, told)
    }),
    /** A book that was rebuilt asks again for what it finds undecided: the actor of before gives way, or it would ask for ever. */
    spawnProposal: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'batch.sent') return
      const { batch, signed, mode, decision } = event
      const input: ProposalInput = { batch, signed, mode, decision, ...context.proposalTimes }
      enqueue.stopChild(proposalId(batch))
      enqueue.spawnChild('proposal', { id: proposalId(batch), input })
    }),
    tellProposal: enqueueActions(({ event, enqueue, self }) => {
      if (event.type !== 'batch.settled') return
      const children = childrenOf(self)
      if (children[proposalId(event)]) enqueue.sendTo(proposalId(event), { type: 'batch.settled' })
    }),
    tellProposalsOfMaker: enqueueActions(({ event, enqueue, self }) => {
      if (event.type !== 'maker.live') return
      const children = childrenOf(self)
      for (const id of Object.keys(children))
        if (id.startsWith('proposal ') && id.includes(` ${event.peerId} `)) enqueue.sendTo(id, { type: 'maker.live' })
    }),
    reap: enqueueActions(({ context, event, enqueue }) => {
      const id = event.type.slice('xstate.done.actor.'.length)
      enqueue.stopChild(id)
      if (id.startsWith('neighbour '))
        enqueue.assign({ neighbours: without(context.neighbours, id.slice('neighbour '.length) as Address) })
    }),
    noteSuperseded: assign({
      superseded: ({ context, event }) => (event.type === 'peer.superseded' ? event.sentence : context.superseded),
    }),
    haltBooks: enqueueActions(({ context, enqueue, self }) => {
      const children = childrenOf(self)
      const sentence = context.superseded ?? ''
      for (const market of marketsOf(context))
        if (children[`book ${market}`]) enqueue.sendTo(`book ${market}`, { type: 'market.halt', sentence })
    }),
    /** Neither neighbours nor makers hear anything more. */
    dismissOthers: enqueueActions(({ enqueue, self }) => {
      for (const id of Object.keys(childrenOf(self)))
        if (id.startsWith('neighbour ') || id.startsWith('proposal ')) enqueue.stopChild(id)
      enqueue.assign({ neighbours: {} })
    }),
    drainBooks: enqueueActions(({ context, enqueue, self }) => {
      const children = childrenOf(self)
      for (const market of marketsOf(context))
        if (children[`book ${market}`]) enqueue.sendTo(`book ${market}`, { type: 'market.drain' })
    }),
  },
  delays: {
    drainDelay: ({ context }) => context.drainDelayMs,
  },
  guards: {
    areAllBooksOpen: ({ context }) => context.open.length === marketsOf(context).length,
    areAllBooksClosed: ({ context }) => context.closed.length === marketsOf(context).length,
    isKnownAddress: ({ context, event }) => 'address' in event && event.address in context.neighbours,
    isOwnAddress: ({ context, event }) => 'address' in event && event.address === context.address,
    isTooMany: ({ context }) => Object.keys(context.neighbours).length >= context.neighboursMax,
    /** The same peer is known where it says that it is, or was found first. */
    isAlias: ({ context, event }) =>
      event.type === 'neighbour.identified' &&
      event.address !== event.claimed &&
      addressesOf(context, event.peerId).some(address => address !== event.address),
    isBanned: ({ context, event }) => event.type === 'neighbour.identified' && event.peerId in context.banned,
    isSelf: ({ context, event }) => event.type === 'neighbour.identified' && event.peerId === context.peerId,
  },
}).createMachine({
  id: 'peer',
  description: 'One peer: its books, its neighbours, its proposals under way.',
  meta: {
    events: {
      'book.opened': 'A book has recovered from its journal.',
      'book.halted': 'A book decides nothing more, and says why.',
      'candidate.found': 'A rumour: somebody may be at this address.',
      'hello.heard': 'A peer has said hello and may be at this address.',
      'beat.heard': 'A beat of a peer has arrived.',
      'goodbye.heard': 'A peer has said goodbye.',
      'goodbye.said': 'Every neighbour knows that we leave, and none waits for a decision of ours.',
      'neighbour.identified': 'A neighbour has proved who it is, and says where.',
      'neighbour.away': 'A neighbour cannot be reached: its address is no more than a rumour again.',
      'maker.live': 'A neighbour may be proposed to again.',
      'peer.banned': 'A peer is kept out from now on.',
      'peer.pardoned': 'A peer is no longer kept out.',
      'batch.sent':
        'What has become of a batch of proposals is open for a while now, or from before: somebody has to ask.',
      'batch.settled': 'The outcome of a batch is journalled.',
      'peer.superseded': 'Another process has proved to write the own feeds, in a newer incarnation.',
      'peer.stop': 'The user wants the peer to leave.',
      'xstate.done.actor.*': 'A book has drained, a proposal is settled, or a neighbour is forgotten.',
      'xstate.error.actor.*': 'A defect has ended one of the actors.',
    },
    delays: {
      drainDelay: 'Goodbye, or draining, has taken as long as it may.',
    },
  },
  context: ({ input }) => ({
    ...input,
    open: [],
    closed: [],
    neighbours: {},
    candidatesDropped: 0,
    crashes: 0,
    failure: null,
    superseded: null,
  }),
  initial: 'starting',
  on: {
    'book.halted': { actions: 'noteFailure' },
    'batch.sent': { actions: 'spawnProposal' },
    'batch.settled': { actions: 'tellProposal' },
    'peer.banned': { actions: ['noteBan', 'tellNeighbours'] },
    'peer.pardoned': { actions: ['notePardon', 'tellNeighbours'] },
    'xstate.error.actor.*': { actions: ['noteCrash', 'respawnBook'] },
    'xstate.done.actor.*': { actions: ['noteClosed', 'reap'] },
  },
  states: {
    starting: {
      description: 'The books recover from their journals.',
      entry: 'spawnBooks',
      on: { 'book.opened': { actions: 'noteOpen' }, 'peer.stop': 'stopping' },
      always: { target: 'running', guard: 'areAllBooksOpen' },
    },
    running: {
      description: 'Neighbours are looked for and kept; orders are traded.',
      invoke: { id: 'discover', src: 'discover' },
      on: {
        'candidate.found': [
          { guard: 'isOwnAddress' },
          { guard: 'isKnownAddress' },
          { guard: 'isTooMany', actions: 'countDropped' },
          { actions: 'spawnNeighbour' },
        ],
        'hello.heard': [
          { guard: 'isOwnAddress' },
          { guard: 'isKnownAddress', actions: 'tellNeighbour' },
          { guard: 'isTooMany', actions: 'countDropped' },
          { actions: 'spawnNeighbour' },
        ],
        'beat.heard': { actions: 'tellNeighbour' },
        'neighbour.identified': [
          { guard: 'isSelf', actions: 'dropAddress' },
          { guard: 'isAlias', actions: 'dropAddress' },
          { guard: 'isBanned', actions: ['noteIdentity', 'dropFormerAddresses', 'tellBanned'] },
          { actions: ['noteIdentity', 'dropFormerAddresses'] },
        ],
        'neighbour.away': { actions: 'noteAway' },
        'goodbye.heard': { actions: 'tellNeighbour' },
        'maker.live': { actions: 'tellProposalsOfMaker' },
        'peer.superseded': { target: 'halted', actions: 'noteSuperseded' },
        'peer.stop': 'leaving',
      },
    },
    halted: {
      description:
        'Another process is this peer by now: nothing is signed, decided or asked any more, not even goodbye.',
      entry: ['haltBooks', 'dismissOthers'],
      on: { 'batch.sent': {}, 'peer.stop': 'stopping' },
    },
    leaving: {
      description: 'Every neighbour is told goodbye, until none of them waits for a decision of ours any more.',
      invoke: { id: 'sayGoodbye', src: 'sayGoodbye' },
      on: {
        'beat.heard': { actions: 'tellNeighbour' },
        'goodbye.heard': { actions: 'tellNeighbour' },
        'neighbour.away': { actions: 'noteAway' },
        'maker.live': { actions: 'tellProposalsOfMaker' },
        'goodbye.said': 'stopping',
        'peer.superseded': { target: 'stopping', actions: ['noteSuperseded', 'haltBooks', 'dismissOthers'] },
      },
      after: { drainDelay: 'stopping' },
    },
    stopping: {
      description: 'No new orders and no new proposals; what is undecided is being decided.',
      entry: 'drainBooks',
      on: {
        'beat.heard': { actions: 'tellNeighbour' },
        'maker.live': { actions: 'tellProposalsOfMaker' },
        'peer.superseded': {
          target: 'stopping',
          reenter: true,
          actions: ['noteSuperseded', 'haltBooks', 'dismissOthers'],
        },
      },
      always: { target: 'stopped', guard: 'areAllBooksClosed' },
      after: { drainDelay: 'stopped' },
    },
    stopped: {
      description: 'All books are closed, or what is still undecided has been waited for long enough.',
      type: 'final',
    },
  },
})

/** The children that are running. None in mere exploration, where no actor runs. */
function childrenOf(self: { getSnapshot(): unknown }): Readonly<Record<string, unknown>> {
  return (self.getSnapshot() as { readonly children?: Record<string, unknown> }).children ?? {}
}

function marketsOf(context: PeerContext): MarketId[] {
  return Object.keys(context.books) as MarketId[]
}

function without(neighbours: PeerContext['neighbours'], ...addresses: Address[]): PeerContext['neighbours'] {
  return Object.fromEntries(Object.entries(neighbours).filter(([address]) => !addresses.includes(address as Address)))
}

function addressesOf(context: PeerContext, peerId: PeerId): Address[] {
  return (Object.keys(context.neighbours) as Address[]).filter(address => context.neighbours[address] === peerId)
}

/** Who holds lots until a batch is decided asks after it as its taker does, so the taker is part of its name. */
export function proposalId({ market, taker, maker, n }: BatchId): string {
  return `proposal ${market} ${maker} ${n} of ${taker}`
}
