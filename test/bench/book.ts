/**
 * `npm run bench -- book`: the matching engine beside `nodejs-order-book`, which is what one would otherwise take, and beside the naive
 * engine: the same seeded flows to all, in turn, in one run, and at the end the same book. Then the order book of a peer beside the
 * naive one. Prints its conditions; `--json` for scripts. Bounded: some two minutes on a slow core.
 */
import { benchEngine, type EngineFigures } from './book-engine.ts'
import { benchOrderBook, type OrderBookFigures } from './book-views.ts'
import { conditions, type Conditions } from './conditions.ts'

const nanoseconds = (value: number): string => Math.round(value).toLocaleString('en')

function engineLines(figures: readonly EngineFigures[]): string[] {
  const head = ['flow', 'ops', 'resting', 'engine', 'Mops', 'n-o-b', 'ratio', 'naive', 'ratio', 'p50', 'p99']
  const rows = figures.map(one => [
    ...[one.name, nanoseconds(one.operations), nanoseconds(one.resting)],
    ...[nanoseconds(one.engine), (1_000 / one.engine).toFixed(1)],
    ...[nanoseconds(one.nodejsOrderBook), `${nanoseconds(one.ratio)}x`],
    ...[nanoseconds(one.naive), `${nanoseconds(one.naiveRatio)}x`],
    ...[nanoseconds(one.p50), nanoseconds(one.p99)],
  ])
  return table([head, ...rows])
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}

function print(where: Conditions, engine: readonly EngineFigures[], book: OrderBookFigures): void {
  const lines = [
    `Node ${where.node}, ${where.processor}, ${where.cores} cores, load ${where.load}; nodejs-order-book ${where.nodejsOrderBook}`,
    'processor nanoseconds an operation: medians over rounds, engine and nodejs-order-book (n-o-b) in turn; the ratio is the median',
    "of the rounds' ratios. p50 and p99: each operation by itself, by the wall clock, whose own time is in it. Facts are written and",
    'not decoded. At the end of each flow the two have equal books. An engine is done in a millisecond: its time is that of 20.',
    ...engineLines(engine),
    '',
    ...engine.map(({ name, sentence, mix }) => `${name}: ${sentence}; ${mix}`),
    '',
    ...engine
      .filter(({ memory }) => memory !== null)
      .map(
        ({ name, memory }) =>
          `bytes a resting order, ${name}: engine ${memory?.engine}, n-o-b ${memory?.nodejsOrderBook}`,
      ),
    '',
    `order book of a peer, ${nanoseconds(book.resting)} resting orders: place, find whom a taker would meet, take out again`,
    `book ${book.book.toFixed(1)} µs, naive book ${book.naive.toFixed(1)} µs: ${nanoseconds(book.ratio)}x`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

const where = conditions()
const engine = benchEngine()
const book = benchOrderBook()
if (process.argv.includes('--json'))
  process.stdout.write(`${JSON.stringify({ conditions: where, engine, book }, null, 2)}\n`)
else print(where, engine, book)
