/**
 * The peers of one scenario: who they are, what they have been asked and have not answered, what they have told. Gives orders and
 * peers the names of the scenario. Decides nothing and prints nothing.
 */
import { tap, type Observable } from 'rxjs'
import type { Market } from '../book/market.ts'
import { formatOrder, type OrderTerms } from '../book/notation.ts'
import { formatLots } from '../book/decimals.ts'
import type { OrderId, PeerId } from '../book/order.ts'
import { isRefusal, type Refusal } from '../book/refusal.ts'
import type { Address } from '../net/transport.ts'
import type { BookView } from '../peer/book-view.ts'
import type { OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { OrderRequest } from '../peer/parse-order.ts'
import type { Peer } from '../peer/peer.ts'
import type { HistoryEvent } from '../sim/history.ts'
import type { CrashPoint } from '../sim/simulated-disk.ts'
import type { Names } from './order-news.ts'
import { replaceRequestOf, requestOf } from './order-request.ts'
import type { Which } from './parse-which.ts'
import { PendingAnswers } from './pending-answers.ts'
import type { OrderName } from './scenario.ts'
import type { Stage } from './stage.ts'

export interface Member {
  readonly name: string
  /** Another one after a restart, of the same key. */
  peer: Peer
  readonly markets: readonly Market[]
  /** Of the protocol; null: the present one. */
  readonly version: number | null
  readonly orders: PlayedOrder[]
  /** What has been refused of what is not about a single order, and not yet been reported. */
  refusals: string[]
  /** Every trade that the peer has told of, in this life or as their maker. */
  trades: TradeReport[]
  isOnStage: boolean
  /** Rises when the peer ends without a word: what it would answer after that nobody hears. */
  life: number
}

export interface PlayedOrder {
  readonly name: OrderName
  /** The last that its owner has told of it; null before the first word. */
  outcome: OrderOutcome | null
  /** What has been refused and not yet been reported. */
  refusals: string[]
}

/** How peers come in: whether time moves until they have met everybody, and which version of the protocol they speak. */
export interface Entrance {
  readonly isAwaited?: boolean
  readonly version?: number | null
  /** Whose addresses they know beforehand. */
  readonly known?: readonly string[]
}

/** Peers find each other within a second; a real machine may be busy with something else. */
const readyMsMax = 15_000
/** Longer than a peer that stops waits for what is undecided. */
const leaveMsMax = 10_000
/** More than a story can number. */
const ordersMax = 1_000_000
/** An order's id, or its owner's with its own behind. */
const orderPattern = /(?:[\w-]{43}\/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/g

/** What is said of an order when a command on it is refused. */
const undoneWords = { cancel: 'not cancelled', amend: 'not amended', force: 'not forced' } as const

interface Change {
  /** What stands behind the order's name, in the words of the notation. */
  readonly how: string
  readonly answer$: Observable<OrderOutcome | Refusal>
}

export class Cast {
  readonly #stage: Stage
  readonly #markets: Market[] = []
  readonly #members: Member[] = []
  /** Those that books have told of; a name is for ever. */
  readonly #orderNames = new Map<OrderId, string>()
  readonly #defects: string[] = []
  readonly #answers: PendingAnswers

  constructor(stage: Stage) {
    this.#stage = stage
    this.#answers = new PendingAnswers(stage.trouble?.history)
  }

  addMarket(market: Market): void {
    this.#markets.push(market)
  }

  get markets(): readonly Market[] {
    return this.#markets
  }

  /** In the order of their entrance, those who have left included. */
  get members(): readonly Member[] {
    return this.#members
  }

  get onStage(): readonly Member[] {
    return this.#members.filter(({ isOnStage }) => isOnStage)
  }

  get pending(): readonly string[] {
    return this.#answers.words
  }

  member(name: string): Member {
    const member = this.#members.find(one => one.name === name)
    if (!member) throw new Error(`there is no peer ${name}`)
    return member
  }

  /** Those on stage who trade it, each with those whose version of the protocol it speaks. */
  tradersOf(market: Market): readonly (readonly Member[])[] {
    const traders = this.onStage.filter(({ markets }) => markets.includes(market))
    const versions = [...new Set(traders.map(({ version }) => version))]
    return versions.map(spoken => traders.filter(({ version }) => version === spoken))
  }

  booksOf({ peer, markets }: Member): readonly BookView[] {
    return markets.map(({ id }) => peer.book(id))
  }

  /** When awaited, time moves until everybody on stage has everybody with a market in common as a live neighbour. */
  async enter(
    names: readonly string[],
    markets: readonly Market[],
    { isAwaited = true, version = null, known = [] }: Entrance = {},
  ): Promise<void> {
    for (const name of names) {
      if (known.length > 0) this.#stage.trouble?.knows(name, known)
      if (version !== null) this.#stage.trouble?.speaks(name, version)
      this.#welcome(name, await this.#stage.createPeer(name, markets), markets, version)
    }
    if (isAwaited) await this.#meet()
  }

  /** A peer that has left comes back, and tells how its orders stand. One that was to crash and has not does so now. */
  async restart(name: string, isAwaited: boolean): Promise<void> {
    const member = this.member(name)
    if (member.isOnStage) this.crash(name, null, true)
    member.peer = await this.#stage.createPeer(name, member.markets)
    member.isOnStage = true
    // It reads the others' feeds anew and tells of their trades again; its own it has told of once and for all.
    member.trades = member.trades.filter(({ maker }) => maker.peer === member.peer.id)
    this.#listen(member)
    const { life } = member
    // What it decides as it comes back it tells of; what it had decided before shows in its books.
    await this.#stage.until(
      () => member.life !== life || this.booksOf(member).every(book => book.isDurable),
      readyMsMax,
    )
    if (member.life !== life) return
    for (const outcome of this.booksOf(member).flatMap(book => book.ownOrders())) this.#hear(member, outcome)
    member.trades.push(...untoldTrades(member))
    if (isAwaited) await this.#meet()
  }

  /** Begins it; what comes of it comes later. */
  place(name: string, order: OrderName, market: Market, terms: OrderTerms): void {
    const member = this.member(name)
    const played: PlayedOrder = { name: order, outcome: null, refusals: [] }
    member.orders.push(played)
    if (!member.isOnStage) return void played.refusals.push(`refused: ${name} is not there.`)
    const outcome$ = member.peer.submit$(this.#requestOf(name, order, market, terms))
    const asked = { words: order, how: ` ${market.symbol} ${formatOrder(terms, market)}` }
    this.#answers.askOnOrders(name, asked, outcome$, this.#noting(member, played, 'refused'))
  }

  /** Places it once more under the same name. */
  repeat(name: string, order: OrderName, market: Market, terms: OrderTerms): void {
    const member = this.member(name)
    const played = this.#orderOf(member, order)
    if (!member.isOnStage) return void played.refusals.push(`not repeated: ${name} is not there.`)
    const { life } = member
    const outcome$ = member.peer.submit$(this.#requestOf(name, order, market, terms)).pipe(
      tap(answer => {
        if (member.life === life && !isRefusal(answer))
          played.refusals.push(`repeated: ${answer.status.replace('_', ' ')}`)
      }),
    )
    const asked = { words: `repeat ${order}`, how: ` as ${formatOrder(terms, market)}` }
    this.#answers.askOnOrders(name, asked, outcome$, this.#noting(member, played, 'not repeated'))
  }

  /** Places an order in the place of another. */
  replace(name: string, replaced: OrderName, order: OrderName, market: Market, terms: OrderTerms): void {
    const member = this.member(name)
    const played: PlayedOrder = { name: order, outcome: null, refusals: [] }
    member.orders.push(played)
    if (!member.isOnStage) return void played.refusals.push(`refused: ${name} is not there.`)
    const old = this.#outcomeOf(member, replaced)
    if (!old) return void played.refusals.push(`refused: ${replaced} has never been accepted.`)
    const request = replaceRequestOf(market, terms, this.#stage.wallMs(name), this.#partnerOf(name, terms))
    const outcome$ = member.peer.replace$(old.order.id, { ...request, clientOrderId: order })
    const asked = { words: order, how: ` in place of ${replaced}: ${formatOrder(terms, market)}` }
    this.#answers.askOnOrders(name, asked, outcome$, this.#noting(member, played, 'refused'))
  }

  cancelAll(name: string, { market, side, account }: Which): void {
    const member = this.member(name)
    if (!member.isOnStage) return void member.refusals.push('not cancelled: it is not there.')
    const { life } = member
    const which = { market: market.id, ...(side && { side }), ...(account !== null && { account }) }
    const outcomes$ = member.peer.cancelAll$(which)
    const words = [market.symbol, ...(side ? [side] : []), ...(account === null ? [] : ['account', account])]
    const asked = { words: `cancel all ${name} ${words.join(' ')}`, how: '' }
    this.#answers.askOnOrders(name, asked, outcomes$, ({ sentence }) => {
      if (member.life === life) member.refusals.push(`not cancelled: ${sentence}`)
    })
  }

  cancel(name: string, order: OrderName): void {
    this.#change(name, order, 'cancel', ({ id }, { peer }) => ({ how: '', answer$: peer.cancel$(id) }))
  }

  amend(name: string, order: OrderName, lots: number): void {
    this.#change(name, order, 'amend', ({ id, market }, { peer }) => {
      const quantity = formatLots(lots, this.namesIn(market).market.lotSize)
      return { how: ` to ${quantity}`, answer$: peer.amend$(id, { quantity }) }
    })
  }

  /** Throws with the sentence when the peer refuses. */
  judge(verdict: 'ban' | 'pardon', name: string, whom: string): void {
    const { peer } = this.member(name)
    const { id } = this.member(whom).peer
    const judged = verdict === 'ban' ? peer.ban(id) : peer.unban(id)
    if (!isRefusal(judged)) return
    throw new Error(judged.reason === 'not_banned' ? `${whom} is not banned.` : this.inNames(judged.sentence))
  }

  force(name: string, order: OrderName, lots: number, towards: string | null): void {
    this.#change(name, order, 'force', ({ id, market }, { peer }) => {
      const filled = formatLots(lots, this.namesIn(market).market.lotSize)
      const how = `${lots === 0 ? ' released' : ` filled ${filled}`}${towards === null ? '' : ` towards ${towards}`}`
      const whom = towards === null ? {} : { counterparty: this.member(towards).peer.id }
      return { how, answer$: peer.force$(id, { filled, ...whom }) }
    })
  }

  leave(name: string, how: 'kill' | 'stop'): void {
    const member = this.member(name)
    this.#end(member, how === 'kill')
    this.#answers.await(`the leaving of ${name}`, how === 'stop' ? member.peer.stop$() : member.peer.kill$())
  }

  /** It dies without a word, at once or when its journal gets to the point. */
  crash(name: string, point: CrashPoint | null, losesTail: boolean): void {
    const member = this.member(name)
    const { trouble } = this.#stage
    const die = (): void => {
      this.#end(member, true)
      this.#answers.await(`the leaving of ${name}`, member.peer.kill$())
    }
    if (point) return trouble?.crashAt(name, point, losesTail, die)
    if (!member.isOnStage) return
    trouble?.crash(name, losesTail)
    die()
  }

  /** Everybody leaves at once. */
  async close(): Promise<void> {
    for (const member of this.onStage) {
      member.isOnStage = false
      await this.#stage.first(member.peer.kill$(), leaveMsMax)
    }
    await this.#stage.until(() => !this.pending.some(asked => asked.startsWith('the leaving of ')), leaveMsMax)
  }

  /** What has failed inside peers, in this life or in one before: whatever the story, nothing may. */
  get defects(): readonly string[] {
    return [...this.#defects, ...this.onStage.flatMap(defectOf)]
  }

  /** Those on stage with a market in common who are no live neighbours of a member, or whose orders it would not match yet. */
  unseenBy(member: Member): readonly Member[] {
    const unseen = this.#alike(member).filter(other => !this.#matches(member, other) || !isNeighbour(member, other))
    return unseen.filter(other => !areParted(member, other))
  }

  #matches(member: Member, other: Member): boolean {
    return this.booksOf(member).every(book => book.isLive(other.peer.id) || !trades(other, book.market))
  }

  /** How the orders of a market are written. */
  namesIn(id: string): Names {
    const market = this.#markets.find(one => one.id === id)
    if (!market) throw new Error(`there is no market ${id}`)
    return { market, orderName: order => this.orderName(order), rankOf: order => this.rankOf(order) }
  }

  /** The scenario's name of a peer, or of who is at the address as long as nobody has answered there; `somebody` for others. */
  peerName(id: PeerId | null, address: Address): string {
    const isMeant = ({ peer }: Member) => (id === null ? peer.address === address : peer.id === id)
    return this.#members.find(isMeant)?.name ?? 'somebody'
  }

  /** The scenario's name of an order. */
  orderName(id: OrderId): string {
    return this.#nameOf(id) ?? 'an unknown order'
  }

  /** Orders by entrance of their owners, then by number. */
  rankOf(id: OrderId): number {
    const [owner, number] = this.orderName(id).split('/')
    const entrance = this.#members.findIndex(({ name }) => name === owner)
    return entrance < 0 ? Number.POSITIVE_INFINITY : entrance * ordersMax + Number(number)
  }

  /** A sentence of a peer, with names in place of ids. */
  inNames(sentence: string): string {
    const named = sentence.replace(orderPattern, (text, id: string) => this.#nameOf(id as OrderId) ?? text)
    return this.#members.reduce((text, { peer, name }) => text.replaceAll(peer.id, name), named)
  }

  #requestOf(name: string, order: OrderName, market: Market, terms: OrderTerms): OrderRequest {
    const partner = this.#partnerOf(name, terms)
    return { ...requestOf(market, terms, this.#stage.wallMs(name), partner), clientOrderId: order }
  }

  /** One that has never been accepted has no id: its own name will do to be refused with. */
  #partnerOf(name: string, { partner }: OrderTerms): OrderId | undefined {
    if (partner === undefined) return undefined
    return this.#outcomeOf(this.member(name), partner as OrderName)?.order.id ?? (partner as OrderId)
  }

  #welcome(name: string, peer: Peer, markets: readonly Market[], version: number | null): void {
    const member: Member = {
      name,
      peer,
      markets,
      version,
      orders: [],
      refusals: [],
      trades: [],
      isOnStage: true,
      life: 1,
    }
    this.#members.push(member)
    this.#listen(member)
  }

  #listen(member: Member): void {
    const { life } = member
    member.peer.trades$.subscribe(trade => member.life === life && member.trades.push(trade))
    member.peer.orders$.subscribe(outcome => member.life === life && this.#hear(member, outcome))
  }

  #hear(member: Member, outcome: OrderOutcome): void {
    const { clientOrderId } = outcome.order
    this.#note({ type: 'told', peer: member.name, outcome })
    if (clientOrderId !== null) this.#orderOf(member, clientOrderId).outcome = outcome
  }

  async #meet(): Promise<void> {
    for (const member of this.onStage) {
      const wanted = { neighbours: this.#others(member).length, timeoutMs: readyMsMax }
      await this.#stage.first(member.peer.ready$(wanted), readyMsMax * 2)
    }
    const isMet = await this.#stage.until(
      () => this.onStage.every(member => this.unseenBy(member).length === 0),
      readyMsMax,
    )
    if (!isMet) throw new Error(`not everybody has met everybody after ${readyMsMax} ms`)
  }

  /** Those on stage whom the member is to meet: nobody is looked for whom one of the two keeps out. */
  #others(member: Member): readonly Member[] {
    return this.#alike(member).filter(other => !areParted(member, other))
  }

  /** Those on stage who speak its version of the protocol and have a market in common with it. */
  #alike(member: Member): readonly Member[] {
    const { markets, version } = member
    const fits = (other: Member) => other.version === version && other.markets.some(one => markets.includes(one))
    return this.onStage.filter(other => other !== member && fits(other))
  }

  #change(
    name: string,
    order: OrderName,
    verb: keyof typeof undoneWords,
    change: (order: OrderOutcome['order'], member: Member) => Change,
  ): void {
    const member = this.member(name)
    const played = this.#orderOf(member, order)
    if (!member.isOnStage) return void played.refusals.push(`${undoneWords[verb]}: ${name} is not there.`)
    const outcome = this.#outcomeOf(member, order)
    const undone = undoneWords[verb]
    if (!outcome) return void played.refusals.push(`${undone}: it has never been accepted.`)
    const { how, answer$ } = change(outcome.order, member)
    const asked = { words: `${verb} ${order}`, how }
    this.#answers.askOnOrders(name, asked, answer$, this.#noting(member, played, undone))
  }

  /** As its owner's books have it. */
  #outcomeOf(member: Member, order: OrderName): OrderOutcome | undefined {
    for (const book of this.booksOf(member)) {
      const outcome = book.orderCalled(order)
      if (outcome) return outcome
    }
    return undefined
  }

  #noting(member: Member, played: PlayedOrder, undone: string): (refusal: Refusal) => void {
    const { life } = member
    return ({ sentence }) => {
      if (member.life === life) played.refusals.push(`${undone}: ${sentence}`)
    }
  }

  #orderOf(member: Member, name: string): PlayedOrder {
    const order = member.orders.find(one => one.name === name)
    if (!order) throw new Error(`${member.name} tells of an order ${name} that nobody has placed`)
    return order
  }

  /** The owner's book names an order before anybody is told of it: by the client order id that it was placed under. */
  #nameOf(id: OrderId): string | undefined {
    if (!this.#orderNames.has(id)) this.#learnOrders()
    return this.#orderNames.get(id)
  }

  #learnOrders(): void {
    const known = this.#members.flatMap(member => this.booksOf(member).flatMap(book => book.clientOrderIds()))
    for (const [id, name] of known) if (name !== null) this.#orderNames.set(id, name)
  }

  #end(member: Member, isSilent: boolean): void {
    this.#defects.push(...defectOf(member))
    member.isOnStage = false
    if (isSilent) member.life += 1
    this.#answers.forget(member.name)
    this.#note({ type: 'ended', peer: member.name, life: member.life })
  }

  #note(event: HistoryEvent): void {
    this.#stage.trouble?.history.add(event)
  }
}

function trades({ markets }: Member, { id }: Market): boolean {
  return markets.some(market => market.id === id)
}

function defectOf({ name, peer }: Member): string[] {
  const { defects, failure } = peer.health()
  return defects > 0
    ? [`${name} has begun ${defects} of its books and other parts again, the last one after ${failure}.`]
    : []
}

function isNeighbour({ peer }: Member, other: Member): boolean {
  return peer.neighbours().some(({ state, peerId }) => state === 'live' && peerId === other.peer.id)
}

function areParted(one: Member, other: Member): boolean {
  return isKeptOut(one, other) || isKeptOut(other, one)
}

function isKeptOut({ peer }: Member, other: Member): boolean {
  return peer.bans().some(({ peerId }) => peerId === other.peer.id)
}

/** What a maker had made durable and not yet told of when it died: its orders tell of it, once it is back. */
function untoldTrades({ peer, orders, trades }: Member): TradeReport[] {
  const told = new Set(trades.map(({ tradeId }) => tradeId))
  return orders.flatMap(({ outcome }) =>
    (outcome?.fills ?? [])
      .filter(({ liquidity, tradeId }) => liquidity === 'maker' && !told.has(tradeId))
      .map(({ orderId, tradeId, price, quantity, counterparty }) => {
        const { market, side } = (outcome as OrderOutcome).order
        return { tradeId, market, price, quantity, maker: { peer: peer.id, orderId, side }, taker: counterparty }
      }),
  )
}
