/**
 * A trade's outcome as both its users may rely on it (trade.model.ts), walked over the public API: what each is told of the own order, of
 * the trade, of what was forced and of what is disputed, after every step; and at the end once more of every trade that there was. In
 * simulation in several orders, on Grenache in one.
 */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isRefusal, type OrderId, type OrderOutcome, type Peer, type Refusal } from '../../src/index.ts'
import { Random } from '../../src/sim/random.ts'
import { GrenacheGround, market, SimulatedGround, type Ground } from '../support/ground.ts'
import { noteTour, tour, type ModelStep, type Performer } from '../support/model-tour.ts'
import { lots, part, tradeModel, type Standing, type TradeTold } from './trade.model.ts'

const names = ['alice', 'bob']
const seeds = [1, 2, 3, 4]
/** Bob asks again after 5 s at most, and meets alice again after 15 s. */
const stateMsMax = 30_000
const testMsMax = 400_000
const price = '100'
/** Nothing more may come of it within this time. */
const quietMs = 50

interface Deal {
  readonly sale: OrderId
  purchase: OrderId | null
  /** What bob's submission was answered. */
  answer: OrderOutcome | Refusal | null
  /** How it stood last. */
  told: TradeTold
}

class Dealings implements Performer {
  readonly #ground: Ground
  readonly #alice: Peer
  readonly #bob: Peer
  readonly #deals: Deal[] = []

  constructor(ground: Ground, alice: Peer, bob: Peer) {
    this.#ground = ground
    this.#alice = alice
    this.#bob = bob
  }

  async take({ event, to }: ModelStep): Promise<void> {
    if (this.#deals.length === 0) await this.offer()
    await this.#bringAbout(event)
    await this.#check(to.meta as TradeTold)
  }

  /** Alice sells, and both see each other and the order. */
  async offer(): Promise<void> {
    this.#ground.heal()
    await this.#clear()
    const order = await this.#ground.first(this.#alice.submit$(this.#request('sell', 'gtc')))
    if (isRefusal(order)) throw new Error(order.sentence)
    const { id } = order.order
    const isSeen = (): boolean => this.#offers(this.#bob).some(one => one.id === id && one.isLive)
    expect(await this.#ground.until(isSeen, stateMsMax), 'bob sees the offer').toBe(true)
    this.#deals.push({ sale: id, purchase: null, answer: null, told: tradeModel.states['open']?.meta as TradeTold })
  }

  /** Nothing that is over has changed since. */
  checkAll(): void {
    for (const deal of this.#deals) expect(this.#toldOf(deal)).toEqual(deal.told)
    const disputed = this.#deals.filter(({ told: { stated } }) => stated && stated.decided !== stated.filled)
    expect(this.#bob.disputes().map(({ orderId }) => orderId)).toEqual(disputed.map(({ purchase }) => purchase))
    expect(this.#alice.disputes()).toEqual([])
  }

  /** What is left of the last sale is taken out: both are whole again. */
  async #clear(): Promise<void> {
    const isMet = (one: Peer, other: Peer): boolean =>
      one.neighbours().some(({ peerId, state }) => peerId === other.id && state === 'live')
    const haveMet = (): boolean => isMet(this.#alice, this.#bob) && isMet(this.#bob, this.#alice)
    expect(await this.#ground.until(haveMet, stateMsMax), 'both are live').toBe(true)
    for (const { id } of this.#offers(this.#alice)) {
      await this.#ground.first(this.#alice.cancel$(id))
      const deal = this.#deals.find(({ sale }) => sale === id)
      if (deal) deal.told = { ...deal.told, alice: standingOf(this.#alice.book(market.id).order(id)) }
    }
  }

  async #bringAbout(event: string): Promise<void> {
    switch (event) {
      case 'bob takes it': {
        this.#takes()
        return
      }
      case 'bob takes it as alice cancels':
        this.#alice.cancel$(this.#deal.sale).subscribe()
        {
          this.#takes()
          return
        }
      case 'bob takes it as alice reduces it':
        this.#alice.amend$(this.#deal.sale, { quantity: String(part) }).subscribe()
        {
          this.#takes()
          return
        }
      case 'bob takes it and nothing reaches alice':
        this.#cut()
        {
          this.#takes()
          return
        }
      case 'bob takes it and nothing comes back':
        this.#ground.lose('reply', 'alice', 'bob')
        this.#ground.lose('request', 'alice', 'bob')
        {
          this.#takes()
          return
        }
      case 'the network heals':
        this.#ground.heal()
        return
      case 'time goes by':
        return
      case 'bob forces it too early':
        expect(isRefusal(await this.#force(lots)), 'it is too early').toBe(true)
        return
      case 'bob forces it as filled':
        return this.#forces(lots)
      case 'bob forces it as released':
        return this.#forces(0)
      case 'bob forces a part as filled':
        return this.#forces(part)
      case 'the next trade':
        return this.offer()
      default:
        throw new Error(`nobody knows how to bring about: ${event}`)
    }
  }

  #cut(): void {
    this.#ground.lose('request', 'alice', 'bob')
    this.#ground.lose('request', 'bob', 'alice')
  }

  #takes(): void {
    const deal = this.#deal
    const request = { ...this.#request('buy', 'ioc'), clientOrderId: deal.sale }
    this.#bob.submit$(request).subscribe(answer => (deal.answer = answer))
  }

  #purchaseOf({ sale }: Deal): OrderId | null {
    const orders = this.#bob.book(market.id).ownOrders()
    return orders.find(({ order }) => order.clientOrderId === sale)?.order.id ?? null
  }

  async #forces(filled: number): Promise<void> {
    const forced = await this.#force(filled)
    if (isRefusal(forced)) throw new Error(forced.sentence)
  }

  #force(filled: number): Promise<OrderOutcome | Refusal> {
    const { purchase } = this.#deal
    if (!purchase) throw new Error('bob has bought nothing')
    return this.#ground.first(this.#bob.force$(purchase, { filled: String(filled) }))
  }

  async #check(must: TradeTold): Promise<void> {
    const deal = this.#deal
    const isTold = (): boolean => {
      if (must.bob) deal.purchase ??= this.#purchaseOf(deal)
      return isDeepStrictEqual(this.#toldOf(deal), must)
    }
    if (!(await this.#ground.until(isTold, stateMsMax))) expect(this.#toldOf(deal)).toEqual(must)
    await this.#ground.advance(quietMs)
    expect(this.#toldOf(deal), 'it stays so').toEqual(must)
    deal.told = must
    this.#checkSides(deal)
  }

  /** Both sides of a trade tell the same of it, and bob's doubts are towards alice. */
  #checkSides({ sale, purchase }: Deal): void {
    const [sold, bought] = [this.#orderOf(this.#alice, sale), purchase && this.#orderOf(this.#bob, purchase)]
    if (!bought) return
    for (const fill of bought.fills) {
      const { tradeId, quantity } = fill
      expect(fill).toMatchObject({ price, liquidity: 'taker', counterparty: { peer: this.#alice.id, orderId: sale } })
      const other = { tradeId, quantity, price, liquidity: 'maker' }
      expect(sold.fills).toMatchObject([{ ...other, counterparty: { peer: this.#bob.id, orderId: purchase } }])
    }
    const doubts = bought.inDoubt === '0' ? [] : [{ quantity: bought.inDoubt, price }]
    expect(bought.doubts).toMatchObject(doubts.map(one => ({ ...one, counterparty: { peer: this.#alice.id } })))
  }

  #toldOf({ sale, purchase, answer }: Deal): TradeTold {
    const bought = purchase && this.#orderOf(this.#bob, purchase)
    const [forced] = bought ? bought.forced : []
    const decided = forced?.decided ?? null
    if (forced) expect(forced.isDisputed).toBe(decided !== null && decided !== forced.filled)
    return {
      alice: standingOf(this.#orderOf(this.#alice, sale)),
      bob: bought ? standingOf(bought) : null,
      ...(forced
        ? { stated: { filled: Number(forced.filled), decided: decided === null ? null : Number(decided) } }
        : {}),
      ...(bought && !answer ? { isAnswered: false } : {}),
    }
  }

  get #deal(): Deal {
    const deal = this.#deals.at(-1)
    if (!deal) throw new Error('nothing is for sale')
    return deal
  }

  #orderOf(peer: Peer, id: OrderId): OrderOutcome {
    const order = peer.book(market.id).order(id)
    if (!order) throw new Error(`${peer.name} has forgotten an order`)
    return order
  }

  #offers(peer: Peer) {
    return peer.book(market.id).orders('sell')
  }

  #request(side: 'buy' | 'sell', timeInForce: 'gtc' | 'ioc') {
    return { market: market.id, side, price, quantity: String(lots), timeInForce }
  }
}

function standingOf(outcome: OrderOutcome | undefined): Standing {
  if (!outcome) throw new Error('an own order is known')
  const { status, order, inDoubt, fills } = outcome
  return {
    ...{ status, filled: Number(order.filled), lapsed: Number(order.lapsed), inDoubt: Number(inDoubt) },
    traded: fills.reduce((sum, { quantity }) => sum + Number(quantity), 0),
  }
}

async function walk(ground: Ground, random: Random): Promise<string[]> {
  const [alice, bob] = [await ground.begin('alice'), await ground.begin('bob')]
  const dealings = new Dealings(ground, alice, bob)
  const walked = await tour(tradeModel, random, dealings)
  dealings.checkAll()
  await ground.kill(alice)
  await ground.kill(bob)
  return walked
}

describe("a trade's outcome is as the model says", () => {
  test('on the simulated network, in any order of what goes wrong', { timeout: testMsMax }, async ({ task }) => {
    const walked: string[] = []
    for (const seed of seeds) walked.push(...(await walk(new SimulatedGround(names, seed), new Random(seed))))
    noteTour(task, 'simulated', tradeModel, walked)
  })

  test('on Grenache', { timeout: testMsMax }, async ({ task }) => {
    const ground = await GrenacheGround.open(names)
    try {
      noteTour(task, 'grenache', tradeModel, await walk(ground, new Random(1)))
    } finally {
      await ground.close()
    }
  })
})
