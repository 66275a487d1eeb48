/**
 * A user's commands on their way into a book and back: admitted, put into the mailbox, answered; and answered as things stand when
 * that takes longer than `doubtMs`. Everything that a user orders passes here, so it is callbacks and no streams.
 */
import type { MarketId } from '../book/market.ts'
import { refuse, type Refusal } from '../book/refusal.ts'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import { RefusedError } from '../net/codec.ts'
import type { BookActor } from './book-actor.ts'
import type { BookEvent, BookReply, OrderReport, RequestId } from './decide/event.ts'
import type { Asker, PendingRequests } from './pending-requests.ts'
import { bookOf, expectReply, type World } from './world.ts'

/** How an order stands, or why the command is refused. */
export type CommandAnswer = OrderReport | Refusal

/** Ends the wait: what has been asked is still decided, and nobody is told. */
export type Leave = () => void

export class Commands {
  readonly #world: World
  readonly #pending: PendingRequests
  readonly #waiting: Waiting

  constructor(world: World, pending: PendingRequests) {
    this.#world = world
    this.#pending = pending
    this.#waiting = new Waiting(world.clock)
  }

  /** Puts an event into a book's mailbox and tells its answer. Throws RefusedError when there is no room, or no such book. */
  ask(market: MarketId, eventOf: (requestId: RequestId) => BookEvent, tell: (answer: CommandAnswer) => void): Leave {
    return this.askMany(market, 1, eventOf, ([answer]) => tell(answer as CommandAnswer))
  }

  /** The same for an event with several answers, whose ids count up from the one that it is given. Tells all of them together. */
  askMany(
    market: MarketId,
    count: number,
    eventOf: (first: RequestId) => BookEvent,
    tell: (answers: readonly CommandAnswer[]) => void,
  ): Leave {
    const book = bookOf(this.#world, market)
    this.#pending.assertRoom(count)
    const list = new AnswerList(count)
    list.first = this.#pending.enter(market, list, count)
    book.send(eventOf(list.first))
    if (list.isComplete) {
      tell(list.give())
      return () => undefined
    }
    this.#waiting.add(list, book)
    list.whenComplete(answers => {
      this.#waiting.delete(list)
      tell(answers)
    })
    return () => {
      this.#waiting.delete(list)
      for (const requestId of list.missing()) this.#pending.leave(requestId)
    }
  }

  /** For an event that is answered at once, with how each of many orders stands. */
  askForAll(
    market: MarketId,
    eventOf: (requestId: RequestId) => BookEvent,
    tell: (answer: readonly OrderReport[] | Refusal) => void,
  ): Leave {
    const book = bookOf(this.#world, market)
    this.#pending.assertRoom(1)
    const requestId = this.#pending.enter(market, {
      reply: reply => tell(reply.type === 'refusal' ? reply.refusal : expectReply('reports', reply).reports),
      fail: error => tell(refusalOf(error)),
    })
    book.send(eventOf(requestId))
    return () => this.#pending.leave(requestId)
  }
}

/** Who has not been answered, for `doubtMs` at most. All wait for as long, so that one timer will do: that of who has waited longest. */
class Waiting {
  readonly #clock: Clock
  /** In the order in which they have come, which is that in which they are late. */
  readonly #lists = new Map<AnswerList, { readonly untilMs: number; readonly book: BookActor }>()
  #timer: unknown = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The book is asked to answer as things stand when `doubtMs` have passed, unless the list has been deleted by then. */
  add(list: AnswerList, book: BookActor): void {
    this.#lists.set(list, { untilMs: this.#clock.now() + limits.doubtMs, book })
    if (this.#timer === null) this.#wait(limits.doubtMs)
  }

  delete(list: AnswerList): void {
    if (!this.#lists.delete(list) || this.#lists.size > 0) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #wait(ms: number): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      // Whoever is answered may ask again at once.
      for (const { list, book } of this.#takeLate())
        for (const requestId of list.missing()) book.send({ type: 'order.report', requestId })
    }, ms)
  }

  #takeLate(): { readonly list: AnswerList; readonly book: BookActor }[] {
    const now = this.#clock.now()
    const taken: { readonly list: AnswerList; readonly book: BookActor }[] = []
    for (const [list, { untilMs, book }] of this.#lists) {
      if (untilMs > now) {
        this.#wait(untilMs - now)
        break
      }
      this.#lists.delete(list)
      taken.push({ list, book })
    }
    return taken
  }
}

/** The answers to one event, each in its place. */
class AnswerList implements Asker {
  /** The id that the first of them is asked under; those of the others count up from it. */
  first: RequestId = 0
  #answers: (CommandAnswer | undefined)[]
  #missing: number
  #tell: ((answers: readonly CommandAnswer[]) => void) | undefined

  constructor(count: number) {
    this.#answers = new Array<CommandAnswer | undefined>(count).fill(undefined)
    this.#missing = count
  }

  reply(reply: BookReply, requestId: RequestId): void {
    this.#take(requestId, reply.type === 'refusal' ? reply.refusal : expectReply('report', reply).report)
  }

  fail(error: RefusedError, requestId: RequestId): void {
    this.#take(requestId, refusalOf(error))
  }

  #take(requestId: RequestId, answer: CommandAnswer): void {
    this.#answers[requestId - this.first] = answer
    this.#missing -= 1
    const tell = this.#tell
    if (!this.isComplete || !tell) return
    this.#tell = undefined
    tell(this.give())
  }

  get isComplete(): boolean {
    return this.#missing === 0
  }

  /** All answers, once they are there. They are held no longer: who has waited may be named for long after (pending-requests.ts). */
  give(): readonly CommandAnswer[] {
    const answers = this.#answers as CommandAnswer[]
    this.#answers = []
    return answers
  }

  /** Tells when the last of those that are missing has come. */
  whenComplete(tell: (answers: readonly CommandAnswer[]) => void): void {
    this.#tell = tell
  }

  /** The ids of those without an answer. */
  missing(): RequestId[] {
    return this.#answers.flatMap((answer, index) => (answer === undefined ? [this.first + index] : []))
  }
}

/** What the peer itself refuses, such as `busy`, is a value like every other refusal. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return refuse(error.reason, error.message)
  throw error
}
