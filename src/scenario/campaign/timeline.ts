/** Commands and the instants at which they are given, gathered in any order. */
import type { Line } from './line.ts'

export class Timeline {
  readonly #lines: { readonly atMs: number; readonly line: Line }[] = []

  /** `atMs`: whole milliseconds since the story began. */
  add(atMs: number, text: string, places: string | null = null): void {
    this.#lines.push({ atMs, line: { text, places } })
  }

  /** When orders are placed, milliseconds. */
  get orderInstants(): readonly number[] {
    return this.#lines.flatMap(({ atMs, line }) => (line.places === null ? [] : [atMs]))
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
