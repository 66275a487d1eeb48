/**
 * The life of an order as its statechart has it (machines/order.machine.ts): no actor runs it, so it is played here along what has
 * happened to the order, from where it stood when it was told of last.
 */
import { transition } from 'xstate'
import { orderMachine, type OrderContext, type OrderEvent } from '../../../machines/order.machine.ts'
import type { Fired, Frame, OrderFrame } from '../frame.ts'
import type { SeenActor } from './scene.ts'

/** As frames carry the definitions of actors. */
const definition = JSON.stringify(orderMachine.config, (_key, value: unknown) =>
  typeof value === 'function' ? { type: value.name } : value,
)

/** How it stands is what the frame says; which transitions have led there follows from its events. */
export function orderActor(
  sessionId: string,
  parentId: string | undefined,
  known: SeenActor | undefined,
  frame: Extract<Frame, OrderFrame>,
): SeenActor {
  const { peer, market, id, terms, status, context, reason, events, isOver, seq } = frame
  const snapshot = { status: isOver ? 'done' : 'active', value: status, context } as const
  const event = { ...(events.at(-1) ?? { type: 'none' }), order: id, market, reason }
  return {
    ...{ sessionId, parentId, name: `${peer} order …${id.slice(-6)}`, definition, terms },
    ...{ snapshot, former: known?.snapshot ?? null, event, fired: firedBy(known, frame) },
    ...{ seq, isFinished: isOver },
  }
}

function firedBy(known: SeenActor | undefined, { context, events }: OrderFrame): Fired[] {
  const value = known?.snapshot.value ?? 'submitted'
  const before = (known?.snapshot.context as OrderContext | undefined) ?? freshOf(context)
  if (!isState(value)) return []
  let snapshot = orderMachine.resolveState({ value, context: before })
  const fired: Fired[] = []
  for (const event of events) {
    fired.push(...transitionsOf(snapshot, event))
    ;[snapshot] = transition(orderMachine, snapshot, event)
  }
  return fired
}

/** A recording may know states that the machine has no longer. */
function isState(value: unknown): value is keyof typeof orderMachine.states {
  return typeof value === 'string' && value in orderMachine.states
}

function transitionsOf(snapshot: ReturnType<typeof orderMachine.resolveState>, event: OrderEvent): Fired[] {
  return orderMachine.getTransitionData(snapshot, event).map(({ source, eventType, target }) => ({
    source: source.id,
    eventType,
    targets: (target ?? []).map(({ id }) => id),
  }))
}

function freshOf({ quantity }: OrderContext): OrderContext {
  return { quantity, filled: 0, lapsed: 0, amended: 0, reserved: 0, isLate: false }
}
