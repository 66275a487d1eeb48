/** Counts the requests that this process sends to peers over HTTP, whoever sends them. Never sees what is in them. */
import diagnostics from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'

export interface RequestCount {
  /** So far. Each has one reply, or fails. */
  readonly count: number
  stop(): void
}

const channel = 'http.client.request.start'

/** Requests to other addresses, such as those of grapes, do not count. */
export function countRequests(addresses: ReadonlySet<string>): RequestCount {
  let count = 0
  const note = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest }
    if (addresses.has(String(request.getHeader('host')))) count += 1
  }
  diagnostics.subscribe(channel, note)
  return {
    get count() {
      return count
    },
    stop: () => void diagnostics.unsubscribe(channel, note),
  }
}
