/** The text of an HTTP body on its way out, a request's or a reply's. */

/** Up to here Node encodes a text on its stack. */
const shortMax = 4_096

/**
 * As Node's HTTP writes it fastest: a short text goes out in one piece with the headers. For a long one Node would first set aside three
 * times its length, in case no character of it were ASCII.
 */
export function writable(text: string): string | Buffer {
  return text.length <= shortMax ? text : Buffer.from(text)
}
