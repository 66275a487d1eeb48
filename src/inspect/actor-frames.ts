/**
 * What XState tells of a peer's actors, as frames of @statelyai/inspect 0.7.2, its books as ladders, and its orders. The official adapter
 * serialises a snapshot whole before anything can be left out; this one summarises what it shows, so that it costs the same however
 * many orders there are. It copies and never keeps what it is shown, and never changes it.
 */
import type { ActorRefLike, AnyTransitionDefinition, InspectionEvent, Observer } from 'xstate'
import type { Group } from '../peer/decide/group.ts'
import type { BookState } from '../peer/decide/state.ts'
import { LiveBook } from '../peer/live-book.ts'
import type { ActorFrame, EventSummary, Fired, FrameBody, SnapshotFrame, SnapshotSummary } from './frame.ts'
import { areSame, ladderOf, rungsOf, type Rungs } from './ladder.ts'
import type { Names } from './names.ts'
import type { OrderFrames } from './order-frames.ts'
import { summaryOf } from './summary.ts'

/** The version of @statelyai/inspect whose frames these are. */
export const officialVersion = '0.7.2'

export interface Watched {
  /** What people call the peer. */
  readonly peer: string
  readonly names: Names
  readonly orders: OrderFrames
  /** Milliseconds since the inspection began. */
  readonly now: () => number
  readonly show: (frame: FrameBody) => void
}

/** What an actor is, beyond what the port says: XState's own adapter reads the same. */
interface Ref extends ActorRefLike {
  readonly id?: string
  readonly _parent?: Ref
  readonly logic?: { readonly config?: unknown }
}

type Known = Omit<ActorFrame, 'type' | 'atMs' | 'createdAt' | 'definition' | 'snapshot'>
type Of<T extends InspectionEvent['type']> = Extract<InspectionEvent, { type: T }>

/** Machines are few: each is written down once. */
const definitions = new WeakMap<object, string>()
const firedOf = new WeakMap<AnyTransitionDefinition, Fired>()
/** An event is shown when it is sent and again with what it led to. */
const eventsShown = new WeakMap<object, EventSummary>()

/** The observer of one life of one peer: to be passed to its root actor. */
export function actorFrames(watched: Watched): Observer<InspectionEvent> {
  const frames = new ActorFrames(watched)
  return { next: event => frames.next(event) }
}

class ActorFrames {
  readonly #watched: Watched
  readonly #known = new WeakMap<ActorRefLike, Known>()
  /** Transitions of the step under way: its snapshot comes before anything else happens to the actor. */
  readonly #fired = new WeakMap<ActorRefLike, Fired[]>()
  /** The group that each book had on its way when it last changed. */
  readonly #groups = new WeakMap<ActorRefLike, Group | null>()
  /** The ladder of each market as it was shown last. */
  readonly #ladders = new Map<string, Rungs>()

  constructor(watched: Watched) {
    this.#watched = watched
  }

  next(event: InspectionEvent): void {
    switch (event.type) {
      case '@xstate.actor':
        return this.#actor(event)
      case '@xstate.event':
        return this.#event(event)
      case '@xstate.microstep':
        return this.#microstep(event)
      case '@xstate.snapshot':
        return this.#snapshot(event)
      case '@xstate.action':
      case '@xstate.transition':
        return
    }
  }

  #actor({ actorRef }: Of<'@xstate.actor'>): void {
    const ref = actorRef as Ref
    const known = this.#knownOf(ref)
    this.#watched.show({
      type: '@xstate.actor',
      ...known,
      createdAt: String(Date.now()),
      atMs: this.#watched.now(),
      definition: definitionOf(ref, known.name),
      // An actor that is being made has no snapshot yet, and the development build throws when asked; its first one follows.
      snapshot: { status: 'active' },
    })
  }

  #event({ actorRef, sourceRef, event }: Of<'@xstate.event'>): void {
    const { sessionId, rootId } = this.#knownOf(actorRef)
    this.#watched.show({
      type: '@xstate.event',
      sessionId,
      rootId,
      id: null,
      _version: officialVersion,
      createdAt: String(Date.now()),
      atMs: this.#watched.now(),
      sourceId: sourceRef && this.#knownOf(sourceRef).sessionId,
      event: eventSummary(event),
    })
  }

  #microstep({ actorRef, _transitions }: Of<'@xstate.microstep'>): void {
    if (_transitions.length === 0) return
    const fired = this.#fired.get(actorRef) ?? []
    for (const transition of _transitions) fired.push(firedBy(transition))
    this.#fired.set(actorRef, fired)
  }

  #snapshot({ actorRef, event, snapshot }: Of<'@xstate.snapshot'>): void {
    const fired = this.#fired.get(actorRef)
    this.#fired.delete(actorRef)
    if (event.type === 'xstate.init' && (actorRef as Ref)._parent === undefined) this.#learn(snapshot)
    const { sessionId, rootId } = this.#knownOf(actorRef)
    const frame: SnapshotFrame = {
      type: '@xstate.snapshot',
      sessionId,
      rootId,
      id: null,
      _version: officialVersion,
      createdAt: String(Date.now()),
      atMs: this.#watched.now(),
      event: eventSummary(event),
      snapshot: snapshotSummary(snapshot),
    }
    this.#watched.show(fired === undefined ? frame : { ...frame, fired })
    const book = bookIn(snapshot)
    if (!book) return
    if (event.type === 'group.released') this.#released(this.#groups.get(actorRef) ?? null, book)
    this.#groups.set(actorRef, book.group)
  }

  /** What others see of a book, and its user of orders, changes when a group has been released; by then the book has let it go. */
  #released(group: Group | null, { state }: LiveBook): void {
    for (const output of group?.outputs ?? [])
      if (output.type === 'order') this.#watched.orders.told(output.report, state)
    this.#ladder(state)
  }

  #ladder(state: BookState): void {
    const { id } = state.market
    const rungs = rungsOf(state)
    const before = this.#ladders.get(id)
    if (before && areSame(before, rungs)) return
    this.#ladders.set(id, rungs)
    const { peer, now, show } = this.#watched
    show({ type: '@peerbook.book', atMs: now(), peer, market: id, ...ladderOf(rungs, state.market) })
  }

  /** A peer's root knows who it is from its first snapshot on, before anybody else hears of it. */
  #learn(snapshot: unknown): void {
    const { context } = snapshot as { readonly context?: { readonly peerId?: unknown; readonly address?: unknown } }
    for (const known of [context?.peerId, context?.address])
      if (typeof known === 'string') this.#watched.names.learn(known, this.#watched.peer)
  }

  #knownOf(actor: ActorRefLike): Known {
    const known = this.#known.get(actor)
    if (known) return known
    const ref = actor as Ref
    const parent = ref._parent && this.#knownOf(ref._parent)
    const sessionId = this.#sessionId(ref)
    const made: Known = {
      sessionId,
      rootId: parent?.rootId ?? sessionId,
      parentId: parent?.sessionId,
      name: parent ? `${parent.name} ${this.#childName(ref.id ?? '')}` : this.#watched.peer,
      id: null,
      _version: officialVersion,
    }
    this.#known.set(actor, made)
    return made
  }

  /** XState counts sessions within a process; with the peer's name they are told apart from those of other processes. */
  #sessionId({ sessionId }: ActorRefLike): string {
    return `${this.#watched.peer}/${sessionId}`
  }

  /** `neighbour ADDRESS` and `proposal MARKET MAKER N` in the names of peers; others as they are. */
  #childName(id: string): string {
    const [kind, ...rest] = id.split(' ')
    const { names } = this.#watched
    if (kind === 'neighbour') return `neighbour ${names.of(rest.join(' '))}`
    if (kind === 'proposal') return `proposal ${names.of(rest[1] ?? '')} ${rest[2] ?? ''}`
    return id
  }
}

function bookIn(snapshot: unknown): LiveBook | null {
  const context = (snapshot as { readonly context?: { readonly book?: unknown } }).context
  return context?.book instanceof LiveBook ? context.book : null
}

/** As the official adapter writes it: functions by their name, what is no machine by its id alone. */
function definitionOf(ref: Ref, name: string): string {
  const config = ref.logic?.config
  if (typeof config !== 'object' || config === null) return JSON.stringify({ id: ref.id ?? name })
  const known = definitions.get(config)
  if (known !== undefined) return known
  const definition = JSON.stringify(config, (_key, value: unknown) =>
    typeof value === 'function' ? { type: value.name } : value,
  )
  definitions.set(config, definition)
  return definition
}

function firedBy(transition: AnyTransitionDefinition): Fired {
  const known = firedOf.get(transition)
  if (known) return known
  // XState types it as any node of any machine.
  const source = (transition.source as unknown as { readonly id: string }).id
  const targets = (transition.target ?? []).map(({ id }) => id)
  const fired: Fired = { source, eventType: String(transition.eventType), targets }
  firedOf.set(transition, fired)
  return fired
}

function eventSummary(event: { readonly type: string }): EventSummary {
  const known = eventsShown.get(event)
  if (known) return known
  const shown = summaryOf(event) as EventSummary
  eventsShown.set(event, shown)
  return shown
}

/** Everything a snapshot has that says how its actor stands; a machine's nodes and an actor's input say more than that. */
function snapshotSummary(snapshot: unknown): SnapshotSummary {
  if (typeof snapshot !== 'object' || snapshot === null) return {}
  const { status, value, context, output, error, tags, children } = snapshot as Record<string, unknown>
  // Absent properties are not written: JSON leaves out what is undefined.
  return {
    status,
    value,
    context: summaryOf(context),
    output: summaryOf(output),
    error: summaryOf(error),
    tags: tags instanceof Set ? [...(tags as Set<unknown>)] : undefined,
    children: summaryOf(children),
  } as SnapshotSummary
}
