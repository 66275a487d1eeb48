/** Every machine of machines/, in the order in which a reader meets them. A test holds the list against the folder. */
import type { AnyStateMachine } from 'xstate'
import { bookMachine } from '../../../machines/book.machine.ts'
import { neighbourMachine } from '../../../machines/neighbour.machine.ts'
import { orderMachine } from '../../../machines/order.machine.ts'
import { peerMachine } from '../../../machines/peer.machine.ts'
import { proposalMachine } from '../../../machines/proposal.machine.ts'

export const machines: readonly AnyStateMachine[] = [
  peerMachine,
  bookMachine,
  neighbourMachine,
  proposalMachine,
  orderMachine,
]
