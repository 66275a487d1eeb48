/** Ids: UUIDv7s made from the hybrid clock, so that they order like the decisions they belong to. */
import { v7 } from 'uuid'
import type { HybridClock } from '../feed/hybrid-clock.ts'

const bytesOfId = 16

/** `randomBytes` gives as many random bytes as it is asked for. */
export function idSource(clock: HybridClock, randomBytes: (count: number) => Uint8Array): () => string {
  const bytes = Buffer.alloc(bytesOfId)
  return () => {
    clock.advance()
    v7({ msecs: clock.ms, seq: clock.counter, random: randomBytes(bytesOfId) }, bytes)
    return textOf(bytes)
  }
}

const hyphensAt = [8, 13, 18, 23]
const hexDigits = Buffer.from('0123456789abcdef')
const text = Buffer.alloc(36, '-')

/** As `stringify` of uuid writes it, which makes dozens of strings on the way: every order, trade and segment has an id. */
function textOf(bytes: Uint8Array): string {
  let at = 0
  for (const byte of bytes) {
    if (hyphensAt.includes(at)) at += 1
    text[at] = hexDigits[byte >> 4] as number
    text[at + 1] = hexDigits[byte & 15] as number
    at += 2
  }
  return text.toString('latin1')
}
