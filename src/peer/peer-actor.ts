/** The root of a peer's actors, with everything that its machines ask of the world. */
import { buffer, exhaustMap, merge, switchMap, Subject, type Subscription } from 'rxjs'
import { createActor, fromCallback, type InspectionEvent, type Observer } from 'xstate'
import type { BookMachineEvent } from '../../machines/book.machine.ts'
import { peerMachine, type PeerEvent, type PeerInput } from '../../machines/peer.machine.ts'
import type { Market, MarketId } from '../book/market.ts'
import type { Clock } from '../clock.ts'
import type { SignedLater } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import type { Address } from '../net/transport.ts'
import type { Journal } from '../store/journal.ts'
import type { KnownPeers } from '../store/known-peers.ts'
import { askMaker } from './ask-maker.ts'
import { bookLogic, type BookWorld } from './book-actor.ts'
import type { Dispute, OrderReport, Output, Trade } from './decide/event.ts'
import { discover } from './discover.ts'
import { forgetSilent } from './forget.ts'
import { sayGoodbye } from './goodbye.ts'
import { introductions } from './introduce.ts'
import type { Matchmaking } from './matchmaking.ts'
import { neighbourLogic, type NeighbourWorld } from './neighbour-actor.ts'
import type { PendingRequests } from './pending-requests.ts'
import { proposalLogic, type ProposalWorld } from './proposal-actor.ts'
import { Proposals } from './proposals.ts'
import { remember } from './remember.ts'
import { timerOn } from './timer.ts'
import type { PeerActor, PeerSystem, World } from './world.ts'

/** What a peer's actors report to its user, and where their journals are. */
export interface Surroundings {
  /** One for each market: a book that is rebuilt reads what its predecessor wrote. */
  readonly journals: ReadonlyMap<MarketId, Journal>
  readonly knownAddresses: readonly Address[]
  readonly knownPeers: KnownPeers
  /** What the user has asked and has not been answered. */
  readonly commands: PendingRequests
  readonly matching: Matchmaking
  lookedUp(): void
  traded(market: Market, trade: Trade): void
  changed(market: Market, report: OrderReport): void
  disputed(market: Market, dispute: Dispute): void
}

/** What the actors of one peer find at home. */
interface Home extends NeighbourWorld, ProposalWorld {
  readonly around: Surroundings
}

/**
 * Machines are made once, and serve every peer of the process: the system that all actors of a peer form knows where they are at home.
 * No WeakMap, since the many small collections of garbage take nothing that an old one holds: what a peer had would wait for a full one.
 */
const home = Symbol('home')

type Housed = PeerSystem & { [home]?: Home }

function homeOf(system: Housed): Home {
  const found = system[home]
  if (!found) throw new Error('these actors belong to no peer')
  return found
}

const peerLogic = peerMachine.provide({
  actors: {
    book: bookLogic((system, market) => bookWorld(homeOf(system), market)),
    neighbour: neighbourLogic(homeOf),
    proposal: proposalLogic(homeOf),
    discover: fromCallback<PeerEvent>(({ sendBack, system }) => {
      const { world, around } = homeOf(system)
      const found$ = discover(world, around.knownAddresses, () => around.lookedUp())
      const candidates$ = merge(found$, introductions(world), remember(world, around.knownPeers))
      const subscription = candidates$.subscribe(address => sendBack({ type: 'candidate.found', address }))
      subscription.add(forgetSilent(world).subscribe())
      return () => subscription.unsubscribe()
    }),
    sayGoodbye: fromCallback<PeerEvent>(({ sendBack, system }) => {
      const { world } = homeOf(system)
      const subscription = sayGoodbye(world).subscribe({ complete: () => sendBack({ type: 'goodbye.said' }) })
      return () => subscription.unsubscribe()
    }),
  },
})

export interface PeerActorOptions {
  readonly clock: Clock
  readonly input: PeerInput
  readonly inspect?: Observer<InspectionEvent>
}

/** The root of a peer's actors: all that they ask of the world is there before the first of them begins. */
export function createPeerActor(world: World, around: Surroundings, options: PeerActorOptions): PeerActor {
  const actor = createActor(peerLogic, options)
  const system: Housed = actor.system
  const proposals = new Proposals({
    clock: world.clock,
    // Who watches the actors sees each batch as one.
    aloneMs: options.inspect ? 0 : limits.proposalAloneMs,
    propose: asking => askMaker(world, 'propose', asking),
    tell: event => actor.send(event),
  })
  system[home] = { world, around, matching: around.matching, replications: new Map(), proposals }
  return actor
}

function bookWorld({ world, around, proposals }: Home, market: MarketId): BookWorld {
  const lookAgainAt$ = new Subject<number>()
  const [traded, journal] = [world.markets.get(market), around.journals.get(market)]
  if (!traded || !journal) throw new Error(`the market ${market} is not traded here, or has no journal`)
  const published$ = new Subject<SignedLater>()
  let looking: Subscription | undefined
  return {
    journal,
    started: actor => {
      // An actor that a defect has ended cannot say so itself: who still waits for it is told by its successor.
      forsake(world, around, market, `the market ${market} is being rebuilt after a defect`)
      looking?.unsubscribe()
      world.committed.delete(market)
      world.books.set(market, actor)
      looking = lookAgainAt$
        .pipe(switchMap(atMs => timerOn(world.clock, delayUntil(atMs, world.clock))))
        .subscribe(() => actor.send({ type: 'backoff.over' }))
      // A proposal or an answer, which somebody waits for, is to be dealt with before anything is signed and sent to everybody.
      const due$ = published$.pipe(exhaustMap(() => timerOn(world.clock, limits.publishDelayMs)))
      looking.add(
        published$.pipe(buffer(due$)).subscribe(segments => {
          for (const segment of segments) segment.sign()
          world.published$.next(market)
        }),
      )
    },
    opened: () => {
      world.actor().send({ type: 'book.opened', market })
      around.matching.restart(market)
    },
    committed: book => world.committed.set(market, book),
    release: output => {
      if (output.type === 'look_again') lookAgainAt$.next(output.atMs)
      else if (output.type === 'published') published$.next(output.words)
      else release(world, around, proposals, traded, output)
    },
    unserved: event => refuseUnserved(world, around, event),
    halted: sentence => {
      proposals.end(market)
      world.committed.delete(market)
      forsake(world, around, market, sentence)
      world.actor().send({ type: 'book.halted', market, sentence })
    },
    ended: () => {
      looking?.unsubscribe()
      proposals.end(market)
      world.committed.delete(market)
      world.books.delete(market)
      forsake(world, around, market, `the market ${market} has closed`)
    },
  }
}

/** Takes what leaves a book to where it belongs. */
function release(
  world: World,
  around: Surroundings,
  proposals: Proposals,
  market: Market,
  output: Exclude<Output, { type: 'look_again' | 'published' }>,
): void {
  const { id } = market
  switch (output.type) {
    case 'reply':
      // Ids are of one sequence: the reply belongs to a user's command or to another peer's request, never to both.
      if (!around.commands.resolve(output.requestId, output.reply))
        world.requests.resolve(output.requestId, output.reply)
      return
    case 'batch':
      return output.mode === 'propose' ? proposals.propose(output) : proposals.withdraw(output)
    case 'settled':
      return proposals.settle({ market: id, taker: output.taker, maker: output.maker, n: output.n })
    case 'order':
      return around.changed(market, output.report)
    case 'trade':
      return around.traded(market, output.trade)
    case 'disputed':
      world.counters.add('disputed')
      return around.disputed(market, output.dispute)
    case 'behind':
      return world.behind$.next({ market: id, owner: output.owner })
    case 'fault':
      world.counters.add(`fault.${output.reason}`)
      if (output.proof.length > 0) world.bans.prove(output.peer, output.reason, output.proof)
      return
  }
}

/** A timer cannot wait for longer than its maximum; looking again too early does no harm. */
function delayUntil(atMs: number, clock: Clock): number {
  return Math.min(Math.max(0, atMs - clock.now()), limits.timerMsMax)
}

function refuseUnserved(world: World, around: Surroundings, event: BookMachineEvent): void {
  if (!('requestId' in event)) return
  const sentence = 'the market is not open at the moment'
  world.requests.refuse(event.requestId, sentence)
  const commands = event.type === 'order.submit_many' ? event.commands.length : 1
  for (let index = 0; index < commands; index += 1) around.commands.refuse(event.requestId + index, sentence)
}

/** To a book that is rebuilt from its journal a user may give an order again under the same name: it is not placed twice. */
function forsake(world: World, around: Surroundings, market: MarketId, sentence: string): void {
  world.requests.forsake(market, sentence)
  around.commands.forsake(
    market,
    `${sentence}; it has not answered, and what was asked for may have been done all the same`,
  )
}
