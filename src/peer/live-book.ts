/** The mutable book that a book actor carries: its state and the group closed last. Changed by the actor's actions alone. */
import type { BookInContext } from '../../machines/book.machine.ts'
import { decideToOpen, isDrained } from './decide/decide.ts'
import { closeGroup, type Group, type JournalRecord } from './decide/group.ts'
import type { BookState } from './decide/state.ts'

export class LiveBook implements BookInContext {
  readonly #createState: () => BookState
  state: BookState
  /** The group that is on its way into the journal and out; null when none is. */
  group: Group | null = null

  constructor(createState: () => BookState) {
    this.#createState = createState
    this.state = createState()
  }

  /** Begins anew: all that a book knows at its start is what its journal says. */
  open(records: readonly JournalRecord[]): void {
    this.state = this.#createState()
    this.group = null
    decideToOpen(this.state, records)
  }

  get hasMore(): boolean {
    return !this.state.decisions.isEmpty
  }

  get isDrained(): boolean {
    return !this.hasMore && isDrained(this.state)
  }

  closeGroup(): void {
    this.group = closeGroup(this.state)
  }

  /** The closed group has left. */
  letGo(): void {
    this.group = null
  }

  toJSON(): object {
    return this.state.toJSON()
  }
}

/** The live book in a book actor's context. */
export function liveBookOf(context: { readonly book: BookInContext }): LiveBook {
  if (context.book instanceof LiveBook) return context.book
  throw new Error('a book actor carries a live book')
}
