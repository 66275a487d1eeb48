/** Commands and the instants at which they are given, gathered in any order. */
import type { Line } from './line.ts'

/** An order that somebody places. */
export interface PlacedOrder {
  readonly name: string
  readonly atMs: number
  readonly market: string
  readonly side: string
}

/** Longer than it takes until the slowest backoff has ended and everybody has read everything. */
export const restLimit = '60s'

export class Timeline {
  readonly #lines: { readonly atMs: number; readonly line: Line }[] = []

  /** `atMs`: whole milliseconds since the story began. */
  add(atMs: number, text: string, places: string | null = null): void {
    this.#lines.push({ atMs, line: { text, places } })
  }

  /** Of the last command, milliseconds; 0 when there is none. */
  get lastMs(): number {
    return Math.max(0, ...this.#lines.map(({ atMs }) => atMs))
  }

  /** The orders that are placed, in no order. */
  get orders(): readonly PlacedOrder[] {
    return this.#lines.flatMap(({ atMs, line }) => (line.places === null ? [] : [placedBy(line, atMs)]))
  }

  /** In the order of time, with `advance` between instants, and nothing from `endMs` on. At one instant as they were added. */
  until(endMs: number): Line[] {
    const before = this.#lines.filter(({ atMs }) => atMs < endMs).sort((one, other) => one.atMs - other.atMs)
    let nowMs = 0
    const lines = before.flatMap(({ atMs, line }) => {
      const waitMs = atMs - nowMs
      nowMs = atMs
      return waitMs > 0 ? [advance(waitMs), line] : [line]
    })
    return nowMs < endMs ? [...lines, advance(endMs - nowMs)] : lines
  }
}

function advance(ms: number): Line {
  return { text: `advance ${ms}ms`, places: null }
}

function placedBy({ text }: Line, atMs: number): PlacedOrder {
  const [name = '', market = '', side = ''] = text.split(' ')
  return { name, atMs, market, side }
}
