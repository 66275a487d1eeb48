/** An order as a user writes it, with decimal strings, into ticks and lots; every mistake is a refusal with a sentence. */
import * as z from 'zod'
import { mainAccount, parseAccount } from '../book/account.ts'
import { parseLots, parseTicks } from '../book/decimals.ts'
import { parseSide, refusalOfTaking } from '../book/notation.ts'
import type { Market, MarketId } from '../book/market.ts'
import { defaultSelfTradePrevention, neverRests, plainConditions, selfTradePreventions } from '../book/order.ts'
import type { Conditions, OrderId, SelfTradePrevention, Side, TimeInForce } from '../book/order.ts'
import { isRefusal, refuse, type Refusal } from '../book/refusal.ts'
import { limits } from '../limits.ts'
import type { OrderCommand, Replacement } from './decide/event.ts'

export interface OrderRequest {
  /** The market's symbol, or its whole id where a peer trades one symbol with several sizes. */
  readonly market: string
  readonly side: Side
  /** A decimal on the market's tick grid. Left out for a market order, which takes at any price and never rests. */
  readonly price?: string
  /** A decimal on the market's lot grid. */
  readonly quantity: string
  /** `gtc` rests until it is filled or cancelled, `gtd` until `expiresAt`, `ioc` takes what it can at once, `fok` all at once or nothing. Default: `gtc` with a price, `ioc` without. */
  readonly timeInForce?: TimeInForce
  /** When a gtd order ends: a Date, or milliseconds since the Unix epoch. */
  readonly expiresAt?: Date | number
  /** True: the order only rests. Where it would take, it is refused or cancelled. */
  readonly postOnly?: boolean
  /** A decimal on the market's lot grid: so much trades at once when the order enters, or the order ends. Not for fok, which is all or nothing. */
  readonly minimumQuantity?: string
  /** What happens when it would trade with an older order of its own account. Default: it is cancelled itself, `cancel-newest`. */
  readonly selfTradePrevention?: SelfTradePrevention
  /**
   * A stop, which nobody else knows of until a trade reaches this price: at or above it for a buy, at or below it for a sell. Then it enters
   * the book as a limit order, or without `price` as a market order; `timeInForce` says how long it lasts, waiting or not. Default: `gtc`.
   */
  readonly trigger?: string
  /** An iceberg, which shows no more than so much at a time; it must rest. */
  readonly displayed?: string
  /** Of a stop: the id of an own resting order to share its quantity with. When one of the two ends, so does the other. */
  readonly partner?: OrderId
  /** Whose money it is. Two orders of one account never trade with each other. Default: `main`. */
  readonly account?: string
  /** A name of one's own for the order: a repeat answers as the first time did. */
  readonly clientOrderId?: string
}

/** What comes in place of an order. Its quantity is what both together are for, what is filled of the old one included. */
export type ReplaceRequest = Omit<OrderRequest, 'market' | 'side' | 'account'>

export type ParsedOrder = { readonly market: MarketId; readonly command: OrderCommand }

/** TypeScript's users have a compiler; everybody else gets a sentence. Values are checked further down, each where it means something. */
const requestForm = z.strictObject({
  market: z.string(),
  side: z.string(),
  price: z.string().optional(),
  quantity: z.string(),
  timeInForce: z.string().optional(),
  account: z.string().optional(),
  clientOrderId: z.string().optional(),
  expiresAt: z.union([z.date(), z.number()], 'is a Date, or whole milliseconds since 1970').optional(),
  postOnly: z.boolean().optional(),
  selfTradePrevention: z.string().optional(),
  minimumQuantity: z.string().optional(),
  trigger: z.string().optional(),
  displayed: z.string().optional(),
  partner: z.string().optional(),
})
const replaceForm = requestForm.omit({ market: true, side: true, account: true })

export function parseOrder(markets: readonly Market[], request: OrderRequest): ParsedOrder | Refusal {
  const malformed = isUsual(request) ? undefined : refusalOfForm(requestForm, request)
  if (malformed) return malformed
  const market = findMarket(markets, request.market)
  if (isRefusal(market)) return market
  const side = parseSide(request.side)
  if (isRefusal(side)) return side
  const terms = parseTerms(market, request)
  if (isRefusal(terms)) return terms
  const account = parseAccount(request.account ?? mainAccount)
  if (isRefusal(account)) return account
  const { price, quantity, timeInForce, conditions, clientOrderId } = terms
  return {
    market: market.id,
    command: { side, price, quantity, timeInForce, account, conditions, clientOrderId },
  }
}

/**
 * True for the form that nearly all requests have: texts in the fields that they mostly have. Whatever is not recognized here is for the
 * schema, which alone says what is wrong: it makes a copy of each request.
 */
function isUsual(request: unknown): boolean {
  // What is inherited is for the schema, too: the fields below would be read through it, and not be counted.
  if (typeof request !== 'object' || request === null || Object.getPrototypeOf(request) !== Object.prototype)
    return false
  const { market, side, quantity, price, timeInForce, account, clientOrderId } = request as Partial<
    Record<keyof OrderRequest, unknown>
  >
  if (typeof market !== 'string' || typeof side !== 'string' || typeof quantity !== 'string') return false
  let known = 3
  for (const field of [price, timeInForce, account, clientOrderId]) {
    if (typeof field === 'string') known += 1
    else if (field !== undefined) return false
  }
  return Object.keys(request).length === known
}

/** What comes in place of an order has its side and its account. */
export function parseReplacement(market: Market, request: ReplaceRequest): Replacement | Refusal {
  return refusalOfForm(replaceForm, request) ?? parseTerms(market, request)
}

function parseTerms(market: Market, request: ReplaceRequest): Replacement | Refusal {
  const price = request.price === undefined ? null : parseTicks(request.price, market.tickSize)
  if (isRefusal(price)) return price
  const quantity = parseLots(request.quantity, market.lotSize)
  if (isRefusal(quantity)) return quantity
  const timeInForce = request.timeInForce ?? (price === null && request.trigger === undefined ? 'ioc' : 'gtc')
  const minimum = request.minimumQuantity === undefined ? null : parseLots(request.minimumQuantity, market.lotSize)
  if (isRefusal(minimum)) return minimum
  const conditions = parseConditions(market, request, minimum)
  if (isRefusal(conditions)) return conditions
  const { clientOrderId = null } = request
  const terms = { price, quantity, timeInForce, conditions, clientOrderId }
  const refusal =
    refusalOfTerms(timeInForce, price, conditions) ??
    refusalOfKept(timeInForce, price, quantity, conditions) ??
    refusalOfTaking(terms, conditions) ??
    refusalOfClientOrderId(request.clientOrderId)
  return refusal ?? terms
}

function parseConditions(market: Market, request: ReplaceRequest, minimum: number | null): Conditions | Refusal {
  const { expiresAt, postOnly = false, selfTradePrevention = defaultSelfTradePrevention } = request
  const kept = parseKept(market, request)
  if (isRefusal(kept)) return kept
  const isPlain = !postOnly && expiresAt === undefined && selfTradePrevention === plainConditions.selfTradePrevention
  if (isPlain && minimum === null && kept === nothingKept) return plainConditions
  const expiresAtMs = expiresAt === undefined ? null : Number(expiresAt)
  return { postOnly, expiresAtMs, selfTradePrevention, minimum, ...kept }
}

/** Which of one's own orders are meant, of one market. */
export interface CancelAllRequest {
  /** As in an `OrderRequest`. */
  readonly market: string
  /** Left out: both. */
  readonly side?: Side
  /** Left out: all. */
  readonly account?: string
}

const cancelAllForm = z.strictObject({
  market: z.string(),
  side: z.string().optional(),
  account: z.string().optional(),
})

export function parseCancelAll(
  markets: readonly Market[],
  request: CancelAllRequest,
): { readonly market: MarketId; readonly side: Side | null; readonly account: string | null } | Refusal {
  const malformed = refusalOfForm(cancelAllForm, request)
  if (malformed) return malformed
  const market = findMarket(markets, request.market)
  if (isRefusal(market)) return market
  const side = request.side === undefined ? null : parseSide(request.side)
  if (isRefusal(side)) return side
  const account = request.account === undefined ? null : parseAccount(request.account)
  return isRefusal(account) ? account : { market: market.id, side, account }
}

export interface ParsedOrders {
  readonly market: MarketId
  /** In the order of their requests. */
  readonly commands: readonly OrderCommand[]
  /** Of the requests that are none, by their place in the list. */
  readonly refusals: ReadonlyMap<number, Refusal>
}

/** Orders of one market. What is wrong with one of them concerns that one; a list that cannot be one decision after the other is refused. */
export function parseOrders(markets: readonly Market[], requests: readonly OrderRequest[]): ParsedOrders | Refusal {
  if (!Array.isArray(requests)) return refuse('request_is_malformed', 'The request: a list of orders is expected.')
  if (requests.length === 0) return refuse('orders_are_missing', 'The list of orders is empty.')
  if (requests.length > limits.ordersPerSubmitMax)
    return refuse(
      'too_many_orders_at_once',
      `${requests.length} orders are too many at once; at most ${limits.ordersPerSubmitMax} are decided together.`,
    )
  const commands: OrderCommand[] = []
  const refusals = new Map<number, Refusal>()
  let market: MarketId | undefined
  for (const request of requests as readonly OrderRequest[]) {
    const parsed = parseOrder(markets, request)
    if (isRefusal(parsed)) {
      refusals.set(commands.length + refusals.size, parsed)
      continue
    }
    market ??= parsed.market
    if (parsed.market !== market)
      return refuse(
        'orders_of_several_markets',
        `The orders are of ${market} and of ${parsed.market}; each market has its own list.`,
      )
    commands.push(parsed.command)
  }
  return { market: market ?? (markets[0] as Market).id, commands, refusals }
}

/** Why something has not the form that it should have, naming the field; undefined when it has. */
export function refusalOfForm(form: z.ZodType, value: unknown): Refusal | undefined {
  const [issue] = form.safeParse(value).error?.issues ?? []
  if (!issue) return undefined
  return refuse('request_is_malformed', `${issue.path.join('.') || 'The request'}: ${issue.message}.`)
}

/** The market that is meant by a symbol or an id. */
export function findMarket(markets: readonly Market[], name: string): Market | Refusal {
  const market = markets.find(one => isNamed(one, name))
  if (!market)
    return refuse('market_not_traded_here', `This peer does not trade '${name}'; it trades ${listOf(markets)}.`)
  if (markets.some(other => other !== market && isNamed(other, name)))
    return refuse(
      'market_is_ambiguous',
      `'${name}' may be ${listOf(markets.filter(one => isNamed(one, name)))}; write the whole id.`,
    )
  return market
}

function isNamed({ id, symbol }: Market, name: string): boolean {
  return id === name || symbol === name
}

type Kept = Pick<Conditions, 'trigger' | 'displayed' | 'partner'>

const nothingKept: Kept = {}

/** What of an order lives at its owner alone. */
function parseKept(market: Market, { trigger, displayed, partner }: ReplaceRequest): Kept | Refusal {
  if (trigger === undefined && displayed === undefined && partner === undefined) return nothingKept
  const ticks = trigger === undefined ? undefined : parseTicks(trigger, market.tickSize)
  if (isRefusal(ticks)) return ticks
  const lots = displayed === undefined ? undefined : parseLots(displayed, market.lotSize)
  if (isRefusal(lots)) return lots
  return {
    ...(ticks !== undefined && { trigger: ticks }),
    ...(lots !== undefined && { displayed: lots }),
    ...(partner !== undefined && { partner }),
  }
}

function refusalOfKept(
  timeInForce: TimeInForce,
  price: number | null,
  quantity: number,
  { trigger, displayed, partner }: Kept,
): Refusal | undefined {
  if (partner !== undefined && trigger === undefined)
    return refuse('partner_needs_a_stop', 'Only a stop is paired with another order; give it a trigger.')
  if (displayed === undefined) return undefined
  if (price === null || neverRests(timeInForce))
    return refuse('iceberg_must_rest', 'An iceberg rests: give it a price, and a time in force of gtc or gtd.')
  if (displayed > quantity) return refuse('iceberg_shows_too_much', 'An iceberg shows no more than it is for.')
  if (Math.ceil(quantity / displayed) > limits.icebergSlicesMax)
    return refuse(
      'iceberg_shows_too_little',
      `An iceberg has at most ${limits.icebergSlicesMax} slices; let it show more at a time.`,
    )
  return undefined
}

function refusalOfTerms(timeInForce: string, price: number | null, conditions: Conditions): Refusal | undefined {
  const { expiresAtMs, selfTradePrevention, trigger } = conditions
  if (!isTimeInForce(timeInForce))
    return refuse('time_in_force_is_not_known', `The time in force is '${timeInForce}'; write gtc, gtd, ioc or fok.`)
  if (price === null && !neverRests(timeInForce) && trigger === undefined)
    return refuse(
      'market_order_cannot_rest',
      'An order without a price takes at once; give it a price, or leave the time in force out.',
    )
  if ((timeInForce === 'gtd') !== (expiresAtMs !== null))
    return refuse('expiry_goes_with_gtd', 'A gtd order says when it ends (expiresAt), and only a gtd order does.')
  if (expiresAtMs !== null && !Number.isSafeInteger(expiresAtMs))
    return refuse('expiry_is_not_a_time', 'expiresAt is a Date, or whole milliseconds since 1970.')
  if (!selfTradePreventions.includes(selfTradePrevention))
    return refuse(
      'self_trade_prevention_is_not_known',
      `The self-trade prevention is one of ${selfTradePreventions.join(', ')}.`,
    )
  return undefined
}

function isTimeInForce(word: string): word is TimeInForce {
  return word === 'gtc' || word === 'gtd' || word === 'ioc' || word === 'fok'
}

function refusalOfClientOrderId(name: string | undefined): Refusal | undefined {
  if (name === undefined || (name.length > 0 && name.length <= limits.nameCharactersMax)) return undefined
  return refuse(
    'client_order_id_has_wrong_length',
    `The client order id has ${name.length} characters; it may have 1 to ${limits.nameCharactersMax}.`,
  )
}

function listOf(markets: readonly Market[]): string {
  return markets.map(({ id }) => id).join(' and ')
}
