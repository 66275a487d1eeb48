/** Pairs: the two orders share one quantity, whatever of it is in doubt. */
import type { OrderId } from '../../book/order.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { isThere } from './decisions.ts'
import type { Exchange } from './exchange.ts'
import { freeOf, leftOf, type Ledger, type Tally } from './ledger.ts'

interface Pair {
  readonly stop: OrderId
  readonly partner: Tally
  /** Lots that both had left when they were paired. */
  readonly quantity: number
  /** Lots of the partner that were filled before. */
  readonly filledBefore: number
}

export function pairsShareOneQuantity(exchange: Exchange): Checker {
  const pairs = new Map<Ledger, Pair[]>()
  return {
    invariant: 1,
    name: 'pairsShareOneQuantity',
    always:
      'The two orders of a pair are together never filled beyond their one quantity, what could still be filled stays within it, and one ends with the other.',
    fact: (fact, ledger) => {
      if (fact.type !== 'accepted') return fine
      const partner = ledger.tallies.get(fact.conditions.partner ?? fact.order.id)
      const { id: stop, quantity } = fact.order
      if (partner)
        pairs.set(ledger, [...(pairs.get(ledger) ?? []), { stop, partner, quantity, filledBefore: partner.filled }])
      return fits(fact, ledger)
    },
    recorded: ledger => (pairs.get(ledger) ?? []).flatMap(pair => stays(pair, ledger.tallies.get(pair.stop))),
    quiet: () =>
      [...pairs].flatMap(([ledger, all]) =>
        isThere(exchange, ledger.owner) ? all.flatMap(pair => hasGivenWay(pair, ledger.tallies.get(pair.stop))) : fine,
      ),
  }
}

function fits({ order, conditions: { partner } }: Fact & { type: 'accepted' }, { tallies, name }: Ledger): Found {
  if (partner === undefined) return fine
  const other = tallies.get(partner)
  if (!other) return [`${name} pairs a stop with an order that it never accepted`]
  const isSame = other.order.side === order.side && other.order.account === order.account
  return unless(
    isSame && leftOf(other) === order.quantity && other.endedIn === null,
    () => `a stop is paired with ${other.name}, which it does not fit`,
  )
}

/** After every record: what both have been filled, and what of each can still trade. Until its trigger the stop has nothing of its own. */
function stays({ partner, quantity, filledBefore }: Pair, stop: Tally | undefined): Found {
  if (!stop) return fine
  const filled = stop.filled + partner.filled - filledBefore
  const open = leftOf(partner) + stop.parts.reduce((sum, part) => sum + leftOf(part), 0)
  return unless(
    filled + open <= quantity,
    () =>
      `${stop.name} and ${partner.name} are for ${quantity} lots together, of which ${filled} are filled and ${open} may be`,
  )
}

/** A stop that is triggered takes the place of its partner, and one that has ended takes it along. */
function hasGivenWay({ partner }: Pair, stop: Tally | undefined): Found {
  if (!stop || (stop.isDormant && stop.endedIn === null && leftOf(stop) > 0)) return fine
  return unless(
    partner.endedIn !== null || freeOf(partner) === 0,
    () => `at rest ${partner.name} is in the market, and ${stop.name}, which is paired with it, waits no longer`,
  )
}
