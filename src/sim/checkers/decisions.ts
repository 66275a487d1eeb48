/** 2, 3, 7: one decision for each trade id, and what the one side books the other side has. */
import type { PeerId, TradeId } from '../../book/order.ts'
import type { Filled } from '../../feed/entry.ts'
import type { Signed } from '../../feed/signer.ts'
import type { Answer, Decision } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { contentOf } from '../said.ts'
import { fine, unless, type Checker, type Found, type Happening } from './checker.ts'
import { keyOfFill, signOf, tradeKeyOf, type Exchange, type FillAt, type TradeFile } from './exchange.ts'
import type { Ledger } from './ledger.ts'

export function tradesAreDecidedOnce(exchange: Exchange): Checker {
  return {
    invariant: 2,
    name: 'tradesAreDecidedOnce',
    always: 'There is one decision for each trade id, and every copy of it is equal.',
    fact: (fact, ledger) => {
      if (fact.type === 'answered') return decidedAnew(exchange, fact)
      if (fact.type === 'settled') return settledAsDecided(exchange, fact, ledger)
      return fact.type === 'entry' && fact.entry.type === 'filled' ? bookedOnce(exchange, fact.entry, ledger) : fine
    },
    happened: { sent: event => answeredAsDecided(exchange, event) },
  }
}

function decidedAnew(exchange: Exchange, { batch, answer }: Fact & { type: 'answered' }): Found {
  const { taker, decisions } = contentOf(answer) as Answer
  return decisions.flatMap(decision => {
    const file = exchange.tradeOf(tradeKeyOf(taker, decision.tradeId))
    // An id that is refused because it was used before has its first decision for ever.
    if (!file || 'held' in decision || ('refused' in decision && decision.refused === 'trade_id_not_later')) return fine
    // Asked for once more when its channel has gone on, it is repeated.
    if (batch.isGroup && file.decided === lotsOf(decision)) return fine
    return [
      ...unless(file.decided === null, () => `${tradeName(exchange, taker, decision)} is decided twice`),
      ...unless(
        (file.maker?.quantity ?? 0) === lotsOf(decision),
        () =>
          `${tradeName(exchange, taker, decision)} is answered with ${lotsOf(decision)} lots, but the feed has ${file.maker?.quantity ?? 0}`,
      ),
    ]
  })
}

/** The batch has been journalled; what it asks for and nobody has decided cannot be settled. */
function settledAsDecided(exchange: Exchange, { maker, n, filled }: Fact & { type: 'settled' }, ledger: Ledger): Found {
  const batch = ledger.undecided.get(maker)
  if (batch?.n !== n) return fine
  return batch.proposals.flatMap(({ tradeId }, index) => {
    const decided = exchange.tradeOf(tradeKeyOf(ledger.owner, tradeId))?.decided ?? null
    const lots = filled[index] ?? 0
    const asDecided = unless(
      decided === lots,
      () =>
        `${ledger.name} settles ${tradeId} with ${lots} lots, but ${exchange.nameOf(maker)} has ${decided === null ? 'not decided it' : `decided on ${decided}`}`,
    )
    return [...asDecided, ...disputeIsFlagged(ledger, tradeId, lots)]
  })
}

function bookedOnce(exchange: Exchange, entry: Filled, ledger: Ledger): Found {
  const fill = { ...entry, owner: ledger.owner }
  const file = exchange.tradeOf(keyOfFill(fill))
  return unless(!file?.[entry.liquidity], () => `the trade ${entry.tradeId} is booked twice by its ${entry.liquidity}`)
}

/** Most answers that are sent have been read in the journal; the others are looked at word by word. */
function answeredAsDecided(exchange: Exchange, { message, said }: Happening<'sent'>): Found {
  const answer = message.kind === 'reply' ? (said.reply?.['answer'] as Signed | undefined) : undefined
  if (!answer || exchange.isDurable(answer)) return fine
  const { taker, decisions } = contentOf(answer) as Answer
  return decisions.flatMap(decision => {
    const decided = exchange.tradeOf(tradeKeyOf(taker, decision.tradeId))?.decided ?? null
    return unless(
      decided === null || decided === lotsOf(decision),
      () =>
        `${tradeName(exchange, taker, decision)} is answered with ${lotsOf(decision)} lots, and was with ${decided}`,
    )
  })
}

function lotsOf(decision: Decision): number {
  return 'filled' in decision ? decision.filled : 0
}

function tradeName(exchange: Exchange, taker: PeerId, { tradeId }: Decision): string {
  return `the trade ${exchange.nameOf(taker)}/${tradeId}`
}

export function tradesHaveTwoSides(exchange: Exchange): Checker {
  return {
    invariant: 3,
    name: 'tradesHaveTwoSides',
    always: 'What a taker has filled its maker has filled, durably and to the lot; at rest also the other way round.',
    fact: (fact, ledger) => {
      if (fact.type !== 'entry' || fact.entry.type !== 'filled') return fine
      const fill = { ...fact.entry, owner: ledger.owner }
      const file = exchange.tradeOf(keyOfFill(fill))
      return fill.liquidity === 'taker' ? hasMaker(exchange, fill, file) : isAsked(exchange, fill, file)
    },
    quiet: () => [...exchange.trades.values()].flatMap(file => hasTaker(exchange, file)),
  }
}

function hasMaker(exchange: Exchange, fill: FillAt, file: TradeFile | undefined): Found {
  const isMutual = file?.maker ? isCounterpart(fill, file.maker) : false
  return unless(isMutual, () => `${exchange.nameOf(fill.owner)} books the trade ${fill.tradeId} without its maker`)
}

/** Nobody is filled with more than the other side has signed for. */
function isAsked(exchange: Exchange, fill: FillAt, file: TradeFile | undefined): Found {
  if (fill.counterparty.peer === fill.owner) return fine
  const asked = file?.proposal
  const isAsProposed =
    asked?.batch.maker === fill.owner &&
    asked.proposal.orderId === fill.counterparty.orderId &&
    asked.proposal.makerOrderId === fill.orderId &&
    asked.proposal.price === fill.price &&
    asked.proposal.side !== fill.side &&
    asked.proposal.quantity >= fill.quantity
  return unless(
    isAsProposed,
    () => `${exchange.nameOf(fill.owner)} fills the trade ${fill.tradeId}, which nobody has proposed so`,
  )
}

function hasTaker(exchange: Exchange, { maker, taker }: TradeFile): Found {
  if (!maker || taker || !isThere(exchange, maker.counterparty.peer)) return fine
  // A maker that has gone may have died before anybody heard of its decision: its taker is in doubt, and says so.
  if (!isThere(exchange, maker.owner)) return fine
  // What its taker has forced claims no fill; where that is otherwise it is flagged.
  if (isForced(exchange, maker)) return fine
  return [`${exchange.nameOf(maker.counterparty.peer)} does not book the trade ${maker.tradeId} of its maker`]
}

function isForced({ ledgers }: Exchange, { counterparty, tradeId }: FillAt): boolean {
  return [...ledgers].some(({ owner, forced }) => owner === counterparty.peer && forced.has(tradeId))
}

/** A decision that contradicts what was forced is flagged, and no other is. */
function disputeIsFlagged({ name, forced, disputed }: Ledger, tradeId: TradeId, lots: number): Found {
  const stated = forced.get(tradeId)
  const expected = stated === undefined || stated === lots ? undefined : lots
  return unless(
    disputed.get(tradeId) === expected,
    () => `${name} has forced ${stated} lots of ${tradeId}, learns of ${lots}, and flags ${disputed.get(tradeId)}`,
  )
}

export function isThere(exchange: Exchange, peer: PeerId): boolean {
  return exchange.options.onstage().some(({ peer: { id } }) => id === peer)
}

function isCounterpart(fill: FillAt, other: FillAt): boolean {
  const isSameTrade = fill.price === other.price && fill.quantity === other.quantity && fill.side !== other.side
  const isMutual = fill.counterparty.orderId === other.orderId && other.counterparty.orderId === fill.orderId
  return isSameTrade && isMutual && fill.counterparty.peer === other.owner && other.counterparty.peer === fill.owner
}

export function nothingIsMadeOrLost(exchange: Exchange): Checker {
  return {
    invariant: 7,
    name: 'nothingIsMadeOrLost',
    always: 'Base and quote deltas of every trade sum to zero over its two parties.',
    quiet: () => [...exchange.trades].flatMap(([key, file]) => unbalanced(key, file)),
  }
}

/** With one side missing there is nothing to sum up; that is a violation of its own. */
function unbalanced(key: string, { maker, taker }: TradeFile): Found {
  if (!maker || !taker) return fine
  const base = signOf[maker.side] * maker.quantity + signOf[taker.side] * taker.quantity
  const quote =
    BigInt(signOf[maker.side] * maker.price) * BigInt(maker.quantity) +
    BigInt(signOf[taker.side] * taker.price) * BigInt(taker.quantity)
  return unless(base === 0 && quote === 0n, () => `the trade ${key} makes ${base} lots and ${quote} of their price`)
}
