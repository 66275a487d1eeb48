/**
 * A recording: a file of frames, one JSON text a line, as viewers are sent them; the first line says what it is. A recording is never
 * larger than what an inspector keeps, so that all of it can be opened again.
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import * as z from 'zod'
import { isRefusal, refuse, type Refusal } from '../book/refusal.ts'
import { limits } from '../limits.ts'
import type { FrameBody } from './frame.ts'

export const recordingVersion = 1

const header = z.object({ type: z.literal('@peerbook.recording'), version: z.int() })
/** What every frame has; the rest is for whoever shows it. */
const frame = z.looseObject({
  type: z.string().regex(/^@(xstate|peerbook)\.[a-z]+$/),
  seq: z.int(),
  atMs: z.number(),
})
const frameTypes: ReadonlySet<string> = new Set<FrameBody['type']>([
  ...(['@xstate.actor', '@xstate.event', '@xstate.snapshot', '@peerbook.message'] as const),
  ...(['@peerbook.book', '@peerbook.order', '@peerbook.news', '@peerbook.playback'] as const),
])

export class Recording {
  readonly file: string
  readonly #descriptor: number
  #bytes = 0
  #frames = 0
  #state: 'open' | 'full' | 'closed' = 'open'

  private constructor(file: string, descriptor: number) {
    this.file = file
    this.#descriptor = descriptor
  }

  /** A new file; one that is there already is left alone. */
  static create(file: string): Recording | Refusal {
    try {
      const recording = new Recording(file, openSync(file, 'wx'))
      recording.#write(JSON.stringify({ type: '@peerbook.recording', version: recordingVersion }))
      return recording
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EEXIST')
        return refuse('recording_exists', `${file} is there already; remove it or give another name.`)
      return refuse('recording_not_writable', `${file} cannot be written: ${code}.`)
    }
  }

  /** False once it has had as much as can be opened again, or has been closed. */
  get isRecording(): boolean {
    return this.#state === 'open'
  }

  /** False when it is full: then nothing more is written. */
  add(text: string): boolean {
    if (this.#state !== 'open') return false
    const isFull = this.#bytes + text.length > limits.inspectBytesMax || this.#frames >= limits.inspectFramesMax
    if (isFull) {
      this.#state = 'full'
      return false
    }
    this.#frames += 1
    this.#write(text)
    return true
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    closeSync(this.#descriptor)
  }

  #write(text: string): void {
    this.#bytes += text.length + 1
    writeSync(this.#descriptor, `${text}\n`)
  }
}

export interface OpenedRecording {
  /** In their order. */
  readonly frames: readonly FrameBody[]
  /** The last line was cut off, as when what had written it was ended by force, and is left out. */
  readonly isCutOff: boolean
}

export function openRecording(file: string): OpenedRecording | Refusal {
  const text = readText(file)
  if (typeof text !== 'string') return text
  const [first = '', ...lines] = text.split('\n')
  const said = header.safeParse(jsonOf(first)).data
  if (!said)
    return refuse('not_a_recording', `${file} is no recording of npm run inspect: its first line does not say so.`)
  if (said.version !== recordingVersion)
    return refuse(
      'recording_version_differs',
      `${file} is a recording of version ${said.version}; this program opens version ${recordingVersion}.`,
    )
  const frames = framesIn(file, lines)
  return isRefusal(frames) ? frames : { frames, isCutOff: lines.at(-1) !== '' }
}

function framesIn(file: string, lines: readonly string[]): FrameBody[] | Refusal {
  const frames: FrameBody[] = []
  for (const [index, line] of lines.entries()) {
    if (index === lines.length - 1) break
    const read = frame.safeParse(jsonOf(line)).data
    if (!read || !frameTypes.has(read.type))
      return refuse('recording_malformed', `${file}:${index + 2}: This line is no frame.`)
    frames.push(bodyOf(read))
  }
  return frames
}

/** The frame without its number: whoever shows it again gives it another. */
function bodyOf(read: z.infer<typeof frame>): FrameBody {
  const body: Record<string, unknown> = { ...read }
  delete body['seq']
  return body as unknown as FrameBody
}

function readText(file: string): string | Refusal {
  try {
    if (statSync(file).size > limits.inspectBytesMax * 2)
      return refuse('recording_too_large', `${file} is larger than any recording.`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    const reason = code === 'ENOENT' ? 'there is no such file' : code
    return refuse('recording_not_readable', `${file} cannot be read: ${reason}.`)
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
