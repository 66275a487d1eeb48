/** 6: what a taker says of the better orders that it has gone past. */
import { orderKey, type OrderKey, type PeerId } from '../../book/order.ts'
import { millisecondsOf } from '../../feed/hybrid-clock.ts'
import { limits } from '../../limits.ts'
import type { Batch } from '../../net/messages.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import type { PassedOver } from '../../peer/decide/passed-over.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import type { Exchange } from './exchange.ts'
import type { Ledger } from './ledger.ts'

type Passed = PassedOver['orders'][number]

/** What one peer has asked others for in a market, and what they have refused. */
class Asked {
  readonly orders = new Set<OrderKey>()
  readonly refused = new Set<OrderKey>()
  /** Of the record that is being read. */
  readonly batches = new Map<PeerId, Batch>()
  readonly ownOrders = new Set<string>()
  /** What the rest of the record has to bear out, since batches come at the end of a decision. */
  claims: readonly Passed[] = []
}

/** Who is live is no fact; that such an order is somebody else's is all that a journal can tell of `not_live`. */
export function whatIsPassedOverHasItsReason(exchange: Exchange): Checker {
  const known = new Map<Ledger, Asked>()
  const askedBy = (ledger: Ledger): Asked => {
    const asked = known.get(ledger) ?? new Asked()
    known.set(ledger, asked)
    return asked
  }
  return {
    invariant: 6,
    name: 'whatIsPassedOverHasItsReason',
    always: 'Whatever reason a taker gives for going past a better order was true when it gave it.',
    fact: (fact, ledger) => {
      if (fact.type === 'intent') note(fact.batch, askedBy(ledger))
      else if (fact.type === 'settled') noteRefused(fact, ledger, askedBy(ledger))
      else if (fact.type === 'passed_over') return passes(exchange, fact, ledger, askedBy(ledger))
      return fine
    },
    recorded: ledger => {
      const asked = known.get(ledger)
      return asked ? borneOut(exchange, ledger, asked) : fine
    },
  }
}

function note(batch: Batch, asked: Asked): void {
  asked.batches.set(batch.maker, batch)
  for (const { orderId, makerOrderId } of batch.proposals) {
    asked.orders.add(orderKey(batch.maker, makerOrderId))
    asked.ownOrders.add(orderId)
  }
}

function noteRefused({ maker, n, filled }: Fact & { type: 'settled' }, ledger: Ledger, asked: Asked): void {
  const batch = ledger.undecided.get(maker)
  if (batch?.n !== n) return
  for (const [index, { makerOrderId }] of batch.proposals.entries())
    if (filled[index] === 0) asked.refused.add(orderKey(maker, makerOrderId))
}

function passes(
  exchange: Exchange,
  { orderId, orders }: Fact & { type: 'passed_over' },
  ledger: Ledger,
  asked: Asked,
): Found {
  const isSaid = (passed: Passed): boolean | 'later' => isTrue(exchange, passed, ledger, asked, orderId)
  const said = orders.map(passed => [passed, isSaid(passed)] as const)
  const claims = said.filter(([, is]) => is === 'later').map(([passed]) => passed)
  if (claims.length > 0) asked.claims = [...asked.claims, ...claims]
  return said.filter(([, is]) => is === false).map(([passed]) => sentenceOf(exchange, ledger, passed))
}

function sentenceOf(exchange: Exchange, { name, market }: Ledger, { owner, id, reason }: Passed): string {
  return `${name} goes past the better order ${exchange.orderName(owner, market.id, id)} for a reason that is not so: ${reason}`
}

/** `later`: the rest of the record tells. */
function isTrue(
  exchange: Exchange,
  { owner, id, reason }: Passed,
  ledger: Ledger,
  asked: Asked,
  orderId: string,
): boolean | 'later' {
  switch (reason) {
    case 'not_live':
      return owner !== ledger.owner
    case 'refused_before':
      return asked.refused.has(orderKey(owner, id))
    case 'asked_already':
      if (owner === ledger.owner) return (ledger.tallies.get(id)?.reserved ?? 0) > 0 || 'later'
      return asked.orders.has(orderKey(owner, id)) || 'later'
    case 'answer_owed':
      return isOwed(exchange, ledger, owner)
    case 'channel_busy':
      return ledger.undecided.has(owner)
    case 'batch_full':
      return 'later'
    case 'is_entering':
      return (ledger.tallies.get(id)?.conditions.minimum ?? 0) > 0
    case 'self_trade_prevented':
      return owner === ledger.owner && accountOf(ledger, id) === accountOf(ledger, orderId)
  }
}

function accountOf({ tallies }: Ledger, id: string): string | undefined {
  return tallies.get(id as Passed['id'])?.order.account
}

/** The batch is stamped when it is made, by a clock that is right as long as all are. */
function isOwed({ areClocksRight, options }: Exchange, ledger: Ledger, maker: PeerId): boolean {
  const batch = ledger.undecided.get(maker)
  if (!batch) return false
  return !areClocksRight || options.wallMs(ledger.name) - millisecondsOf(batch.stamp) >= limits.answerOwedMsMax
}

function borneOut(exchange: Exchange, ledger: Ledger, asked: Asked): Found {
  const { claims } = asked
  const found = claims.flatMap(passed =>
    unless(isBorneOut(passed, ledger, asked), () => sentenceOf(exchange, ledger, passed)),
  )
  if (claims.length > 0) asked.claims = []
  if (asked.batches.size > 0) {
    asked.batches.clear()
    asked.ownOrders.clear()
  }
  return found
}

function isBorneOut({ owner, id, reason }: Passed, ledger: Ledger, { batches, orders, ownOrders }: Asked): boolean {
  if (reason !== 'batch_full') return owner === ledger.owner ? ownOrders.has(id) : orders.has(orderKey(owner, id))
  const proposals = batches.get(owner)?.proposals ?? []
  const lots = proposals.reduce((sum, { quantity }) => sum + quantity, 0)
  return proposals.length >= limits.batchProposalsMax || lots >= limits.undecidedQuantityMax
}
