/** The neighbours as a user sees them, and the state `ready` that one can wait for. */
import type { Observable } from 'rxjs'
import { distinctUntilChanged, filter, map, merge, Subject, take, throwError, mergeMap, defer, startWith } from 'rxjs'
import type { ActorRefFrom } from 'xstate'
import type { neighbourMachine } from '../../machines/neighbour.machine.ts'
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import { limits } from '../limits.ts'
import type { Address } from '../net/transport.ts'
import { timerOn } from './timer.ts'
import type { PeerActor, World } from './world.ts'

type NeighbourActor = ActorRefFrom<typeof neighbourMachine>

export type NeighbourState =
  'candidate' | 'greeting' | 'syncing' | 'live' | 'suspect' | 'leaving' | 'unavailable' | 'banned'

export interface NeighbourView {
  /** Null as long as nobody has answered at the address. */
  readonly peerId: PeerId | null
  readonly name: string | null
  readonly address: Address
  readonly state: NeighbourState
  /** Markets that both trade. */
  readonly markets: readonly MarketId[]
  /** What went wrong last, why it is banned, or `clock_ahead` when its clock is too far ahead for what it says to be read yet; null when nothing is wrong. */
  readonly reason: string | null
  /** Milliseconds that its clock was ahead of ours when it last spoke. */
  readonly clockAheadMs: number
}

export interface ReadyOptions {
  /** How many neighbours must be live. */
  readonly neighbours: number
  readonly timeoutMs: number
}

export class Neighbourhood {
  readonly #world: World
  readonly #actor: PeerActor
  readonly #changes$ = new Subject<void>()
  readonly #watched = new WeakSet<object>()
  /** The neighbours among the children that the peer's actor had last: XState makes another object when one comes or goes. */
  #known: { readonly children: object; readonly neighbours: readonly NeighbourActor[] } = {
    children: {},
    neighbours: [],
  }
  #hasLookedUp = false

  constructor(world: World, actor: PeerActor) {
    this.#world = world
    this.#actor = actor
    actor.subscribe({ next: () => this.#watchNeighbours(), error: () => this.#changes$.next() })
  }

  /** A round of lookups has been completed. */
  lookedUp(): void {
    this.#hasLookedUp = true
    this.#changes$.next()
  }

  /** Emits whenever something about a neighbour may have changed. */
  get changes$(): Observable<void> {
    return this.#changes$.asObservable()
  }

  /** None once the peer has stopped: it has neighbours no more. */
  views(): NeighbourView[] {
    if (this.#actor.getSnapshot().status !== 'active') return []
    return this.#neighbours().map(neighbour => this.#viewOf(neighbour))
  }

  /** How far our own clock is ahead of the median of the live neighbours', in milliseconds; 0 without neighbours. */
  clockSkewMs(): number {
    const { live, sightings } = this.#world
    if (live.size === 0) return 0
    return -median([...live].map(peerId => sightings.of(peerId)?.clockAheadMs ?? 0))
  }

  /** Emits once when discovery has run, every reachable candidate is synced, and enough neighbours are live. Fails after the time limit. */
  ready$({ neighbours, timeoutMs }: ReadyOptions): Observable<void> {
    const ready$ = this.#changes$.pipe(
      startWith(undefined),
      map(() => this.#isReady(neighbours)),
      distinctUntilChanged(),
      filter(isReady => isReady),
      map(() => undefined),
    )
    const late$ = timerOn(this.#world.clock, timeoutMs).pipe(
      mergeMap(() => throwError(() => new Error(this.#whyNotReady(neighbours, timeoutMs)))),
    )
    return defer(() => {
      this.#assertOptions({ neighbours, timeoutMs })
      return merge(ready$, late$).pipe(take(1))
    })
  }

  #assertOptions({ neighbours, timeoutMs }: ReadyOptions): void {
    const { name } = this.#world
    const { status, context } = this.#actor.getSnapshot()
    if (status !== 'active') throw new Error(`${name} has stopped and will not be ready.`)
    if (context.superseded !== null) throw new Error(`${name} has halted and will not be ready: ${context.superseded}.`)
    if (!Number.isInteger(neighbours) || neighbours < 0)
      throw new Error(`ready: neighbours is ${neighbours}; it must be a whole number from 0 on.`)
    if (!(timeoutMs > 0 && timeoutMs <= limits.timerMsMax))
      throw new Error(
        `ready: timeoutMs is ${timeoutMs}; it must be a number of milliseconds from 1 to ${limits.timerMsMax}.`,
      )
  }

  #isReady(neighbours: number): boolean {
    const states = this.views().map(({ state }) => state)
    const isSettled = states.every(state => state !== 'greeting' && state !== 'syncing')
    return this.#hasLookedUp && isSettled && states.filter(state => state === 'live').length >= neighbours
  }

  #whyNotReady(neighbours: number, timeoutMs: number): string {
    const views = this.views().map(
      ({ name, address, state, reason }) => `${name ?? address} is ${state}${reason ? ` (${reason})` : ''}`,
    )
    const lookups = this.#hasLookedUp ? '' : ' No lookup has been completed yet.'
    return `${this.#world.name} is not ready after ${timeoutMs} ms: ${neighbours} live neighbours are wanted; ${views.join(', ') || 'nobody is in sight'}.${lookups}`
  }

  #watchNeighbours(): void {
    for (const neighbour of this.#neighbours()) {
      if (this.#watched.has(neighbour)) continue
      this.#watched.add(neighbour)
      neighbour.subscribe({ next: () => this.#changes$.next(), complete: () => this.#changes$.next() })
    }
    this.#changes$.next()
  }

  #neighbours(): readonly NeighbourActor[] {
    const { children } = this.#actor.getSnapshot()
    if (this.#known.children !== children) this.#known = { children, neighbours: neighboursAmong(children) }
    return this.#known.neighbours
  }

  #viewOf(neighbour: NeighbourActor): NeighbourView {
    const { value, context } = neighbour.getSnapshot()
    const sighting = context.peerId === null ? undefined : this.#world.sightings.of(context.peerId)
    return {
      peerId: context.peerId,
      name: sighting?.name ?? null,
      address: context.address,
      state: (typeof value === 'string' ? value : stateWithin(value['connected'])) as NeighbourState,
      markets: [...this.#world.markets.keys()].filter(market => sighting?.markets.has(market)),
      reason:
        value !== 'banned' && (sighting?.clockAheadMs ?? 0) > limits.clockAheadMsMax ? 'clock_ahead' : context.reason,
      clockAheadMs: sighting?.clockAheadMs ?? 0,
    }
  }
}

function neighboursAmong(children: Readonly<Record<string, unknown>>): NeighbourActor[] {
  return Object.entries(children).flatMap(([id, child]) =>
    id.startsWith('neighbour ') && child ? [child as NeighbourActor] : [],
  )
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}

function stateWithin(value: unknown): string {
  return typeof value === 'string' ? value : (Object.keys(value as object)[0] ?? '')
}
