/** What the page shows at one moment: the fold of all frames up to it. `apply` replaces what changes, so that a copied scene is a keyframe. */
import type {
  ActorFrame,
  BookFrame,
  EventSummary,
  Fired,
  Frame,
  OrderFrame,
  PlaybackFrame,
  SnapshotFrame,
  SnapshotSummary,
} from '../frame.ts'
import { limits } from '../../limits.ts'
import { orderActor } from './order-life.ts'

export interface SeenActor {
  readonly sessionId: string
  readonly parentId: string | undefined
  readonly name: string
  readonly definition: string | undefined
  readonly snapshot: SnapshotSummary
  /** What it was before its last event; null while it has had none. */
  readonly former: SnapshotSummary | null
  readonly event: EventSummary | null
  /** Which transitions its last event took; undefined where the feeder never says so. */
  readonly fired: readonly Fired[] | undefined
  /** Of the frame that changed it last. */
  readonly seq: number
  /** Done, in error, stopped, or another has come in its place. */
  readonly isFinished: boolean
  /** Of an order: what it is, in words. */
  readonly terms?: string
}

export interface Scene {
  readonly actors: Map<string, SeenActor>
  /** Orders are no actors, but each has a life of its own to look at. By peer and id. */
  readonly orders: Map<string, SeenActor>
  /** By peer and market. */
  readonly books: Map<string, BookFrame>
  playback: PlaybackFrame | null
  atMs: number
  seq: number
}

export function emptyScene(): Scene {
  return { actors: new Map(), orders: new Map(), books: new Map(), playback: null, atMs: 0, seq: 0 }
}

export function copyOf(scene: Scene): Scene {
  const { actors, orders, books } = scene
  return { ...scene, actors: new Map(actors), orders: new Map(orders), books: new Map(books) }
}

export function apply(scene: Scene, frame: Frame): void {
  scene.seq = frame.seq
  scene.atMs = frame.atMs
  switch (frame.type) {
    case '@xstate.actor':
      return addActor(scene, frame)
    case '@xstate.snapshot':
      return changeActor(scene, frame)
    case '@peerbook.book':
      scene.books.set(`${frame.peer} ${frame.market}`, frame)
      return
    case '@peerbook.order':
      return changeOrder(scene, frame)
    case '@peerbook.playback':
      scene.playback = frame
      return
    case '@xstate.event':
    case '@peerbook.message':
    case '@peerbook.news':
      return
  }
}

function addActor(scene: Scene, frame: Extract<Frame, ActorFrame>): void {
  const { sessionId, parentId, name, definition, snapshot, seq } = frame
  for (const [id, other] of scene.actors) if (other.name === name && id !== sessionId) finish(scene, other)
  const isFinished = hasEnded(snapshot)
  const fresh = { former: null, event: null, fired: undefined, seq, isFinished }
  scene.actors.set(sessionId, { sessionId, parentId, name, definition, snapshot, ...fresh })
  while (scene.actors.size > limits.inspectPageActorsMax) dropOne(scene.actors)
}

function changeActor(scene: Scene, frame: Extract<Frame, SnapshotFrame>): void {
  const { sessionId, snapshot, event, fired, seq } = frame
  const actor = scene.actors.get(sessionId)
  if (!actor) return
  const isFinished = actor.isFinished || hasEnded(snapshot)
  const taken = fired ?? (actor.fired && [])
  scene.actors.set(sessionId, { ...actor, snapshot, former: actor.snapshot, event, fired: taken, seq, isFinished })
  if (isFinished && !actor.isFinished) finishChildren(scene, sessionId)
}

function finish(scene: Scene, actor: SeenActor): void {
  if (actor.isFinished) return
  scene.actors.set(actor.sessionId, { ...actor, isFinished: true })
  finishChildren(scene, actor.sessionId)
}

/** What an actor has spawned ends with it, and not every feeder says so. */
function finishChildren(scene: Scene, parentId: string): void {
  for (const other of [...scene.actors.values()]) if (other.parentId === parentId) finish(scene, other)
}

/** It stands below the book that it is in, as that is now: one that has been rebuilt has its orders again. */
function changeOrder(scene: Scene, frame: Extract<Frame, OrderFrame>): void {
  const book = [...scene.actors.values()].findLast(({ name }) => name === `${frame.peer} book ${frame.market}`)
  const key = `order ${frame.peer} ${frame.id}`
  scene.orders.set(key, orderActor(key, book?.sessionId, scene.orders.get(key), frame))
  while (scene.orders.size > limits.inspectPageOrdersMax) dropOne(scene.orders)
}

/** The one that was finished first gives way, or else the eldest. */
function dropOne(all: Map<string, SeenActor>): void {
  const actors = [...all.values()]
  const dropped = actors.find(({ isFinished }) => isFinished) ?? actors[0]
  if (dropped) all.delete(dropped.sessionId)
}

/** Whoever can be chosen, an actor or an order. */
export function seenIn({ actors, orders }: Scene, sessionId: string): SeenActor | undefined {
  return actors.get(sessionId) ?? orders.get(sessionId)
}

function hasEnded({ status }: SnapshotSummary): boolean {
  return status === 'done' || status === 'error' || status === 'stopped'
}
