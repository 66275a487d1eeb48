/** The chart that is drawn is the machine that runs: XState's own reading of the same definition is the oracle. */
import { describe, expect, test } from 'vitest'
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { createMachine } from 'xstate'
import { bookMachine } from '../../../machines/book.machine.ts'
import { neighbourMachine } from '../../../machines/neighbour.machine.ts'
import { peerMachine } from '../../../machines/peer.machine.ts'
import { proposalMachine } from '../../../machines/proposal.machine.ts'
import { linesIn } from '../../../src/inspect/web/chart-lines.ts'
import { activeStates, chartOf, type Chart } from '../../../src/inspect/web/chart.ts'
import { firedBetween } from '../../../src/inspect/web/fired.ts'

const machines: readonly AnyStateMachine[] = [bookMachine, neighbourMachine, peerMachine, proposalMachine]

function chartFor(machine: AnyStateMachine): Chart {
  const chart = chartOf(JSON.stringify(machine.config))
  if (!chart) throw new Error(`${machine.id} has no chart`)
  return chart
}

describe.each(machines)('the chart of $id', machine => {
  const chart = chartFor(machine)
  const nodes = nodesBelow(machine.root)

  test('has its states, each of its kind, with its description', () => {
    const drawn = [...chart.states.values()].map(({ id, kind, description }) => ({ id, kind, description }))
    expect(drawn).toEqual(nodes.map(({ id, type, description = '' }) => ({ id, kind: type, description })))
  })

  test('has its transitions, each with its target', () => {
    const drawn = chart.transitions.map(({ source, event, target, guard }) => `${source} ${event} ${guard} ${target}`)
    const meant = nodes.flatMap(node =>
      [...node.transitions.values(), node.always ?? []].flat().flatMap(one => {
        const targets = one.target ? one.target.map(({ id }) => id) : [null]
        return targets.map(
          target => `${node.id} ${one.eventType} ${(one.guard as string | undefined) ?? null} ${target}`,
        )
      }),
    )
    expect(drawn.sort()).toEqual(meant.sort())
  })

  test('enters the states that it enters first', () => {
    const first = [...chart.states.values()].flatMap(({ initial }) => initial ?? [])
    const compound = nodes.filter(node => node.type === 'compound')
    expect(first).toEqual(compound.flatMap(node => node.initial.target.map(({ id }) => id)))
  })
})

function nodesBelow(node: AnyStateNode): AnyStateNode[] {
  return [node, ...(Object.values(node.states) as AnyStateNode[]).flatMap(nodesBelow)]
}

test('a state value stands for a state and all around it', () => {
  const active = activeStates(chartFor(neighbourMachine), {
    connected: { suspect: { outward: 'confirmed', inward: 'unconfirmed' } },
  })
  expect([...active]).toEqual([
    ...['neighbour', 'neighbour.connected', 'neighbour.connected.suspect'],
    ...['neighbour.connected.suspect.outward', 'neighbour.connected.suspect.outward.confirmed'],
    ...['neighbour.connected.suspect.inward', 'neighbour.connected.suspect.inward.unconfirmed'],
  ])
})

test('what does the same stands in one line', () => {
  const chart = chartFor(peerMachine)
  const lines = linesIn(chart, chart.states.get('peer.leaving')!).map(({ text }) => text)
  expect(lines).toEqual([
    'runs sayGoodbye',
    'beat.heard, goodbye.heard /',
    '    tellNeighbour',
    'neighbour.away / noteAway',
    'maker.live /',
    '    tellProposalsOfMaker',
  ])
})

describe('what fired is worked out from the states before and after', () => {
  const neighbour = chartFor(neighbourMachine)

  function fired(before: unknown, event: string, after: unknown): string[] {
    const [from, to] = [activeStates(neighbour, before), activeStates(neighbour, after)]
    return firedBetween(neighbour, from, event, to).map(
      ({ source, label, target }) => `${source}: ${label} -> ${target}`,
    )
  }

  test('a transition to another state', () => {
    expect(fired('candidate', 'xstate.after.greetDelay.neighbour.candidate', 'greeting')).toEqual([
      'neighbour.candidate: after greetDelay -> neighbour.greeting',
    ])
  })

  test('one that is decided further out', () => {
    expect(fired({ connected: { live: 'hearing' } }, 'goodbye.heard', { connected: 'leaving' })).toEqual([
      'neighbour.connected: goodbye.heard -> neighbour.connected.leaving',
    ])
  })

  test('one that leaves no state', () => {
    const live = { connected: { live: 'hearing' } }
    expect(fired(live, 'beat.answered', live)).toEqual(['neighbour.connected.live: beat.answered -> null'])
  })

  test('what follows when all regions are done', () => {
    const before = { connected: { suspect: { outward: 'confirmed', inward: 'unconfirmed' } } }
    expect(fired(before, 'beat.heard', { connected: { live: 'hearing' } })).toEqual([
      'neighbour.connected.suspect: when done -> neighbour.connected.live',
    ])
  })

  test('nothing, for an event that nobody knows', () => {
    expect(fired('candidate', 'feeds.read', 'candidate')).toEqual([])
  })

  test('a wildcard gives way to an event named in full', () => {
    const on = { 'order.*': { actions: 'a' }, 'order.cancel': { actions: 'b' }, '*': { actions: 'c' } }
    const chart = chartFor(createMachine({ id: 'm', initial: 's', states: { s: { on } } }))
    const at = activeStates(chart, 's')
    const doneBy = (event: string) => firedBetween(chart, at, event, at).flatMap(({ actions }) => actions)
    expect([doneBy('order.cancel'), doneBy('order.place'), doneBy('orders')]).toEqual([['b'], ['a'], ['c']])
  })
})
