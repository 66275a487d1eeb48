/**
 * Ids: UUIDv7s made from the hybrid clock, so that they order like the decisions they belong to: RFC 9562, 5.7, with the clock's
 * counter in the 32 bits behind the time. Every order and every trade has one, so they are written out here, character by character
 * into one buffer: a text put together from parts would be put together again wherever it is used as a key.
 */
import type { HybridClock } from '../feed/hybrid-clock.ts'

const randomBytesOfId = 16
/** The first of them that an id shows: the earlier ones are where time and counter stand. */
const randomFrom = 10
const digits = Buffer.from('0123456789abcdef')

/** `randomBytes` gives as many random bytes as it is asked for. */
export function idSource(clock: HybridClock, randomBytes: (count: number) => Uint8Array): () => string {
  const text = Buffer.from('xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx')
  return () => {
    clock.advance()
    const { ms, counter } = clock
    const random = randomBytes(randomBytesOfId)
    write(text, 0, 8, Math.floor(ms / 2 ** 16))
    write(text, 9, 13, ms % 2 ** 16)
    write(text, 15, 18, counter >>> 20)
    write(text, 19, 23, 0x8000 | ((counter >>> 6) & 0x3fff))
    write(text, 24, 26, ((counter << 2) & 0xfc) | ((random[randomFrom] ?? 0) & 0x03))
    for (let index = randomFrom + 1; index < randomBytesOfId; index += 1)
      write(text, 2 * index + 4, 2 * index + 6, random[index] ?? 0)
    return text.toString('latin1')
  }
}

/** A number of at most 32 bits in hexadecimal digits, from one place to before another. */
function write(text: Buffer, from: number, to: number, value: number): void {
  for (let place = to - 1, rest = value; place >= from; place -= 1, rest >>>= 4)
    text[place] = digits[rest & 0xf] as number
}
