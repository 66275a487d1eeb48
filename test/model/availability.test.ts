/**
 * A neighbour's availability as its user may rely on it (availability.model.ts), walked over the public API: what `neighbours()` tells,
 * what it passes on the way, whether its order stays in view, and whether it trades. In simulation in several orders, on Grenache in one.
 */
import type { Subscription } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { isRefusal, type OrderOutcome, type Peer } from '../../src/index.ts'
import { Random } from '../../src/sim/random.ts'
import { GrenacheGround, market, SimulatedGround, type Ground } from '../support/ground.ts'
import { noteTour, tour, type ModelStep, type Performer } from '../support/model-tour.ts'
import { availabilityModel, rareSuccessions, successions, type Passing, type Told } from './availability.model.ts'

const names = ['alice', 'bob']
const seeds = [1, 2, 3, 4, 5, 6]
/** A greeting may wait for up to 15 s, and a real machine may be busy. */
const stateMsMax = 25_000
/** What has been decided is read by the other within this time. */
const readMsMax = 5_000
const testMsMax = 400_000
const price = '100'

class Acquaintance implements Performer {
  readonly #ground: Ground
  readonly #alice: Peer
  #bob: Peer | null = null
  /** What alice was told of bob since the step began, each once in a row. */
  #seen: string[] = []
  #told = 'rumour'
  readonly #successions: Set<string>
  readonly #listening: Subscription

  /** `successions` gathers what was told after what. */
  constructor(ground: Ground, alice: Peer, successions: Set<string>) {
    this.#ground = ground
    this.#alice = alice
    this.#successions = successions
    this.#listening = alice.neighbours$.subscribe(() => this.#look())
  }

  async leave(): Promise<void> {
    this.#listening.unsubscribe()
    await this.#ground.kill(this.#alice)
    if (this.#bob) await this.#ground.kill(this.#bob)
  }

  async take({ event, from, to, meta }: ModelStep): Promise<void> {
    const [before, after] = [from.meta as Told, to.meta as Told]
    const { via = [], or = [] } = (meta ?? {}) as Passing
    this.#seen = []
    await this.#bringAbout(event)
    const isShown = (): boolean => (after.shown as readonly string[]).includes(this.#shown())
    const isPassed = (): boolean => via.every(state => this.#seen.includes(state))
    if (!(await this.#ground.until(() => isShown() && isPassed(), stateMsMax)))
      throw new Error(
        `bob is told to be ${this.#shown()}, after ${this.#seen.join(', ')}; he must be ${after.shown.join()}`,
      )
    const strange = this.#seen.filter(
      state => ![...before.shown, ...via, ...or, ...after.shown].includes(state as 'live'),
    )
    expect(strange, 'told on the way').toEqual([])
    await this.#check(after)
  }

  async #bringAbout(event: string): Promise<void> {
    switch (event) {
      case 'bob comes':
        return this.#begin()
      case 'bob dies':
        return this.#ground.kill(this.#there())
      case 'bob leaves':
        return this.#ground.leave(this.#there())
      case 'bob is not heard': {
        this.#ground.lose('request', 'bob', 'alice')
        return
      }
      case 'alice is not heard': {
        this.#ground.lose('request', 'alice', 'bob')
        return
      }
      case 'both are cut off':
        this.#ground.lose('request', 'alice', 'bob')
        {
          this.#ground.lose('request', 'bob', 'alice')
          return
        }
      case "bob's answers are lost": {
        this.#ground.lose('reply', 'bob', 'alice')
        return
      }
      case 'the network heals': {
        this.#ground.heal()
        return
      }
      case 'alice bans bob':
        expect(isRefusal(this.#alice.ban(this.#there().id))).toBe(false)
        return
      case 'alice pardons bob':
        expect(isRefusal(this.#alice.unban(this.#there().id))).toBe(false)
        return
      case 'time goes by':
        return
      default:
        throw new Error(`nobody knows how to bring about: ${event}`)
    }
  }

  /** Bob always has something to sell. */
  async #begin(): Promise<void> {
    this.#bob = await this.#ground.begin('bob')
    const open = this.#bob
      .book(market.id)
      .ownOrders()
      .filter(({ status }) => status === 'resting' || status === 'partly_filled')
    if (open.length === 0)
      await this.#ground.first(this.#bob.submit$({ market: market.id, side: 'sell', price, quantity: '1000' }))
  }

  async #check({ isInView, isMatched }: Told): Promise<void> {
    const isSettled = (): boolean => this.#offered().length > 0 && this.#offered().every(({ isLive }) => isLive)
    if (isMatched)
      expect(await this.#ground.until(isSettled, readMsMax), 'a live neighbour has a live order').toBe(true)
    else
      expect(
        this.#offered().filter(({ isLive }) => isLive),
        'on offer',
      ).toEqual([])
    if (isInView !== undefined) expect(this.#offered().length > 0, 'in view').toBe(isInView)
    const request = { market: market.id, side: 'buy', price, quantity: '1', timeInForce: 'ioc' } as const
    const { order, fills } = (await this.#ground.first(this.#alice.submit$(request))) as OrderOutcome
    expect(order.filled, 'what alice gets of it').toBe(isMatched ? '1' : '0')
    expect(fills.map(({ counterparty }) => counterparty.peer)).toEqual(isMatched ? [this.#there().id] : [])
  }

  #offered() {
    return this.#alice.book(market.id).orders('sell')
  }

  #there(): Peer {
    if (!this.#bob) throw new Error('bob has never been there')
    return this.#bob
  }

  #shown(): string {
    const view = this.#alice.neighbours().find(({ address }) => address === this.#ground.addressOf('bob'))
    return !view || view.peerId === null ? 'rumour' : view.state
  }

  #look(): void {
    const shown = this.#shown()
    if (shown !== this.#seen.at(-1)) this.#seen.push(shown)
    if (shown !== this.#told) this.#successions.add(`${this.#told} ${shown}`)
    this.#told = shown
  }
}

async function walk(ground: Ground, random: Random, told: Set<string>): Promise<string[]> {
  const alice = await ground.begin('alice')
  const acquaintance = new Acquaintance(ground, alice, told)
  try {
    return await tour(availabilityModel, random, acquaintance)
  } finally {
    await acquaintance.leave()
  }
}

/** What was told after what and must not be. */
function strangeIn(told: ReadonlySet<string>): string[] {
  return [...told].filter(one => !successions.includes(one) && !rareSuccessions.includes(one))
}

describe("a neighbour's availability is as the model says", () => {
  test('on the simulated network, in any order of what goes wrong', { timeout: testMsMax }, async ({ task }) => {
    const walked: string[] = []
    const told = new Set<string>()
    for (const seed of seeds) walked.push(...(await walk(new SimulatedGround(names, seed), new Random(seed), told)))
    expect(strangeIn(told)).toEqual([])
    noteTour(task, 'simulated', availabilityModel, walked, { all: successions, walked: told })
  })

  test('on Grenache', { timeout: testMsMax }, async ({ task }) => {
    const ground = await GrenacheGround.open(names)
    try {
      const told = new Set<string>()
      noteTour(task, 'grenache', availabilityModel, await walk(ground, new Random(1), told))
      expect(strangeIn(told)).toEqual([])
    } finally {
      await ground.close()
    }
  })
})
