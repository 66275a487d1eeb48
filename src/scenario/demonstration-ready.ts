/** The first part of a demonstration: all peers know each other, or it is said why not. Never goes on without a grape that was asked for. */
import { forkJoin } from 'rxjs'
import type { Peer } from '../peer/peer.ts'
import { waitUntil } from './demonstration-wait.ts'
import type { Stage } from './stage.ts'

const readyMsMax = 30_000
/** A grape that has been of no use for so long will be of none: a busy one misses a request, but not all of them. */
const unreachedMsMax = 4_000

/**
 * Resolves once every peer has all the others as live neighbours. Rejects with a sentence, which names the grapes where they are the
 * reason. Gives remarks on grapes that are of use only to peers that share them.
 */
export async function allReady(stage: Stage, peers: readonly Peer[], signal: AbortSignal): Promise<string[]> {
  const state: { isReady: boolean; failure: Error | null } = { isReady: false, failure: null }
  const wanted = { neighbours: peers.length - 1, timeoutMs: readyMsMax }
  const waiting = forkJoin(peers.map(peer => peer.ready$(wanted))).subscribe({
    next: () => (state.isReady = true),
    error: (error: unknown) => (state.failure = error instanceof Error ? error : new Error(String(error))),
  })
  const reached = watchGrapes(stage, peers)
  try {
    await waitUntil(stage, () => state.isReady || state.failure !== null || !reached(), 2 * readyMsMax, signal)
  } finally {
    waiting.unsubscribe()
  }
  if (!state.isReady) throw new Error(whyNotReady(peers, state.failure))
  await waitUntil(stage, () => !isPartlyReached(peers), unreachedMsMax, signal)
  if (isPartlyReached(peers)) throw new Error(unreachedGrapes(peers).join('\n'))
  return unreachedGrapes(peers)
}

/** False once no grape at all has been reached for too long. */
function watchGrapes(stage: Stage, peers: readonly Peer[]): () => boolean {
  let lastMs = stage.now()
  return () => {
    const { grapes } = discoveryOf(peers)
    if (grapes.length === 0 || grapes.some(({ state }) => state !== 'unreachable')) lastMs = stage.now()
    return stage.now() - lastMs < unreachedMsMax
  }
}

function whyNotReady(peers: readonly Peer[], failure: Error | null): string {
  return [...unreachedGrapes(peers), ...(failure ? [failure.message] : [])].join('\n')
}

/** A lone grape says that it is of no use to others, yet peers that share it find each other; a grape beside others has to work. */
function isPartlyReached(peers: readonly Peer[]): boolean {
  const unreached = unreachedGrapes(peers).length
  return unreached > 0 && unreached < discoveryOf(peers).grapes.length
}

function unreachedGrapes(peers: readonly Peer[]): string[] {
  const unreached = discoveryOf(peers).grapes.filter(({ state }) => state === 'unreachable')
  return unreached.map(({ url, sentence }) => `The grape at ${url} cannot be used: ${sentence}.`)
}

/** They all have the same grapes, and the first has tried them the longest. */
function discoveryOf([first]: readonly Peer[]): ReturnType<Peer['health']>['discovery'] {
  return first ? first.health().discovery : { grapes: [], counters: {} }
}
