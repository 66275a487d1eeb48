/** Who placed, filled and traded how much: one peer's history in figures. Sums are bigints, so that they are exact. */
import { formatLots } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import { isRefusal } from '../book/refusal.ts'
import type { OrderOutcome } from '../peer/outcome.ts'
import type { PeerHistory } from './tally.ts'
import { lotsOf, ticksOf } from './verdict-index.ts'

export interface Counts {
  /** Orders. Each is filled as a whole, cancelled by its user, lapsed for another reason, or open. */
  readonly placed: number
  readonly filled: number
  readonly cancelled: number
  readonly lapsed: number
  readonly open: number
  /** Trades that it was a party of, each counted once, also where both orders are its own. */
  readonly trades: number
  /** Those of them in which both orders are its own. */
  readonly ownTrades: number
}

export interface Figures {
  readonly counts: Counts
  /** Lots. */
  readonly bought: bigint
  readonly sold: bigint
  /** What it has received for what it sold, less what it has paid: ticks times lots. */
  readonly received: bigint
  /** Refused commands, by reason. */
  readonly refusals: Readonly<Record<string, number>>
  /** Orders of which something has lapsed, by the last reason. */
  readonly lapses: Readonly<Record<string, number>>
}

export function figuresOf(market: Market, peer: PeerHistory): Figures {
  return { counts: countsOf(peer), ...dealt(market, peer), refusals: refusalsOf(peer), lapses: lapsesOf(peer) }
}

/** The quantity that leaves about this share of what remains of an order, one lot at least. */
export function amendedTo(market: Market, { filled, remaining }: OrderOutcome['order'], share: number): string {
  const left = Math.max(1, Math.floor(Number(lotsOf(market, remaining)) * share))
  return formatLots(lotsOf(market, filled) + BigInt(left), market.lotSize)
}

function countsOf({ id, orders }: PeerHistory): Counts {
  const closedUnfilled = orders.filter(({ status }) => status === 'cancelled' || status === 'expired')
  const cancelled = closedUnfilled.filter(({ reason }) => reason === 'cancelled_by_user').length
  const filled = orders.filter(({ status }) => status === 'filled').length
  const fills = orders.flatMap(order => order.fills)
  const own = fills.filter(({ counterparty }) => counterparty.peer === id)
  return {
    placed: orders.length,
    filled,
    cancelled,
    lapsed: closedUnfilled.length - cancelled,
    open: orders.length - filled - closedUnfilled.length,
    trades: new Set(fills.map(({ tradeId }) => tradeId)).size,
    ownTrades: new Set(own.map(({ tradeId }) => tradeId)).size,
  }
}

function dealt(market: Market, { orders }: PeerHistory): Pick<Figures, 'bought' | 'sold' | 'received'> {
  let [bought, sold, received] = [0n, 0n, 0n]
  for (const { order, fills } of orders)
    for (const { price, quantity } of fills) {
      const lots = lotsOf(market, quantity)
      const value = ticksOf(market, price) * lots
      if (order.side === 'buy') bought += lots
      else sold += lots
      received += order.side === 'buy' ? -value : value
    }
  return { bought, sold, received }
}

function refusalsOf({ commands }: PeerHistory): Record<string, number> {
  return counted(commands.flatMap(({ reply }) => (isRefusal(reply) ? [reply.reason] : [])))
}

function lapsesOf({ orders }: PeerHistory): Record<string, number> {
  return counted(orders.flatMap(({ reason }) => (reason === null ? [] : [reason])))
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
