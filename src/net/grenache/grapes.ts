/**
 * Grapes inside this process, for a first start, for scenarios and for tests: on free ports of one host, knowing each other.
 * A grape can be crashed by malformed packets: where that matters, run grapes as processes of their own.
 */
import type { AddressInfo } from 'node:net'
import { Grape } from 'grenache-grape'
import { limits } from '../../limits.ts'

export interface Grapes {
  /** What createGrenacheTransport takes as `grapes`. */
  readonly urls: readonly string[]
  /** Stops one of them; the others go on, slowly for their first few seconds. */
  stopOne(url: string): Promise<void>
  /** Releases every port. Repeating it is harmless. */
  stop(): Promise<void>
}

const introduceIntervalMs = 500
const introduceMsMax = 5_000

/** Resolves once every grape knows every other one: a lone grape does not take announcements. */
export async function startGrapes({
  count = 2,
  host = '127.0.0.1',
  entryAgeMs = limits.entryAgeMsMax,
} = {}): Promise<Grapes> {
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`startGrapes: count is ${count}; it is a whole number, and a DHT needs 2 at least.`)
  const grapes: EmbeddedGrape[] = []
  try {
    for (let number = 0; number < count; number++) grapes.push(await startGrape(host, entryAgeMs))
    await introduceAll(grapes)
  } catch (error) {
    await stopAll(grapes)
    throw error
  }
  const introducing = setInterval(() => introduce(grapes), introduceIntervalMs)
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    clearInterval(introducing)
    return (stopping ??= stopAll(grapes))
  }
  const byUrl = new Map(grapes.map(grape => [grape.url(), grape]))
  const stopOne = (url: string): Promise<void> => stopAll(grapes.filter(grape => grape === byUrl.get(url)))
  return { urls: [...byUrl.keys()], stopOne, stop }
}

/** Port 0 as a number is not taken by Grape, but what bind() and listen() take is handed through; that also keeps the DHT on one host. */
class EmbeddedGrape extends Grape {
  constructor(host: string, entryAgeMs: number) {
    super({
      host,
      dht_port: { port: 0, address: host },
      api_port: { port: 0, host },
      // Bootstrapping would go to the public BitTorrent network by default, and asks a dead neighbour again at each lookup.
      dht_bootstrap: [],
      dht_peer_maxAge: entryAgeMs,
    })
  }

  /** Stock Grape listens for no error, so a port in use would end the process. */
  override transportHttp(callback: (error?: Error | null) => void): void {
    super.transportHttp(callback)
    this._interface.http?.on('error', callback)
  }

  url(): string {
    return `http://${this.conf.host}:${(this._interface.http?.address() as AddressInfo).port}`
  }

  knownGrapes(): number {
    return this.node?.nodes.toArray().length ?? 0
  }
}

function startGrape(host: string, entryAgeMs: number): Promise<EmbeddedGrape> {
  const grape = new EmbeddedGrape(host, entryAgeMs)
  return new Promise((resolve, reject) => {
    grape.start(error => {
      if (error) return reject(new Error(`a grape cannot start on ${host}: ${error.message}`, { cause: error }))
      // Announcing port 0 publishes this number, so it has to be one.
      grape.conf.dht_port = grape.node?.address().port ?? 0
      resolve(grape)
    })
  })
}

/** Pinging makes both grapes know each other. Grapes forget each other when the process stalls for two seconds, so this is repeated. */
function introduce(grapes: readonly EmbeddedGrape[]): void {
  for (const grape of grapes) {
    if (grape.knownGrapes() >= grapes.length - 1) continue
    for (const other of grapes) {
      if (other !== grape && other.node) grape.node?.addNode({ host: other.conf.host, port: other.node.address().port })
    }
  }
}

async function introduceAll(grapes: readonly EmbeddedGrape[]): Promise<void> {
  const isKnown = (grape: EmbeddedGrape): boolean => grape.knownGrapes() >= grapes.length - 1
  introduce(grapes)
  for (let waitedMs = 0; !grapes.every(isKnown); waitedMs += 5) {
    if (waitedMs > introduceMsMax) throw new Error('the grapes do not hear each other over UDP')
    if (waitedMs % introduceIntervalMs === 0) introduce(grapes)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

async function stopAll(grapes: readonly EmbeddedGrape[]): Promise<void> {
  await Promise.all(grapes.map(stopGrape))
}

function stopGrape(grape: EmbeddedGrape): Promise<void> {
  grape._interface.http?.closeAllConnections()
  return new Promise(resolve => grape.stop(() => resolve()))
}
