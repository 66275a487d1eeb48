/**
 * A matching engine as it is obviously right: a list of orders, sorted anew at every question. It is the oracle of the matching engine
 * and shares nothing with it but types, words and numbers' meanings; it is never used outside tests and benchmarks.
 */

import * as code from '../../src/book/engine/codes.ts'
import type { CommandName, Reason, SideCode } from '../../src/book/engine/codes.ts'
import { hashEngineOrders } from '../../src/book/engine/engine-hash.ts'
import type { EngineOrder } from '../../src/book/engine/engine-orders.ts'
import type { EngineFact } from '../../src/book/engine/facts.ts'
import type { MatchingEngine } from '../../src/book/engine/matching-engine.ts'
import type { NewEngineOrder } from '../../src/book/engine/new-order.ts'

/** What both engines can do, and so what they must agree on. */
export type AnyEngine = Pick<
  MatchingEngine,
  'limit' | 'market' | 'place' | 'cancel' | 'cancelAll' | 'amend' | 'modify' | 'orders' | 'hash' | 'size'
>

interface Open {
  id: number
  side: SideCode
  price: number
  filled: number
  shown: number
  hidden: number
  account: number
  terms: number
  displayed: number
  minimum: number
  /** 0 once it is triggered, and of all that are no stops. */
  trigger: number
  partner: number
  /** Who came to its place earlier has the lower number. */
  arrival: number
}

type Amount = { readonly lots: number; readonly left: number }

const max = 2 ** 31 - 1

export class NaiveEngine implements AnyEngine {
  /** What the commands have come to; cleared by who reads them. */
  facts: EngineFact[] = []
  lastTradePrice: number | undefined
  #open: Open[] = []
  #arrivals = 0
  /** Prices traded by the command under way. */
  #traded: number[] = []

  /** Holds these orders from the start, in this order. */
  constructor(orders: readonly EngineOrder[] = []) {
    this.#open = orders.map(({ quantity, remaining: shown, ...order }) => {
      const arrival = (this.#arrivals += 1)
      return { ...order, filled: quantity - shown - order.hidden, shown, arrival }
    })
  }

  get size(): number {
    return this.#open.length
  }

  limit(id: number, side: SideCode, price: number, quantity: number, account = 0, terms = 0): void {
    if (price === 0) return this.#refuse('new', id, 'price_out_of_range')
    this.place({ id, side, price, quantity, account, terms })
  }

  market(id: number, side: SideCode, quantity: number, account = 0, terms = 0): void {
    this.place({ id, side, price: 0, quantity, account, terms })
  }

  place(order: NewEngineOrder): void {
    const refusal = this.#reasonNotToPlace(order)
    if (refusal !== null) return this.#refuse('new', order.id, refusal)
    const placed = this.#asOpen(order)
    this.#tell('accepted', placed, { lots: order.quantity, left: order.quantity })
    if (placed.trigger === 0) this.#enter(placed)
    else {
      this.#open.push(placed)
      const partner = this.#find(placed.partner)
      if (partner) partner.partner = placed.id
    }
    this.#triggerStops()
  }

  cancel(id: number): void {
    const order = this.#find(id)
    if (!order) return this.#refuse('cancel', id, 'order_is_unknown')
    this.#cancel(order, 'cancelled_by_user')
  }

  cancelAll(side?: SideCode, account?: number): void {
    for (const { id, ...of } of this.orders())
      if ((side === undefined || of.side === side) && (account === undefined || of.account === account))
        if (this.#find(id)) this.cancel(id)
  }

  amend(id: number, quantity: number): void {
    const order = this.#find(id)
    const refusal = reasonNotToAmend(order, quantity)
    if (refusal !== null || !order) return this.#refuse('amend', id, refusal ?? 'order_is_unknown')
    const lots = quantityOf(order) - quantity
    const fromHidden = Math.min(order.hidden, lots)
    order.hidden -= fromHidden
    order.shown -= lots - fromHidden
    this.#tell('amended', order, { lots, left: leftOf(order) }, null)
  }

  modify(id: number, price: number, quantity: number): void {
    const order = this.#find(id)
    const refusal = this.#reasonNotToModify(order, price, quantity)
    if (refusal !== null || !order) return this.#refuse('modify', id, refusal ?? 'order_is_unknown')
    this.#remove(order)
    const anew = { ...order, price, filled: 0, shown: quantity, hidden: 0 }
    this.#tell('modified', anew, { lots: quantity, left: quantity })
    this.#enter(anew)
    this.#triggerStops()
  }

  orders(): EngineOrder[] {
    const listed = [this.#queue(code.BUY), this.#queue(code.SELL), this.#stops(code.BUY), this.#stops(code.SELL)].flat()
    return listed.map(order => ({
      id: order.id,
      side: order.side,
      price: order.price,
      quantity: quantityOf(order),
      remaining: order.shown,
      hidden: order.hidden,
      account: order.account,
      terms: order.terms,
      displayed: order.displayed,
      minimum: order.minimum,
      trigger: order.trigger,
      partner: order.partner,
    }))
  }

  hash(): string {
    return hashEngineOrders(this.orders())
  }

  // Taking and resting

  #enter(taker: Open): void {
    taker.partner = 0
    while (leftOf(taker) > 0) {
      const maker = this.#reachable(taker)[0]
      if (!maker) break
      if (isSameAccount(taker, maker)) this.#preventSelfTrade(taker, maker)
      else this.#trade(taker, maker)
    }
    if (leftOf(taker) === 0) return
    if (neverRests(taker)) {
      this.#tell('cancelled', taker, { lots: leftOf(taker), left: 0 }, 'nothing_left_to_match')
      return
    }
    taker.arrival = this.#arrivals += 1
    taker.minimum = 0
    this.#open.push(taker)
    showSlice(taker)
  }

  #trade(taker: Open, maker: Open): void {
    const lots = Math.min(taker.shown, maker.shown)
    for (const order of [taker, maker]) {
      order.filled += lots
      order.shown -= lots
    }
    this.lastTradePrice = maker.price
    if (this.#open.some(order => order.trigger > 0)) this.#traded.push(maker.price)
    const amounts = { lots, left: leftOf(taker), makerLeft: leftOf(maker) }
    this.facts.push({ kind: 'trade', ...about(taker), price: maker.price, maker: maker.id, ...amounts })
    this.#makerHasLost(maker, lots)
  }

  #makerHasLost(maker: Open, lots: number): void {
    const stop = this.#find(maker.partner)
    if (stop) {
      stop.shown -= lots
      if (stop.shown > 0) this.#tell('amended', stop, { lots, left: leftOf(stop) }, 'partner_has_traded')
      else {
        this.#tell('cancelled', stop, { lots, left: 0 }, 'partner_is_done')
        this.#remove(stop)
      }
    }
    if (maker.shown > 0) return
    if (maker.hidden === 0) return this.#remove(maker)
    maker.arrival = this.#arrivals += 1
    showSlice(maker)
    this.#tell('refilled', maker, { lots: maker.shown, left: leftOf(maker) })
  }

  #preventSelfTrade(taker: Open, maker: Open): void {
    const mode = taker.terms & code.selfTradeBits
    if (mode === code.DECREMENT) return this.#decrementBoth(taker, maker)
    if (mode !== code.CANCEL_NEWEST) this.#cancel(maker, 'self_trade_prevented')
    if (mode !== code.CANCEL_OLDEST) this.#lapse(taker, leftOf(taker))
  }

  #decrementBoth(taker: Open, maker: Open): void {
    const lots = Math.min(taker.shown, maker.shown)
    maker.shown -= lots
    const kind = leftOf(maker) === 0 ? 'cancelled' : 'amended'
    this.#tell(kind, maker, { lots, left: leftOf(maker) }, 'self_trade_prevented')
    this.#makerHasLost(maker, lots)
    this.#lapse(taker, lots)
  }

  #lapse(taker: Open, lots: number): void {
    taker.shown -= lots
    const kind = taker.shown === 0 ? 'cancelled' : 'amended'
    this.#tell(kind, { ...taker, price: 0 }, { lots, left: taker.shown }, 'self_trade_prevented')
  }

  #cancel(order: Open, reason: Reason): void {
    this.#tell('cancelled', order, { lots: leftOf(order), left: 0 }, reason)
    this.#remove(order)
    this.#cancelPartner(order)
  }

  #cancelPartner(order: Open): void {
    const partner = this.#find(order.partner)
    if (!partner) return
    this.#tell('cancelled', partner, { lots: leftOf(partner), left: 0 }, 'partner_is_done')
    this.#remove(partner)
  }

  // Stops

  #triggerStops(): void {
    for (let stop = this.#reached(); stop; stop = this.#reached()) {
      this.#tell('triggered', stop, { lots: leftOf(stop), left: leftOf(stop) })
      this.#cancelPartner(stop)
      this.#remove(stop)
      stop.trigger = 0
      const reason = this.#reasonNotToEnter(stop)
      if (reason === null) this.#enter(stop)
      else this.#tell('cancelled', stop, { lots: leftOf(stop), left: 0 }, reason)
    }
    this.#traded = []
  }

  #reached(): Open | undefined {
    const buy = this.#stops(code.BUY).find(({ trigger }) => this.#traded.some(price => price >= trigger))
    return buy ?? this.#stops(code.SELL).find(({ trigger }) => this.#traded.some(price => price <= trigger))
  }

  // Refusals

  #reasonNotToPlace(order: NewEngineOrder): Reason | null {
    const { id, price, quantity, account = 0, terms = 0, displayed = 1, minimum = 1, trigger = 1 } = order
    const mayRest = !neverRests({ price, terms })
    const isPostOnly = (terms & code.POST_ONLY) > 0
    if (!isWhole(id)) return 'id_out_of_range'
    if (price !== 0 && !isWhole(price)) return 'price_out_of_range'
    if (!isWhole(quantity)) return 'quantity_out_of_range'
    if (account !== 0 && !isWhole(account)) return 'account_out_of_range'
    if (this.#find(id)) return 'order_already_exists'
    if (!isWhole(displayed) || displayed > quantity) return 'displayed_out_of_range'
    if (!isWhole(minimum) || minimum > quantity) return 'minimum_out_of_range'
    if (!isWhole(trigger)) return 'trigger_out_of_range'
    if (isPostOnly && !(mayRest && order.minimum === undefined)) return 'post_only_must_rest'
    if (order.displayed !== undefined && !mayRest) return 'iceberg_must_rest'
    if (order.partner !== undefined && order.trigger === undefined) return 'partner_needs_a_stop'
    if (order.trigger === undefined) return this.#reasonNotToEnter(this.#asOpen(order))
    return order.partner === undefined ? null : this.#reasonNotToPair(order, this.#find(order.partner))
  }

  #reasonNotToPair({ side, account = 0, quantity }: NewEngineOrder, partner: Open | undefined): Reason | null {
    if (!partner) return 'partner_is_unknown'
    const isFree = partner.trigger === 0 && partner.partner === 0
    const fits = partner.side === side && partner.account === account && leftOf(partner) === quantity
    return isFree && fits ? null : 'partner_does_not_fit'
  }

  #reasonNotToEnter(order: Open): Reason | null {
    if ((order.terms & code.POST_ONLY) > 0 && this.#reachable(order).length > 0) return 'would_take'
    const wanted = (order.terms & code.FOK) > 0 ? leftOf(order) : order.minimum
    return this.#takeable(order) >= wanted ? null : 'minimum_not_reached'
  }

  /** Lots it could trade: level by level what is shown, then what is hidden, up to the first own order that would stay. */
  #takeable(order: Open): number {
    const own = (order.terms & code.selfTradeBits) === code.CANCEL_OLDEST
    const makers = this.#reachable(order).filter(maker => !own || !isSameAccount(order, maker))
    let sum = 0
    for (const price of new Set(makers.map(maker => maker.price))) {
      const level = makers.filter(maker => maker.price === price)
      const blocked = level.findIndex(maker => isSameAccount(order, maker))
      const shown = blocked < 0 ? level : level.slice(0, blocked)
      sum += shown.reduce((lots, maker) => lots + maker.shown, 0)
      if (blocked >= 0) return sum
      sum += level.reduce((lots, maker) => lots + maker.hidden, 0)
    }
    return sum
  }

  #reasonNotToModify(order: Open | undefined, price: number, quantity: number): Reason | null {
    if (!order) return 'order_is_unknown'
    if (!isWhole(price)) return 'price_out_of_range'
    if (!isWhole(quantity)) return 'quantity_out_of_range'
    if (order.trigger > 0) return 'order_is_dormant'
    if (order.partner > 0) return 'order_is_paired'
    return this.#reasonNotToEnter({ ...order, price })
  }

  // Looking

  #find(id: number): Open | undefined {
    return this.#open.find(order => order.id === id)
  }

  #queue(side: SideCode): Open[] {
    const byPrice = (a: Open, b: Open): number => (side === code.BUY ? b.price - a.price : a.price - b.price)
    const resting = this.#open.filter(order => order.side === side && order.trigger === 0)
    return resting.sort((a, b) => byPrice(a, b) || a.arrival - b.arrival)
  }

  #stops(side: SideCode): Open[] {
    const byTrigger = (a: Open, b: Open): number => (side === code.BUY ? a.trigger - b.trigger : b.trigger - a.trigger)
    const dormant = this.#open.filter(order => order.side === side && order.trigger > 0)
    return dormant.sort((a, b) => byTrigger(a, b) || a.arrival - b.arrival)
  }

  /** Whom an order would meet, first to last. */
  #reachable({ side, price }: Open): Open[] {
    const makers = this.#queue(side === code.BUY ? code.SELL : code.BUY)
    if (price === 0) return makers
    return makers.filter(maker => (side === code.BUY ? maker.price <= price : maker.price >= price))
  }

  // Changing and telling

  #asOpen({ id, side, price, quantity, ...more }: NewEngineOrder): Open {
    const { account = 0, terms = 0, displayed = 0, minimum = 0, trigger = 0, partner = 0 } = more
    const arrival = (this.#arrivals += 1)
    const amounts = { filled: 0, shown: quantity, hidden: 0 }
    return { id, side, price, ...amounts, account, terms, displayed, minimum, trigger, partner, arrival }
  }

  #remove(order: Open): void {
    this.#open = this.#open.filter(each => each !== order)
    for (const each of this.#open) if (each.partner === order.id) each.partner = 0
  }

  #refuse(command: CommandName, order: number, reason: Reason): void {
    // A fact has room for 32 bits.
    this.facts.push({ kind: 'refused', command, order: order | 0, reason })
  }

  #tell(
    kind: Exclude<EngineFact['kind'], 'trade' | 'refused'>,
    order: Open,
    amount: Amount,
    reason?: Reason | null,
  ): void {
    const fact = { kind, ...about(order), price: order.price, ...amount }
    this.facts.push((reason === undefined ? fact : { ...fact, reason }) as EngineFact)
  }
}

function about({ id, side }: Open): { order: number; side: 'buy' | 'sell' } {
  return { order: id, side: side === code.BUY ? 'buy' : 'sell' }
}

/** Of what is left, shows as much as it shows at a time. */
function showSlice(order: Open): void {
  const left = leftOf(order)
  order.shown = order.displayed > 0 ? Math.min(order.displayed, left) : left
  order.hidden = left - order.shown
}

function reasonNotToAmend(order: Open | undefined, quantity: number): Reason | null {
  if (!order) return 'order_is_unknown'
  if (!isWhole(quantity)) return 'quantity_out_of_range'
  if (order.partner > 0) return 'order_is_paired'
  if (quantity >= quantityOf(order)) return 'amend_must_reduce'
  return quantity <= order.filled ? 'amend_below_filled' : null
}

function neverRests({ price, terms }: Pick<Open, 'price' | 'terms'>): boolean {
  return price === 0 || (terms & (code.IOC | code.FOK)) > 0
}

function isSameAccount(one: Open, other: Open): boolean {
  return one.account !== 0 && one.account === other.account
}

function leftOf({ shown, hidden }: Open): number {
  return shown + hidden
}

function quantityOf(order: Open): number {
  return order.filled + leftOf(order)
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max
}
