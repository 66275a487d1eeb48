/** Bugs in output commit and recovery: what leaves too early, what is not written, what is not read back. */
import type { Mutant } from '../mutant.ts'

const bookActor = 'src/peer/book-actor.ts'
const recovery = 'src/peer/decide/recover.ts'
const taker = 'src/peer/decide/taker.ts'

export const journalMutants: readonly Mutant[] = [
  {
    name: 'leaves-before-append',
    sentence: 'A group leaves first and is journalled then: answers, segments and replies tell of what a crash undoes.',
    invariants: [2, 3, 8],
    edits: [
      {
        file: bookActor,
        find: '  return write(world.journal, group).pipe(tap(() => release(actor, world, group)))',
        replacement: `  release(actor, world, group)
  return write(world.journal, group)`,
      },
    ],
  },
  {
    name: 'leaves-before-sync',
    sentence: 'A group leaves as soon as it is appended, and does not wait for the sync.',
    invariants: [2, 3, 8],
    edits: [
      {
        file: bookActor,
        find: '  return journal.sync()\n',
        replacement: `  journal.sync().subscribe()
  return new Observable<void>(subscriber => {
    subscriber.next()
    subscriber.complete()
  })
`,
      },
    ],
  },
  {
    name: 'syncs-before-it-appends',
    sentence:
      'The journal is synced before the record is appended, so the record itself is not durable when it leaves.',
    invariants: [2, 3, 8],
    edits: [
      {
        file: bookActor,
        find: `  journal.append(textOf(record))
  return journal.sync()`,
        replacement: `  return journal.sync().pipe(
    tap(() => {
      journal.append(textOf(record))
    }),
  )`,
      },
    ],
  },
  {
    name: 'replies-without-facts-do-not-wait',
    sentence:
      'A repeated answer leaves at once, since it decides nothing: before the decision that it tells of is synced.',
    invariants: [2, 3, 8],
    edits: [
      {
        file: bookActor,
        find: `      decide: ({ context, event }) => {
        if (isDecidable(event)) decide(liveBookOf(context).state, event)`,
        replacement: `      decide: ({ context, event, system }) => {
        if (!isDecidable(event)) return
        const { state } = liveBookOf(context)
        const { decisions } = state
        const before = { facts: decisions.facts.length, outputs: decisions.outputs.length }
        decide(state, event)
        const outputs = decisions.outputs.slice(before.outputs)
        if (decisions.facts.length > before.facts || outputs.some(({ type }) => type !== 'reply')) return
        const world = worldOf(system, state.market.id)
        for (const output of outputs) world.release(output)`,
      },
    ],
  },
  {
    name: 'unsynced-feed-is-shown',
    sentence: 'Beats, heads and pages show the own feed as far as it has been decided: before it is synced.',
    invariants: [8, 9],
    edits: [
      {
        file: 'src/peer/committed-book.ts',
        find: '  readonly #ownHead: Head | null\n',
        replacement: '  get #ownHead(): Head | null {\n    return this.#state.ownHead\n  }\n',
      },
      { file: 'src/peer/committed-book.ts', find: '    this.#ownHead = ownHead\n', replacement: '' },
    ],
  },
  {
    name: 'answer-not-journalled',
    sentence: 'A maker keeps its last answer in memory only: after a restart it decides the same number anew.',
    invariants: [2, 3, 8],
    edits: [
      {
        file: 'src/peer/decide/answer.ts',
        find: "  record(state, { type: 'answered', batch: { taker, n, takerIncarnation, isGroup, hash, lastTradeId }, answer })",
        replacement:
          '  state.makerChannels.set(taker, { taker, n, takerIncarnation, isGroup, hash, lastTradeId, answer })',
      },
      {
        file: 'src/peer/decide/answer.ts',
        find: 'import { ownOrder, publish, record } from',
        replacement: 'import { ownOrder, publish } from',
      },
    ],
  },
  {
    name: 'intent-not-journalled',
    sentence:
      'A taker sends a batch without journalling it: after a crash it knows of no proposal, and has reserved nothing.',
    invariants: [3, 8],
    edits: [
      {
        file: 'src/peer/decide/send.ts',
        find: "  record(state, { type: 'intent', batch, signed, hash })",
        replacement: "  applyFact(state, { type: 'intent', batch, signed, hash: hashOf(batchDomain(state), signed) })",
      },
      {
        file: 'src/peer/decide/send.ts',
        find: "import { output, record } from './record.ts'",
        replacement: "import { applyFact } from './apply-fact.ts'\nimport { output } from './record.ts'",
      },
    ],
  },
  {
    name: 'settled-not-journalled-without-fills',
    sentence:
      'That a batch was refused whole is not journalled, since nothing was traded: replay reserves its lots for good.',
    invariants: [8],
    edits: [
      {
        file: taker,
        find: "  record(state, { type: 'settled', maker: batch.maker, n: batch.n, filled })",
        replacement: `  const fact = { type: 'settled', maker: batch.maker, n: batch.n, filled } as const
  if (filled.some(lots => lots > 0)) record(state, fact)
  else applyFact(state, fact)`,
      },
      {
        file: taker,
        find: "import type { BookState, InFlight } from './state.ts'",
        replacement:
          "import { applyFact } from './apply-fact.ts'\nimport type { BookState, InFlight } from './state.ts'",
      },
    ],
  },
  {
    name: 'recovery-skips-the-last-record',
    sentence: 'The last record of a journal is taken for torn and left out, although it was synced.',
    invariants: [8, 9],
    edits: [
      {
        file: recovery,
        find: '  for (const record of records) replay(state, record)',
        replacement: '  for (const record of records.slice(0, -1)) replay(state, record)',
      },
    ],
  },
  {
    name: 'recovery-forgets-answers',
    sentence: 'After a restart a maker begins its channels anew: a number that was decided before is decided again.',
    invariants: [2, 3, 8],
    edits: [
      {
        file: recovery,
        find: '  state.touched.clear()\n',
        replacement: '  state.touched.clear()\n  state.makerChannels.clear()\n',
      },
    ],
  },
  {
    name: 'recovery-does-not-withdraw',
    sentence: 'A batch without outcome is not asked after when its taker restarts: its quantity stays reserved.',
    invariants: [15],
    edits: [
      {
        file: recovery,
        find: 'if (inFlight) withdraw(',
        replacement: 'if (inFlight && inFlight.batch.n < 0) withdraw(',
      },
    ],
  },
  {
    name: 'recovery-releases-what-is-undecided',
    sentence: 'A taker that restarts takes back what it had reserved, as if nothing had been sent.',
    invariants: [3, 5, 8],
    edits: [
      {
        file: recovery,
        find: `  for (const { inFlight } of state.takerChannels.values()) if (inFlight) withdraw(state, inFlight)`,
        replacement: `  for (const { inFlight } of state.takerChannels.values()) {
    if (!inFlight) continue
    const { maker, n, proposals } = inFlight.batch
    record(state, { type: 'settled', maker, n, filled: proposals.map(() => 0) })
  }`,
      },
      {
        file: recovery,
        find: "import { publish } from './record.ts'\nimport { withdraw } from './send.ts'",
        replacement: "import { publish, record } from './record.ts'",
      },
    ],
  },
  {
    name: 'recovery-loses-expiry',
    sentence: 'The time at which a gtd order ends is kept outside the facts: after a restart it rests for ever.',
    invariants: [8, 15],
    edits: [
      {
        file: recovery,
        find: '  state.touched.clear()\n',
        replacement: '  state.touched.clear()\n  state.expiries.clear()\n',
      },
    ],
  },
  {
    name: 'clock-not-recovered',
    sentence:
      "A restart does not merge the own feed's stamps: with a clock set back, the new incarnation is older than the last.",
    invariants: [9, 15],
    edits: [
      {
        file: recovery,
        find: '  clock.observe(segment.stamp)\n',
        replacement: '',
      },
    ],
  },
  {
    name: 'ids-not-recovered',
    sentence:
      'A restart does not merge the ids of orders that are in no segment: with a clock set back, what comes later seems to be earlier.',
    invariants: [4, 9, 16],
    edits: [
      {
        file: recovery,
        find: "  if (fact.type === 'accepted' || fact.type === 'entered') clock.observe(stampOfId(fact.order.id))\n  else if",
        replacement: '  if',
      },
    ],
  },
  {
    name: 'checkpoint-without-reserved-orders',
    sentence: 'A checkpoint leaves out orders of which nothing is available: readers drop what is still open.',
    invariants: [9, 15],
    edits: [
      {
        file: 'src/peer/decide/checkpoint.ts',
        find: '[...state.book.openOrders(state.self)].map(placedOf)',
        replacement:
          '[...state.book.openOrders(state.self)].filter(({ id }) => availableOf(ownOrder(state, id)) > 0).map(placedOf)',
      },
      {
        file: 'src/peer/decide/checkpoint.ts',
        find: "import type { RestingOrder } from '../../book/order.ts'",
        replacement: "import { availableOf, type RestingOrder } from '../../book/order.ts'",
      },
      {
        file: 'src/peer/decide/checkpoint.ts',
        find: "import { publish } from './record.ts'",
        replacement: "import { ownOrder, publish } from './record.ts'",
      },
    ],
  },
  {
    name: 'lapse-not-journalled',
    sentence: 'What lapses of an order that never rests is not journalled: after a restart it is at work again.',
    invariants: [8],
    edits: [
      {
        file: 'src/peer/decide/match.ts',
        find: "    record(state, { type: 'lapsed', orderId: id, quantity: free, reason: 'nothing_left_to_match' })",
        replacement:
          "    applyFact(state, { type: 'lapsed', orderId: id, quantity: free, reason: 'nothing_left_to_match' })",
      },
      {
        file: 'src/peer/decide/match.ts',
        find: "import { close, freeOf, lapseFree, output, ownOrder, record } from './record.ts'",
        replacement:
          "import { applyFact } from './apply-fact.ts'\nimport { close, freeOf, lapseFree, output, ownOrder } from './record.ts'",
      },
    ],
  },
]
