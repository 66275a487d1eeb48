/** Ids: UUIDv7s made from the hybrid clock, so that they order like the decisions they belong to. */
import { v7 } from 'uuid'
import type { HybridClock } from '../feed/hybrid-clock.ts'

const randomBytesOfId = 16

/** `randomBytes` gives as many random bytes as it is asked for. */
export function idSource(clock: HybridClock, randomBytes: (count: number) => Uint8Array): () => string {
  return () => {
    clock.advance()
    return v7({ msecs: clock.ms, seq: clock.counter, random: randomBytes(randomBytesOfId) })
  }
}
