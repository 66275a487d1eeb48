/**
 * Holds what users are told of an order against machines/order.machine.ts: each change of an outcome becomes the events that must
 * have led to it, and the machine must take them all and come to stand where the outcome says.
 */
import { initialTransition, transition, type SnapshotFrom } from 'xstate'
import { orderMachine, type OrderContext, type OrderEvent } from '../../machines/order.machine.ts'
import { parseUnits } from '../../src/book/decimals.ts'
import { isRefusal, type Refusal } from '../../src/book/refusal.ts'
import type { PeerId } from '../../src/book/order.ts'
import { eventsBetween, type LotsFilled, type ToldOrder } from '../../src/inspect/order-events.ts'
import type { OrderOutcome } from '../../src/peer/outcome.ts'

type Snapshot = SnapshotFrom<typeof orderMachine>

/** `resting | lots.filled | partly_filled`. */
export type Step = string

export class OrderLife {
  /** What did not fit, in sentences. */
  readonly faults: string[] = []
  readonly steps: Set<Step>
  #snapshot: Snapshot | null = null
  #told: OrderOutcome | null = null

  /** `steps` gathers what has been walked, over any number of lives. */
  constructor(steps: Set<Step>) {
    this.steps = steps
  }

  /** The answer to its submission, when it was refused: nothing else is ever told of it. */
  refused(refusal: Refusal): void {
    if (this.#snapshot) this.faults.push(`it was known, and then refused: ${refusal.sentence}`)
    const [snapshot] = initialTransition(orderMachine, { quantity: 0 })
    this.#snapshot = snapshot
    this.#take({ type: 'order.refused' })
  }

  told(outcome: OrderOutcome, self: PeerId): void {
    if (isRefusal(outcome)) throw new Error('a refusal is no outcome')
    const unit = lotUnit(outcome)
    const lots = (decimal: string): number => Number((parseUnits(decimal) ?? 0n) / unit)
    this.#snapshot ??= initialTransition(orderMachine, { quantity: lots(outcome.order.quantity) })[0]
    for (const event of this.#changes(outcome, lots, self)) this.#take(event)
    this.#compare(outcome, lots)
    this.#told = outcome
  }

  #changes(outcome: OrderOutcome, lots: (decimal: string) => number, self: PeerId): OrderEvent[] {
    const fills = outcome.fills.slice(this.#told?.fills.length ?? 0)
    const traded = fills.map((fill): LotsFilled => {
      const wasReserved = fill.liquidity === 'taker' && fill.counterparty.peer !== self
      return { type: 'lots.filled', lots: lots(fill.quantity), wasReserved }
    })
    // What its user has forced counts as its maker's word would.
    const forced = outcome.forced
      .slice(this.#told?.forced.length ?? 0)
      .map((one): LotsFilled => ({ type: 'lots.filled', lots: lots(one.filled), wasReserved: true }))
    const filled = [...traded, ...forced.filter(one => one.lots > 0)]
    return eventsBetween(this.#told && toldOf(this.#told, lots), toldOf(outcome, lots), filled)
  }

  #take(event: OrderEvent): void {
    const before = this.#snapshot
    if (!before) throw new Error('an order begins before anything happens to it')
    const [after] = transition(orderMachine, before, event)
    if (after === before || !before.can(event))
      this.faults.push(`${before.value} does not take ${JSON.stringify(event)}, with ${JSON.stringify(before.context)}`)
    this.steps.add(`${before.value} | ${event.type} | ${after.value}`)
    this.#snapshot = after
  }

  #compare({ status, order, inDoubt }: OrderOutcome, lots: (decimal: string) => number): void {
    const { filled, lapsed, reserved } = this.#context()
    const told = [status, lots(order.filled), lots(order.lapsed), lots(inDoubt)].join(' ')
    const model = [String(this.#snapshot?.value), filled, lapsed, reserved].join(' ')
    if (told !== model) this.faults.push(`${order.clientOrderId}: it is told as ${told}, and can only be ${model}`)
  }

  #context(): OrderContext {
    if (!this.#snapshot) throw new Error('an order begins before it has figures')
    return this.#snapshot.context
  }
}

function toldOf({ order, status, inDoubt, reason, parts }: OrderOutcome, lots: (decimal: string) => number): ToldOrder {
  const { price, timeInForce, lapsed } = order
  return {
    status,
    price,
    timeInForce,
    lapsed: lots(lapsed),
    reserved: lots(inDoubt),
    reason,
    isStop: order.trigger !== null,
    hasParts: parts.length > 0,
  }
}

/** The lot size of its market, in units: it stands at the end of the market's id. */
function lotUnit({ order }: OrderOutcome): bigint {
  return parseUnits(order.market.split(':').at(-1) ?? '1') ?? 1n
}

/** Every step that the machine knows, under the same names. */
export function stepsOf(machine: typeof orderMachine): Set<Step> {
  return new Set(
    Object.values(machine.states).flatMap(state =>
      [...state.transitions.values()]
        .flat()
        .map(({ eventType, target }) => `${state.key} | ${eventType} | ${target?.[0]?.key ?? state.key}`),
    ),
  )
}
