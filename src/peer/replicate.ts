/**
 * Replication between this peer and one neighbour: it is sent what comes next in our feeds, from its cursor on, and what is missing
 * here is fetched from it. No queue: what is lost is sent again, and who is slow costs nothing but a lagging cursor.
 */
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  endWith,
  expand,
  filter,
  forkJoin,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  Subject,
  tap,
  type Observable,
} from 'rxjs'
import type { NeighbourEvent } from '../../machines/neighbour.machine.ts'
import type { MarketId } from '../book/market.ts'
import type { PeerId } from '../book/order.ts'
import type { Head } from '../feed/entry.ts'
import { hasReached } from '../feed/feed.ts'
import { limits } from '../limits.ts'
import type { Address } from '../net/transport.ts'
import type { Exchange } from './beat.ts'
import { committedBook } from './committed-book.ts'
import type { OwnerHead } from './decide/event.ts'
import { singleFlight } from './single-flight.ts'
import { timerOn } from './timer.ts'
import { fetchOwn, isNewerThanOwn } from './supersede.ts'
import { askBook, call, expectReply, openSegments, reasonOf, type World } from './world.ts'

/** Beats in a row with different digests after which heads are compared: one is ordinary while orders flow. */
const differencesMax = 2

export class Replication {
  readonly #world: World
  readonly #address: Address
  readonly #peerId: PeerId
  /** Something may be missing on either side. */
  readonly #compare$ = new Subject<MarketId>()
  readonly #push$ = new Subject<MarketId>()
  readonly #differences = new Map<MarketId, number>()
  /** How far the neighbour has read our feed. */
  readonly #cursors = new Map<MarketId, Head | null>()

  constructor(world: World, address: Address, peerId: PeerId) {
    this.#world = world
    this.#address = address
    this.#peerId = peerId
  }

  /**
   * Replicates for as long as it is subscribed; emits `feeds.read` when all that the neighbour had at first has been read. A market
   * that it opens later is noticed by its beats.
   */
  run(): Observable<NeighbourEvent> {
    const markets = [...this.#world.markets.keys()]
    const caughtUp$ = concat(
      forkJoin(this.#sharedMarkets().map(market => this.#catchUp(market))).pipe(ignoreElements()),
      of(null),
    )
    const read$ = caughtUp$.pipe(map((): NeighbourEvent => ({ type: 'feeds.read' })))
    return merge(...markets.map(market => this.#keepUp(market)), read$)
  }

  /** A beat was answered: compares how far both have read. */
  exchanged({ ours, theirs }: Exchange): void {
    for (const { market, digest } of theirs) {
      const own = ours.find(state => state.market === market)
      if (!own) continue
      const differences = own.digest === digest ? 0 : (this.#differences.get(market) ?? 0) + 1
      this.#differences.set(market, differences)
      if (differences >= differencesMax) this.#compare$.next(market)
      if (!hasReached(this.#cursors.get(market) ?? null, own.head)) this.#push$.next(market)
    }
  }

  #sharedMarkets(): MarketId[] {
    const theirs = this.#world.sightings.of(this.#peerId)?.markets
    return [...this.#world.markets.keys()].filter(market => theirs?.has(market))
  }

  /** Compares heads and fetches what is missing, again and again until it has worked once. */
  #catchUp(market: MarketId): Observable<unknown> {
    return this.#compare(market).pipe(
      catchError(error => {
        this.#world.counters.add(`catching_up_failed.${reasonOf(error)}`)
        return timerOn(this.#world.clock, limits.greetDelayMsMin).pipe(mergeMap(() => this.#catchUp(market)))
      }),
    )
  }

  #keepUp(market: MarketId): Observable<never> {
    const { published$, behind$ } = this.#world
    const ofMarket = filter((changed: MarketId) => changed === market)
    const behindHere$ = behind$.pipe(
      filter(gap => gap.owner === this.#peerId),
      map(gap => gap.market),
    )
    const compared$ = merge(this.#compare$, behindHere$).pipe(
      ofMarket,
      singleFlight(() => this.#compare(market).pipe(this.#counted('comparing_failed'))),
    )
    const pushed$ = merge(published$, this.#push$).pipe(
      ofMarket,
      singleFlight(() => this.#push(market).pipe(this.#counted('pushing_failed'))),
    )
    return merge(compared$, pushed$).pipe(ignoreElements())
  }

  /** A failed exchange changes nothing: the next beat finds the same difference again. */
  #counted(name: string) {
    return catchError<unknown, Observable<never>>(error => {
      this.#world.counters.add(`${name}.${reasonOf(error)}`)
      return EMPTY
    })
  }

  /** Emits once when everything that the neighbour has read has been read here, as far as it could be taken in. */
  #compare(market: MarketId): Observable<unknown> {
    return call(this.#world, this.#address, { type: 'heads', market }).pipe(
      mergeMap(({ heads }) => {
        const ours = heads.find(({ owner }) => owner === this.#world.signer.peerId)?.head ?? null
        this.#cursors.set(market, ours)
        this.#push$.next(market)
        return concat(this.#believe(market, ours), this.#fetchBehind(market, heads))
      }),
    )
  }

  /** A head of our own feed that we have not written is no more than a claim: the segment behind it decides. Emits nothing. */
  #believe(market: MarketId, ours: Head | null): Observable<never> {
    return isNewerThanOwn(this.#world, market, ours) ? fetchOwn(this.#world, this.#address, market) : EMPTY
  }

  #fetchBehind(market: MarketId, theirs: readonly { owner: PeerId; head: Head }[]): Observable<unknown> {
    const book = committedBook(this.#world, market)
    // What has been forgotten has been read all the same.
    const ours = new Map([...book.heads(), ...book.forgotten()].map(({ owner, head }) => [owner, head]))
    const behind = theirs.filter(
      ({ owner, head }) => owner !== this.#world.signer.peerId && !hasReached(ours.get(owner) ?? null, head),
    )
    const fetches = behind.map(({ owner, head }) => this.#fetch(market, owner, ours.get(owner) ?? null, head))
    return from([...fetches, ...this.#proofs(market, theirs, ours)]).pipe(
      concatMap(fetch => fetch),
      ignoreElements(),
      endWith(null),
    )
  }

  /** Where the neighbour has read something else at the very place where we stand, it is asked for it: two signed segments are a proof. */
  #proofs(market: MarketId, theirs: readonly OwnerHead[], ours: ReadonlyMap<PeerId, Head>): Observable<unknown>[] {
    return theirs.flatMap(({ owner, head }) => {
      const own = ours.get(owner)
      const isOther = own?.incarnation === head.incarnation && own.sequence === head.sequence && own.hash !== head.hash
      if (!own || !isOther || this.#world.bans.of(owner)) return []
      return [this.#fetchPage(market, owner, { ...own, sequence: own.sequence - 1 })]
    })
  }

  /** Reads page after page of one feed until `head` is reached, or a page brings nothing that can be taken in. */
  #fetch(market: MarketId, owner: PeerId, after: Head | null, head: Head): Observable<unknown> {
    return this.#fetchPage(market, owner, after).pipe(
      mergeMap(cursor =>
        isSame(cursor, after) || hasReached(cursor, head) ? EMPTY : this.#fetch(market, owner, cursor, head),
      ),
    )
  }

  #fetchPage(market: MarketId, owner: PeerId, after: Head | null): Observable<Head | null> {
    const cursor = after && { incarnation: after.incarnation, sequence: after.sequence }
    return call(this.#world, this.#address, { type: 'fetch', market, owner, after: cursor }).pipe(
      mergeMap(page => {
        const segments = openSegments(this.#world, market, owner, page.segments)
        if (segments.length === 0) return of(after)
        const taken$ = askBook(this.#world, this.#world.requests, market, { type: 'feed.segments', segments })
        return taken$.pipe(map(reply => expectReply('cursor', reply).cursor))
      }),
    )
  }

  /** Sends page after page of our own feed until the neighbour has it all, or takes nothing more for now. */
  #push(market: MarketId): Observable<unknown> {
    return defer(() => this.#pushPage(market)).pipe(expand(goesOn => (goesOn ? this.#pushPage(market) : EMPTY)))
  }

  /** Emits whether there is more to send, and the neighbour takes it. */
  #pushPage(market: MarketId): Observable<boolean> {
    const owner = this.#world.signer.peerId
    const before = this.#cursors.get(market) ?? null
    const after = before && { incarnation: before.incarnation, sequence: before.sequence }
    const { segments, head } = committedBook(this.#world, market).page(owner, after)
    if (segments.length === 0) return of(false)
    const signed = segments.map(segment => segment.signed)
    return call(this.#world, this.#address, { type: 'segments', market, owner, segments: signed }).pipe(
      tap(({ cursor }) => this.#cursors.set(market, cursor)),
      mergeMap(({ cursor }) => {
        const goesOn = !isSame(cursor, before) && !hasReached(cursor, head)
        return concat(this.#believe(market, cursor), of(goesOn))
      }),
    )
  }
}

function isSame(a: Head | null, b: Head | null): boolean {
  return a?.hash === b?.hash
}
