/**
 * One peer's journal of one market, added up record by record as the records become durable: what a record says counts from then on,
 * and what is lost with the tail of a journal never happened. Adds up and judges nothing.
 */
import type { Conditions, NewOrder, OrderId, PeerId, TradeId } from '../../book/order.ts'
import type { Market } from '../../book/market.ts'
import type { Checkpoint, Entry, Filled, Head } from '../../feed/entry.ts'
import { headOf, type SignedSegment } from '../../feed/segment.ts'
import type { Batch } from '../../net/messages.ts'
import type { Replaced } from '../../peer/decide/event.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { isKeptWhole } from '../../peer/decide/whole.ts'
import type { JournalRecord, RecordedFact } from '../../peer/decide/group.ts'
import { tradeKey, type OwnPart, type TradeKey } from '../../peer/decide/state.ts'

/** The figures of one own order. quantity = filled + lapsed + what is left of it. */
export interface Tally {
  readonly order: NewOrder
  readonly conditions: Conditions
  readonly replaces: Replaced | null
  readonly name: string
  filled: number
  lapsed: number
  reserved: number
  isPlaced: boolean
  /** Of an order in parts: lots that are in none, as its owner alone knows; 0 for others. */
  kept: number
  /** A stop that no trade has reached. */
  isDormant: boolean
  /** The order that this is a part of, and its parts. */
  readonly whole: Tally | null
  readonly parts: Tally[]
  /** Of its record, once it is cancelled or expired: nothing of it may be filled from then on but what is reserved. */
  endedIn: number | null
  /** Lots of each trade. */
  readonly fills: Map<TradeId, number>
  /** Its user has been told that it ends: more than this is never filled. */
  promisedMax: number
}

export interface LedgerOptions {
  /** The peer's name on the stage. */
  readonly name: string
  readonly owner: PeerId
  readonly market: Market
}

export class Ledger {
  readonly name: string
  readonly owner: PeerId
  readonly market: Market
  readonly tallies = new Map<OrderId, Tally>()
  /** Batches whose outcome is not known, by maker. */
  readonly undecided = new Map<PeerId, Batch>()
  /** Own parts of attempts that are not decided, by order. */
  readonly attempts = new Map<OrderId, readonly OwnPart[]>()
  /** Batches of others that are held, by hash. */
  readonly holds = new Map<string, Batch>()
  /** Orders that have traded their minimum. */
  readonly entered = new Set<OrderId>()
  /** Orders of which something was forced. */
  readonly forcedOrders = new Set<OrderId>()
  /** Batches that are held no longer, by hash: whether they were filled. */
  readonly ended = new Map<string, boolean>()
  /** Trades for which lots are held: of attempts and of batches of others. */
  readonly heldTrades = new Set<TradeKey>()
  /** Lots that count as filled of what was forced, by trade. */
  readonly forced = new Map<TradeId, number>()
  /** Lots that its maker has filled of what was forced otherwise, by trade. */
  readonly disputed = new Map<TradeId, number>()
  /** The orders that a checkpoint has named so far; null when none is under way. */
  checkpoint: Map<OrderId, number> | null = null
  head: Head | null = null
  /** Records that are written and not durable yet, and what its clock showed when they were. */
  readonly pending: { readonly record: JournalRecord; readonly wallMs: number }[] = []
  /** What its clock showed when the record was written that is being read. */
  writtenMs = 0
  /** How many records are durable. */
  records = 0

  constructor({ name, owner, market }: LedgerOptions) {
    this.name = name
    this.owner = owner
    this.market = market
  }

  /** Orders that rest, as their owner's feed shows them. */
  *resting(): Iterable<Tally> {
    for (const tally of this.tallies.values()) if (tally.isPlaced && leftOf(tally) > 0) yield tally
  }

  addSegment(segment: Pick<SignedSegment, 'segment' | 'hash'>): void {
    this.head = headOf(segment)
  }

  add(fact: Fact): void {
    switch (fact.type) {
      case 'entry':
        return this.#addEntry(fact.entry)
      case 'accepted':
        return this.#accept(fact)
      case 'entered':
        return this.#enter(fact)
      case 'returned':
        return this.#change(fact.orderId, tally => this.#return(tally, fact.quantity))
      case 'triggered':
        for (const id of fact.orderIds) this.#change(id, tally => (tally.isDormant = false))
        return
      case 'lapsed':
        return this.#change(fact.orderId, tally => this.#lapsePrivately(tally, fact.quantity))
      case 'closing':
        return this.#change(fact.orderId, tally => {
          for (const one of [tally, ...tally.parts]) one.endedIn ??= this.records
        })
      case 'closing_all':
        for (const tally of this.tallies.values()) if (isAmong(tally, fact)) tally.endedIn ??= this.records
        return
      case 'intent':
        return this.#reserve(fact.batch)
      case 'settled':
        return this.#settle(fact)
      case 'forced':
        return this.#force(fact)
      case 'disputed':
        this.disputed.set(fact.dispute.tradeId, fact.dispute.decided)
        return
      case 'attempt':
        return this.#attempt(fact)
      case 'attempt_decided':
        return this.#endAttempt(fact)
      case 'held':
        return this.#hold(fact)
      case 'hold_ended':
        return this.#endHold(fact.hash)
      case 'passed_over':
      case 'answered':
      case 'reported':
        return
    }
  }

  #accept({ order, conditions, clientOrderId, replaces }: Fact & { type: 'accepted' }): void {
    const isDormant = conditions.trigger !== undefined
    const kept = isKeptWhole(conditions) ? order.quantity : 0
    const terms = { order, conditions, replaces: replaces ?? null, name: clientOrderId ?? order.id, whole: null }
    this.tallies.set(order.id, { ...noFigures(), ...terms, kept, isDormant, promisedMax: order.quantity })
  }

  /** Unknown wholes are a violation of their own. */
  #enter({ order, wholeId }: Fact & { type: 'entered' }): void {
    const whole = this.tallies.get(wholeId)
    if (!whole) return
    const expiresAtMs = order.timeInForce === 'gtd' ? whole.conditions.expiresAtMs : null
    const conditions = { ...whole.conditions, expiresAtMs }
    const terms = { order, conditions, replaces: null, name: whole.name, whole }
    const part = { ...noFigures(), ...terms, kept: 0, isDormant: false, promisedMax: order.quantity }
    this.tallies.set(order.id, part)
    whole.kept -= order.quantity
    whole.parts.push(part)
  }

  /** A part has the less, and the whole has it again. */
  #return(part: Tally, quantity: number): void {
    part.lapsed += quantity
    if (part.whole) part.whole.kept += quantity
  }

  /** Of an order that was never placed, or of what is kept of one in parts. */
  #lapsePrivately(tally: Tally, quantity: number): void {
    this.#lapse(tally, quantity, false)
    if (isKeptWhole(tally.conditions) && !tally.whole) tally.kept -= quantity
  }

  #addEntry(entry: Entry): void {
    switch (entry.type) {
      case 'opened':
      case 'forced':
        return
      case 'checkpoint':
        return this.#list(entry)
      case 'placed':
        return this.#change(entry.order.id, tally => (tally.isPlaced = true))
      case 'filled':
        return this.#change(entry.orderId, tally => this.#fill(tally, entry))
      case 'amended':
        return this.#change(entry.orderId, tally =>
          this.#lapse(tally, tally.order.quantity - entry.quantity - tally.lapsed, false),
        )
      case 'expired':
        return this.#change(entry.orderId, tally => this.#lapse(tally, entry.quantity, true))
      case 'cancelled':
        // A self-trade may take a part of an order only; every other reason ends it.
        return this.#change(entry.orderId, tally =>
          this.#lapse(tally, entry.quantity, entry.reason !== 'self_trade_prevented'),
        )
    }
  }

  #list({ part, parts, orders }: Checkpoint): void {
    const listed = part === 0 ? new Map<OrderId, number>() : (this.checkpoint ?? new Map<OrderId, number>())
    for (const { id, remaining } of orders) listed.set(id, remaining)
    this.checkpoint = part === parts - 1 ? null : listed
  }

  #fill(tally: Tally, entry: Filled): void {
    for (const one of tally.whole ? [tally, tally.whole] : [tally]) {
      one.filled += entry.quantity
      one.fills.set(entry.tradeId, (one.fills.get(entry.tradeId) ?? 0) + entry.quantity)
    }
    if (isFromReserved(this, entry)) tally.reserved -= entry.quantity
    const { liquidity, counterparty, tradeId } = entry
    if (liquidity === 'maker' && counterparty.peer !== this.owner)
      this.heldTrades.delete(tradeKey(counterparty.peer, tradeId))
  }

  #lapse(tally: Tally, quantity: number, isEnd: boolean): void {
    tally.lapsed += quantity
    if (tally.whole) tally.whole.lapsed += quantity
    if (isEnd) tally.endedIn ??= this.records
  }

  #reserve(batch: Batch): void {
    this.undecided.set(batch.maker, batch)
    for (const { orderId, quantity } of batch.proposals) this.#change(orderId, tally => (tally.reserved += quantity))
  }

  #attempt({ orderId, own }: Fact & { type: 'attempt' }): void {
    this.attempts.set(orderId, own)
    for (const { tradeId, makerOrderId, quantity } of own) {
      this.heldTrades.add(tradeKey(this.owner, tradeId))
      for (const id of [orderId, makerOrderId]) this.#change(id, tally => (tally.reserved += quantity))
    }
  }

  /** The fills themselves are entries and have come before. */
  #endAttempt({ orderId, isFilled }: Fact & { type: 'attempt_decided' }): void {
    for (const { tradeId, makerOrderId, quantity } of this.attempts.get(orderId) ?? []) {
      this.heldTrades.delete(tradeKey(this.owner, tradeId))
      if (!isFilled) for (const id of [orderId, makerOrderId]) this.#change(id, tally => (tally.reserved -= quantity))
    }
    this.attempts.delete(orderId)
    if (isFilled) this.entered.add(orderId)
  }

  #hold({ batch, hash }: Fact & { type: 'held' }): void {
    this.holds.set(hash, batch)
    for (const { tradeId, makerOrderId, quantity } of batch.proposals) {
      this.heldTrades.add(tradeKey(batch.taker, tradeId))
      this.#change(makerOrderId, tally => (tally.reserved += quantity))
    }
  }

  #endHold(hash: string): void {
    const batch = this.holds.get(hash)
    this.holds.delete(hash)
    const isLeft = (tradeId: TradeId): boolean =>
      batch !== undefined && this.heldTrades.has(tradeKey(batch.taker, tradeId))
    this.ended.set(hash, !batch?.proposals.some(({ tradeId }) => isLeft(tradeId)))
    for (const { tradeId, makerOrderId, quantity } of batch?.proposals ?? [])
      if (batch && this.heldTrades.delete(tradeKey(batch.taker, tradeId)))
        this.#change(makerOrderId, tally => (tally.reserved -= quantity))
  }

  /** The fills themselves are entries and have come before. */
  #settle({ maker, n, filled }: Fact & { type: 'settled' }): void {
    const batch = this.undecided.get(maker)
    if (batch?.n !== n) return
    this.undecided.delete(maker)
    for (const [index, { orderId, tradeId, quantity }] of batch.proposals.entries())
      if (!this.forced.has(tradeId)) this.#change(orderId, tally => (tally.reserved -= quantity - (filled[index] ?? 0)))
  }

  /** The operator's word in place of the maker's: the batch stays undecided. */
  #force({ maker, tradeId, filled }: Fact & { type: 'forced' }): void {
    const proposal = this.undecided.get(maker)?.proposals.find(one => one.tradeId === tradeId)
    this.forced.set(tradeId, filled)
    if (!proposal) return
    this.forcedOrders.add(proposal.orderId)
    this.#change(proposal.orderId, tally => {
      tally.filled += filled
      if (tally.whole) tally.whole.filled += filled
      tally.reserved -= proposal.quantity
    })
  }

  /** An order that nobody has accepted has no figures; that it is spoken of is a violation of its own. */
  #change(id: OrderId, change: (tally: Tally) => void): void {
    const tally = this.tallies.get(id)
    if (tally) change(tally)
  }
}

function noFigures() {
  const figures = { filled: 0, lapsed: 0, reserved: 0, isPlaced: false, endedIn: null as number | null }
  return { ...figures, parts: [] as Tally[], fills: new Map<TradeId, number>() }
}

function isAmong({ order, ...tally }: Tally, { side, account }: Fact & { type: 'closing_all' }): boolean {
  const isMeant = (side === null || order.side === side) && (account === null || order.account === account)
  return isMeant && leftOf({ order, ...tally }) > 0
}

/** Lots that are neither filled nor lapsed. */
export function leftOf({ order, filled, lapsed }: Tally): number {
  return order.quantity - filled - lapsed
}

/** True for an order that enters the book in parts, and not for the parts. */
export function isWhole({ conditions, whole }: Tally): boolean {
  return whole === null && isKeptWhole(conditions)
}

/** Lots that are not reserved either. */
export function freeOf(tally: Tally): number {
  return leftOf(tally) - tally.reserved
}

/** Whether a fill uses lots that were held for it. */
export function isFromReserved(
  { owner, heldTrades }: Pick<Ledger, 'owner' | 'heldTrades'>,
  { liquidity, counterparty, tradeId }: Filled,
): boolean {
  const taker = liquidity === 'taker' ? owner : counterparty.peer
  return (liquidity === 'taker' && counterparty.peer !== owner) || heldTrades.has(tradeKey(taker, tradeId))
}

/** The facts of a record with its entries in their places. Entries that its segment lacks are left out. */
export function factsOf({ facts }: JournalRecord, entries: readonly Entry[]): Fact[] {
  const rest = [...entries]
  return facts.flatMap((fact: RecordedFact): Fact[] => {
    if (fact.type !== 'entry') return [fact]
    const entry = rest.shift()
    return entry ? [{ type: 'entry', entry, evidence: null }] : []
  })
}
