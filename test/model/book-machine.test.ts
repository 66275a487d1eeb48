/** The machine of a market's book, walked along paths that are generated from it, against the table below. */
import { fromCallback } from 'xstate'
import { bookMachine, type BookContext, type BookInContext } from '../../machines/book.machine.ts'
import { machineSuite } from '../support/machine-suite.ts'
import type { Case, Row } from '../support/machine-walk.ts'

/** The guards look into the book, which no walk changes: one book for each answer that they can get. */
const books = {
  'a book of which nothing is undecided': bookThat({ isCommitting: false, hasMore: false, isDrained: true }),
  'a book of which something is undecided': bookThat({ isCommitting: false, hasMore: false, isDrained: false }),
  'a book with a group on its way': bookThat({ isCommitting: true, hasMore: false, isDrained: false }),
  'a book with a group on its way and more behind it': bookThat({
    isCommitting: true,
    hasMore: true,
    isDrained: false,
  }),
}

interface Answers {
  readonly isCommitting: boolean
  readonly hasMore: boolean
  readonly isDrained: boolean
}

function bookThat({ isCommitting, hasMore, isDrained }: Answers): BookInContext {
  const group = isCommitting ? { record: null, outputs: [], head: null } : null
  return { group, hasMore, isDrained, toJSON: () => ({ isCommitting, hasMore, isDrained }) }
}

const events: Readonly<{ [type: string]: string }> = {
  'order.submit': 'somebody wants to trade',
  'batch.propose': 'a taker proposes',
  'feed.segments': 'segments arrive',
  'channel.asked': 'a peer that leaves asks whether it owes an answer',
  'neighbour.live': 'a neighbour is live',
  'backoff.over': 'a backoff ends',
  'journal.read': 'the journal has been read',
  'group.released': 'a group has left',
  'market.drain': 'the market is to drain',
}

const cases: readonly Case<BookContext>[] = [
  ...Object.entries(events).map(([type, words]) => ({ name: type, words, event: { type } })),
  {
    name: 'journal.failed',
    words: 'the journal fails',
    event: { type: 'journal.failed', sentence: 'no space is left' },
  },
  {
    name: 'journal.failed again',
    words: 'the journal fails for another reason',
    event: { type: 'journal.failed', sentence: 'the disk is gone' },
  },
  {
    name: 'market.halt',
    words: 'it is told to halt',
    event: { type: 'market.halt', sentence: 'another process is this peer' },
  },
]

/** From the outside: commands, batches, pages and questions. */
const requests = ['order.submit', 'batch.propose', 'feed.segments', 'channel.asked']
const decidable = [...requests, 'neighbour.live', 'backoff.over']

const over = ['stop bridge', 'tell xstate.done.actor.subject']

const isCommitting = ({ book }: BookContext) => book.group !== null
const isIdle = ({ book }: BookContext) => book.group === null
const begun = ['closeGroup', 'emit group']

const deciding = (from: string): Row<BookContext>[] => [
  { from, on: decidable, to: from, when: isCommitting, does: ['decide'] },
  { from, on: decidable, to: from, when: isIdle, does: ['decide', ...begun] },
  { from, on: ['group.released'], to: from, when: ({ book }) => book.hasMore, does: ['letGo', ...begun] },
]

const halting = (from: string): Row<BookContext> => ({
  from,
  on: ['journal.failed', 'journal.failed again', 'market.halt'],
  to: 'halted',
  does: ['emit halted'],
  notes: (_, event) => ({ halted: 'sentence' in event ? String(event.sentence) : null }),
})

machineSuite<BookContext>('the book of one market', {
  machine: bookMachine,
  variants: Object.entries(books).map(([words, book]) => ({ words, input: { book } })),
  cases,
  digest: () => '',
  isWayRemembered: false,
  starts: Object.keys(books).map(variant => ({ variant, to: 'recovering', does: ['start bridge'] })),
  table: [
    {
      from: 'recovering',
      on: ['journal.read'],
      to: 'open',
      does: ['decideToOpen', ...begun],
    },
    { from: 'recovering', on: requests, to: 'recovering', does: ['emit unserved'] },
    { from: 'recovering', on: ['market.drain'], to: 'closed', does: over },
    halting('recovering'),

    ...deciding('open'),
    { from: 'open', on: ['group.released'], to: 'open', when: ({ book }) => !book.hasMore, does: ['letGo'] },
    { from: 'open', on: ['market.drain'], to: 'draining', when: isCommitting, does: ['decideToDrain'] },
    {
      from: 'open',
      on: ['market.drain'],
      to: 'draining',
      when: isIdle,
      does: ['decideToDrain', ...begun],
    },
    halting('open'),

    ...deciding('draining'),
    { from: 'draining', on: ['market.drain'], to: 'draining' },
    {
      from: 'draining',
      on: ['group.released'],
      to: 'closed',
      when: ({ book }) => book.isDrained,
      does: ['letGo', ...over],
    },
    {
      from: 'draining',
      on: ['group.released'],
      to: 'draining',
      when: ({ book }) => !book.hasMore && !book.isDrained,
      does: ['letGo'],
    },
    halting('draining'),

    { from: 'halted', on: requests, to: 'halted', does: ['emit unserved'] },
    { from: 'halted', on: ['journal.failed', 'journal.failed again', 'market.halt'], to: 'halted' },
    { from: 'halted', on: ['market.drain'], to: 'closed', does: over },
  ],
  provide: (machine, record) => {
    const recorded = (name: string) => [name, () => record(name)] as const
    return machine.provide({
      actors: {
        bridge: fromCallback(() => {
          record('start bridge')
          return () => record('stop bridge')
        }),
      },
      actions: Object.fromEntries(['decideToOpen', 'decide', 'decideToDrain', 'closeGroup', 'letGo'].map(recorded)),
    })
  },
  harmless: {
    'draining on market.drain #0: lost': 'that an event is ignored is what saying nothing says, too',
  },
})
