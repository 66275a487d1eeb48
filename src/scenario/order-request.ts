/** Terms as they are written, as a request to a peer. */
import { formatLots, formatTicks } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import type { OrderTerms } from '../book/notation.ts'
import type { OrderId } from '../book/order.ts'
import type { OrderRequest, ReplaceRequest } from '../peer/parse-order.ts'

/**
 * @param nowMs milliseconds since the Unix epoch, by the clock of the peer: from then on a gtd order lasts
 * @param partner the id of the order that the terms name as partner
 */
export function requestOf(market: Market, terms: OrderTerms, nowMs: number, partner?: OrderId): OrderRequest {
  return {
    market: market.id,
    side: terms.side,
    account: terms.account,
    ...replaceRequestOf(market, terms, nowMs, partner),
  }
}

/** Without what a replacement has from the order in whose place it comes. */
export function replaceRequestOf(
  { tickSize, lotSize }: Market,
  { price, quantity, timeInForce, lastsMs, postOnly, selfTradePrevention, minimum, trigger, displayed }: OrderTerms,
  nowMs: number,
  partner?: OrderId,
): ReplaceRequest {
  return {
    quantity: formatLots(quantity, lotSize),
    ...{ timeInForce, postOnly, selfTradePrevention },
    ...(price === null ? {} : { price: formatTicks(price, tickSize) }),
    ...(minimum === null ? {} : { minimumQuantity: formatLots(minimum, lotSize) }),
    ...(trigger === undefined ? {} : { trigger: formatTicks(trigger, tickSize) }),
    ...(displayed === undefined ? {} : { displayed: formatLots(displayed, lotSize) }),
    ...(partner === undefined ? {} : { partner }),
    ...(lastsMs === null ? {} : { expiresAt: Math.ceil(nowMs + lastsMs) }),
  }
}
