/** Bugs in feeds, replicas, clocks and signatures: what is read without being checked, what is not read at all. */
import type { Mutant } from '../mutant.ts'

const feed = 'src/feed/feed.ts'
const fold = 'src/feed/fold.ts'
const codec = 'src/net/codec.ts'
const reading = 'src/peer/decide/read.ts'
const replication = 'src/peer/replicate.ts'
const clock = 'src/feed/hybrid-clock.ts'

/** Takes words of one kind for true whoever has signed them. */
function unsigned(kind: 'segment' | 'batch' | 'answer'): Mutant['edits'] {
  return [
    {
      file: codec,
      find: "  if (typeof by !== 'string' || !isSignedBy(verifier, by as PeerId, domain, signed, bodyHash))",
      replacement: `  const isChecked = domain.kind !== '${kind}'\n  if (typeof by !== 'string' || (isChecked && !isSignedBy(verifier, by as PeerId, domain, signed, bodyHash)))`,
    },
  ]
}

export const feedMutants: readonly Mutant[] = [
  {
    name: 'segment-signature-unchecked',
    sentence: 'A segment is believed whoever has signed it.',
    invariants: [11],
    edits: unsigned('segment'),
  },
  {
    name: 'batch-signature-unchecked',
    sentence: 'A batch of proposals is decided whoever has signed it.',
    invariants: [11],
    edits: unsigned('batch'),
  },
  {
    name: 'answer-signature-unchecked',
    sentence: "An answer is taken for the maker's decision whoever has signed it.",
    invariants: [11],
    edits: unsigned('answer'),
  },
  {
    name: 'gap-read-over',
    sentence: 'A segment that comes too early is taken in, and what lies between is never read.',
    invariants: [9, 15],
    edits: [
      {
        file: feed,
        find: "    if (segment.first > head.sequence + 1) return beginsAnew(segment) ? 'anew' : 'gap'\n",
        replacement: "    if (segment.first > head.sequence + 1) return beginsAnew(segment) ? 'anew' : 'next'\n",
      },
    ],
  },
  {
    name: 'known-segment-read-again',
    sentence: 'Whatever begins before the head is taken in once more: a duplicate changes the replica.',
    invariants: [9, 10],
    edits: [
      {
        file: feed,
        find: "    return this.#isKnown(candidate) ? 'known' : 'fork'\n",
        replacement: "    return this.#isKnown(candidate) ? 'next' : 'fork'\n",
      },
      {
        file: fold,
        find: "  if (reading.lastStamp !== null && segment.stamp <= reading.lastStamp) return 'stamp_not_later'\n",
        replacement: '',
      },
    ],
  },
  {
    name: 'old-incarnation-read',
    sentence: 'A late segment of an earlier incarnation begins the replica anew, whatever its stamp.',
    invariants: [9, 10, 15],
    edits: [
      {
        file: feed,
        find: "    if (segment.incarnation < head.incarnation) return 'superseded'\n",
        replacement:
          "    if (segment.incarnation < head.incarnation) return beginsAnew(segment) ? 'anew' : 'superseded'\n",
      },
      {
        file: fold,
        find: "  if (reading.lastStamp !== null && segment.stamp <= reading.lastStamp) return 'stamp_not_later'\n",
        replacement: '',
      },
    ],
  },
  {
    name: 'heads-compared-by-number-alone',
    sentence: 'How far somebody has read is compared by sequence number, whatever incarnation it belongs to.',
    invariants: [15],
    edits: [
      {
        file: feed,
        find: '  if (cursor.incarnation !== head.incarnation) return cursor.incarnation > head.incarnation\n',
        replacement: '',
      },
    ],
  },
  {
    name: 'taker-fills-not-folded',
    sentence: "Only a maker's fills reduce a replica: a resting order that takes seems to keep what it has filled.",
    invariants: [9, 15],
    edits: [
      {
        file: fold,
        find: "    else if ('orderId' in entry && book.replica(owner, entry.orderId))\n",
        replacement:
          "    else if (entry.type === 'filled' && entry.liquidity === 'taker') continue\n    else if ('orderId' in entry && book.replica(owner, entry.orderId))\n",
      },
    ],
  },
  {
    name: 'cursor-skips-a-segment',
    sentence: 'A page begins one entry too late, so that a segment of a single entry is never sent.',
    invariants: [15],
    edits: [
      {
        file: feed,
        find: '    for (let index = this.#indexOf(sequence + 1); index',
        replacement: '    for (let index = this.#indexOf(sequence + 2); index',
      },
    ],
  },
  {
    name: 'heads-never-compared',
    sentence:
      'Peers do not compare what they have read: what a peer that is gone has told only some stays unknown to others.',
    invariants: [15],
    edits: [
      {
        file: replication,
        find: '      if (differences >= differencesMax) this.#compare$.next(market)\n',
        replacement: '      if (differences < 0) this.#compare$.next(market)\n',
      },
      { file: replication, find: 'const differencesMax = 2', replacement: 'export const differencesMax = 2' },
    ],
  },
  {
    name: 'lost-segment-not-sent-again',
    sentence: 'A segment is pushed when it is published and never again, nor are heads compared.',
    invariants: [15],
    edits: [
      {
        file: replication,
        find: '      if (!hasReached(this.#cursors.get(market) ?? null, own.head)) this.#push$.next(market)\n',
        replacement: '',
      },
      {
        file: replication,
        find: '      if (differences >= differencesMax) this.#compare$.next(market)\n',
        replacement: '      if (differences < 0) this.#compare$.next(market)\n',
      },
      { file: replication, find: 'const differencesMax = 2', replacement: 'export const differencesMax = 2' },
    ],
  },
  {
    name: 'clock-not-merged',
    sentence:
      "Others' stamps are not merged into the clock: an order gets an id earlier than orders that its peer has seen.",
    invariants: [4],
    edits: [
      {
        file: reading,
        find: '  state.ports.clock.observe(segment.stamp)\n',
        replacement: '',
      },
    ],
  },
  {
    name: 'clock-ahead-believed',
    sentence: 'A segment from the future is taken in at once, and drags the clock along.',
    invariants: [4, 9],
    edits: [
      {
        file: reading,
        find: '      if (state.ports.clock.aheadMs(stamp) > limits.clockAheadMsMax) return false\n',
        replacement: '',
      },
      {
        file: reading,
        find: '  const { owner, stamp } = next.segment\n',
        replacement: '  const { owner } = next.segment\n',
      },
    ],
  },
  {
    name: 'clock-does-not-count',
    sentence: 'Two stamps of one millisecond are equal, so that ids within it are in no order.',
    invariants: [9, 15],
    edits: [
      {
        file: clock,
        find: '    else if (this.#counter < counterMax) this.#counter += 1\n',
        replacement: '    else if (this.#counter < counterMax) this.#counter += 0\n',
      },
    ],
  },
]
