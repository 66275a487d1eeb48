/**
 * What peers and orders are called in one terminal. Names are what others say of themselves, so they are cleaned, and the first
 * who uses one keeps it; a second one with the same name is told apart by a piece of its id, as in `bob~Zx41`. Own orders are `NAME/n`.
 * Somebody else's order is its owner's name and the end of its id, `bob/9f3a1c`: the end is random, so that the same six characters
 * show in every terminal, and more only where one of the same owner ends alike. What has been given once is never given to another.
 */
import type { OrderId, PeerId } from '../book/order.ts'
import type { DisputeReport, OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { DisputeRow } from './peer-told.ts'

/** Long enough that several hundred orders of one owner hardly ever clash, short enough to be read out. */
const orderCharactersMin = 6
const peerCharactersMin = 4
const nameCharactersMax = 24
/** Names of orders that are remembered; the oldest are forgotten first. */
const orderNamesMax = 50_000

const peerIdPattern = /^[\w-]{43}$/

interface Own {
  readonly id: PeerId
  readonly name: string
}

export class PeerNames {
  readonly #own: Own
  readonly #peers = new Map<PeerId, string>()
  readonly #peerOf = new Map<string, PeerId>()
  readonly #orders = new Map<string, string>()
  readonly #orderOf = new Map<string, OrderId>()

  constructor(own: Own) {
    this.#own = own
    this.#name(own.id, own.name)
  }

  /** Somebody has said what it is called; what it says later changes nothing. */
  meet(id: PeerId, name: string): void {
    if (!this.#peers.has(id)) this.#name(id, cleaned(name))
  }

  /** An own order is known by the name that it was placed under. */
  own({ order: { id, clientOrderId } }: OrderOutcome): void {
    if (clientOrderId !== null) this.#noteOrder(this.#own.id, id, clientOrderId)
  }

  /** Whoever has not yet said its name is a piece of its id. */
  peer(id: PeerId): string {
    return this.#peers.get(id) ?? `~${id.slice(0, peerCharactersMin * 2)}`
  }

  /** Whom a name belongs to; an id is a name, too. Undefined for a name that nobody bears here. */
  peerNamed(name: string): PeerId | undefined {
    return this.#peerOf.get(name) ?? (peerIdPattern.test(name) ? (name as PeerId) : undefined)
  }

  order(owner: PeerId, id: OrderId): string {
    return this.#orders.get(`${owner}/${id}`) ?? this.#nameOrder(owner, id)
  }

  /** What others call an own order, unless two of their names clash. */
  elsewhere(id: OrderId): string {
    return `${this.#own.name}/${id.slice(-orderCharactersMin)}`
  }

  /** Both sides of a trade. */
  sides({ maker, taker }: TradeReport): { readonly maker: string; readonly taker: string } {
    return { maker: this.order(maker.peer, maker.orderId), taker: this.order(taker.peer, taker.orderId) }
  }

  /** A dispute over an own order. */
  disputed(self: PeerId, dispute: DisputeReport): DisputeRow {
    const { orderId, counterparty } = dispute
    const other = this.order(counterparty.peer, counterparty.orderId)
    return { type: 'disputed', order: this.order(self, orderId), counterparty: other, dispute }
  }

  #name(id: PeerId, name: string): void {
    let given = name
    for (let length = peerCharactersMin; this.#peerOf.has(given); length++) given = `${name}~${id.slice(0, length)}`
    this.#peers.set(id, given)
    this.#peerOf.set(given, id)
  }

  /** Only an owner whose name is known gets names for good: the others get theirs as soon as it is. */
  #nameOrder(owner: PeerId, id: OrderId): string {
    const digits = id.replaceAll('-', '')
    let length = orderCharactersMin
    const named = () => `${this.peer(owner)}/${digits.slice(-length)}`
    while (this.#isTaken(named(), id) && length < digits.length) length++
    if (this.#peers.has(owner)) this.#noteOrder(owner, id, named())
    return named()
  }

  #isTaken(name: string, id: OrderId): boolean {
    return (this.#orderOf.get(name) ?? id) !== id
  }

  #noteOrder(owner: PeerId, id: OrderId, name: string): void {
    this.#orders.set(`${owner}/${id}`, name)
    this.#orderOf.set(name, id)
    if (this.#orders.size <= orderNamesMax) return
    const [key, oldest] = this.#orders.entries().next().value as [string, string]
    this.#orders.delete(key)
    this.#orderOf.delete(oldest)
  }
}

/** A stranger's name must neither steer the terminal nor look like another one. */
function cleaned(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '?').slice(0, nameCharactersMax) || '?'
}
