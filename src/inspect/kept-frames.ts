/**
 * The frames that an inspector has shown, as the texts that are sent: the newest up to a number and a size, and of those before them
 * what still holds: the actors that are there and how they stand, the books, the playback. A reader has a place in it instead of a
 * queue; what it has not read when it is forgotten is lost to it.
 */
import { limits } from '../limits.ts'
import type { FrameBody, OrderFrame } from './frame.ts'

export interface KeptFrame {
  readonly seq: number
  /** What viewers are sent. */
  readonly text: string
  /** Whether official receivers are sent it. */
  readonly isOfficial: boolean
  /** Who fed it; 0 for our own. */
  readonly source: number
  /** What it says how something stands of, such as `snapshot SESSION`; null when it only says what happened. */
  readonly stands: string | null
  /** What no longer stands with it, named likewise. */
  readonly ends: readonly string[]
}

export class KeptFrames {
  /** Behind `#from` only: what is before has been forgotten. */
  #frames: KeptFrame[] = []
  #from = 0
  #bytes = 0
  #lastSeq = 0
  readonly #remains = new Map<string, KeptFrame>()

  get lastSeq(): number {
    return this.#lastSeq
  }

  get firstSeq(): number {
    return this.#lastSeq - (this.#frames.length - this.#from) + 1
  }

  /** Null when the frame is larger than a frame may be; then it has no effect. */
  add(body: FrameBody, source = 0): KeptFrame | null {
    const json = JSON.stringify(body)
    if (json.length > limits.inspectFrameBytesMax) return null
    this.#lastSeq += 1
    const frame: KeptFrame = {
      seq: this.#lastSeq,
      text: `{"seq":${this.#lastSeq},${json.slice(1)}`,
      isOfficial: body.type.startsWith('@xstate.'),
      source,
      stands: standsOf(body),
      ends: endsOf(body),
    }
    this.#frames.push(frame)
    this.#bytes += frame.text.length
    this.#forget()
    return frame
  }

  /** Undefined for one that is forgotten or has not come yet. */
  at(seq: number): KeptFrame | undefined {
    return seq < this.firstSeq ? undefined : this.#frames[this.#from + seq - this.firstSeq]
  }

  /** What still holds of what has been forgotten, oldest first. */
  remains(): readonly KeptFrame[] {
    return [...this.#remains.values()].sort((one, other) => one.seq - other.seq)
  }

  #forget(): void {
    while (this.#frames.length - this.#from > limits.inspectFramesMax || this.#bytes > limits.inspectBytesMax) {
      const frame = this.#frames[this.#from]
      if (!frame) return
      this.#from += 1
      this.#bytes -= frame.text.length
      this.#remember(frame)
    }
    if (this.#from > limits.inspectFramesMax / 10) this.#compact()
  }

  #compact(): void {
    this.#frames = this.#frames.slice(this.#from)
    this.#from = 0
  }

  #remember(frame: KeptFrame): void {
    for (const one of frame.ends) this.#remains.delete(one)
    if (frame.ends.length === 0 && frame.stands !== null) {
      this.#remains.delete(frame.stands)
      this.#remains.set(frame.stands, frame)
    }
    if (this.#remains.size <= limits.inspectRemainsMax) return
    const [oldest] = this.#remains.keys()
    if (oldest !== undefined) this.#remains.delete(oldest)
  }
}

/** What official receivers are sent of a frame: without what is ours. Null when it is none of theirs. */
export function officialTextOf({ isOfficial, text }: KeptFrame): string | null {
  if (!isOfficial) return null
  const frame = JSON.parse(text) as Record<string, unknown>
  for (const ours of ['seq', 'atMs', 'fired']) Reflect.deleteProperty(frame, ours)
  return JSON.stringify(frame)
}

function standsOf(body: FrameBody): string | null {
  switch (body.type) {
    case '@xstate.actor':
      return `actor ${body.sessionId}`
    case '@xstate.snapshot':
      return `snapshot ${body.sessionId}`
    case '@peerbook.book':
      return `book ${body.peer} ${body.market}`
    case '@peerbook.order':
      return orderKey(body)
    case '@peerbook.playback':
      return 'playback'
    case '@xstate.event':
    case '@peerbook.message':
    case '@peerbook.news':
      return null
  }
}

/** Whoever has ended no longer stands anywhere. */
function endsOf(body: FrameBody): readonly string[] {
  switch (body.type) {
    case '@xstate.snapshot': {
      const isOver = (body.snapshot.status ?? 'active') !== 'active'
      return isOver ? [`actor ${body.sessionId}`, `snapshot ${body.sessionId}`] : []
    }
    case '@peerbook.order':
      return body.isOver ? [orderKey(body)] : []
    case '@xstate.actor':
    case '@xstate.event':
    case '@peerbook.book':
    case '@peerbook.message':
    case '@peerbook.news':
    case '@peerbook.playback':
      return []
  }
}

function orderKey({ peer, id }: OrderFrame): string {
  return `order ${peer} ${id}`
}
