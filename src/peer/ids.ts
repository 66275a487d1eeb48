/** Ids: UUIDv7s made from the hybrid clock, so that they order like the decisions they belong to. */
import { v7 } from 'uuid'
import type { HybridClock } from '../feed/hybrid-clock.ts'

const randomBytesOfId = 16

/** `randomBytes` gives as many random bytes as it is asked for. */
export function idSource(clock: HybridClock, randomBytes: (count: number) => Uint8Array): () => string {
  const bytes = new Uint8Array(randomBytesOfId)
  return () => {
    clock.advance()
    return textOf(v7({ msecs: clock.ms, seq: clock.counter, random: randomBytes(randomBytesOfId) }, bytes))
  }
}

const digits = Buffer.from('0123456789abcdef')
const dash = '-'.charCodeAt(0)
const text = Buffer.alloc(36)

/** The text of a UUID in one piece: put together from parts, it would be joined only when it is first looked up. */
function textOf(bytes: Uint8Array): string {
  let at = 0
  for (let index = 0; index < bytes.length; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text[at++] = dash
    const byte = bytes[index] as number
    text[at++] = digits[byte >> 4] as number
    text[at++] = digits[byte & 15] as number
  }
  return text.toString('latin1')
}
