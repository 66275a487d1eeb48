import { describe, expect, test } from 'vitest'
import type { OrderId } from '../../../src/book/order.ts'
import type { Signed } from '../../../src/feed/signer.ts'
import { limits } from '../../../src/limits.ts'
import type { Answer, Batch } from '../../../src/net/messages.ts'
import type { Output } from '../../../src/peer/decide/event.ts'
import { memoryOf, memoryOfJournal } from '../../../src/peer/decide/memory.ts'
import { Desk, World } from './given.ts'

type Sent = Extract<Output, { type: 'batch' }>

/** Three makers in the order of their ids, and who takes; everybody has read everybody. */
function company() {
  const world = new World()
  const taker = new Desk(world, 'taker')
  const makers = ['anna', 'bob', 'carol'].map(name => new Desk(world, name))
  const [first, second, last] = makers.sort((one, other) => (one.self < other.self ? -1 : 1)) as [Desk, Desk, Desk]
  const all = [taker, first, second, last]
  const meet = () => {
    for (const one of all) for (const other of all) if (one !== other) one.read(other)
    for (const one of all) for (const other of all) if (one !== other) one.meet(other)
  }
  meet()
  return { world, taker, first, second, last, meet, readAll: meet }
}

/** The batches that have left since the last call, in their order. */
function sender(desk: Desk): () => Sent[] {
  let from = desk.outputs.length
  return () => {
    const sent = desk.outputs.slice(from).filter(output => output.type === 'batch')
    from = desk.outputs.length
    return sent
  }
}

/** Carries what has been sent to its maker, and the answer back. */
function carry(taker: Desk, maker: Desk, { mode, batch, signed, decision }: Sent): Answer {
  expect(batch.maker).toBe(maker.self)
  const answer = maker.answer(mode, batch, signed, decision ?? undefined)
  if (typeof answer === 'string') throw new Error(`the batch is not decided: ${answer}`)
  taker.learn(answer)
  return JSON.parse(answer.body) as Answer
}

const kindsIn = ({ decisions }: Answer) =>
  decisions.map(one => ('filled' in one ? `filled ${one.filled}` : 'held' in one ? `held ${one.held}` : one.refused))

function given() {
  const all = company()
  const { world, taker, first, second, last, readAll } = all
  const orders = [first, second, last].map(maker => {
    world.ms += 1
    return maker.place('sell', 3, 101)
  }) as [OrderId, OrderId, OrderId]
  world.ms += 1
  readAll()
  const sent = sender(taker)
  const fok = taker.place('buy', 8, 101, { timeInForce: 'fok' })
  return { ...all, orders, sent, fok }
}

/** One by one, as far as the last maker has been asked. */
function allHeld() {
  const all = given()
  const { taker, first, second, sent } = all
  carry(taker, first, sent()[0]!)
  carry(taker, second, sent()[0]!)
  const [toLast] = sent()
  return { ...all, toLast: toLast! }
}

describe('a fok order', () => {
  test('that cannot be filled is refused, and nobody is asked', () => {
    const { taker, first, readAll } = company()
    first.place('sell', 3, 101)
    readAll()
    expect(taker.submit('buy', 4, 101, { timeInForce: 'fok' })).toBe('minimum_not_reached')
    expect(taker.batches()).toEqual([])
  })

  test('that own orders can fill trades at once', () => {
    const { taker } = company()
    taker.place('sell', 3, 100, { account: 'other' })
    taker.place('sell', 3, 101, { account: 'other' })
    expect(taker.submit('buy', 5, 101, { timeInForce: 'fok' })).toMatchObject({
      status: 'filled',
      fills: [
        { price: 100, quantity: 3 },
        { price: 101, quantity: 2 },
      ],
    })
  })

  test('goes past an older order of its account only if that one is to end', () => {
    const { taker } = company()
    const own = taker.place('sell', 1, 100)
    taker.place('sell', 3, 101, { account: 'other' })
    expect(taker.submit('buy', 3, 101, { timeInForce: 'fok' })).toBe('minimum_not_reached')
    expect(taker.own(own).remaining).toBe(1)
    const oldest = { timeInForce: 'fok', selfTradePrevention: 'cancel-oldest' } as const
    expect(taker.submit('buy', 3, 101, oldest)).toMatchObject({ status: 'filled' })
    expect(taker.own(own).remaining).toBe(0)
  })

  test('needs nobody to hold when one maker has all of it', () => {
    const { taker, last, readAll } = company()
    last.place('sell', 9, 101)
    readAll()
    const sent = sender(taker)
    const fok = taker.place('buy', 8, 101, { timeInForce: 'fok' })
    const [only, ...others] = sent()
    expect(others).toEqual([])
    expect(only).toMatchObject({ mode: 'propose', batch: { minimum: 8, last: null } })
    expect(kindsIn(carry(taker, last, only!))).toEqual(['filled 8'])
    expect(taker.latest(fok).status).toBe('filled')
  })

  test('is not filled in part by one maker that has less than it showed', () => {
    const { taker, last, readAll } = company()
    const order = last.place('sell', 9, 101)
    readAll()
    const sent = sender(taker)
    const fok = taker.place('buy', 8, 101, { timeInForce: 'fok' })
    last.amend(order, 7)
    expect(kindsIn(carry(taker, last, sent()[0]!))).toEqual(['below_minimum'])
    expect(taker.latest(fok)).toMatchObject({ status: 'cancelled', reason: 'minimum_not_reached', fills: [] })
    expect(last.own(order)).toMatchObject({ remaining: 7, reserved: 0 })
  })

  test('over three makers asks two to hold, one after the other, and then the last', () => {
    const { taker, first, second, last, orders, sent, fok } = given()
    const [toFirst, ...none] = sent()
    expect(none).toEqual([])
    expect(toFirst!.batch).toMatchObject({ maker: first.self, minimum: 3 })
    expect(kindsIn(carry(taker, first, toFirst!))).toEqual(['held 3'])
    expect(first.own(orders[0])).toMatchObject({ remaining: 3, reserved: 3 })
    expect(kindsIn(carry(taker, second, sent()[0]!))).toEqual(['held 3'])
    const [toLast] = sent()
    expect(toLast!.batch).toMatchObject({ maker: last.self, minimum: 2, last: null })
    expect((JSON.parse(toFirst!.batch.last!.body) as Batch).n).toBe(toLast!.batch.n)
    expect(toFirst!.batch.last).toEqual(toLast!.signed)
    expect(kindsIn(carry(taker, last, toLast!))).toEqual(['filled 2'])
    const settling = sent()
    expect(settling.map(({ mode, decision }) => [mode, decision !== null])).toEqual([
      ['withdraw', true],
      ['withdraw', true],
    ])
    expect(kindsIn(carry(taker, first, settling[0]!))).toEqual(['filled 3'])
    expect(kindsIn(carry(taker, second, settling[1]!))).toEqual(['filled 3'])
    expect(taker.latest(fok)).toMatchObject({ status: 'filled', order: { filled: 8, reserved: 0 } })
    expect([first, second].map(({ state }) => state.holds.size)).toEqual([0, 0])
  })

  test('fills nothing when the last maker cannot give its part', () => {
    const { taker, first, second, last, orders, sent, fok, toLast } = allHeld()
    last.cancel(orders[2])
    expect(kindsIn(carry(taker, last, toLast))).toEqual(['order_closed'])
    const settling = sent()
    expect(kindsIn(carry(taker, first, settling[0]!))).toEqual(['refused_by_last_maker'])
    expect(kindsIn(carry(taker, second, settling[1]!))).toEqual(['refused_by_last_maker'])
    expect(taker.latest(fok)).toMatchObject({ status: 'cancelled', reason: 'minimum_not_reached', fills: [] })
    expect(first.own(orders[0])).toMatchObject({ remaining: 3, reserved: 0 })
  })

  test('is given up when one cannot hold: the last maker calls its batch off', () => {
    const { taker, first, second, last, orders, sent, fok } = given()
    second.cancel(orders[1])
    carry(taker, first, sent()[0]!)
    expect(kindsIn(carry(taker, second, sent()[0]!))).toEqual(['order_closed'])
    const [off] = sent()
    expect(off).toMatchObject({ mode: 'withdraw', batch: { maker: last.self } })
    expect(kindsIn(carry(taker, last, off!))).toEqual(['withdrawn'])
    expect(kindsIn(carry(taker, first, sent()[0]!))).toEqual(['refused_by_last_maker'])
    expect(taker.latest(fok)).toMatchObject({ status: 'cancelled', fills: [] })
  })

  test('is given up when the next maker is lost', () => {
    const { taker, first, second, last, sent } = given()
    taker.take({ type: 'neighbour.lost', peer: second.self })
    carry(taker, first, sent()[0]!)
    expect(sent()).toMatchObject([{ mode: 'withdraw', batch: { maker: last.self } }])
  })

  test('is decided once, though answers and batches come again', () => {
    const { taker, first, sent, toLast, last, fok } = allHeld()
    const [held] = first.outputs.filter(output => output.type === 'reply' && output.reply.type === 'answer')
    if (held?.type !== 'reply' || held.reply.type !== 'answer') throw new Error('nothing is held')
    taker.learn(held.reply.answer)
    expect(sent()).toEqual([])
    carry(taker, last, toLast)
    const settling = sent()
    for (let time = 0; time < 2; time += 1) carry(taker, first, settling[0]!)
    taker.learn(held.reply.answer)
    expect(taker.latest(fok).order).toMatchObject({ filled: 5, reserved: 3 })
  })

  test('holds what own orders are to give until the last maker has decided', () => {
    const { taker, last, readAll } = company()
    const own = taker.place('sell', 2, 100, { account: 'other' })
    last.place('sell', 9, 101)
    readAll()
    const sent = sender(taker)
    const fok = taker.place('buy', 4, 101, { timeInForce: 'fok' })
    expect(taker.own(own)).toMatchObject({ remaining: 2, reserved: 2 })
    expect(taker.latest(fok).fills).toEqual([])
    carry(taker, last, sent()[0]!)
    expect(taker.latest(fok)).toMatchObject({ status: 'filled', order: { filled: 4 } })
    expect(taker.own(own)).toMatchObject({ filled: 2, reserved: 0 })
  })

  test('waits for a maker that has not answered yet, and not for long', () => {
    const { world, taker, first, readAll } = company()
    first.place('sell', 1, 100)
    first.place('sell', 3, 101)
    readAll()
    const sent = sender(taker)
    taker.place('buy', 1, 100, { timeInForce: 'ioc' })
    const [before] = sent()
    const fok = taker.place('buy', 3, 101, { timeInForce: 'fok' })
    expect(sent()).toEqual([])
    carry(taker, first, before!)
    expect(sent()).toMatchObject([{ batch: { minimum: 3 } }])
    const late = taker.place('buy', 3, 101, { timeInForce: 'ioc' })
    world.ms += limits.answerOwedMsMax
    taker.take({ type: 'backoff.over' })
    expect(taker.latest(late).status).toBe('cancelled')
    expect(taker.latest(fok).status).toBe('accepted')
  })
})

describe('whoever holds', () => {
  test('keeps the lots from everybody else, and says again what it holds', () => {
    const { world, taker, first, orders, sent } = given()
    const [toFirst] = sent()
    carry(taker, first, toFirst!)
    const other = new Desk(world, 'other')
    other.read(first)
    other.meet(first)
    const wants = sender(other)
    other.place('buy', 1, 101)
    expect(kindsIn(carry(other, first, wants()[0]!))).toEqual(['nothing_available'])
    expect(kindsIn(carry(taker, first, { ...toFirst!, mode: 'withdraw' }))).toEqual(['held 3'])
    expect(first.amend(orders[0], 2)).toBe('amend_below_reserved')
  })

  test('asks the last maker when it takes too long, and gives back what that one has never seen', () => {
    const { world, taker, first, last, orders, sent } = given()
    const [toFirst] = sent()
    carry(taker, first, toFirst!)
    const asks = sender(first)
    world.ms += limits.holdMs
    first.take({ type: 'backoff.over' })
    const [asked] = asks()
    expect(asked).toMatchObject({ mode: 'withdraw', batch: { taker: taker.self, maker: last.self } })
    carry(first, last, asked!)
    expect(first.own(orders[0])).toMatchObject({ remaining: 3, reserved: 0 })
    first.take({ type: 'backoff.over' })
    expect(asks()).toEqual([])
  })

  test('fills when the last maker has filled, though the taker never comes back', () => {
    const { world, first, last, orders, toLast } = allHeld()
    last.answer('propose', toLast.batch, toLast.signed)
    const asks = sender(first)
    world.ms += limits.holdMs
    first.take({ type: 'backoff.over' })
    carry(first, last, asks()[0]!)
    expect(first.own(orders[0])).toMatchObject({ filled: 3, reserved: 0 })
  })

  test('learns from the feed of the last maker, whoever brings it', () => {
    const { first, last, orders, toLast } = allHeld()
    last.answer('propose', toLast.batch, toLast.signed)
    first.read(last)
    expect(first.own(orders[0])).toMatchObject({ filled: 3, reserved: 0 })
  })

  test('has the answer of a last maker whose channel has gone on', () => {
    const { world, taker, first, last, readAll, orders, sent, toLast } = allHeld()
    carry(taker, last, toLast)
    sent()
    last.place('sell', 1, 101)
    taker.read(last)
    taker.place('buy', 1, 101)
    carry(
      taker,
      last,
      sent().find(({ batch }) => batch.maker === last.self)!,
    )
    const asks = sender(first)
    world.ms += limits.holdMs
    first.take({ type: 'backoff.over' })
    expect(kindsIn(carry(first, last, asks()[0]!))).toEqual(['filled 2'])
    expect(first.own(orders[0]).filled).toBe(3)
    readAll()
  })

  test('comes back with what it holds, and asks at once', () => {
    const { world, taker, first, last, orders, sent } = given()
    carry(taker, first, sent()[0]!)
    const again = new Desk(world, first.name, first.records)
    expect(again.own(orders[0])).toMatchObject({ remaining: 3, reserved: 3 })
    expect(memoryOfJournal(world.state(first.name), again.records)).toEqual(memoryOf(again.state))
    const [asked] = again.outputs.filter(output => output.type === 'batch')
    carry(again, last, asked!)
    expect(again.own(orders[0])).toMatchObject({ remaining: 3, reserved: 0 })
    expect(memoryOfJournal(world.state(first.name), again.records)).toEqual(memoryOf(again.state))
  })

  test('lets an order that was cancelled meanwhile end with what comes back', () => {
    const { taker, first, last, orders, sent, toLast } = allHeld()
    first.cancel(orders[0])
    expect(first.latest(orders[0])).toMatchObject({ status: 'cancel_pending', doubts: [{ quantity: 3 }] })
    last.cancel(orders[2])
    carry(taker, last, toLast)
    carry(taker, first, sent()[0]!)
    expect(first.latest(orders[0])).toMatchObject({ status: 'cancelled', order: { lapsed: 3 } })
  })

  test('is not moved by the answer of anybody else', () => {
    const { taker, first, second, orders, sent } = given()
    const [toFirst] = sent()
    carry(taker, first, toFirst!)
    const [toSecond] = sent()
    const answer = second.answer('withdraw', toSecond!.batch, toSecond!.signed) as Signed
    first.answer('withdraw', toFirst!.batch, toFirst!.signed, answer)
    expect(first.own(orders[0])).toMatchObject({ remaining: 3, reserved: 3 })
  })
})

describe('a taker that has crashed', () => {
  test('gives the attempt up, unless the last maker has decided', () => {
    const { world, taker, first, second, last, fok } = allHeld()
    const again = new Desk(world, taker.name, taker.records)
    const asked = again.outputs.filter(output => output.type === 'batch')
    expect(asked.map(({ mode }) => mode)).toEqual(['withdraw', 'withdraw', 'withdraw'])
    const sent = sender(again)
    for (const maker of [first, second])
      carry(
        again,
        maker,
        asked.find(({ batch }) => batch.maker === maker.self)!,
      )
    expect(sent()).toEqual([])
    carry(
      again,
      last,
      asked.find(({ batch }) => batch.maker === last.self)!,
    )
    const settling = sent()
    expect(settling).toHaveLength(2)
    for (const maker of [first, second])
      carry(
        again,
        maker,
        settling.find(({ batch }) => batch.maker === maker.self)!,
      )
    expect(again.latest(fok)).toMatchObject({ status: 'cancelled', fills: [] })
    expect(memoryOfJournal(world.state(taker.name), again.records)).toEqual(memoryOf(again.state))
  })

  test('learns of what the last maker has filled', () => {
    const { world, taker, first, second, last, toLast, fok } = allHeld()
    last.answer('propose', toLast.batch, toLast.signed)
    const again = new Desk(world, taker.name, taker.records)
    const asked = again.outputs.filter(output => output.type === 'batch')
    const sent = sender(again)
    carry(
      again,
      last,
      asked.find(({ batch }) => batch.maker === last.self)!,
    )
    const settling = sent()
    for (const maker of [first, second])
      carry(
        again,
        maker,
        settling.find(({ batch }) => batch.maker === maker.self)!,
      )
    expect(again.latest(fok)).toMatchObject({ status: 'filled', order: { filled: 8 } })
  })
})

describe('an order with a minimum', () => {
  test('trades it at once, and the rest as any other order', () => {
    const { taker, last, readAll } = company()
    last.place('sell', 4, 101)
    readAll()
    const sent = sender(taker)
    const order = taker.place('buy', 6, 101, { minimum: 3 })
    expect(sent()).toMatchObject([{ batch: { minimum: 3, proposals: [{ quantity: 3 }] } }])
    carry(taker, last, { ...taker.batches()[0]!, type: 'batch', mode: 'propose', decision: null })
    expect(sent()).toMatchObject([{ batch: { minimum: 0, proposals: [{ quantity: 1 }] } }])
    carry(taker, last, { ...taker.batches()[0]!, type: 'batch', mode: 'propose', decision: null })
    expect(taker.latest(order)).toMatchObject({ status: 'partly_filled', order: { filled: 4, remaining: 2 } })
  })

  test('is refused when so much is not there', () => {
    const { taker, last, readAll } = company()
    last.place('sell', 2, 101)
    readAll()
    expect(taker.submit('buy', 6, 101, { minimum: 3 })).toBe('minimum_not_reached')
  })

  test('is not in the market for anybody before it has traded it', () => {
    const { taker, first, last, readAll } = company()
    last.place('sell', 4, 101)
    readAll()
    const sent = sender(taker)
    const order = taker.place('buy', 6, 101, { minimum: 3 })
    first.read(taker)
    const wants = sender(first)
    first.place('sell', 1, 101)
    expect(kindsIn(carry(first, taker, wants()[0]!))).toEqual(['nothing_available'])
    expect(taker.submit('sell', 1, 101, { account: 'other', timeInForce: 'ioc' })).toMatchObject({ fills: [] })
    expect(taker.amend(order, 5)).toBe('order_is_entering')
    last.cancel([...last.state.book.ownOrders()][0]!.id)
    carry(taker, last, sent()[0]!)
    expect(taker.latest(order)).toMatchObject({ status: 'cancelled', reason: 'minimum_not_reached', fills: [] })
  })
})
