/**
 * One request on its way through the server, from its first byte to exactly one answer. Later answers are counted and
 * ignored, and an answer that nobody gives in time is given by the exchange.
 */
import type { ByteLease } from './byte-budget.ts'
import type { Counters } from './counters.ts'
import { embedded } from './embedding.ts'
import { type Refusal, refusalAnswer } from './refusals.ts'

/** The way back to whoever asks. */
export interface AnswerWay {
  /** Sends the one answer, if anybody can still be told; `status` is HTTP's. */
  answer(status: number, body: string, bytes: number): void
}

export interface ExchangeConf {
  readonly way: AnswerWay
  readonly lease: ByteLease
  readonly counters: Counters
  readonly replyBytesMax: number
  readonly replyMsMax: number
}

export class Exchange {
  /** Known once the body has been parsed; then errors can name it. */
  rid: string | null = null
  readonly lease: ByteLease
  readonly #conf: ExchangeConf
  #state: 'open' | 'answered' | 'abandoned' = 'open'
  #deadline: NodeJS.Timeout | undefined

  constructor(conf: ExchangeConf) {
    this.#conf = conf
    this.lease = conf.lease
  }

  isOpen(): boolean {
    return this.#state === 'open'
  }

  expectAnswer(): void {
    this.#deadline = setTimeout(() => this.refuse('request_unanswered'), this.#conf.replyMsMax)
  }

  reply(error: Error | null, result: unknown): void {
    if (!this.isOpen()) return this.#conf.counters.add('reply_ignored')
    const body = error === null ? this.#resultText(result) : JSON.stringify([this.rid, error.message, null])
    const bytes = Buffer.byteLength(body)
    if (bytes > this.#conf.replyBytesMax) return this.refuse('reply_too_large')
    this.#answer(200, body, bytes)
  }

  refuse(refusal: Refusal): void {
    if (this.#state === 'answered') return
    this.#conf.counters.add(refusal)
    const { status, text } = refusalAnswer(refusal, this.rid)
    this.#answer(status, text, Buffer.byteLength(text))
  }

  #resultText(result: unknown): string {
    const written = typeof result === 'string' ? embedded(result) : JSON.stringify(result ?? null)
    return `[${JSON.stringify(this.rid)},null,${written}]`
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    if (this.isOpen()) this.#end('abandoned')
  }

  #answer(status: number, body: string, bytes: number): void {
    const isWaiting = this.isOpen()
    this.#end('answered')
    if (isWaiting) this.#conf.way.answer(status, body, bytes)
  }

  #end(state: 'answered' | 'abandoned'): void {
    this.#state = state
    clearTimeout(this.#deadline)
    this.lease.end()
  }
}
