/** The stage on real Grenache: grapes and peers of this process, on loopback, in real time. */
import { firstValueFrom, timeout, type Observable } from 'rxjs'
import type { Market } from '../book/market.ts'
import { createPeer, startGrapes, type CreatePeerOptions, type Grapes } from '../index.ts'
import type { Peer } from '../peer/peer.ts'
import type { Stage } from './stage.ts'

/** How often a condition is looked at while time goes by. */
const lookMs = 5

/** What a peer is given so that it can be watched. */
export type Watching = Pick<CreatePeerOptions, 'inspect' | 'tap'>

export class GrenacheStage implements Stage {
  readonly transport = 'grenache'
  readonly trouble = null
  readonly #grapes: readonly string[]
  readonly #own: Grapes | null
  readonly #watchingOf: (name: string) => Watching
  readonly #startMs = performance.now()

  private constructor(grapes: readonly string[], own: Grapes | null, watchingOf: (name: string) => Watching) {
    this.#grapes = grapes
    this.#own = own
    this.#watchingOf = watchingOf
  }

  /** Uses the grapes at the URLs, or starts two when there are none. Nobody watches unless `watchingOf` says so. */
  static async set(
    urls: readonly string[] = [],
    watchingOf: (name: string) => Watching = () => ({}),
  ): Promise<GrenacheStage> {
    if (urls.length > 0) return new GrenacheStage(urls, null, watchingOf)
    const own = await startGrapes({ count: 2 })
    return new GrenacheStage(own.urls, own, watchingOf)
  }

  now(): number {
    return performance.now() - this.#startMs
  }

  wallMs(): number {
    return Date.now()
  }

  createPeer(name: string, markets: readonly Market[]): Promise<Peer> {
    return createPeer({ name, markets, grapes: this.#grapes, networkId: 'scenario', ...this.#watchingOf(name) })
  }

  first<T>(source: Observable<T>, limitMs: number): Promise<T> {
    return firstValueFrom(source.pipe(timeout({ first: limitMs })))
  }

  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    const lateMs = performance.now() + limitMs
    while (!condition()) {
      if (performance.now() >= lateMs) return false
      await this.advance(lookMs)
    }
    return true
  }

  advance(ms: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, ms))
  }

  async close(): Promise<void> {
    await this.#own?.stop()
  }
}
