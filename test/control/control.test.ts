import { describe, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readScenario } from '../scenario/played.ts'
import { BookedFills } from './booked-fills.ts'
import { playControl } from './play-control.ts'
import { playPeerbook } from './play-peerbook.ts'

const setting = `# A story.

market BTC-USD tick 1 lot 1
peers alice bob carol
----
ok
`

const peaceful = readScenario(`${setting}
alice sell 5 @ 101
settle
bob buy 3 @ 102
settle
carol buy 2 @ 101 ioc
settle
----
...
`)

/** Two takers at the same instant: each fills the same lots in its own book. */
const race = readScenario(`${setting}
alice sell 5 @ 101
settle
bob buy 5 @ 101
carol buy 5 @ 101
settle
----
...
`)

const ownOrders = readScenario(`${setting}
alice sell 5 @ 101 account desk
alice buy 5 @ 101 account fund
settle
----
...
`)

const parts = readScenario(`${setting}
alice sell 5 @ 101 displayed 2
alice buy 2 @ 102 stop 101 account stops
settle
bob buy 2 @ 101 ioc
settle
----
...
`)

const lostOrder = readScenario(`${setting}
alice sell 5 @ 101
settle
drop all bob -> alice
bob buy 5 @ 101
advance 2s
heal
settle
----
...
`)

describe('the control, in which every peer matches every order that it hears of', () => {
  test('trades as it should when nothing happens at the same time and nothing is lost', () => {
    expect(playControl(peaceful, 1)).toEqual({ overfilled: 0, disputed: 0, forced: 0, trades: 2 })
  })

  test('fills an order twice when two takers come at the same time', () => {
    expect(playControl(race, 1).overfilled).toBeGreaterThan(0)
  })

  test('books a trade on one side only when an order is lost', () => {
    expect(playControl(lostOrder, 1)).toEqual({ overfilled: 0, disputed: 1, forced: 0, trades: 1 })
  })
})

describe('peerbook, in the same stories', () => {
  test.each([
    ['peaceful', peaceful, 2],
    ['a race', race, 1],
    ['orders of one peer', ownOrders, 0],
    ['a lost order', lostOrder, 1],
    ['an iceberg and a stop', parts, 1],
  ])('overfills nothing and disputes nothing: %s', async (_, scenario, trades) => {
    expect(await playPeerbook(scenario, 1)).toEqual({ overfilled: 0, disputed: 0, forced: 0, trades })
  })
})

test('what a user has forced against its maker is counted as that, and what both have booked is', async () => {
  const story = readFileSync(join(import.meta.dirname, '../scenarios/force-disputed.txt'), 'utf8')
  expect(await playPeerbook(readScenario(story), 1)).toEqual({ overfilled: 0, disputed: 0, forced: 1, trades: 1 })
})

describe('what is booked', () => {
  const quantities = (booked: BookedFills) => {
    booked.order('a', 'alice', 5)
    booked.order('b', 'bob', 5)
    booked.order('c', 'carol', 5)
    return booked
  }

  test('is disputed when only one party has it, but not when the other is gone', () => {
    const booked = quantities(new BookedFills())
    booked.book({ party: 'alice', maker: 'a', taker: 'b', lots: 5 })
    expect(booked.faults(new Set())).toEqual({ overfilled: 0, disputed: 1, forced: 0, trades: 1 })
    expect(booked.faults(new Set(['bob']))).toEqual({ overfilled: 0, disputed: 0, forced: 0, trades: 1 })
  })

  test('overfills an order when two others have booked it for themselves', () => {
    const booked = quantities(new BookedFills())
    booked.book({ party: 'bob', maker: 'a', taker: 'b', lots: 3 })
    booked.book({ party: 'carol', maker: 'a', taker: 'c', lots: 3 })
    expect(booked.faults(new Set())).toMatchObject({ overfilled: 1, disputed: 2 })
  })

  test('is not what somebody says who is no party', () => {
    const booked = quantities(new BookedFills())
    booked.book({ party: 'carol', maker: 'a', taker: 'b', lots: 9 })
    expect(booked.faults(new Set())).toEqual({ overfilled: 0, disputed: 0, forced: 0, trades: 0 })
  })
})
