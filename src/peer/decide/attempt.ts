/**
 * The entrance of an order that trades a minimum at once, or nothing: a fok order all of it. With the channels to all its makers idle,
 * everything is journalled in one decision: a batch for each of them and the lots of own orders. The makers but the last hold, one after
 * another; then the last decides on its batch, all or nothing, and its answer is the decision on the whole. There is one attempt.
 */
import { minimumOf, type OrderId, type PeerId, type TradeId } from '../../book/order.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Proposal } from '../../net/messages.ts'
import { lookAgainAt, owedUntilMs } from './asking.ts'
import { Passing } from './passed-over.ts'
import { planOf, type Part, type Plan } from './plan.ts'
import { close, lapseReturned, output, ownOrder, publish, record } from './record.ts'
import { intend, propose, withdraw } from './send.ts'
import type { Attempt, BookState, InFlight, OwnPart } from './state.ts'

type TradeIds = ReadonlyMap<Part<unknown>, TradeId>

/** Begins with the order if that can be now, waits if that is worth it, and ends it otherwise. */
export function attemptToEnter(state: BookState, id: OrderId): void {
  const { conditions, closing } = state.recordOf(id)
  if (closing !== null || state.attempts.has(id)) return
  const order = ownOrder(state, id)
  const passing = new Passing()
  const entering = { ...order, ...conditions, minimum: minimumOf(order, conditions) }
  const plan = state.isOpen ? planOf(state, entering, passing) : 'not_enough'
  if (plan === 'channel_busy') state.waiting.add(id)
  else if (plan === 'not_enough') close(state, id, 'minimum_not_reached')
  else begin(state, id, plan, passing)
}

function begin(state: BookState, id: OrderId, plan: Plan, passing: Passing): void {
  const { passedOver } = passing
  if (passedOver) record(state, { type: 'passed_over', orderId: id, ...passedOver })
  for (const older of plan.prevented) close(state, older, 'self_trade_prevented')
  const makers = [...plan.asked.keys()].sort()
  const last = makers.at(-1) ?? null
  // Trades are told in the order of their ids: that of the walk, whoever is asked first.
  const ids: TradeIds = new Map(plan.walk.map(part => [part, state.nextTradeId()]))
  const own = plan.own.map((part): OwnPart => {
    const { maker, quantity } = part
    return { tradeId: idOf(ids, part), makerOrderId: maker.id, price: maker.price, quantity }
  })
  record(state, { type: 'attempt', orderId: id, last, own })
  if (last === null) return end(state, { orderId: id, last, own }, true)
  const holders = makers.slice(0, -1)
  const give = (maker: PeerId, decidedBy: Signed | null) => {
    const proposals = (plan.asked.get(maker) ?? []).map(part => proposalOf(state, id, part, idOf(ids, part)))
    // All that one maker is to give, or nothing of it.
    return intend(state, maker, proposals, { minimum: lotsOf(proposals), last: decidedBy })
  }
  const { signed } = give(last, null)
  for (const holder of holders) give(holder, signed)
  state.holders.set(id, new Set())
  goOn(state, { orderId: id, last, own })
}

function idOf(ids: TradeIds, part: Part<unknown>): TradeId {
  const id = ids.get(part)
  if (id === undefined) throw new Error('a part of a plan is not in its walk')
  return id
}

function proposalOf(
  state: BookState,
  id: OrderId,
  { maker, quantity }: Part<{ id: OrderId; price: number }>,
  tradeId: TradeId,
): Proposal {
  const { side, price: limit } = ownOrder(state, id)
  return { tradeId, orderId: id, side, limit, makerOrderId: maker.id, price: maker.price, quantity }
}

function lotsOf(proposals: readonly Proposal[]): number {
  return proposals.reduce((sum, { quantity }) => sum + quantity, 0)
}

/** Asks the next maker to hold, or the last one to decide. Whoever is not live any more is not asked: then the attempt is given up. */
function goOn(state: BookState, attempt: Attempt): void {
  const deciding = lastOf(state, attempt)
  if (!deciding) return
  const held = state.holders.get(attempt.orderId) ?? new Set()
  const next = heldUntil(state, deciding).find(({ batch }) => !held.has(batch.maker)) ?? deciding
  if (state.live.has(next.batch.maker)) propose(state, next)
  else giveUp(state, attempt)
}

/** The last maker is asked to call its batch off; as it has not seen it, it does. Its answer then ends what is held. */
export function giveUp(state: BookState, attempt: Attempt): void {
  const deciding = lastOf(state, attempt)
  if (deciding && state.holders.delete(attempt.orderId)) withdraw(state, deciding)
}

/** A maker that has not said for so long that it holds is waited for no longer. */
export function giveUpOverdue(state: BookState): void {
  for (const [orderId, held] of state.holders) {
    const attempt = state.attempts.get(orderId)
    const deciding = attempt && lastOf(state, attempt)
    if (!deciding || heldUntil(state, deciding).every(({ batch }) => held.has(batch.maker))) continue
    const untilMs = owedUntilMs(deciding)
    if (state.ports.now() >= untilMs) giveUp(state, attempt)
    else lookAgainAt(state, untilMs)
  }
}

function lastOf(state: BookState, { last }: Attempt): InFlight | null {
  return last && state.takerChannelOf(last).inFlight
}

/** What is to be held until that batch is decided and has no outcome yet, in the order of the makers' ids. */
function heldUntil(state: BookState, { signed }: InFlight): InFlight[] {
  return [...state.takerChannels.values()]
    .flatMap(({ inFlight }) => (inFlight?.batch.last?.body === signed.body ? [inFlight] : []))
    .sort((one, other) => (one.batch.maker < other.batch.maker ? -1 : 1))
}

/** A maker holds all that it was asked for. After a crash of ours it is only waited for what the last one says. */
export function noteHeld(state: BookState, { batch }: InFlight): void {
  const attempt = attemptOf(state, batch.proposals)
  // Without an attempt the last maker has decided, and this one has not heard of it: it is asked again.
  if (!attempt) return
  output(state, { type: 'settled', taker: batch.taker, maker: batch.maker, n: batch.n })
  const held = state.holders.get(attempt.orderId)
  if (!held || held.has(batch.maker)) return
  held.add(batch.maker)
  goOn(state, attempt)
}

/** The attempt that a batch is part of, as long as it is not decided. */
export function attemptOf(state: BookState, proposals: readonly Proposal[]): Attempt | undefined {
  const [first] = proposals
  return first && state.attempts.get(first.orderId)
}

/**
 * A batch of an attempt has its outcome, in facts already. The last maker's decides on the whole, and its signed answer, if there is one,
 * goes to those who hold; one that has not held, or not what was asked of it, ends the attempt.
 */
export function noteSettled(state: BookState, settled: InFlight, isFilled: boolean, answer: Signed | null): void {
  const { batch } = settled
  if (batch.minimum === 0) return
  const attempt = attemptOf(state, batch.proposals)
  if (batch.last) {
    if (attempt && !isFilled) giveUp(state, attempt)
    return
  }
  if (attempt) end(state, attempt, isFilled)
  for (const holding of heldUntil(state, settled)) withdraw(state, holding, answer)
}

/** Decided: own orders give what they have held, or have it back, and the order is in the market or out of it. */
export function end(state: BookState, attempt: Attempt, isFilled: boolean): void {
  const { orderId, own } = attempt
  if (isFilled) for (const part of own) fillOwn(state, orderId, part)
  record(state, { type: 'attempt_decided', orderId, isFilled })
  state.holders.delete(orderId)
  if (!isFilled && state.recordOf(orderId).closing === null) close(state, orderId, 'minimum_not_reached')
  for (const id of [orderId, ...own.map(({ makerOrderId }) => makerOrderId)]) lapseReturned(state, id)
}

/** Both sides of a trade between own orders. */
export function fillOwn(state: BookState, takerId: OrderId, { tradeId, makerOrderId, price, quantity }: OwnPart): void {
  const [maker, taker] = [ownOrder(state, makerOrderId), ownOrder(state, takerId)]
  const shared = { type: 'filled', tradeId, price, quantity, evidence: null } as const
  publish(state, {
    ...shared,
    orderId: makerOrderId,
    side: maker.side,
    remaining: maker.remaining - quantity,
    liquidity: 'maker',
    counterparty: { peer: state.self, orderId: takerId },
  })
  publish(state, {
    ...shared,
    orderId: takerId,
    side: taker.side,
    remaining: taker.remaining - quantity,
    liquidity: 'taker',
    counterparty: { peer: state.self, orderId: makerOrderId },
  })
}
