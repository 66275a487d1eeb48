/** Counts the requests that this process has for peers, whoever makes them and whether they can be sent or not. Never sees what is in them. */
import diagnostics from 'node:diagnostics_channel'
import { requestsStarted, type RequestStarted } from '../net/grenache/client.ts'

export interface RequestCount {
  /** So far. Each has one reply, or fails. */
  readonly count: number
  stop(): void
}

/** Requests to other addresses do not count. */
export function countRequests(addresses: ReadonlySet<string>): RequestCount {
  let count = 0
  const note = (message: unknown): void => {
    if (addresses.has((message as RequestStarted).address)) count += 1
  }
  diagnostics.subscribe(requestsStarted.name, note)
  return {
    get count() {
      return count
    },
    stop: () => void diagnostics.unsubscribe(requestsStarted.name, note),
  }
}
