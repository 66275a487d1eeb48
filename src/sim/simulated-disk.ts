/**
 * A disk that outlives the processes of a peer: what was appended and synced is there for the next one, what was only appended may
 * be. A process may be made to die at a point of its next commit, which is where software that keeps promises is put to the test.
 */
import { from, Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import { recordOf } from '../peer/decide/record-text.ts'
import type { Journal } from '../store/journal.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'
import type { Process } from './process.ts'

/** Where in a commit a process dies: it has been decided; it has been written; it is durable and nothing has left yet. */
export const crashPoints = ['before append', 'after append', 'after sync'] as const
export type CrashPoint = (typeof crashPoints)[number]

export interface DiskOptions {
  readonly peer: string
  readonly market: MarketId
  readonly history: History
  readonly random: Random
  /** How long a sync takes, milliseconds. */
  readonly syncMsMax: number
}

export class SimulatedDisk {
  readonly #options: DiskOptions
  readonly #records: string[] = []
  #synced = 0

  constructor(options: DiskOptions) {
    this.#options = options
  }

  /** Everything that is durable, oldest first. */
  get durable(): readonly string[] {
    return this.#records.slice(0, this.#synced)
  }

  /** The journal as a process has it open: dead when the process is. */
  open(process: Process): Journal {
    return {
      read: () => from(this.durable),
      append: record => {
        process.reach('before append')
        if (!process.isAlive) return
        this.#append(record)
        process.reach('after append')
      },
      sync: () => this.#sync(process),
    }
  }

  /** What was never synced is gone. */
  loseTail(): void {
    const { history, peer, market } = this.#options
    if (this.#records.length === this.#synced) return
    this.#records.length = this.#synced
    history.add({ type: 'lost', peer, market, count: this.#synced })
  }

  #append(text: string): void {
    const { history, peer, market } = this.#options
    const index = this.#records.push(text) - 1
    history.add({ type: 'appended', peer, market, index, record: recordOf(text) })
  }

  #sync(process: Process): Observable<void> {
    return new Observable<void>(subscriber => {
      const count = this.#records.length
      const ms = this.#options.random.real() * this.#options.syncMsMax
      const timer = process.clock.setTimeout(() => {
        if (count > this.#synced) this.#harden(count, process)
        if (!process.isAlive) return
        subscriber.next()
        subscriber.complete()
      }, ms)
      return () => process.clock.clearTimeout(timer)
    })
  }

  #harden(count: number, process: Process): void {
    const { history, peer, market } = this.#options
    this.#synced = count
    history.add({ type: 'synced', peer, market, count })
    process.reach('after sync')
  }
}
