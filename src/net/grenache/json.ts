/** Bytes to JSON, without exceptions: what is not UTF-8 or not JSON is undefined, which JSON itself cannot say. */
import { isUtf8 } from 'node:buffer'

export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Foreign text as one short, quoted line that is safe in a sentence of ours. */
export function quoteForeign(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) return 'nothing'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
