/** Bugs in matching and in what users were promised about their orders. */
import type { Mutant } from '../mutant.ts'

const match = 'src/peer/decide/match.ts'
const command = 'src/peer/decide/command.ts'
const maker = 'src/peer/decide/maker.ts'
const records = 'src/peer/decide/record.ts'

export const matchingMutants: readonly Mutant[] = [
  {
    name: 'limit-price-ignored',
    sentence: 'An order walks on beyond its limit price.',
    invariants: [4],
    edits: [
      {
        file: match,
        find: '  for (const candidate of state.book.opposite(side, price)) {\n    if (wanted <= 0) return\n',
        replacement:
          '  for (const candidate of state.book.opposite(side, null)) {\n    if (wanted <= 0 || price === 0) return\n',
      },
    ],
  },
  {
    name: 'earlier-order-takes',
    sentence:
      'Of two resting orders that cross, either may take: the walk does not look whose id is earlier, nor does the maker.',
    invariants: [4],
    edits: [
      {
        file: match,
        find: '    if (candidate.id >= id || state.ending.has(candidate.id)) continue\n',
        replacement: '    if (state.ending.has(candidate.id)) continue\n',
      },
      {
        file: maker,
        find: "  if (proposal.orderId <= order.id || stampOfId(proposal.orderId) > stamp) return 'taker_is_earlier'\n",
        replacement: "  if (stampOfId(proposal.orderId) > stamp) return 'taker_is_earlier'\n",
      },
    ],
  },
  {
    name: 'own-orders-first',
    sentence: 'The walk meets own orders before those of others, since that costs no round trip: it skips better ones.',
    invariants: [6],
    edits: [
      {
        file: match,
        find: '  for (const candidate of state.book.opposite(side, price)) {\n    if (wanted <= 0) return\n',
        replacement:
          '  const candidates = [...state.book.opposite(side, price)]\n  for (const candidate of [...candidates.filter(isOwn), ...candidates.filter(one => !isOwn(one))]) {\n    if (wanted <= 0) return\n',
      },
    ],
  },
  {
    name: 'busy-channel-skipped',
    sentence: 'While a channel is busy its maker is passed over, and the lots go to a worse price.',
    invariants: [6],
    edits: [
      {
        file: match,
        find: "  if (state.ports.now() >= untilMs) return passBy('answer_owed')\n",
        replacement: "  if (state.ports.now() < untilMs || quantity > 0) return passBy('answer_owed')\n",
      },
    ],
  },
  {
    name: 'stale-orders-matched',
    sentence: 'Orders of neighbours that are not live are matched as well.',
    invariants: [13],
    edits: [
      {
        file: match,
        find: "  if (!state.live.has(maker.owner)) return passBy('not_live')\n",
        replacement: '',
      },
    ],
  },
  {
    name: 'suspect-stays-live',
    sentence: 'A neighbour that misses beats is still matched: its book is not told.',
    invariants: [13],
    edits: [
      {
        file: 'src/peer/matchmaking.ts',
        find: '    this.#world.live.delete(peerId)\n    this.refresh(peerId)\n',
        replacement: '    this.#world.live.delete(peerId)\n',
      },
    ],
  },
  {
    name: 'post-only-takes',
    sentence: 'A resting post-only order that meets something takes it instead of being cancelled.',
    invariants: [12],
    edits: [
      {
        file: match,
        find: "    if (conditions.postOnly && isMatchable(state, candidate)) return close(state, id, 'would_take')\n",
        replacement:
          "    if (conditions.postOnly && candidate.remaining === 0) return close(state, id, 'would_take')\n",
      },
    ],
  },
  {
    name: 'self-trade-allowed',
    sentence: 'Two orders of one account trade with each other.',
    invariants: [12],
    edits: [
      {
        file: match,
        find: '  if (maker.account === ownOrder(state, id).account) return preventSelfTrade(state, id, maker, quantity)\n',
        replacement: '',
      },
      { file: match, find: 'function preventSelfTrade(', replacement: 'export function preventSelfTrade(' },
    ],
  },
  {
    name: 'ioc-rests',
    sentence: 'An ioc order is placed like any other, and what is left of it rests.',
    invariants: [12],
    edits: [
      {
        file: command,
        find: '  if (price !== null && !neverRests(timeInForce) && !isKeptWhole(conditions))\n',
        replacement: '  if (price !== null && !isKeptWhole(conditions))\n',
      },
      {
        file: 'src/book/order-book.ts',
        find: '    if (neverRests(order.timeInForce)) impossible(`The ${order.timeInForce} order ${order.id} cannot rest.`)\n',
        replacement: '',
      },
    ],
  },
  {
    name: 'ioc-lingers',
    sentence: 'What an ioc order could not fill does not lapse: it takes what comes later.',
    invariants: [12, 15],
    edits: [
      {
        file: match,
        find: '  if (free === 0 || state.waiting.has(id) || state.entering.has(id)) return\n',
        replacement:
          '  if (free === 0 || state.waiting.has(id) || state.entering.has(id) || (state.isOpen && neverRests(order.timeInForce))) return\n',
      },
    ],
  },
  {
    name: 'reserved-is-available',
    sentence: 'What is reserved for a proposal is offered, filled and cancelled as if it were free.',
    invariants: [1, 5],
    edits: [
      {
        file: 'src/book/order.ts',
        find: '  return order.remaining - order.reserved\n',
        replacement: '  return order.remaining\n',
      },
    ],
  },
  {
    name: 'cancel-forgets-what-is-reserved',
    sentence: 'A cancelled order says that nothing of it remains, although a part is reserved and may yet be filled.',
    invariants: [1, 9],
    edits: [
      {
        file: records,
        find: '  const shared = { orderId: id, quantity, remaining: order.remaining - quantity }\n',
        replacement: '  const shared = { orderId: id, quantity, remaining: availableOf(order) - quantity }\n',
      },
    ],
  },
  {
    name: 'cancel-leaves-what-is-returned',
    sentence: 'A cancel takes out what is free, and forgets to take out what comes back later.',
    invariants: [5],
    edits: [
      {
        file: records,
        find: '  if (order.remaining > free || isPrivate(reason)) record(',
        replacement: '  if (isPrivate(reason)) record(',
      },
    ],
  },
  {
    name: 'amend-forgets-what-is-filled',
    sentence: 'An order that is amended to a quantity keeps that much remaining, whatever is filled of it.',
    invariants: [1, 9],
    edits: [
      {
        file: command,
        find: "publish(state, { type: 'amended', orderId: shown, quantity: filled + left, remaining: left })",
        replacement:
          "publish(state, { type: 'amended', orderId: shown, quantity: filled + left, remaining: Math.min(filled + left, remaining - 1) })",
      },
    ],
  },
  {
    name: 'remaining-without-reserved',
    sentence: "A maker's fill says what is available as what remains.",
    invariants: [1, 9],
    edits: [
      {
        file: 'src/peer/decide/answer.ts',
        find: "      remaining: order.remaining - quantity,\n      liquidity: 'maker',",
        replacement: "      remaining: availableOf(order) - quantity,\n      liquidity: 'maker',",
      },
      {
        file: 'src/peer/decide/answer.ts',
        find: "import type { Evidence } from '../../feed/segment.ts'",
        replacement:
          "import { availableOf } from '../../book/order.ts'\nimport type { Evidence } from '../../feed/segment.ts'",
      },
    ],
  },
  {
    name: 'gtd-ends-late',
    sentence: 'A gtd order ends when somebody looks for it the next time after a second: it fills after its time.',
    invariants: [5],
    edits: [
      {
        file: match,
        find: '  if (isOpen && atMs > now) return state.expire(id, atMs)\n',
        replacement: '  if (isOpen && atMs + 1_000 > now) return state.expire(id, atMs)\n',
      },
    ],
  },
  {
    name: 'expired-after-the-event',
    sentence: 'What has expired is looked for after an event has been decided: a timer that is late lets it fill.',
    invariants: [5],
    edits: [
      { file: 'src/peer/decide/decide.ts', find: '  expireDue(state)\n', replacement: '' },
      {
        file: 'src/peer/decide/decide.ts',
        find: "import { expireDue, settle } from './match.ts'",
        replacement: "import { settle } from './match.ts'",
      },
    ],
  },
]
