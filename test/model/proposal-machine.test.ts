/** The proposal machine, walked along paths that are generated from it, against the table below. */
import { fromCallback } from 'xstate'
import { proposalMachine, type ProposalContext, type ProposalInput } from '../../machines/proposal.machine.ts'
import type { Batch } from '../../src/net/messages.ts'
import { machineSuite } from '../support/machine-suite.ts'

const times = { decision: null, retryDelayMsMin: 100, retryDelayMsMax: 350 }
const signed = { body: '{}', signature: '' }

const input = (mode: ProposalInput['mode']): ProposalInput => ({ batch: { n: 7 } as Batch, signed, mode, ...times })

/** As the maker does not answer: 100 ms, doubled for each attempt, never above 350. */
const retryDelayMs = ({ attempts }: ProposalContext) => [100, 200][attempts] ?? 350

const missed = (reason: string) => (before: ProposalContext) => ({
  attempts: before.attempts + 1,
  lastReason: reason,
})

machineSuite<ProposalContext>('a batch of proposals on its way', {
  machine: proposalMachine,
  variants: [
    { words: 'a new batch', input: input('propose') },
    { words: 'a batch from before a crash', input: input('withdraw') },
  ],
  cases: [
    { name: 'answer.arrived', words: 'an answer arrives', event: { type: 'answer.arrived' } },
    { name: 'answer.missing', words: 'no answer comes', event: { type: 'answer.missing', reason: 'busy' } },
    { name: 'batch.settled', words: 'the book knows the outcome', event: { type: 'batch.settled' } },
    { name: 'maker.live', words: 'the maker is back', event: { type: 'maker.live' } },
    {
      name: 'retryDelay',
      words: 'the wait is over',
      event: { type: 'xstate.after.retryDelay.proposal.waiting' },
      afterMs: retryDelayMs,
    },
    {
      name: 'acceptDelay',
      words: 'the book does not accept it',
      event: { type: 'xstate.after.acceptDelay.proposal.deciding' },
      afterMs: () => times.retryDelayMsMax,
    },
  ],
  digest: ({ mode, attempts }) => `${mode} ${Math.min(attempts, 3)}`,
  isWayRemembered: true,
  starts: [
    { variant: 'a new batch', to: 'proposing', does: ['start propose 7'] },
    { variant: 'a batch from before a crash', to: 'withdrawing', does: ['start withdraw 7'] },
  ],
  table: [
    { from: 'proposing', on: ['answer.arrived'], to: 'deciding', does: ['stop propose'] },
    {
      from: 'proposing',
      on: ['answer.missing'],
      to: 'withdrawing',
      does: ['stop propose', 'start withdraw 7'],
      notes: missed('busy'),
    },
    { from: 'withdrawing', on: ['answer.arrived'], to: 'deciding', does: ['stop withdraw'] },
    { from: 'withdrawing', on: ['answer.missing'], to: 'waiting', does: ['stop withdraw'], notes: missed('busy') },
    { from: 'waiting', on: ['retryDelay', 'maker.live'], to: 'withdrawing', does: ['start withdraw 7'] },
    { from: 'deciding', on: ['acceptDelay'], to: 'waiting', notes: missed('answer_not_accepted') },
    {
      from: 'proposing',
      on: ['batch.settled'],
      to: 'settled',
      does: ['stop propose', 'tell xstate.done.actor.subject'],
    },
    {
      from: 'withdrawing',
      on: ['batch.settled'],
      to: 'settled',
      does: ['stop withdraw', 'tell xstate.done.actor.subject'],
    },
    { from: 'waiting', on: ['batch.settled'], to: 'settled', does: ['tell xstate.done.actor.subject'] },
    { from: 'deciding', on: ['batch.settled'], to: 'settled', does: ['tell xstate.done.actor.subject'] },
  ],
  provide: (machine, record) => {
    const recorded = (name: string) =>
      fromCallback<never, { readonly batch: Batch }>(({ input: { batch } }) => {
        record(`start ${name} ${batch.n}`)
        return () => record(`stop ${name}`)
      })
    return machine.provide({ actors: { propose: recorded('propose'), withdraw: recorded('withdraw') } })
  },
  harmless: {},
})
