/** What is undecided, and towards whom: read from the batches in flight, without what the operator has settled. */
import type { OrderId, PeerId } from '../../book/order.ts'
import { millisecondsOf } from '../../feed/hybrid-clock.ts'
import type { Proposal } from '../../net/messages.ts'
import type { Doubt } from './event.ts'
import type { BookState, InFlight } from './state.ts'
import { partsOf } from './whole.ts'

/** Proposals of a batch whose quantity is reserved until the maker has decided. */
export function undecidedOf({ batch, forced }: InFlight): readonly Proposal[] {
  return forced.size === 0 ? batch.proposals : batch.proposals.filter(({ tradeId }) => !forced.has(tradeId))
}

/** What one maker has been asked to trade with an own order and has not decided. */
export interface DoubtAtMaker {
  readonly maker: PeerId
  readonly inFlight: InFlight
  /** At least one. */
  readonly proposals: readonly Proposal[]
}

export function doubtsByMaker(state: BookState, id: OrderId): DoubtAtMaker[] {
  const ids = partsOf(state, id)
  return [...state.takerChannels].flatMap(([maker, { inFlight }]) => {
    const proposals = inFlight ? undecidedOf(inFlight).filter(({ orderId }) => ids.includes(orderId)) : []
    return inFlight && proposals.length > 0 ? [{ maker, inFlight, proposals }] : []
  })
}

export function doubtsOf(state: BookState, id: OrderId): Doubt[] {
  return [...doubtsAtMakers(state, id), ...doubtsAtLastMakers(state, id)]
}

/** Lots that are held for a taker until somebody else has decided. */
function doubtsAtLastMakers(state: BookState, id: OrderId): Doubt[] {
  const ids = partsOf(state, id)
  return [...state.holds.values()].flatMap(({ batch, sinceMs }) =>
    batch.proposals
      .filter(({ makerOrderId }) => ids.includes(makerOrderId))
      .map(({ tradeId, price, quantity, orderId }) => {
        return { counterparty: { peer: batch.taker, orderId }, tradeId, price, quantity, sinceMs }
      }),
  )
}

function doubtsAtMakers(state: BookState, id: OrderId): Doubt[] {
  return doubtsByMaker(state, id).flatMap(({ maker, inFlight, proposals }) =>
    proposals.map(({ tradeId, price, quantity, makerOrderId }) => {
      const counterparty = { peer: maker, orderId: makerOrderId }
      return { counterparty, tradeId, price, quantity, sinceMs: millisecondsOf(inFlight.batch.stamp) }
    }),
  )
}
