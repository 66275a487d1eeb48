/** Bugs in the channel between a taker's peer and a maker's peer: what is decided, once and for all, and what is only a timeout. */
import type { Mutant } from '../mutant.ts'

const maker = 'src/peer/decide/maker.ts'
const taker = 'src/peer/decide/taker.ts'
const facts = 'src/peer/decide/apply-to-channel.ts'
const records = 'src/peer/decide/record.ts'
const asking = 'src/peer/ask-maker.ts'
const actor = 'src/peer/proposal-actor.ts'
const proposal = 'machines/proposal.machine.ts'

/** Takes a missing answer, of the reasons that pass, for the maker's decision to refuse everything. */
function missingAnswerDecides(isTaken: string): Mutant['edits'] {
  return [
    {
      file: asking,
      find: '      world.counters.add(`${type}_unanswered.${reason}`)\n',
      replacement: `      world.counters.add(\`\${type}_unanswered.\${reason}\`)
      if (${isTaken})
        bookOf(world, batch.market).send({
          type: 'batch.answer',
          answer: {
            maker: batch.maker,
            taker: batch.taker,
            market: batch.market,
            n: batch.n,
            batchHash: hashOf({ networkId: world.networkId, kind: 'batch', scope: batch.market }, signed),
            makerIncarnation: batch.makerHead.incarnation,
            sequence: batch.makerHead.sequence,
            decisions: batch.proposals.map(({ tradeId }) => ({ tradeId, refused: 'withdrawn' as const })),
          },
          signed,
        })
`,
    },
    {
      file: asking,
      find: "import type { Signed } from '../feed/signer.ts'",
      replacement: "import { hashOf, type Signed } from '../feed/signer.ts'",
    },
  ]
}

export const channelMutants: readonly Mutant[] = [
  {
    name: 'timeout-is-an-answer',
    sentence: 'When no answer comes in time the taker takes its lots back: the maker may have filled them.',
    invariants: [3, 5],
    edits: missingAnswerDecides("reason === 'timed_out'"),
  },
  {
    name: 'refused-request-is-a-decision',
    sentence: "That a market is not open, or a peer busy, is taken for the maker's decision.",
    invariants: [3, 5],
    edits: missingAnswerDecides("reason !== 'timed_out' && reason !== 'connection_refused'"),
  },
  {
    name: 'withdraw-fills',
    sentence:
      'A withdraw of a batch that the maker has not seen is decided like a proposal: what nobody wants any more is filled.',
    invariants: [10],
    edits: [
      {
        file: maker,
        find: "  if (type === 'batch.withdraw') return 'withdrawn'\n",
        replacement: '',
      },
    ],
  },
  {
    name: 'lower-number-decided',
    sentence: 'A late duplicate of an earlier batch is decided again, and takes the place of the last answer.',
    invariants: [2, 10],
    edits: [
      {
        file: maker,
        find: "  if (isEarlier(batch, channel)) return 'earlier'\n",
        replacement: "  if (isEarlier(batch, channel)) return 'later'\n",
      },
    ],
  },
  {
    name: 'same-number-decided-again',
    sentence: 'A batch that is asked after is decided anew instead of being answered as the first time.',
    invariants: [2, 3],
    edits: [
      {
        file: maker,
        find: "  if (channel && position === 'same') return repeat(state, requestId, channel, hash)\n",
        replacement: '',
      },
      { file: maker, find: 'function repeat(state: BookState', replacement: 'export function repeat(state: BookState' },
    ],
  },
  {
    name: 'duplicate-fills-again',
    sentence: 'A maker remembers neither its answer nor the trade ids of a channel: a duplicate fills a second time.',
    invariants: [1, 2, 10],
    edits: [
      {
        file: maker,
        find: "  if (channel && position === 'same') return repeat(state, requestId, channel, hash)\n",
        replacement: '',
      },
      { file: maker, find: 'function repeat(state: BookState', replacement: 'export function repeat(state: BookState' },
      { file: maker, find: "let lastTradeId = channel?.lastTradeId ?? ''", replacement: "let lastTradeId = ''" },
    ],
  },
  {
    name: 'trade-id-is-the-order-id',
    sentence: "A trade gets its taker order's id: an order that meets two makers trades twice under one id.",
    invariants: [2],
    edits: [
      {
        file: 'src/peer/decide/match.ts',
        find: '    tradeId: state.nextTradeId(),\n    orderId: id,',
        replacement: '    tradeId: id as unknown as TradeId,\n    orderId: id,',
      },
      {
        file: 'src/peer/decide/match.ts',
        find: '  type Side,\n} from',
        replacement: '  type Side,\n  type TradeId,\n} from',
      },
    ],
  },
  {
    name: 'settled-channel-forgotten',
    sentence: 'A channel without a batch in flight is forgotten: the next batch bears a number that was used before.',
    invariants: [2, 15],
    edits: [
      {
        file: facts,
        find: '  state.takerChannels.set(maker, { n, inFlight: null })',
        replacement: '  state.takerChannels.delete(maker)',
      },
    ],
  },
  {
    name: 'two-batches-in-flight',
    sentence: 'The next batch goes out before the last one is decided, and takes its place in memory.',
    invariants: [3, 8, 15],
    edits: [
      {
        file: 'src/peer/decide/match.ts',
        find: '  if (inFlight) return waitForChannel(state, id, inFlight, quantity)\n',
        replacement: '',
      },
      {
        file: 'src/peer/decide/match.ts',
        find: '  const { inFlight } = state.takerChannelOf(maker.owner)\n',
        replacement: '',
      },
      {
        file: 'src/peer/decide/match.ts',
        find: 'function waitForChannel(',
        replacement: 'export function waitForChannel(',
      },
    ],
  },
  {
    name: 'withdraw-given-up',
    sentence: 'A taker asks once what became of a batch and then never again: its quantity stays in doubt.',
    invariants: [15],
    edits: [
      {
        file: proposal,
        find: "on: { 'answer.arrived': 'deciding', 'answer.missing': { target: 'waiting', actions: 'noteReason' } },",
        replacement:
          "on: { 'answer.arrived': 'deciding', 'answer.missing': { target: 'settled', actions: 'noteReason' } },",
      },
    ],
  },
  {
    name: 'proposes-again',
    sentence:
      'A batch without an answer is proposed again instead of being withdrawn: it may be filled long after it was wanted.',
    invariants: [10],
    edits: [
      {
        file: actor,
        find: "askMaker(world, 'withdraw', input)",
        replacement: "askMaker(world, 'propose', input)",
      },
    ],
  },
  {
    name: 'part-filled-counts-as-whole',
    sentence: 'A taker books what it has asked for, and not the part that the maker has filled.',
    invariants: [1, 2, 3],
    edits: [
      {
        file: taker,
        find: "answer.decisions.map(decision => ('filled' in decision ? decision.filled : 0))",
        replacement:
          "answer.decisions.map((decision, index) =>\n    'filled' in decision ? (inFlight.batch.proposals[index]?.quantity ?? 0) : 0,\n  )",
      },
    ],
  },
  {
    name: 'fill-booked-at-own-limit',
    sentence: "A taker books a trade at its own limit instead of the earlier order's price.",
    invariants: [2, 4],
    edits: [
      {
        file: taker,
        find: '  const { orderId, side, tradeId, price, makerOrderId } = proposal\n',
        replacement:
          '  const { orderId, side, tradeId, limit, makerOrderId } = proposal\n  const price = limit ?? proposal.price\n',
      },
    ],
  },
  {
    name: 'part-refused-stays-reserved',
    sentence: 'Of a proposal that was filled in part, the rest is not released.',
    invariants: [5, 15],
    edits: [
      {
        file: facts,
        find: '    else giveBack(state, orderId, quantity - decided)',
        replacement: '    else giveBack(state, orderId, decided === 0 ? quantity : 0)',
      },
    ],
  },
  {
    name: 'any-segment-decides',
    sentence:
      'Whatever segment of the maker comes next is taken for the one that decides: what it does not show is refused.',
    invariants: [2, 3],
    edits: [
      {
        file: taker,
        find: '  if (shown.every(fill => fill === undefined)) return\n',
        replacement: '',
      },
    ],
  },
  {
    name: 'returned-to-a-cancelled-order',
    sentence: 'What comes back to an order that is being cancelled goes back into the market.',
    invariants: [5],
    edits: [
      {
        file: records,
        find: '  else lapseFree(state, id, free, closing)\n',
        replacement: '  else if (free === ownOrder(state, id).quantity) lapseFree(state, id, free, closing)\n',
      },
      {
        file: maker,
        find: "  if (state.recordOf(order.id).closing !== null) return 'order_closed'\n",
        replacement: '',
      },
    ],
  },
  {
    name: 'foreseen-for-ever',
    sentence:
      'What an answer has told of is taken off the replica for good, also when the feed shows it: the rest is never asked for.',
    invariants: [15],
    edits: [
      {
        file: 'src/peer/decide/asking.ts',
        find: '  if (!hasReached(state.feedOf(owner).head, foreseen)) return foreseen.lots\n  state.foreseen.delete(key)\n  return 0',
        replacement: '  return foreseen.lots',
      },
    ],
  },
  {
    name: 'refusal-is-for-ever',
    sentence:
      "An order that has refused is left alone until its owner's head moves: a reservation that ends moves no head.",
    invariants: [15],
    edits: [
      {
        file: 'src/peer/decide/asking.ts',
        find: '  if (state.ports.now() >= untilMs) return false\n  lookAgainAt(state, untilMs)\n',
        replacement: '  if (untilMs < 0) return false\n',
      },
    ],
  },
  {
    name: 'no-backoff',
    sentence: 'An order that has refused is asked again at once, and again.',
    invariants: [6],
    edits: [
      {
        file: taker,
        find: '  const delayMs = Math.min(before ? before.delayMs * 2 : limits.refusedDelayMsMin, limits.refusedDelayMsMax)\n',
        replacement: '  const delayMs = before?.delayMs ?? 0\n',
      },
      { file: taker, find: "import { limits } from '../../limits.ts'\n", replacement: '' },
    ],
  },
  {
    name: 'losing-a-neighbour-forgets-its-channel',
    sentence: 'A maker forgets with a neighbour that is not live any more what it has answered it.',
    invariants: [2, 3, 8],
    edits: [
      {
        file: 'src/peer/decide/decide.ts',
        find: '      state.live.delete(event.peer)\n',
        replacement: '      state.live.delete(event.peer)\n      state.makerChannels.delete(event.peer)\n',
      },
    ],
  },
]
