/**
 * What the two parties of each trade have booked, and what is wrong with all of it together. The same measure for peerbook and for
 * the control: it counts what a back office would have to settle.
 */

/** Lots of one trade as one of its parties has booked it. */
export interface Booked {
  readonly party: string
  readonly maker: string
  readonly taker: string
  readonly lots: number
}

export interface Faults {
  /** Orders filled for more than their quantity, over what all parties have booked. */
  readonly overfilled: number
  /** Trades that the two parties have booked differently, or only one of them at all. */
  readonly disputed: number
  /** Trades of which a user has said without the other party how they count: they are no disagreement, but no trade of two either. */
  readonly forced: number
  readonly trades: number
}

interface Trade {
  readonly maker: string
  readonly taker: string
  readonly lotsOf: Map<string, number>
}

export class BookedFills {
  readonly #quantities = new Map<string, { readonly owner: string; readonly lots: number }>()
  /** All trades between two orders count as one. */
  readonly #trades = new Map<string, Trade>()
  readonly #forced = new Set<string>()

  order(id: string, owner: string, lots: number): void {
    this.#quantities.set(id, { owner, lots })
  }

  /** Who is neither party says nothing. */
  book({ party, maker, taker, lots }: Booked): void {
    if (party !== this.#ownerOf(maker) && party !== this.#ownerOf(taker)) return
    const key = keyOf(maker, taker)
    const trade = this.#trades.get(key) ?? { maker, taker, lotsOf: new Map<string, number>() }
    trade.lotsOf.set(party, (trade.lotsOf.get(party) ?? 0) + lots)
    this.#trades.set(key, trade)
  }

  /** Something between these two orders was forced. What is booked of it counts all the same. */
  force(maker: string, taker: string): void {
    this.#forced.add(keyOf(maker, taker))
  }

  /** `gone`: who may not have been able to book what it was to book. */
  faults(gone: ReadonlySet<string>): Faults {
    const between = [...this.#trades.values()].filter(
      trade => this.#ownerOf(trade.maker) !== this.#ownerOf(trade.taker),
    )
    return {
      overfilled: [...this.#quantities].filter(([id, { lots }]) => this.#filled(id) > lots).length,
      disputed: between.filter(trade => !this.#isForced(trade) && this.#isDisputed(trade, gone)).length,
      forced: between.filter(trade => this.#isForced(trade)).length,
      trades: between.length,
    }
  }

  #isForced({ maker, taker }: Trade): boolean {
    return this.#forced.has(keyOf(maker, taker))
  }

  #filled(id: string): number {
    const trades = [...this.#trades.values()].filter(({ maker, taker }) => maker === id || taker === id)
    return trades.reduce((sum, { lotsOf }) => sum + Math.max(...lotsOf.values()), 0)
  }

  #isDisputed({ maker, taker, lotsOf }: Trade, gone: ReadonlySet<string>): boolean {
    const [one = '', other = ''] = [maker, taker].map(id => this.#ownerOf(id))
    return !gone.has(one) && !gone.has(other) && lotsOf.get(one) !== lotsOf.get(other)
  }

  #ownerOf(id: string): string {
    return this.#quantities.get(id)?.owner ?? ''
  }
}

function keyOf(maker: string, taker: string): string {
  return `${maker} ${taker}`
}
