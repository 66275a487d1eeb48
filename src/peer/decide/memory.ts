/**
 * What of a book must be the same after a restart, as plain data: own orders with what is known of them, both sides of every channel,
 * the own head. A book and the replay of its journal have the same memory once everything decided has been written.
 */
import type { OrderId } from '../../book/order.ts'
import type { JournalRecord } from './group.ts'
import { replay } from './recover.ts'
import type { BookState } from './state.ts'

export interface BookMemory {
  readonly orders: readonly object[]
  readonly takerChannels: readonly object[]
  readonly makerChannels: readonly object[]
  readonly groupAnswers: readonly object[]
  readonly attempts: readonly object[]
  readonly holds: readonly object[]
  readonly disputes: readonly object[]
  readonly head: object | null
}

export function memoryOf(state: BookState): BookMemory {
  return {
    orders: [...state.records].sort(byId).map(([id, known]) => ({ ...state.book.own(id), ...known })),
    takerChannels: [...state.takerChannels].sort(byPeer).map(([maker, { n, inFlight }]) => ({
      maker,
      n,
      inFlight: inFlight?.signed ?? null,
      forced: [...(inFlight?.forced ?? [])],
    })),
    makerChannels: [...state.makerChannels].sort(byPeer).map(([, channel]) => channel),
    groupAnswers: [...state.groupAnswers.values()],
    attempts: [...state.attempts.values()],
    holds: [...state.holds.values()].map(({ signed }) => signed),
    disputes: state.disputes,
    head: state.ownHead,
  }
}

/** The memory that the records alone give. `state` is new. */
export function memoryOfJournal(state: BookState, records: readonly JournalRecord[]): BookMemory {
  for (const record of records) replay(state, record)
  return memoryOf(state)
}

function byId([one]: readonly [OrderId, object], [other]: readonly [OrderId, object]): number {
  return one < other ? -1 : 1
}

function byPeer([one]: readonly [string, object], [other]: readonly [string, object]): number {
  return one < other ? -1 : 1
}
