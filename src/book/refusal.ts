/**
 * A user's mistake, as a value: a reason for programs and a sentence for people, which says what was wrong and what
 * would be right. Never an exception: what throws in this room is an impossible state.
 */

export interface Refusal<R extends string = string> {
  /** Tells a refusal from whatever else a function gives. */
  readonly refused: true
  readonly reason: R
  readonly sentence: string
}

export function refuse<R extends string>(reason: R, sentence: string): Refusal<R> {
  return { refused: true, reason, sentence }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as Partial<Refusal>).refused === true
}

const quotedCharactersMax = 40

/** A user's own words inside a sentence: in quotes, cut short, and without control characters, as terminals obey them. */
export function quoted(text: string): string {
  const short = text.length > quotedCharactersMax ? `${text.slice(0, quotedCharactersMax)}…` : text
  return `'${short.replace(/\p{C}/gu, '\u{fffd}')}'`
}
