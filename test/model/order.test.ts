/**
 * What a user may rely on of an order, written down as a statechart of its own (machines/order.machine.ts) without a look at how peers
 * work, walked against whole peers through what they tell their users: over seeds of a campaign with all its faults in simulation, and over
 * stories on real Grenache.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { orderMachine } from '../../machines/order.machine.ts'
import { isRefusal } from '../../src/book/refusal.ts'
import { defaultBounds } from '../../src/scenario/campaign/bounds.ts'
import { drawScenario } from '../../src/scenario/campaign/draw-scenario.ts'
import { openStage } from '../../src/scenario/open-stage.ts'
import { playScenario } from '../../src/scenario/play-scenario.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import type { Stage } from '../../src/scenario/stage.ts'
import { readScenario } from '../scenario/played.ts'
import { noteCoverage } from '../support/coverage.ts'
import { OrderLife, stepsOf } from '../support/order-life.ts'

/** So many campaigns at least; more of them only until every step has happened, which depends on what campaigns draw. */
const seedsMin = 40
const seedsMax = 200
const storyMsMax = 120_000

/** Plays, and gives what did not fit the life of any order. */
async function faultsOf(scenario: Scenario, stage: Stage, steps: Set<string>): Promise<string[]> {
  const lives = new Map<string, OrderLife>()
  const refusals: OrderLife[] = []
  const create = stage.createPeer.bind(stage)
  stage.createPeer = async (name, markets) => {
    const peer = await create(name, markets)
    peer.orders$.subscribe(outcome => {
      const life = lives.get(outcome.order.id) ?? new OrderLife(steps)
      lives.set(outcome.order.id, life)
      life.told(outcome, peer.id)
    })
    return peer
  }
  stage.trouble?.history.listen(event => {
    if (event.type !== 'answered' || !event.request.startsWith('the answer to ') || !isRefusal(event.answer)) return
    if (/cancel|amend|repeat/.test(event.request)) return
    const life = new OrderLife(steps)
    life.refused(event.answer)
    refusals.push(life)
  })
  await playScenario(scenario, stage)
  return [...lives.values(), ...refusals].flatMap(({ faults }) => faults)
}

describe('the life of an order', () => {
  test(
    'is as its statechart says, whatever goes wrong; and every step of it happens',
    async ({ task }) => {
      const steps = new Set<string>()
      const isWalked = (): boolean => [...stepsOf(orderMachine)].every(step => steps.has(step))
      for (let seed = 1; seed <= seedsMin || (seed <= seedsMax && !isWalked()); seed += 1) {
        const { text } = drawScenario(seed, defaultBounds)
        const faults = await faultsOf(readScenario(text, `seed ${seed}`), new SimulatedStage(seed), steps)
        expect(faults.slice(0, 3), `seed ${seed}`).toEqual([])
      }
      for (const name of ['gtd-while-reserved', 'cancel-while-reserved', 'amend']) {
        const file = join(import.meta.dirname, `../scenarios/${name}.txt`)
        const stage = new SimulatedStage(1)
        expect(await faultsOf(readScenario(readFileSync(file, 'utf8'), file), stage, steps), name).toEqual([])
      }
      const transitions = { all: stepsOf(orderMachine), walked: steps }
      const passed = [...steps].flatMap(step => step.split(' | ').filter((_, index) => index !== 1))
      const states = { all: Object.keys(orderMachine.states), walked: new Set(passed) }
      noteCoverage(task, { name: orderMachine.id, on: 'simulated' }, { states, transitions, steps: transitions })
    },
    storyMsMax * 3,
  )

  test.each(['first-trade', 'sweep', 'gtd', 'amend', 'cancel-race', 'self-trade-modes', 'post-only-crossed'])(
    'is so on Grenache: %s',
    async name => {
      const file = join(import.meta.dirname, `../scenarios/${name}.txt`)
      const stage = await openStage('grenache', 1)
      try {
        expect(await faultsOf(readScenario(readFileSync(file, 'utf8'), file), stage, new Set())).toEqual([])
      } finally {
        await stage.close()
      }
    },
    storyMsMax,
  )
})
