/** A transport that has said hello over HTTP wherever it asks, so that everything else goes over lines. */
import { catchError, defer, filter, mergeMap, of } from 'rxjs'
import type { Address, Transport } from '../../src/net/transport.ts'

const hello = 'hello, are there lines?'

export function withLines(inner: Transport): Transport {
  const greeted = new Set<Address>()
  inner.requests$.pipe(filter(({ payload }) => payload === hello)).subscribe(request => request.reply(hello))
  return {
    address: inner.address,
    requests$: inner.requests$.pipe(filter(({ payload }) => payload !== hello)),
    request: (address, payload, timeoutMs) =>
      defer(() => {
        if (greeted.has(address)) return inner.request(address, payload, timeoutMs)
        return inner.request(address, hello, timeoutMs).pipe(
          // Whoever is not there is not there for the request either.
          catchError(() => of('')),
          mergeMap(reply => {
            if (reply === hello) greeted.add(address)
            return inner.request(address, payload, timeoutMs)
          }),
        )
      }),
    announce: services => inner.announce(services),
    lookup: service => inner.lookup(service),
    health: () => inner.health(),
    close: () => inner.close(),
  }
}
