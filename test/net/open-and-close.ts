/** Run by grenache-transport.test.ts as a process of its own: it uses everything, closes everything, and then has to end by itself. */
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { startGrapes } from '../../src/net/grenache/grapes.ts'
import { createGrenacheTransport } from '../../src/net/grenache/grenache-transport.ts'

const grapes = await startGrapes()
const [caller, server] = await Promise.all([1, 2].map(() => createGrenacheTransport({ grapes: grapes.urls })))
if (caller === undefined || server === undefined) throw new Error('two transports were asked for')
server.requests$.subscribe(request => {
  if (request.payload !== 'never') request.reply(request.payload)
})
server.announce(['service']).subscribe()
await firstValueFrom(caller.lookup('service'))
await firstValueFrom(caller.request(server.address, 'hello', 5_000))
caller.request(server.address, 'never', 60_000).subscribe({ error: () => undefined })
await lastValueFrom(server.close())
await lastValueFrom(caller.close())
await grapes.stop()
console.log('closed')
