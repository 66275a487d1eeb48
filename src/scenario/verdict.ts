/**
 * The verdict on a history: what is always true, as far as it can be seen from outside, through the peers' public interface alone.
 * Gives every violation as a sentence. Pure: it never asks a peer anything, and shares no code with the books it judges.
 */
import type { Market } from '../book/market.ts'
import { neverRests, type Side } from '../book/order.ts'
import { isRefusal } from '../book/refusal.ts'
import type { TradeReport } from '../peer/outcome.ts'
import { figuresOf } from './tally-figures.ts'
import type { History, OrderChange, PeerHistory } from './tally.ts'
import { indexed, lotsOf, ticksOf, type Indexed, type TradeSide } from './verdict-index.ts'

export interface Verdict {
  /** Every peer has read the same and holds the same book. */
  readonly agreed: boolean
  readonly violations: readonly string[]
}

export type Rule = (indexed: Indexed) => string[]

/** In the order in which the violations are given. */
export const rules = {
  nothingFailed,
  everyCommandHasItsAnswer,
  nothingMoves,
  booksAgree,
  booksAreSound,
  booksHoldWhatIsOpen,
  booksAreUncrossed,
  quantitiesAddUp,
  nothingGoesBack,
  tradesHaveTwoSides,
  tapesAreComplete,
  pricesAreFair,
  nothingIsMadeOrLost,
  whatTakesAtOnceNeverRests,
  fokIsWholeOrNothing,
  postOnlyNeverTakes,
  whatHasEndedIsNotFilled,
  amendedOrdersAddUp,
  accountsNeverMeetThemselves,
} satisfies Record<string, Rule>

export function verdictOn(history: History): Verdict {
  const facts = indexed(history)
  return {
    agreed: booksAgree(facts).length === 0,
    violations: Object.values(rules).flatMap(rule => rule(facts)),
  }
}

function nothingFailed({ history }: Indexed): string[] {
  return history.peers.flatMap(({ name, failure }) =>
    failure === null ? [] : [`Something failed in ${name}: ${failure}`],
  )
}

function everyCommandHasItsAnswer({ history }: Indexed): string[] {
  return history.peers.flatMap(({ name, commands }) => {
    const open = commands.filter(({ reply }) => reply === null)
    const why = [...new Set(open.map(({ failure }) => failure ?? 'nothing came'))].join('; ')
    return open.length === 0 ? [] : [`${name} has no answer to ${open.length} of ${commands.length} commands: ${why}.`]
  })
}

function nothingMoves({ history }: Indexed): string[] {
  return history.peers.flatMap(({ name, book, orders }) => [
    ...book.unrest.map(sentence => `${name} is not at rest: ${sentence}.`),
    ...orders
      .filter(({ inDoubt }) => lotsOf(history.market, inDoubt) > 0n)
      .map(({ order, inDoubt }) => `${name} has ${inDoubt} of the order ${order.id} in doubt.`),
  ])
}

function booksAgree({ history: { peers } }: Indexed): string[] {
  return [
    ...(haveSame(peers, ({ book }) => book.digest)
      ? []
      : ['The peers have not read the same feeds to the same heads.']),
    ...(haveSame(peers, ({ book }) => book.hash)
      ? []
      : [`The books differ: ${peers.map(({ name, book }) => `${name} ${book.hash.slice(0, 12)}`).join(', ')}.`]),
  ]
}

function haveSame(peers: readonly PeerHistory[], valueOf: (peer: PeerHistory) => string): boolean {
  return new Set(peers.map(valueOf)).size <= 1
}

function booksAreSound({ history }: Indexed): string[] {
  return history.peers.flatMap(({ name, book }) => book.faults.map(fault => `${name}'s book is wrong: ${fault}`))
}

/** Every peer's book holds the open orders of all, as their owners know them, and nothing else. */
function booksHoldWhatIsOpen({ history: { peers } }: Indexed): string[] {
  const open = peers.flatMap(({ id, orders }) =>
    orders
      .filter(({ status }) => status === 'resting' || status === 'partly_filled')
      .map(({ order }) => `${id}/${order.id} ${order.side} ${order.remaining} at ${order.price}`),
  )
  return peers.flatMap(({ name, book }) => {
    const held = book.resting.map(it => `${it.owner}/${it.id} ${it.side} ${it.remaining} at ${it.price}`)
    return [
      ...missing(open, held).map(order => `${name}'s book lacks ${order}.`),
      ...missing(held, open).map(order => `${name}'s book holds ${order}, which is not open.`),
    ]
  })
}

function missing(wanted: readonly string[], found: readonly string[]): string[] {
  const there = new Set(found)
  return wanted.filter(one => !there.has(one))
}

function booksAreUncrossed({ history: { market, peers } }: Indexed): string[] {
  return peers.flatMap(({ name, book: { depth } }) => {
    const [[bid], [ask]] = [depth.bids, depth.asks]
    if (!bid || !ask || ticksOf(market, bid.price) < ticksOf(market, ask.price)) return []
    return [`${name}'s book is crossed: the best bid ${bid.price} meets the best ask ${ask.price}.`]
  })
}

function quantitiesAddUp({ history: { market, peers } }: Indexed): string[] {
  return peers.flatMap(({ name, orders }) =>
    orders.flatMap(({ order, fills }) => {
      const lots = (text: string) => lotsOf(market, text)
      const dealt = fills.reduce((sum, { quantity }) => sum + lots(quantity), 0n)
      const rest = lots(order.filled) + lots(order.lapsed) + lots(order.remaining)
      return broken(`The order ${order.id} of ${name}`, [
        [dealt <= lots(order.quantity), `is for ${order.quantity} but was filled more than that`],
        [dealt === lots(order.filled), `has ${order.filled} filled, which is not the sum of its fills`],
        [
          rest === lots(order.quantity),
          `is for ${order.quantity} but has ${order.filled} + ${order.lapsed} + ${order.remaining} filled, lapsed, remaining`,
        ],
      ])
    }),
  )
}

/** What is filled or lapsed stays so, and what is closed stays closed. */
function nothingGoesBack({ history: { market, peers } }: Indexed): string[] {
  return peers.flatMap(({ name, changes }) => {
    const last = new Map<string, (typeof changes)[number]>()
    return changes.flatMap(change => {
      const before = last.get(change.id)
      last.set(change.id, change)
      if (!before) return []
      const isBack = (key: 'filled' | 'lapsed') => lotsOf(market, change[key]) < lotsOf(market, before[key])
      return broken(`The order ${change.id} of ${name}`, [
        [!isBack('filled'), `had ${before.filled} filled and then ${change.filled}`],
        [!isBack('lapsed'), `had ${before.lapsed} lapsed and then ${change.lapsed}`],
        [!isClosed(before.status) || before.status === change.status, `was ${before.status} and then ${change.status}`],
      ])
    })
  })
}

function isClosed(status: string): boolean {
  return status === 'filled' || status === 'cancelled' || status === 'expired'
}

/** A trade is in one order of its maker and in one of its taker, each names the other, and all figures are the same. */
function tradesHaveTwoSides({ trades }: Indexed): string[] {
  return trades.flatMap(trade => {
    const { name, makers, takers } = trade
    const [[maker, ...moreMakers], [taker, ...moreTakers]] = [makers, takers]
    if (!maker || !taker) return [`${name} has ${makers.length} maker's fills and ${takers.length} taker's fills.`]
    return broken(name, [
      [moreMakers.length === 0, `has ${makers.length} maker's fills`],
      [moreTakers.length === 0, `has ${takers.length} taker's fills`],
      [maker.fill.price === taker.fill.price, `has two prices: ${maker.fill.price} and ${taker.fill.price}`],
      [
        maker.fill.quantity === taker.fill.quantity,
        `has two quantities: ${maker.fill.quantity} and ${taker.fill.quantity}`,
      ],
      [names(maker, taker) && names(taker, maker), 'has two sides that do not name each other'],
      [maker.outcome.order.side !== taker.outcome.order.side, 'has two sides that both buy or both sell'],
    ])
  })
}

function names(side: TradeSide, other: TradeSide): boolean {
  const { peer, orderId } = side.fill.counterparty
  return peer === other.peer.id && orderId === other.outcome.order.id
}

/** Every peer has seen every trade once, with the maker's figures. */
function tapesAreComplete({ history: { peers }, trades }: Indexed): string[] {
  return peers.flatMap(({ id, name }) =>
    trades.flatMap(trade => {
      const seen = trade.tapes.get(id) ?? []
      const [report] = seen
      if (!report || seen.length > 1) return [`${trade.name} is ${seen.length} times on ${name}'s tape.`]
      const [maker] = trade.makers
      const isTrue = maker !== undefined && isSameTrade(maker, report)
      return isTrue ? [] : [`${trade.name} is on ${name}'s tape in another way than its maker knows it.`]
    }),
  )
}

function isSameTrade({ peer, outcome, fill }: TradeSide, report: TradeReport): boolean {
  const { maker, taker, price, quantity } = report
  const isMaker = maker.peer === peer.id && maker.orderId === outcome.order.id && maker.side === outcome.order.side
  const isTaker = taker.peer === fill.counterparty.peer && taker.orderId === fill.counterparty.orderId
  return isMaker && isTaker && price === fill.price && quantity === fill.quantity
}

/** The price is the limit of the earlier order, which is the maker's, and within that of the later one. */
function pricesAreFair({ history: { market }, trades }: Indexed): string[] {
  return trades.flatMap(({ name, makers: [maker], takers: [taker] }) => {
    if (!maker || !taker) return []
    const [earlier, later] = [maker.outcome.order, taker.outcome.order]
    const { price } = maker.fill
    return broken(name, [
      [earlier.id < later.id, `has a maker that is later than its taker`],
      [price === earlier.price, `has the price ${price}, but the earlier order's limit is ${earlier.price}`],
      [
        later.price === null || isWithin(later.side, ticksOf(market, later.price), ticksOf(market, price)),
        `has the price ${price}, which is beyond the later order's limit ${later.price}`,
      ],
    ])
  })
}

function isWithin(side: Side, limit: bigint, price: bigint): boolean {
  return side === 'buy' ? price <= limit : price >= limit
}

/** Base and quote that all peers have gained and given, by their own accounts, come to nothing. */
function nothingIsMadeOrLost({ history: { market, peers } }: Indexed): string[] {
  const figures = peers.map(peer => figuresOf(market, peer))
  const base = figures.reduce((sum, { bought, sold }) => sum + bought - sold, 0n)
  const quote = figures.reduce((sum, { received }) => sum + received, 0n)
  return broken('The peers together', [
    [base === 0n, `have gained ${base} lots`],
    [quote === 0n, `have gained ${quote} ticks times lots`],
  ])
}

/** What an ioc or fok order has left may be in doubt at another peer, but is in no book. */
function whatTakesAtOnceNeverRests({ history: { market, peers } }: Indexed): string[] {
  return peers.flatMap(({ name, orders, changes }) => {
    const ioc = orders.filter(({ order }) => neverRests(order.timeInForce))
    const ids = new Set(ioc.map(({ order }) => order.id))
    const isRest = ({ id, status }: OrderChange) => ids.has(id) && (status === 'resting' || status === 'partly_filled')
    const open = ioc.filter(({ order, inDoubt }) => lotsOf(market, order.remaining) > lotsOf(market, inDoubt))
    const inBooks = peers.flatMap(({ book }) => book.resting).filter(({ id }) => ids.has(id))
    const wrong = [...changes.filter(isRest), ...open.map(({ order }) => order), ...inBooks]
    return [...new Set(wrong.map(({ id }) => id))].map(id => `The order ${id} of ${name} takes at once but rests.`)
  })
}

/** What is in doubt of it belongs to an attempt whose outcome is not known here. */
function fokIsWholeOrNothing({ history: { market, peers } }: Indexed): string[] {
  return peers.flatMap(({ name, orders }) =>
    orders
      .filter(({ order, inDoubt, forced }) => {
        const isOpen = lotsOf(market, inDoubt) > 0n || forced.length > 0
        const filled = lotsOf(market, order.filled)
        return order.timeInForce === 'fok' && !isOpen && filled > 0n && filled < lotsOf(market, order.quantity)
      })
      .map(({ order }) => `The order ${order.id} of ${name} is fok but filled in part.`),
  )
}

function postOnlyNeverTakes({ history: { peers } }: Indexed): string[] {
  return peers.flatMap(({ name, orders }) =>
    orders
      .filter(({ order, fills }) => order.postOnly && fills.some(({ liquidity }) => liquidity === 'taker'))
      .map(({ order }) => `The order ${order.id} of ${name} is post-only but takes.`),
  )
}

/** Once its owner has said that an order is expired or cancelled, only what was in doubt at that moment may be filled. */
function whatHasEndedIsNotFilled({ history: { market, peers } }: Indexed): string[] {
  return peers.flatMap(({ name, changes, orders }) => {
    const most = new Map<string, bigint>()
    const finals = orders.map(({ order }) => order)
    return [...changes, ...finals].flatMap(told => {
      const filled = lotsOf(market, told.filled)
      const allowed = most.get(told.id)
      if (allowed === undefined && 'status' in told && hasEnded(told.status))
        most.set(told.id, filled + lotsOf(market, told.inDoubt))
      return allowed !== undefined && filled > allowed
        ? [`The order ${told.id} of ${name} had ended, and then had ${told.filled} filled.`]
        : []
    })
  })
}

function hasEnded(status: string): boolean {
  return status === 'cancel_pending' || status === 'cancelled' || status === 'expired'
}

/** Amended to a quantity, an order never comes to more; where nothing has lapsed since, it comes to just that. */
function amendedOrdersAddUp({ history: { market, peers } }: Indexed): string[] {
  return peers.flatMap(({ name, orders, commands }) => {
    const amended = leastAmended(market, commands)
    return orders.flatMap(({ order, reason }) => {
      const wanted = amended.get(order.id)
      if (wanted === undefined) return []
      const now = lotsOf(market, order.filled) + lotsOf(market, order.remaining)
      return broken(`The order ${order.id} of ${name}`, [
        [now <= wanted, `was amended to ${wanted} lots but comes to ${now}`],
        [reason !== 'amended' || now === wanted, `was last amended to ${wanted} lots but comes to ${now}`],
      ])
    })
  })
}

/** The smallest quantity, in lots, to which each order was amended. */
function leastAmended(market: Market, commands: PeerHistory['commands']): Map<string, bigint> {
  const least = new Map<string, bigint>()
  for (const { reply, quantity } of commands) {
    if (quantity === undefined || reply === null || isRefusal(reply)) continue
    const { id } = reply.order
    const [before, wanted] = [least.get(id), lotsOf(market, quantity)]
    least.set(id, before === undefined || wanted < before ? wanted : before)
  }
  return least
}

function accountsNeverMeetThemselves({ trades }: Indexed): string[] {
  return trades.flatMap(({ name, makers: [maker], takers: [taker] }) => {
    if (!maker || !taker || maker.peer !== taker.peer) return []
    const { account } = maker.outcome.order
    return account === taker.outcome.order.account ? [`${name} is between two orders of the account ${account}.`] : []
  })
}

/** A sentence for each rule that does not hold. */
function broken(subject: string, rules: readonly (readonly [boolean, string])[]): string[] {
  return rules.filter(([holds]) => !holds).map(([, what]) => `${subject} ${what}.`)
}
