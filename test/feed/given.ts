/** Owners, ids, entries and segments for the tests of feeds, in few words. */
import type { MarketId } from '../../src/book/market.ts'
import type { OrderId, Side, TradeId } from '../../src/book/order.ts'
import type {
  Amended,
  Cancelled,
  Checkpoint,
  Entry,
  Expired,
  Filled,
  Forced,
  Head,
  Incarnation,
  Opened,
  Placed,
} from '../../src/feed/entry.ts'
import { stampOf } from '../../src/feed/hybrid-clock.ts'
import { KeyedHashRing } from '../../src/feed/keyed-hash.ts'
import { headOf, ownSegment, type Segment, type SignedSegment } from '../../src/feed/segment.ts'

export const market = 'BTCUSD:1:1' as MarketId
export const network = 'test'
export const ring = new KeyedHashRing()
export const anna = ring.signer(Buffer.from('anna'))
export const bob = ring.signer(Buffer.from('bob'))

export type GivenOrder = Placed

/** Ids of 2024-01-01 and after, a millisecond apart: their text order is the order of the numbers. */
const firstMs = 1_704_067_200_000

export function id(number: number): string {
  const time = (firstMs + number).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}
/** The number that an id was made from. */
export function numberOf(made: string): number {
  return Number.parseInt(made.replaceAll('-', '').slice(0, 12), 16) - firstMs
}

export const orderId = (number: number) => id(number) as OrderId
export const tradeId = (number: number) => id(number) as TradeId
export const incarnation = (number: number) => id(number) as Incarnation
export const stamp = (number: number) => stampOf(firstMs + number, 0)

export const opened: Opened = { type: 'opened', continues: null }
export const checkpoint = (...orders: readonly Placed[]): Checkpoint => part(0, 1, orders.length, ...orders)

/** `part(1, 3, 7, …)`: the second of three parts that list seven orders together. */
export function part(number: number, parts: number, open: number, ...orders: readonly Placed[]): Checkpoint {
  return { type: 'checkpoint', part: number, parts, open, orders: orders.map(({ order }) => order) }
}

/** `placed(3, 'sell', 5, 101)`: order 3 sells 5 lots at 101 ticks. */
export function placed(number: number, side: Side, quantity: number, price: number, remaining = quantity): Placed {
  return { type: 'placed', order: { id: orderId(number), side, price, quantity, remaining } }
}

export function cancelled(number: number, quantity: number, remaining: number): Cancelled {
  return { type: 'cancelled', orderId: orderId(number), quantity, remaining, reason: 'cancelled_by_user' }
}

export function expired(number: number, quantity: number, remaining: number): Expired {
  return { type: 'expired', orderId: orderId(number), quantity, remaining }
}

/** `amended(3, 8, 5)`: order 3 is for 8 lots from here on, and 5 of them remain. */
export function amended(number: number, quantity: number, remaining: number): Amended {
  return { type: 'amended', orderId: orderId(number), quantity, remaining }
}

/** `forced(3, 2, 5)`: 2 lots of order 3 count as filled though nobody says so, and 5 remain. */
export function forced(number: number, quantity: number, remaining: number): Forced {
  const counterparty = { peer: bob.peerId, orderId: orderId(901) }
  return { type: 'forced', orderId: orderId(number), tradeId: tradeId(900), quantity, remaining, counterparty }
}

/** The maker's side of a trade with bob, shown by the first evidence of the segment. */
export function filled(number: number, quantity: number, remaining: number, change: Partial<Filled> = {}): Filled {
  return {
    type: 'filled',
    orderId: orderId(number),
    side: 'sell',
    tradeId: tradeId(900),
    price: 101,
    quantity,
    remaining,
    liquidity: 'maker',
    counterparty: { peer: bob.peerId, orderId: orderId(901) },
    evidence: 0,
    ...change,
  }
}

export const evidence: Segment['evidence'] = [{ signed: { body: '{}', signature: '' } }]

/** A segment of anna's first incarnation that begins at this sequence number. */
export function segment(first: number, entries: readonly Entry[], change: Partial<Segment> = {}): Segment {
  return {
    owner: anna.peerId,
    market,
    incarnation: incarnation(0),
    first,
    previous: null,
    stamp: stamp(1_000),
    entries,
    evidence: [],
    ...change,
  }
}

export function signed(made: Segment): SignedSegment {
  return ownSegment(anna, network, made)
}

/** Segments that follow one another, from lists of entries, each a millisecond later than the one before. */
export function chain(lists: readonly (readonly Entry[])[], change: Partial<Segment> = {}): SignedSegment[] {
  const made: SignedSegment[] = []
  for (const entries of lists) {
    const before: Head | null = made.length > 0 ? headOf(made.at(-1)!) : null
    const links = { stamp: stamp(1_000 + made.length), previous: before?.hash ?? null }
    made.push(signed(segment((before?.sequence ?? 0) + 1, entries, { ...change, ...links })))
  }
  return made
}
