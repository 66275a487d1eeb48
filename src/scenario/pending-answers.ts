/** What users have asked of their peers and wait for. Of what concerns orders the history has question and answer. */
import { tap, type Observable } from 'rxjs'
import { isRefusal, type Refusal } from '../book/refusal.ts'
import type { OrderOutcome } from '../peer/outcome.ts'
import type { History } from '../sim/history.ts'

interface Asked {
  /** The peer that owes the answer as long as it is there; null: whatever becomes of it. */
  readonly of: string | null
  readonly what: string
}

/** In the words of the notation: what, and what stands behind it. */
interface Request {
  readonly words: string
  readonly how: string
}

type AnswerOnOrders = OrderOutcome | readonly OrderOutcome[] | Refusal

export class PendingAnswers {
  readonly #history: History | undefined
  readonly #asked = new Set<Asked>()

  constructor(history: History | undefined) {
    this.#history = history
  }

  /** In words, the oldest first. */
  get words(): readonly string[] {
    return [...this.#asked].map(({ what }) => what)
  }

  /** Asks a peer about its orders, in words such as `cancel alice/1` or `alice/1`, and how: ` buy 5 @ 101`. */
  askOnOrders(
    peer: string,
    { words, how }: Request,
    answer$: Observable<AnswerOnOrders>,
    refused: (refusal: Refusal) => void,
  ): void {
    const request = `the answer to ${words}`
    const asked: Asked = { of: peer, what: request }
    this.#history?.add({ type: 'asked', peer, request, how })
    const noted$ = answer$.pipe(
      tap(answer => {
        // What a process says that has died nobody hears.
        if (this.#asked.has(asked)) this.#history?.add({ type: 'answered', peer, request, answer })
      }),
    )
    this.#wait(asked, noted$, refused)
  }

  /** Waits for anything else; what goes wrong is waited for for ever, and so is seen. */
  await(what: string, done$: Observable<unknown>): void {
    this.#wait({ of: null, what }, done$, () => undefined)
  }

  /** Who has gone owes no answer any more. */
  forget(peer: string): void {
    for (const asked of this.#asked) if (asked.of === peer) this.#asked.delete(asked)
  }

  #wait<T>(asked: Asked, answer$: Observable<T | Refusal>, refused: (refusal: Refusal) => void): void {
    this.#asked.add(asked)
    answer$.subscribe({
      next: answer => {
        this.#asked.delete(asked)
        if (isRefusal(answer)) refused(answer)
      },
      error: error => {
        this.#asked.delete(asked)
        this.#asked.add({ ...asked, what: `${asked.what} (${String(error)})` })
      },
      complete: () => this.#asked.delete(asked),
    })
  }
}
