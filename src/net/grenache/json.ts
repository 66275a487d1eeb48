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

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Foreign text as one short, quoted line that is safe in a sentence of ours. */
export function quoteForeign(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) return 'nothing'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
