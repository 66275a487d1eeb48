/** A history by its trades, in whole ticks and lots, so that each rule of the verdict can look things up. */
import { parseUnits } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { FillReport, OrderOutcome, TradeReport } from '../peer/outcome.ts'
import type { History, PeerHistory } from './tally.ts'

/** One side of a trade, as the owner of its order knows it. */
export interface TradeSide {
  readonly peer: PeerHistory
  readonly outcome: OrderOutcome
  readonly fill: FillReport
}

export interface KnownTrade {
  /** Names the trade in sentences. */
  readonly name: string
  readonly makers: TradeSide[]
  readonly takers: TradeSide[]
  /** What each peer saw, by peer id. */
  readonly tapes: Map<PeerId, TradeReport[]>
}

export interface Indexed {
  readonly history: History
  readonly trades: readonly KnownTrade[]
}

export function indexed(history: History): Indexed {
  const trades = new Map<string, KnownTrade>()
  for (const peer of history.peers) {
    for (const outcome of peer.orders) for (const fill of outcome.fills) addSide(trades, { peer, outcome, fill })
    for (const trade of peer.tape) addToTape(trades, peer.id, trade)
  }
  return { history, trades: [...trades.values()] }
}

/** Strangers can copy ids, so a trade is known by its taker's peer and its id. */
function tradeAt(trades: Map<string, KnownTrade>, taker: PeerId, id: string): KnownTrade {
  const key = `${taker}/${id}`
  const known = trades.get(key) ?? { name: `The trade ${id} of ${taker}`, makers: [], takers: [], tapes: new Map() }
  trades.set(key, known)
  return known
}

function addSide(trades: Map<string, KnownTrade>, side: TradeSide): void {
  const { fill, peer } = side
  if (fill.liquidity === 'taker') tradeAt(trades, peer.id, fill.tradeId).takers.push(side)
  else tradeAt(trades, fill.counterparty.peer, fill.tradeId).makers.push(side)
}

function addToTape(trades: Map<string, KnownTrade>, reader: PeerId, trade: TradeReport): void {
  const { tapes } = tradeAt(trades, trade.taker.peer, trade.tradeId)
  tapes.set(reader, [...(tapes.get(reader) ?? []), trade])
}

export function ticksOf(market: Market, price: string): bigint {
  return stepsOf(price, market.tickSize)
}

export function lotsOf(market: Market, quantity: string): bigint {
  return stepsOf(quantity, market.lotSize)
}

/** Nothing but a defect prints a decimal that is none, or lies between two steps. */
function stepsOf(text: string, size: string): bigint {
  const [units, step] = [parseUnits(text), parseUnits(size)]
  if (units === undefined || step === undefined || step === 0n || units % step !== 0n)
    throw new Error(`${text} is not a multiple of ${size}`)
  return units / step
}
