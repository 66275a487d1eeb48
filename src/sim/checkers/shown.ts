/** Which segments peers have been shown since the last step of the clock: what has changed in replicas since then has come from there. */
import type { MarketId } from '../../book/market.ts'
import type { PeerId } from '../../book/order.ts'
import type { Head } from '../../feed/entry.ts'
import type { Segment } from '../../feed/segment.ts'
import type { Signed } from '../../feed/signer.ts'
import { contentOf, nameAt } from '../said.ts'
import type { Happening } from './checker.ts'
import type { Onstage } from './exchange.ts'

export interface ShownSegment {
  /** The reader's name. */
  readonly name: string
  readonly segment: Segment
  /** How far it had read that feed when it was shown this. */
  readonly before: Head | null
}

export class Shown {
  readonly #onstage: () => readonly Onstage[]
  readonly #segments = new Map<string, ShownSegment>()

  constructor(onstage: () => readonly Onstage[]) {
    this.#onstage = onstage
  }

  get isEmpty(): boolean {
    return this.#segments.size === 0
  }

  /** Each once, in the order in which they came. */
  get segments(): Iterable<ShownSegment> {
    return this.#segments.values()
  }

  /** How far somebody has read a feed by now; null when not at all, or when it is not there. */
  headOf(name: string, market: MarketId, owner: PeerId): Head | null {
    const peer = this.#onstage().find(one => one.name === name)?.peer
    return peer?.markets.some(({ id }) => id === market) ? peer.book(market).headOf(owner) : null
  }

  /** To be told of a message before its receiver is. */
  hear({ message, said: { request, reply } }: Happening<'arrived'>): void {
    const texts = (request?.['segments'] ?? reply?.['segments'] ?? []) as readonly Signed[]
    for (const signed of texts) {
      const segment = contentOf(signed) as Segment
      const name = nameAt(message.to)
      const { market, owner, first } = segment
      const key = `${name} ${market} ${owner} ${first}`
      if (!this.#segments.has(key)) this.#segments.set(key, { name, segment, before: this.headOf(name, market, owner) })
    }
  }

  clear(): void {
    this.#segments.clear()
  }
}
