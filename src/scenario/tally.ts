/**
 * What one peer was told in one market, kept from outside through its public interface: every command with its answer, every change of its
 * orders, every trade it saw. Gives the history on which the verdict is passed; never judges.
 */
import { catchError, EMPTY, filter, Subscription, tap, type Observable } from 'rxjs'
import type { Market } from '../book/market.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import { isRefusal, type Refusal } from '../book/refusal.ts'
import type { LevelView, RestingView } from '../peer/book-view.ts'
import type { OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { Peer } from '../peer/peer.ts'

export interface Command {
  readonly type: 'submit' | 'cancel' | 'amend'
  /** What an amendment asks the order to be for; missing for other commands. */
  readonly quantity?: string
  /** Null as long as there is none. */
  readonly reply: OrderOutcome | Refusal | null
  /** Why there will be none; null when nothing is wrong. */
  readonly failure: string | null
}

type KeptCommand = { -readonly [Key in keyof Command]: Command[Key] }

/** How an own order stood after one change. */
export interface OrderChange {
  readonly id: OrderId
  readonly status: OrderOutcome['status']
  readonly filled: string
  readonly lapsed: string
  readonly remaining: string
  /** What another peer may still fill of it. */
  readonly inDoubt: string
  /** Why something of it has lapsed; null when nothing has. */
  readonly reason: OrderOutcome['reason']
}

export interface PeerHistory {
  readonly name: string
  readonly id: PeerId
  /** What failed last inside the peer, by its own account; null when nothing has. */
  readonly failure: string | null
  readonly commands: readonly Command[]
  /** In the order in which they happened. */
  readonly changes: readonly OrderChange[]
  /** Every trade of every peer, as it came in here. */
  readonly tape: readonly TradeReport[]
  /** The own orders, open and closed, as they stand in the end. */
  readonly orders: readonly OrderOutcome[]
  readonly book: {
    readonly hash: string
    readonly digest: string
    readonly resting: readonly RestingView[]
    readonly depth: { readonly bids: readonly LevelView[]; readonly asks: readonly LevelView[] }
    /** What the book finds wrong with itself. */
    readonly faults: readonly string[]
    /** What still moves, in sentences. */
    readonly unrest: readonly string[]
  }
}

export interface History {
  readonly market: Market
  readonly peers: readonly PeerHistory[]
}

/** Levels of each side that a history keeps. */
const levelsMax = 10

export class Tally {
  readonly peer: Peer
  readonly market: Market
  readonly #commands: KeptCommand[] = []
  readonly #changes: OrderChange[] = []
  readonly #tape: TradeReport[] = []
  readonly #resting = new Map<OrderId, OrderOutcome['order']>()
  readonly #followed = new Set<OrderId>()
  readonly #subscriptions = new Subscription()

  /** Begins at once, so that nothing is missed when the peer has not traded yet. */
  constructor(peer: Peer, market: Market) {
    this.peer = peer
    this.market = market
    const isHere = (market: string) => market === this.market.id
    const orders$ = peer.orders$.pipe(filter(({ order }) => isHere(order.market)))
    const trades$ = peer.trades$.pipe(filter(trade => isHere(trade.market)))
    this.#subscriptions.add(orders$.subscribe(outcome => this.#noteChange(outcome)))
    this.#subscriptions.add(trades$.subscribe(trade => this.#tape.push(trade)))
  }

  get trades(): number {
    return this.#tape.length
  }

  /** The orders of answered commands that rest now, the earliest first. What somebody else has placed here is not among them. */
  get resting(): readonly OrderOutcome['order'][] {
    return [...this.#resting.values()].filter(({ id }) => this.#followed.has(id))
  }

  /** True while an order rests that will end by itself. */
  get isToExpire(): boolean {
    return [...this.#resting.values()].some(({ expiresAtMs }) => expiresAtMs !== null)
  }

  /** Keeps a command and, when it comes, its answer. One that fails ends without. */
  follow(
    asked: Pick<Command, 'type' | 'quantity'>,
    answer$: Observable<OrderOutcome | Refusal>,
  ): Observable<OrderOutcome | Refusal> {
    const command: KeptCommand = { ...asked, reply: null, failure: null }
    this.#commands.push(command)
    return answer$.pipe(
      tap(reply => {
        command.reply = reply
        if (!isRefusal(reply)) this.#followed.add(reply.order.id)
      }),
      catchError((error: unknown) => {
        command.failure = error instanceof Error ? error.message : String(error)
        return EMPTY
      }),
    )
  }

  stop(): void {
    this.#subscriptions.unsubscribe()
  }

  history(): PeerHistory {
    const book = this.peer.book(this.market.id)
    return {
      name: this.peer.name,
      id: this.peer.id,
      failure: this.peer.health().failure,
      commands: [...this.#commands],
      changes: [...this.#changes],
      tape: [...this.#tape],
      orders: book.ownOrders(),
      book: {
        hash: book.hash(),
        digest: book.digest(),
        resting: [...book.orders('buy'), ...book.orders('sell')],
        depth: book.depth(levelsMax),
        faults: book.check(),
        unrest: book.unrest(),
      },
    }
  }

  #noteChange({ status, order, inDoubt, reason }: OrderOutcome): void {
    const { id, filled, lapsed, remaining } = order
    this.#changes.push({ id, status, filled, lapsed, remaining, inDoubt, reason })
    if (status === 'resting' || status === 'partly_filled') this.#resting.set(id, order)
    else this.#resting.delete(id)
  }
}
