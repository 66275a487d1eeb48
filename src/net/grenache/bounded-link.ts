/** Grenache's Link to one grape, mended: a hard deadline, a bounded answer, no lookups from a cache, and stop() ends what is open. */
import http from 'node:http'
import Link from 'grenache-nodejs-link'
import { TransportError } from '../transport.ts'
import { Abandonment } from './abandonment.ts'
import type { ByteBudget } from './byte-budget.ts'
import { parseJson, quoteForeign } from './json.ts'
import { post, type Post, type PostReply } from './post.ts'
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
    const { hostname, port, pathname } = new URL(url)
    const asked: Post = {
      host: hostname,
      port: Number(port || 80),
      path: pathname,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(data),
      agent: this.#agent,
      deadlineMs: options.timeout,
      headersBytesMax: this.#limits.headersBytesMax,
      replyBytesMax: this.#limits.grapeReplyBytesMax,
      lease: this.#budget.lease(),
      abandonment: this.#stopped,
    }
    post(asked, reply => {
      const answer = reply instanceof Error ? reply : answerIn(reply)
      if (answer instanceof Error) callback(answer)
      else callback(null, answer)
    })
  }
}

/** The grape's answer, or why it is none. */
function answerIn({ status, body }: PostReply): unknown {
  if (status !== 200) return new Error(`it answered with HTTP status ${status}`)
  const answer = parseJson(body)
  return answer === undefined
    ? new Error(`it answered ${quoteForeign(body.toString('latin1'))}, which is not JSON`)
    : answer
}
