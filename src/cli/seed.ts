/** The seed of a simulation, as an argument of a command. */
import { InvalidArgumentError } from 'commander'

const seedMax = 2 ** 31 - 1

export function parseSeed(text: string): number {
  const seed = Number(text)
  if (!/^\d+$/.test(text) || seed > seedMax) throw new InvalidArgumentError(`It is a whole number up to ${seedMax}.`)
  return seed
}
