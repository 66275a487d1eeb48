/** What messages, journal records and outcomes say, in words short enough for one line. */
import type { Conditions } from '../book/order.ts'
import { isRefusal, type Refusal } from '../book/refusal.ts'
import type { Entry, PlacedOrder } from '../feed/entry.ts'
import type { Segment } from '../feed/segment.ts'
import type { Signed } from '../feed/signer.ts'
import type { Answer, Batch, Decision, Proposal } from '../net/messages.ts'
import type { Fact } from '../peer/decide/fact.ts'
import type { OrderOutcome } from '../peer/outcome.ts'
import type { Said } from '../sim/history.ts'
import { contentOf } from '../sim/said.ts'
import { lotsText, priceText, symbolOf, type TraceNames } from './trace-names.ts'

/** What keeps neighbours neighbours: so much of it that it hides the rest. */
const routine = ['hello', 'beat', 'heads', 'peers']

export function isRoutine({ request, reply }: Said): boolean {
  if (request) return routine.includes(request.type)
  return reply !== undefined && routine.some(type => type in reply)
}

export function saidText({ request, reply, refused }: Said, names: TraceNames): string {
  if (request) return requestText(request, names)
  if (refused) return `refused: ${refused.reason}`
  return reply ? replyText(reply, names) : 'nobody is there'
}

function requestText(request: NonNullable<Said['request']>, names: TraceNames): string {
  const { type } = request
  if (type === 'propose') return batchText('propose', request['batch'], names)
  if (type === 'withdraw') return `withdraw ${numberIn(request['batch'])}`
  if (type === 'segments') return segmentsText(request['segments'], names)
  if (type === 'fetch') return `fetch ${names.peer(String(request['owner']))} ${cursorText(request['after'])}`
  return type
}

function replyText(reply: Readonly<Record<string, unknown>>, names: TraceNames): string {
  if ('answer' in reply) return answerText(bodyOf(reply['answer']) as Answer, names)
  if ('cursor' in reply) return `has read ${cursorText(reply['cursor'])}`
  if ('segments' in reply) return segmentsText(reply['segments'], names)
  if ('undecided' in reply) return `goodbye, ${String(reply['undecided'])} undecided`
  return routine.find(type => type in reply) ?? 'reply'
}

function cursorText(cursor: unknown): string {
  return cursor === null ? 'from the beginning' : `to ${(cursor as { readonly sequence: number }).sequence}`
}

function bodyOf(signed: unknown): unknown {
  return contentOf(signed as Signed)
}

function numberIn(signed: unknown): string {
  const { n, market } = bodyOf(signed) as Batch
  return `${n} ${symbolOf(market)}`
}

/** `propose 1 BTC-USD [trade 1: buy 3 @ 101 of alice/1 for bob/2]`. */
function batchText(verb: string, signed: unknown, names: TraceNames): string {
  const { market, proposals, minimum, last } = bodyOf(signed) as Batch
  const all = minimum > 0 ? ` at least ${lotsText(minimum, market)}` : ''
  const until = last ? `, held until ${numberIn(last)} of ${names.peer((bodyOf(last) as Batch).maker)}` : ''
  return `${verb} ${numberIn(signed)}${all}${until} [${proposals.map(one => proposalText(one, market, names)).join(', ')}]`
}

function proposalText(proposal: Proposal, market: string, names: TraceNames): string {
  const { tradeId, orderId, side, makerOrderId, price, quantity } = proposal
  const what = `${side} ${lotsText(quantity, market)} @ ${priceText(price, market)}`
  return `${names.trade(tradeId)}: ${what} of ${names.order(makerOrderId)} for ${names.order(orderId)}`
}

function answerText({ n, market, decisions }: Answer, names: TraceNames): string {
  return `answer ${n} ${symbolOf(market)} [${decisions.map(one => decisionText(one, market, names)).join(', ')}]`
}

function decisionText(decision: Decision, market: string, names: TraceNames): string {
  return `${names.trade(decision.tradeId)}: ${decidedText(decision, market)}`
}

function decidedText(decision: Decision, market: string): string {
  if ('filled' in decision) return `filled ${lotsText(decision.filled, market)}`
  return 'held' in decision ? `held ${lotsText(decision.held, market)}` : `refused ${decision.refused}`
}

/** A feed's segments, one behind the other. */
function segmentsText(segments: unknown, names: TraceNames): string {
  const all = (segments as readonly Signed[]).map(one => bodyOf(one) as Segment)
  const [first] = all
  if (!first) return 'segments: none'
  const entries = all.flatMap(one => one.entries).map(entry => entryText(entry, first.market, names))
  return `segments of ${names.peer(first.owner)} ${symbolOf(first.market)} from ${first.first} [${entries.join(', ')}]`
}

/** In the words of the notation, in front of each a space; nothing for what most orders have. */
function conditionsText(
  { trigger, displayed, minimum, postOnly, partner }: Conditions,
  market: string,
  names: TraceNames,
): string {
  const words = [
    trigger === undefined ? '' : `stop ${priceText(trigger, market)}`,
    displayed === undefined ? '' : `displayed ${lotsText(displayed, market)}`,
    minimum === null ? '' : `min ${lotsText(minimum, market)}`,
    postOnly ? 'post-only' : '',
    partner === undefined ? '' : `partner ${names.order(partner)}`,
  ]
  return words.map(word => word && ` ${word}`).join('')
}

export function factText(fact: Fact, market: string, names: TraceNames): string {
  switch (fact.type) {
    case 'entry':
      return entryText(fact.entry, market, names)
    case 'accepted': {
      const { id, side, quantity, price, timeInForce } = fact.order
      const terms = `${side} ${lotsText(quantity, market)} @ ${priceText(price, market)} ${timeInForce}`
      const place = fact.replaces ? ` in place of ${names.order(fact.replaces.orderId)}` : ''
      return `accepted ${names.order(id)}: ${terms}${conditionsText(fact.conditions, market, names)}${place}`
    }
    case 'lapsed':
      return `lapsed ${lotsText(fact.quantity, market)} of ${names.order(fact.orderId)}: ${fact.reason}`
    case 'closing':
      return `closing ${names.order(fact.orderId)}: ${fact.reason}`
    case 'triggered': {
      const { tradeId, price } = fact.trade
      const stops = fact.orderIds.map(id => names.order(id)).join(' and ')
      return `triggered ${stops} by ${names.trade(tradeId)} @ ${priceText(price, market)}`
    }
    case 'entered': {
      const { id, quantity } = fact.order
      return `entered ${names.order(id)} with ${lotsText(quantity, market)} of ${names.order(fact.wholeId)}`
    }
    case 'returned':
      return `returned ${lotsText(fact.quantity, market)} of ${names.order(fact.orderId)}`
    case 'closing_all':
      return `closing all ${[fact.side, fact.account].filter(word => word !== null).join(' of ') || 'orders'}`
    case 'intent':
      return `intent to ${names.peer(fact.batch.maker)}: ${batchText('propose', fact.signed, names)}`
    case 'settled': {
      const lots = fact.filled.map(one => lotsText(one, market))
      return `settled ${fact.n} with ${names.peer(fact.maker)}: ${lots.join(', ')}`
    }
    case 'forced':
      return `forced ${names.trade(fact.tradeId)} with ${names.peer(fact.maker)}: ${lotsText(fact.filled, market)}`
    case 'disputed':
      return `disputed ${names.trade(fact.dispute.tradeId)}`
    case 'passed_over': {
      const passed = fact.orders.map(({ id, reason }) => `${names.order(id)} (${reason})`)
      return `${names.order(fact.orderId)} passes over ${passed.join(', ')}`
    }
    case 'attempt': {
      const own = fact.own.map(one => `${lotsText(one.quantity, market)} of ${names.order(one.makerOrderId)}`)
      const last = fact.last === null ? 'decided here' : `decided by ${names.peer(fact.last)}`
      return `attempt of ${names.order(fact.orderId)}, ${[last, ...own].join(', ')}`
    }
    case 'attempt_decided':
      return `attempt of ${names.order(fact.orderId)} ${fact.isFilled ? 'filled' : 'refused'}`
    case 'held':
      return `held for ${names.peer(fact.batch.taker)}: ${batchText('propose', fact.signed, names)}`
    case 'hold_ended':
      return 'hold ended'
    case 'answered':
      return `answered ${names.peer(fact.batch.taker)}: ${answerText(bodyOf(fact.answer) as Answer, names)}`
    case 'reported':
      return `reported ${names.order(fact.report.order.id)}`
  }
}

function entryText(entry: Entry, market: string, names: TraceNames): string {
  switch (entry.type) {
    case 'opened':
      return 'opened'
    case 'checkpoint':
      return `checkpoint of ${entry.orders.map(order => placedText(order, market, names)).join(' and ') || 'nothing'}`
    case 'placed':
      return `placed ${placedText(entry.order, market, names)}`
    case 'filled': {
      const what = `${lotsText(entry.quantity, market)} @ ${priceText(entry.price, market)}`
      const parties = `${names.order(entry.orderId)} as ${entry.liquidity}, with ${names.order(entry.counterparty.orderId)}`
      return `${names.trade(entry.tradeId)} filled ${what}: ${parties}`
    }
    case 'cancelled':
      return `cancelled ${lotsText(entry.quantity, market)} of ${names.order(entry.orderId)}: ${entry.reason}`
    case 'expired':
      return `expired ${lotsText(entry.quantity, market)} of ${names.order(entry.orderId)}`
    case 'forced':
      return `forced ${lotsText(entry.quantity, market)} of ${names.order(entry.orderId)}`
    case 'amended':
      return `amended ${names.order(entry.orderId)} to ${lotsText(entry.quantity, market)}`
  }
}

function placedText({ id, side, price, remaining }: PlacedOrder, market: string, names: TraceNames): string {
  return `${names.order(id)} ${side} ${lotsText(remaining, market)} @ ${priceText(price, market)}`
}

/** `resting, 2 of 5 filled, 3 in doubt`. */
export function outcomeText(outcome: OrderOutcome | readonly OrderOutcome[] | Refusal): string {
  if (isRefusal(outcome)) return `refused: ${outcome.reason}`
  if (!('status' in outcome)) return `${outcome.length} orders cancelled`
  const { status, order, inDoubt, reason } = outcome
  return [
    ...[status.replaceAll('_', ' '), `${order.filled} of ${order.quantity} filled`],
    ...(Number(order.lapsed) > 0 ? [`${order.lapsed} lapsed${reason === null ? '' : ` (${reason})`}`] : []),
    ...(Number(inDoubt) > 0 ? [`${inDoubt} in doubt`] : []),
  ].join(', ')
}
