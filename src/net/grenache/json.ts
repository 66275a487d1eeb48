/** Bytes to JSON, without exceptions: what is not UTF-8 or not JSON is undefined, which JSON itself cannot say. */
import { isUtf8 } from 'node:buffer'

export function parseJson(bytes: Buffer): unknown {
  const text = textOf(bytes)
  return text === undefined ? undefined : jsonOf(text)
}

export function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The text of an object; undefined for anything else, and for what is nested more deeply than can be written, though it could be read. */
export function objectText(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? written(value) : undefined
}

function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Foreign text as one short, quoted line that is safe in a sentence of ours. */
export function quoteForeign(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = written(value)
  if (text === undefined) return 'something that cannot be shown'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
