/** Grenache's Link to one grape, mended: a hard deadline, a bounded answer, no lookups from a cache, and stop() ends what is open. */
import http from 'node:http'
import Link from 'grenache-nodejs-link'
import { TransportError } from '../transport.ts'
import { Abandonment } from './abandonment.ts'
import type { ByteBudget } from './byte-budget.ts'
import { parseJson, quoteForeign } from './json.ts'
import { post } from './post.ts'
import type { TransportLimits } from './transport-limits.ts'

/** A lookup that is answered from a cache is a rumour of a rumour; Link has no way to say "none" but an age of next to nothing. */
const lruMaxAgeLookup = 1

export class BoundedLink extends Link {
  readonly #limits: TransportLimits
  readonly #budget: ByteBudget
  readonly #agent = new http.Agent()
  readonly #stopped = new Abandonment()

  constructor(grape: string, limits: TransportLimits, budget: ByteBudget) {
    super({ grape, requestTimeout: limits.grapeTimeoutMs, lruMaxAgeLookup })
    this.#limits = limits
    this.#budget = budget
  }

  /** Asks the grape once. Rejects with a sentence. The answer is any JSON: what it must be is for the caller to check. */
  ask(type: 'announce' | 'lookup', payload: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.request(type, payload, { retry: 1 }, (error, answer) => (error ? reject(error) : resolve(answer)))
    })
  }

  override stop(): this {
    this.#stopped.abandon(new TransportError('closed', 'the transport is closed'))
    this.#agent.destroy()
    return super.stop()
  }

  override _post(
    url: string,
    data: unknown,
    options: { readonly timeout: number },
    callback: (error: Error | null, answer?: unknown) => void,
  ): void {
    this.#exchange(new URL(url), Buffer.from(JSON.stringify(data)), options.timeout).then(
      answer => callback(null, answer),
      (error: unknown) => callback(error as Error),
    )
  }

  async #exchange(url: URL, body: Buffer, deadlineMs: number): Promise<unknown> {
    const reply = await post({
      host: url.hostname,
      port: Number(url.port || 80),
      path: url.pathname,
      headers: { 'content-type': 'application/json' },
      body,
      agent: this.#agent,
      deadlineMs,
      headersBytesMax: this.#limits.headersBytesMax,
      replyBytesMax: this.#limits.grapeReplyBytesMax,
      lease: this.#budget.lease(),
      abandonment: this.#stopped,
    })
    const answer = parseJson(reply.body)
    if (reply.status !== 200) throw new Error(`it answered with HTTP status ${reply.status}`)
    if (answer === undefined)
      throw new Error(`it answered ${quoteForeign(reply.body.toString('latin1'))}, which is not JSON`)
    return answer
  }
}
