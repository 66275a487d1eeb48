/**
 * Netstrings: `LENGTH:BYTES,`, the length in decimal digits, of the bytes alone; `hello` is `5:hello,`. Whoever reads one knows how long it
 * is before it comes, and looks at no byte of it. Source: D. J. Bernstein, "Netstrings", 1997, https://cr.yp.to/proto/netstrings.txt
 */
import { writable } from './body-text.ts'
import type { ByteLease } from './byte-budget.ts'
import { GrowingBody } from './growing-body.ts'

export type NetstringFailure =
  /** It is none. */
  | 'malformed'
  /** It says that it is longer than it may be; nothing of it has been kept. */
  | 'too_large'
  | 'over_budget'
  /** More has come than this one. */
  | 'followed'

export type NetstringRead = { readonly body: Buffer } | { readonly failure: NetstringFailure }

const zero = '0'.charCodeAt(0)
const nine = '9'.charCodeAt(0)
const colon = ':'.charCodeAt(0)
const comma = ','.charCodeAt(0)

export function netstringOf(text: string): string | Buffer {
  return writable(`${Buffer.byteLength(text)}:${text},`)
}

/** Reads one netstring and nothing behind it. */
export class NetstringReader {
  readonly #bytesMax: number
  readonly #lease: ByteLease
  #hasDigit = false
  #length = 0
  /** With the comma; undefined for as long as the length is being read. */
  #body: GrowingBody | undefined

  constructor(bytesMax: number, lease: ByteLease) {
    this.#bytesMax = bytesMax
    this.#lease = lease
  }

  /** Undefined for as long as more of it is to come. Not to be called again after anything else. */
  take(chunk: Buffer): NetstringRead | undefined {
    let at = 0
    while (this.#body === undefined) {
      const byte = chunk[at]
      if (byte === undefined) return undefined
      at += 1
      const failure = byte === colon ? this.#endLength() : this.#takeDigit(byte)
      if (failure !== undefined) return { failure }
    }
    return this.#takeBytes(this.#body, at === 0 ? chunk : chunk.subarray(at))
  }

  #takeDigit(byte: number): NetstringFailure | undefined {
    const startsWithZero = this.#hasDigit && this.#length === 0
    if (byte < zero || byte > nine || startsWithZero) return 'malformed'
    this.#hasDigit = true
    this.#length = this.#length * 10 + (byte - zero)
    return this.#length > this.#bytesMax ? 'too_large' : undefined
  }

  #endLength(): NetstringFailure | undefined {
    if (!this.#hasDigit) return 'malformed'
    this.#body = new GrowingBody(this.#length + 1, this.#lease)
    return undefined
  }

  #takeBytes(body: GrowingBody, chunk: Buffer): NetstringRead | undefined {
    const failure = body.add(chunk)
    if (failure !== undefined) return { failure: failure === 'too_large' ? 'followed' : failure }
    if (body.length <= this.#length) return undefined
    const bytes = body.bytes()
    return bytes[this.#length] === comma ? { body: bytes.subarray(0, this.#length) } : { failure: 'malformed' }
  }
}
