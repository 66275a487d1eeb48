/**
 * Lines of a scenario that know which order they place, and how lines that have lost others become a scenario again: orders are
 * numbered anew, and what makes no sense any more is left out. The notation's own parser says what makes sense.
 */
import { isRefusal } from '../../book/refusal.ts'
import { nothingKnown } from '../known.ts'
import { parseCommand } from '../parse-command.ts'

export interface Line {
  readonly text: string
  /** The name under which other lines know the order that this line places; null when it places none. */
  readonly places: string | null
}

const placingPattern = /^(?:replace ([a-z0-9-]+)\/\d+ with|([a-z0-9-]+)(?: \S+)?) (?:buy|sell) /
const orderPattern = /^(cancel|amend|force|replace) (\S+\/\S+)/
const partnerPattern = /\b(partner) (\S+)/
const advancePattern = /^advance (\d+)(ms|s)$/

/** Orders are known by the numbers that they have in these texts. */
export function linesOf(texts: readonly string[]): Line[] {
  const placed = new Map<string, number>()
  return texts.map(text => {
    const [, replacing, placing] = placingPattern.exec(text) ?? []
    const name = replacing ?? placing
    if (name === undefined) return { text, places: null }
    const number = (placed.get(name) ?? 0) + 1
    placed.set(name, number)
    return { text, places: `${name}/${number}` }
  })
}

/** The lines that can be played, in their order, with the numbers that their orders have now. */
export function mended(lines: readonly Line[]): Line[] {
  const known = nothingKnown()
  const names = new Map<string, string>()
  const kept = lines.flatMap((line, index) => {
    const text = renamed(line.text, names)
    if (text === null) return []
    const action = parseCommand(text, known, index + 1)
    if (isRefusal(action)) return []
    const placed = action.type === 'order' || action.type === 'replace' ? action.order : null
    if (placed !== null && line.places !== null) names.set(line.places, placed)
    return [{ text, places: placed }]
  })
  return joined(kept)
}

/** Null when the line speaks of an order that nobody places any more. */
function renamed(text: string, names: ReadonlyMap<string, string>): string | null {
  const patterns = [orderPattern, partnerPattern]
  return patterns.reduce<string | null>((so, pattern) => so && renamedBy(pattern, so, names), text)
}

function renamedBy(pattern: RegExp, text: string, names: ReadonlyMap<string, string>): string | null {
  const [, word, order] = pattern.exec(text) ?? []
  if (word === undefined || order === undefined) return text
  const name = names.get(order)
  return name === undefined ? null : text.replace(pattern, `${word} ${name}`)
}

/** Two advances with nothing between them are one. */
function joined(lines: readonly Line[]): Line[] {
  const all: Line[] = []
  for (const line of lines) {
    const ms = advancedMs(line.text)
    const before = advancedMs(all.at(-1)?.text ?? '')
    if (ms !== null && before !== null) all[all.length - 1] = { text: `advance ${ms + before}ms`, places: null }
    else all.push(line)
  }
  return all
}

/** How long an `advance` is, milliseconds; null for any other line. */
export function advancedMs(text: string): number | null {
  const [, digits, unit] = advancePattern.exec(text) ?? []
  return digits === undefined ? null : Number(digits) * (unit === 's' ? 1_000 : 1)
}
