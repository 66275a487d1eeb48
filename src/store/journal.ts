/**
 * The Journal port: an append-only list of texts, one for each group commit. Types only.
 * What was appended counts once `sync` has emitted; a crash before that may lose it, but never a part of it.
 */
import type { Observable } from 'rxjs'

export interface Journal {
  /** Every record that has been synced, oldest first; completes. Fails when the journal cannot be trusted. */
  read(): Observable<string>
  /** Adds a record behind all others. Throws when the journal cannot take it. */
  append(record: string): void
  /** Emits once and completes when all that was appended so far is durable; never synchronously. Fails when it is not. */
  sync(): Observable<void>
}
