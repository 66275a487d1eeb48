/** Bugs in what is all or nothing: within a batch, and over several makers of which the last decides. */
import type { Mutant } from '../mutant.ts'

const attempt = 'src/peer/decide/attempt.ts'
const hold = 'src/peer/decide/hold.ts'
const maker = 'src/peer/decide/maker.ts'
const facts = 'src/peer/decide/apply-to-group.ts'

export const groupMutants: readonly Mutant[] = [
  {
    name: 'fok-is-ioc',
    sentence: 'A fok order takes what it can get, and the rest lapses.',
    invariants: [12],
    edits: [
      {
        file: 'src/book/order.ts',
        find: "  return timeInForce === 'fok' ? quantity : (minimum ?? 0)",
        replacement: "  return timeInForce === 'fok' && quantity < 0 ? quantity : (minimum ?? 0)",
      },
    ],
  },
  {
    name: 'minimum-not-looked-at',
    sentence: 'A maker fills what it has of a batch, though the batch says how much it must be at least.',
    invariants: [12],
    edits: [
      { file: maker, find: '  if (minimum === 0) return false\n', replacement: '  if (minimum >= 0) return false\n' },
    ],
  },
  {
    name: 'holder-fills-at-once',
    sentence: 'A maker that is to hold until the last one has decided fills at once.',
    invariants: [2, 12],
    edits: [
      {
        file: maker,
        find: '  const isHeld = batch.last !== null && short',
        replacement: '  const isHeld = batch.last !== null && batch.n < 0 && short',
      },
    ],
  },
  {
    name: 'last-maker-asked-first',
    sentence: 'The last maker is asked to decide before the others hold.',
    invariants: [12],
    edits: [
      {
        file: attempt,
        find: 'find(({ batch }) => !held.has(batch.maker)) ?? deciding\n',
        replacement: 'find(({ batch }) => batch.n < 0 && !held.has(batch.maker)) ?? deciding\n',
      },
    ],
  },
  {
    name: 'hold-ends-by-itself',
    sentence: 'A maker that has held for long gives the lots back, as if silence were a decision.',
    invariants: [2, 12],
    edits: [
      {
        file: hold,
        find: '    else askLastMaker(state, hold)\n',
        replacement: '    else endHold(state, hold, false)\n',
      },
    ],
  },
  {
    name: 'hold-not-journalled',
    sentence: 'A maker holds in memory only: after a restart the lots are free, and it has said that it holds them.',
    invariants: [2, 8, 12, 15],
    edits: [
      {
        file: maker,
        find: "  if (isHeld) record(state, { type: 'held', batch, signed, hash })\n",
        replacement: "  if (isHeld) applyFact(state, { type: 'held', batch, signed, hash })\n",
      },
      {
        file: maker,
        find: "import { isEarlier } from './fact.ts'",
        replacement: "import { applyFact } from './apply-fact.ts'\nimport { isEarlier } from './fact.ts'",
      },
    ],
  },
  {
    name: 'hold-not-released',
    sentence: 'When the last maker has refused, what was held stays reserved.',
    invariants: [15],
    edits: [
      {
        file: facts,
        find: '    if (state.heldTrades.delete(tradeKey(hold.batch.taker, tradeId))) giveBack(',
        replacement: '    if (state.heldTrades.delete(tradeKey(hold.batch.taker, tradeId)) && quantity < 0) giveBack(',
      },
    ],
  },
  {
    name: 'given-up-without-a-word',
    sentence: 'A taker that gives up ends its order, and does not call its batch off at the last maker.',
    invariants: [15],
    edits: [
      {
        file: attempt,
        find: 'state.holders.delete(attempt.orderId)) withdraw(state, deciding)\n',
        replacement: 'state.holders.delete(attempt.orderId)) end(state, attempt, false)\n',
      },
    ],
  },
  {
    name: 'holder-waited-for-ever',
    sentence: 'A taker goes on waiting for a maker that was asked to hold and does not answer.',
    invariants: [15],
    edits: [
      {
        file: attempt,
        find: '    if (state.ports.now() >= untilMs) giveUp(state, attempt)\n',
        replacement: '    if (state.ports.now() >= untilMs * 2) giveUp(state, attempt)\n',
      },
    ],
  },
  {
    name: 'entering-order-trades',
    sentence: 'Others may take from an order that has not traded its minimum yet.',
    invariants: [12],
    edits: [
      {
        file: maker,
        find: "  if (availableOf(order) === 0 || state.entering.has(order.id)) return 'nothing_available'\n",
        replacement: "  if (availableOf(order) === 0) return 'nothing_available'\n",
      },
    ],
  },
]
