/** Icebergs: what is shown is never more than it should be, and all parts together never more than the whole. */
import type { Fact } from '../../peer/decide/fact.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import { leftOf, type Ledger, type Tally } from './ledger.ts'

export function partsStayWithinTheWhole(): Checker {
  return {
    invariant: 1,
    name: 'partsStayWithinTheWhole',
    always:
      'The parts of an order have together no more than the whole, and of an iceberg one slice is shown at a time, no larger than it shows.',
    fact: (fact, ledger) => {
      if (fact.type === 'entered') return enters(fact, ledger)
      if (fact.type === 'returned') return returns(ledger.tallies.get(fact.orderId), fact.quantity)
      return fact.type === 'entry' && fact.entry.type === 'placed'
        ? shows(ledger.tallies.get(fact.entry.order.id), fact.entry.order.quantity)
        : fine
    },
  }
}

function enters({ order, wholeId }: Fact & { type: 'entered' }, { tallies }: Ledger): Found {
  const whole = tallies.get(wholeId)
  if (!whole) return fine
  const { name, kept, conditions, endedIn } = whole
  const { side, price, account } = whole.order
  return [
    ...unless(
      order.quantity <= kept,
      () => `a part of ${name} enters with ${order.quantity} lots, of which ${kept} are kept`,
    ),
    ...unless(endedIn === null, () => `a part of ${name} enters after its end`),
    ...unless(
      order.side === side && order.price === price && order.account === account,
      () => `a part of ${name} enters on other terms`,
    ),
    ...unless(conditions.trigger === undefined || !whole.isDormant, () => `${name} enters before its trigger`),
  ]
}

function returns(part: Tally | undefined, quantity: number): Found {
  if (!part) return fine
  const free = leftOf(part) - part.reserved
  return unless(!part.isPlaced && quantity <= free, () => `${part.name} hides again what is shown, reserved or gone`)
}

/** The ledger does not have the slice as placed yet. */
function shows(part: Tally | undefined, quantity: number): Found {
  const whole = part?.whole
  const displayed = whole?.conditions.displayed
  if (!whole || displayed === undefined) return fine
  const others = whole.parts.filter(other => other !== part && other.isPlaced && leftOf(other) > 0)
  return [
    ...unless(quantity <= displayed, () => `${whole.name} shows ${quantity} lots at a time, and not ${displayed}`),
    ...unless(others.length === 0, () => `${whole.name} shows two slices at the same time`),
  ]
}
