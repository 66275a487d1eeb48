/**
 * Looks on while an exchange is simulated, and finds what must never be: the invariants of the design, each a small checker in
 * checkers/. What it costs is proportional to what is new. It reads the history, the journals and the running peers, changes nothing,
 * and draws no chance.
 */
import type { Found } from './checkers/checker.ts'
import { Exchange, type ExchangeOptions } from './checkers/exchange.ts'
import type { Ledger } from './checkers/ledger.ts'
import { checkers as all } from './checkers/index.ts'
import type { Checker } from './checkers/checker.ts'
import { eventTypes, type Happened, type History } from './history.ts'
import type { JournalRecord } from '../peer/decide/group.ts'

export type { Onstage } from './checkers/exchange.ts'

export interface Violation {
  /** Its number in the design's list of what is always true. */
  readonly invariant: number
  readonly checker: string
  /** As the history counts time. */
  readonly atMs: number
  readonly sentence: string
}

export interface JudgeOptions extends ExchangeOptions {
  readonly history: History
}

interface Hearing {
  readonly checker: Checker
  readonly hear: (event: Happened) => Found
}

/** One defect breaks many things; the first ones tell what it is. */
const violationsMax = 100

export class Judge {
  readonly #exchange: Exchange
  readonly #checkers: readonly Checker[]
  // Sorted by what they have to say to, since most have nothing to say to most of what happens.
  readonly #ofEvents: ReadonlyMap<Happened['type'], readonly Hearing[]>
  readonly #ofFacts: readonly Checker[]
  readonly #ofSegments: readonly Checker[]
  readonly #ofRecords: readonly Checker[]
  readonly #ofSteps: readonly Checker[]
  readonly #violations: Violation[] = []
  readonly #found = new Set<string>()
  #atMs = 0

  constructor(options: JudgeOptions) {
    this.#exchange = new Exchange(options)
    this.#checkers = all.map(make => make(this.#exchange))
    this.#ofEvents = new Map(eventTypes.map(type => [type, hearingsOf(type, this.#checkers)]))
    this.#ofFacts = this.#checkers.filter(({ fact }) => fact)
    this.#ofSegments = this.#checkers.filter(({ segment }) => segment)
    this.#ofRecords = this.#checkers.filter(({ recorded }) => recorded)
    this.#ofSteps = this.#checkers.filter(({ stepped }) => stepped)
    options.history.listen(happened => this.#hear(happened))
  }

  /** What has been found so far, each once, the first hundred. */
  get violations(): readonly Violation[] {
    return this.#violations
  }

  /** What every checker holds to be true, in the order of the design's list. */
  get rules(): readonly Pick<Checker, 'invariant' | 'name' | 'always'>[] {
    return this.#checkers
  }

  /** To be called after every step of the clock: looks at what the peers hold. */
  stepped(): void {
    for (const checker of this.#ofSteps) this.#note(checker, checker.stepped?.())
    this.#exchange.shown.clear()
  }

  /** To be called once the core is whole and nothing moves: what is only true then. */
  quiet(): void {
    for (const checker of this.#checkers) this.#note(checker, checker.quiet?.())
  }

  #hear(event: Happened): void {
    this.#atMs = event.atMs
    this.#learn(event)
    for (const { checker, hear } of this.#ofEvents.get(event.type) ?? []) this.#note(checker, hear(event))
  }

  #learn(event: Happened): void {
    this.#exchange.hear(event)
    if (event.type === 'started') return this.#exchange.start(event.peer, event.peerId)
    if (event.type === 'fault') return this.#hearFault(event.text)
    if (event.type !== 'appended' && event.type !== 'synced' && event.type !== 'lost') return
    const ledger = this.#exchange.open(event.peer, event.market)
    if (!ledger) return
    if (event.type === 'appended')
      ledger.pending.push({ record: event.record, wallMs: this.#exchange.options.wallMs(event.peer) })
    else if (event.type === 'lost') ledger.pending.length = 0
    else while (ledger.records < event.count && this.#harden(ledger));
  }

  #hearFault(text: string): void {
    const forker = /^fork (\S+) ->/.exec(text)?.[1]
    if (forker !== undefined) this.#exchange.fork(forker)
    if (text.startsWith('skew ')) this.#exchange.areClocksRight = false
    const paused = /^pause (\S+)/.exec(text)?.[1]
    if (paused !== undefined) this.#exchange.paused.add(paused)
  }

  /** The oldest pending record is durable now. */
  #harden(ledger: Ledger): boolean {
    const pending = ledger.pending.shift()
    if (!pending) return false
    ledger.records += 1
    ledger.writtenMs = pending.wallMs
    this.#read(pending.record, ledger)
    return true
  }

  #read(record: JournalRecord, ledger: Ledger): void {
    const { segment, facts } = this.#exchange.opened(record, ledger)
    if (segment)
      for (const checker of this.#ofSegments)
        this.#note(checker, checker.segment?.(segment.segment, segment.hash, ledger))
    for (const fact of facts) {
      for (const checker of this.#ofFacts) this.#note(checker, checker.fact?.(fact, ledger))
      this.#exchange.add(fact, ledger)
    }
    if (segment) this.#exchange.addSegment(segment, ledger)
    for (const checker of this.#ofRecords) this.#note(checker, checker.recorded?.(ledger))
  }

  #note({ invariant, name }: Checker, found: Found | undefined): void {
    for (const sentence of found ?? []) {
      const key = `${name} ${sentence}`
      if (this.#violations.length >= violationsMax || this.#found.has(key)) continue
      this.#found.add(key)
      this.#violations.push({ invariant, checker: name, atMs: this.#atMs, sentence })
    }
  }
}

/** Those that have something to say to this kind of event. */
function hearingsOf(type: Happened['type'], checkers: readonly Checker[]): Hearing[] {
  return checkers.flatMap(checker => {
    const hear = checker.happened?.[type] as Hearing['hear'] | undefined
    return hear ? [{ checker, hear }] : []
  })
}
