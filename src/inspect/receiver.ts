/**
 * One connection that is sent frames: a viewer, or an official receiver. It reads the kept frames from a place of its own, so that a
 * slow one costs nothing and holds up nobody; one whose place has been forgotten is cut off.
 */
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { limits } from '../limits.ts'
import type { KeptFrame, KeptFrames } from './kept-frames.ts'

export interface ReceiverOptions {
  readonly socket: WebSocket
  /** The connection below it: what is written at once leaves at once. */
  readonly stream: Duplex
  readonly frames: KeptFrames
  /** What it is sent of a frame; null for nothing. */
  readonly textOf: (frame: KeptFrame) => string | null
  /** It has not read for so long that frames have been forgotten before they were sent. */
  readonly tooSlow: () => void
}

export class Receiver {
  readonly #options: ReceiverOptions
  /** What still held of forgotten frames when it came; sent first. */
  readonly #remains: KeptFrame[]
  #nextSeq: number
  /** More has been written than the connection takes at a time. */
  #isFull = false

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#remains = [...options.frames.remains()].reverse()
    this.#nextSeq = options.frames.firstSeq
  }

  /** Sends what there is, as far as the connection takes it; goes on by itself when that has left. */
  pump(): void {
    const { socket, stream, frames, tooSlow } = this.#options
    if (socket.readyState !== WebSocket.OPEN) return
    if (this.#isFull) {
      if (this.#nextSeq < frames.firstSeq) tooSlow()
      return
    }
    stream.cork()
    this.#send()
    process.nextTick(() => stream.uncork())
  }

  #send(): void {
    const { socket, stream, textOf, tooSlow } = this.#options
    while (socket.bufferedAmount < limits.inspectBufferBytesMax) {
      const frame = this.#next()
      if (frame === 'forgotten') return tooSlow()
      if (frame === null) return
      const text = textOf(frame)
      if (text !== null) socket.send(text)
    }
    this.#isFull = true
    stream.once('drain', () => {
      this.#isFull = false
      this.pump()
    })
  }

  #next(): KeptFrame | 'forgotten' | null {
    const remaining = this.#remains.pop()
    if (remaining) return remaining
    const { frames } = this.#options
    if (this.#nextSeq > frames.lastSeq) return null
    const frame = frames.at(this.#nextSeq)
    if (!frame) return 'forgotten'
    this.#nextSeq += 1
    return frame
  }
}
