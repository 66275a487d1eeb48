/**
 * What has become of every batch on its way to its maker: how often it was proposed, and what its maker has heard of it by when.
 * Learns from messages alone; where a history has none, nothing is known.
 */
import type { Signed } from '../../feed/signer.ts'
import type { Happened } from '../history.ts'
import { nameAt } from '../said.ts'

export interface Asking {
  /** How often its taker has sent it as a proposal. */
  proposals: number
  /** The earliest time at which it came to its maker as a proposal, by that one's own clock; null when it never did. */
  proposedAtMs: number | null
  /** Whether its maker has been asked what became of it. */
  isWithdrawn: boolean
}

export class Askings {
  readonly #wallMs: (name: string) => number
  readonly #byBody = new Map<string, Asking>()
  readonly #byHash = new Map<string, Asking>()

  /** `wallMs` gives what a peer's clock shows, in milliseconds since the Unix epoch. */
  constructor(wallMs: (name: string) => number) {
    this.#wallMs = wallMs
  }

  /** A batch stands in its taker's journal, and may leave. */
  begin({ body }: Signed, hash: string): void {
    const asking = { proposals: 0, proposedAtMs: null, isWithdrawn: false }
    this.#byBody.set(body, asking)
    this.#byHash.set(hash, asking)
  }

  /** What has been heard of the batch of that hash. */
  of(hash: string): Asking | undefined {
    return this.#byHash.get(hash)
  }

  /** The batch in a message; undefined for one that nobody has journalled. */
  in(signed: unknown): Asking | undefined {
    return this.#byBody.get((signed as Signed).body)
  }

  hear(event: Happened): void {
    if (event.type !== 'sent' && event.type !== 'arrived') return
    const { message, said } = event
    const type = said.request?.type
    if (type !== 'propose' && type !== 'withdraw') return
    const asking = this.in(said.request?.['batch'])
    if (!asking) return
    if (event.type === 'sent') asking.proposals += type === 'propose' ? 1 : 0
    else if (type === 'withdraw') asking.isWithdrawn = true
    else asking.proposedAtMs = Math.min(asking.proposedAtMs ?? Infinity, this.#wallMs(nameAt(message.to)))
  }
}
