/** The commands of orders: placed, cancelled, amended, replaced, repeated and forced. */
import { parseLots } from '../book/decimals.ts'
import type { Market } from '../book/market.ts'
import { parseOrder, type OrderTerms } from '../book/notation.ts'
import { isRefusal, quoted, type Refusal } from '../book/refusal.ts'
import { absenceOf, marketNamed, onStage, wrong, type Known, type KnownMember, type KnownOrder } from './known.ts'
import { parseWhich } from './parse-which.ts'
import type { Action, OrderName } from './scenario.ts'

const orderNamePattern = /^(.+)\/([1-9]\d{0,5})$/

export function parsePlaced(
  name: string,
  words: readonly string[],
  { markets, orders }: KnownMember,
): Action | Refusal {
  const isElsewhere = !isSide(words[0]) && isSide(words[1])
  const market = isElsewhere ? marketNamed(words[0] ?? '', markets) : (markets[0] as Market)
  if (isRefusal(market)) return market
  const terms = parseOrder((isElsewhere ? words.slice(1) : words).join(' '), market)
  if (isRefusal(terms)) return terms
  const refusal = reasonNotToPair(name, terms, orders)
  if (refusal) return refusal
  orders.push({ market, terms })
  return { type: 'order', name, order: `${name}/${orders.length}`, market, terms }
}

export function parseCancel([, order = '', ...more]: readonly string[], known: Known): Action | Refusal {
  if (order === 'all') return parseCancelAll(more, known)
  const found = findOrder(order, known)
  if (found && more.length > 0) return wrong(`Nothing belongs behind 'cancel ${order}'.`)
  if (!found) return wrong(`${quoted(order)} is not an order; write 'cancel NAME/NUMBER', such as 'cancel alice/1'.`)
  return isRefusal(found) ? found : { type: 'cancel', name: found.name, order: found.order }
}

/** `cancel all alice`, and behind it a market, a side and an account, each of which may be left out. */
function parseCancelAll([name = '', ...words]: readonly string[], known: Known): Action | Refusal {
  const refusal = name === '' ? wrong(`One peer belongs behind cancel all, such as 'cancel all alice'.`) : undefined
  const absent = refusal ?? absenceOf(name, known)
  if (absent) return absent
  const { markets } = known.members.get(name) as KnownMember
  const which = parseWhich(words, markets, markets[0] as Market)
  return isRefusal(which) ? which : { type: 'cancel all', name, ...which }
}

/** The new order is written as a whole, and is of the side and the account of the old one. */
export function parseReplace([, order = '', having, ...words]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  if (!found || having !== 'with')
    return wrong(`A replacement is written 'replace NAME/NUMBER with sell 5 @ 102', or with any other order.`)
  if (isRefusal(found)) return found
  const { name, market, terms: old } = found
  const terms = parseOrder(words.join(' '), market)
  if (isRefusal(terms)) return terms
  if (terms.side !== old.side || terms.account !== old.account)
    return wrong(`What replaces ${order} is a ${old.side} order of the account ${old.account}, as it is itself.`)
  const { orders } = known.members.get(name) as KnownMember
  const refusal = reasonNotToPair(name, terms, orders)
  if (refusal) return refusal
  orders.push({ market, terms })
  return { type: 'replace', name, replaced: found.order, order: `${name}/${orders.length}`, market, terms }
}

export function parseAmend([, order = '', to, lots, ...more]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  if (!found || to !== 'to' || lots === undefined || more.length > 0)
    return wrong(`An amendment is written 'amend NAME/NUMBER to QUANTITY', such as 'amend alice/1 to 3'.`)
  if (isRefusal(found)) return found
  const quantity = parseLots(lots, found.market.lotSize)
  return isRefusal(quantity) ? quantity : { type: 'amend', name: found.name, order: found.order, quantity }
}

/** The terms are those of the order itself, unless others stand behind `as`. */
export function parseRepeat([, order = '', as, ...words]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  if (!found || (as !== undefined && as !== 'as'))
    return wrong(`A repeat is written 'repeat NAME/NUMBER', or 'repeat NAME/NUMBER as sell 5 @ 101'.`)
  if (isRefusal(found)) return found
  const terms = as === undefined ? found.terms : parseOrder(words.join(' '), found.market)
  if (isRefusal(terms)) return terms
  return { type: 'repeat', name: found.name, order: found.order, market: found.market, terms }
}

/** `force bob/1 released`, `force bob/1 filled 3 towards alice`: who does not answer may well have gone. */
export function parseForce([, order = '', how, ...words]: readonly string[], known: Known): Action | Refusal {
  const found = findOrder(order, known)
  const [lots, more] = how === 'filled' ? [words[0], words.slice(1)] : ['0', words]
  const [towards, name = null, ...rest] = more
  const isComplete = (how === 'filled' || how === 'released') && lots !== undefined && rest.length === 0
  if (!found || !isComplete || (more.length > 0 && (towards !== 'towards' || name === null)))
    return wrong(`Forcing is written 'force NAME/NUMBER filled QUANTITY' or '… released'; 'towards NAME' may follow.`)
  if (isRefusal(found)) return found
  if (name !== null && !known.members.has(name)) return wrong(`There is no peer ${quoted(name)}; ${onStage(known)}.`)
  const quantity = how === 'released' ? 0 : parseLots(lots, found.market.lotSize)
  if (isRefusal(quantity)) return quantity
  return { type: 'force', name: found.name, order: found.order, lots: quantity, towards: name }
}

/** Null when the text names no order at all. */
function findOrder(
  order: string,
  known: Known,
): (KnownOrder & { readonly name: string; readonly order: OrderName }) | Refusal | null {
  const [, name, number] = orderNamePattern.exec(order) ?? []
  if (name === undefined) return null
  const refusal = absenceOf(name, known)
  if (refusal) return refusal
  const { orders } = known.members.get(name) as KnownMember
  const placed = orders[Number(number) - 1]
  if (!placed) return wrong(`There is no order ${order}; ${placedBy(name, orders.length)}.`)
  return { ...placed, name, order: order as OrderName }
}

/** A stop is paired with an order of the same peer that stands above it. */
function reasonNotToPair(name: string, { partner }: OrderTerms, orders: readonly KnownOrder[]): Refusal | undefined {
  if (partner === undefined) return undefined
  const [, owner, number] = orderNamePattern.exec(partner) ?? []
  if (owner === name && orders[Number(number) - 1]) return undefined
  return wrong(
    `${quoted(partner)} is no order of ${name} that a stop can be paired with; ${placedBy(name, orders.length)}.`,
  )
}

export function isSide(word: string | undefined): boolean {
  return word === 'buy' || word === 'sell'
}

function placedBy(name: string, orders: number): string {
  if (orders === 0) return `${name} has not placed any`
  return orders === 1 ? `${name} has placed one, ${name}/1` : `the last one of ${name} is ${name}/${orders}`
}
