/**
 * Token buckets: how much each sender may ask for in a second, and at once after a pause. A sender in debt is told when to come
 * back. Senders that are unknown have a full bucket; nothing else is known of them.
 */
import { limits } from '../limits.ts'

export interface Rate {
  /** Units that a sender gets back each second. */
  readonly perSecond: number
  /** Units that it has at most. */
  readonly burst: number
}

interface Bucket {
  /** Below 0: what was admitted has turned out to cost more than was there. */
  units: number
  /** When the bucket was last looked at, in milliseconds. */
  atMs: number
}

const second = 1_000

export class Rates {
  readonly #rate: Rate
  readonly #now: () => number
  /** Least recently used first, at most `rateSendersMax`. */
  readonly #buckets = new Map<string, Bucket>()
  /** Of all who come when the places are taken. */
  readonly #shared: Bucket

  /** `now` gives milliseconds. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
    this.#shared = this.#fullBucket()
  }

  /** How many senders have a bucket of their own. */
  get size(): number {
    return this.#buckets.size
  }

  /**
   * Takes units out of the sender's bucket as long as it owes nothing, so that nothing is too large ever to be admitted. Gives 0, or
   * the milliseconds after which it makes sense to come again; then nothing has been taken.
   */
  take(sender: string, units: number): number {
    const bucket = this.#bucketOf(sender)
    if (bucket.units < 1) return Math.ceil(((1 - bucket.units) / this.#rate.perSecond) * second)
    this.#pay(bucket, units)
    return 0
  }

  /** What was admitted has cost so much more. */
  charge(sender: string, units: number): void {
    if (units > 0) this.#pay(this.#bucketOf(sender), units)
  }

  /** Nobody is shut out for longer than the wait that a refusal may name. */
  #pay(bucket: Bucket, units: number): void {
    const owedMax = (this.#rate.perSecond * limits.retryAfterMsMax) / second - 1
    bucket.units = Math.max(bucket.units - units, -owedMax)
  }

  #bucketOf(sender: string): Bucket {
    const bucket = this.#buckets.get(sender) ?? this.#newBucket()
    if (bucket !== this.#shared) {
      this.#buckets.delete(sender)
      this.#buckets.set(sender, bucket)
    }
    return this.#refilled(bucket)
  }

  /**
   * Only who has been silent for `rateMemoryMs` loses its place, and nothing with it: its bucket is full again. So whoever says
   * something each second, as every neighbour does, keeps a bucket of its own, however many strangers come.
   */
  #newBucket(): Bucket {
    if (this.#buckets.size < limits.rateSendersMax) return this.#fullBucket()
    const [oldest] = this.#buckets
    if (!oldest || this.#now() - oldest[1].atMs < limits.rateMemoryMs) return this.#shared
    this.#buckets.delete(oldest[0])
    return this.#fullBucket()
  }

  #fullBucket(): Bucket {
    return { units: this.#rate.burst, atMs: this.#now() }
  }

  #refilled(bucket: Bucket): Bucket {
    const now = this.#now()
    const earned = ((now - bucket.atMs) / second) * this.#rate.perSecond
    bucket.units = Math.min(bucket.units + earned, this.#rate.burst)
    bucket.atMs = now
    return bucket
  }
}
