/**
 * The KnownPeers port: who has been a live neighbour, and where, so that a peer finds its neighbours again when no grape answers.
 * An address is a rumour as ever: whoever is there now is challenged. Types, and what every form asserts.
 */
import type { Observable } from 'rxjs'
import type { PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'

export interface KnownPeer {
  readonly peerId: PeerId
  /** What it calls itself. */
  readonly name: string
  /** `host:port`, to be challenged like any other. */
  readonly address: string
  /** When it was last known to be live: milliseconds since the Unix epoch. */
  readonly liveAtMs: number
}

export interface KnownPeers {
  /** Those that were written last, in the order in which they were; none when there are none, or when they cannot be read. */
  read(): readonly KnownPeer[]
  /** Puts these in the place of all others, whole or not at all, `knownPeersMax` at most. Emits once, and completes. Fails when it cannot. */
  write(peers: readonly KnownPeer[]): Observable<void>
}

/** Throws when there are more than anybody keeps. */
export function assertKnownPeers(peers: readonly KnownPeer[]): void {
  if (peers.length > limits.knownPeersMax)
    throw new Error(`${peers.length} known peers are more than ${limits.knownPeersMax}`)
}
