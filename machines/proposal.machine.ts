/**
 * One batch of proposals to one maker, seen from the taker: proposed once, and from then on only asked after, until its outcome is
 * known. What is decided at once never becomes one of these. Who holds lots until a batch of somebody else is decided asks after that one in the same way. It holds no truth: the journalled intent does, and after a crash this actor is spawned again from it.
 */
import { assign, fromCallback, setup } from 'xstate'
import type { Signed } from '../src/feed/signer.ts'
import type { Batch } from '../src/net/messages.ts'

export interface ProposalInput {
  readonly batch: Batch
  readonly signed: Signed
  /** `withdraw`: the batch was proposed before a crash, and is only asked after. */
  readonly mode: 'propose' | 'withdraw'
  /** What the last maker has decided, to be shown to a maker that holds the batch until then; null for any other. */
  readonly decision: Signed | null
  readonly retryDelayMsMin: number
  readonly retryDelayMsMax: number
}

export interface ProposalContext extends ProposalInput {
  /** How often the maker has been asked without learning the outcome. */
  readonly attempts: number
  /** Why the last attempt brought no decision. */
  readonly lastReason: string | null
}

/** What each of them means stands in `meta` of the machine. */
export type ProposalEvent =
  | { readonly type: 'answer.arrived' }
  | { readonly type: 'answer.missing'; readonly reason: string }
  | { readonly type: 'batch.settled' }
  | { readonly type: 'maker.live' }

type Asking = Pick<ProposalInput, 'batch' | 'signed' | 'decision'>

function mustBeProvided(name: string): never {
  throw new Error(`${name} must be provided`)
}

export const proposalMachine = setup({
  types: {
    context: {} as ProposalContext,
    events: {} as ProposalEvent,
    input: {} as ProposalInput,
  },
  actors: {
    propose: fromCallback<ProposalEvent, Asking>(() => mustBeProvided('propose')),
    withdraw: fromCallback<ProposalEvent, Asking>(() => mustBeProvided('withdraw')),
  },
  actions: {
    noteReason: assign({
      attempts: ({ context }) => context.attempts + 1,
      lastReason: ({ event }) => (event.type === 'answer.missing' ? event.reason : 'answer_not_accepted'),
    }),
  },
  guards: {
    isFromBeforeCrash: ({ context }) => context.mode === 'withdraw',
  },
  delays: {
    retryDelay: ({ context }) => Math.min(context.retryDelayMsMin * 2 ** context.attempts, context.retryDelayMsMax),
    acceptDelay: ({ context }) => context.retryDelayMsMax,
  },
}).createMachine({
  id: 'proposal',
  description: 'A batch of proposals on its way: quantity is reserved until the outcome is known.',
  meta: {
    events: {
      'answer.arrived': "The maker's signed answer has come and is with the book, which checks it.",
      'answer.missing': 'The attempt brought no decision: no reply, or one that decides nothing.',
      'batch.settled':
        'The book need not ask: it knows the outcome, from an answer or a feed, or that the batch is held until another is decided.',
      'maker.live': 'The maker can be reached again.',
    },
    delays: {
      retryDelay: 'It is time to ask again: longer after each attempt, up to a limit.',
      acceptDelay: 'The book has had time enough to accept the answer, and has not.',
    },
  },
  context: ({ input }) => ({ ...input, attempts: 0, lastReason: null }),
  initial: 'starting',
  on: { 'batch.settled': '.settled' },
  states: {
    starting: {
      description:
        'A new batch is proposed; one from before a crash is withdrawn, since nobody knows whether it was sent.',
      always: [{ target: 'withdrawing', guard: 'isFromBeforeCrash' }, { target: 'proposing' }],
    },
    proposing: {
      description: 'The maker has been asked to trade, which happens once; its answer is waited for.',
      invoke: {
        id: 'propose',
        src: 'propose',
        input: ({ context: { batch, signed, decision } }) => ({ batch, signed, decision }),
      },
      on: { 'answer.arrived': 'deciding', 'answer.missing': { target: 'withdrawing', actions: 'noteReason' } },
    },
    withdrawing: {
      description: 'The maker is asked what became of the batch; if it has not seen it, the batch is off.',
      invoke: {
        id: 'withdraw',
        src: 'withdraw',
        input: ({ context: { batch, signed, decision } }) => ({ batch, signed, decision }),
      },
      on: { 'answer.arrived': 'deciding', 'answer.missing': { target: 'waiting', actions: 'noteReason' } },
    },
    waiting: {
      description:
        'No answer: a timeout is not an answer, so the quantity stays reserved and the maker is asked again.',
      after: { retryDelay: 'withdrawing' },
      on: { 'maker.live': 'withdrawing' },
    },
    deciding: {
      description: 'The answer is with the book. An answer that the book does not accept is asked for again.',
      after: { acceptDelay: { target: 'waiting', actions: 'noteReason' } },
    },
    settled: {
      description:
        'There is nothing to ask any more: the outcome is journalled, or the batch is held and waits for another one.',
      type: 'final',
    },
  },
})
