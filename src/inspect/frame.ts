/**
 * Frames: everything that an inspector says to its viewers, one JSON text each. Types only; hub, recordings and page share them.
 * The `@xstate.*` frames are those of @statelyai/inspect 0.7.2, so that its own ends understand them; the `@peerbook.*` ones go to
 * viewers alone, who connect to `ws://127.0.0.1:PORT/?role=viewer`.
 */

import type { OrderContext, OrderEvent } from '../../machines/order.machine.ts'

export type Frame = Sequenced<FrameBody>

/** A frame before the hub has numbered it. */
export type FrameBody = OfficialFrame | MessageFrame | BookFrame | OrderFrame | NewsFrame | PlaybackFrame

export type OfficialFrame = ActorFrame | EventFrame | SnapshotFrame

type Sequenced<Body> = Body extends unknown
  ? Body & { /** Rising, from 1, given by the hub; gaps say nothing. */ readonly seq: number }
  : never

interface Timed {
  /** Milliseconds since the inspection began, by the clock of what is inspected: virtual ones in a simulation. */
  readonly atMs: number
}

/** What every official frame carries. */
interface Official extends Timed {
  readonly sessionId: string
  readonly rootId: string | undefined
  /** Milliseconds since the Unix epoch, as text. */
  readonly createdAt: string
  readonly id: string | null
  readonly _version: string
}

/** An actor has come. One that is spawned again under the same name is another one, with another session id. */
export interface ActorFrame extends Official {
  readonly type: '@xstate.actor'
  /** Such as `alice`, `alice book BTC-USD:1:1`, `alice neighbour bob`, `alice proposal bob 3`. */
  readonly name: string
  /** The session id of its parent; undefined for a root. */
  readonly parentId: string | undefined
  /** JSON of its machine's config, functions as `{ type: NAME }`; `{ id }` alone for what is no machine. */
  readonly definition: string | undefined
  readonly snapshot: SnapshotSummary
}

/** An event is on its way to an actor. The snapshot that it leads to comes in the actor's next snapshot frame. */
export interface EventFrame extends Official {
  readonly type: '@xstate.event'
  /** The session id of who sent it; undefined when no actor did. */
  readonly sourceId: string | undefined
  readonly event: EventSummary
}

/** How an actor stands after an event. */
export interface SnapshotFrame extends Official {
  readonly type: '@xstate.snapshot'
  readonly event: EventSummary
  readonly snapshot: SnapshotSummary
  /** The transitions that were taken, in their order; absent when none was, and in frames of the official adapter. */
  readonly fired?: readonly Fired[]
}

/** One transition of a machine. */
export interface Fired {
  /** The id of the state that it belongs to, such as `neighbour.connected.live`. */
  readonly source: string
  /** As the definition writes it, `order.*` say; `xstate.after.DELAY.STATE` for a delay, empty for `always`. */
  readonly eventType: string
  /** Ids of the states that it leads to; none for a transition without target. */
  readonly targets: readonly string[]
}

/** Cut short where it is long: a text ends in `…`, a list in `… N more`. */
export interface EventSummary {
  readonly type: string
  readonly [property: string]: unknown
}

export interface SnapshotSummary {
  readonly status?: 'active' | 'done' | 'error' | 'stopped'
  /** The state value of a machine; undefined for what is no machine. */
  readonly value?: unknown
  /** Plain JSON and short: a book is its summary. */
  readonly context?: unknown
  readonly output?: unknown
  readonly error?: unknown
  readonly tags?: readonly string[]
  readonly children?: Readonly<Record<string, unknown>>
}

/**
 * A message between peers. `id` is the message's: its frames are one `sent`, then `arrived` once for each copy, or `lost`. A frame
 * may be missing where only one end is inspected.
 */
export interface MessageFrame extends Timed {
  readonly type: '@peerbook.message'
  readonly id: number
  readonly stage: 'sent' | 'arrived' | 'lost'
  /** Which copy arrives, from 1; above 1 it is a duplicate. 0 for `sent` and `lost`. */
  readonly copy: number
  readonly kind: 'request' | 'reply'
  /**
   * Of a request its type, such as `propose`. Of a reply the type of its request, but `answer` for a decision on a batch, `refused`, and
   * `failed` where the other side's transport gives no reply. `unreadable` when it is no message of peers.
   */
  readonly name: string
  /** Names of peers where they are known, else addresses. */
  readonly from: string
  readonly to: string
  /** Trades that it speaks of. */
  readonly tradeIds: readonly string[]
  /** One line for people. */
  readonly summary: string
  /** What it says, signed bodies opened. On `sent` only: null on the others. */
  readonly payload: unknown
}

/** How a peer's book stands after it has changed. */
export interface BookFrame extends Timed {
  readonly type: '@peerbook.book'
  readonly peer: string
  readonly market: string
  /** Best first, as many as the inspector shows. */
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** Decimals, in the market's ticks and lots. */
export interface Level {
  readonly price: string
  /** What could be matched now. */
  readonly quantity: string
  /** What belongs to owners who are not live: seen, never matched. */
  readonly staleQuantity: string
  /** How many orders rest at this price, stale ones included. */
  readonly orders: number
}

/** How an order stands at its owner, when a decision that has touched it leaves the book. */
export interface OrderFrame extends Timed {
  readonly type: '@peerbook.order'
  readonly peer: string
  readonly market: string
  readonly id: string
  /** What it is, in decimals: `sell 0.5 @ 64000.00 gtc`. */
  readonly terms: string
  /** A state of machines/order.machine.ts, and its context: lots. */
  readonly status: string
  readonly context: OrderContext
  /** What has led here from the telling before; from the start, in the first. */
  readonly events: readonly OrderEvent[]
  /** Why a part of it has lapsed, or will; null when none does. */
  readonly reason: string | null
  /** Nothing of it can trade any more. */
  readonly isOver: boolean
}

/** A line of the scenario: a command, or what is told. */
export interface NewsFrame extends Timed {
  readonly type: '@peerbook.news'
  readonly text: string
}

/** How the playing stands, whenever that changes. */
export interface PlaybackFrame extends Timed {
  readonly type: '@peerbook.playback'
  readonly isPaused: boolean
  /** 1: slowly enough to follow a trade by eye; 2: twice as fast. */
  readonly speed: number
  /** Nothing more will happen. */
  readonly isOver: boolean
  /** Whether commands of viewers have an effect; none on a running peer or an opened recording. */
  readonly isPaced: boolean
  readonly isRecording: boolean
}

/** What a viewer may ask for. Anything else is refused, and the viewer cut off. */
export type ViewerCommand =
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** On to the next thing that can be seen, then pause. */
  | { readonly type: 'step' }
  | { readonly type: 'speed'; readonly speed: number }
