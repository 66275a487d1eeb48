/** Stops: only a trade that qualifies triggers one, and until then nothing of it is anywhere. */
import type { PeerId, Side, TradeId } from '../../book/order.ts'
import type { Filled } from '../../feed/entry.ts'
import { millisecondsOf, stampOfId, type Stamp } from '../../feed/hybrid-clock.ts'
import { limits } from '../../limits.ts'
import type { Fact } from '../../peer/decide/fact.ts'
import { fine, unless, type Checker, type Found } from './checker.ts'
import type { Exchange } from './exchange.ts'
import type { Ledger } from './ledger.ts'

interface Shown {
  readonly fill: Filled
  /** Of the segment that shows it. */
  readonly stamp: Stamp
}

type Triggered = Fact & { type: 'triggered' }

export function stopsFireByTheirTrades(exchange: Exchange): Checker {
  const trades = new Map<string, Shown>()
  const keyOf = (maker: PeerId, market: string, id: TradeId): string => `${maker} ${market} ${id}`
  return {
    invariant: 16,
    name: 'stopsFireByTheirTrades',
    always:
      "A stop is triggered once, by a trade in its maker's feed at its price or beyond, stamped after it was placed, recent, and not disputed.",
    segment: ({ owner, market, stamp, entries }) => {
      for (const fill of entries)
        if (fill.type === 'filled' && fill.liquidity === 'maker')
          trades.set(keyOf(owner, market, fill.tradeId), { fill, stamp })
      return fine
    },
    fact: (fact, ledger) => {
      if (fact.type === 'entered') return isAwake(fact, ledger)
      if (fact.type !== 'triggered') return fine
      const { maker, tradeId } = fact.trade
      const shown = trades.get(keyOf(maker, ledger.market.id, tradeId))
      if (!shown && exchange.forkers.has(maker)) return fine
      if (!shown) return [`${ledger.name} triggers stops by a trade that is in no feed`]
      return [...isUndisputed(fact, ledger, shown), ...isRecent(exchange, ledger, shown), ...reach(fact, ledger, shown)]
    },
  }
}

function isAwake({ wholeId }: Fact & { type: 'entered' }, { tallies }: Ledger): Found {
  const whole = tallies.get(wholeId)
  return unless(!whole?.isDormant, () => `${whole?.name} enters the book, and nothing has triggered it`)
}

/** Who is the taker has booked the same. */
function isUndisputed({ trade }: Triggered, ledger: Ledger, { fill }: Shown): Found {
  const { peer, orderId } = fill.counterparty
  const isBooked = peer !== ledger.owner || ledger.tallies.get(orderId)?.fills.get(trade.tradeId) === fill.quantity
  // Of two own orders the taker's side is booked right behind the maker's.
  return unless(
    isBooked || trade.maker === ledger.owner,
    () => `${ledger.name} triggers stops by a trade of its own that it has not booked`,
  )
}

/** What is written has been decided a moment before, unless its host stood still in between. Journals alone tell no time. */
function isRecent({ areClocksRight, paused }: Exchange, { name, writtenMs }: Ledger, { stamp }: Shown): Found {
  const ageMs = writtenMs - millisecondsOf(stamp)
  if (!areClocksRight || paused.has(name) || ageMs === Number.POSITIVE_INFINITY) return fine
  return unless(
    ageMs <= limits.triggerAgeMsMax + limits.requestTimeoutMs,
    () => `${name} triggers stops by a trade that is ${ageMs} ms old`,
  )
}

function reach({ orderIds, trade }: Triggered, { tallies, name }: Ledger, { fill, stamp }: Shown): Found {
  return orderIds.flatMap(id => {
    const tally = tallies.get(id)
    const { order, conditions, isDormant } = tally ?? {}
    if (!tally || !order || conditions?.trigger === undefined) return [`${name} triggers ${id}, which is no stop`]
    return [
      ...unless(isDormant === true, () => `${tally.name} is triggered a second time`),
      ...unless(
        fill.price === trade.price && isBeyond(order.side, conditions.trigger, fill.price),
        () => `${tally.name} is triggered by a trade at ${fill.price}`,
      ),
      ...unless(stamp > stampOfId(order.id), () => `${tally.name} is triggered by a trade from before it was placed`),
    ]
  })
}

/** A buy waits for a price that has risen so far, a sell for one that has fallen. */
function isBeyond(side: Side, trigger: number, price: number): boolean {
  return side === 'buy' ? price >= trigger : price <= trigger
}
