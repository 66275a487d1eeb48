/** What an order that trades its minimum at once, or nothing, would take for that: looks only, and changes nothing. */
import { isOwn, type RestingOwnOrder } from '../../book/order-book.ts'
import type { Conditions, NewOrder, OrderId, PeerId, RestingOrder } from '../../book/order.ts'
import { limits } from '../../limits.ts'
import { claimed, isLeftAlone, lookAgainAt, owedUntilMs } from './asking.ts'
import type { Passing } from './passed-over.ts'
import { freeOf } from './record.ts'
import type { BookState } from './state.ts'

export interface Part<Maker> {
  readonly maker: Maker
  readonly quantity: number
}

/** Best first. */
export interface Plan {
  readonly own: readonly Part<RestingOwnOrder>[]
  readonly asked: ReadonlyMap<PeerId, readonly Part<RestingOrder>[]>
  /** All of these parts in the order of the walk. */
  readonly walk: readonly Part<unknown>[]
  /** Older orders of its own account in its way, which it wants to end. */
  readonly prevented: readonly OrderId[]
}

/** `channel_busy`: there is enough, but somebody who is to give some of it has not answered before; it is worth waiting for. */
export type Planned = Plan | 'not_enough' | 'channel_busy'

/** The order that is to enter; one that has no id yet is later than everything in the book. */
export interface Entering
  extends Pick<NewOrder, 'side' | 'price' | 'account'>, Pick<Conditions, 'selfTradePrevention'> {
  readonly id: OrderId | null
  readonly minimum: number
}

/**
 * The walk of an order that is about to enter, as far as its minimum. What is behind an order of its own account counts only if that one
 * would be cancelled: with the other ways of self-trade prevention it would end there, or become smaller.
 */
export function planOf(state: BookState, entering: Entering, passing: Passing): Planned {
  const walk = new PlannedWalk(state, entering, passing)
  for (const candidate of state.book.opposite(entering.side, entering.price)) {
    if (walk.missing === 0 || walk.isBlocked) break
    if ((entering.id !== null && candidate.id >= entering.id) || state.ending.has(candidate.id)) continue
    if (isOwn(candidate)) walk.meetOwn(candidate)
    else walk.meetReplica(candidate)
  }
  if (walk.missing > 0) return 'not_enough'
  return walk.isBusy ? 'channel_busy' : walk
}

class PlannedWalk implements Plan {
  readonly own: Part<RestingOwnOrder>[] = []
  readonly asked = new Map<PeerId, Part<RestingOrder>[]>()
  readonly walk: Part<unknown>[] = []
  readonly prevented: OrderId[] = []
  missing: number
  /** An order of the same account is in the way and stays there. */
  isBlocked = false
  isBusy = false
  readonly #state: BookState
  readonly #entering: Entering
  readonly #passing: Passing

  constructor(state: BookState, entering: Entering, passing: Passing) {
    this.#state = state
    this.#entering = entering
    this.#passing = passing
    this.missing = entering.minimum
  }

  meetOwn(maker: RestingOwnOrder): void {
    const { account, selfTradePrevention } = this.#entering
    if (this.#state.entering.has(maker.id)) return this.#passing.note(maker, 'is_entering')
    const quantity = Math.min(this.missing, freeOf(this.#state, maker))
    if (quantity === 0) return this.#passing.note(maker, 'asked_already')
    if (maker.account === account) {
      this.isBlocked = selfTradePrevention !== 'cancel-oldest' || this.prevented.length >= limits.batchProposalsMax
      this.prevented.push(maker.id)
      return this.#passing.note(maker, 'self_trade_prevented')
    }
    // More than a decision can carry is not all at once.
    this.isBlocked = this.own.length >= limits.batchProposalsMax
    if (!this.isBlocked) this.#take(this.own, maker, quantity)
  }

  meetReplica(maker: RestingOrder): void {
    const quantity = Math.min(this.missing, maker.remaining - claimed(this.#state, maker))
    if (quantity <= 0) return this.#passing.note(maker, 'asked_already')
    if (!this.#state.live.has(maker.owner)) return this.#passing.note(maker, 'not_live')
    if (isLeftAlone(this.#state, maker)) return this.#passing.note(maker, 'refused_before')
    if (this.#isOwed(maker.owner)) return this.#passing.note(maker, 'answer_owed')
    const parts = this.asked.get(maker.owner) ?? []
    this.isBlocked = parts.length >= limits.batchProposalsMax
    if (this.isBlocked) return
    this.asked.set(maker.owner, parts)
    this.#take(parts, maker, quantity)
  }

  /** Whether a maker has owed an answer for so long that it is left out. One that may still answer is waited for. */
  #isOwed(maker: PeerId): boolean {
    const { inFlight } = this.#state.takerChannelOf(maker)
    if (!inFlight) return false
    const untilMs = owedUntilMs(inFlight)
    if (this.#state.ports.now() >= untilMs) return true
    lookAgainAt(this.#state, untilMs)
    this.isBusy = true
    return false
  }

  #take<Maker>(parts: Part<Maker>[], maker: Maker, quantity: number): void {
    const part = { maker, quantity }
    parts.push(part)
    this.walk.push(part)
    this.missing -= quantity
    this.#passing.take()
  }
}
