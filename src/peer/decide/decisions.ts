/**
 * What one event led to is a decision: facts to be journalled, and outputs that leave once they are. Here wait those that belong to no
 * group yet, one behind the other in two lists, so that an order that is decided on among thousands has no lists of its own.
 */
import type { Output } from './event.ts'
import type { Fact } from './fact.ts'

/** A decision that has been concluded: how much of the lists is its. Never torn apart. */
interface Concluded {
  /** True: a segment begins here, so that others can begin with it. */
  readonly isStart: boolean
  readonly facts: number
  readonly outputs: number
}

/** Decisions that belong together from now on. */
export interface Taken {
  readonly facts: readonly Fact[]
  readonly outputs: Output[]
}

export class Decisions {
  #facts: Fact[] = []
  #outputs: Output[] = []
  #concluded: Concluded[] = []
  // Of the one under way: where it begins in the lists
  #isStart = false
  #firstFact = 0
  #firstOutput = 0

  /** Facts of all that wait, and of the decision under way. */
  get facts(): readonly Fact[] {
    return this.#facts
  }

  get outputs(): readonly Output[] {
    return this.#outputs
  }

  /** True when none waits. */
  get isEmpty(): boolean {
    return this.#concluded.length === 0
  }

  /** How many facts the decision under way has so far. */
  get factsUnderWay(): number {
    return this.#facts.length - this.#firstFact
  }

  state(fact: Fact): void {
    this.#facts.push(fact)
  }

  output(what: Output): void {
    this.#outputs.push(what)
  }

  /** The decision under way is one that others can begin with. */
  markStart(): void {
    this.#isStart = true
  }

  /** Ends the decision under way. One that has come to nothing is none. */
  conclude(): void {
    const decision = {
      isStart: this.#isStart,
      facts: this.#facts.length - this.#firstFact,
      outputs: this.#outputs.length - this.#firstOutput,
    }
    if (decision.isStart || decision.facts + decision.outputs > 0) this.#concluded.push(decision)
    this.#isStart = false
    this.#firstFact = this.#facts.length
    this.#firstOutput = this.#outputs.length
  }

  /**
   * Takes the oldest decisions, up to the first that does not fit, but one at least; one that is a start comes first or not at all.
   * `fits` is asked of one decision after the other, with where its facts begin and end.
   */
  take(fits: (facts: readonly Fact[], from: number, to: number) => boolean): Taken {
    let [count, facts, outputs] = [0, 0, 0]
    for (const decision of this.#concluded) {
      if (count > 0 && decision.isStart) break
      if (!fits(this.#facts, facts, facts + decision.facts) && count > 0) break
      count += 1
      facts += decision.facts
      outputs += decision.outputs
    }
    return count === this.#concluded.length ? this.#takeAll() : this.#takeFirst(count, facts, outputs)
  }

  #takeAll(): Taken {
    const taken = { facts: this.#facts, outputs: this.#outputs }
    this.#facts = []
    this.#outputs = []
    this.#concluded = []
    this.#firstFact = 0
    this.#firstOutput = 0
    return taken
  }

  #takeFirst(count: number, facts: number, outputs: number): Taken {
    this.#concluded.splice(0, count)
    this.#firstFact -= facts
    this.#firstOutput -= outputs
    return { facts: this.#facts.splice(0, facts), outputs: this.#outputs.splice(0, outputs) }
  }
}
