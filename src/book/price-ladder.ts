/**
 * The occupied prices of one side, best first: finds the level of a price, the best level, and the next one behind a price. It keeps
 * two integers at each level, which mean what its user wants (the first and the last order of a queue), and knows nothing of orders.
 *
 * A price becomes a key that is lower the better the price is. Keys are found in a tree of nodes that branch 32 ways, five bits of a
 * key at each height, with a bit in each node for each branch that leads to an occupied level. So the best level behind one that has
 * become empty is a few bit operations away, however far away its price is. Of the asks 100 and 1000 (if keys were prices):
 *
 *     height 1   branches 3 and 31    branch 3 ─── leaf   place 4: the level of 3 · 32 + 4 = 100
 *                                     branch 31 ── leaf   place 8: the level of 31 · 32 + 8 = 1000
 *
 * Prices in use lie close together. So a search begins in the leaf where the last one ended, climbs until a node covers the wanted key
 * and goes down again: no step or two mostly, thirteen at most. Nodes without levels stay where they are, with no bit in their parent,
 * since prices tend to come back; they are given up before the ladder would have to grow.
 */

import type { Side } from './order.ts'

/** Where there is no level, no node or no order: all of them count from 1. */
export const nothing = 0
/** The key of the best level of an empty ladder: above that of every price. */
export const noKey = 2 ** 31 - 1
/** The key of a limit that every price fulfils. */
export const anyKey = -1

const bitsPerHeight = 5
const branchMask = 31
/** Of the root, whose branches are the two highest bits of a key. It is never given up. */
const rootShift = 30
const root = 1
/** A path from the root down to a leaf, without the root. */
const pathNodes = rootShift / bitsPerHeight

/** Each node has a record of four numbers, and 64 places: a child for each branch, or in a leaf two numbers for each level. */
const recordBits = 2
const placeBits = 6
/** A bit for each branch that leads to an occupied level. */
const OCCUPIED = 0
const PARENT = 1
/** The lowest key that the node covers. */
const FIRST_KEY = 2
/** How far a key is shifted to the right so that its last five bits are the branch: 0 in a leaf. */
const SHIFT = 3
const givenUpShift = -1

const nodesAtFirst = 16

export class PriceLadder {
  /** Turns a price into its key and back. Keys are negative. */
  readonly #mask: number
  #records = new Int32Array(nodesAtFirst << recordBits)
  /** Of levels read `first` and `last`; public since queues read them at every step. */
  places = new Int32Array(nodesAtFirst << placeBits)
  /** The first node that has never been used. */
  #unused = root + 1
  /** Nodes that were given up, linked by PARENT. */
  #givenUp = nothing
  #givenUpCount = 0
  /** Where the last search ended. */
  #finger = root
  /** The best level and its key; `nothing` and `noKey` when there is none. */
  best = nothing
  bestKey = noKey

  constructor(side: Side) {
    this.#mask = side === 'buy' ? -1 : -(2 ** 31)
    this.#records[(root << recordBits) + SHIFT] = rootShift
    this.#records[(root << recordBits) + FIRST_KEY] = -(2 ** 31)
  }

  keyOf(price: number): number {
    return price ^ this.#mask
  }

  priceOf(level: number): number {
    return this.#keyOfLevel(level) ^ this.#mask
  }

  get bestPrice(): number | undefined {
    return this.best === nothing ? undefined : this.bestKey ^ this.#mask
  }

  /** The level of a price, occupied or not. What it is stays true while the level is occupied. */
  levelAt(price: number): number {
    const key = price ^ this.#mask
    const records = this.#records
    let node = this.#finger
    while (!this.#covers(node, key)) node = records[(node << recordBits) + PARENT] as number
    for (;;) {
      const shift = records[(node << recordBits) + SHIFT] as number
      if (shift === 0) break
      const child = this.places[(node << placeBits) + ((key >>> shift) & branchMask)] as number
      if (child === nothing) return this.#levelOnNewPath(key)
      node = child
    }
    this.#finger = node
    return (node << placeBits) + ((key & branchMask) << 1)
  }

  /** The level of a price if it is occupied. */
  occupiedAt(price: number): number {
    const key = price ^ this.#mask
    const node = this.#deepestFor(key)
    if (this.#shiftOf(node) > 0) return nothing
    const isOccupied = (this.#occupied(node) >>> (key & branchMask)) & 1
    return isOccupied === 1 ? (node << placeBits) + ((key & branchMask) << 1) : nothing
  }

  /** The next occupied level behind a price, whether or not there is a level at that price itself. */
  behind(price: number): number {
    const key = price ^ this.#mask
    for (let node = this.#deepestFor(key); ; node = this.#parentOf(node)) {
      const branch = (key >>> this.#shiftOf(node)) & branchMask
      const beyond = this.#occupied(node) & ~((2 << branch) - 1)
      if (beyond !== 0) return this.#lowestIn(node, beyond)
      if (node === root) return nothing
    }
  }

  /** Makes a level count that did not. */
  occupy(level: number): void {
    const key = this.#keyOfLevel(level)
    if (key < this.bestKey) {
      this.bestKey = key
      this.best = level
    }
    const records = this.#records
    for (let node = level >>> placeBits; ; node = records[(node << recordBits) + PARENT] as number) {
      const record = node << recordBits
      const before = records[record + OCCUPIED] as number
      records[record + OCCUPIED] = before | (1 << ((key >>> (records[record + SHIFT] as number)) & branchMask))
      if (before !== 0 || node === root) return
    }
  }

  /** Makes a level no longer count. */
  vacate(level: number): void {
    const key = this.#keyOfLevel(level)
    const records = this.#records
    let node = level >>> placeBits
    for (;;) {
      const record = node << recordBits
      const left =
        (records[record + OCCUPIED] as number) & ~(1 << ((key >>> (records[record + SHIFT] as number)) & branchMask))
      records[record + OCCUPIED] = left
      if (left !== 0 || node === root) break
      node = records[record + PARENT] as number
    }
    if (level === this.best) this.#findBest(node)
  }

  /** The best level is below the node at which emptying the old one has ended. */
  #findBest(node: number): void {
    const occupied = this.#occupied(node)
    this.best = occupied === 0 ? nothing : this.#lowestIn(node, occupied)
    this.bestKey = occupied === 0 ? noKey : this.#keyOfLevel(this.best)
  }

  /** The lowest occupied level below a node, of those branches whose bits are given. */
  #lowestIn(top: number, bits: number): number {
    let node = top
    let branch = lowestBit(bits)
    while (this.#shiftOf(node) > 0) {
      node = this.places[(node << placeBits) + branch] as number
      branch = lowestBit(this.#occupied(node))
    }
    return (node << placeBits) + (branch << 1)
  }

  /** The leaf of a key, or the node where the path to it ends. */
  #deepestFor(key: number): number {
    let node = this.#finger
    while (!this.#covers(node, key)) node = this.#parentOf(node)
    for (;;) {
      const shift = this.#shiftOf(node)
      const child =
        shift === 0 ? nothing : (this.places[(node << placeBits) + ((key >>> shift) & branchMask)] as number)
      if (child === nothing) return node
      node = child
    }
  }

  #levelOnNewPath(key: number): number {
    this.#makeRoom()
    let node = root
    for (let shift = rootShift - bitsPerHeight; shift >= 0; shift -= bitsPerHeight) {
      const place = (node << placeBits) + ((key >>> (shift + bitsPerHeight)) & branchMask)
      if (this.places[place] === nothing) this.places[place] = this.#newNode(node, key, shift)
      node = this.places[place] as number
    }
    this.#finger = node
    return (node << placeBits) + ((key & branchMask) << 1)
  }

  #newNode(parent: number, key: number, shift: number): number {
    const node = this.#givenUp === nothing ? this.#unused++ : this.#takeGivenUp()
    const record = node << recordBits
    this.#records[record + OCCUPIED] = 0
    this.#records[record + PARENT] = parent
    this.#records[record + FIRST_KEY] = (key >>> (shift + bitsPerHeight)) << (shift + bitsPerHeight)
    this.#records[record + SHIFT] = shift
    return node
  }

  #takeGivenUp(): number {
    const node = this.#givenUp
    this.#givenUp = this.#parentOf(node)
    this.#givenUpCount -= 1
    return node
  }

  /** Room for a whole path, since nodes on a path that is being made look as if they could be given up. */
  #makeRoom(): void {
    if (this.#spareCount() >= pathNodes) return
    this.#giveUpEmptyNodes()
    // Looking at all nodes must not happen again soon.
    if (this.#spareCount() < Math.max(pathNodes, this.#capacity() >> 2)) this.#grow()
  }

  #capacity(): number {
    return this.#records.length >>> recordBits
  }

  #spareCount(): number {
    return this.#givenUpCount + this.#capacity() - this.#unused
  }

  #giveUpEmptyNodes(): void {
    for (let node = root + 1; node < this.#unused; node += 1)
      if (this.#occupied(node) === 0 && this.#shiftOf(node) !== givenUpShift) this.#giveUp(node)
    this.#finger = root
  }

  /** Its own places are empty by then, or will be: what is below it has no level either. */
  #giveUp(node: number): void {
    const record = node << recordBits
    const parent = this.#parentOf(node)
    const branch = ((this.#records[record + FIRST_KEY] as number) >>> this.#shiftOf(parent)) & branchMask
    if (this.#shiftOf(parent) !== givenUpShift) this.places[(parent << placeBits) + branch] = nothing
    this.places.fill(nothing, node << placeBits, (node + 1) << placeBits)
    this.#records[record + SHIFT] = givenUpShift
    this.#records[record + PARENT] = this.#givenUp
    this.#givenUp = node
    this.#givenUpCount += 1
  }

  #grow(): void {
    this.#records = grown(this.#records)
    this.places = grown(this.places)
  }

  #keyOfLevel(level: number): number {
    return this.#firstKeyOf(level >>> placeBits) | ((level >>> 1) & branchMask)
  }

  #covers(node: number, key: number): boolean {
    return ((key ^ this.#firstKeyOf(node)) >>> this.#shiftOf(node)) >>> bitsPerHeight === 0
  }

  #occupied(node: number): number {
    return this.#records[(node << recordBits) + OCCUPIED] as number
  }

  #parentOf(node: number): number {
    return this.#records[(node << recordBits) + PARENT] as number
  }

  #firstKeyOf(node: number): number {
    return this.#records[(node << recordBits) + FIRST_KEY] as number
  }

  #shiftOf(node: number): number {
    return this.#records[(node << recordBits) + SHIFT] as number
  }
}

/** Where the lowest bit is that is set; `bits` are not all 0. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

/** The same numbers with as much room again behind them. */
export function grown(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(2 * numbers.length)
  twice.set(numbers)
  return twice
}
