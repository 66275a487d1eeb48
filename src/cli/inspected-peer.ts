/** A running peer that is shown on a page: what `createPeer` is given besides, and the hub that shows it. */
import type { CreatePeerOptions, Peer } from '../index.ts'
import { Hub } from '../inspect/hub.ts'
import { Inspector } from '../inspect/inspector.ts'

export class InspectedPeer {
  readonly watching: Required<Pick<CreatePeerOptions, 'inspect' | 'tap'>>
  readonly #inspector: Inspector
  readonly #hub: Hub

  private constructor(hub: Hub, inspector: Inspector, name: string) {
    this.#hub = hub
    this.#inspector = inspector
    this.watching = {
      inspect: inspector.observerOf(name),
      tap: transport => inspector.tap(name, transport),
    }
  }

  /** Viewers may come when it resolves; `name` is what they call the peer. */
  static async open(name: string): Promise<InspectedPeer> {
    const startMs = performance.now()
    const now = (): number => performance.now() - startMs
    const hub = await Hub.open({ port: 0, now })
    const playback = { isPaused: false, speed: 1, isOver: false, isPaced: false, isRecording: false }
    hub.show({ type: '@peerbook.playback', atMs: now(), ...playback })
    return new InspectedPeer(hub, new Inspector({ now, show: frame => hub.show(frame) }), name)
  }

  get url(): string {
    return this.#hub.url
  }

  /** Learns the names of the others as they come. */
  follow(peer: Peer): void {
    peer.neighbours$.subscribe(views => {
      for (const { peerId, name, address } of views) {
        if (name === null || peerId === null) continue
        for (const known of [peerId, address])
          if (!this.#inspector.names.has(known)) this.#inspector.names.learn(known, name)
      }
    })
  }

  async close(): Promise<void> {
    await this.#hub.close()
  }
}
