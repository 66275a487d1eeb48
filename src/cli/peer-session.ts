/**
 * Carries out what is typed at a peer's prompt and gives the answer as data. Names the own orders NAME/1, NAME/2 and so on. Reads and
 * prints nothing, and leaves stopping to its caller.
 */
import { firstValueFrom, fromEvent, race, timer } from 'rxjs'
import type { Market } from '../book/market.ts'
import { parseOrder, type OrderTerms } from '../book/notation.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import { isRefusal, quoted, refuse, type Refusal } from '../book/refusal.ts'
import type { Ban, BanSummary } from '../peer/bans.ts'
import type { BookView } from '../peer/book-view.ts'
import { isOver } from '../peer/decide/event.ts'
import type { OrderOutcome } from '../peer/outcome.ts'
import type { Peer } from '../peer/peer.ts'
import { replaceRequestOf, requestOf } from '../scenario/order-request.ts'
import { parsePeerCommand, type PeerCommand } from './peer-command.ts'
import { levelsOf, ordersOf } from './peer-ladder.ts'
import type { PeerNames } from './peer-names.ts'
import type { Answer, OwnRow } from './peer-told.ts'
import type { PeerWatch } from './peer-watch.ts'

/** What an answer says beyond the line that it answers. */
type Said = Answer extends infer A ? (A extends Answer ? Omit<A, 'line'> : never) : never
type Ask<T extends PeerCommand['type']> = Extract<PeerCommand, { type: T }>

/** Own orders that are listed, and unrest that is quoted. */
const ordersMax = 100
const unrestMax = 10
/** Long enough for peers that start at the same moment on a busy machine. */
const neighboursMsMax = 60_000

export class PeerSession {
  readonly #peer: Peer
  readonly #names: PeerNames
  readonly #watch: PeerWatch
  readonly #over: AbortSignal
  #market: Market
  #lastNumber: number

  /** `over` ends every waiting. */
  constructor(peer: Peer, names: PeerNames, watch: PeerWatch, over: AbortSignal) {
    this.#peer = peer
    this.#names = names
    this.#watch = watch
    this.#over = over
    this.#market = peer.markets[0] as Market
    this.#lastNumber = Math.max(0, ...this.#ownRows().map(({ order }) => this.#numberOf(order)))
  }

  /** The market that is meant where none is written. */
  get market(): Market {
    return this.#market
  }

  /** The names of own orders that are not done. */
  openOrders(): string[] {
    return this.#ownRows().flatMap(({ order, outcome }) => (isOpen(outcome) ? [order] : []))
  }

  /** Null when the line asks for nothing; `quit` when it asks to stop. */
  async answer(line: string): Promise<Answer | 'quit' | null> {
    const around = { name: this.#peer.name, markets: this.#peer.markets, market: this.#market }
    const command = parsePeerCommand(line, around)
    if (isRefusal(command)) return { line, ...refused(null, command) }
    if (command.type === 'nothing') return null
    if (command.type === 'quit') return 'quit'
    try {
      return { line, ...(await this.#carryOut(command)) }
    } catch (error) {
      // A defect in the showing of a book must not end the peer that trades.
      return { line, ...refused(null, refuse('command_failed', sentenceOf(error))) }
    }
  }

  #carryOut(command: Exclude<PeerCommand, { type: 'nothing' } | { type: 'quit' }>): Said | Promise<Said> {
    switch (command.type) {
      case 'place':
        return this.#place(command)
      case 'cancel':
        return this.#cancel(command)
      case 'cancel all':
        return this.#cancelAll(command)
      case 'replace':
        return this.#replace(command)
      case 'amend':
        return this.#amend(command)
      case 'force':
        return this.#force(command)
      case 'doubts':
        return this.#doubts()
      case 'disputes':
        return {
          type: 'disputes',
          disputes: this.#peer.disputes().map(dispute => this.#names.disputed(this.#peer.id, dispute)),
        }
      case 'book':
        return this.#book(command)
      case 'trades':
        return this.#trades(command)
      case 'orders':
        return this.#orders(command)
      case 'neighbours':
        return this.#neighbours()
      case 'health':
        return this.#health()
      case 'ban':
        return this.#ban(command)
      case 'unban':
        return this.#unban(command)
      case 'market':
        this.#market = command.market
        return { type: 'market', market: command.market.id }
      case 'wait':
        return this.#wait(command)
      case 'wait for neighbours':
        return this.#waitForNeighbours(command)
      case 'help':
        return { type: 'help' }
    }
  }

  async #place({ market, terms }: Ask<'place'>): Promise<Said> {
    this.#lastNumber += 1
    const order = `${this.#peer.name}/${this.#lastNumber}`
    const outcome = await this.#ask(() =>
      this.#peer.submit({ ...requestOf(market, terms, Date.now()), clientOrderId: order }),
    )
    return isRefusal(outcome) ? refused(order, outcome) : { type: 'placed', order, outcome }
  }

  /** By its name or its number; what is no own order is refused by the book. */
  #partnerOf({ partner }: OrderTerms): OrderId | undefined {
    if (partner === undefined) return undefined
    const named = partner.includes('/') ? partner : `${this.#peer.name}/${partner}`
    return this.#ownRows().find(({ order }) => order === named)?.outcome.order.id ?? (partner as OrderId)
  }

  async #cancel({ order: number }: Ask<'cancel'>): Promise<Said> {
    const known = this.#orderOf(number)
    if (isRefusal(known)) return refused(null, known)
    const outcome = await this.#ask(() => this.#peer.cancel(known.outcome.order.id))
    return isRefusal(outcome) ? refused(known.order, outcome) : { type: 'cancelling', order: known.order, outcome }
  }

  async #cancelAll({ market, side, account }: Ask<'cancel all'>): Promise<Said> {
    const which = { market: market.id, ...(side && { side }), ...(account !== null && { account }) }
    const outcomes = await this.#ask(() => this.#peer.cancelAll(which))
    return isRefusal(outcomes) ? refused(null, outcomes) : { type: 'cancelling all', outcomes }
  }

  async #replace({ order: number, words }: Ask<'replace'>): Promise<Said> {
    const known = this.#orderOf(number)
    if (isRefusal(known)) return refused(null, known)
    const { order: old } = known.outcome
    const market = this.#peer.markets.find(({ id }) => id === old.market) as Market
    const terms = parseOrder(words.join(' '), market)
    if (isRefusal(terms)) return refused(null, terms)
    if (terms.side !== old.side || terms.account !== old.account)
      return refused(null, refuse('replacement_differs', differsFrom(known)))
    this.#lastNumber += 1
    const order = `${this.#peer.name}/${this.#lastNumber}`
    const request = replaceRequestOf(market, terms, Date.now(), this.#partnerOf(terms))
    const outcome = await this.#ask(() => this.#peer.replace(old.id, { ...request, clientOrderId: order }))
    return isRefusal(outcome) ? refused(order, outcome) : { type: 'placed', order, outcome }
  }

  async #amend({ order: number, quantity }: Ask<'amend'>): Promise<Said> {
    const known = this.#orderOf(number)
    if (isRefusal(known)) return refused(null, known)
    const outcome = await this.#ask(() => this.#peer.amend(known.outcome.order.id, { quantity }))
    return isRefusal(outcome) ? refused(known.order, outcome) : { type: 'amended', order: known.order, outcome }
  }

  async #force({ order: number, filled, towards }: Ask<'force'>): Promise<Said> {
    const known = this.#orderOf(number)
    if (isRefusal(known)) return refused(null, known)
    const { order, outcome: before } = known
    const counterparty = towards === null ? undefined : this.#names.peerNamed(towards)
    if (towards !== null && counterparty === undefined)
      return refused(
        order,
        refuse('peer_unknown', `No peer is called ${quoted(towards)}; 'doubts' shows who is meant.`),
      )
    const how = { filled, ...(counterparty === undefined ? {} : { counterparty }) }
    const outcome = await this.#ask(() => this.#peer.force(before.order.id, how))
    if (!isRefusal(outcome)) return { type: 'forced', order, outcome }
    return refused(order, { ...outcome, sentence: this.#inNames(outcome.sentence, known) })
  }

  /** A sentence about an order in doubt, with names in place of ids. */
  #inNames(sentence: string, { order, outcome }: OwnRow): string {
    const peers = outcome.doubts.map(({ counterparty: { peer } }) => [peer, this.#names.peer(peer)] as const)
    const named = [[outcome.order.id, order] as const, ...peers]
    return named.reduce((text, [id, name]) => text.replaceAll(id, name), sentence)
  }

  #doubts(): Said {
    const doubts = this.#ownRows().flatMap(({ order, outcome }) =>
      outcome.doubts.map(doubt => {
        const { peer, orderId } = doubt.counterparty
        return { order, counterparty: this.#names.order(peer, orderId), doubt }
      }),
    )
    return { type: 'doubts', doubts: doubts.slice(0, ordersMax) }
  }

  #book({ market, of, rowsMax }: Ask<'book'>): Said {
    const book = this.#bookOf(market)
    if (of === 'levels') return { type: 'book', market: market.id, levels: levelsOf(book, rowsMax) }
    const orders = ordersOf(book, this.#names, this.#peer.id, rowsMax)
    return { type: 'book_orders', market: market.id, orders }
  }

  #trades({ rowsMax }: Ask<'trades'>): Said {
    const trades = this.#watch.tape(rowsMax)
    return { type: 'trades', trades, more: this.#watch.tapeLength - trades.length }
  }

  #orders({ of }: Ask<'orders'>): Said {
    const rows = this.#ownRows().filter(({ outcome }) => of === 'all' || isOpen(outcome))
    const orders = rows.slice(-ordersMax)
    return { type: 'orders', of, orders, more: rows.length - orders.length }
  }

  #neighbours(): Said {
    const label = (id: Parameters<PeerNames['peer']>[0] | null) => (id === null ? 'somebody' : this.#names.peer(id))
    const neighbours = this.#peer.neighbours().map(view => ({ ...view, label: label(view.peerId) }))
    return { type: 'neighbours', neighbours }
  }

  #health(): Said {
    const states = this.#peer.neighbours().map(({ state }) => state)
    const live = states.filter(state => state === 'live').length
    const unrest = this.#peer.markets.flatMap(market => this.#bookOf(market).unrest()).slice(0, unrestMax)
    const health = this.#peer.health()
    const banned = health.bans.map(ban => ({ peer: this.#names.peer(ban.peerId), ban }))
    return { type: 'health', health, live, known: states.length, unrest, banned }
  }

  #ban({ peer, reason }: Ask<'ban'>): Said {
    const peerId = this.#peerNamed(peer)
    if (isRefusal(peerId)) return refused(null, peerId)
    const ban = reason === null ? this.#peer.ban(peerId) : this.#peer.ban(peerId, reason)
    return isRefusal(ban) ? refused(null, ban) : { type: 'banned', peer: this.#names.peer(peerId), ban: summaryOf(ban) }
  }

  #unban({ peer }: Ask<'unban'>): Said {
    const peerId = this.#peerNamed(peer)
    if (isRefusal(peerId)) return refused(null, peerId)
    const ban = this.#peer.unban(peerId)
    if (isRefusal(ban)) return refused(null, refuse(ban.reason, `${this.#names.peer(peerId)} is not banned.`))
    return { type: 'pardoned', peer: this.#names.peer(peerId), ban: summaryOf(ban) }
  }

  #peerNamed(name: string): PeerId | Refusal {
    const found = this.#names.peerNamed(name)
    return (
      found ?? refuse('peer_unknown', `There is no peer ${quoted(name)} here; 'neighbours' lists those that there are.`)
    )
  }

  async #wait({ ms }: Ask<'wait'>): Promise<Said> {
    await firstValueFrom(race(timer(ms), fromEvent(this.#over, 'abort')))
    return { type: 'waited' }
  }

  async #waitForNeighbours({ count }: Ask<'wait for neighbours'>): Promise<Said> {
    const ready$ = this.#peer.ready$({ neighbours: count, timeoutMs: neighboursMsMax })
    try {
      await firstValueFrom(race(ready$, fromEvent(this.#over, 'abort')), { defaultValue: undefined })
      return { type: 'waited' }
    } catch (error) {
      return refused(null, refuse('not_ready', sentenceOf(error)))
    }
  }

  /** A peer that stops or fails meanwhile gives no answer: that is said, and nothing is known of what was asked. */
  async #ask<Told>(command: () => Promise<Told | Refusal>): Promise<Told | Refusal> {
    try {
      return await command()
    } catch (error) {
      return refuse('not_answered', `There is no answer, and what has come of it is unknown: ${sentenceOf(error)}.`)
    }
  }

  #orderOf(number: number): OwnRow | Refusal {
    const name = `${this.#peer.name}/${number}`
    const known = this.#ownRows().find(({ order }) => order === name)
    return known ?? refuse('order_unknown', `There is no order ${name}; 'orders all' lists those that there are.`)
  }

  /** In the order in which they were accepted. */
  #ownRows(): OwnRow[] {
    const outcomes = this.#peer.markets.flatMap(market => this.#bookOf(market).ownOrders())
    for (const outcome of outcomes) this.#names.own(outcome)
    const rows = outcomes.map(outcome => {
      const { id } = outcome.order
      return { order: this.#names.order(this.#peer.id, id), elsewhere: this.#names.elsewhere(id), outcome }
    })
    return rows.sort((a, b) => (a.outcome.order.id < b.outcome.order.id ? -1 : 1))
  }

  #numberOf(order: string): number {
    const [, digits] = /\/([1-9]\d{0,8})$/.exec(order) ?? []
    return order === `${this.#peer.name}/${digits ?? ''}` ? Number(digits) : 0
  }

  #bookOf({ id }: Market): BookView {
    return this.#peer.book(id)
  }
}

function differsFrom({ order, outcome: { order: old } }: OwnRow): string {
  return `What replaces ${order} is a ${old.side} order of the account ${old.account}, as it is itself.`
}

/** The proofs are long; `peer.bans()` has them. */
function summaryOf({ peerId, by, reason, atMs }: Ban): BanSummary {
  return { peerId, by, reason, atMs }
}

function isOpen({ status }: OrderOutcome): boolean {
  return !isOver(status)
}

function refused(order: string | null, { reason, sentence }: Refusal): Extract<Said, { type: 'refused' }> {
  return { type: 'refused', order, reason, sentence }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
