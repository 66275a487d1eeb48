/** A batch under way as an actor: what the proposal machine asks of the world. */
import type { Observable } from 'rxjs'
import { fromCallback } from 'xstate'
import { proposalMachine, type ProposalEvent } from '../../machines/proposal.machine.ts'
import { askMaker, type Asking } from './ask-maker.ts'
import type { Proposals } from './proposals.ts'
import type { PeerSystem, World } from './world.ts'

export interface ProposalWorld {
  readonly world: World
  readonly proposals: Proposals
}

export function proposalLogic(worldOf: (system: PeerSystem) => ProposalWorld): typeof proposalMachine {
  const asking = (ask: (around: ProposalWorld, input: Asking) => Observable<ProposalEvent>) =>
    fromCallback<ProposalEvent, Asking>(({ input, sendBack, system }) => {
      const subscription = ask(worldOf(system), input).subscribe(sendBack)
      return () => subscription.unsubscribe()
    })
  return proposalMachine.provide({
    actors: {
      propose: asking(({ proposals }, { batch }) => proposals.outcomeOf(batch)),
      withdraw: asking(({ world }, input) => askMaker(world, 'withdraw', input)),
    },
  })
}
