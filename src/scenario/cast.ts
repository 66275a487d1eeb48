/**
 * The peers of one scenario: who they are, what they have been asked and have not answered, what they have told. Gives orders and
 * peers the names of the scenario. Decides nothing and prints nothing.
 */
import type { Observable } from 'rxjs'
import type { Market } from '../book/market.ts'
import type { OrderTerms } from '../book/notation.ts'
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import { isRefusal, type Refusal } from '../book/refusal.ts'
import type { BookView } from '../peer/book-view.ts'
import type { OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { Peer } from '../peer/peer.ts'
import type { OrderName } from './scenario.ts'
import type { Stage } from './stage.ts'

export interface Member {
  readonly name: string
  readonly peer: Peer
  readonly orders: PlayedOrder[]
  /** Every trade that the peer has told of. */
  readonly trades: TradeReport[]
  isOnStage: boolean
}

export interface PlayedOrder {
  readonly name: OrderName
  /** The last that its owner has told of it; null before the first word. */
  outcome: OrderOutcome | null
  /** What has been refused and not yet been reported. */
  refusals: string[]
}

/** Peers find each other within a second; a real machine may be busy with something else. */
const readyMsMax = 15_000
/** Longer than a peer that stops waits for what is undecided. */
const leaveMsMax = 10_000

export class Cast {
  readonly #stage: Stage
  readonly #market: Market
  readonly #members: Member[] = []
  /** What has been asked and not yet answered. */
  readonly #pending = new Set<string>()

  constructor(stage: Stage, market: Market) {
    this.#stage = stage
    this.#market = market
  }

  get market(): Market {
    return this.#market
  }

  /** In the order of their entrance, those who have left included. */
  get members(): readonly Member[] {
    return this.#members
  }

  get onStage(): readonly Member[] {
    return this.#members.filter(({ isOnStage }) => isOnStage)
  }

  get pending(): readonly string[] {
    return [...this.#pending]
  }

  member(name: string): Member {
    const member = this.#members.find(one => one.name === name)
    if (!member) throw new Error(`there is no peer ${name}`)
    return member
  }

  bookOf({ peer }: Member): BookView {
    return peer.book(this.#market.id)
  }

  /** Time moves until everybody on stage has everybody as a live neighbour. */
  async enter(names: readonly string[]): Promise<void> {
    for (const name of names) this.#welcome(name, await this.#stage.createPeer(name, [this.#market]))
    const others = this.onStage.length - 1
    for (const { peer } of this.onStage)
      await this.#stage.first(peer.ready$({ neighbours: others, timeoutMs: readyMsMax }), readyMsMax * 2)
    const isMet = await this.#stage.until(() => this.onStage.every(member => this.#sees(member, others)), readyMsMax)
    if (!isMet) throw new Error(`not everybody has met everybody after ${readyMsMax} ms`)
  }

  /** Begins it; what comes of it comes later. */
  place(name: string, order: OrderName, terms: OrderTerms): void {
    const { tickSize, lotSize, id } = this.#market
    const { side, price, quantity, timeInForce, account } = terms
    const member = this.member(name)
    const played: PlayedOrder = { name: order, outcome: null, refusals: [] }
    member.orders.push(played)
    const outcome$ = member.peer.submit$({
      market: id,
      side,
      quantity: formatLots(quantity, lotSize),
      timeInForce,
      account,
      clientOrderId: order,
      ...(price === null ? {} : { price: formatTicks(price, tickSize) }),
    })
    this.#ask(`the answer to ${order}`, outcome$, refusal => played.refusals.push(`refused: ${refusal.sentence}`))
  }

  cancel(name: string, order: OrderName): void {
    const member = this.member(name)
    const played = this.#orderOf(member, order)
    const outcome = this.bookOf(member)
      .ownOrders()
      .find(one => one.order.clientOrderId === order)
    if (!outcome) return void played.refusals.push('not cancelled: it has never been accepted.')
    this.#ask(`the answer to cancel ${order}`, member.peer.cancel$(outcome.order.id), refusal =>
      played.refusals.push(`not cancelled: ${refusal.sentence}`),
    )
  }

  leave(name: string, how: 'kill' | 'stop'): void {
    const member = this.member(name)
    member.isOnStage = false
    this.#forgetAsked(name)
    this.#ask(`the leaving of ${name}`, how === 'kill' ? member.peer.kill$() : member.peer.stop$())
  }

  /** Everybody leaves at once. */
  async close(): Promise<void> {
    for (const member of this.onStage) {
      member.isOnStage = false
      await this.#stage.first(member.peer.kill$(), leaveMsMax)
    }
    await this.#stage.until(() => !this.pending.some(asked => asked.startsWith('the leaving of ')), leaveMsMax)
  }

  /** The scenario's name of a peer, or `somebody`. */
  peerName(id: PeerId | null): string {
    return this.#members.find(({ peer }) => peer.id === id)?.name ?? 'somebody'
  }

  /** The scenario's name of an order. */
  orderName(id: OrderId): string {
    return this.#orderNames().get(id) ?? 'an unknown order'
  }

  /** Orders by entrance of their owners, then by number. */
  rankOf(id: OrderId): number {
    const rank = [...this.#orderNames().keys()].indexOf(id)
    return rank < 0 ? Number.POSITIVE_INFINITY : rank
  }

  /** A sentence of a peer, with names in place of ids. */
  inNames(sentence: string): string {
    const orders = [...this.#orderNames()]
    const keys = orders.flatMap(([id, name]) => this.#members.map(({ peer }) => [`${peer.id}/${id}`, name] as const))
    const peers = this.#members.map(({ peer, name }) => [peer.id, name] as const)
    return [...keys, ...orders, ...peers].reduce((text, [id, name]) => text.replaceAll(id, name), sentence)
  }

  #welcome(name: string, peer: Peer): void {
    const member: Member = { name, peer, orders: [], trades: [], isOnStage: true }
    this.#members.push(member)
    peer.trades$.subscribe(trade => member.trades.push(trade))
    peer.orders$.subscribe(outcome => {
      const { clientOrderId } = outcome.order
      if (clientOrderId !== null) this.#orderOf(member, clientOrderId).outcome = outcome
    })
  }

  #sees({ peer }: Member, others: number): boolean {
    const ids = new Set(this.onStage.map(member => member.peer.id))
    const live = peer.neighbours().filter(({ peerId, state }) => state === 'live' && peerId && ids.has(peerId))
    return live.length >= others
  }

  #orderOf(member: Member, name: string): PlayedOrder {
    const order = member.orders.find(one => one.name === name)
    if (!order) throw new Error(`${member.name} tells of an order ${name} that nobody has placed`)
    return order
  }

  /** The owner's book names an order before anybody is told of it: by the client order id that it was placed under. */
  #orderNames(): Map<OrderId, string> {
    const known = this.#members.flatMap(member => this.bookOf(member).ownOrders())
    return new Map(known.map(({ order }) => [order.id, order.clientOrderId ?? 'an unknown order']))
  }

  /** Who is gone owes no answer any more. */
  #forgetAsked(name: string): void {
    for (const asked of this.#pending) if (asked.includes(` ${name}/`)) this.#pending.delete(asked)
  }

  #ask<T>(what: string, answer$: Observable<T | Refusal>, refused: (refusal: Refusal) => void = () => undefined): void {
    this.#pending.add(what)
    answer$.subscribe({
      next: answer => {
        this.#pending.delete(what)
        if (isRefusal(answer)) refused(answer)
      },
      error: error => {
        this.#pending.delete(what)
        this.#pending.add(`${what} (${String(error)})`)
      },
      complete: () => this.#pending.delete(what),
    })
  }
}
