/** What the official `createWebSocketInspector` of another process feeds: read, checked, and told apart from other feeders'. */
import * as z from 'zod'
import { limits } from '../limits.ts'
import type { OfficialFrame } from './frame.ts'

const sessionId = z.string().min(1).max(200)
const official = {
  sessionId,
  rootId: z.string().max(200).optional(),
  createdAt: z.string().max(40),
  id: z.string().max(200).nullish(),
  _version: z.string().max(40),
}
const event = z.looseObject({ type: z.string().max(1_000) })
const fedFrame = z.discriminatedUnion('type', [
  z.object({
    ...official,
    type: z.literal('@xstate.actor'),
    name: z.string().max(1_000),
    parentId: sessionId.optional(),
    definition: z.string().optional(),
    snapshot: z.looseObject({}),
  }),
  z.object({ ...official, type: z.literal('@xstate.event'), sourceId: sessionId.optional(), event }),
  z.object({ ...official, type: z.literal('@xstate.snapshot'), event, snapshot: z.looseObject({}) }),
])
export type FedFrame = z.infer<typeof fedFrame>

export type FeedRefusal = 'frame_malformed' | 'too_many_actors'

/** The frame in a text from a feeder; null when it is none. */
export function readFedFrame(text: string): FedFrame | null {
  try {
    return fedFrame.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** XState counts sessions anew in each process: who comes second with an id is shown under another one. */
export class FedSessions {
  readonly #owners = new Map<string, number>()

  /** The frame as it is shown; null when there are too many actors. */
  shown(frame: FedFrame, source: number, atMs: number): OfficialFrame | null {
    const idOf = (id: string): string => this.#idFor(id, source)
    const shown = {
      ...frame,
      atMs,
      id: frame.id ?? null,
      sessionId: idOf(frame.sessionId),
      rootId: frame.rootId === undefined ? undefined : idOf(frame.rootId),
      ...('parentId' in frame && frame.parentId !== undefined ? { parentId: idOf(frame.parentId) } : {}),
      ...('sourceId' in frame && frame.sourceId !== undefined ? { sourceId: idOf(frame.sourceId) } : {}),
    } as OfficialFrame
    return this.#claim(shown.sessionId, source) ? shown : null
  }

  /** Its actors make room. */
  forget(source: number): void {
    for (const [id, owner] of this.#owners) if (owner === source) this.#owners.delete(id)
  }

  #idFor(id: string, source: number): string {
    const owner = this.#owners.get(id)
    return owner === undefined || owner === source ? id : `${id} of feeder ${source}`
  }

  #claim(id: string, source: number): boolean {
    if (this.#owners.has(id)) return true
    if (this.#owners.size >= limits.inspectFedActorsMax) return false
    this.#owners.set(id, source)
    return true
  }
}
