/**
 * Announcing and looking up over every configured grape at once. A grape that is dead, frozen or talks rubbish delays none of the
 * others and shows in the health.
 */
import {
  connect,
  defer,
  delay,
  distinctUntilChanged,
  filter,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  repeat,
  Subject,
  subscribeOn,
  asapScheduler,
  take,
  takeUntil,
  timer,
  toArray,
} from 'rxjs'
import type { Address, DiscoveryHealth } from '../transport.ts'
import { isAddress } from './address.ts'
import { ByteBudget } from './byte-budget.ts'
import type { Counters } from './counters.ts'
import { GrapeWay } from './grape-way.ts'
import type { TransportLimits } from './transport-limits.ts'

/** Services that are announced to one grape at the same time. */
const announcementsMax = 8

export class Discovery {
  readonly #ways: readonly GrapeWay[]
  readonly #limits: TransportLimits
  readonly #counters: Counters
  readonly #changes$ = new Subject<void>()
  readonly #stopped$ = new Subject<void>()

  constructor(grapes: readonly string[], limits: TransportLimits, counters: Counters) {
    const budget = new ByteBudget(limits.readingBytesMax)
    this.#limits = limits
    this.#counters = counters
    this.#ways = grapes.map(url => new GrapeWay(grapeUrl(url), limits, budget, () => this.#changes$.next()))
  }

  health(): DiscoveryHealth {
    const grapes = this.#ways.map(way => ({ url: way.url, ...way.health() }))
    return { grapes, counters: this.#counters.snapshot() }
  }

  /** Announces for as long as it is subscribed and emits the health when a grape's changes. */
  announce(services: readonly string[], port: number): Observable<DiscoveryHealth> {
    const announcing = this.#ways.map(way => this.#keepAnnounced(way, services, port))
    const health$ = this.#changes$.pipe(
      map(() => this.health()),
      distinctUntilChanged((a, b) => JSON.stringify(a.grapes) === JSON.stringify(b.grapes)),
    )
    return merge(health$, ...announcing).pipe(subscribeOn(asapScheduler), takeUntil(this.#stopped$))
  }

  /** Emits one list: of all grapes that answer soon after the first that did. */
  lookup(service: string): Observable<readonly Address[]> {
    const answers = this.#ways.map(way => defer(() => this.#lookupAt(way, service)))
    return merge(...answers).pipe(
      filter(found => found !== undefined),
      connect(found$ => found$.pipe(takeUntil(found$.pipe(take(1), delay(this.#limits.lookupGraceMs))))),
      toArray(),
      map(lists => this.#gather(lists)),
      subscribeOn(asapScheduler),
    )
  }

  stop(): void {
    this.#stopped$.next()
    for (const way of this.#ways) way.stop()
  }

  #keepAnnounced(way: GrapeWay, services: readonly string[], port: number): Observable<never> {
    let failures = 0
    const round$ = defer(() => {
      failures = 0
      return from(services)
    }).pipe(
      mergeMap(service => this.#announceAt(way, service, port), announcementsMax),
      map(isStored => (failures += isStored ? 0 : 1)),
    )
    const { announceIntervalMs, announceRetryMs } = this.#limits
    return round$.pipe(
      repeat({ delay: () => timer(failures === 0 ? announceIntervalMs : announceRetryMs) }),
      ignoreElements(),
    )
  }

  async #announceAt(way: GrapeWay, service: string, port: number): Promise<boolean> {
    const isStored = await way.announce(service, port)
    if (!isStored) this.#counters.add('announce_failed')
    return isStored
  }

  async #lookupAt(way: GrapeWay, service: string): Promise<readonly unknown[] | undefined> {
    const found = await way.lookup(service)
    if (found === undefined) this.#counters.add('lookup_failed')
    return found
  }

  #gather(lists: readonly (readonly unknown[])[]): readonly Address[] {
    const addresses = new Set<Address>()
    for (const rumour of lists.flat()) this.#admit(rumour, addresses)
    return [...addresses]
  }

  #admit(rumour: unknown, addresses: Set<Address>): void {
    if (!isAddress(rumour)) return this.#counters.add('lookup_address_malformed')
    if (addresses.has(rumour)) return
    if (addresses.size >= this.#limits.lookupAddressesMax) return this.#counters.add('lookup_addresses_over_limit')
    addresses.add(rumour)
  }
}

function grapeUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:')
    throw new Error(`"${url}" is not the URL of a grape, such as http://127.0.0.1:30001`)
  return parsed.origin
}
