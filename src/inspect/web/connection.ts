/** The one connection to the hub: frames in, commands out. A connection that is lost is taken up again; what is replayed is known by its number. */
import type { Frame, ViewerCommand } from '../frame.ts'

export interface Watcher {
  readonly received: (frame: Frame) => void
  readonly changed: (isConnected: boolean) => void
}

const retryDelayMs = 1_000

export class Connection {
  readonly #url: string
  readonly #watcher: Watcher
  #socket: WebSocket | null = null

  constructor(url: string, watcher: Watcher) {
    this.#url = url
    this.#watcher = watcher
    this.#open()
  }

  send(command: ViewerCommand): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command))
  }

  #open(): void {
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    socket.addEventListener('open', () => this.#watcher.changed(true))
    socket.addEventListener('message', ({ data }) => this.#watcher.received(JSON.parse(String(data)) as Frame))
    socket.addEventListener('close', () => {
      this.#watcher.changed(false)
      setTimeout(() => this.#open(), retryDelayMs)
    })
  }
}
