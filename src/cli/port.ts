/** A port, as an argument of a command. */
import { InvalidArgumentError } from 'commander'

const portMax = 65_535

export function parsePort(text: string): number {
  const number = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN
  if (number <= portMax) return number
  throw new InvalidArgumentError(`It must be a port from 1 to ${portMax}.`)
}
