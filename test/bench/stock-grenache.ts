/** A server and a client as stock Grenache gives them; the client calls the server's address, so that no lookup is counted. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PeerRPCClient from 'grenache-nodejs-http/lib/PeerRPCClient.js'
import PeerRPCServer from 'grenache-nodejs-http/lib/PeerRPCServer.js'
import type TransportRPCClient from 'grenache-nodejs-http/lib/TransportRPCClient.js'
import type TransportRPCServer from 'grenache-nodejs-http/lib/TransportRPCServer.js'
import type { Handler } from 'grenache-nodejs-http/lib/TransportRPCServer.js'
import Link from 'grenache-nodejs-link'

const requestMsMax = 5_000

export interface Stock {
  /** Sends the payload to the server, which sends it back. */
  request(payload: unknown): Promise<unknown>
  stop(): void
}

export async function startStock(grape: string): Promise<Stock> {
  const link = new Link({ grape }).start()
  const [server, client] = [new PeerRPCServer(link, {}), new PeerRPCClient(link, {})]
  server.init()
  client.init()
  const service = server.transport('server') as TransportRPCServer
  service.listen(0)
  if (service.socket) await once(service.socket, 'listening')
  service.on('request', (_rid: string, _key: string, payload: string, handler: Handler) => handler.reply(null, payload))
  const port = (service.socket?.address() as AddressInfo).port
  const destination = client.transport(`127.0.0.1:${port}`) as TransportRPCClient<object, { timeout: number }>
  return {
    request: payload =>
      new Promise((resolve, reject) => {
        destination.request('bench', payload, { timeout: requestMsMax }, (error, reply) =>
          error ? reject(error) : resolve(reply),
        )
      }),
    stop: () => {
      client.stop()
      service.stop()
      link.stop()
    },
  }
}
