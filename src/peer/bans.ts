/**
 * Who is kept out, by whom, why, and on what proof. A ban is this peer's own affair: the book never decides by it, so it is not
 * journalled and lasts as long as the process. It stops what is new, never what has begun.
 */
import type { PeerId } from '../book/order.ts'
import type { Signed } from '../feed/signer.ts'
import { limits } from '../limits.ts'
import type { Counters } from './counters.ts'

export interface Ban {
  readonly peerId: PeerId
  /** Whether the operator wants it, or the peer's own signature proves what no correct peer does. */
  readonly by: 'operator' | 'proof'
  /** The operator's own words, or the name of the fault. */
  readonly reason: string
  /** Milliseconds since the Unix epoch, by our clock. */
  readonly atMs: number
  /** The signed texts that prove the fault: one or two. None for an operator's ban, or where there was no room for them. */
  readonly proof: readonly Signed[]
}

/** A ban without the texts that prove it, for a glance. */
export type BanSummary = Omit<Ban, 'proof'>

export type BanEvent =
  | { readonly type: 'peer.banned'; readonly peerId: PeerId; readonly reason: string }
  | { readonly type: 'peer.pardoned'; readonly peerId: PeerId }

export class Bans {
  /** Oldest first; at most `bansMax`. */
  readonly #all = new Map<PeerId, Ban>()
  readonly #counters: Counters
  readonly #now: () => number
  readonly #tell: (event: BanEvent) => void

  /** `now` gives milliseconds since the Unix epoch; `tell` hears of every change. */
  constructor(counters: Counters, now: () => number, tell: (event: BanEvent) => void) {
    this.#counters = counters
    this.#now = now
    this.#tell = tell
  }

  of(peerId: PeerId): Ban | undefined {
    return this.#all.get(peerId)
  }

  list(): Ban[] {
    return [...this.#all.values()]
  }

  /** The operator wants it. A ban that is there already stays as it is. Undefined when the operator's bans have taken all places. */
  order(peerId: PeerId, reason: string): Ban | undefined {
    const known = this.#all.get(peerId)
    if (known) return known
    if (!this.#makeRoom()) return undefined
    return this.#add({ peerId, by: 'operator', reason, atMs: this.#now(), proof: [] })
  }

  /**
   * The peer's own signature proves it. What was proven first stays; an operator's ban becomes a proven one. When all places are
   * taken the peer is not banned, only counted: keys cost nothing, so what has been proven of one must not free another.
   */
  prove(peerId: PeerId, reason: string, proof: readonly Signed[]): void {
    const known = this.#all.get(peerId)
    if (known?.by === 'proof') return
    if (!known && this.#all.size >= limits.bansMax) return this.#counters.add('bans_full')
    this.#counters.add(`banned.${reason}`)
    this.#add({ peerId, by: 'proof', reason, atMs: this.#now(), proof: this.#fitting(proof) })
  }

  /** Gives the ban that is over; undefined when there was none. */
  lift(peerId: PeerId): Ban | undefined {
    const known = this.#all.get(peerId)
    if (!known) return undefined
    this.#all.delete(peerId)
    this.#tell({ type: 'peer.pardoned', peerId })
    return known
  }

  #add(ban: Ban): Ban {
    this.#all.set(ban.peerId, ban)
    this.#tell({ type: 'peer.banned', peerId: ban.peerId, reason: ban.reason })
    return ban
  }

  /** The oldest proven ban gives way to the operator's: strangers with many keys must not take the operator's places. */
  #makeRoom(): boolean {
    if (this.#all.size < limits.bansMax) return true
    const oldest = this.list().find(({ by }) => by === 'proof')
    if (!oldest) return false
    this.lift(oldest.peerId)
    return true
  }

  #fitting(proof: readonly Signed[]): readonly Signed[] {
    const kept = this.list().flatMap(ban => ban.proof)
    if (bytesOf(kept) + bytesOf(proof) <= limits.banProofBytesMax) return proof
    this.#counters.add('ban_proof_not_kept')
    return []
  }
}

function bytesOf(texts: readonly Signed[]): number {
  return texts.reduce((sum, { body, signature }) => sum + Buffer.byteLength(body) + signature.length, 0)
}
