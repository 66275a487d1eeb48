/**
 * A stage: where scenarios and demonstrations are played. The same peers, either on the simulated network, where time is virtual
 * and a run is the same to the byte, or on real Grenache.
 */
import type { Observable } from 'rxjs'
import type { Market, MarketId } from '../book/market.ts'
import type { Verifier } from '../feed/signer.ts'
import type { Peer } from '../peer/peer.ts'
import type { History } from '../sim/history.ts'
import type { CrashPoint } from '../sim/simulated-disk.ts'
import type { Fault, Interference } from './faults.ts'

export type TransportName = 'simulated' | 'grenache'

export interface Stage {
  readonly transport: TransportName
  /** Milliseconds since the stage was set. */
  now(): number
  /** Milliseconds since the Unix epoch, by that peer's clock. */
  wallMs(name: string): number
  /** What can be made to go wrong; null where nothing can. */
  readonly trouble: Trouble | null
  /** A started peer of that name, not yet ready. Where there is trouble, a name that has left comes back with its key, journals and address. */
  createPeer(name: string, markets: readonly Market[]): Promise<Peer>
  /** The first value of a stream; time moves until it comes. Rejects when the stream fails, ends without one, or takes longer than the limit. */
  first<T>(source: Observable<T>, limitMs: number): Promise<T>
  /** Lets time go by until the condition holds; false when the limit is passed before. */
  until(condition: () => boolean, limitMs: number): Promise<boolean>
  /** Lets so much time go by. */
  advance(ms: number): Promise<void>
  /** Ends everything that belongs to the stage; peers end first. */
  close(): Promise<void>
}

/** What only a simulated stage can do to peers, and tell of them. */
export interface Trouble {
  begin(fault: Fault): void
  /** Faults that were to touch one message and have not met any. */
  readonly unmet: readonly Interference[]
  /** A peer dies without a word. */
  crash(name: string, losesTail: boolean): void
  /** It dies when its journal next reaches that point; then `died` is called. */
  crashAt(name: string, point: CrashPoint, losesTail: boolean, died: () => void): void
  /** From its next start on it knows where these are, DHT or not. */
  knows(name: string, others: readonly string[]): void
  /** Its software speaks that version of the protocol from its next start on. */
  speaks(name: string, version: number): void
  /** Everything that happens on the stage. */
  readonly history: History
  /** A peer's journal of a market: what of it is durable. */
  readonly journal: (name: string, market: MarketId) => readonly string[]
  /** `listener` is called after every single step of the clock. */
  readonly onStep: (listener: () => void) => void
  readonly networkId: string
  readonly verifier: Verifier
}
