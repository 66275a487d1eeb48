/** The order book of a peer beside the naive one on a large book: the same seeded operations on both, in turn. */
import { OrderBook } from '../../src/book/order-book.ts'
import { Random } from '../../src/sim/random.ts'
import { orderId, replica, self } from '../book/given.ts'
import { NaiveBook, type AnyBook } from '../support/naive-book.ts'
import { median } from './conditions.ts'

const resting = 10_000
const prices = 1_000
const rounds = 5
const operations = 300

/** A book of replicas on both sides that do not cross. */
function fill(book: AnyBook): AnyBook {
  const random = new Random(1)
  for (let number = 1; number <= resting; number += 1) {
    const isBuy = number % 2 === 0
    const price = isBuy ? random.integer(1, prices) : random.integer(prices + 1, 2 * prices)
    book.place(replica('owner', number, isBuy ? 'buy' : 'sell', 5, price))
  }
  return book
}

/** Microseconds an operation: place an order, find whom a taker would meet, take the placed order out again. */
function round(book: AnyBook, seed: number): number {
  const random = new Random(seed)
  const startMs = performance.now()
  for (let index = 0; index < operations; index += 1) {
    const number = resting + 1 + index
    const placed = replica('owner', number, 'sell', 5, random.integer(prices + 1, 2 * prices))
    book.place(placed)
    for (const met of book.opposite('buy', 2 * prices)) if (met.remaining > 0) break
    book.setRemaining(placed.owner, orderId(number), 0)
  }
  return ((performance.now() - startMs) * 1_000) / operations
}

export interface OrderBookFigures {
  readonly resting: number
  /** Microseconds. */
  readonly book: number
  readonly naive: number
  readonly ratio: number
}

export function benchOrderBook(): OrderBookFigures {
  const books = { book: fill(new OrderBook(self)), naive: fill(new NaiveBook(self)) }
  const times = { book: [] as number[], naive: [] as number[] }
  for (let seed = 0; seed <= rounds; seed += 1)
    for (const name of ['book', 'naive'] as const) {
      const microseconds = round(books[name], seed)
      if (seed > 0) times[name].push(microseconds)
    }
  const [book, naive] = [median(times.book), median(times.naive)]
  return { resting, book, naive, ratio: naive / book }
}
