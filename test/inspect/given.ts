/** Frames and connections for the tests of the inspector. */
import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import type { Frame, FrameBody } from '../../src/inspect/frame.ts'
import { Hub, type HubOptions } from '../../src/inspect/hub.ts'

/** News: the shortest frame. */
export function news(text: string, atMs = 0): FrameBody {
  return { type: '@peerbook.news', atMs, text }
}

export function snapshot(sessionId: string, value: string, status: 'active' | 'done' = 'active'): FrameBody {
  const event = { type: 'go' }
  return { ...{ type: '@xstate.snapshot', event, snapshot: { status, value } }, ...official(sessionId) }
}

export function actor(sessionId: string, name: string): FrameBody {
  const shown = { name, parentId: undefined, definition: '{"id":"m"}', snapshot: { status: 'active' } } as const
  return { type: '@xstate.actor', ...shown, ...official(sessionId) }
}

function official(sessionId: string) {
  return { atMs: 0, sessionId, rootId: sessionId, createdAt: '1', id: null, _version: '0.7.2' }
}

export function openHub(options: Partial<HubOptions> = {}): Promise<Hub> {
  return Hub.open({ port: 0, now: () => 0, ...options })
}

/** A connection and all that it has been sent. */
export class Client {
  readonly socket: WebSocket
  readonly texts: string[] = []
  #changed: () => void = () => undefined

  constructor(hub: { readonly url: string }, path: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(hub.url.replace('http', 'ws') + path, options)
    this.socket.on('message', data => {
      this.texts.push((data as Buffer).toString('utf8'))
      this.#changed()
    })
  }

  static viewer(hub: { readonly url: string }): Client {
    return new Client(hub, '?role=viewer')
  }

  get frames(): Frame[] {
    return this.texts.map(text => JSON.parse(text) as Frame)
  }

  /** Resolves once what it has been sent fits. */
  async until(fits: (frames: readonly Frame[]) => boolean): Promise<Frame[]> {
    while (!fits(this.frames)) await new Promise<void>(resolve => (this.#changed = resolve))
    return this.frames
  }

  async opened(): Promise<this> {
    await once(this.socket, 'open')
    return this
  }

  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    const [code, reason] = (await once(this.socket, 'close')) as [number, Buffer]
    return { code, reason: reason.toString() }
  }

  /** The HTTP status with which it was not let in. */
  async turnedAway(): Promise<number | undefined> {
    this.socket.on('error', () => undefined)
    const [, response] = (await once(this.socket, 'unexpected-response')) as [unknown, { statusCode?: number }]
    this.socket.terminate()
    return response.statusCode
  }
}
