/** 1 and 5: an order and the one in its place are together for no more than was asked; what is cancelled as a whole is. */
import type { OrderId } from '../../book/order.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { freeOf, isWhole, leftOf, type Ledger, type Tally } from './ledger.ts'

export function replacementsStayWithin(): Checker {
  /** By the order that was replaced: the one in its place, while the ledger has both. */
  const successors = new Map<OrderId, OrderId>()
  return {
    invariant: 1,
    name: 'replacementsStayWithin',
    always:
      'An order and the one in its place are never filled beyond what their user asked for both, and the old one has ended.',
    fact: (fact, ledger) => {
      if (fact.type === 'accepted' && fact.replaces) {
        successors.set(fact.replaces.orderId, fact.order.id)
        return succeeds(fact, ledger, ledger.tallies.get(fact.replaces.orderId))
      }
      if (fact.type !== 'entry' || fact.entry.type !== 'filled') return fine
      return bothWithin(ledger, fact.entry.orderId, fact.entry.quantity, successors)
    },
  }
}

/** What may still be filled of the old one is what is reserved of it. */
function succeeds({ order, replaces }: Fact & { type: 'accepted' }, { name }: Ledger, old: Tally | undefined): Found {
  if (!old) return [`${name} replaces the order ${replaces?.orderId}, which it never accepted`]
  const asked = replaces?.quantity ?? 0
  const free = old.kept + [old, ...old.parts].filter(one => !isWhole(one)).reduce((sum, one) => sum + freeOf(one), 0)
  return [
    ...unless(free === 0, () => `${old.name} is replaced, but ${free} lots of it are free to trade`),
    ...unless(old.order.side === order.side, () => `${old.name} is replaced by an order of the other side`),
    ...unless(
      old.filled + leftOf(old) + order.quantity <= asked,
      () => `${old.name} and the order in its place are for more than the ${asked} lots that were asked for`,
    ),
  ]
}

/** The fill is one of either. */
function bothWithin({ tallies }: Ledger, id: OrderId, lots: number, successors: ReadonlyMap<OrderId, OrderId>): Found {
  const filled = tallies.get(id)
  const newer = filled?.replaces ? filled : tallies.get(successors.get(id) ?? id)
  const older = newer?.replaces ? tallies.get(newer.replaces.orderId) : undefined
  if (!newer?.replaces || !older) return fine
  const both = older.filled + newer.filled + lots
  const asked = newer.replaces.quantity
  return unless(both <= asked, () => `${older.name} and ${newer.name} in its place are filled ${both} of ${asked}`)
}
