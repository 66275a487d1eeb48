/**
 * Plays a scenario on a stage, step by step, and gives what was told after each. The commands of a step are carried out without a
 * pause: only `settle`, `advance` and entrances let time go by, on either stage. It compares, but never prints.
 */
import { Cast } from './cast.ts'
import { disputesOf, violationsOf } from './check-cast.ts'
import { Reporter } from './reporter.ts'
import type { Judge, Violation } from '../sim/judge.ts'
import { judgeOf } from './judged.ts'
import { isExpected } from './rewrite-scenario.ts'
import type { Answer, Command, Scenario, Step } from './scenario.ts'
import { showBook, showNeighbours, showTrades } from './show.ts'
import type { Stage, Trouble } from './stage.ts'
import { isSettled, unrestOf } from './unrest.ts'

export interface PlayedStep {
  readonly step: Step
  readonly answer: Answer
  readonly isExpected: boolean
}

export interface Performance {
  readonly steps: readonly PlayedStep[]
  /** Why it could not be played to its end; null when it was. */
  readonly failure: Failure | null
  /** What has happened and never must, in the order in which it was found; always none where nobody can look on. */
  readonly violations: readonly Violation[]
}

export interface Failure {
  /** Of the command that could not be carried out. */
  readonly line: number
  readonly sentence: string
}

export interface PlayOptions {
  /** Hears of each step before it begins, and holds it up until it resolves. */
  readonly begins?: (step: Step) => Promise<void>
  /** Hears of each step when it is over. */
  readonly played?: (step: PlayedStep) => void
  /** How long `settle` waits. */
  readonly settleMsMax?: number
  /** Meets the cast before anything happens, to look on. */
  readonly looksOn?: (cast: Cast) => void
}

/** Longer than it takes to notice that a neighbour has gone, and to heal what it left half told. */
const settleMsDefault = 10_000

/** The peers have left when it resolves; the stage is still the caller's. */
export async function playScenario(scenario: Scenario, stage: Stage, options: PlayOptions = {}): Promise<Performance> {
  const play = new Play(stage, options)
  let performance: Performance
  try {
    performance = await perform(scenario, stage, play, options)
  } catch (error) {
    await play.close()
    throw error
  }
  try {
    await play.close()
    return performance
  } catch (error) {
    const { failure, steps } = performance
    if (failure === null || steps.length === scenario.steps.length) throw error
    // What has ended the story early comes first: often the peers cannot leave for the same reason.
    const sentence = `${failure.sentence}; and the peers could not leave: ${sentenceOf(error)}`
    return { ...performance, failure: { ...failure, sentence } }
  }
}

async function perform(scenario: Scenario, stage: Stage, play: Play, options: PlayOptions): Promise<Performance> {
  const steps: PlayedStep[] = []
  try {
    for (const step of scenario.steps) {
      await options.begins?.(step)
      const answer = await play.step(step)
      const played = { step, answer, isExpected: isExpected(step, answer) }
      steps.push(played)
      options.played?.(played)
    }
    return { steps, failure: faultNotMet(scenario, stage), violations: play.violations }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { steps, failure: { line: error.line, sentence: error.message }, violations: play.violations }
  }
}

/** What was to happen to one message has never happened, so that the story is not the one that it tells. */
function faultNotMet({ steps }: Scenario, { trouble }: Stage): Failure | null {
  const [unmet] = trouble?.unmet ?? []
  const commands = steps.flatMap(step => step.commands)
  const command = commands.find(one => one.type === 'fault' && one.fault === unmet)
  return command ? { line: command.line, sentence: `no message came that fits '${command.text}'.` } : null
}

class CommandError extends Error {
  readonly line: number

  constructor(line: number, cause: unknown) {
    super(sentenceOf(cause), { cause })
    this.line = line
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

class Play {
  readonly #stage: Stage
  readonly #settleMsMax: number
  readonly #cast: Cast
  readonly #reporter: Reporter
  /** Only in simulation everything can be seen. */
  readonly #judge: Judge | null

  constructor(stage: Stage, { settleMsMax = settleMsDefault, looksOn }: PlayOptions) {
    this.#stage = stage
    this.#settleMsMax = settleMsMax
    this.#cast = new Cast(stage)
    this.#reporter = new Reporter(this.#cast)
    this.#judge = stage.trouble ? judgeOf(this.#cast, stage, stage.trouble) : null
    looksOn?.(this.#cast)
  }

  async step({ commands }: Step): Promise<Answer> {
    const answer: string[] = []
    for (const command of commands) {
      // Only what lets time go by is waited for: on a real stage a pause would let it go by for everything else.
      const lines = this.#carryOut(command)
      answer.push(...(lines instanceof Promise ? await lines : lines))
    }
    answer.push(...this.#news())
    return answer.length > 0 ? answer : ['ok']
  }

  get violations(): readonly Violation[] {
    return this.#judge?.violations ?? []
  }

  async close(): Promise<void> {
    await this.#cast.close()
  }

  #carryOut(command: Command): readonly string[] | Promise<readonly string[]> {
    const fail = (error: unknown): never => {
      throw new CommandError(command.line, error)
    }
    try {
      const lines = this.#act(command)
      return lines instanceof Promise ? lines.catch(fail) : lines
    } catch (error) {
      return fail(error)
    }
  }

  #act(command: Command): readonly string[] | Promise<readonly string[]> {
    switch (command.type) {
      case 'market':
        this.#cast.addMarket(command.market)
        return []
      case 'peers':
        return silently(this.#cast.enter(command.names, command.markets, { known: command.known }))
      case 'join':
        return silently(this.#cast.enter([command.name], command.markets, command))
      case 'restart':
        return silently(this.#cast.restart(command.name, command.isAwaited))
      case 'fault':
        this.#trouble().history.add({ type: 'fault', text: command.text })
        this.#trouble().begin(command.fault)
        return []
      case 'crash':
        this.#trouble().history.add({ type: 'fault', text: command.text })
        this.#cast.crash(command.name, command.point, command.losesTail)
        return []
      case 'kill':
      case 'stop':
        this.#cast.leave(command.name, command.type)
        return []
      case 'order':
        this.#cast.place(command.name, command.order, command.market, command.terms)
        return []
      case 'repeat':
        this.#cast.repeat(command.name, command.order, command.market, command.terms)
        return []
      case 'ban':
      case 'pardon':
        this.#cast.judge(command.type, command.name, command.whom)
        return []
      case 'cancel':
        this.#cast.cancel(command.name, command.order)
        return []
      case 'cancel all':
        this.#cast.cancelAll(command.name, command)
        return []
      case 'replace':
        this.#cast.replace(command.name, command.replaced, command.order, command.market, command.terms)
        return []
      case 'amend':
        this.#cast.amend(command.name, command.order, command.quantity)
        return []
      case 'force':
        this.#cast.force(command.name, command.order, command.lots, command.towards)
        return []
      case 'settle':
        return silently(this.#settle(command.limitMs ?? this.#settleMsMax))
      case 'advance':
        return silently(this.#stage.advance(command.ms))
      case 'book':
        return this.#ask(cast => showBook(cast, cast.member(command.name), command.market))
      case 'neighbours':
        return this.#ask(cast => showNeighbours(cast, cast.member(command.name)))
      case 'trades':
        return this.#ask(cast => showTrades(cast, command.market))
      case 'check':
        return this.#ask(cast => this.#checked(cast, command.hasDisputes))
    }
  }

  /** What has happened before a question is told before its answer. */
  #ask(answer: (cast: Cast) => readonly string[]): readonly string[] {
    return [...this.#news(), ...answer(this.#cast)]
  }

  async #settle(limitMs: number): Promise<void> {
    const cast = this.#cast
    if (await this.#stage.until(() => isSettled(cast), limitMs)) return
    throw new Error(`not settled after ${limitMs} ms: ${unrestOf(cast).join('; ')}.`)
  }

  #checked(cast: Cast, hasDisputes: boolean): readonly string[] {
    if (isSettled(cast)) this.#judge?.quiet()
    const sentences = this.violations.map(({ sentence }) => cast.inNames(sentence))
    const violations = [...sentences, ...violationsOf(cast), ...(hasDisputes ? disputesOf(cast) : [])]
    return violations.length > 0 ? violations : ['ok']
  }

  #trouble(): Trouble {
    const { trouble, transport } = this.#stage
    if (!trouble) throw new Error(`nothing can be made to go wrong on ${transport}; play it in simulation`)
    return trouble
  }

  #news(): string[] {
    return this.#reporter.news()
  }
}

async function silently(done: Promise<void>): Promise<readonly string[]> {
  await done
  return []
}
