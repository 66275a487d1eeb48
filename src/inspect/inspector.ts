/**
 * Watches peers and says in frames what they do. It knows no viewers and no sockets: whoever makes it takes the frames. One for all peers
 * that are shown together, so that they have each other's names.
 */
import type { InspectionEvent, Observer } from 'xstate'
import type { Transport } from '../net/transport.ts'
import type { History } from '../sim/history.ts'
import { actorFrames } from './actor-frames.ts'
import type { FrameBody } from './frame.ts'
import { showHistory } from './history-frames.ts'
import { MessageTap } from './message-tap.ts'
import { Names } from './names.ts'
import { OrderFrames } from './order-frames.ts'

export interface InspectorOptions {
  /** Milliseconds since the inspection began. */
  readonly now: () => number
  readonly show: (frame: FrameBody) => void
}

export class Inspector {
  readonly names = new Names()
  readonly #options: InspectorOptions
  readonly #tap: MessageTap
  /** By peer: a new life of it goes on with the orders of the last. */
  readonly #orders = new Map<string, OrderFrames>()

  constructor(options: InspectorOptions) {
    this.#options = options
    this.#tap = new MessageTap(this.names, options.now, options.show)
  }

  /** What a peer is given as `inspect`; a new one for each of its lives. */
  observerOf(peer: string): Observer<InspectionEvent> {
    return actorFrames({ ...this.#options, peer, names: this.names, orders: this.#ordersOf(peer) })
  }

  #ordersOf(peer: string): OrderFrames {
    const known = this.#orders.get(peer) ?? new OrderFrames({ ...this.#options, peer })
    this.#orders.set(peer, known)
    return known
  }

  /** A peer's transport, watched: for peers on a real network. */
  tap(peer: string, transport: Transport): Transport {
    return this.#tap.over(transport, peer)
  }

  /** The messages of a simulation. */
  watch(history: History): void {
    showHistory(history, this.names, this.#options.show)
  }

  tell(text: string): void {
    this.#options.show({ type: '@peerbook.news', atMs: this.#options.now(), text })
  }
}
