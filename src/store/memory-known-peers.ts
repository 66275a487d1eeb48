/** Known peers that are kept as long as this object: they survive a peer's restart within one process, and no more. */
import { Observable } from 'rxjs'
import { assertKnownPeers, type KnownPeer, type KnownPeers } from './known-peers.ts'

export class MemoryKnownPeers implements KnownPeers {
  readonly #defer: (task: () => void) => void
  #peers: readonly KnownPeer[] = []

  /** `defer` runs a task later, never at once: it stands for the time that a disk takes. */
  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  read(): readonly KnownPeer[] {
    return this.#peers
  }

  write(peers: readonly KnownPeer[]): Observable<void> {
    return new Observable<void>(subscriber => {
      assertKnownPeers(peers)
      this.#defer(() => {
        this.#peers = [...peers]
        subscriber.next()
        subscriber.complete()
      })
    })
  }
}
