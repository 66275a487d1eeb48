/** 2 and 12: what is all or nothing, within a batch and over several makers. */
import type { OrderId, PeerId } from '../../book/order.ts'
import type { Filled } from '../../feed/entry.ts'
import type { Answer, Batch } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { contentOf } from '../said.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { tradeKeyOf, type Exchange } from './exchange.ts'
import type { Ledger, Tally } from './ledger.ts'

type Answered = Fact & { type: 'answered' }

/** Batches that have been made, by hash and by text; and those that are to be held until another is decided, by the text of that one. */
class Groups {
  readonly byHash = new Map<string, Batch>()
  readonly byBody = new Map<string, string>()
  readonly untilDecided = new Map<string, { readonly maker: PeerId; readonly hash: string }[]>()

  add({ batch, signed, hash }: Fact & { type: 'intent' }): void {
    if (batch.minimum === 0) return
    this.byHash.set(hash, batch)
    this.byBody.set(hash, signed.body)
    if (!batch.last) return
    const held = this.untilDecided.get(batch.last.body) ?? []
    this.untilDecided.set(batch.last.body, [...held, { maker: batch.maker, hash }])
  }
}

export function batchesKeepTheirMinimum(exchange: Exchange): Checker {
  const groups = new Groups()
  return {
    invariant: 12,
    name: 'batchesKeepTheirMinimum',
    always:
      'Of a batch with a minimum so much is filled or held, or nothing; and the last maker fills only when all others hold.',
    fact: (fact, ledger) => {
      if (fact.type === 'intent') groups.add(fact)
      if (fact.type !== 'answered') return fine
      const batch = groups.byHash.get(fact.batch.hash)
      return batch ? [...isAllOrNothing(fact, batch, ledger), ...isHeldFor(exchange, fact, ledger, groups)] : fine
    },
  }
}

function isAllOrNothing({ answer }: Answered, { n, minimum }: Batch, { name }: Ledger): Found {
  const lots = lotsIn(contentOf(answer) as Answer)
  return unless(
    lots === 0 || lots >= minimum,
    () => `${name} gives ${lots} lots of batch ${n}, which must have ${minimum}`,
  )
}

function lotsIn({ decisions }: Answer): number {
  const lots = decisions.map(one => ('filled' in one ? one.filled : 'held' in one ? one.held : 0))
  return lots.reduce((sum, each) => sum + each, 0)
}

/** What the others have held may have been ended by our fills already, in which case it was there. */
function isHeldFor(exchange: Exchange, { batch, answer }: Answered, { name, market }: Ledger, groups: Groups): Found {
  if (lotsIn(contentOf(answer) as Answer) === 0) return fine
  const others = groups.untilDecided.get(groups.byBody.get(batch.hash) ?? '') ?? []
  return others.flatMap(({ maker, hash }) => {
    const ledger = exchange.ledgerOf(maker, market.id)
    return unless(
      ledger?.holds.has(hash) === true || ledger?.ended.get(hash) === true,
      () => `${name} fills the last batch of a group, but ${exchange.nameOf(maker)} holds nothing for it`,
    )
  })
}

export function holdsEndAsTheLastMakerDecides(exchange: Exchange): Checker {
  return {
    invariant: 2,
    name: 'holdsEndAsTheLastMakerDecides',
    always:
      'Lots that are held are all filled if the last maker has filled, and all given back if it has refused; not before.',
    fact: (fact, ledger) => (fact.type === 'hold_ended' ? endsAsDecided(exchange, fact.hash, ledger) : fine),
  }
}

function endsAsDecided(exchange: Exchange, hash: string, { name, holds, heldTrades }: Ledger): Found {
  const batch = holds.get(hash)
  if (!batch?.last) return [`${name} ends a hold that it does not have`]
  const { taker, proposals } = batch
  const last = contentOf(batch.last) as Batch
  const lots = last.proposals.map(({ tradeId }) => exchange.tradeOf(tradeKeyOf(taker, tradeId))?.decided ?? null)
  const isDecided = lots.every(one => one !== null)
  const isFilled = lots.some(one => one !== null && one > 0)
  const left = proposals.filter(({ tradeId }) => heldTrades.has(`${taker}/${tradeId}`)).length
  const what = `${name} ends what it holds for ${exchange.nameOf(taker)}`
  return [
    ...unless(isDecided, () => `${what} before ${exchange.nameOf(last.maker)} has decided`),
    ...unless(
      left === (isFilled ? 0 : proposals.length),
      () =>
        `${what} otherwise than ${exchange.nameOf(last.maker)} has decided: ${left} of ${proposals.length} given back`,
    ),
  ]
}

export function minimumsAreKept(exchange: Exchange): Checker {
  return {
    invariant: 12,
    name: 'minimumsAreKept',
    always:
      'A fok order is filled wholly or not at all over all feeds, and of an order with a minimum so much at least; nothing trades before.',
    fact: (fact, ledger) =>
      fact.type === 'entry' && fact.entry.type === 'filled' ? tradesInTurn(fact.entry, ledger) : fine,
    quiet: () => [...exchange.ledgers].flatMap(ledger => [...ledger.tallies.values()].flatMap(kept(exchange, ledger))),
  }
}

function tradesInTurn({ orderId, liquidity }: Filled, { tallies, entered }: Ledger): Found {
  const tally = tallies.get(orderId)
  if (!tally || liquidity === 'taker' || minimumOf(tally) === 0) return fine
  return unless(entered.has(orderId), () => `${tally.name} is taken before it has traded its minimum`)
}

function kept(exchange: Exchange, ledger: Ledger): (tally: Tally) => Found {
  const { owner } = ledger
  return tally => {
    const { order, name } = tally
    const minimum = minimumOf(tally)
    if (minimum === 0 || isOpen(exchange, ledger, order.id)) return fine
    const taken = exchange.namedAsTaker.get(`${owner}/${order.id}`) ?? 0
    return unless(
      taken === 0 || taken >= minimum,
      () => `at rest ${name} has traded ${taken} lots, and must trade ${minimum} or none`,
    )
  }
}

/** As the order says it, not as the product reads it. */
function minimumOf({ order, conditions }: Tally): number {
  return order.timeInForce === 'fok' ? order.quantity : (conditions.minimum ?? 0)
}

/** Something of it is undecided, which nobody at rest is when its makers are there, or its user has forced it. */
function isOpen(
  exchange: Exchange,
  { owner, market, undecided, attempts, forcedOrders }: Ledger,
  id: OrderId,
): boolean {
  const isOfIt = ({ taker, proposals }: Batch): boolean =>
    taker === owner && proposals.some(({ orderId }) => orderId === id)
  const isHeld = [...exchange.ledgers].some(
    ledger => ledger.market.id === market.id && [...ledger.holds.values()].some(isOfIt),
  )
  return attempts.has(id) || forcedOrders.has(id) || isHeld || [...undecided.values()].some(isOfIt)
}
