/** Situations of an order and its user. */
import {
  isMarketable,
  oppositeOf,
  selfTradePreventions,
  type OrderId,
  type SelfTradePrevention,
} from '../../book/order.ts'
import { isRefusal } from '../../book/refusal.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { outcomesIn } from '../history.ts'
import type { OrderFile, Scene } from './scene.ts'
import type { SpottedSituation, Spotter } from './spotter.ts'

function refusedAs(reason: string): Spotter {
  return { happened: { answered: ({ answer }) => isRefusal(answer) && answer.reason === reason } }
}

/** The order that a fact takes out of the market because its account would trade with itself. */
function preventedIn(fact: Fact): OrderId | null {
  if (fact.type === 'entry')
    return fact.entry.type === 'cancelled' && fact.entry.reason === 'self_trade_prevented' ? fact.entry.orderId : null
  if (fact.type !== 'closing' && fact.type !== 'lapsed') return null
  return fact.reason === 'self_trade_prevented' ? fact.orderId : null
}

/**
 * How a self-trade was prevented: the newer of the two orders says so. Both are in the record, or the newer one alone, unless only the
 * older one goes.
 */
function preventionIn(scene: Scene, fact: Fact, facts: readonly Fact[]): SelfTradePrevention | null {
  const id = preventedIn(fact)
  const order = id && fileOf(scene, facts, id)
  if (!order) return null
  const partners = facts.flatMap(other => preventedIn(other) ?? []).filter(other => other !== id)
  const isWithOlder = partners.some(other => other < id && isPartner(order, fileOf(scene, facts, other)))
  if (isWithOlder) return order.conditions.selfTradePrevention
  const newer = newerOf(scene, facts, order)
  if (newer) return newer.conditions.selfTradePrevention === 'cancel-oldest' ? 'cancel-oldest' : null
  return order.conditions.selfTradePrevention === 'cancel-newest' ? 'cancel-newest' : null
}

type Terms = Pick<OrderFile, 'order' | 'conditions'>

/** An order may have been accepted in this very record. */
function fileOf(scene: Scene, facts: readonly Fact[], id: OrderId): Terms | undefined {
  return (
    scene.orders.get(id) ?? (facts.find(fact => fact.type === 'accepted' && fact.order.id === id) as Terms | undefined)
  )
}

function newerOf(scene: Scene, facts: readonly Fact[], order: Terms): Terms | undefined {
  const accepted = facts.filter(fact => fact.type === 'accepted')
  const open = [...scene.orders.values()].filter(({ left }) => left > 0)
  return [...accepted, ...open].find(other => other.order.id > order.order.id && isPartner(other, order))
}

function isPartner({ order }: Terms, other: Terms | undefined): boolean {
  if (!other || other.order.account !== order.account || other.order.side !== oppositeOf(order.side)) return false
  const [earlier, later] = other.order.id < order.id ? [other.order, order] : [order, other.order]
  return earlier.price !== null && isMarketable(later.side, later.price, earlier.price)
}

/** It is entered where another one of its whole has just been filled. */
function isNextSlice(fact: Fact, facts: readonly Fact[]): boolean {
  if (fact.type !== 'entered' || fact.order.timeInForce === 'ioc') return false
  const before = facts.slice(0, facts.indexOf(fact))
  return before.some(one => one.type === 'entry' && one.entry.type === 'filled' && one.entry.remaining === 0)
}

const sentences: Record<SelfTradePrevention, string> = {
  'cancel-newest': 'An account meets itself, and the newer order goes.',
  'cancel-oldest': 'An account meets itself, and the older order goes.',
  'cancel-both': 'An account meets itself, and both orders go.',
  'decrement-and-cancel': 'An account meets itself, and both orders become smaller.',
}

const selfTrades: readonly SpottedSituation[] = selfTradePreventions.map(mode => ({
  name: `self_trade_${mode.replaceAll('-', '_')}`,
  sentence: sentences[mode],
  watch: ({ scene }) => ({ fact: (fact, _, facts) => preventionIn(scene, fact, facts) === mode }),
}))

export const situationsOfOrders: readonly SpottedSituation[] = [
  {
    name: 'cancelled_while_reserved',
    sentence: 'A user cancels an order of which a part is being decided on.',
    watch: () => ({ fact: fact => fact.type === 'closing' && fact.reason === 'cancelled_by_user' }),
  },
  {
    name: 'cancel_lost_to_fill',
    sentence: 'What a user cancels is filled all the same: the maker had decided.',
    watch: ({ scene }) => ({
      fact: fact =>
        fact.type === 'entry' &&
        fact.entry.type === 'filled' &&
        scene.orders.get(fact.entry.orderId)?.closing === 'cancelled_by_user',
    }),
  },
  {
    name: 'cancelled_too_late',
    sentence: 'A user cancels an order that is closed already.',
    watch: () => refusedAs('order_already_closed'),
  },
  {
    name: 'order_amended',
    sentence: 'A user makes an order smaller.',
    watch: () => ({ fact: fact => fact.type === 'entry' && fact.entry.type === 'amended' }),
  },
  {
    name: 'order_replaced',
    sentence: 'A user replaces an order by another one.',
    watch: () => ({ fact: fact => fact.type === 'accepted' && fact.replaces !== undefined }),
  },
  {
    name: 'replaced_while_reserved',
    sentence: 'A user replaces an order of which a part is being decided on, by what is left.',
    watch: ({ scene }) => ({
      fact: fact =>
        fact.type === 'accepted' && (scene.orders.get(fact.replaces?.orderId ?? fact.order.id)?.left ?? 0) > 0,
    }),
  },
  {
    name: 'replacement_refused',
    sentence: 'A user replaces an order of which so much is filled or reserved that nothing is left.',
    watch: () => refusedAs('replacement_has_nothing_left'),
  },
  {
    name: 'all_cancelled',
    sentence: 'A user takes several orders out of the market in one decision.',
    watch: () => ({ happened: { answered: ({ answer }) => outcomesIn(answer).length > 1 } }),
  },
  {
    name: 'all_cancelled_while_reserved',
    sentence: 'Of the orders that a user cancels in one decision a part is being decided on.',
    watch: () => ({
      happened: {
        answered: ({ answer }) =>
          !isRefusal(answer) && !('status' in answer) && answer.some(({ status }) => status === 'cancel_pending'),
      },
    }),
  },
  {
    name: 'stop_placed',
    sentence: 'A stop waits for its trigger.',
    watch: () => ({ fact: fact => fact.type === 'accepted' && fact.conditions.trigger !== undefined }),
  },
  {
    name: 'stop_triggered',
    sentence: 'A trade triggers a stop.',
    watch: () => ({ fact: fact => fact.type === 'triggered' }),
  },
  {
    name: 'stop_triggered_by_feed',
    sentence: 'A trade of somebody else triggers a stop.',
    watch: ({ scene }) => ({
      fact: (fact, { peer }) => fact.type === 'triggered' && scene.nameOf(fact.trade.maker) !== peer,
    }),
  },
  {
    name: 'stop_ended_dormant',
    sentence: 'A stop that no trade has reached is cancelled, or its time comes.',
    watch: ({ scene }) => ({
      fact: fact =>
        fact.type === 'lapsed' &&
        fact.reason !== 'amended' &&
        scene.orders.get(fact.orderId)?.conditions.trigger !== undefined,
    }),
  },
  {
    name: 'iceberg_shown_again',
    sentence: 'A slice of an iceberg is gone, and the next one is shown.',
    watch: () => ({ fact: (fact, _, facts) => isNextSlice(fact, facts) }),
  },
  {
    name: 'iceberg_took',
    sentence: 'An iceberg takes when it comes, and hides what it does not get.',
    watch: () => ({ fact: fact => fact.type === 'returned' }),
  },
  {
    name: 'pair_traded',
    sentence: 'The resting order of a pair trades, and its stop becomes less.',
    watch: () => ({ fact: fact => fact.type === 'lapsed' && fact.reason === 'partner_has_traded' }),
  },
  {
    name: 'pair_ended',
    sentence: 'One order of a pair ends because the other has.',
    watch: () => ({ fact: fact => fact.type === 'closing' && fact.reason === 'partner_is_done' }),
  },
  {
    name: 'amend_below_reserved',
    sentence: 'A user asks for less than what is being decided on.',
    watch: () => refusedAs('amend_below_reserved'),
  },
  {
    name: 'expired',
    sentence: "A gtd order's time has come.",
    watch: () => ({ fact: fact => fact.type === 'entry' && fact.entry.type === 'expired' }),
  },
  {
    name: 'expired_while_reserved',
    sentence: "A gtd order's time comes while a part of it is being decided on.",
    watch: () => ({ fact: fact => fact.type === 'closing' && fact.reason === 'expired' }),
  },
  {
    name: 'post_only_refused',
    sentence: 'A post-only order would trade at once, and is refused.',
    watch: () => refusedAs('would_take'),
  },
  {
    name: 'post_only_cancelled',
    sentence: 'A resting post-only order would have to take, and is cancelled.',
    watch: () => ({
      fact: fact => fact.type === 'entry' && fact.entry.type === 'cancelled' && fact.entry.reason === 'would_take',
    }),
  },
  ...selfTrades,
  {
    name: 'forced',
    sentence: 'A user states how a trade in doubt is to count.',
    watch: () => ({ fact: fact => fact.type === 'forced' }),
  },
  {
    name: 'disputed',
    sentence: 'A maker has decided otherwise than its taker has forced.',
    watch: () => ({ fact: fact => fact.type === 'disputed' }),
  },
  {
    name: 'clock_skewed_refused',
    sentence: "A peer takes no orders because its clock is not the others'.",
    watch: () => refusedAs('clock_skewed'),
  },
]
