/**
 * The control: a peer as one would write it first. It keeps a book of its own, sends every order to all others, and matches every
 * order that it hears of by itself. No owner, no feed, no proposal, no journal.
 */
import type { OrderTerms } from '../../src/book/notation.ts'
import { isMarketable, type Side } from '../../src/book/order.ts'
import type { Clock } from '../../src/clock.ts'
import { limits } from '../../src/limits.ts'
import type { Address, Transport } from '../../src/net/transport.ts'
import { isBetterPrice } from '../../src/book/priority.ts'

/** `alice/1`, as the scenario calls it. */
export type NaiveId = string

interface NaiveOrder {
  readonly id: NaiveId
  readonly owner: string
  readonly market: string
  readonly side: Side
  /** Ticks; null: at any price. */
  readonly price: number | null
  readonly account: string
  readonly rests: boolean
  /** Milliseconds since the Unix epoch; null: never. */
  readonly expiresAtMs: number | null
  remaining: number
}

type NaiveMessage =
  | { readonly type: 'order'; readonly order: NaiveOrder }
  | { readonly type: 'cancel'; readonly id: NaiveId }
  | { readonly type: 'amend'; readonly id: NaiveId; readonly lots: number }

/** A trade as this peer has matched it for itself. */
export interface NaiveTrade {
  readonly maker: NaiveId
  readonly taker: NaiveId
  readonly lots: number
}

export interface NaiveOptions {
  readonly name: string
  readonly transport: Transport
  readonly clock: Clock
  /** All the others, whether they are there or not. */
  readonly others: () => readonly Address[]
  readonly traded: (trade: NaiveTrade) => void
}

export class NaivePeer {
  readonly #options: NaiveOptions
  /** Open orders of everybody, in the order in which they came. */
  #orders: NaiveOrder[] = []
  /** Messages that somebody has not confirmed. Nothing is done about them. */
  lost = 0

  constructor(options: NaiveOptions) {
    this.#options = options
    options.transport.requests$.subscribe(request => {
      this.#take((JSON.parse(request.payload) as { request: NaiveMessage }).request)
      request.reply('{"reply":{}}')
    })
  }

  submit(id: NaiveId, market: string, terms: OrderTerms): void {
    const { side, price, quantity, timeInForce, account, lastsMs, postOnly } = terms
    const { name, clock } = this.#options
    const expiresAtMs = lastsMs === null ? null : clock.now() + lastsMs
    const rests = price !== null && timeInForce !== 'ioc'
    const order = { id, owner: name, market, side, price, account, rests, expiresAtMs, remaining: quantity }
    if (!postOnly || this.#met(order) === undefined) this.#tellAll({ type: 'order', order })
  }

  cancel(id: NaiveId): void {
    this.#tellAll({ type: 'cancel', id })
  }

  amend(id: NaiveId, lots: number): void {
    this.#tellAll({ type: 'amend', id, lots })
  }

  /** Itself first. */
  #tellAll(message: NaiveMessage): void {
    const payload = JSON.stringify({ request: message })
    this.#take(message)
    for (const address of this.#options.others())
      this.#options.transport.request(address, payload, limits.requestTimeoutMs).subscribe({
        error: () => {
          this.lost += 1
        },
      })
  }

  #take(message: NaiveMessage): void {
    switch (message.type) {
      case 'order':
        return this.#match({ ...message.order })
      case 'cancel':
        this.#orders = this.#orders.filter(({ id }) => id !== message.id)
        return
      case 'amend':
        for (const order of this.#orders)
          if (order.id === message.id) order.remaining = Math.min(order.remaining, message.lots)
    }
  }

  #match(order: NaiveOrder): void {
    for (let maker = this.#met(order); maker !== undefined && order.remaining > 0; maker = this.#met(order)) {
      const lots = Math.min(order.remaining, maker.remaining)
      order.remaining -= lots
      maker.remaining -= lots
      this.#options.traded({ maker: maker.id, taker: order.id, lots })
    }
    if (order.rests && order.remaining > 0 && !this.#isOver(order)) this.#orders.push(order)
  }

  /** The best order that this one trades with, the first to come at its price. */
  #met(order: NaiveOrder): NaiveOrder | undefined {
    this.#orders = this.#orders.filter(one => one.remaining > 0 && !this.#isOver(one))
    return this.#orders.filter(one => isMet(one, order)).reduce<NaiveOrder | undefined>(better, undefined)
  }

  #isOver({ expiresAtMs }: NaiveOrder): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.#options.clock.now()
  }
}

function isMet(one: NaiveOrder, { market, side, price, owner, account }: NaiveOrder): boolean {
  const isOwnAccount = one.owner === owner && one.account === account
  const crosses = one.price !== null && isMarketable(side, price, one.price)
  return one.market === market && one.side !== side && crosses && !isOwnAccount
}

function better(best: NaiveOrder | undefined, one: NaiveOrder): NaiveOrder {
  return best && !isBetterPrice(one.side, one.price ?? 0, best.price ?? 0) ? best : one
}
