/**
 * The parts of the untyped Grenache packages that this room touches, as their sources have them
 * (grenache-nodejs-http 1.0.2, grenache-nodejs-base 1.1.0, grenache-nodejs-link 1.0.2, grenache-grape 1.0.0).
 */

declare module 'grenache-nodejs-link' {
  export interface LinkConf {
    readonly grape: string
    readonly requestTimeout?: number
    readonly lruMaxAgeLookup?: number
  }
  type Callback = (error: Error | null, answer?: unknown) => void

  export default class Link {
    constructor(conf: LinkConf)
    readonly conf: LinkConf
    start(): this
    stop(): this
    request(type: 'announce' | 'lookup', payload: unknown, options: { retry?: number }, callback: Callback): void
    _post(url: string, data: unknown, options: { readonly timeout: number }, callback: Callback): unknown
  }
}

declare module 'grenache-nodejs-http/lib/PeerRPCServer.js' {
  import type Link from 'grenache-nodejs-link'

  export default class PeerRPCServer<Conf = object> {
    constructor(link: Link, conf: Conf)
    init(): void
    getTransportClass(): unknown
    transport(kind: 'server'): unknown
    stop(): void
  }
}

declare module 'grenache-nodejs-http/lib/TransportRPCServer.js' {
  import { EventEmitter } from 'node:events'
  import type { Server } from 'node:http'

  export interface Handler {
    reply(error: Error | null, result?: unknown): void
  }

  export default class TransportRPCServer<Conf = object> extends EventEmitter {
    constructor(server: unknown, conf: Conf)
    readonly conf: Conf
    socket: Server | null
    port: number
    getSocket(secure?: unknown): Server
    listen(port: number): this
    unlisten(): void
    stop(): void
  }
}

declare module 'grenache-nodejs-http/lib/PeerRPCClient.js' {
  import type Link from 'grenache-nodejs-link'

  export default class PeerRPCClient<Conf = object> {
    constructor(link: Link, conf: Conf)
    init(): void
    getTransportClass(): unknown
    transport(destination: string): unknown
    stop(): void
  }
}

declare module 'grenache-nodejs-http/lib/TransportRPCClient.js' {
  export interface Request<Options> {
    readonly rid: string
    readonly key: string
    readonly payload: unknown
    readonly opts: Options
  }

  export default class TransportRPCClient<Conf = object, Options = object> {
    constructor(client: unknown, conf: Conf & { readonly dest: string })
    readonly conf: Conf & { readonly dest: string }
    request(
      key: string,
      payload: unknown,
      options: Options,
      callback: (error: Error | null, result?: unknown) => void,
    ): void
    sendRequest(request: Request<Options>): unknown
    handleReply(rid: string, error: Error | null, result?: unknown): void
    setLastRequestTime(): void
    stop(): void
    _stop(): void
  }
}

declare module 'grenache-grape' {
  import { EventEmitter } from 'node:events'
  import type { Server } from 'node:http'

  /** What dgram's bind and net's listen take beside a number; Grape hands both through unread. */
  interface PortOfHost {
    readonly port: number
    readonly address?: string
    readonly host?: string
  }

  export interface GrapeConf {
    host: string
    dht_port: number | PortOfHost
    dht_bootstrap: readonly string[]
    dht_peer_maxAge: number
    api_port: number | PortOfHost
  }

  export interface DhtNode {
    readonly nodes: { toArray(): { readonly host: string; readonly port: number }[] }
    address(): { readonly port: number }
    addNode(node: { readonly host: string; readonly port: number }): void
  }

  export class Grape extends EventEmitter {
    constructor(conf: Partial<GrapeConf>)
    readonly conf: GrapeConf
    node?: DhtNode
    _interface: { http?: Server }
    start(callback: (error?: Error | null) => void): void
    stop(callback: (error?: Error | null) => void): void
    transportHttp(callback: (error?: Error | null) => void): void
  }
}
