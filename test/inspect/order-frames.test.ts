/** The orders that are shown: each lives as machines/order.machine.ts says, along the events that are told with it. */
import { describe, expect, test } from 'vitest'
import { transition } from 'xstate'
import { orderMachine, type OrderContext } from '../../machines/order.machine.ts'
import type { Frame, OrderFrame } from '../../src/inspect/frame.ts'
import { apply, emptyScene, seenIn } from '../../src/inspect/web/scene.ts'
import { play } from '../browser/played.ts'

type Seen = Extract<Frame, OrderFrame>

async function orderFramesOf(file: string): Promise<Seen[]> {
  const { frames } = await play(file)
  return frames.flatMap((frame, index) => (frame.type === '@peerbook.order' ? [{ ...frame, seq: index + 1 }] : []))
}

/** Along the frames of one order; gives what it comes to stand at. */
function livesOf(frames: readonly Seen[]): unknown[] {
  const { quantity } = frames[0]!.context
  const context: OrderContext = { quantity, filled: 0, lapsed: 0, amended: 0, reserved: 0, isLate: false }
  let snapshot = orderMachine.resolveState({ value: 'submitted', context })
  return frames.map(({ events }) => {
    for (const event of events) {
      expect(snapshot.can(event), `${snapshot.value} takes ${JSON.stringify(event)}`).toBe(true)
      ;[snapshot] = transition(orderMachine, snapshot, event)
    }
    return [snapshot.value, snapshot.context, snapshot.status === 'done']
  })
}

describe('an order that is shown has come to where its statechart leads', () => {
  test.each([
    ...['two-takers.txt', 'first-trade.txt', 'sweep.txt', 'amend.txt', 'gtd.txt', 'gtd-while-reserved.txt'],
    ...['cancel-race.txt', 'cancel-while-reserved.txt', 'self-trade-modes.txt', 'force-filled.txt', 'restart.txt'],
  ])('%s', async file => {
    const frames = await orderFramesOf(file)
    const orders = new Set(frames.map(({ id }) => id))
    expect(orders.size).toBeGreaterThan(0)
    for (const ofOne of [...orders].map(id => frames.filter(frame => frame.id === id)))
      expect(livesOf(ofOne)).toEqual(ofOne.map(({ status, context, isOver }) => [status, context, isOver]))
  })
})

test('an order says in decimals what it is, and why it has lapsed', async () => {
  const frames = await orderFramesOf('two-takers.txt')
  expect(frames.filter(({ isOver }) => isOver).map(({ terms, status, reason }) => [terms, status, reason])).toEqual([
    ['sell 5 @ 101 gtc', 'filled', null],
    ['buy 5 @ 101 ioc', 'filled', null],
    ['buy 5 @ 101 ioc', 'cancelled', 'nothing_left_to_match'],
  ])
})

test('the page has every order below its book, with the transitions that its events have taken', async () => {
  const { frames } = await play('two-takers.txt')
  // Which of the two takers comes too late is a matter of the network.
  const late = (await orderFramesOf('two-takers.txt')).find(({ status }) => status === 'cancelled')!
  const scene = emptyScene()
  const fired: string[][] = []
  for (const [index, frame] of frames.entries()) {
    apply(scene, { ...frame, seq: index + 1 })
    if (frame.type !== '@peerbook.order' || frame.id !== late.id) continue
    const order = seenIn(scene, `order ${late.peer} ${frame.id}`)!
    expect(seenIn(scene, order.parentId!)?.name).toBe(`${late.peer} book BTC-USD:1:1`)
    fired.push(order.fired!.map(({ source, eventType, targets }) => `${source} ${eventType} ${targets.join()}`))
  }
  expect(fired).toEqual([
    ['order.submitted order.accepted order.accepted', 'order.accepted lots.reserved '],
    ['order.accepted lots.released ', 'order.accepted lots.lapsed order.cancelled'],
  ])
})
