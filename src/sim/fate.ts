/**
 * What the network does to a message: the one seam for loss, delay, duplication, reordering and partitions. A policy is
 * asked once for each message, in the order of sending, and is free to change its mind with time.
 */
import type { Address } from '../net/transport.ts'
import type { Random } from './random.ts'

/** One crossing of the wire. Announcements and lookups go to the DHT's own address and come back from it. */
export interface Message {
  readonly kind: 'request' | 'reply' | 'announce' | 'announced' | 'lookup' | 'found'
  readonly from: Address
  readonly to: Address
  /** What a peer sent or, to and from the DHT, services and addresses separated by spaces. */
  readonly payload: string
}

export interface Fate {
  /** One arrival for each delay: none is a lost message, several are duplicates. */
  readonly delaysMs: readonly number[]
  /** What arrives in place of what was sent; as sent when nothing is said. */
  readonly payload?: string
}

export type FatePolicy = (message: Message) => Fate

export interface LatencyMs {
  readonly min: number
  readonly max: number
}

/**
 * The policy of a network without faults: everything arrives once, after a whole number of milliseconds. Each path draws from a
 * stream of its own, so that one message more on one path changes nothing on another.
 */
export function randomLatency(random: Random, { min, max }: LatencyMs): FatePolicy {
  const paths = new Map<string, Random>()
  return ({ from, to }) => {
    const path = `${from} ${to}`
    const ofPath = paths.get(path) ?? random.fork(path)
    paths.set(path, ofPath)
    return { delaysMs: [ofPath.integer(min, max)] }
  }
}
