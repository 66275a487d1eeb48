/**
 * One market's book as an actor: the machine with its actions, and the bridge that takes its groups through the journal and out.
 * The order in here is the promise of the whole peer: decide, append, sync, and only then let anything leave.
 */
import { catchError, concatMap, EMPTY, map, merge, Observable, of, takeUntil, tap, toArray } from 'rxjs'
import { fromCallback, type ActorRefFrom, type AnyActorRef } from 'xstate'
import {
  bookMachine,
  type BookEmitted,
  type BookInContext,
  type BookMachineEvent,
} from '../../machines/book.machine.ts'
import type { MarketId } from '../book/market.ts'
import type { Journal } from '../store/journal.ts'
import { CommittedBook } from './committed-book.ts'
import { decide, decideToDrain } from './decide/decide.ts'
import type { Output } from './decide/event.ts'
import type { Group } from './decide/group.ts'
import { recordOf, textOf } from './decide/record-text.ts'
import { liveBookOf } from './live-book.ts'
import type { PeerSystem } from './world.ts'

export type BookActor = ActorRefFrom<typeof bookMachine>

/** What the book of one market needs from around it. */
export interface BookWorld {
  readonly journal: Journal
  /** The actor is there and takes events. */
  started(actor: BookActor): void
  /** The journal has been read and the first decisions have left. */
  opened(): void
  /** A group is durable: from now on others may read this much of the book. */
  committed(book: CommittedBook): void
  /** Something leaves the book. Everything decided before it is durable. */
  release(output: Output): void
  /** The event came when the book decides nothing. */
  unserved(event: BookMachineEvent): void
  halted(sentence: string): void
  /** The actor has ended. */
  ended(): void
}

/** The machine of a book, ready to be spawned for any market of any peer. */
export function bookLogic(worldOf: (system: PeerSystem, market: MarketId) => BookWorld): typeof bookMachine {
  return bookMachine.provide({
    actions: {
      decideToOpen: ({ context, event }) => {
        if (event.type === 'journal.read') liveBookOf(context).open(event.records)
      },
      decide: ({ context, event }) => {
        if (isDecidable(event)) decide(liveBookOf(context).state, event)
      },
      decideToDrain: ({ context }) => decideToDrain(liveBookOf(context).state),
      closeGroup: ({ context }) => liveBookOf(context).closeGroup(),
      letGo: ({ context }) => liveBookOf(context).letGo(),
    },
    actors: {
      bridge: fromCallback<BookMachineEvent, { readonly actor: AnyActorRef; readonly book: BookInContext }>(
        ({ input, system }) => {
          const actor = input.actor as BookActor
          const world = worldOf(system, liveBookOf(input).state.market.id)
          world.started(actor)
          const bridge = bridge$(actor, world).subscribe()
          return () => {
            bridge.unsubscribe()
            world.ended()
          }
        },
      ),
    },
  })
}

type OfMachine = BookMachineEvent & { type: `journal.${string}` | `group.${string}` | `market.${string}` }

const ofMachine: ReadonlySet<string> = new Set<OfMachine['type']>([
  ...(['journal.read', 'journal.failed', 'group.released'] as const),
  ...(['market.drain', 'market.halt'] as const),
])

/** Events of the machine's own are handled by it and never reach a decision. */
function isDecidable(event: BookMachineEvent): event is Exclude<BookMachineEvent, OfMachine> {
  return !ofMachine.has(event.type)
}

/** Reads the journal, then commits groups one after another for as long as the actor lives. Emits nothing. */
function bridge$(actor: BookActor, world: BookWorld): Observable<unknown> {
  const fail = (error: unknown) => {
    const sentence = error instanceof Error ? error.message : String(error)
    actor.send({ type: 'journal.failed', sentence })
    return EMPTY
  }
  // A book that is rebuilt begins only when everything its predecessor appended is durable, and so is read.
  const recovery$ = world.journal.sync().pipe(
    concatMap(() => world.journal.read()),
    toArray(),
    tap(texts => actor.send({ type: 'journal.read', records: texts.map(recordOf) })),
    catchError(fail),
  )
  const commits$ = emitted(actor, 'group').pipe(
    concatMap(({ group }) => commit(actor, world, group)),
    // The first group is what recovery has led to.
    map((_, index) => index === 0 && world.opened()),
    // A journal that has failed once is written no more, and the market is halted.
    catchError(fail),
    // A group that is on its way into the journal when the market halts does not leave.
    takeUntil(emitted(actor, 'halted')),
  )
  const unserved$ = emitted(actor, 'unserved').pipe(tap(({ event }) => world.unserved(event)))
  const halted$ = emitted(actor, 'halted').pipe(tap(({ sentence }) => world.halted(sentence)))
  return merge(halted$, commits$, unserved$, recovery$)
}

/** Journals a group, and then lets go what it holds. Emits once, when the group has been released. */
function commit(actor: BookActor, world: BookWorld, group: Group): Observable<void> {
  return write(world.journal, group).pipe(tap(() => release(actor, world, group)))
}

/** One group follows another: when there is nothing to write, everything decided before is durable already. */
function write(journal: Journal, { record }: Group): Observable<void> {
  if (!record) return of(undefined)
  journal.append(textOf(record))
  return journal.sync()
}

function release(actor: BookActor, world: BookWorld, { head, outputs }: Group): void {
  world.committed(new CommittedBook(liveBookOf(actor.getSnapshot().context).state, head))
  for (const output of outputs) world.release(output)
  actor.send({ type: 'group.released' })
}

function emitted<T extends BookEmitted['type']>(actor: BookActor, type: T): Observable<BookEmitted & { type: T }> {
  return new Observable(subscriber => {
    const subscription = actor.on(type, event => subscriber.next(event as BookEmitted & { type: T }))
    return () => subscription.unsubscribe()
  })
}
