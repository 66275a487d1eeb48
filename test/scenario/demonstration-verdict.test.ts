/** Each rule of the verdict is seen to fail: a history that is in order, and the same one with one thing wrong. */
import { expect, test } from 'vitest'
import { createMarket, type Market } from '../../src/book/market.ts'
import type { OrderId, PeerId, TradeId } from '../../src/book/order.ts'
import type { History, PeerHistory } from '../../src/scenario/tally.ts'
import { indexed } from '../../src/scenario/verdict-index.ts'
import { rules, verdictOn } from '../../src/scenario/verdict.ts'

type Outcome = PeerHistory['orders'][number]
type Fill = Outcome['fills'][number]

const market = createMarket({ symbol: 'BTCUSD', tickSize: '0.5', lotSize: '0.001' }) as Market
const [alice, bob] = ['alice-key' as PeerId, 'bob-key' as PeerId]
/** Ids order like the moments at which the orders were accepted. */
const [rests, takes, takesOwn, waits] = ['1 rests', '2 takes', '3 takes own', '4 waits'] as OrderId[] as [
  OrderId,
  OrderId,
  OrderId,
  OrderId,
]

/**
 * Alice sells 0.005 at 100.0; bob takes 0.002 of it with an ioc up to 100.5, and her other account takes 0.001. Bob's bid of 0.004 at
 * 99.0 waits.
 */
const history: History = historyOf()

test('a history in order has no violation', () => {
  expect(verdictOn(history)).toEqual({ agreed: true, violations: [] })
})

test('a peer in which something failed is a violation', () => {
  expect(brokenRules(withPeer(peer => ({ ...peer, failure: 'a book has ended' })))).toEqual(['nothingFailed'])
})

test('a command without answer is a violation', () => {
  const unanswered = { type: 'submit', reply: null, failure: null } as const
  const doctored = withPeer(peer => ({ ...peer, commands: [...peer.commands, unanswered] }))
  expect(brokenRules(doctored)).toEqual(['everyCommandHasItsAnswer'])
})

test('a book that still moves is a violation', () => {
  expect(brokenRules(withBook({ unrest: ['batch 1 to bob is undecided'] }))).toEqual(['nothingMoves'])
})

test('quantity in doubt is a violation', () => {
  const doctored = withPeer(peer => ({ ...peer, orders: peer.orders.map(order => ({ ...order, inDoubt: '0.001' })) }))
  expect(brokenRules(doctored)).toEqual(['nothingMoves'])
})

test('peers that have read differently do not agree', () => {
  const doctored = withBook({ digest: 'another' })
  expect(brokenRules(doctored)).toEqual(['booksAgree'])
  expect(verdictOn(doctored).agreed).toBe(false)
})

test('peers whose books differ do not agree', () => {
  expect(brokenRules(withBook({ hash: 'another' }))).toEqual(['booksAgree'])
})

test('a book that is wrong by its own account is a violation', () => {
  expect(brokenRules(withBook({ faults: ['The book has 2 resting orders but counts 1.'] }))).toEqual(['booksAreSound'])
})

test('an open order that a book lacks is a violation', () => {
  const { resting } = history.peers[0]!.book
  expect(brokenRules(withBook({ resting: resting.slice(1) }))).toEqual(['booksHoldWhatIsOpen'])
})

test('an order in a book that is not open is a violation', () => {
  const [order, ...others] = history.peers[0]!.book.resting
  const doctored = withBook({ resting: [{ ...order!, remaining: '0.009' }, ...others] })
  expect(brokenRules(doctored)).toEqual(['booksHoldWhatIsOpen'])
  expect(verdictOn(doctored).violations).toHaveLength(2)
})

test('a crossed book is a violation', () => {
  const { depth } = history.peers[0]!.book
  const bids = [{ price: '100.0', quantity: '0.004', orders: 1 }]
  expect(brokenRules(withBook({ depth: { ...depth, bids } }))).toEqual(['booksAreUncrossed'])
})

test('figures of an order that do not add up are a violation', () => {
  expect(brokenRules(withOrder(takes, { lapsed: '0.001' }))).toEqual(['quantitiesAddUp'])
})

test('fills that are not what an order has filled are a violation', () => {
  expect(brokenRules(withOrder(takes, { filled: '0.001', lapsed: '0.001' }))).toEqual(['quantitiesAddUp'])
})

test('an order that is filled beyond its quantity is a violation', () => {
  const doctored = withOrder(takes, { quantity: '0.001' })
  expect(brokenRules(doctored)).toEqual(['quantitiesAddUp'])
  expect(verdictOn(doctored).violations.join()).toContain('filled more than that')
})

test('a fill that is taken back is a violation', () => {
  expect(brokenRules(withChange({ id: takesOwn, status: 'filled', filled: '0.000' }))).toEqual(['nothingGoesBack'])
})

test('a lapse that is taken back is a violation', () => {
  const lapsed = { ...history.peers[0]!.changes[0]!, lapsed: '0.001' }
  const doctored = withPeer(peer => ({ ...peer, changes: [lapsed, ...peer.changes] }))
  expect(brokenRules(doctored)).toEqual(['nothingGoesBack'])
})

test('a closed order that opens again is a violation', () => {
  expect(brokenRules(withChange({ id: takesOwn, status: 'resting' }))).toEqual(['nothingGoesBack'])
})

test('a trade that only one side knows is a violation, and so is what is made by it', () => {
  const doctored = withOrder(takes, { filled: '0.000', lapsed: '0.002' }, () => [])
  expect(brokenRules(doctored)).toEqual(['tradesHaveTwoSides', 'nothingIsMadeOrLost'])
})

test('a trade that one side has twice is a violation', () => {
  const doctored = withOrder(takes, { quantity: '0.004', filled: '0.004' }, ([fill]) => [fill!, fill!])
  expect(brokenRules(doctored)).toEqual(['tradesHaveTwoSides', 'nothingIsMadeOrLost'])
})

test('two sides with different prices are a violation', () => {
  const doctored = withOrder(takes, {}, ([fill]) => [{ ...fill!, price: '100.5' }])
  expect(brokenRules(doctored)).toEqual(['tradesHaveTwoSides', 'nothingIsMadeOrLost'])
})

test('two sides with different quantities are a violation', () => {
  const doctored = withOrder(takes, { filled: '0.001', lapsed: '0.001' }, ([fill]) => [{ ...fill!, quantity: '0.001' }])
  expect(brokenRules(doctored)).toEqual(['tradesHaveTwoSides', 'nothingIsMadeOrLost'])
})

test('a side that names another counterparty is a violation', () => {
  const counterparty = { peer: alice, orderId: waits }
  const doctored = withOrder(takes, {}, ([fill]) => [{ ...fill!, counterparty }])
  expect(brokenRules(doctored)).toEqual(['tradesHaveTwoSides'])
})

test('two sides that both sell are a violation', () => {
  expect(brokenRules(withOrder(takes, { side: 'sell', price: '99.0' }))).toEqual([
    'tradesHaveTwoSides',
    'nothingIsMadeOrLost',
  ])
})

test('a trade that is missing from a tape is a violation', () => {
  expect(brokenRules(withPeer(peer => ({ ...peer, tape: peer.tape.slice(1) })))).toEqual(['tapesAreComplete'])
})

test('a trade that is twice on a tape is a violation', () => {
  const doctored = withPeer(peer => ({ ...peer, tape: [...peer.tape, peer.tape[0]!] }))
  expect(brokenRules(doctored)).toEqual(['tapesAreComplete'])
})

test('a tape with other figures is a violation', () => {
  const doctored = withPeer(({ tape: [trade, ...more], ...peer }) => ({
    ...peer,
    tape: [{ ...trade!, quantity: '0.009' }, ...more],
  }))
  expect(brokenRules(doctored)).toEqual(['tapesAreComplete'])
})

test("a price that is not the earlier order's limit is a violation", () => {
  expect(brokenRules(withOrder(rests, { price: '99.5' }))).toContain('pricesAreFair')
})

test("a price beyond the later order's limit is a violation", () => {
  expect(brokenRules(withOrder(takes, { price: '99.5' }))).toEqual(['pricesAreFair'])
})

test('a maker that is later than its taker is a violation', () => {
  const swapped = JSON.parse(JSON.stringify(history).replaceAll(takes, '0 takes')) as History
  expect(brokenRules(swapped)).toEqual(['pricesAreFair'])
})

test('an ioc order that rests is a violation', () => {
  const changes = [
    {
      id: takes,
      status: 'resting',
      filled: '0.000',
      lapsed: '0.000',
      remaining: '0.002',
      inDoubt: '0.000',
      reason: null,
    },
  ] as const
  const doctored = { ...history, peers: history.peers.map(peer => ({ ...peer, changes })) }
  expect(brokenRules(doctored)).toEqual(['whatTakesAtOnceNeverRests'])
})

test('a fok order that is filled in part is a violation', () => {
  expect(brokenRules(withOrder(takes, { timeInForce: 'fok', quantity: '0.009' }))).toContain('fokIsWholeOrNothing')
})

test('a post-only order that takes is a violation', () => {
  expect(brokenRules(withOrder(takes, { postOnly: true }))).toEqual(['postOnlyNeverTakes'])
})

test('a gtd order that is filled after it has expired is a violation', () => {
  const doctored = withHistoryOf(rests, [
    { status: 'expired', filled: '0.001', reason: 'expired' },
    { status: 'expired', filled: '0.003', reason: 'expired' },
  ])
  expect(brokenRules(doctored)).toEqual(['whatHasEndedIsNotFilled'])
})

test('a cancelled order whose figures in the end say more filled than when it ended is a violation', () => {
  const doctored = withHistoryOf(rests, [{ status: 'cancelled', filled: '0.001', reason: 'cancelled_by_user' }])
  expect(brokenRules(doctored)).toEqual(['whatHasEndedIsNotFilled'])
})

test('a fill of what was in doubt when an order expired is none, beyond that it is', () => {
  const expired = { status: 'cancel_pending', filled: '0.001', reason: 'expired' } as const
  expect(brokenRules(withHistoryOf(rests, [{ ...expired, inDoubt: '0.002' }]))).toEqual([])
  expect(brokenRules(withHistoryOf(rests, [{ ...expired, inDoubt: '0.001' }]))).toEqual(['whatHasEndedIsNotFilled'])
})

test('an amended order that comes to more is a violation', () => {
  expect(brokenRules(withAmended(rests, '0.004', 'cancelled_by_user'))).toEqual(['amendedOrdersAddUp'])
})

test('an amended order that comes to less, without another reason, is a violation', () => {
  expect(brokenRules(withAmended(rests, '0.006', 'cancelled_by_user'))).toEqual([])
  expect(brokenRules(withAmended(rests, '0.006', 'amended'))).toEqual(['amendedOrdersAddUp'])
})

test('an account that trades with itself is a violation', () => {
  expect(brokenRules(withOrder(takesOwn, { account: 'house' }))).toEqual(['accountsNeverMeetThemselves'])
})

function brokenRules(doctored: History): string[] {
  const facts = indexed(doctored)
  return Object.entries(rules)
    .filter(([, rule]) => rule(facts).length > 0)
    .map(([name]) => name)
}

/** Alice is changed. */
function withPeer(change: (peer: PeerHistory) => PeerHistory): History {
  const [peer, ...others] = history.peers
  return { ...history, peers: [change(peer!), ...others] }
}

function withBook(change: Partial<PeerHistory['book']>): History {
  return withPeer(peer => ({ ...peer, book: { ...peer.book, ...change } }))
}

function withChange(change: Partial<PeerHistory['changes'][number]>): History {
  return withPeer(peer => ({ ...peer, changes: [...peer.changes, { ...peer.changes.at(-1)!, ...change }] }))
}

/** How one of alice's orders stood before the end; all else as it is. */
function withHistoryOf(id: OrderId, before: readonly Partial<PeerHistory['changes'][number]>[]): History {
  return withPeer(peer => {
    const last = peer.changes.find(change => change.id === id)!
    const others = peer.changes.filter(change => change.id !== id)
    return { ...peer, changes: [...others, ...before.map(change => ({ ...last, lapsed: '0.000', ...change }))] }
  })
}

/** Alice has amended the order to this quantity, and this is why it has last lapsed. */
function withAmended(id: OrderId, quantity: string, reason: Outcome['reason']): History {
  return withPeer(peer => {
    const orders = peer.orders.map(outcome => (outcome.order.id === id ? { ...outcome, reason } : outcome))
    const reply = orders.find(({ order }) => order.id === id)!
    return { ...peer, orders, commands: [...peer.commands, { type: 'amend', quantity, reply, failure: null }] }
  })
}

function withOrder(
  id: OrderId,
  change: Partial<Outcome['order']>,
  refill: (fills: readonly Fill[]) => readonly Fill[] = fills => fills,
): History {
  const changed = (outcome: Outcome): Outcome => ({
    ...outcome,
    order: { ...outcome.order, ...change },
    fills: refill(outcome.fills),
  })
  const peers = history.peers.map(peer => ({
    ...peer,
    orders: peer.orders.map(outcome => (outcome.order.id === id ? changed(outcome) : outcome)),
  }))
  return { ...history, peers }
}

function historyOf(): History {
  const [toBob, toSelf] = ['trade 1' as TradeId, 'trade 2' as TradeId]
  const sold = { tradeId: toBob, price: '100.0', quantity: '0.002' }
  const soldToSelf = { tradeId: toSelf, price: '100.0', quantity: '0.001' }
  const tape = [
    {
      ...sold,
      market: market.id,
      maker: { peer: alice, orderId: rests, side: 'sell' },
      taker: { peer: bob, orderId: takes },
    },
    {
      ...soldToSelf,
      market: market.id,
      maker: { peer: alice, orderId: rests, side: 'sell' },
      taker: { peer: alice, orderId: takesOwn },
    },
  ] as const
  const resting = [
    { owner: bob, id: waits, side: 'buy', price: '99.0', remaining: '0.004', isLive: true },
    { owner: alice, id: rests, side: 'sell', price: '100.0', remaining: '0.002', isLive: true },
  ] as const
  const depth = {
    bids: [{ price: '99.0', quantity: '0.004', orders: 1 }],
    asks: [{ price: '100.0', quantity: '0.002', orders: 1 }],
  }
  const shared = { failure: null, tape, book: { hash: 'h', digest: 'd', resting, depth, faults: [], unrest: [] } }
  const ofAlice = [
    outcome({ id: rests, side: 'sell', price: '100.0', quantity: '0.005', filled: '0.003', remaining: '0.002' }, [
      { ...sold, orderId: rests, liquidity: 'maker', counterparty: { peer: bob, orderId: takes } },
      { ...soldToSelf, orderId: rests, liquidity: 'maker', counterparty: { peer: alice, orderId: takesOwn } },
    ]),
    outcome({ id: takesOwn, price: '100.0', quantity: '0.001', filled: '0.001', account: 'clients' }, [
      { ...soldToSelf, orderId: takesOwn, liquidity: 'taker', counterparty: { peer: alice, orderId: rests } },
    ]),
  ]
  const ofBob = [
    outcome({ id: takes, price: '100.5', quantity: '0.002', filled: '0.002', timeInForce: 'ioc' }, [
      { ...sold, orderId: takes, liquidity: 'taker', counterparty: { peer: alice, orderId: rests } },
    ]),
    outcome({ id: waits, price: '99.0', quantity: '0.004', remaining: '0.004' }, []),
  ]
  return {
    market,
    peers: [
      { name: 'alice', id: alice, ...shared, ...told(ofAlice), orders: ofAlice },
      { name: 'bob', id: bob, ...shared, ...told(ofBob), orders: ofBob },
    ],
  }
}

function outcome(order: Partial<Outcome['order']>, fills: readonly Fill[]): Outcome {
  const { filled = '0.000', remaining = '0.000' } = order
  const status = remaining === '0.000' ? 'filled' : filled === '0.000' ? 'resting' : 'partly_filled'
  const plain = { id: waits, market: market.id, side: 'buy', price: null, quantity: '0.001', lapsed: '0.000' } as const
  const names = { timeInForce: 'gtc', account: 'house', clientOrderId: null, replaces: null } as const
  const stp = { selfTradePrevention: 'cancel-newest', minimumQuantity: null } as const
  const kept = { trigger: null, displayed: null, partner: null } as const
  const conditions = { postOnly: false, expiresAtMs: null, ...stp } as const
  const terms = { ...names, ...conditions, ...kept }
  return {
    status,
    order: { ...plain, ...terms, filled, remaining, ...order },
    parts: [],
    fills,
    inDoubt: '0.000',
    doubts: [],
    forced: [],
    reason: null,
  }
}

/** Every order was submitted, answered, and has changed once. */
function told(orders: readonly Outcome[]): Pick<PeerHistory, 'commands' | 'changes'> {
  return {
    commands: orders.map(reply => ({ type: 'submit', reply, failure: null })),
    changes: orders.map(({ status, order: { id, filled, lapsed, remaining }, inDoubt, reason }) => ({
      ...{ id, status, filled, lapsed, remaining },
      ...{ inDoubt, reason },
    })),
  }
}
