/**
 * The DHT as it would be at its best: one table that everybody can reach. It keeps a real one's rumours: an entry
 * outlives its peer until it is too old, and a lookup gives at most so many addresses, in any order.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { Address } from '../net/transport.ts'
import type { Random } from './random.ts'

export class SimulatedDht {
  readonly #clock: Clock
  readonly #random: Random
  readonly #entryAgeMsMax: number
  readonly #announcedMs = new Map<string, Map<Address, number>>()

  constructor(clock: Clock, random: Random, entryAgeMsMax: number) {
    this.#clock = clock
    this.#random = random
    this.#entryAgeMsMax = entryAgeMsMax
  }

  /** The entry is kept until it is too old, whatever becomes of the peer, unless it is announced again. */
  announce(service: string, address: Address): void {
    const entries = this.#announcedMs.get(service) ?? new Map<Address, number>()
    entries.set(address, this.#clock.now())
    this.#announcedMs.set(service, entries)
  }

  /** As if somebody had announced the address under every service that is known. */
  rumour(address: Address): void {
    for (const service of this.#announcedMs.keys()) this.announce(service, address)
  }

  /** Everything; services stay known, without entries. */
  forget(): void {
    for (const entries of this.#announcedMs.values()) entries.clear()
  }

  lookup(service: string): Address[] {
    const entries = this.#announcedMs.get(service) ?? new Map<Address, number>()
    for (const [address, announcedMs] of entries) if (this.#isTooOld(announcedMs)) entries.delete(address)
    return this.#random.shuffle([...entries.keys()]).slice(0, limits.lookupAddressesMax)
  }

  #isTooOld(announcedMs: number): boolean {
    return this.#clock.now() - announcedMs > this.#entryAgeMsMax
  }
}
