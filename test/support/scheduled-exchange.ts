/**
 * Whole peers on a simulated network in which nothing arrives by itself: each message between peers, each command of a user and each
 * pause waits until a scheduler of fast-check picks it. A judge looks on at every step.
 */
import type fc from 'fast-check'
import { isRefusal } from '../../src/book/refusal.ts'
import { Cast } from '../../src/scenario/cast.ts'
import { violationsOf } from '../../src/scenario/check-cast.ts'
import { judgeOf } from '../../src/scenario/judged.ts'
import { nothingKnown, type Known } from '../../src/scenario/known.ts'
import { parseCommand } from '../../src/scenario/parse-command.ts'
import type { Action } from '../../src/scenario/scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import { isSettled, unrestOf } from '../../src/scenario/unrest.ts'
import type { FatePolicy, Message } from '../../src/sim/fate.ts'
import type { HistoryEvent } from '../../src/sim/history.ts'
import type { Judge } from '../../src/sim/judge.ts'
import { nameAt } from '../../src/sim/said.ts'
import { market } from './ground.ts'

/** Nobody waits so long: only the scheduler lets it arrive. */
const heldMs = 24 * 60 * 60_000
/** What a commit takes at most, so that what follows from an arrival is on its way before the next one. */
const commitMs = 4
const settleMsMax = 60_000
/** A story of a few orders ends long before. */
const picksMax = 5_000

export class ScheduledExchange {
  readonly #scheduler: fc.Scheduler
  readonly #stage: SimulatedStage
  readonly #cast: Cast
  readonly #judge: Judge
  readonly #known: Known = nothingKnown()
  #isHolding = false
  #picked = 0
  /** What a defect has thrown; null as long as none has. */
  #failure: Error | null = null

  private constructor(scheduler: fc.Scheduler, seed: number) {
    this.#scheduler = scheduler
    this.#stage = new SimulatedStage(seed, { fateOf: usual => this.#fateOver(usual) })
    this.#cast = new Cast(this.#stage)
    this.#cast.addMarket(market)
    this.#judge = judgeOf(this.#cast, this.#stage, this.#stage.trouble)
    this.#stage.history.listen(event => this.#hear(event))
  }

  /** Peers that have met. From here on nothing arrives by itself. */
  static async open(scheduler: fc.Scheduler, seed: number, names: readonly string[]): Promise<ScheduledExchange> {
    const exchange = new ScheduledExchange(scheduler, seed)
    for (const text of [`market ${market.symbol} tick 1 lot 1`, `peers ${names.join(' ')}`]) exchange.#read(text)
    await exchange.#cast.enter(names, [market])
    exchange.#isHolding = true
    return exchange
  }

  /** Lines of the notation that happen one after the other, whatever happens between them. Those that make no sense are left out. */
  script(lines: readonly string[]): void {
    const actions = lines.map(line => [line, this.#read(line)] as const)
    this.#next(actions.flatMap(([line, action]) => (action ? [[line, action] as const] : [])))
  }

  /** Picks until nothing waits; then lets everything arrive as usual and come to rest. Throws what is wrong, at once. */
  async play(): Promise<void> {
    while (this.#scheduler.count() > 0) {
      await this.#pick()
      this.#assertRight()
      if (this.#picked > picksMax) throw new Error(`there is no end after ${picksMax} picks`)
    }
    this.#isHolding = false
    const isAtRest = await this.#stage.until(() => isSettled(this.#cast), settleMsMax)
    if (!isAtRest) throw new Error(`it does not come to rest: ${unrestOf(this.#cast).join('; ')}`)
    this.#judge.quiet()
    this.#assertRight()
    const wrong = violationsOf(this.#cast)
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
    await this.#cast.close()
  }

  #fateOver(usual: FatePolicy): FatePolicy {
    return message => (this.#isHeld(message) ? { delaysMs: [heldMs] } : usual(message))
  }

  #isHeld({ kind }: Message): boolean {
    return this.#isHolding && (kind === 'request' || kind === 'reply')
  }

  #hear(event: HistoryEvent): void {
    if (event.type !== 'sent' || !this.#isHeld(event.message)) return
    const { message, said } = event
    const what = said.request?.type ?? (said.refused ? 'refusal' : 'reply')
    this.#schedule(`${what} ${nameAt(message.from)} -> ${nameAt(message.to)}`, () => this.#stage.deliver(message))
  }

  #next(actions: readonly (readonly [line: string, action: Action])[]): void {
    const [first, ...rest] = actions
    if (!first) return
    const [line, action] = first
    this.#schedule(line, async () => {
      await this.#perform(action)
      this.#next(rest)
    })
  }

  #schedule(label: string, does: () => void | Promise<void>): void {
    void this.#scheduler.schedule(Promise.resolve(), label).then(() => this.#carryOut(does))
  }

  async #carryOut(does: () => void | Promise<void>): Promise<void> {
    try {
      await does()
      await this.#stage.advance(commitMs)
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error))
    }
    this.#picked += 1
  }

  /** The scheduler says that it has let one go; what that does comes right behind. */
  async #pick(): Promise<void> {
    const before = this.#picked
    await this.#scheduler.waitNext(1)
    while (this.#picked === before) await Promise.resolve()
    if (this.#failure) throw this.#failure
  }

  async #perform(action: Action): Promise<void> {
    if (action.type === 'order') this.#cast.place(action.name, action.order, action.market, action.terms)
    if (action.type === 'cancel') this.#cast.cancel(action.name, action.order)
    if (action.type === 'amend') this.#cast.amend(action.name, action.order, action.quantity)
    if (action.type === 'advance') await this.#stage.advance(action.ms)
  }

  #read(line: string): Action | null {
    const action = parseCommand(line, this.#known, 0)
    return isRefusal(action) ? null : action
  }

  #assertRight(): void {
    const [violation] = this.#judge.violations
    if (violation) throw new Error(`invariant ${violation.invariant} (${violation.checker}): ${violation.sentence}`)
  }
}
