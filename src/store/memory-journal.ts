/** A journal that lives as long as this object: it survives a peer's restart within one process, and no more. */
import { from, Observable } from 'rxjs'
import type { Journal } from './journal.ts'

export class MemoryJournal implements Journal {
  readonly #records: string[] = []
  readonly #defer: (task: () => void) => void
  #synced = 0
  /** Counts crashes: a sync that was under way when one happened makes nothing durable. */
  #life = 0

  /** `defer` runs a task later, never at once: it stands for the time that a disk takes, in which groups form. */
  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  read(): Observable<string> {
    return from(this.#records.slice(0, this.#synced))
  }

  append(record: string): void {
    this.#records.push(record)
  }

  sync(): Observable<void> {
    return new Observable<void>(subscriber => {
      const count = this.#records.length
      const life = this.#life
      this.#defer(() => {
        if (life !== this.#life) return
        this.#synced = Math.max(this.#synced, count)
        subscriber.next()
        subscriber.complete()
      })
    })
  }

  /** Forgets what was never synced, as a crash would. */
  crash(): void {
    this.#records.length = this.#synced
    this.#life += 1
  }
}
