/** Bugs in what lives at an order's owner alone: stops, icebergs, pairs; and in replacing and cancelling several orders at once. */
import type { Mutant } from '../mutant.ts'

const stop = 'src/peer/decide/stop.ts'
const wholes = 'src/peer/decide/settle-wholes.ts'
const pair = 'src/peer/decide/pair.ts'
const facts = 'src/peer/decide/apply-to-order.ts'
const replace = 'src/peer/decide/replace.ts'

export const wholeMutants: readonly Mutant[] = [
  {
    name: 'stop-fires-on-old-trades',
    sentence:
      'A stop is triggered by whatever trade is read, however long ago it was: a healed partition fires all stops.',
    invariants: [16],
    edits: [
      {
        file: stop,
        find: 'state.dormant.size === 0 || state.ports.clock.aheadMs(stamp) < -limits.triggerAgeMsMax) return',
        replacement: 'state.dormant.size === 0) return',
      },
    ],
  },
  {
    name: 'stop-fires-on-earlier-trades',
    sentence: 'A stop is triggered by a trade from before it was placed.',
    invariants: [16],
    edits: [
      {
        file: stop,
        find: ' && (stamp === null || stamp > stampOfId(id)),',
        replacement: ',',
      },
    ],
  },
  {
    name: 'stop-direction-reversed',
    sentence: 'A buy stop is triggered by a price that falls to it, and a sell stop by one that rises.',
    invariants: [16],
    edits: [
      {
        file: stop,
        find: "return side === 'buy' ? price >= trigger : price <= trigger",
        replacement: "return side === 'sell' ? price >= trigger : price <= trigger",
      },
    ],
  },
  {
    name: 'stop-enters-at-once',
    sentence: 'A stop enters the book when it is accepted, and waits for no trade.',
    invariants: [16],
    edits: [
      {
        file: wholes,
        find: 'known.closing !== null || whole.isDormant) return false',
        replacement: 'known.closing !== null) return false',
      },
    ],
  },
  {
    name: 'trigger-not-journalled',
    sentence:
      'That a stop was triggered is kept in memory only: after a restart what it has in the book belongs to a stop that waits.',
    invariants: [8, 16],
    edits: [
      {
        file: stop,
        find: 'if (open.length > 0) record(state, {',
        replacement: 'if (open.length > 0) applyFact(state, {',
      },
      {
        file: stop,
        find: "import { record } from './record.ts'\n",
        replacement: "import { applyFact } from './apply-fact.ts'\n",
      },
    ],
  },
  {
    name: 'iceberg-shows-all',
    sentence: 'An iceberg shows everything that it has.',
    invariants: [1],
    edits: [{ file: wholes, find: 'Math.min(displayed, lots)', replacement: 'Math.max(displayed, lots)' }],
  },
  {
    name: 'iceberg-shows-two-slices',
    sentence: 'The next slice of an iceberg enters the book while one is still there.',
    invariants: [1],
    edits: [
      {
        file: wholes,
        find: 'state.book.own(last)?.isResting === true',
        replacement: 'state.book.own(last)?.isResting === true && parts.length > 1',
      },
    ],
  },
  {
    name: 'what-returns-is-lost',
    sentence: 'What an iceberg could not trade when it came is not hidden again: it is in no part and not kept either.',
    invariants: [1, 5],
    edits: [{ file: facts, find: '  whole.kept += quantity\n', replacement: '  whole.kept += quantity - quantity\n' }],
  },
  {
    name: 'slice-amended-to-nothing',
    sentence: 'A slice that an amendment takes off as a whole is told of as amended to nothing, which nobody can read.',
    invariants: [9, 15],
    edits: [{ file: 'src/peer/decide/command.ts', find: '  if (left === 0)\n', replacement: '  if (left < 0)\n' }],
  },
  {
    name: 'partner-fills-do-not-count',
    sentence: 'A stop stays for as much as it was placed for, whatever its partner trades.',
    invariants: [1],
    edits: [
      {
        file: pair,
        find: 'const lost = figuresOf(state, stop).remaining - figuresOf(state, partner).remaining\n',
        replacement: 'const lost = figuresOf(state, stop).remaining - figuresOf(state, stop).remaining\n',
      },
    ],
  },
  {
    name: 'partner-in-doubt-does-not-count',
    sentence: 'A triggered stop enters with all it has, though its partner may still trade what it has asked for.',
    invariants: [1],
    edits: [
      {
        file: pair,
        find: 'return partner === undefined ? 0 :',
        replacement: 'return partner === undefined || state.isOpen ? 0 :',
      },
    ],
  },
  {
    name: 'partner-stays',
    sentence: 'When a stop is triggered its partner stays in the book.',
    invariants: [1],
    edits: [
      {
        file: pair,
        find: 'if (isOpen(state, partner)) close(',
        replacement: 'if (isOpen(state, partner) && !state.isOpen) close(',
      },
    ],
  },
  {
    name: 'replacement-counts-anew',
    sentence: 'What comes in place of an order is for the whole quantity, whatever the old one has traded.',
    invariants: [1],
    edits: [{ file: replace, find: 'quantity: quantity - filled - reserved }', replacement: 'quantity }' }],
  },
  {
    name: 'replacement-forgets-what-is-reserved',
    sentence: 'What comes in place of an order has also the lots that the old one may still trade.',
    invariants: [1],
    edits: [
      { file: replace, find: 'quantity: quantity - filled - reserved }', replacement: 'quantity: quantity - filled }' },
    ],
  },
  {
    name: 'cancel-all-leaves-what-is-hidden',
    sentence: 'Cancelling all orders cancels those in the book, and neither stops nor what icebergs hide.',
    invariants: [5],
    edits: [
      {
        file: facts,
        find: 'const order = state.recordOf(id).whole?.order ?? state.book.own(id)\n',
        replacement: 'const order = state.book.own(id)\n',
      },
    ],
  },
]
