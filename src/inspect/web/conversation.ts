/**
 * The messages between peers as rows of a sequence diagram. Every sending and every arrival has a row of its own, but an arrival that
 * follows its sending at once shares its row: what is drawn level was quick, what slants was overtaken by something else. Rows are
 * only ever added, so an earlier moment is the same diagram cut short.
 */
import type { Frame, MessageFrame } from '../frame.ts'

export type SeenMessage = Extract<Frame, MessageFrame>

export interface Arrival {
  readonly row: number
  readonly copy: number
  readonly atMs: number
  readonly seq: number
}

export interface Crossing {
  /** The sending; the first arrival where only that end is inspected. */
  readonly sent: SeenMessage
  readonly row: number
  readonly arrivals: readonly Arrival[]
  /** When it was known to be lost; null as long as it is not. */
  readonly lostSeq: number | null
}

/** What peers say all the time, whether anything is traded or not. */
const background: ReadonlySet<string> = new Set(['beat', 'hello', 'heads', 'peers'])

export class Conversation {
  readonly #areBeatsShown: boolean
  readonly #lifelines = new Map<string, number>()
  readonly #crossings: Crossing[] = []
  readonly #indexOf = new Map<number, number>()
  readonly #rowSeqs: number[] = []
  #lastSent: number | null = null

  constructor(areBeatsShown: boolean) {
    this.#areBeatsShown = areBeatsShown
  }

  add(frame: SeenMessage): void {
    for (const name of [frame.from, frame.to]) if (!this.#lifelines.has(name)) this.#lifelines.set(name, frame.seq)
    if (!this.#areBeatsShown && isBackground(frame)) return
    const index = this.#indexOf.get(frame.id)
    const known = index === undefined ? undefined : this.#crossings[index]
    if (index === undefined || known === undefined) this.#begin(frame)
    else if (frame.stage === 'lost') this.#crossings[index] = { ...known, lostSeq: frame.seq }
    else if (frame.stage === 'arrived') this.#arrive(index, known, frame)
  }

  /** Names of peers from left to right, in the order in which they were first heard of. */
  lifelinesAt(seq: number): string[] {
    return [...this.#lifelines].filter(([, since]) => since <= seq).map(([name]) => name)
  }

  rowsAt(seq: number): number {
    const after = this.#rowSeqs.findLastIndex(since => since <= seq)
    return after + 1
  }

  /** Messages that touch the rows from `first` to `last`, as they were at that moment. */
  crossingsAt(seq: number, first: number, last: number): Crossing[] {
    return this.#crossings
      .filter(({ sent, row, arrivals }) => sent.seq <= seq && row <= last && (arrivals.at(-1)?.row ?? row) >= first)
      .map(crossing => crossingAt(crossing, seq))
  }

  /** The message with that id at that moment. */
  crossing(id: number, seq: number): Crossing | undefined {
    const known = this.#crossings[this.#indexOf.get(id) ?? -1]
    return known && known.sent.seq <= seq ? crossingAt(known, seq) : undefined
  }

  /** The first message that speaks of the trade. */
  firstOf(tradeId: string, seq: number): Crossing | undefined {
    const first = this.#crossings.find(({ sent }) => sent.tradeIds.includes(tradeId))
    return first && this.crossing(first.sent.id, seq)
  }

  #begin(frame: SeenMessage): void {
    const row = this.#nextRow(frame.seq)
    const arrivals = frame.stage === 'arrived' ? [arrivalOf(frame, row)] : []
    this.#indexOf.set(frame.id, this.#crossings.length)
    this.#crossings.push({ sent: frame, row, arrivals, lostSeq: frame.stage === 'lost' ? frame.seq : null })
    this.#lastSent = frame.id
  }

  #arrive(index: number, known: Crossing, frame: SeenMessage): void {
    const row = this.#lastSent === frame.id ? known.row : this.#nextRow(frame.seq)
    this.#crossings[index] = { ...known, arrivals: [...known.arrivals, arrivalOf(frame, row)] }
    this.#lastSent = null
  }

  #nextRow(seq: number): number {
    this.#rowSeqs.push(seq)
    return this.#rowSeqs.length - 1
  }
}

export function isBackground({ name }: MessageFrame): boolean {
  return background.has(name)
}

function crossingAt(crossing: Crossing, seq: number): Crossing {
  const { arrivals, lostSeq } = crossing
  const isLost = lostSeq !== null && lostSeq <= seq
  return { ...crossing, arrivals: arrivals.filter(one => one.seq <= seq), lostSeq: isLost ? lostSeq : null }
}

function arrivalOf({ copy, atMs, seq }: SeenMessage, row: number): Arrival {
  return { row, copy, atMs, seq }
}
