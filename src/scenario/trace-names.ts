/** Names in place of ids, as a history tells of them: peers by their starts, orders by their journals, trades by numbers as they come. */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { Happened } from '../sim/history.ts'

export class TraceNames {
  readonly #peers = new Map<string, string>()
  readonly #orders = new Map<string, string>()
  readonly #trades = new Map<string, number>()
  /** How many parts an order has had. */
  readonly #parts = new Map<string, number>()
  /** Orders that were placed under no name, by owner. */
  readonly #nameless = new Map<string, number>()

  /** To be told of everything, before anybody asks for a name in it. */
  learn(event: Happened): void {
    if (event.type === 'started') this.#peers.set(event.peerId, event.peer)
    if (event.type !== 'appended') return
    for (const fact of event.record.facts)
      if (fact.type === 'accepted') this.#orders.set(fact.order.id, fact.clientOrderId ?? this.#numbered(event.peer))
      else if (fact.type === 'entered' && !this.#orders.has(fact.order.id)) this.#namePart(fact.order.id, fact.wholeId)
  }

  /** `alice/1's part 2`: the second one with which it has entered the book. */
  #namePart(id: string, wholeId: string): void {
    const number = (this.#parts.get(wholeId) ?? 0) + 1
    this.#parts.set(wholeId, number)
    this.#orders.set(id, `${this.order(wholeId)}'s part ${number}`)
  }

  peer(id: string): string {
    return this.#peers.get(id) ?? 'somebody'
  }

  order(id: string): string {
    return this.#orders.get(id) ?? 'an unknown order'
  }

  /** `trade 3`: the third one that has been spoken of. */
  trade(id: string): string {
    const number = this.#trades.get(id) ?? this.#trades.size + 1
    this.#trades.set(id, number)
    return `trade ${number}`
  }

  #numbered(peer: string): string {
    const number = (this.#nameless.get(peer) ?? 0) + 1
    this.#nameless.set(peer, number)
    return `${peer}/nameless-${number}`
  }
}

/** A market's id says how its figures are written: symbol, tick and lot size. */
export function symbolOf(market: string): string {
  return market.split(':')[0] ?? market
}

export function lotsText(lots: number, market: string): string {
  return formatLots(lots, market.split(':')[2] ?? '1')
}

/** Null is any price. */
export function priceText(ticks: number | null, market: string): string {
  return ticks === null ? 'any price' : formatTicks(ticks, market.split(':')[1] ?? '1')
}
